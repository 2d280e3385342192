//! Assets: what a stack ships, as its template names it and as the assembly records it.

use formwork::assembly::{AssetSource, BUCKET_PARAMETER, Problem};
use formwork::prelude::*;

fn problems(app: App) -> String {
    let report = app.synth().expect_err("there is something wrong");
    let line = |problem: &Problem| {
        let place = problem.location.as_ref().map(ToString::to_string).unwrap_or_default();
        let hint = problem.hint.as_deref().map(|hint| format!("\n    hint: {hint}")).unwrap_or_default();
        format!("{}: {}\n    {place}{hint}\n", problem.severity.as_str(), problem.message)
    };
    report.problems.iter().map(line).collect()
}

/// A construct that ships something, so that names are made of its own.
struct Function;

impl<R> Construct<R> for Function {
    type Handle = S3Object;

    fn add_to(self, scope: &mut Scope<R>) -> S3Object {
        scope.asset("Code", Asset::folder("target/lambda/api").exclude("*.map").exclude("/tests/"))
    }
}

#[test]
fn everything_that_is_shipped() {
    let mut stack = Stack::<EuCentral1>::new("orders");
    let code = stack.add("Api", Function);
    let script = stack.asset("Script", Asset::file("/srv/jobs/nightly.py"));
    let settings = stack.asset("Settings", Asset::text("{}").extension("json"));
    let raw = stack.asset("Raw", Asset::bytes([0xff, 0x00]));
    stack.output("Bucket", code.bucket());
    stack.output("BucketArn", code.bucket_arn());
    stack.output("Key", code.key());
    stack.output("Arn", script.arn());
    stack.output("Url", settings.url());
    stack.output("Uri", script.s3_uri());
    stack.output("Location", raw.location());
    stack.output("Text", format!("aws s3 cp {} .", raw.s3_uri()));
    let assembly = App::new().with(stack).synth().expect("an assembly");
    insta::assert_snapshot!("template", assembly.stacks[0].template);
    insta::assert_debug_snapshot!(
        "recorded",
        assembly
            .assets
            .iter()
            .map(|asset| (&*asset.id, &*asset.parameter, &asset.source, &asset.exclude, asset.location.to_string()))
            .collect::<Vec<_>>()
    );
}

#[test]
fn mistakes() {
    let token = pseudo::region();
    let mut stack = Stack::<EuCentral1>::new("orders");
    stack.asset("not a name", Asset::text("a"));
    stack.asset("Empty", Asset::file(""));
    stack.asset("Outside", Asset::folder("web/../../dist"));
    stack.asset("Inside", Asset::folder("web/../dist/."));
    stack.asset("Absolute", Asset::folder("/srv/../dist"));
    stack.asset("Windows", Asset::folder(r"C:\dist"));
    stack.asset("Backslash", Asset::folder(r"web\dist"));
    stack.asset("Unknown", Asset::file(format!("{token}.py")));
    stack.asset("UnknownText", Asset::text(format!("region = {token}")));
    stack.asset("Extension", Asset::text("a").extension("../a"));
    stack.asset("ExtensionOfAFile", Asset::file("a.py").extension("txt"));
    stack.asset("Pattern", Asset::folder("web").exclude(" "));
    stack.asset("PatternOfAFile", Asset::file("a.py").exclude("*.map"));
    stack.asset("Twice", Asset::text("a"));
    stack.asset("Twice", Asset::text("b"));
    stack.asset("TWICE", Asset::text("c"));
    stack.asset(&"A".repeat(254), Asset::text("c"));
    let _: Val<String> = stack.parameter("WebKey", parameter::text());
    stack.asset("Web", Asset::text("c"));
    let _: Val<String> = stack.parameter(BUCKET_PARAMETER, parameter::text());
    insta::assert_snapshot!("mistakes", problems(App::new().with(stack)));
}

#[test]
fn an_object_travels_within_its_region() {
    let mut code = Stack::<EuCentral1>::new("code");
    let api = code.asset("Api", Asset::file("api.zip"));
    let mut near = Stack::<EuCentral1>::new("near");
    near.output("Uri", api.s3_uri());
    let mut far = Stack::<UsEast1>::new("far");
    far.output("Uri", api.s3_uri());
    let assembly = App::new().with((code, near)).synth().expect("an assembly");
    insta::assert_snapshot!("producer", assembly.stacks[0].template);
    insta::assert_snapshot!("consumer", assembly.stacks[1].template);
    let code = {
        let mut code = Stack::<EuCentral1>::new("code");
        code.asset("Api", Asset::file("api.zip"));
        code
    };
    insta::assert_snapshot!("far", problems(App::new().with((code, far))));
}

#[test]
fn contents_come_back_from_the_folder() {
    let mut stack = Stack::<EuCentral1>::new("orders");
    stack.asset("Settings", Asset::text("{}").extension("json"));
    let assembly = App::new().with(stack).synth().expect("an assembly");
    let is_content = |source: &AssetSource| matches!(source, AssetSource::Content { bytes, .. } if bytes == b"{}");
    assert!(assembly.assets.iter().all(|asset| is_content(&asset.source)));
}

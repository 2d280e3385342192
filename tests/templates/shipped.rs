//! An app that ships something of each kind: code, a layer, a text; in a stack and in one that is nested in it.

use formwork::cfn::iam::Role;
use formwork::cfn::lambda::function::Runtime;
use formwork::cfn::lambda::{Function, FunctionRequired, LayerVersion};
use formwork::prelude::*;

pub(crate) fn app() -> App {
    let mut photos = Stack::<EuCentral1>::new("photos");
    photos.description("Thumbnails of photos");
    let trust = json!({
        "Version": "2012-10-17",
        "Statement": [{ "Effect": "Allow", "Principal": { "Service": "lambda.amazonaws.com" }, "Action": "sts:AssumeRole" }],
    });
    let role = photos.add("Role", Role::new(trust));
    let library = photos.asset("Library", Asset::folder("photos/library").exclude("*.pyc"));
    let layer = photos.add("Images", LayerVersion::new(&library));
    let function = |code: &S3Object| Function {
        handler: some("index.handler"),
        layers: some([layer.layer_version_arn()]),
        runtime: some(Runtime::Python3_13),
        ..Function::new(FunctionRequired { code: code.into(), role: role.arn() })
    };

    let code = photos.asset("Code", Asset::folder("photos/thumbnails"));
    let settings = photos.asset("Settings", Asset::text("{\"size\":200}\n").extension("json"));
    let thumbnails = photos.add("Thumbnails", function(&code));

    let mut albums = Stack::<EuCentral1>::new("photos-albums");
    albums.tag("part", "albums");
    let title: Val<String> = albums.parameter("Title", parameter::text().description("Title of the albums"));
    let code = albums.asset("Code", Asset::folder("photos/albums"));
    let worker = albums.add("Worker", function(&code));
    albums.output("Title", title);
    let albums = photos.add("Albums", NestedStack::new(albums).parameter("Title", "Holidays"));

    photos.output("Thumbnails", thumbnails.arn());
    photos.output("Worker", worker.arn()).description("a function of the nested stack");
    photos.output("Title", albums.output("Title"));
    photos.output("Settings", settings.s3_uri());
    App::new().with(photos)
}

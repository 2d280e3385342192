//! A workspace of one's own: made by the installed program, in a folder with spaces and umlauts, and used as it came.

use std::fs;
use std::path::{Path, PathBuf};

use insta::assert_snapshot;
use support::{Program, Run, paths, tempdir};

/// A folder as people have them.
const PLACE: &str = "Meine Stacks/Büro";

/// The build is kept for the next test; everything that the program writes is below its own folder.
fn in_folder(program: Program, folder: &Path) -> Program {
    // `cargo formwork` is the program that is tested.
    let mut search = vec![paths::cargo_formwork().parent().unwrap().to_owned()];
    search.extend(std::env::split_paths(&std::env::var_os("PATH").unwrap_or_default()));
    let target = paths::target_directory().join("tests").join("new");
    let program = program.current_dir(folder).env("CARGO_TARGET_DIR", &target).env("CARGO_NET_OFFLINE", "true");
    let program = program.env("PATH", std::env::join_paths(search).unwrap());
    program.call(target.display(), "target").call(paths::root().display(), "[CHECKOUT]")
}

fn formwork(folder: &Path, arguments: &[&str]) -> Run {
    let above = folder.parent().unwrap().display();
    in_folder(Program::formwork().args(arguments), folder)
        .call(folder.display(), "[FOLDER]")
        .call(above, "[ABOVE]")
        .run()
}

fn cargo(folder: &Path, arguments: &[&str]) -> Run {
    let cargo = std::env::var_os("CARGO").unwrap_or_else(|| "cargo".into());
    in_folder(Program::new(cargo).args(arguments), folder).call(folder.display(), "[FOLDER]").run()
}

/// A folder of one's own, or a workspace in it.
pub(crate) struct Place {
    temporary: std::sync::Arc<tempfile::TempDir>,
    folder: PathBuf,
}

impl Place {
    pub(crate) fn new() -> Place {
        let temporary = std::sync::Arc::new(tempdir());
        let folder = temporary.path().join(PLACE);
        fs::create_dir_all(&folder).unwrap();
        Place { temporary, folder }
    }

    pub(crate) fn within(&self, folder: &str) -> Place {
        Place { temporary: self.temporary.clone(), folder: self.folder.join(folder) }
    }

    pub(crate) fn path(&self) -> &Path {
        &self.folder
    }

    pub(crate) fn formwork(&self, arguments: &[&str]) -> Run {
        formwork(&self.folder, arguments)
    }
}

/// Holds a recording in the repository to what happened. `FORMWORK_UPDATE=1` writes it anew.
pub(crate) fn recorded(file: &str, happened: &str) {
    let path = paths::root().join(file);
    if std::env::var_os("FORMWORK_UPDATE").is_some() {
        fs::write(&path, happened).unwrap();
    }
    let recording = fs::read_to_string(&path).unwrap_or_default();
    assert_eq!(recording, happened, "`FORMWORK_UPDATE=1` writes {file} anew");
}

/// Every file below a folder, sorted.
fn files(folder: &Path) -> Vec<PathBuf> {
    let mut files = Vec::new();
    for entry in fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        if path.is_dir() { files.extend(self::files(&path)) } else { files.push(path) }
    }
    files.sort();
    files
}

/// Every file below a folder with its text; of the lock, its packages.
fn contents(folder: &Path) -> String {
    let mut text = String::new();
    for path in files(folder) {
        let own = fs::read_to_string(&path).unwrap().replace(&*paths::root().to_string_lossy(), "[CHECKOUT]");
        let own = match path.ends_with("Cargo.lock") {
            true => own.lines().filter(|line| line.starts_with("name = ")).map(|line| format!("{line}\n")).collect(),
            false => own,
        };
        text += &format!("----- {}\n{own}", path.strip_prefix(folder).unwrap().display());
    }
    text
}

#[test]
fn a_workspace_of_each_template_works_as_it_came() {
    let temporary = tempdir();
    let place = temporary.path().join(PLACE);
    fs::create_dir_all(&place).unwrap();
    for template in ["site", "network", "empty"] {
        let app = format!("my-{template}");
        formwork(&place, &["new", &app, "--template", template]).success();
        let folder = place.join(&app);
        assert_snapshot!(format!("new_{template}"), contents(&folder));
        cargo(&folder, &["test", "--quiet"]).success();
        let synth = cargo(&folder, &["xtask", "synth", "--quiet"]).success();
        assert_eq!(synth.stdout, formwork(&folder, &["synth", "--quiet"]).success().stdout);
        formwork(&folder, &["validate"]).success();
        let state = folder.join("state").display().to_string();
        let deploy = formwork(&folder, &["deploy", "--yes", "--local", "--local-state", &state]).success();
        assert!(deploy.stdout.ends_with(" created\n"), "{}", deploy.snapshot());
        let none = ["diff", "--fail-on", "any-change", "--local", "--local-state", &state];
        formwork(&folder, &none).success();
        // As it came, it is as rustfmt and clippy have it.
        cargo(&folder, &["fmt", "--check"]).success();
        cargo(&folder, &["clippy", "--quiet", "--all-targets", "--", "-D", "warnings"]).success();
    }
}

/// Lines are longer where the name is, and the folder may have a format of its own.
#[test]
fn a_long_name_and_another_format() {
    let folder = tempdir();
    fs::write(folder.path().join("rustfmt.toml"), "max_width = 70\n").unwrap();
    let name = "a".repeat(64);
    for template in ["site", "network", "empty"] {
        formwork(folder.path(), &["new", template, "--name", &name, "--template", template]).success();
        cargo(&folder.path().join(template), &["fmt", "--check"]).success();
    }
}

/// The first minutes, as README shows them. `FORMWORK_UPDATE=1` writes the recording anew.
#[test]
fn the_recording_is_what_happens() {
    let temporary = tempdir();
    let place = temporary.path().join(PLACE);
    fs::create_dir_all(&place).unwrap();
    let folder = place.join("shop");
    let state = folder.join("state").display().to_string();
    let mut recording = String::new();
    for (here, typed, more) in [
        (&place, "cargo formwork new shop", ""),
        (&folder, "cargo test --quiet", " >/dev/null"),
        (&folder, "cargo formwork synth --quiet", " 2>/dev/null"),
        (&folder, "cargo formwork deploy --local --yes", &*format!(" --local-state '{state}'")),
    ] {
        // As a terminal shows it, on which both streams are.
        let shell = Program::new("sh").arg("-c").arg(format!("exec 2>&1; {typed}{more}"));
        let shown = in_folder(shell, here).run().success().shown();
        if typed.starts_with("cargo formwork") {
            recording += &format!("$ {typed}\n{shown}\n");
        }
    }
    for (varies, usual) in [("[TARGET]", "target"), ("[TIME]", " 0:00"), ("[ACCOUNT]", "000000000000")] {
        recording = recording.replace(varies, usual);
    }
    recorded("docs/first-minutes.txt", &recording);
}

#[test]
fn names_and_folders_that_cannot_be() {
    let folder = tempdir();
    let check = |arguments: &[&str]| formwork(folder.path(), arguments).snapshot();
    let mut text = String::new();
    text += &check(&["new", "Größe 2"]);
    text += &check(&["new", "match"]);
    text += &check(&["new", "shop", "--name", "xtask"]);
    text += &check(&["new", "shop", "--template", "sight"]);
    fs::create_dir_all(folder.path().join("full")).unwrap();
    fs::write(folder.path().join("full/notes.txt"), "mine").unwrap();
    fs::write(folder.path().join("full/Cargo.toml"), "[workspace]\nmembers = [").unwrap();
    text += &check(&["new", "full"]);
    text += &formwork(&folder.path().join("full"), &["init"]).snapshot();
    fs::remove_file(folder.path().join("full/Cargo.toml")).unwrap();
    fs::create_dir_all(folder.path().join("full/stacks")).unwrap();
    text += &check(&["new", "full"]);
    text += &check(&["new", "full/notes.txt", "--name", "shop"]);
    text += &check(&["init"]);
    assert_eq!(fs::read_to_string(folder.path().join("full/notes.txt")).unwrap(), "mine");
    assert_eq!(files(folder.path()).len(), 1);
    assert_snapshot!(text);
}

/// A fresh repository, as services make them, is not in the way.
#[test]
fn a_repository_that_has_a_readme_becomes_a_workspace() {
    let folder = tempdir();
    let fresh = folder.path().join("fresh");
    fs::create_dir_all(fresh.join(".git")).unwrap();
    for file in ["README.md", "LICENSE", ".gitignore"] {
        fs::write(fresh.join(file), "ours\n").unwrap();
    }
    let before = formwork(&fresh, &["init"]).snapshot();
    assert_snapshot!(before + &formwork(&fresh, &["new", ".", "--template", "empty"]).snapshot());
    assert_eq!(fs::read_to_string(fresh.join("README.md")).unwrap(), "ours\n");
    assert_eq!(fs::read_to_string(fresh.join(".gitignore")).unwrap(), "ours\n/target\n");
    formwork(&fresh, &["list"]).success();
}

/// Cargo would not read the manifest; the workspace around it has nothing to do with it.
#[test]
fn a_manifest_that_is_not_toml_is_the_error() {
    let folder = tempdir();
    let around = "[workspace]\nresolver = \"3\"\nmembers = []\n";
    fs::write(folder.path().join("Cargo.toml"), around).unwrap();
    let inner = folder.path().join("inner");
    fs::create_dir_all(&inner).unwrap();
    fs::write(inner.join("Cargo.toml"), "[workspace\n").unwrap();
    assert_snapshot!(formwork(&inner, &["init", "--name", "queue"]).snapshot());
    assert_eq!(fs::read_to_string(folder.path().join("Cargo.toml")).unwrap(), around);
    assert_eq!(files(folder.path()).len(), 2);
}

/// The crates were there: moved, or removed, or the line that names them.
#[test]
fn a_workspace_whose_formwork_is_gone_is_mended() {
    let folder = tempdir();
    formwork(folder.path(), &["new", "shop", "--template", "empty"]).success();
    let shop = folder.path().join("shop");
    let manifest = shop.join("Cargo.toml");
    let right = fs::read_to_string(&manifest).unwrap();
    fs::write(&manifest, right.replace(&*paths::root().to_string_lossy(), "/old/place")).unwrap();
    let mut text = formwork(&shop, &["list"]).snapshot();
    text += &formwork(&shop, &["init", "--update"]).snapshot();
    assert_eq!(fs::read_to_string(&manifest).unwrap(), right);
    // The tests may use what is written beside it.
    let stack = shop.join("stacks/shop/Cargo.toml");
    let with = fs::read_to_string(&stack).unwrap() + "\n[dev-dependencies]\nformwork-testing.workspace = true\n";
    fs::write(&stack, with).unwrap();
    let without: String =
        right.lines().filter(|line| !line.starts_with("formwork")).map(|line| format!("{line}\n")).collect();
    fs::write(&manifest, without).unwrap();
    text += &formwork(&shop, &["list"]).snapshot();
    text += &formwork(&shop, &["init", "--update"]).snapshot();
    assert_snapshot!(text);
    cargo(&shop, &["tree", "--quiet", "--package", "formwork-testing", "--depth", "0"]).success();
    formwork(&shop, &["list"]).success();
}

/// A crate without a workspace around it, whose formwork was moved; and members with a dependency of their own.
#[test]
fn a_dependency_is_mended_wherever_it_stands() {
    let folder = tempdir();
    fs::write(folder.path().join("nest.yaml"), "Resources: {Topic: {Type: AWS::SNS::Topic}}\n").unwrap();
    formwork(folder.path(), &["import-template", "nest.yaml"]).success();
    let nest = folder.path().join("nest");
    let manifest = nest.join("Cargo.toml");
    let right = fs::read_to_string(&manifest).unwrap();
    fs::write(&manifest, right.replace(&*paths::root().to_string_lossy(), "/old/place")).unwrap();
    let mut text = String::new();
    let there = files(&nest);
    for arguments in [&["init", "--name", "nest-stacks"] as &[&str], &["init", "--update"], &["init", "--update"]] {
        text += &formwork(&nest, arguments).snapshot();
    }
    assert_eq!(there, files(&nest));
    text += &format!("----- Cargo.toml\n{}", fs::read_to_string(&manifest).unwrap());
    formwork(&nest, &["list", "--quiet"]).success();

    // A workspace whose own dependency is right, with members that have others.
    formwork(folder.path(), &["new", "shop", "--template", "empty"]).success();
    let shop = folder.path().join("shop");
    let member = shop.join("stacks/shop/Cargo.toml");
    let right = fs::read_to_string(&member).unwrap();
    for own in ["version = \"0.0.3\"", "path = \"/old/place\""] {
        fs::write(&member, right.replace("workspace = true", own)).unwrap();
        let list = formwork(&shop, &["list", "--quiet"]).shown();
        let hints = list.lines().filter(|line| line.starts_with("error: `shop`") || line.starts_with("hint: "));
        text += &hints.map(|line| format!("{line}\n")).collect::<String>();
        text += &formwork(&shop, &["init", "--update"]).snapshot();
    }
    let patched =
        fs::read_to_string(shop.join("Cargo.toml")).unwrap() + "\n[patch.crates-io]\nformwork = { path = \"gone\" }\n";
    fs::write(shop.join("Cargo.toml"), patched).unwrap();
    text += &formwork(&shop, &["init", "--update"]).snapshot();
    assert_snapshot!(text.replace(&*paths::root().to_string_lossy(), "[CHECKOUT]"));
}

/// Nothing is written into a workspace that cargo does not read.
#[test]
fn a_workspace_that_cargo_cannot_read_is_the_error() {
    let folder = tempdir();
    fs::write(folder.path().join("Cargo.toml"), "[workspace]\nresolver = \"3\"\nmembers = [\"gone\"]\n").unwrap();
    assert_snapshot!(formwork(folder.path(), &["init", "--name", "queue"]).snapshot());
    assert_eq!(files(folder.path()).len(), 1);
}

/// Names that `formwork::prelude` brings into the tests, and types of the language, are names of apps like others.
#[test]
fn a_name_that_the_prelude_has_is_tested() {
    let folder = tempdir();
    formwork(folder.path(), &["new", "shop", "--template", "empty"]).success();
    let shop = folder.path().join("shop");
    let templates = ["empty", "network", "site"].iter().cycle();
    for (name, template) in ["cfn", "dynamic", "function", "json", "parameter", "pseudo", "str"].iter().zip(templates) {
        formwork(&shop, &["init", "--name", name, "--template", template]).success();
    }
    cargo(&shop, &["test", "--quiet", "--workspace"]).success();
}

/// The folder that cargo builds in is that of all tests here: a workspace does not see the stacks of another.
#[test]
fn workspaces_that_build_in_one_folder_are_apart() {
    let folder = tempdir();
    for name in ["one", "two"] {
        formwork(folder.path(), &["new", &format!("{name}/shop"), "--template", "empty"]).success();
    }
    formwork(&folder.path().join("one/shop"), &["deploy", "--local", "--yes", "--quiet"]).success();
    let status = |name: &str| formwork(&folder.path().join(name), &["status", "--local", "--quiet"]).shown();
    assert_snapshot!(status("one/shop") + &status("two/shop"));
}

/// A text without the end of a line is not in the way; a program that ends before its report is told so.
#[test]
fn an_app_that_prints() {
    let folder = tempdir();
    formwork(folder.path(), &["new", "shop", "--template", "empty"]).success();
    let shop = folder.path().join("shop");
    let source = shop.join("stacks/shop/src/lib.rs");
    let right = fs::read_to_string(&source).unwrap();
    let mut text = String::new();
    for line in ["print!(\"looking...\");", "std::process::exit(0);"] {
        let (before, after) = right.split_once(" {\n").unwrap();
        fs::write(&source, format!("{before} {{\n    {line}\n{after}")).unwrap();
        let list = formwork(&shop, &["list", "--quiet"]);
        // The compiler says that what follows is not reached.
        let shown = list.shown();
        text += shown.find("error: ").map_or(shown.as_str(), |start| &shown[start..]);
    }
    assert_snapshot!(text);
}

/// The app that is added would not build: it takes the workspace's formwork.
#[test]
fn a_workspace_with_another_formwork_is_told() {
    let folder = tempdir();
    let text = "[workspace]\nresolver = \"3\"\nmembers = []\n\n[workspace.dependencies]\nformwork = \"0.0.1\"\n";
    fs::write(folder.path().join("Cargo.toml"), text).unwrap();
    let text = formwork(folder.path(), &["init", "--name", "zwei"]).snapshot();
    let text = text + &formwork(folder.path(), &["init", "--update"]).snapshot();
    assert_snapshot!(text.replace(env!("CARGO_PKG_VERSION"), "[VERSION]"));
    formwork(folder.path(), &["synth", "--app", "zwei", "--quiet"]).success();
}

#[test]
fn a_folder_on_the_way_is_not_made() {
    let folder = tempdir();
    formwork(folder.path(), &["new", "x/../shop", "--template", "empty"]).success();
    assert!(folder.path().join("shop/Cargo.toml").exists() && !folder.path().join("x").exists());
}

#[test]
fn a_name_that_a_dependency_has_is_built() {
    let folder = tempdir();
    formwork(folder.path(), &["new", "serde-json", "--name", "indexmap", "--template", "empty"]).success();
    formwork(&folder.path().join("serde-json"), &["list", "--quiet"]).success();
}

#[test]
fn a_workspace_that_excludes_the_folder_is_told() {
    let folder = tempdir();
    let text = "[workspace]\nresolver = \"3\"\nmembers = []\nexclude = [\"stacks\"]\n";
    fs::write(folder.path().join("Cargo.toml"), text).unwrap();
    assert_snapshot!(formwork(folder.path(), &["init", "--name", "queue"]).snapshot());
}

/// A package of its own, whose name an app cannot have, and an alias that leads elsewhere.
#[test]
fn a_package_that_exists_gets_stacks() {
    let folder = tempdir();
    let shop = folder.path().join("shop");
    let write = |path: &str, text: &str| {
        let path = shop.join(path);
        fs::create_dir_all(path.parent().unwrap()).unwrap();
        fs::write(path, text).unwrap();
    };
    write("Cargo.toml", "[package]\nname = \"shop\"\nversion = \"1.0.0\"\nedition = \"2024\"\n");
    write("src/lib.rs", "//! The server.\n");
    write(".cargo/config.toml", "[alias]\nxtask = \"run --package tasks --\"\n");
    fs::copy(paths::root().join("Cargo.lock"), shop.join("Cargo.lock")).unwrap();
    let mut text = formwork(&shop, &["init"]).snapshot();
    text += &formwork(&shop, &["init", "--name", "shop-stacks"]).snapshot();
    // The tests of the stacks are those of a member.
    let workflow = fs::read_to_string(shop.join(".github/workflows/stacks.yml")).unwrap();
    text += workflow.lines().find(|line| line.contains("cargo test")).unwrap();
    assert_snapshot!(text);
}

#[test]
fn a_workspace_within_another_is_told() {
    let folder = tempdir();
    let new = || formwork(folder.path(), &["new", "apps/queue", "--template", "empty"]).snapshot();
    // One of which it would be a member cannot be read by cargo afterwards.
    fs::write(folder.path().join("Cargo.toml"), "[workspace]\nresolver = \"3\"\nmembers = [\"apps/*\"]\n").unwrap();
    let refused = new();
    assert_eq!(files(folder.path()).len(), 1);
    fs::write(folder.path().join("Cargo.toml"), "[workspace]\nresolver = \"3\"\nmembers = []\n").unwrap();
    assert_snapshot!(refused + &new());
}

/// A workspace that people have already, with commands of its own.
#[test]
fn a_workspace_that_exists_gets_stacks_and_keeps_what_it_has() {
    let folder = tempdir();
    let write = |path: &str, text: &str| {
        let path = folder.path().join(path);
        fs::create_dir_all(path.parent().unwrap()).unwrap();
        fs::write(path, text).unwrap();
    };
    write("Cargo.toml", "# Ours.\n[workspace]\nresolver = \"3\"\nmembers = [\n    \"api\", # the server\n]\n");
    write("api/Cargo.toml", "[package]\nname = \"api\"\nversion = \"1.0.0\"\nedition = \"2024\"\n");
    write("api/src/lib.rs", "//! The server.\n");
    write(".gitignore", "/target\n/secrets\n");
    write(".cargo/config.toml", "# Ours.\n[build]\nincremental = true\n");
    fs::copy(paths::root().join("Cargo.lock"), folder.path().join("Cargo.lock")).unwrap();

    let api = folder.path().join("api");
    let mut text = formwork(&api, &["init", "--name", "api"]).snapshot();
    text += &formwork(&api, &["init", "--name", "network", "--template", "network"]).snapshot();
    for file in ["Cargo.toml", ".cargo/config.toml", ".gitignore"] {
        let own = fs::read_to_string(folder.path().join(file)).unwrap();
        text += &format!("----- {file}\n{}", own.replace(&*paths::root().to_string_lossy(), "[CHECKOUT]"));
    }
    text += &formwork(&api, &["init", "--name", "network"]).snapshot();
    text += &formwork(&api, &["init", "--name", "queue", "--json"]).snapshot();
    assert_snapshot!(text);
    cargo(folder.path(), &["test", "--quiet"]).success();

    // The dependency is written anew where the crates have moved to another place.
    let manifest = folder.path().join("Cargo.toml");
    let right = fs::read_to_string(&manifest).unwrap();
    fs::write(&manifest, right.replace(&*paths::root().to_string_lossy(), "/old/place")).unwrap();
    let mut text = formwork(folder.path(), &["init", "--update"]).snapshot();
    assert_eq!(fs::read_to_string(&manifest).unwrap(), right);
    text += &formwork(folder.path(), &["init", "--update"]).snapshot();
    assert_snapshot!("the_dependency_is_written_anew", text);

    // Its crates take formwork from there.
    fs::write(folder.path().join("topic.yaml"), "Resources: {Topic: {Type: AWS::SNS::Topic}}\n").unwrap();
    formwork(folder.path(), &["import-template", "topic.yaml"]).success();
    let imported = fs::read_to_string(folder.path().join("stacks/topic/Cargo.toml")).unwrap();
    assert!(imported.contains("formwork = { workspace = true, features = [\"sns\"] }"), "{imported}");
    formwork(folder.path(), &["list", "--app", "topic", "--quiet"]).success();
}

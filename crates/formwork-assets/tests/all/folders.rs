//! The files that a folder ships, and keys: the same for the same content, wherever and however it lies.

use std::fs;
use std::time::{Duration, SystemTime};

use formwork_assets::{LeftOut, prepare_all};
use insta::assert_snapshot;

use crate::tree::{Tree, asset, content, file, folder};

use formwork_assembly::AssetSource;

#[test]
fn a_folder_is_the_list_of_its_files() {
    let tree = Tree::new(&[
        ("dist/index.html", "<p>"),
        ("dist/js/app.js", "app"),
        ("dist/js-old.js", ""),
        ("dist/.well-known/x", "hidden"),
        ("dist/.git/config", "never"),
        ("dist/sub/.git", "gitdir: elsewhere"),
        ("dist/ä b+c%.txt", "names"),
        ("dist/e\u{301}", "two"),
        ("dist/\u{e9}", "names"),
        ("dist/README", "two"),
        ("dist/readme", "files"),
    ]);
    fs::create_dir(tree.path("dist/empty")).unwrap();
    assert_snapshot!(tree.listed(&folder("dist")), @"
    .well-known/x File 6
    README File 3
    é File 3
    index.html File 3
    js-old.js File 0
    js/app.js File 3
    readme File 5
    ä b+c%.txt File 5
    é File 5
    ");
    let shipment = tree.prepare(&folder("dist/")).unwrap();
    assert_eq!(shipment.length, shipment.list.length());
    assert_eq!(shipment.key, format!("{}.zip", shipment.list.hash()));
}

#[test]
fn files_below_say_what_is_left_out_and_files_above_do_not() {
    let tree = Tree::new(&[
        (".gitignore", "dist\n*.js\n"),
        ("web/.ignore", "*.css\n"),
        ("web/dist/.gitignore", "# comment\n*.map\n!keep.map\n/only-here\nbuild/\n"),
        ("web/dist/app.js", ""),
        ("web/dist/app.css", ""),
        ("web/dist/app.map", ""),
        ("web/dist/keep.map", ""),
        ("web/dist/only-here", ""),
        ("web/dist/sub/only-here", ""),
        ("web/dist/sub/build/x", ""),
        ("web/dist/sub/.gitignore", "!again.map\nsecret\n"),
        ("web/dist/sub/again.map", ""),
        ("web/dist/sub/secret", ""),
        ("web/dist/sub/.ignore", "!secret\n"),
        ("web/dist/other/secret", ""),
        ("web/dist/.git/info/exclude", "app.js\n"),
    ]);
    assert_snapshot!(tree.listed(&folder("web/dist")), @"
    .gitignore File 44
    app.css File 0
    app.js File 0
    keep.map File 0
    other/secret File 0
    sub/.gitignore File 18
    sub/.ignore File 8
    sub/again.map File 0
    sub/only-here File 0
    sub/secret File 0
    ");
}

#[test]
fn patterns_of_the_asset_come_first() {
    let tree = Tree::new(&[
        ("fn/.gitignore", "node_modules\n*.log\n"),
        ("fn/node_modules/a/index.js", ""),
        ("fn/node_modules/a/readme.md", ""),
        ("fn/index.js", ""),
        ("fn/test/index.js", ""),
        ("fn/x.log", ""),
    ]);
    let listed = |exclude: &[&str]| tree.listed(&asset(AssetSource::Folder { path: "fn".into() }, exclude));
    assert_snapshot!(listed(&[]), @"
    .gitignore File 19
    index.js File 0
    test/index.js File 0
    ");
    assert_snapshot!(listed(&["!node_modules", "*.md", "/test", ".gitignore"]), @"
    index.js File 0
    node_modules/a/index.js File 0
    ");
    assert_snapshot!(listed(&["*", "!*.log"]), @"x.log File 0");
    assert_snapshot!(listed(&["*"]), @"
    error: the asset `Code` of `orders@eu-central-1` cannot be shipped: all of `fn` is left out
      --> src/lib.rs:12
    hint: the asset's patterns, the files `.gitignore` and `.ignore` in the folder, and a `CACHEDIR.TAG` leave files out; the pattern `!NAME` of the asset takes one back
    ");
    assert_snapshot!(listed(&["a{b", "z"]), @"
    error: the asset `Code` of `orders@eu-central-1` cannot be shipped: the pattern `a{b` cannot be read: unclosed alternate group; missing '}' (maybe escape '{' with '[{]'?)
      --> src/lib.rs:12
    hint: patterns are those of a `.gitignore`
    ");
    tree.write("fn/test/.ignore", "fine\n[z-a]\n");
    assert_snapshot!(listed(&[]), @"
    error: the asset `Code` of `orders@eu-central-1` cannot be shipped: line 2 of `fn/test/.ignore` cannot be read as a pattern: invalid range; 'z' > 'a'
      --> src/lib.rs:12
    ");
}

#[test]
fn caches_are_left_out_and_what_is_left_out_is_told() {
    const SIGNATURE: &str = "Signature: 8a477f597d28d172789f06886806bc55";
    let tag = format!("{SIGNATURE}\n# This file is a cache directory tag created by cargo.\n");
    let tree = Tree::new(&[
        ("api/.git/HEAD", "ref"),
        ("api/.gitignore", "/log-*\n/kept\n"),
        ("api/.ignore", "drafts\n"),
        ("api/Cargo.toml", ""),
        ("api/drafts/a", ""),
        ("api/log-1", ""),
        ("api/log-2", ""),
        ("api/log-3/a", ""),
        ("api/log-4", ""),
        ("api/notes.md", ""),
        ("api/sub/target/CACHEDIR.TAG", SIGNATURE),
        ("api/target/CACHEDIR.TAG", &tag),
        ("api/target/debug/api", "long"),
        ("api/other/CACHEDIR.TAG", &tag[1..]),
        ("api/short/CACHEDIR.TAG", "Signature"),
    ]);
    fs::create_dir_all(tree.path("api/folder/CACHEDIR.TAG/x")).unwrap();
    let api = || AssetSource::Folder { path: "api".into() };
    assert_snapshot!(tree.listed(&asset(api(), &["*.md"])), @"
    .gitignore File 13
    .ignore File 7
    Cargo.toml File 0
    other/CACHEDIR.TAG File 98
    short/CACHEDIR.TAG File 9
    ");
    let shipment = tree.prepare(&asset(api(), &["*.md"])).unwrap();
    let line = |one: &LeftOut| format!("{} {}: {}", one.count, one.reason.as_str(), one.paths.join(" "));
    assert_snapshot!(shipment.left_out.iter().map(line).collect::<Vec<_>>().join("\n"), @"
    1 its name: .git
    1 .ignore: drafts
    4 .gitignore: log-1 log-2 log-3
    1 the asset's patterns: notes.md
    2 CACHEDIR.TAG: sub/target target
    ");
    // By its own name, and by a pattern, a cache is shipped.
    assert_snapshot!(tree.listed(&folder("api/target")), @"
    CACHEDIR.TAG File 99
    debug/api File 4
    ");
    assert_snapshot!(tree.listed(&asset(api(), &["*", "!/target", "!/target/**"])), @"
    target/CACHEDIR.TAG File 99
    target/debug/api File 4
    ");
    tree.write("cache/a/CACHEDIR.TAG", &tag);
    assert_snapshot!(tree.listed(&folder("cache")), @"
    error: the asset `Code` of `orders@eu-central-1` cannot be shipped: all of `cache` is left out
      --> src/lib.rs:12
    hint: the asset's patterns, the files `.gitignore` and `.ignore` in the folder, and a `CACHEDIR.TAG` leave files out; the pattern `!NAME` of the asset takes one back
    ");
}

#[test]
fn equal_content_has_equal_keys_wherever_and_however_it_lies() {
    let files = [("web/a.txt", "a"), ("web/b/c.txt", "c"), ("run.SH", "x")];
    let (one, other) = (Tree::new(&files), Tree::new(&files));
    let old = SystemTime::UNIX_EPOCH + Duration::from_secs(86_400);
    fs::File::options().write(true).open(other.path("web/a.txt")).unwrap().set_modified(old).unwrap();
    #[cfg(unix)]
    {
        one.mode("web/a.txt", 0o600);
        other.mode("web/a.txt", 0o666);
        one.mode("web/b", 0o700);
        other.mode("web/b", 0o777);
        other.mode("run.SH", 0o755);
    }
    fs::rename(other.path("web"), other.path("elsewhere")).unwrap();
    fs::rename(other.path("run.SH"), other.path("renamed.sh")).unwrap();
    let key = |tree: &Tree, asset| tree.prepare(&asset).unwrap().key;
    assert_eq!(key(&one, folder("web")), key(&other, folder("elsewhere")));
    assert_eq!(key(&one, folder("web")), key(&one, folder(one.path("web").to_str().unwrap())));
    // The name and the mode of a file that is shipped alone are not content; its content may be in the source as well.
    assert_eq!(key(&one, file("run.SH")), key(&other, file("renamed.sh")));
    assert_eq!(key(&one, file("run.SH")), key(&one, content("x", "sh")));
    // These are the keys of every version of this program: another one would upload everything again.
    assert_snapshot!(key(&one, folder("web")), @"a214c98c44577f2917a5ce601d8b0d80e3661163964660c057713a33f923a2b9.zip");
    assert_snapshot!(key(&one, content("", "")), @"27e529ee484fa121a89869d15e47b4083ba8df18a97b5f3aafafe749152790c4");

    let before = key(&one, folder("web"));
    one.write("web/a.txt", "b");
    assert_ne!(key(&one, folder("web")), before);
    one.write("web/a.txt", "a");
    assert_eq!(key(&one, folder("web")), before);
    #[cfg(unix)]
    {
        one.mode("web/a.txt", 0o700);
        assert_ne!(key(&one, folder("web")), before);
    }
}

#[test]
fn what_assets_share_is_read_once_and_everything_wrong_is_told() {
    let tree = Tree::new(&[("web/a", "a"), ("b", "b")]);
    let (web, b) = (folder("web"), file("b"));
    let mut in_another_stack = web.clone();
    in_another_stack.id = "Other".into();
    let shipments = prepare_all(&[&web, &b, &in_another_stack, &content("b", "")], tree.root()).unwrap();
    let keys: Vec<&str> = shipments.iter().map(|shipment| shipment.key.as_str()).collect();
    assert_eq!((keys[0], keys[1]), (keys[2], keys[3]));
    assert_eq!(shipments[2].asset.id, "Other");
    assert!(prepare_all(&[], tree.root()).unwrap().is_empty());

    let errors = prepare_all(&[&folder("wbe"), &b, &file("web")], tree.root()).unwrap_err();
    assert_snapshot!(tree.said(&errors), @"
    error: the asset `Code` of `orders@eu-central-1` cannot be shipped: `wbe` does not exist
      --> src/lib.rs:12
    hint: relative paths begin at the root of the workspace, `[ROOT]`, which has `b` and `web`
    error: the asset `Code` of `orders@eu-central-1` cannot be shipped: `web` is a folder, but the asset is a file
      --> src/lib.rs:12
    hint: say in the source that it is a folder: it is shipped as a zip
    ");
}

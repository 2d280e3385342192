//! Links: followed inside of the folder, refused where they leave it, lead nowhere or in circles.

use insta::assert_snapshot;

use crate::tree::{Tree, asset, file, folder};

use formwork_assembly::AssetSource;

#[test]
fn links_inside_are_followed() {
    let tree = Tree::new(&[("real/dist/a/b.txt", "b"), ("real/dist/c.txt", "c"), ("real/.gitignore", "*")]);
    tree.link("dist", "real/dist");
    tree.link("real/dist/file", "a/b.txt");
    tree.link("real/dist/folder", "a");
    tree.link("real/dist/a/up", "../c.txt");
    tree.link("real/dist/chain", "file");
    tree.link("real/dist/absolute", tree.path("real/dist/c.txt").to_str().unwrap());
    tree.link("c.link", "dist/chain");
    assert_snapshot!(tree.listed(&folder("dist")), @"
    a/b.txt File 1
    a/up File 1
    absolute File 1
    c.txt File 1
    chain File 1
    file File 1
    folder/b.txt File 1
    folder/up File 1
    ");
    assert_snapshot!(tree.listed(&file("c.link")), @" File 1");
    // A link has the bytes of what it leads to.
    let copied = Tree::new(&[("a/b.txt", "b"), ("a/link", "b")]);
    let linked = Tree::new(&[("a/b.txt", "b")]);
    linked.link("a/link", "b.txt");
    assert_eq!(copied.prepare(&folder("a")).unwrap().key, linked.prepare(&folder("a")).unwrap().key);
}

#[test]
fn links_that_leave_the_folder_or_lead_nowhere_are_refused() {
    let tree = Tree::new(&[("secret", "s"), ("dist/a/x", "x"), ("distant/y", "y")]);
    tree.link("dist/out", "../secret");
    tree.link("dist/a/out", "../../distant");
    tree.link("dist/back", "../dist/a/x");
    tree.link("dist/nowhere", "a/y");
    tree.link("dist/nowhere-out", "/nowhere/at/all");
    tree.link("dist/self", "self");
    tree.link("dist/\u{202e}bad", "../secret\n");
    assert_snapshot!(tree.listed(&folder("dist")), @r"
    error: the asset `Code` of `orders@eu-central-1` cannot be shipped: the link `dist/a/out` leads out of the folder, to `../../distant`
      --> src/lib.rs:12
    hint: another machine would ship something else: put a copy into the folder, or leave the link out
    error: the asset `Code` of `orders@eu-central-1` cannot be shipped: the link `dist/nowhere` leads to `a/y`, which does not exist
      --> src/lib.rs:12
    hint: remove it, or leave it out by a pattern
    error: the asset `Code` of `orders@eu-central-1` cannot be shipped: the link `dist/nowhere-out` leads to `/nowhere/at/all`, which does not exist
      --> src/lib.rs:12
    hint: remove it, or leave it out by a pattern
    error: the asset `Code` of `orders@eu-central-1` cannot be shipped: the link `dist/out` leads out of the folder, to `../secret`
      --> src/lib.rs:12
    hint: another machine would ship something else: put a copy into the folder, or leave the link out
    error: the asset `Code` of `orders@eu-central-1` cannot be shipped: the link `dist/self` leads to `self`, and so in a circle
      --> src/lib.rs:12
    hint: remove it, or leave it out by a pattern
    error: the asset `Code` of `orders@eu-central-1` cannot be shipped: the link `dist/\u{202e}bad` leads to `../secret\n`, which does not exist
      --> src/lib.rs:12
    hint: remove it, or leave it out by a pattern
    ");
    // A link that is left out is not looked at.
    let exclude = ["out", "nowhere*", "self", "*bad"];
    assert_snapshot!(tree.listed(&asset(AssetSource::Folder { path: "dist".into() }, &exclude)), @"
    a/x File 1
    back File 1
    ");
    assert_snapshot!(tree.listed(&file("dist/nowhere")), @"
    error: the asset `Code` of `orders@eu-central-1` cannot be shipped: the link `dist/nowhere` leads to `a/y`, which does not exist
      --> src/lib.rs:12
    ");
    assert_snapshot!(tree.listed(&folder("dist/self")), @"
    error: the asset `Code` of `orders@eu-central-1` cannot be shipped: `dist/self` cannot be read: Too many levels of symbolic links (os error 40)
      --> src/lib.rs:12
    ");
}

#[test]
fn links_that_lead_in_a_circle_are_refused() {
    let tree = Tree::new(&[("dist/a/b/x", "x"), ("dist/c/y", "y")]);
    tree.link("dist/a/b/up", "..");
    tree.link("dist/all", ".");
    tree.link("dist/a/to-c", "../c");
    tree.link("dist/c/to-a", "../a");
    assert_snapshot!(tree.listed(&folder("dist")), @"
    error: the asset `Code` of `orders@eu-central-1` cannot be shipped: the link `dist/a/b/up` leads to `..`, and so in a circle
      --> src/lib.rs:12
    hint: remove it, or leave it out by a pattern
    error: the asset `Code` of `orders@eu-central-1` cannot be shipped: the link `dist/a/to-c/to-a` leads to `../a`, and so in a circle
      --> src/lib.rs:12
    hint: remove it, or leave it out by a pattern
    error: the asset `Code` of `orders@eu-central-1` cannot be shipped: the link `dist/all` leads to `.`, and so in a circle
      --> src/lib.rs:12
    hint: remove it, or leave it out by a pattern
    error: the asset `Code` of `orders@eu-central-1` cannot be shipped: the link `dist/c/to-a/b/up` leads to `..`, and so in a circle
      --> src/lib.rs:12
    hint: remove it, or leave it out by a pattern
    error: the asset `Code` of `orders@eu-central-1` cannot be shipped: the link `dist/c/to-a/to-c` leads to `../c`, and so in a circle
      --> src/lib.rs:12
    hint: remove it, or leave it out by a pattern
    ");
    // Down and up again: a real folder is met twice.
    let tree = Tree::new(&[("dist/d/e/x", "x")]);
    tree.link("dist/down", "d/e");
    tree.link("dist/d/e/up", "../../d");
    assert_snapshot!(tree.listed(&folder("dist")), @"
    error: the asset `Code` of `orders@eu-central-1` cannot be shipped: the link `dist/d/e/up` leads to `../../d`, and so in a circle
      --> src/lib.rs:12
    hint: remove it, or leave it out by a pattern
    error: the asset `Code` of `orders@eu-central-1` cannot be shipped: the link `dist/down/up` leads to `../../d`, and so in a circle
      --> src/lib.rs:12
    hint: remove it, or leave it out by a pattern
    ");
}

#[test]
fn links_that_multiply_files_come_to_an_end() {
    let tree = Tree::new(&[("dist/18/x", "x")]);
    for level in 0..18 {
        tree.link(&format!("dist/{level}/a"), &format!("../{}", level + 1));
        tree.link(&format!("dist/{level}/b"), &format!("../{}", level + 1));
    }
    assert_snapshot!(tree.listed(&folder("dist")), @"
    error: the asset `Code` of `orders@eu-central-1` cannot be shipped: `dist` has more than 250000 files and folders
      --> src/lib.rs:12
    hint: leave files out by patterns
    ");
}

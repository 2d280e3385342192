//! Content lists: their JSON, which comes back from a bucket, and their differences.

use std::collections::BTreeMap;

use formwork_assets::{ContentList, Digest, Entry, FileDifference, ListError, Mode, compare};
use insta::assert_snapshot;
use proptest::collection::{btree_map, vec};
use proptest::prelude::*;
use proptest::sample::Index;

/// A file of a list; few contents, so that some are equal.
type File = (bool, u8);

fn entry((path, (is_executable, content)): (&String, &File)) -> Entry {
    let mode = if *is_executable { Mode::Executable } else { Mode::File };
    let content = [*content; 3];
    Entry { path: path.clone(), mode, length: content.len() as u64, digest: Digest::of(&content) }
}

fn list(files: &BTreeMap<String, File>) -> ContentList {
    ContentList::new(files.iter().map(entry).collect()).unwrap()
}

/// Files with paths that are hard to tell apart, none of which is a folder of another.
fn files() -> impl Strategy<Value = BTreeMap<String, File>> {
    btree_map("[ab]([ab\"é .-]|/x){0,5}x", (any::<bool>(), 0..3_u8), 1..9).prop_map(|mut files| {
        let folders: Vec<String> = files.keys().map(|path| format!("{path}/")).collect();
        files.retain(|path, _| !folders.iter().any(|folder| path.starts_with(folder)));
        files
    })
}

proptest! {
    #[test]
    fn a_list_comes_back(files in files()) {
        let list = list(&files);
        let json = list.to_json();
        prop_assert_eq!(&ContentList::from_json(&json).unwrap(), &list);
        prop_assert_eq!(ContentList::from_json(&json).unwrap().hash(), list.hash());
        let value: serde_json::Value = serde_json::from_slice(&json).unwrap();
        prop_assert_eq!(value["files"].as_array().unwrap().len(), files.len());
    }

    #[test]
    fn the_order_in_which_files_are_found_is_not_content(files in files()) {
        let entries: Vec<Entry> = files.iter().map(entry).rev().collect();
        prop_assert_eq!(ContentList::new(entries).unwrap(), list(&files));
    }

    /// Lists that differ in one file: in its path, its mode, its content, or in whether it is there.
    #[test]
    fn equal_hashes_are_of_equal_lists(one in files(), which in any::<Index>(), path in "[ab]x{1,2}", file in (any::<bool>(), 0..3_u8)) {
        let (of, had) = one.iter().nth(which.index(one.len())).unwrap();
        let without = one.iter().filter(|(path, _)| *path != of).map(|(path, file)| (path.clone(), *file));
        let without: BTreeMap<String, File> = without.collect();
        let with = |path: &String, file: File| {
            let mut files = without.clone();
            files.insert(path.clone(), file);
            files
        };
        for other in [with(of, file), with(&path, *had), with(&path, file), without.clone()] {
            if let Ok(list_of_other) = ContentList::new(other.iter().map(entry).collect()) {
                prop_assert_eq!(list(&one).hash() == list_of_other.hash(), one == other);
            }
        }
    }

    #[test]
    fn differences_lead_from_one_list_to_the_other(before in files(), after in files()) {
        let mut walked = before.iter().map(|file| (file.0.clone(), entry(file))).collect::<BTreeMap<_, _>>();
        let differences = compare(&list(&before), &list(&after));
        prop_assert!(differences.is_sorted_by(|one, other| one.path() < other.path()));
        for difference in differences {
            let path = difference.path().to_owned();
            let (content, mode) = (difference.is_of_content(), difference.is_of_mode());
            match difference {
                FileDifference::Added(entry) => prop_assert!(walked.insert(path, entry).is_none() && !content && !mode),
                FileDifference::Removed(entry) => prop_assert!(walked.remove(&path) == Some(entry) && !content && !mode),
                FileDifference::Changed { before, after } => {
                    prop_assert_eq!((content, mode), (before.digest != after.digest, before.mode != after.mode));
                    prop_assert!(content || mode);
                    prop_assert_eq!(walked.insert(path, after), Some(before));
                }
            }
        }
        prop_assert_eq!(ContentList::new(walked.into_values().collect()).unwrap(), list(&after));
        prop_assert!(compare(&list(&after), &list(&after)).is_empty());
    }

    /// Whatever comes from a bucket is an error, or a list that keeps every rule.
    #[test]
    fn what_is_read_is_right_or_refused(
        files in files(),
        cuts in vec((any::<Index>(), any::<Index>(), "[\\PC\n\u{0}]{0,4}|\\{\"|\\\\u0000|,|\\]\\}|1e9|\"path\":\"\""), 0..4),
    ) {
        let mut json = list(&files).to_json();
        for (start, end, text) in cuts {
            let start = start.index(json.len() + 1);
            let end = (start + end.index(12)).min(json.len());
            json.splice(start..end, text.bytes());
        }
        if let Ok(read) = ContentList::from_json(&json) {
            prop_assert_eq!(&ContentList::new(read.entries().to_vec()).unwrap(), &read);
            prop_assert_eq!(&ContentList::from_json(&read.to_json()).unwrap(), &read);
        }
    }
}

#[test]
fn the_json_is_a_line_for_each_file() {
    let files = [("a \"b\"".to_owned(), (false, 0)), ("bin/run".to_owned(), (true, 1))].into();
    let list = list(&files);
    assert_snapshot!(String::from_utf8(list.to_json()).unwrap(), @r#"
    {"version":1,"files":[
    {"path":"a \"b\"","mode":"file","length":3,"digest":"709e80c88487a2411e1ee4dfb9f22a861492d20c4765150c0c794abd70f8147c"},
    {"path":"bin/run","mode":"executable","length":3,"digest":"75c8fd04ad916aec3e3d5cb76a452b116b3d4d0912a0a485e9fb8e3d240e210c"}
    ]}
    "#);
    assert_eq!(list.get("bin/run").map(|entry| entry.mode), Some(Mode::Executable));
    assert_eq!(list.get("bin"), None);
    let of_one = ContentList::of_one(3, Digest::of(b"abc"));
    assert_eq!(ContentList::from_json(&of_one.to_json()).unwrap(), of_one);
}

#[test]
fn a_list_that_is_not_ours_is_refused() {
    let digest = Digest::of(b"").to_string();
    let file = |path: &str| format!(r#"{{"path":{path:?},"mode":"file","length":0,"digest":"{digest}"}}"#);
    let of = |files: &[String]| format!(r#"{{"version":1,"files":[{}]}}"#, files.join(","));
    let executable = file("").replace("\"file\"", "\"executable\"");
    let long = file("a").replace("\"length\":0", &format!("\"length\":{}", u64::MAX));
    let table = [
        String::new(),
        "null".into(),
        "[]".into(),
        "{}".into(),
        r#"{"version":2,"other":[]}"#.into(),
        r#"{"version":1}"#.into(),
        of(&[]),
        of(&[file("a")]).replace("}]}", "}],\"more\":1}"),
        of(&[file("a")]).replace("\"mode\"", "\"owner\":1,\"mode\""),
        of(&[file("a")]).replace("\"mode\":\"file\",", ""),
        of(&[file("a")]).replace("\"file\"", "\"link\""),
        of(&[file("a")]).replace(":0", ":-1"),
        of(&[file("a")]).replace(&digest, "e3"),
        of(&[file("a")]).replace("\"files\"", "\"files\":[],\"files\""),
        of(&[file("b"), file("a")]),
        of(&[file("a"), file("a")]),
        of(&[file("a"), file("a-"), file("a/b")]),
        of(&[file("../a")]),
        of(&[file("/a")]),
        of(&[file("a\\b")]),
        of(&[file("a\nb")]),
        of(&[file(""), file("a")]),
        of(&[executable]),
        of(&[long.clone(), long.replace("\"a\"", "\"b\"")]),
        of(&[file(&"a".repeat(1025))]),
        format!("{}x", of(&[file("a")])),
        "[".repeat(1000),
    ];
    let said = |json: &String| {
        let shown: String = json.replace(&digest, "…").chars().take(90).collect();
        let error = ContentList::from_json(json.as_bytes()).unwrap_err();
        let reason = std::error::Error::source(&error).map(|source| format!(" ({source})")).unwrap_or_default();
        let error: String = format!("{error}{reason}").chars().take(160).collect();
        format!("{shown}\n    {error}")
    };
    assert_snapshot!(table.iter().map(said).collect::<Vec<_>>().join("\n"), @r#"

        its JSON is not that of a content list (EOF while parsing a value at line 1 column 0)
    null
        its JSON is not that of a content list (invalid type: null, expected struct Versioned at line 1 column 4)
    []
        its JSON is not that of a content list (invalid length 0, expected struct Versioned with 1 element at line 1 column 2)
    {}
        its JSON is not that of a content list (missing field `version` at line 1 column 2)
    {"version":2,"other":[]}
        it is of version 2, and this program reads version 1
    {"version":1}
        its JSON is not that of a content list (missing field `files` at line 1 column 13)
    {"version":1,"files":[]}
        it has no file
    {"version":1,"files":[{"path":"a","mode":"file","length":0,"digest":"…"}],"more":1}
        its JSON is not that of a content list (unknown field `more`, expected `version` or `files` at line 1 column 143)
    {"version":1,"files":[{"path":"a","owner":1,"mode":"file","length":0,"digest":"…"}]}
        its JSON is not that of a content list (unknown field `owner`, expected one of `path`, `mode`, `length`, `digest` at line 1 column 41)
    {"version":1,"files":[{"path":"a","length":0,"digest":"…"}]}
        its JSON is not that of a content list (missing field `mode` at line 1 column 121)
    {"version":1,"files":[{"path":"a","mode":"link","length":0,"digest":"…"}]}
        its JSON is not that of a content list (unknown variant `link`, expected `file` or `executable` at line 1 column 47)
    {"version":1,"files":[{"path":"a","mode":"file","length":-1,"digest":"…"}]}
        its JSON is not that of a content list (invalid value: integer `-1`, expected u64 at line 1 column 59)
    {"version":1,"files":[{"path":"a","mode":"file","length":0,"digest":"e3"}]}
        its JSON is not that of a content list (is not a SHA-256 digest of 64 hexadecimal digits in lower case at line 1 column 73)
    {"version":1,"files":[],"files":[{"path":"a","mode":"file","length":0,"digest":"…"}]}
        its JSON is not that of a content list (duplicate field `files` at line 1 column 31)
    {"version":1,"files":[{"path":"b","mode":"file","length":0,"digest":"…"},{"path":"a","mode
        it has the path `a` twice, in the wrong place, or as a file and as a folder
    {"version":1,"files":[{"path":"a","mode":"file","length":0,"digest":"…"},{"path":"a","mode
        it has the path `a` twice, in the wrong place, or as a file and as a folder
    {"version":1,"files":[{"path":"a","mode":"file","length":0,"digest":"…"},{"path":"a-","mod
        it has the path `a/b` twice, in the wrong place, or as a file and as a folder
    {"version":1,"files":[{"path":"../a","mode":"file","length":0,"digest":"…"}]}
        it has the path `../a`: it is not a path below the folder
    {"version":1,"files":[{"path":"/a","mode":"file","length":0,"digest":"…"}]}
        it has the path `/a`: it is not a path below the folder
    {"version":1,"files":[{"path":"a\\b","mode":"file","length":0,"digest":"…"}]}
        it has the path `a\b`: it holds `\`, which separates folders in a zip
    {"version":1,"files":[{"path":"a\nb","mode":"file","length":0,"digest":"…"}]}
        it has the path `a\nb`: it holds a control character
    {"version":1,"files":[{"path":"","mode":"file","length":0,"digest":"…"},{"path":"a","mode"
        it has the path ``: it is not a path below the folder
    {"version":1,"files":[{"path":"","mode":"executable","length":0,"digest":"…"}]}
        it has the path ``: it is not a path below the folder
    {"version":1,"files":[{"path":"a","mode":"file","length":18446744073709551615,"digest":"…"
        its files are too long
    {"version":1,"files":[{"path":"aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa
        it has the path `aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa
    {"version":1,"files":[{"path":"a","mode":"file","length":0,"digest":"…"}]}x
        its JSON is not that of a content list (trailing characters at line 1 column 138)
    [[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[
        its JSON is not that of a content list (invalid type: sequence, expected u64 at line 1 column 1)
    "#);
}

#[test]
fn a_list_that_is_too_long_is_not_read_to_its_end() {
    let digest = Digest::of(b"").to_string();
    let line = |number: usize| format!(r#"{{"path":"{number:06}","mode":"file","length":0,"digest":"{digest}"}}"#);
    let many: Vec<String> = (0..250_001).map(line).collect();
    let json = format!(r#"{{"version":1,"files":[{}]}}"#, many.join(","));
    let error = ContentList::from_json(json.as_bytes()).unwrap_err();
    assert!(
        matches!(&error, ListError::Json(reason) if reason.to_string().contains("more than 250000 files")),
        "{error:?}"
    );
    let fits = format!(r#"{{"version":1,"files":[{}]}}"#, many[1..].join(","));
    assert_eq!(ContentList::from_json(fits.as_bytes()).unwrap().entries().len(), 250_000);
    assert!(matches!(ContentList::from_json(&vec![b' '; (128 << 20) + 1]), Err(ListError::Long)));
}

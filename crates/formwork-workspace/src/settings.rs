//! `formwork.toml`: the environments of a workspace. Every mistake in the file is reported at once, each with its line.

use std::collections::BTreeMap;
use std::fs;
use std::io::ErrorKind;
use std::path::Path;

use formwork_assembly::environment::Removal;
use formwork_assembly::{Environment, Location, Problem, did_you_mean, region};
use toml::de::{DeTable, DeValue};

use crate::bucket_name::bucket_name;
use crate::error::Error;
use crate::lock::NO_ENVIRONMENT;
use crate::toml_file::{Entry, Reader};

/// The file's name, in the folder of the workspace.
pub const SETTINGS: &str = "formwork.toml";

/// The keys of the file.
pub const KEYS: [&str; 1] = ["environment"];

/// The keys of an environment, as `schemas/input` describes them.
pub const ENVIRONMENT_KEYS: [&str; 7] =
    ["account", "asset-bucket", "context", "profile", "protect", "regions", "removal"];

/// Characters of an environment's name, at most.
const MAX_NAME: usize = 64;

/// The environment of a run.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Chosen {
    /// The part that the app is handed.
    pub environment: Environment,
    /// The profile of the AWS configuration that has its login.
    pub profile: Option<String>,
    /// The bucket for contents that are shipped, in place of that of a stack of its own.
    pub asset_bucket: Option<String>,
}

/// Holds the file to its form, for runs that choose no environment. Where there is none, all is well.
///
/// # Errors
///
/// When it has a mistake, whichever environment it is in, or cannot be read.
pub fn check_settings(root: &Path) -> Result<(), Error> {
    tables(&root.join(SETTINGS)).map(|_| ())
}

/// The environments and patterns of the file; `None` where there is no file.
fn tables(path: &Path) -> Result<Option<BTreeMap<String, Chosen>>, Error> {
    let text = match fs::read_to_string(path) {
        Ok(text) => text,
        Err(error) if error.kind() == ErrorKind::NotFound => return Ok(None),
        Err(source) => return Err(Error::SettingsFile { path: path.to_owned(), source }),
    };
    let tables = Reader::new(SETTINGS, &text).read();
    tables.map(Some).map_err(|problems| Error::Settings { path: path.to_owned(), problems })
}

/// The environment of this name: its own table in `formwork.toml` of the workspace's folder, else the one pattern that it matches.
///
/// # Errors
///
/// When the file has a mistake, whichever environment it is in; or there is no such environment.
pub fn environment(root: &Path, name: &str) -> Result<Chosen, Error> {
    if let Err(reason) = check_name(name, false) {
        return Err(Error::EnvironmentName { name: name.to_owned(), reason });
    }
    let path = root.join(SETTINGS);
    let Some(tables) = tables(&path)? else {
        return Err(Error::NoSettings { root: root.to_owned(), environment: name.to_owned() });
    };
    let known = || tables.keys().cloned().collect();
    let chosen = match tables.get(name) {
        Some(chosen) => chosen,
        None => {
            let matching: Vec<(&String, &Chosen)> =
                tables.iter().filter(|(pattern, _)| is_match(pattern, name)).collect();
            match matching.as_slice() {
                [] => return Err(Error::UnknownEnvironment { name: name.to_owned(), path, known: known() }),
                [(_, chosen)] => *chosen,
                several => {
                    let patterns = several
                        .iter()
                        .map(|(pattern, chosen)| format!("`{pattern}` ({})", chosen.environment.location))
                        .collect();
                    return Err(Error::SeveralEnvironments { name: name.to_owned(), patterns });
                }
            }
        }
    };
    let mut chosen = chosen.clone();
    name.clone_into(&mut chosen.environment.name);
    Ok(chosen)
}

/// True if the name matches the pattern, in which `*` stands for any text.
fn is_match(pattern: &str, name: &str) -> bool {
    match pattern.split_once('*') {
        None => pattern == name,
        Some((before, after)) => name.strip_prefix(before).is_some_and(|rest| {
            rest.char_indices().map(|(at, _)| at).chain([rest.len()]).any(|at| is_match(after, &rest[at..]))
        }),
    }
}

/// Holds the name of an environment, or a pattern of names, against what a stack's name can end with.
fn check_name(name: &str, is_pattern: bool) -> Result<(), String> {
    let is_allowed = |c: char| c.is_ascii_alphanumeric() || c == '-' || is_pattern && c == '*';
    if name.is_empty() {
        return Err("it is empty".to_owned());
    }
    if name == NO_ENVIRONMENT {
        return Err("that is the name of runs without an environment".to_owned());
    }
    if name.len() > MAX_NAME {
        return Err(format!("it has {} characters, {MAX_NAME} are allowed", name.len()));
    }
    if let Some(other) = name.chars().find(|c| !is_allowed(*c)) {
        return Err(format!("`{}` is not allowed in it", other.escape_debug()));
    }
    if name.matches('*').count() > 1 {
        return Err("it has more than one `*`".to_owned());
    }
    if name.starts_with('-') || name.ends_with('-') {
        return Err("it begins or ends with `-`".to_owned());
    }
    Ok(())
}

impl<'t> Reader<'t> {
    fn read(mut self) -> Result<BTreeMap<String, Chosen>, Vec<Problem>> {
        let file = self.parse();
        if !self.problems.is_empty() {
            return Err(self.problems);
        }
        let mut environments = BTreeMap::new();
        for (key, value) in file.get_ref() {
            if &**key.get_ref() != KEYS[0] {
                self.unknown(key, "the file", &KEYS);
                continue;
            }
            let Some(tables) = self.table(value, "`environment`", "a table for each environment, `[environment.prod]`")
            else {
                continue;
            };
            for (name, value) in tables {
                if let Err(reason) = check_name(name.get_ref(), true) {
                    let message = format!("`{}` is not the name of an environment: {reason}", name.get_ref());
                    let hint = "letters, digits and hyphens, and one `*` for a pattern such as `pr-*`";
                    self.problem(name.span(), message, Some(hint.to_owned()));
                }
                let what = format!("the environment `{}`", name.get_ref());
                if let Some(table) = self.table(value, &what, "a table") {
                    let chosen = self.environment(name.get_ref(), self.location(&name.span()), table);
                    environments.insert(name.get_ref().to_string(), chosen);
                }
            }
        }
        self.problems.sort_by(|one, other| one.location.cmp(&other.location));
        if self.problems.is_empty() { Ok(environments) } else { Err(self.problems) }
    }

    fn environment(&mut self, name: &str, location: Location, table: &DeTable<'t>) -> Chosen {
        let mut environment = Environment { location, ..Environment::new(name) };
        let (mut profile, mut asset_bucket) = (None, None);
        for (key, value) in table {
            environment.lines.insert(key.get_ref().to_string(), self.location(&key.span()).line);
            match &**key.get_ref() {
                "account" => environment.account = self.account(value),
                "profile" => profile = self.text(value, "`profile`", "the name of a profile, `\"production\"`"),
                "asset-bucket" => {
                    asset_bucket = self.text(value, "`asset-bucket`", "the name of a bucket, `\"assets-{region}\"`");
                    if let Some(Err(reason)) = asset_bucket.as_deref().map(bucket_name) {
                        let written = value.get_ref().as_str().unwrap_or_default();
                        let message = format!("`asset-bucket` is `\"{written}\"`");
                        self.problem(value.span(), message, Some(reason));
                    }
                }
                "regions" => environment.regions = self.regions(value),
                "protect" => match value.get_ref().as_bool() {
                    Some(protect) => environment.protect = protect,
                    None => self.wrong(value, "`protect`", "`true` or `false`"),
                },
                "removal" => match value.get_ref().as_str() {
                    Some("delete") => environment.removal = Some(Removal::Delete),
                    _ => self.wrong(value, "`removal`", "`\"delete\"`"),
                },
                "context" => {
                    environment.context = self.context(value);
                    for (key, _) in value.get_ref().as_table().into_iter().flatten() {
                        let line = self.location(&key.span()).line;
                        environment.lines.insert(format!("context.{}", key.get_ref()), line);
                    }
                }
                _ => self.unknown(key, "an environment", &ENVIRONMENT_KEYS),
            }
        }
        Chosen { environment, profile, asset_bucket }
    }

    /// The number of an account: twelve digits, as a text, since it may begin with zeros.
    fn account(&mut self, value: &Entry<'t>) -> Option<String> {
        let text = value.get_ref().as_str();
        let number = text.filter(|text| text.len() == 12 && text.bytes().all(|byte| byte.is_ascii_digit()));
        if number.is_none() {
            self.wrong(value, "`account`", "the number of an account as a text, `\"111122223333\"`");
        }
        number.map(str::to_owned)
    }

    fn regions(&mut self, value: &Entry<'t>) -> Vec<String> {
        let Some(items) = value.get_ref().as_array() else {
            self.wrong(value, "`regions`", "a list of regions, `[\"eu-central-1\"]`");
            return Vec::new();
        };
        let mut regions: Vec<String> = Vec::new();
        if items.iter().next().is_none() {
            self.wrong(value, "`regions`", "a list of at least one region");
        }
        for item in items.iter() {
            match item.get_ref().as_str() {
                Some(code) if !region::is_known(code) => {
                    let close = did_you_mean(code, region::ALL.iter().map(|(code, _)| *code));
                    let hint = close.map(|close| format!("did you mean `{close}`?"));
                    self.problem(item.span(), format!("`{code}` is not a region"), hint);
                }
                Some(code) if regions.iter().any(|other| other == code) => {
                    self.problem(item.span(), format!("`{code}` is listed twice"), None);
                }
                Some(code) => regions.push(code.to_owned()),
                None => self.wrong(item, "a region", "a text, `\"eu-central-1\"`"),
            }
        }
        regions
    }

    fn context(&mut self, value: &Entry<'t>) -> BTreeMap<String, String> {
        let Some(table) = self.table(value, "`context`", "a table, `{ size = \"large\" }`") else {
            return BTreeMap::new();
        };
        let mut context = BTreeMap::new();
        for (key, value) in table {
            let text = match value.get_ref() {
                DeValue::String(text) => text.to_string(),
                DeValue::Boolean(is) => is.to_string(),
                // As it stands in the file: `1_000` and `0x10` are for people.
                DeValue::Integer(number) if number.radix() == 10 => number.as_str().to_owned(),
                DeValue::Float(number) => number.as_str().to_owned(),
                _ => {
                    let what = format!("the context value `{}`", key.get_ref());
                    self.wrong(value, &what, "a text, a number, `true` or `false`");
                    continue;
                }
            };
            context.insert(key.get_ref().to_string(), text);
        }
        context
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(text: &str) -> String {
        match Reader::new(SETTINGS, text).read() {
            Ok(environments) => {
                let one = |(name, chosen): (&String, &Chosen)| {
                    format!("{name}: {} {:?}", chosen.environment.to_json(), chosen.profile)
                };
                environments.iter().map(one).collect::<Vec<_>>().join("\n")
            }
            Err(problems) => problems.iter().map(ToString::to_string).collect::<Vec<_>>().join("\n"),
        }
    }

    #[test]
    fn a_whole_file() {
        insta::assert_snapshot!(read(r#"
# What differs between them.
[environment.prod]
account = "111122223333"
regions = ["eu-central-1", "us-east-1"]
profile = "production"
protect = true
context = { size = "large", replicas = 3, share = 0.5, open = false }

[environment."pr-*"]
removal = "delete"
[environment."pr-*".context]
size = "small"

[environment.empty]
"#), @r#"
        empty: {"name":"empty","regions":[],"context":{},"protect":false,"location":{"file":"formwork.toml","line":15}} None
        pr-*: {"name":"pr-*","regions":[],"context":{"size":"small"},"removal":"delete","protect":false,"location":{"file":"formwork.toml","line":10},"lines":{"context":12,"context.size":13,"removal":11}} None
        prod: {"name":"prod","account":"111122223333","regions":["eu-central-1","us-east-1"],"context":{"open":"false","replicas":"3","share":"0.5","size":"large"},"protect":true,"location":{"file":"formwork.toml","line":3},"lines":{"account":4,"context":8,"context.open":8,"context.replicas":8,"context.share":8,"context.size":8,"profile":6,"protect":7,"regions":5}} Some("production")
        "#);
        assert_eq!(read(""), "");
    }

    #[test]
    fn every_mistake_at_once_with_its_line() {
        insta::assert_snapshot!(read(r#"
title = "x"
[environments.prod]
[environment]
default = {}
"a b" = {}
"-a" = {}
"*-*" = {}
test = 5
[environment.prod]
acount = "111122223333"
account = 111122223333
regions = ["eu-centrl-1", "us-east-1", "us-east-1", 5]
profile = ""
asset-bucket = "My_Assets"
protect = "yes"
removal = "retain"
stage = "x"
context = { size = ["a"], when = 2026-01-01, mask = 0x10 }
[environment.dev]
regions = []
account = "1111"
context = [
  "a",
]
[environment.other]
regions = "eu-central-1"
"#), @r#"
error: `title` is not a key of the file
  --> formwork.toml:2
hint: the file has `environment`
error: `environments` is not a key of the file
  --> formwork.toml:3
hint: did you mean `environment`?
error: `default` is not the name of an environment: that is the name of runs without an environment
  --> formwork.toml:5
hint: letters, digits and hyphens, and one `*` for a pattern such as `pr-*`
error: `a b` is not the name of an environment: ` ` is not allowed in it
  --> formwork.toml:6
hint: letters, digits and hyphens, and one `*` for a pattern such as `pr-*`
error: `-a` is not the name of an environment: it begins or ends with `-`
  --> formwork.toml:7
hint: letters, digits and hyphens, and one `*` for a pattern such as `pr-*`
error: `*-*` is not the name of an environment: it has more than one `*`
  --> formwork.toml:8
hint: letters, digits and hyphens, and one `*` for a pattern such as `pr-*`
error: the environment `test` is `5`
  --> formwork.toml:9
hint: it is a table
error: `acount` is not a key of an environment
  --> formwork.toml:11
hint: did you mean `account`?
error: `account` is `111122223333`
  --> formwork.toml:12
hint: it is the number of an account as a text, `"111122223333"`
error: `eu-centrl-1` is not a region
  --> formwork.toml:13
hint: did you mean `eu-central-1`?
error: `us-east-1` is listed twice
  --> formwork.toml:13
error: a region is `5`
  --> formwork.toml:13
hint: it is a text, `"eu-central-1"`
error: `profile` is `""`
  --> formwork.toml:14
hint: it is the name of a profile, `"production"`
error: `asset-bucket` is `"My_Assets"`
  --> formwork.toml:15
hint: a bucket has a name of 3 to 63 lower-case letters, digits, `.` and `-`
error: `protect` is `"yes"`
  --> formwork.toml:16
hint: it is `true` or `false`
error: `removal` is `"retain"`
  --> formwork.toml:17
hint: it is `"delete"`
error: `stage` is not a key of an environment
  --> formwork.toml:18
hint: an environment has `account`, `asset-bucket`, `context`, `profile`, `protect`, `regions` and `removal`
error: the context value `mask` is `0x10`
  --> formwork.toml:19
hint: it is a text, a number, `true` or `false`
error: the context value `size` is `["a"]`
  --> formwork.toml:19
hint: it is a text, a number, `true` or `false`
error: the context value `when` is `2026-01-01`
  --> formwork.toml:19
hint: it is a text, a number, `true` or `false`
error: `regions` is `[]`
  --> formwork.toml:21
hint: it is a list of at least one region
error: `account` is `"1111"`
  --> formwork.toml:22
hint: it is the number of an account as a text, `"111122223333"`
error: `context` is `[ …`
  --> formwork.toml:23
hint: it is a table, `{ size = "large" }`
error: `regions` is `"eu-central-1"`
  --> formwork.toml:27
hint: it is a list of regions, `["eu-central-1"]`
"#);
    }

    #[test]
    fn what_is_not_toml() {
        insta::assert_snapshot!(read("[environment.prod\naccount = \"1\"\n[environment.dev]\nregions = [\n"), @"
error: this is not TOML: unclosed table, expected `]`
  --> formwork.toml:1
error: this is not TOML: unclosed array, expected `]`
  --> formwork.toml:4
");
        insta::assert_snapshot!(read("[environment.prod]\n[environment.prod]\n"), @"
error: this is not TOML: duplicate key
  --> formwork.toml:2
");
        insta::assert_snapshot!(read("<<<<<<< ours\n"), @"
error: this is not TOML: key with no value, expected `=`
  --> formwork.toml:1
error: this is not TOML: invalid unquoted key, expected letters, numbers, `-`, `_`
  --> formwork.toml:1
");
    }

    #[test]
    fn patterns() {
        for (pattern, name, expected) in [
            ("pr-*", "pr-17", true),
            ("pr-*", "pr-", true),
            ("pr-*", "pr", false),
            ("*", "x", true),
            ("*-test", "a-test", true),
            ("*-test", "a-testing", false),
            ("a*a", "a", false),
            ("a*a", "aba", true),
            ("prod", "prod", true),
            ("prod", "production", false),
        ] {
            assert_eq!(is_match(pattern, name), expected, "{pattern} {name}");
        }
    }

    #[test]
    fn an_environment_is_found_by_its_name_then_by_its_pattern() {
        let folder = std::env::temp_dir().join(format!("formwork-settings-{}", std::process::id()));
        fs::create_dir_all(&folder).unwrap();
        let told = |name: &str| match environment(&folder, name) {
            Ok(chosen) => format!("{} of {}", chosen.environment.name, chosen.environment.location),
            Err(error) => {
                format!("{error}; {}", error.hint().unwrap_or_default()).replace(&folder.display().to_string(), "/w")
            }
        };
        let missing = told("prod");
        let text = "[environment.prod]\n[environment.\"pr-*\"]\n[environment.pr-1]\n[environment.\"*-eu\"]\n";
        fs::write(folder.join(SETTINGS), text).unwrap();
        let all = ["prod", "pr-1", "pr-2", "x-eu", "pr-eu", "prd", "staging", "a b", "pr-*", "default", ""].map(told);
        fs::remove_dir_all(&folder).unwrap();
        insta::assert_snapshot!(format!("{missing}\n{}", all.join("\n")), @"
`/w` has no `formwork.toml`, and so no environment `prod`; write one: `[environment.prod]`, with `account`, `regions` and `context` below it
prod of formwork.toml:1
pr-1 of formwork.toml:3
pr-2 of formwork.toml:2
x-eu of formwork.toml:4
`--env pr-eu` matches `*-eu` (formwork.toml:4) and `pr-*` (formwork.toml:2); give `pr-eu` a table of its own, or make one of the patterns narrower
`/w/formwork.toml` has no environment `prd`; did you mean `prod`?
`/w/formwork.toml` has no environment `staging`; it has `*-eu`, `pr-*`, `pr-1` and `prod`
`--env a b`: ` ` is not allowed in it; letters, digits and hyphens are allowed
`--env pr-*`: `*` is not allowed in it; letters, digits and hyphens are allowed
`--env default`: that is the name of runs without an environment; letters, digits and hyphens are allowed
`--env `: it is empty; letters, digits and hyphens are allowed
");
    }
}

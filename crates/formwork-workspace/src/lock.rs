//! `formwork.lock`: answers to look-ups, committed with the source, so that the same source gives the same template everywhere.
//!
//! Entries are kept by environment, account and region, sorted, without times: the file differs only where AWS does. Without an
//! environment they are kept under `default`.

use std::collections::BTreeMap;
use std::fs;
use std::io::{self, ErrorKind};
use std::path::{Path, PathBuf};

use formwork_assembly::{Answers, Found, Lookup};
use serde_json::{Map, Value, json};

use crate::error::Error;
use crate::whole_file;

/// The file's name, in the folder of the workspace.
pub const LOCK: &str = "formwork.lock";

/// The version of the form.
const VERSION: u64 = 1;

/// The name of the entries of runs without an environment.
pub const NO_ENVIRONMENT: &str = "default";

/// Content of a lock file for one environment.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Lock {
    /// The file.
    pub path: PathBuf,
    /// The environment's name.
    pub environment: String,
    /// The account in which everything was looked up; `None` for a file that is not there.
    pub account: Option<String>,
    /// Answers to look-ups.
    pub found: Vec<Found>,
    /// The entries of other environments, which stay as they are.
    others: Map<String, Value>,
}

impl Lock {
    /// Reads what a file has of an environment; one that is not there holds nothing.
    ///
    /// # Errors
    ///
    /// When it cannot be read, is of another form, or has entries of two accounts.
    pub fn read(path: &Path, environment: &str) -> Result<Lock, Error> {
        let mut lock = Lock { path: path.to_owned(), environment: environment.to_owned(), ..Lock::default() };
        let text = match fs::read_to_string(path) {
            Ok(text) => text,
            Err(error) if error.kind() == ErrorKind::NotFound => return Ok(lock),
            Err(source) => return Err(Error::LockNotRead { path: path.to_owned(), source }),
        };
        let form = |reason: String| Error::LockForm { path: path.to_owned(), reason };
        let json: Value = serde_json::from_str(&text).map_err(|error| form(error.to_string()))?;
        let json = object(&json, "the file").map_err(form)?;
        match json.get("version").and_then(Value::as_u64) {
            Some(VERSION) => {}
            Some(version @ VERSION..) => {
                return Err(Error::LockVersion { path: path.to_owned(), version, known: VERSION });
            }
            Some(other) => return Err(form(format!("`version` is {other}, and the first is {VERSION}"))),
            None => return Err(form("it does not have a `version`".to_owned())),
        }
        let Some(all) = json.get("environments") else { return Ok(lock) };
        let all = object(all, "`environments`").map_err(form)?;
        let others = all.iter().filter(|(name, _)| *name != environment);
        lock.others = others.map(|(name, accounts)| (name.clone(), accounts.clone())).collect();
        let Some(accounts) = all.get(environment) else { return Ok(lock) };
        for (account, regions) in object(accounts, &format!("`{environment}`")).map_err(form)? {
            if let Some(other) = lock.account.replace(account.clone()) {
                return Err(form(format!("it has entries of the accounts {other} and {account}")));
            }
            let place = format!("`{environment}`, account {account}");
            for (region, entries) in object(regions, &place).map_err(form)? {
                let place = format!("{place}, {region}");
                let entries = entries.as_array().ok_or_else(|| form(not_of_kind(&place, entries, "a list")))?;
                for entry in entries {
                    lock.found.push(found(entry, region, &place).map_err(form)?);
                }
            }
        }
        Ok(lock)
    }

    /// Keeps an answer in the place of an earlier one to the same question.
    pub fn keep(&mut self, found: Found) {
        self.found.retain(|other| other.lookup != found.lookup);
        self.found.push(found);
    }

    /// All answers, as a stack program gets them.
    pub fn answers(&self) -> Answers {
        Answers { account: self.account.clone(), found: self.found.clone() }
    }

    /// The answer to a question.
    pub fn answer(&self, lookup: &Lookup) -> Option<&Found> {
        self.found.iter().find(|found| found.answers(lookup))
    }

    /// The text of the file.
    pub fn text(&self) -> String {
        let mut regions: BTreeMap<&str, Vec<&Found>> = BTreeMap::new();
        for found in &self.found {
            regions.entry(&found.lookup.region).or_default().push(found);
        }
        let entry = |found: &&Found| {
            let mut json = found.to_json();
            if let Some(object) = json.as_object_mut() {
                // It is the key above.
                object.shift_remove("region");
            }
            json
        };
        let regions = regions.into_iter().map(|(region, mut found)| {
            found.sort_by_key(|found| found.lookup.key());
            (region.to_owned(), found.iter().map(entry).collect::<Value>())
        });
        let regions: Map<String, Value> = regions.collect();
        let mut accounts = Map::new();
        if let Some(account) = &self.account {
            accounts.insert(account.clone(), Value::Object(regions));
        }
        let own = (self.environment.clone(), Value::Object(accounts));
        let others = self.others.iter().map(|(name, accounts)| (name.clone(), accounts.clone()));
        let environments: BTreeMap<String, Value> = others.chain([own]).collect();
        let json = json!({ "version": VERSION, "environments": environments });
        format!("{json:#}\n")
    }

    /// Writes the file as a whole.
    ///
    /// # Errors
    ///
    /// When it cannot be written; then it is as it was.
    pub fn write(&self) -> Result<(), Error> {
        let failed = |source: io::Error| Error::LockNotWritten { path: self.path.clone(), source };
        if let Some(folder) = self.path.parent() {
            fs::create_dir_all(folder).map_err(failed)?;
        }
        whole_file::write(&self.path, &self.text()).map_err(failed)
    }
}

fn object<'a>(value: &'a Value, place: &str) -> Result<&'a Map<String, Value>, String> {
    value.as_object().ok_or_else(|| not_of_kind(place, value, "an object"))
}

fn not_of_kind(place: &str, value: &Value, kind: &str) -> String {
    format!("{place} is `{}`, which is not {kind}", shortened(value))
}

/// A value as JSON, as much as fits a line.
fn shortened(value: &Value) -> String {
    const LONGEST: usize = 60;
    let text = value.to_string();
    match text.char_indices().nth(LONGEST) {
        Some((end, _)) => format!("{}…", &text[..end]),
        None => text,
    }
}

/// An answer, of whose look-up the region is the key above.
fn found(entry: &Value, region: &str, place: &str) -> Result<Found, String> {
    let entry = object(entry, &format!("an entry of {place}"))?;
    if let Some((name, value)) = not_a_text(entry) {
        return Err(format!("`{name}` of an entry of {place} is `{}`, which is not a text", shortened(value)));
    }
    let mut entry = entry.clone();
    entry.insert("region".to_owned(), json!(region));
    Found::from_json(&Value::Object(entry)).ok_or_else(|| format!("an entry of {place} is not a look-up"))
}

/// A value of an entry that is not a text or a list of texts; `null` is one that the thing does not have.
fn not_a_text(entry: &Map<String, Value>) -> Option<(&String, &Value)> {
    let is_text = |value: &Value| match value {
        Value::Array(items) => items.iter().all(Value::is_string),
        value => value.is_string() || value.is_null(),
    };
    entry.get("values")?.as_object()?.iter().find(|(_, value)| !is_text(value))
}

#[cfg(test)]
mod tests {
    use formwork_assembly::lookup::By;

    use super::*;

    fn found(region: &str, name: &str) -> Found {
        let lookup = Lookup {
            type_name: "AWS::EC2::PrefixList".to_owned(),
            region: region.to_owned(),
            by: By::Properties {
                equal: [("PrefixListName".to_owned(), name.to_owned())].into(),
                with: Vec::new(),
                without: Vec::new(),
            },
            wanted: vec!["PrefixListId".to_owned()],
            location: None,
        };
        Found::given(lookup, [("PrefixListId", format!("pl-{name}"))])
    }

    fn lock(path: &Path) -> Lock {
        let mut lock = Lock { account: Some("111122223333".to_owned()), ..Lock::read(path, NO_ENVIRONMENT).unwrap() };
        for (region, name) in [("us-east-1", "b"), ("eu-west-1", "z"), ("us-east-1", "a"), ("us-east-1", "b")] {
            lock.keep(found(region, name));
        }
        lock
    }

    fn written_to(path: &Path, text: &str) {
        fs::create_dir_all(path.parent().unwrap()).unwrap();
        fs::write(path, text).unwrap();
    }

    #[test]
    fn it_comes_back_sorted_and_without_times() {
        let folder = std::env::temp_dir().join(format!("formwork-lock-{}", std::process::id()));
        let path = folder.join(LOCK);
        let written = lock(&path);
        written.write().unwrap();
        let text = fs::read_to_string(&path).unwrap();
        let read = Lock::read(&path, NO_ENVIRONMENT).unwrap();
        fs::remove_dir_all(&folder).unwrap();
        assert_eq!((read.account.as_deref(), read.found.len(), &read.text()), (Some("111122223333"), 3, &text));
        assert!(read.answer(&found("us-east-1", "b").lookup).is_some());
        assert!(read.answer(&found("us-east-2", "b").lookup).is_none());
        // Beside it, an environment has entries of its own.
        let folder = folder.with_extension("prod");
        let path = folder.join(LOCK);
        written_to(&path, &text);
        let mut prod = Lock { account: Some("444455556666".to_owned()), ..Lock::read(&path, "prod").unwrap() };
        assert_eq!(prod.found, []);
        prod.keep(found("us-east-1", "prod"));
        prod.write().unwrap();
        let (own, default) = (Lock::read(&path, "prod").unwrap(), Lock::read(&path, NO_ENVIRONMENT).unwrap());
        fs::remove_dir_all(&folder).unwrap();
        assert_eq!((own.found, default.found), (vec![found("us-east-1", "prod")], read.found.clone()));
        let order: Vec<usize> =
            ["eu-west-1", "pl-z", "us-east-1", "pl-a", "pl-b"].map(|part| text.find(part).unwrap()).into();
        assert!(order.is_sorted(), "{text}");
    }

    #[test]
    fn what_is_in_the_place_of_the_file_is_the_users_to_mend() {
        let folder = tempfile::tempdir().unwrap();
        let (folder_there, bytes) = (folder.path().join("folder"), folder.path().join("bytes"));
        fs::create_dir(&folder_there).unwrap();
        fs::write(&bytes, [0xff, 0xfe]).unwrap();
        let below = Lock { path: bytes.join(LOCK), ..Lock::default() };
        let errors = [
            Lock::read(&folder_there, NO_ENVIRONMENT).unwrap_err(),
            Lock::read(&bytes, NO_ENVIRONMENT).unwrap_err(),
            Lock { path: folder_there, ..Lock::default() }.write().unwrap_err(),
            below.write().unwrap_err(),
        ];
        let texts: Vec<String> =
            errors.iter().map(|error| error.to_string().replace(&folder.path().display().to_string(), "")).collect();
        assert_eq!(
            texts,
            [
                "cannot read `/folder`",
                "cannot read `/bytes`",
                "cannot write `/folder`",
                "cannot write `/bytes/formwork.lock`"
            ]
        );
        assert!(errors.iter().all(|error| error.is_input() && error.hint().is_some()), "{errors:?}");
    }

    /// Its answers are not lost for it: whatever else is in the file is not read.
    #[test]
    fn a_newer_file_is_for_a_newer_program() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join(LOCK);
        fs::write(&path, r#"{"version":2,"environments":[]}"#).unwrap();
        let error = Lock::read(&path, NO_ENVIRONMENT).unwrap_err();
        let text = format!("{error}\n{}", error.hint().unwrap());
        insta::assert_snapshot!(text.replace(&folder.path().display().to_string(), ""), @"
        `/formwork.lock` is of version 2, and this program reads 1
        a newer formwork wrote it: install that one, and keep the file, which has the answers that were committed
        ");
    }

    #[test]
    fn what_is_not_of_the_form_is_told() {
        let folder = std::env::temp_dir().join(format!("formwork-lock-form-{}", std::process::id()));
        fs::create_dir_all(&folder).unwrap();
        let path = folder.join(LOCK);
        let told = |text: &str| {
            fs::write(&path, text).unwrap();
            match Lock::read(&path, NO_ENVIRONMENT).unwrap_err() {
                Error::LockForm { reason, .. } => reason,
                other => other.to_string(),
            }
        };
        let reasons = [
            told("<<<<<<< ours"),
            told("[]"),
            told("{}"),
            told(r#"{"version":0}"#),
            told(r#"{"version":1,"environments":[]}"#),
            told(r#"{"version":1,"environments":null}"#),
            told(r#"{"version":1,"environments":{"default":[]}}"#),
            told(r#"{"version":1,"environments":{"default":null}}"#),
            told(r#"{"version":1,"environments":{"default":{"111122223333":["us-east-1"]}}}"#),
            told(r#"{"version":1,"environments":{"default":{"111122223333":{"us-east-1":{"a":1}}}}}"#),
            told(r#"{"version":1,"environments":{"default":{"111122223333":{"us-east-1":["x"]}}}}"#),
            told(&format!(r#"{{"version":1,"environments":"{}"}}"#, "ä".repeat(100))),
            told(r#"{"version":1,"environments":{"default":{"1":{},"2":{}}}}"#),
            told(r#"{"version":1,"environments":{"default":{"1":{"us-east-1":[{"type":"x"}]}}}}"#),
            told(r#"{"version":1,"environments":{"default":{"1":{"us-east-1":[{"values":{"Id":5}}]}}}}"#),
            told(r#"{"version":1,"environments":{"default":{"1":{"us-east-1":[{"values":{"Ids":["a",5]}}]}}}}"#),
        ];
        fs::remove_dir_all(&folder).unwrap();
        assert_eq!(
            reasons,
            [
                "expected value at line 1 column 1",
                "the file is `[]`, which is not an object",
                "it does not have a `version`",
                "`version` is 0, and the first is 1",
                "`environments` is `[]`, which is not an object",
                "`environments` is `null`, which is not an object",
                "`default` is `[]`, which is not an object",
                "`default` is `null`, which is not an object",
                "`default`, account 111122223333 is `[\"us-east-1\"]`, which is not an object",
                "`default`, account 111122223333, us-east-1 is `{\"a\":1}`, which is not a list",
                "an entry of `default`, account 111122223333, us-east-1 is `\"x\"`, which is not an object",
                &format!("`environments` is `\"{}…`, which is not an object", "ä".repeat(59)),
                "it has entries of the accounts 1 and 2",
                "an entry of `default`, account 1, us-east-1 is not a look-up",
                "`Id` of an entry of `default`, account 1, us-east-1 is `5`, which is not a text",
                "`Ids` of an entry of `default`, account 1, us-east-1 is `[\"a\",5]`, which is not a text",
            ]
        );
    }
}

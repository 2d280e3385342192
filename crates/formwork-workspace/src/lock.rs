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
            Err(source) => return Err(Error::LockFile { path: path.to_owned(), source }),
        };
        let form = |reason: String| Error::LockForm { path: path.to_owned(), reason };
        let json: Value = serde_json::from_str(&text).map_err(|error| form(error.to_string()))?;
        match json["version"].as_u64() {
            Some(VERSION) => {}
            Some(other) => return Err(form(format!("its version is {other}, and this program knows {VERSION}"))),
            None => return Err(form("it has no `version`".to_owned())),
        }
        if let Some(all) = json["environments"].as_object() {
            let others = all.iter().filter(|(name, _)| *name != environment);
            lock.others = others.map(|(name, accounts)| (name.clone(), accounts.clone())).collect();
        }
        let accounts = match &json["environments"][environment] {
            Value::Null => return Ok(lock),
            accounts => accounts.as_object().ok_or_else(|| form(format!("`{environment}` is not an object")))?,
        };
        for (account, regions) in accounts {
            if let Some(other) = lock.account.replace(account.clone()) {
                return Err(form(format!("it has entries of the accounts {other} and {account}")));
            }
            for (region, entries) in regions.as_object().into_iter().flatten() {
                for entry in entries.as_array().into_iter().flatten() {
                    let mut entry = entry.clone();
                    entry["region"] = json!(region);
                    let found = Found::from_json(&entry);
                    lock.found.push(found.ok_or_else(|| form(format!("an entry of {region} is not a look-up")))?);
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
        let failed = |source: io::Error| Error::LockFile { path: self.path.clone(), source };
        if let Some(folder) = self.path.parent() {
            fs::create_dir_all(folder).map_err(failed)?;
        }
        whole_file::write(&self.path, &self.text()).map_err(failed)
    }
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
            told("{}"),
            told(r#"{"version":2}"#),
            told(r#"{"version":1,"environments":{"default":[]}}"#),
            told(r#"{"version":1,"environments":{"default":{"1":{},"2":{}}}}"#),
            told(r#"{"version":1,"environments":{"default":{"1":{"us-east-1":[{"type":"x"}]}}}}"#),
        ];
        fs::remove_dir_all(&folder).unwrap();
        assert_eq!(
            reasons,
            [
                "expected value at line 1 column 1",
                "it has no `version`",
                "its version is 2, and this program knows 1",
                "`default` is not an object",
                "it has entries of the accounts 1 and 2",
                "an entry of us-east-1 is not a look-up",
            ]
        );
    }
}

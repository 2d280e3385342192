//! Data of the cfn-lint package on the values of properties beyond the schemas: instance types by region, engine
//! versions, which properties exclude or need each other, documents within properties, the actions of IAM, the life of runtimes.
//!
//! `schemas/extensions/` holds it as texts, compressed, one a resource type, with a line an entry:
//!
//! ```text
//! name <tab> region or - <tab> schema
//! name <tab> region or - <tab> condition <tab> schema where the condition holds
//! ```
//!
//! A schema that is nothing but a list of conditions is written a condition a line, so that a reader parses those that concern
//! it. A schema that an earlier line has is written as `=` and the number of that line: the classes of databases of 38
//! regions are 338 different lists, and 5 MB of text become 0.7. Two more files have a line a service (its actions) and a line a
//! runtime (its days). The types that hold data are a plain text of their own, `schemas/overlay/stateful.txt`.

use std::collections::{BTreeMap, BTreeSet};
use std::path::Path;

use formwork_schema::SchemaError;
use formwork_schema::snapshot::{Snapshot, sort_keys};
use serde_json::Value;

use crate::CodegenError;

/// The texts by file name, without the ending of compressed files.
pub type Texts = BTreeMap<String, String>;

/// Schemas of documents within properties, by the folder of `schemas/other` and the file's name.
const DOCUMENTS: &[(&str, &str)] = &[
    ("resources", "cfn_init"),
    ("resources", "update_policy"),
    ("ssm", "document"),
    ("step_functions", "statemachine"),
];
/// The name of the file with these schemas.
const DOCUMENTS_FILE: &str = "documents";

/// Reads the folder `data` of the package, and the day of its schemas.
///
/// # Errors
///
/// When a file of it is missing or is not of the form that is known.
pub fn read(data: &Path, snapshot: &Snapshot) -> Result<(Texts, String), CodegenError> {
    let version = json(&data.join("schemas/version.json"))?;
    let date = version.get("schema_date").and_then(Value::as_str).and_then(|date| date.get(..10));
    let date = date.ok_or_else(|| bad("version.json", "`schema_date` is missing"))?.to_owned();
    let mut texts = Texts::new();
    for folder in entries(&data.join("schemas/extensions"))?.into_iter().filter(|path| path.is_dir()) {
        let mut lines = Lines::default();
        for file in entries(&folder)?.into_iter().filter(|path| path.extension().is_some_and(|end| end == "json")) {
            lines.add(&stem(&file), json(&file)?);
        }
        if let Some(text) = lines.into_text() {
            texts.insert(stem(&folder), text);
        }
    }
    let mut lines = Lines::default();
    for (folder, name) in DOCUMENTS {
        lines.add(name, json(&data.join("schemas/other").join(folder).join(format!("{name}.json")))?);
    }
    texts.extend(lines.into_text().map(|text| (DOCUMENTS_FILE.to_owned(), text)));
    texts.insert("actions".to_owned(), actions(&json(&data.join("AdditionalSpecs/Policies.json"))?, snapshot)?);
    texts.insert("runtimes".to_owned(), runtimes(&json(&data.join("AdditionalSpecs/LmbdRuntimeLifecycle.json"))?)?);
    Ok((texts, date))
}

/// The lines of one file, and which line has which schema.
#[derive(Default)]
struct Lines {
    lines: Vec<String>,
    schemas: BTreeMap<String, usize>,
}

impl Lines {
    fn add(&mut self, name: &str, mut schema: Value) {
        sort_keys(&mut schema);
        if let Value::Object(entries) = &mut schema {
            entries.shift_remove("description");
        }
        match schema {
            Value::Object(regions)
                if !regions.is_empty() && regions.keys().all(|key| is_region(key) || key == "all") =>
            {
                // `all` is not a region: it has what was not found in any.
                for (region, mut schema) in regions.into_iter().filter(|(region, _)| region != "all") {
                    if let Value::Object(entries) = &mut schema {
                        entries.shift_remove("description");
                    }
                    self.schema(name, &region, &schema);
                }
            }
            schema => self.schema(name, "-", &schema),
        }
    }

    fn schema(&mut self, name: &str, region: &str, schema: &Value) {
        let branches = schema.as_object().filter(|entries| entries.len() == 1).and_then(|entries| entries.get("allOf"));
        let branches: Option<Vec<(&Value, &Value)>> = branches.and_then(Value::as_array).and_then(|branches| {
            let both = |branch: &'_ Value| branch.as_object().is_some_and(|entries| entries.len() == 2);
            branches
                .iter()
                .map(|branch| Some((branch.get("if")?, branch.get("then").filter(|_| both(branch))?)))
                .collect()
        });
        match branches {
            Some(branches) => {
                for (condition, then) in branches {
                    let then = self.short(then);
                    self.lines.push(format!("{name}\t{region}\t{condition}\t{then}"));
                }
            }
            None => {
                let schema = self.short(schema);
                self.lines.push(format!("{name}\t{region}\t{schema}"));
            }
        }
    }

    /// The schema, or the line that has it.
    fn short(&mut self, schema: &Value) -> String {
        let text = schema.to_string();
        match self.schemas.get(&text) {
            Some(line) => format!("={line}"),
            None => {
                self.schemas.insert(text.clone(), self.lines.len());
                text
            }
        }
    }

    fn into_text(self) -> Option<String> {
        (!self.lines.is_empty()).then(|| self.lines.join("\n") + "\n")
    }
}

/// `s3 <tab> AbortMultipartUpload …`: the actions of each service. The package has them in lower case, which IAM takes as well, but
/// people read with capitals: those that the schemas list among the permissions of their handlers are written as they are there,
/// the others are put together from the words of those and of properties.
fn actions(policies: &Value, snapshot: &Snapshot) -> Result<String, CodegenError> {
    let mut spelled: BTreeMap<String, &str> = BTreeMap::new();
    for schema in snapshot.schemas.values() {
        let handlers = schema.get("handlers").and_then(Value::as_object).into_iter().flatten();
        let permissions = handlers.filter_map(|(_, handler)| handler.get("permissions")?.as_array()).flatten();
        for permission in permissions.filter_map(Value::as_str) {
            spelled.entry(permission.to_ascii_lowercase()).or_insert(permission);
        }
    }
    let of_permissions = spelled.values().filter_map(|permission| Some(permission.split_once(':')?.1));
    let of_properties = snapshot.schemas.values().filter_map(|schema| schema.get("properties")?.as_object());
    let names = of_properties.flat_map(|all| all.keys().map(String::as_str)).chain(of_permissions);
    let words: BTreeMap<String, &str> = names.flat_map(words).map(|word| (word.to_ascii_lowercase(), word)).collect();
    let services = policies.as_object().ok_or_else(|| bad("Policies.json", "expected an object"))?;
    let mut text = String::new();
    for (service, entry) in services.iter().collect::<BTreeMap<_, _>>() {
        let actions = entry.get("Actions").and_then(Value::as_object);
        let actions = actions.ok_or_else(|| bad("Policies.json", "`Actions` is missing"))?;
        let names: BTreeSet<&str> = actions.keys().map(String::as_str).collect();
        let names = names.into_iter().map(|name| {
            let known = spelled.get(&format!("{service}:{name}")).and_then(|known| known.split_once(':'));
            known.map_or_else(|| capitals(name, &words), |(_, known)| known.to_owned())
        });
        text += &format!("{service}\t{}\n", names.collect::<Vec<_>>().join(" "));
    }
    Ok(text)
}

/// The words of `AbortMultipartUpload`, each of which begins with a capital.
fn words(name: &str) -> Vec<&str> {
    let is_start = |(place, byte): &(usize, u8)| {
        byte.is_ascii_uppercase() && !name.as_bytes().get(place.wrapping_sub(1)).is_some_and(u8::is_ascii_uppercase)
    };
    let starts: Vec<usize> = name.bytes().enumerate().filter(is_start).map(|(place, _)| place).collect();
    let ends = starts.iter().skip(1).copied().chain([name.len()]);
    let words = starts.iter().zip(ends).filter_map(|(start, end)| name.get(*start..end));
    words.filter(|word| word.len() > 2 && word.bytes().all(|byte| byte.is_ascii_alphanumeric())).collect()
}

/// `getqueueurl` as `GetQueueUrl`: of the fewest words that are known; as it is, when it is not made of such.
fn capitals(name: &str, words: &BTreeMap<String, &str>) -> String {
    // For each place, the fewest words up to it, and where the last of them begins.
    let mut best: Vec<Option<(usize, usize)>> = vec![None; name.len() + 1];
    best[0] = Some((0, 0));
    for end in 1..=name.len() {
        best[end] = (0..end)
            .filter_map(|start| {
                let (count, _) = best[start]?;
                words.contains_key(name.get(start..end)?).then_some((count + 1, start))
            })
            .min();
    }
    let mut parts = Vec::new();
    let mut end = name.len();
    while let Some((_, start)) = best[end].filter(|_| end > 0) {
        parts.push(words[&name[start..end]]);
        end = start;
    }
    if end > 0 {
        return name.to_owned();
    }
    parts.reverse();
    parts.concat()
}

/// `nodejs12.x deprecated 2023-03-31 create-block 2023-03-31 update-block 2027-03-03 successor nodejs24.x`; what is not known is
/// left out.
fn runtimes(runtimes: &Value) -> Result<String, CodegenError> {
    let runtimes = runtimes.as_object().ok_or_else(|| bad("LmbdRuntimeLifecycle.json", "expected an object"))?;
    let mut text = String::new();
    for (name, days) in runtimes.iter().collect::<BTreeMap<_, _>>() {
        text += name;
        for key in ["deprecated", "create-block", "update-block", "successor"] {
            if let Some(value) = days.get(key).and_then(Value::as_str) {
                text += &format!(" {key} {value}");
            }
        }
        text.push('\n');
    }
    Ok(text)
}

/// The types that hold data, below a line with their source: `AWS::DynamoDB::Table`.
///
/// # Errors
///
/// When the file is missing or is not of the form that is known.
pub fn stateful(data: &Path, origin: &str, date: &str) -> Result<String, CodegenError> {
    let types = json(&data.join("AdditionalSpecs/StatefulResources.json"))?;
    let types = types.get("ResourceTypes").and_then(Value::as_object);
    let types = types.ok_or_else(|| bad("StatefulResources.json", "`ResourceTypes` is missing"))?;
    let names: BTreeSet<&str> = types.keys().map(String::as_str).collect();
    let head = format!(
        "# {origin}/AdditionalSpecs/StatefulResources.json, {date}, MIT-0. Written by cargo xtask schemas extensions.\n"
    );
    Ok(names.into_iter().fold(head, |text, name| text + name + "\n"))
}

/// `eu-central-1`, `us-gov-west-1`, `eu-isoe-west-1`.
fn is_region(key: &str) -> bool {
    let words: Vec<&str> = key.split('-').collect();
    let is_letters = |word: &&str| word.bytes().all(|byte| byte.is_ascii_lowercase());
    match words.as_slice() {
        [first, middle @ .., last] => {
            first.len() == 2
                && !middle.is_empty()
                && [*first].iter().chain(middle).all(is_letters)
                && last.bytes().all(|byte| byte.is_ascii_digit())
        }
        _ => false,
    }
}

fn entries(folder: &Path) -> Result<Vec<std::path::PathBuf>, CodegenError> {
    let entries = std::fs::read_dir(folder).map_err(|source| CodegenError::io(folder, source))?;
    let mut paths = Vec::new();
    for entry in entries {
        paths.push(entry.map_err(|source| CodegenError::io(folder, source))?.path());
    }
    paths.sort();
    Ok(paths)
}

fn stem(path: &Path) -> String {
    path.file_stem().unwrap_or_default().to_string_lossy().into_owned()
}

fn json(path: &Path) -> Result<Value, CodegenError> {
    let bytes = std::fs::read(path).map_err(|source| CodegenError::io(path, source))?;
    serde_json::from_slice(&bytes).map_err(|error| bad(&path.to_string_lossy(), &error.to_string()))
}

fn bad(file: &str, reason: &str) -> CodegenError {
    SchemaError::NotASchema { file: file.to_owned(), reason: reason.to_owned() }.into()
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    #[test]
    fn schemas_that_are_equal_are_written_once() {
        let mut lines = Lines::default();
        let large = json!({"enum": ["t3.micro", "t3.small"]});
        lines.add("type", json!({"description": "d", "all": {"enum": []}, "eu-west-1": large, "us-gov-west-1": large}));
        let branch = json!({"if": {"required": ["A"]}, "then": large});
        lines.add("table", json!({"allOf": [branch]}));
        lines.add("whole", json!({"allOf": [branch], "required": ["B"]}));
        assert_eq!(
            lines.into_text().unwrap_or_default(),
            "type\teu-west-1\t{\"enum\":[\"t3.micro\",\"t3.small\"]}\n\
             type\tus-gov-west-1\t=0\n\
             table\t-\t{\"required\":[\"A\"]}\t=0\n\
             whole\t-\t{\"allOf\":[{\"if\":{\"required\":[\"A\"]},\"then\":{\"enum\":[\"t3.micro\",\"t3.small\"]}}],\"required\":[\"B\"]}\n"
        );
    }

    #[test]
    fn actions_are_spelled_with_capitals() {
        assert_eq!(words("AbortMultipartUpload"), ["Abort", "Multipart", "Upload"]);
        let words =
            BTreeMap::from([("get".to_owned(), "Get"), ("item".to_owned(), "Item"), ("items".to_owned(), "Items")]);
        assert_eq!(capitals("getitems", &words), "GetItems");
        assert_eq!(capitals("putitem", &words), "putitem");
        assert_eq!(capitals("", &words), "");
    }

    #[test]
    fn regions() {
        assert!(is_region("eu-central-1") && is_region("us-gov-west-1") && is_region("eu-isoe-west-1"));
        assert!(!is_region("all") && !is_region("if") && !is_region("us-1") && !is_region("-1") && !is_region(""));
    }
}

//! Data on values beyond the schemas: `schemas/extensions/`, inside the program.
//!
//! Instance types and engine versions by region, properties that exclude or need each other, documents within properties, the
//! actions of IAM, the life of Lambda's runtimes. Source: the data of the package cfn-lint (MIT-0); `SOURCE.toml` beside the files
//! says which. Form of the files: `extensions.rs` of formwork-codegen, which writes them.
//!
//! A question unpacks one file; whoever asks twice keeps the [`Text`].

use std::collections::BTreeMap;
use std::ops::Range;

use crate::embedded;

/// The unpacked lines of one file.
#[derive(Clone, Debug, Default)]
pub struct Text {
    text: String,
    /// The beginning and the end of each line.
    lines: Vec<(usize, usize)>,
    /// The lines of each entry, which follow each other.
    entries: BTreeMap<String, Range<usize>>,
}

/// One line: a schema, of everywhere or of one region, that holds always or under a condition.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Row<'t> {
    /// The region; none when it is the same everywhere.
    pub region: Option<&'t str>,
    /// The schema of what the other one is about.
    pub condition: Option<&'t str>,
    /// The schema.
    pub schema: &'t str,
    /// A number that equal schemas of the file have in common.
    pub number: usize,
}

/// The file of this name, such as `aws_ec2_instance`.
pub fn text(file: &str) -> Option<Text> {
    Some(Text::of(embedded::extension(file)?))
}

/// Every entry of every file that is about properties, `aws_ec2_instance/instancetype_enum`.
pub fn entries() -> Vec<String> {
    let files = embedded::extensions().filter(|file| file.starts_with("aws_"));
    let names = files.map(|file| (file, text(file).unwrap_or_default().entries));
    names.flat_map(|(file, entries)| entries.into_keys().map(move |entry| format!("{file}/{entry}"))).collect()
}

impl Text {
    /// The lines of a text of this form.
    pub fn of(text: String) -> Text {
        let (mut lines, mut entries) = (Vec::new(), BTreeMap::<String, Range<usize>>::new());
        let mut start = 0;
        for (number, line) in text.split_inclusive('\n').enumerate() {
            lines.push((start, start + line.trim_end_matches('\n').len()));
            start += line.len();
            let name = line.split('\t').next().unwrap_or_default();
            match entries.get_mut(name) {
                Some(lines) => lines.end = number + 1,
                None => _ = entries.insert(name.to_owned(), number..number + 1),
            }
        }
        Text { text, lines, entries }
    }

    /// The rows of an entry, such as `instancetype_enum`, as they follow each other.
    pub fn rows<'t>(&'t self, entry: &str) -> impl Iterator<Item = Row<'t>> {
        let lines = self.entries.get(entry).cloned().unwrap_or_default();
        lines.filter_map(|number| self.row(number, self.line(number)))
    }

    fn line(&self, number: usize) -> &str {
        self.lines.get(number).and_then(|(start, end)| self.text.get(*start..*end)).unwrap_or_default()
    }

    fn row<'t>(&'t self, number: usize, line: &'t str) -> Option<Row<'t>> {
        let mut parts = line.split('\t').skip(1);
        let region = parts.next().filter(|region| *region != "-");
        let (first, second) = (parts.next()?, parts.next());
        let (condition, schema) = second.map_or((None, first), |second| (Some(first), second));
        let number = schema.strip_prefix('=').and_then(|number| number.parse().ok()).unwrap_or(number);
        let schema = if schema.starts_with('=') { self.line(number).rsplit('\t').next()? } else { schema };
        Some(Row { region, condition, schema, number })
    }
}

/// The days in the life of a runtime of Lambda, as `2026-10-20`.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Runtime {
    /// From when on AWS mends nothing in it.
    pub deprecated: Option<String>,
    /// From when on no function is created with it.
    pub create_block: Option<String>,
    /// From when on no function with it is updated.
    pub update_block: Option<String>,
    /// The runtime to take instead.
    pub successor: Option<String>,
}

/// Days in the life of a runtime, such as `nodejs12.x`.
pub fn runtime(name: &str) -> Option<Runtime> {
    let text = embedded::extension("runtimes")?;
    let line = text.lines().find_map(|line| line.strip_prefix(name)?.strip_prefix(' '))?;
    let words: Vec<&str> = line.split(' ').collect();
    let after = |key: &str| Some((*words.get(words.iter().position(|word| *word == key)? + 1)?).to_owned());
    Some(Runtime {
        deprecated: after("deprecated"),
        create_block: after("create-block"),
        update_block: after("update-block"),
        successor: after("successor"),
    })
}

/// A line a service of IAM, `s3 <tab> AbortMultipartUpload …`, sorted.
pub fn actions() -> String {
    embedded::extension("actions").unwrap_or_default()
}

/// The day that the data are of. Ages are counted up to it, never up to today.
pub fn date() -> &'static str {
    let source = include_str!(concat!(env!("FORMWORK_SCHEMAS"), "/extensions/SOURCE.toml"));
    let line = source.lines().find_map(|line| line.strip_prefix("date = "));
    line.map_or("", |date| date.trim_matches('"'))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn rows_by_region() {
        let text = text("aws_ec2_instance").expect("a file");
        let regions: Vec<Option<&str>> = text.rows("instancetype_enum").map(|row| row.region).collect();
        assert!(regions.contains(&Some("eu-central-1")) && regions.is_sorted(), "{regions:?}");
        let whole = text.rows("privateipaddress").next().expect("an entry");
        assert!(whole.region.is_none() && whole.condition.is_none() && whole.schema.starts_with('{'));
        assert_eq!(text.rows("instancetype").count(), 0);
    }

    #[test]
    fn schemas_that_are_written_once_are_found_by_their_number() {
        let text = text("aws_rds_dbinstance").expect("a file");
        let rows: Vec<Row<'_>> = text.rows("dbinstanceclass_enum").collect();
        assert!(rows.iter().all(|row| row.condition.is_some() && row.schema.starts_with('{')));
        for row in &rows {
            for other in rows.iter().filter(|other| other.number == row.number) {
                assert_eq!(other.schema, row.schema);
            }
        }
    }

    #[test]
    fn runtimes_and_their_days() {
        let runtime = runtime("nodejs12.x").expect("a runtime");
        assert!(runtime.create_block.is_some_and(|day| day.as_str() < date()));
        assert!(super::runtime("nodejs").is_some_and(|first| first.update_block.is_some()));
        assert_eq!(super::runtime("node"), None);
        assert_eq!(date().len(), 10);
    }

    #[test]
    fn actions_by_service() {
        let text = actions();
        assert!(text.lines().any(|line| line.starts_with("s3\t") && line.contains(" GetObject ")));
        assert!(text.lines().map(|line| line.split('\t').next()).is_sorted());
    }
}

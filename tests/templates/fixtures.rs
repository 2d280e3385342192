//! Our validation beside cfn-lint's, on the templates that cfn-lint's own tests are made of.
//!
//! Those in `good/` are there to show that one rule is silent; others have something to say about some of them. So the
//! question is not whether we find nothing, but whether we refuse what cfn-lint does not. The share of `bad/` that we refuse,
//! rule by rule, is in the README of formwork-validate.

use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::path::{Path, PathBuf};

use formwork_validate::{Options, Severity, Validator};
use insta::assert_snapshot;
use support::{Program, paths};

fn collect(folder: &Path, into: &mut Vec<PathBuf>) {
    for entry in fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        if path.is_dir() {
            collect(&path, into);
        } else if path.extension().is_some_and(|ending| ["yaml", "yml", "json"].iter().any(|known| ending == *known)) {
            into.push(path);
        }
    }
}

/// Templates that cfn-lint takes and AWS does not, with the source.
const TAKEN_WRONGLY: &[(&str, &str)] = &[(
    "good/resources/rds/instance_sizes.yaml",
    "where `Engine` is `aurora-mysql`, there is no class db.m4 (Aurora User Guide, \"Supported DB engines for DB instance \
     classes\"); cfn-lint asks nothing when the engine is an `Fn::If`",
)];

/// The templates below a folder of the fixtures, each with the rules by which we refuse it.
fn judged(folder: &str) -> BTreeMap<String, BTreeSet<&'static str>> {
    let root = paths::cfn_lint_fixtures();
    let mut files = Vec::new();
    collect(&root.join(folder), &mut files);
    let mut validator = Validator::new();
    let options = Options { region: Some("us-east-1".to_owned()), ..Options::default() };
    let judge = |path: PathBuf| {
        let text = String::from_utf8_lossy(&fs::read(&path).unwrap()).into_owned();
        let name = path.strip_prefix(&root).unwrap().display().to_string();
        let findings = validator.validate_text(&text, &name, &options);
        let errors = findings.iter().filter(|finding| finding.severity == Severity::Error);
        (name, errors.map(|finding| finding.rule).collect())
    };
    files.into_iter().map(judge).collect()
}

fn share(judged: &BTreeMap<String, BTreeSet<&str>>) -> String {
    let refused = judged.values().filter(|rules| !rules.is_empty()).count();
    format!("{refused} of {} refused\n", judged.len())
}

/// Fixtures that CloudFormation refuses and cfn-lint does not. They are there for rules about other things.
const REFUSED_BY_CLOUDFORMATION_ALONE: &[&str] = &[
    // `Resources: {}`: "At least one Resources member must be defined", the answer of `ValidateTemplate`; the User Guide,
    // "Resources", has the section as required.
    "good/core/config_cfn_lint.json",
    "good/core/config_cfn_lint.yaml",
    "good/core/config_only_i1002.yaml",
    "good/core/config_only_i1003.yaml",
    "good/core/config_parameters.yaml",
    "good/decode/parsing.json",
    "good/mappings/name.yaml",
    "good/parameters/default.yaml",
    "good/resources/cloudformation/stack_nested.yaml",
    // Aliases are among what CloudFormation does not support of YAML: User Guide, "CloudFormation template formats". The command
    // `aws cloudformation package` writes them out.
    "good/transform/yaml_alias_serverless.yaml",
];

#[test]
fn nothing_is_refused_that_cfn_lint_takes() {
    let judged = judged("good");
    let mut text = share(&judged);
    let mut refused_by_us_alone = Vec::new();
    for (name, rules) in judged.iter().filter(|(_, rules)| !rules.is_empty()) {
        let lint = Program::new(paths::python_program("cfn-lint"));
        let found = lint
            .args(["--format", "json", "--regions", "us-east-1", "--"])
            .arg(paths::cfn_lint_fixtures().join(name))
            .run()
            .json();
        let ids: BTreeSet<&str> = found
            .as_array()
            .unwrap()
            .iter()
            .filter_map(|found| found["Rule"]["Id"].as_str())
            .filter(|id| id.starts_with('E'))
            .collect();
        let is_taken_wrongly = TAKEN_WRONGLY.iter().any(|(file, _)| file == name);
        if ids.is_empty() && !is_taken_wrongly {
            refused_by_us_alone.push((name.as_str(), rules));
        }
        let list = |words: &BTreeSet<&str>| words.iter().copied().collect::<Vec<_>>().join(" ");
        text += &format!("{name}: {} (cfn-lint: {})\n", list(rules), list(&ids));
    }
    let form = BTreeSet::from(["template-form"]);
    let known: Vec<_> = REFUSED_BY_CLOUDFORMATION_ALONE.iter().map(|name| (*name, &form)).collect();
    assert_eq!(refused_by_us_alone, known);
    assert_snapshot!(text);
}

/// The table of cfn-lint's rules, by id: verdict and note.
fn table() -> BTreeMap<&'static str, (&'static str, &'static str)> {
    let text = include_str!("../../crates/formwork-validate/tests/cfn_lint/rules.tsv");
    let columns = text.lines().filter(|line| !line.starts_with('#')).map(|line| line.split('\t').collect::<Vec<_>>());
    columns.map(|columns| (columns[0], (columns[2], columns[4]))).collect()
}

#[test]
fn the_table_has_every_rule_of_cfn_lint() {
    let script = "
import cfnlint, json
from cfnlint.rules import Rules
rules = Rules.create_from_directory(cfnlint.__path__[0] + '/rules')
print(json.dumps(sorted(id for id in rules.data if id.startswith('E'))))
";
    let listed = Program::new(paths::python()).args(["-c", script]).run().success().json();
    let listed: Vec<&str> = listed.as_array().unwrap().iter().filter_map(|id| id.as_str()).collect();
    assert_eq!(table().into_keys().collect::<Vec<_>>(), listed);
}

/// For each rule that is taken, the places of its templates where we find nothing: at them, above and below.
#[test]
fn every_place_of_a_rule_that_is_taken_is_found() {
    let root = paths::cfn_lint_fixtures();
    let table = table();
    let options = Options { region: Some("us-east-1".to_owned()), ..Options::default() };
    let mut validator = Validator::new();
    let mut findings = BTreeMap::new();
    let (mut found, mut elsewhere, mut missed) = (0, BTreeSet::new(), BTreeSet::new());
    let text = include_str!("../../crates/formwork-validate/tests/cfn_lint/templates.tsv");
    for line in text.lines().filter(|line| line.starts_with("bad/")) {
        let mut columns = line.split('\t');
        let (Some(file), Some(id), Some(place)) = (columns.next(), columns.next(), columns.next()) else { continue };
        if table.get(id).is_none_or(|(verdict, _)| *verdict != "taken") {
            continue;
        }
        let ours = findings.entry(file).or_insert_with(|| {
            let found = validator.validate_bytes(&fs::read(root.join(file)).unwrap(), file, &options);
            found.into_iter().filter(|finding| finding.severity == Severity::Error).collect::<Vec<_>>()
        });
        let is_near = |path: &[String]| place.is_empty() || path.iter().zip(place.split('/')).all(|(a, b)| a == b);
        match (ours.iter().any(|finding| is_near(&finding.path)), ours.is_empty()) {
            (true, _) => found += 1,
            (false, false) => _ = elsewhere.insert(format!("{file}: {id} at {place}\n")),
            (false, true) => _ = missed.insert(format!("{file}: {id} at {place}\n")),
        }
    }
    let text = include_str!("../../crates/formwork-validate/tests/cfn_lint/reasons.tsv");
    let reasons: BTreeMap<&str, &str> =
        text.lines().filter(|line| line.starts_with("bad/")).filter_map(|line| line.split_once('\t')).collect();
    let open: BTreeSet<&str> = elsewhere.iter().chain(&missed).map(|line| line.trim_end()).collect();
    assert_eq!(
        reasons.keys().copied().collect::<BTreeSet<_>>(),
        open,
        "cfn_lint/reasons.tsv has these lines, and no others"
    );
    let list = |lines: &BTreeSet<String>| -> String {
        lines.iter().map(|line| line.trim_end()).map(|line| format!("{line}: {}\n", reasons[line])).collect()
    };
    assert_snapshot!(format!(
        "{found} places found\n\nrefused, but not there: {}\n{}\nnot refused: {}\n{}",
        elsewhere.len(),
        list(&elsewhere),
        missed.len(),
        list(&missed)
    ));
}

#[test]
fn what_is_wrong_and_not_refused_is_known() {
    let judged = judged("bad");
    let mut text = share(&judged);
    for (name, _) in judged.iter().filter(|(_, rules)| rules.is_empty()) {
        text += &format!("{name}\n");
    }
    assert_snapshot!(text);
}

//! Cases of cfn-lint beside ours: what it finds and we do not, and what we refuse and it does not.
use std::io::Write as _;

use formwork_validate::{Options, Severity, Validator};
use serde_json::Value;

fn main() -> std::io::Result<()> {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    let mut out = std::io::stdout().lock();
    let root = &arguments[1];
    let options = Options { region: Some("us-east-1".to_owned()), ..Options::default() };
    let mut validator = Validator::new();
    let judged: Value = serde_json::from_slice(&std::fs::read(&arguments[0])?)?;
    let mut all = Vec::new();
    let mut usual: std::collections::BTreeMap<String, std::collections::BTreeSet<(String, String)>> =
        Default::default();
    for (name, found) in judged.as_object().into_iter().flatten() {
        let bytes = std::fs::read(format!("{root}/{name}"))?;
        let findings = validator.validate_bytes(&bytes, name, &options);
        let id = name.split('-').next().unwrap_or_default().to_owned();
        if arguments.len() > 2 && !found.as_array().into_iter().flatten().any(|one| one[0] == id.as_str()) {
            usual.entry(id).or_default().extend(findings.iter().map(|one| (one.place(), one.message.clone())));
        }
        all.push((name, found, findings));
    }
    for (name, found, findings) in all {
        let own = name.split('-').next().unwrap_or_default();
        let mut any = false;
        for one in found.as_array().into_iter().flatten() {
            let id = one[0].as_str().unwrap_or_default();
            any |= id.starts_with('E') || id.starts_with('X');
            let path: Vec<&str> = one[2].as_array().into_iter().flatten().filter_map(Value::as_str).collect();
            let near = |finding: &&formwork_validate::Finding| {
                let common = finding.path.iter().zip(&path).take_while(|(a, b)| a == *b).count();
                common == finding.path.len().min(path.len())
            };
            if arguments.len() > 2 && one[0] != own {
                continue;
            }
            let new = |finding: &&formwork_validate::Finding| {
                !usual.get(own).is_some_and(|usual| usual.contains(&(finding.place(), finding.message.clone())))
            };
            let id = one[0].as_str().unwrap_or_default();
            let best = findings.iter().filter(near).filter(new).map(|finding| finding.severity).min();
            let word = match best {
                Some(Severity::Error) => "error",
                Some(Severity::Warning) => "warning",
                None if findings.iter().any(|finding| finding.severity == Severity::Error) => "elsewhere",
                None => "MISSED",
            };
            writeln!(
                out,
                "{id}\t{word}\t{name}\t{}\t{}",
                path.join("/"),
                one[3].as_str().unwrap_or_default().replace('\n', " ")
            )?;
        }
        for finding in findings.iter().filter(|finding| finding.severity == Severity::Error && !any) {
            writeln!(out, "FALSE\t{}\t{name}\t{}\t{}", finding.rule, finding.place(), finding.message)?;
        }
    }
    Ok(())
}

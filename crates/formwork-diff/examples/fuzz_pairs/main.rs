//! Looks for templates on which the evaluation or the diff goes wrong: `cargo run --release -p formwork-diff --example fuzz_pairs --
//! [--seconds 600] [--seed 1] [--evaluate] FOLDER…`.
//!
//! The templates below the folders, and a few that are here, are mutated as trees: branches of two of them, functions around
//! values, names of other things, items in another order. Of each pair is asked that its diff, shown and as JSON, is there within
//! seconds of the processor and of bounded size, and that the diff of a template with itself is empty; with `--evaluate`, that every value is
//! worked out, or refused, in the same bounds. Nothing may panic. The same seed and folders give the same pairs. A pair on which
//! that fails is kept in `target/fuzz-diff/`, and the run ends; `last` there is the pair that is being tried, for what ends the process
//! itself, and `slowest` the one that took longest. What was found becomes a test of the crate that it is about.

#[path = "../clock/mod.rs"]
mod clock;
mod trees;

use std::fs;
use std::io::Write as _;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::path::{Path, PathBuf};
use std::process::ExitCode;
use std::time::{Duration, Instant};

use formwork_diff::{Diff, Registry, RenderOptions, render};
use formwork_model::{Document, EvalError, Evaluator, Hole, Known, Term};
use formwork_template::{Style, Template, text_of};
use serde_json::Value;

use crate::clock::Clock;
use crate::trees::{Numbers, mutated};

/// Longer templates only make each round slower.
const MAX_BYTES: usize = 32_768;
/// A pair of small templates takes more of the processor's time only by a fault; without optimization ten times as much.
const PATIENCE: Duration = Duration::from_secs(if cfg!(debug_assertions) { 20 } else { 2 });
/// Maximum number of bytes that are printed of a pair.
const MOST_PRINTED: usize = 64 << 20;

const TEMPLATES: &[&str] = &[
    r#"{"Parameters": {"P": {"Type": "String", "Default": "a"}, "L": {"Type": "CommaDelimitedList", "Default": "a,b"}, "F": {"Type": "String"}},
        "Conditions": {"C": {"Fn::Equals": [{"Ref": "P"}, "a"]}, "D": {"Fn::Or": [{"Condition": "C"}, {"Fn::Equals": [{"Ref": "F"}, "x"]}]}},
        "Mappings": {"M": {"a": {"b": ["c", "d"]}, "eu-west-1": {"b": "e"}}},
        "Resources": {"T": {"Type": "AWS::DynamoDB::Table", "Condition": "D", "DeletionPolicy": "Retain",
            "Properties": {"TableName": {"Fn::Sub": ["${P}-${X}", {"X": {"Fn::Select": [0, {"Ref": "L"}]}}]}, "KeySchema": [{"AttributeName": "id", "KeyType": "HASH"}]}},
          "R": {"Type": "AWS::IAM::Role", "DependsOn": "T", "Properties": {"AssumeRolePolicyDocument": {"Statement": [{"Effect": "Allow", "Action": "sts:AssumeRole",
            "Resource": {"Fn::Join": ["", [{"Fn::GetAtt": ["T", "Arn"]}, "*"]]}}]}, "Tags": [{"Key": "a", "Value": {"Fn::If": ["C", "b", {"Ref": "AWS::NoValue"}]}}]}}},
        "Outputs": {"O": {"Value": {"Fn::GetAtt": "R.Arn"}, "Export": {"Name": {"Fn::Sub": "${AWS::StackName}-r"}}}}}"#,
    r#"{"Transform": "AWS::LanguageExtensions", "Resources": {"Fn::ForEach::Loop": ["N", ["A", "B"], {"Queue${N}": {"Type": "AWS::SQS::Queue",
        "Properties": {"QueueName": {"Fn::Sub": "q-${N}"}, "Tags": [{"Key": "n", "Value": {"Ref": "N"}}]}}}],
        "G": {"Type": "AWS::AutoScaling::AutoScalingGroup", "UpdatePolicy": {"AutoScalingRollingUpdate": {"MinInstancesInService": 1}},
          "Properties": {"MinSize": "1", "MaxSize": 2, "LaunchTemplate": {"LaunchTemplateId": {"Ref": "S"}, "Version": {"Fn::GetAtt": ["S", "LatestVersionNumber"]}}}},
        "S": {"Type": "AWS::EC2::LaunchTemplate", "Properties": {"LaunchTemplateData": {"UserData": {"Fn::Base64": {"Fn::Sub": "echo ${AWS::Region}"}}}}}}}"#,
    r#"{"Resources": {"V": {"Type": "AWS::EC2::VPC", "Properties": {"CidrBlock": "10.0.0.0/16"}},
        "N": {"Type": "AWS::EC2::Subnet", "Properties": {"VpcId": {"Ref": "V"}, "CidrBlock": {"Fn::Select": [1, {"Fn::Cidr": [{"Fn::GetAtt": ["V", "CidrBlock"]}, 4, 8]}]},
          "AvailabilityZone": {"Fn::Select": [0, {"Fn::GetAZs": ""}]}}},
        "I": {"Type": "AWS::EC2::Instance", "Metadata": {"a": {"Ref": "N"}}, "Properties": {"SubnetId": {"Ref": "N"}, "ImageId": "{{resolve:ssm:/a/b:1}}"}},
        "C": {"Type": "Custom::Thing", "Properties": {"ServiceToken": {"Fn::ImportValue": "token"}, "Of": {"Fn::Split": [",", {"Fn::GetAtt": ["I", "PrivateIp"]}]}}}}}"#,
];

struct Arguments {
    seconds: u64,
    seed: u64,
    evaluate: bool,
    folders: Vec<PathBuf>,
}

fn arguments() -> Result<Arguments, String> {
    let mut parsed = Arguments { seconds: 60, seed: 1, evaluate: false, folders: Vec::new() };
    let mut given = std::env::args().skip(1);
    while let Some(argument) = given.next() {
        let mut number =
            || given.next().and_then(|value| value.parse().ok()).ok_or(format!("`{argument}` needs a number"));
        match argument.as_str() {
            "--seconds" => parsed.seconds = number()?,
            "--seed" => parsed.seed = number()?,
            "--evaluate" => parsed.evaluate = true,
            folder => parsed.folders.push(folder.into()),
        }
    }
    Ok(parsed)
}

fn main() -> ExitCode {
    match arguments().and_then(|arguments| run(&arguments).map_err(|error| error.to_string())) {
        Ok(true) => ExitCode::SUCCESS,
        Ok(false) => ExitCode::from(1),
        Err(message) => {
            let _ = writeln!(std::io::stderr(), "error: {message}");
            ExitCode::from(2)
        }
    }
}

fn run(arguments: &Arguments) -> std::io::Result<bool> {
    let mut corpus: Vec<Value> = TEMPLATES.iter().filter_map(|text| serde_json::from_str(text).ok()).collect();
    let mut files = Vec::new();
    arguments.folders.iter().try_for_each(|folder| collect(folder, &mut files))?;
    files.sort();
    for file in files {
        corpus.extend(tree(&fs::read(file)?));
    }
    let kept = Path::new("target/fuzz-diff");
    fs::create_dir_all(kept)?;
    let keep = |name: &str, before: &str, after: &str| {
        fs::write(kept.join(format!("{name}.old.json")), before)?;
        fs::write(kept.join(format!("{name}.new.json")), after)
    };
    let mut out = std::io::stdout().lock();
    let mut numbers = Numbers::new(arguments.seed);
    let registry = Registry::new();
    let (start, mut count, mut read, mut slowest) = (Instant::now(), 0u64, 0u64, Duration::ZERO);
    // The message of a panic is told with the pair that made it.
    std::panic::set_hook(Box::new(|_| {}));
    while start.elapsed() < Duration::from_secs(arguments.seconds) {
        let first = numbers.pick(&corpus).cloned().unwrap_or_default();
        let (one, other) = match numbers.below(3) {
            0 => (first.clone(), mutated(&first, &corpus, &mut numbers)),
            1 => (mutated(&first, &corpus, &mut numbers), mutated(&first, &corpus, &mut numbers)),
            _ => {
                let mutation = mutated(&first, &corpus, &mut numbers);
                (mutation.clone(), mutated(&mutation, &corpus, &mut numbers))
            }
        };
        let (before, after) = (one.to_string(), other.to_string());
        if before.len().max(after.len()) > MAX_BYTES {
            continue;
        }
        keep("last", &before, &after)?;
        count += 1;
        let clock = Clock::start();
        let tried = catch_unwind(AssertUnwindSafe(|| check(&before, &after, &registry, arguments.evaluate)));
        let took = clock.elapsed();
        if took > slowest {
            slowest = took;
            keep("slowest", &before, &after)?;
        }
        let wrong = match tried {
            Ok(Ok(_)) if took > PATIENCE => format!("took {} ms", took.as_millis()),
            Ok(Ok(was_read)) => {
                read += u64::from(was_read);
                // An input that reads well is a good start for more.
                if was_read && corpus.len() < 4_000 && numbers.below(40) == 0 {
                    corpus.push(other);
                }
                continue;
            }
            Ok(Err(wrong)) => wrong,
            Err(panic) => panic.downcast_ref::<String>().cloned().unwrap_or_else(|| "a panic".to_owned()),
        };
        let name = format!("seed-{}-number-{count}", arguments.seed);
        keep(&name, &before, &after)?;
        writeln!(out, "{wrong}\n\n{before}\n\n{after}\n\nkept as {}", kept.join(name).display())?;
        return Ok(false);
    }
    writeln!(
        out,
        "{count} pairs, {read} of them of templates; the slowest took {} ms; nothing found",
        slowest.as_millis()
    )?;
    Ok(true)
}

/// True if both texts are templates; the error says what is wrong with how they are treated.
fn check(before: &str, after: &str, registry: &Registry, evaluate: bool) -> Result<bool, String> {
    let (Ok(before), Ok(after)) = (Template::from_json(before), Template::from_json(after)) else { return Ok(false) };
    if evaluate {
        evaluated(&after, &Nothing)?;
        evaluated(&after, &Everything)?;
        return Ok(true);
    }
    let diff = Diff::between(Some(&before), &after, registry);
    let shown = render(&diff, &RenderOptions { verbose: true, ..RenderOptions::default() }).len();
    bounded("the diff", shown.max(diff.to_json().to_string().len()))?;
    let listed = diff.to_json()["resources"].as_array().map_or(0, Vec::len);
    if listed != diff.resources.len() {
        return Err("the JSON has another number of resources".to_owned());
    }
    for template in [&before, &after] {
        if !Diff::between(Some(template), template, registry).is_empty() {
            return Err("the diff of a template with itself is not empty".to_owned());
        }
    }
    Ok(true)
}

fn bounded(name: &str, bytes: usize) -> Result<(), String> {
    if bytes > MOST_PRINTED { Err(format!("{name} has {bytes} bytes")) } else { Ok(()) }
}

/// Works out every value of a template.
fn evaluated(template: &Template, known: &dyn Known) -> Result<(), String> {
    let Ok(document) = Document::new(template, known) else { return Ok(()) };
    let evaluator = Evaluator::new(&document.conditions, &document.mappings, known);
    for name in document.conditions.keys() {
        // Refusing is an answer.
        let _ = evaluator.condition(name);
    }
    let mut bytes = 0;
    let properties = document.resources.values().flat_map(|entry| [&entry.properties, &entry.attributes]);
    for map in properties.chain([&document.outputs, &document.rules]) {
        if let Ok(term) = evaluator.map(map) {
            bytes += term.to_template().to_string().len();
        }
    }
    // All values of one evaluation together have a bound of their own, and escapes make them longer.
    bounded("all values", bytes / 8)
}

/// Knows the parameters' names, and nothing else.
struct Nothing;

impl Known for Nothing {
    fn parameter(&self, name: &str) -> Option<Term> {
        name.starts_with(['P', 'F', 'L']).then(|| Term::Hole(Hole::Parameter(name.to_owned())))
    }
}

/// Has an answer to every question, and to some the wrong one.
struct Everything;

impl Known for Everything {
    fn parameter(&self, name: &str) -> Option<Term> {
        match name.bytes().next()? {
            b'L' => Some(Term::List(vec![Term::text("a"), Term::text(""), Term::text("b")])),
            b'P' | b'F' => Some(Term::text("value")),
            _ => None,
        }
    }

    fn pseudo(&self, name: &str) -> Term {
        Term::text(name)
    }

    fn reference(&self, logical_id: &str) -> Result<Term, EvalError> {
        Ok(Term::text(format!("{logical_id}-1A2B")))
    }

    fn attribute(&self, logical_id: &str, attribute: &str) -> Result<Term, EvalError> {
        if attribute.len() > 20 {
            return Err(EvalError::Malformed { function: "Fn::GetAtt".to_owned() });
        }
        Ok(Term::List(vec![Term::text(logical_id), Term::text(attribute)]))
    }

    fn import(&self, name: &str) -> Result<Option<Term>, EvalError> {
        Ok(Some(Term::text(name)))
    }

    fn zones(&self, region: &str) -> Option<Term> {
        Some(Term::List(vec![Term::text(format!("{region}a"))]))
    }

    fn dynamic(&self, reference: &str) -> Result<Option<String>, EvalError> {
        Ok(Some(format!("{{{{{reference}}}}}")))
    }
}

/// The template in a file as a tree, if it is one and short enough.
fn tree(bytes: &[u8]) -> Option<Value> {
    let template = text_of(bytes).and_then(Template::from_text).ok()?;
    let text = template.to_json(Style::Compact).0;
    (text.len() <= MAX_BYTES).then(|| serde_json::from_str(&text).ok()).flatten()
}

fn collect(path: &Path, into: &mut Vec<PathBuf>) -> std::io::Result<()> {
    if path.is_dir() {
        for entry in fs::read_dir(path)? {
            collect(&entry?.path(), into)?;
        }
    } else {
        into.push(path.to_owned());
    }
    Ok(())
}

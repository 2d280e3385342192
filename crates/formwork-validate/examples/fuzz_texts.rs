//! Looks for texts on which reading, writing or validating goes wrong: `cargo run --release -p formwork-validate --example fuzz_texts --
//! [--seconds 600] [--seed 1] [--validate] FOLDER…`.
//!
//! The templates below the folders, and a few that are here, are mutated: bytes, words of templates, whole branches of two of
//! them. The same seed and folders give the same texts. Of each text is asked that nothing panics; that what can be read
//! survives being written and read again, in JSON and in YAML; and with `--validate`, that it is validated. A text on which that
//! fails is printed and kept in `target/fuzz/`, and the run ends; `last` in that folder is the one that is being tried, for what
//! ends the process itself, and `slowest` the one that took longest. What was found becomes a test of the crate that it is about.

mod clock;

use std::fs;
use std::io::Write as _;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::path::{Path, PathBuf};
use std::process::ExitCode;
use std::time::{Duration, Instant};

use formwork_template::{Style, Template, text_of};
use formwork_validate::{Options, Validator};

use crate::clock::Clock;

/// Longer templates only make each round slower.
const MAX_BYTES: usize = 16_384;

/// Words that templates are made of, and that break parsers.
const WORDS: &[&str] = &[
    "{",
    "}",
    "[",
    "]",
    ":",
    ",",
    "\"",
    "'",
    "\n",
    "\r\n",
    "\t",
    " ",
    "- ",
    "  ",
    "#",
    "|",
    ">",
    "&a ",
    "*a",
    "<<: *a",
    "? ",
    "---\n",
    "...\n",
    "%YAML 1.1\n",
    "!!str ",
    "!!int ",
    "!!binary ",
    "! ",
    "!Ref ",
    "!Sub ",
    "!GetAtt ",
    "!If ",
    "!Join ",
    "!Base64 ",
    "!FindInMap ",
    "\\u0000",
    "\\ud800",
    "\u{feff}",
    "\u{85}",
    "\u{2028}",
    "é",
    "\0",
    "null",
    "true",
    "yes",
    "~",
    "0x1F",
    "0o7",
    "012",
    "1e999",
    "-0",
    "1_000",
    ".inf",
    "99999999999999999999",
    "2001-01-01",
    "1:30",
    "=",
    "{{resolve:ssm:x}}",
    "{{resolve:",
    "${A}",
    "${",
    "${!",
    "${A.B}",
    "AWS::NoValue",
    "AWS::Region",
    "Ref",
    "Fn::If",
    "Fn::Sub",
    "Fn::GetAtt",
    "Fn::Join",
    "Fn::Select",
    "Fn::Split",
    "Fn::FindInMap",
    "Fn::ForEach::x",
    "Fn::Transform",
    "Fn::Equals",
    "Fn::And",
    "Fn::Not",
    "Condition",
    "Resources",
    "Properties",
    "Type",
    "Parameters",
    "Outputs",
    "Conditions",
    "Mappings",
    "Transform",
    "DependsOn",
    "AWS::Serverless-2016-10-31",
    "AWS::S3::Bucket",
    "AWS::CloudFront::Distribution",
    "AWS::Route53::RecordSet",
    "AWS::IAM::Role",
    "Statement",
    "Principal",
];

const TEMPLATES: &[&str] = &[
    "Resources:\n  A:\n    Type: AWS::SQS::Queue\n    Properties: {DelaySeconds: !If [C, 5, !Ref \"AWS::NoValue\"]}\nConditions:\n  C: !Equals [!Ref \"AWS::Region\", us-east-1]\n",
    "Resources:\n  R:\n    Type: AWS::Route53::RecordSet\n    Properties:\n      HostedZoneName: example.com.\n      Name: www.example.com\n      Type: TXT\n      TTL: 60\n      ResourceRecords: ['\"a \\052 text\" \"b\"']\n",
    r#"{"Resources": {"R": {"Type": "AWS::IAM::Role", "Properties": {"AssumeRolePolicyDocument": {"Version": "2012-10-17", "Statement": [{"Effect": "Allow", "Principal": {"Service": "ec2.amazonaws.com"}, "Action": "sts:AssumeRole", "Condition": {"StringEquals": {"aws:x": ["a"]}}}]}}}}, "Outputs": {"O": {"Value": {"Fn::Join": ["", ["a", {"Fn::GetAtt": ["R", "Arn"]}]]}}}}"#,
    r#"{"Parameters": {"P": {"Type": "CommaDelimitedList", "Default": "a,b", "AllowedPattern": "[a-z]"}}, "Mappings": {"M": {"a": {"b": ["c"]}}}, "Resources": {"D": {"Type": "AWS::CloudFront::Distribution", "Properties": {"DistributionConfig": {"Enabled": true, "Origins": [{"Id": "o", "DomainName": {"Fn::FindInMap": ["M", "a", {"Ref": "P"}]}, "CustomOriginConfig": {"OriginProtocolPolicy": "https-only"}}], "DefaultCacheBehavior": {"TargetOriginId": {"Fn::Select": [0, {"Ref": "P"}]}, "ViewerProtocolPolicy": "https-only"}}}}}}"#,
    "A: &a [x, {B: &b c}]\nResources: {A: {Type: T, Properties: {X: *a, Y: *b, Z: |\n  text\n   more\n}}}\n",
];

/// A generator of numbers, the same for the same seed (xorshift64*).
struct Numbers(u64);

impl Numbers {
    fn below(&mut self, limit: usize) -> usize {
        self.0 ^= self.0 >> 12;
        self.0 ^= self.0 << 25;
        self.0 ^= self.0 >> 27;
        let number = self.0.wrapping_mul(0x2545_f491_4f6c_dd1d);
        usize::try_from(number >> 33).unwrap_or_default() % limit.max(1)
    }

    fn pick<'a, T>(&mut self, items: &'a [T]) -> Option<&'a T> {
        items.get(self.below(items.len()))
    }
}

struct Arguments {
    seconds: u64,
    seed: u64,
    validate: bool,
    folders: Vec<PathBuf>,
}

fn arguments() -> Result<Arguments, String> {
    let mut parsed = Arguments { seconds: 60, seed: 1, validate: false, folders: Vec::new() };
    let mut given = std::env::args().skip(1);
    while let Some(argument) = given.next() {
        let mut number =
            || given.next().and_then(|value| value.parse().ok()).ok_or(format!("`{argument}` needs a number"));
        match argument.as_str() {
            "--seconds" => parsed.seconds = number()?,
            "--seed" => parsed.seed = number()?,
            "--validate" => parsed.validate = true,
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
    let mut corpus: Vec<Vec<u8>> = TEMPLATES.iter().map(|text| text.as_bytes().to_vec()).collect();
    let mut files = Vec::new();
    arguments.folders.iter().try_for_each(|folder| collect(folder, &mut files))?;
    files.sort();
    for file in files {
        let bytes = fs::read(file)?;
        corpus.extend((bytes.len() <= MAX_BYTES).then_some(bytes));
    }
    let kept = Path::new("target/fuzz");
    fs::create_dir_all(kept)?;
    let mut out = std::io::stdout().lock();
    let mut numbers = Numbers(arguments.seed.wrapping_mul(0x9e37_79b9_7f4a_7c15) | 1);
    let mut validator = Validator::new();
    let (start, mut count, mut read, mut slowest) = (Instant::now(), 0u64, 0u64, Duration::ZERO);
    // The message of a panic is told with the text that made it.
    std::panic::set_hook(Box::new(|_| {}));
    while start.elapsed() < Duration::from_secs(arguments.seconds) {
        let text = mutated(&corpus, &mut numbers);
        fs::write(kept.join("last"), &text)?;
        let clock = Clock::start();
        let tried = catch_unwind(AssertUnwindSafe(|| check(&text, arguments.validate.then_some(&mut validator))));
        let took = clock.elapsed();
        if took > slowest {
            slowest = took;
            fs::write(kept.join("slowest"), &text)?;
        }
        count += 1;
        let wrong = match tried {
            Ok(Ok(was_read)) => {
                read += u64::from(was_read);
                // What reads well is a good start for more.
                if was_read && corpus.len() < 4_000 && numbers.below(50) == 0 && text.len() <= MAX_BYTES {
                    corpus.push(text);
                }
                continue;
            }
            Ok(Err(wrong)) => wrong,
            Err(panic) => panic.downcast_ref::<String>().cloned().unwrap_or_else(|| "a panic".to_owned()),
        };
        let file = kept.join(format!("seed-{}-number-{count}", arguments.seed));
        fs::write(&file, &text)?;
        writeln!(out, "{wrong}\n\n{}\n\nkept in {}", String::from_utf8_lossy(&text), file.display())?;
        return Ok(false);
    }
    writeln!(
        out,
        "{count} texts, {read} of them templates; the slowest took {} ms; nothing found",
        slowest.as_millis()
    )?;
    Ok(true)
}

/// True if the text is a template; the error says what is wrong with how it is treated.
fn check(bytes: &[u8], validator: Option<&mut Validator>) -> Result<bool, String> {
    let template = text_of(bytes).and_then(Template::from_text);
    if let Ok(text) = text_of(bytes) {
        let reading = Template::read(text);
        if reading.mistakes.is_empty() != template.is_ok() || (template.is_ok() && reading.template.is_none()) {
            return Err(format!("read in part otherwise than as a whole: {:?}", reading.mistakes));
        }
    }
    if let Some(validator) = validator {
        let options = Options { region: Some("us-east-1".to_owned()), ..Options::default() };
        let findings = validator.validate_bytes(bytes, "text", &options);
        if template.is_err() && findings.is_empty() {
            return Err("not a template, and no finding".to_owned());
        }
    }
    let Ok(template) = template else { return Ok(false) };
    let (json, problems) = template.to_json(Style::Pretty);
    if !problems.is_empty() {
        return Err(format!("cannot be written as JSON: {problems:?}"));
    }
    // What a short form stands for is longer, and may be too long.
    if json.len() > formwork_template::template::MAX_BYTES {
        return Ok(true);
    }
    let again = Template::from_json(&json).map_err(|error| format!("JSON does not read back: {error}\n{json}"))?;
    same("JSON", &json, &again.to_json(Style::Pretty).0)?;
    let (yaml, problems) = template.to_yaml();
    if !problems.is_empty() {
        return Err(format!("cannot be written as YAML: {problems:?}"));
    }
    if yaml.len() > formwork_template::template::MAX_BYTES {
        return Ok(true);
    }
    let again = Template::from_yaml(&yaml).map_err(|error| format!("YAML does not read back: {error}\n{yaml}"))?;
    same("YAML", &json, &again.to_json(Style::Pretty).0)?;
    Ok(true)
}

fn same(what: &str, before: &str, after: &str) -> Result<(), String> {
    match before == after {
        true => Ok(()),
        false => Err(format!("{what} reads back as another template:\n{before}\n{after}")),
    }
}

fn mutated(corpus: &[Vec<u8>], numbers: &mut Numbers) -> Vec<u8> {
    let mut text = numbers.pick(corpus).cloned().unwrap_or_default();
    for _ in 0..=numbers.below(4) {
        let at = numbers.below(text.len() + 1);
        let size = 1 << numbers.below(9);
        let end = (at + numbers.below(size)).min(text.len());
        match numbers.below(8) {
            0 => text.truncate(at),
            1 => drop(text.drain(at..end)),
            2 => {
                let copy = text[at..end].to_vec();
                for _ in 0..=numbers.below(30) {
                    text.splice(at..at, copy.iter().copied());
                }
            }
            3 => {
                let byte = u8::try_from(numbers.below(256)).unwrap_or_default();
                text.splice(at..end.min(at + 1), [byte]);
            }
            4 => {
                let other = numbers.pick(corpus).map(Vec::as_slice).unwrap_or_default();
                let from = numbers.below(other.len() + 1);
                let to = (from + numbers.below(200)).min(other.len());
                text.splice(at..end, other[from..to].iter().copied());
            }
            5 => text = transplanted(&text, numbers.pick(corpus).map(Vec::as_slice).unwrap_or_default(), numbers),
            _ => {
                let word = numbers.pick(WORDS).copied().unwrap_or_default();
                text.splice(at..end, word.bytes());
            }
        }
    }
    text
}

/// One template with a branch of another, as JSON; the text itself when one of them is none.
fn transplanted(text: &[u8], other: &[u8], numbers: &mut Numbers) -> Vec<u8> {
    let tree = |bytes: &[u8]| {
        let template = text_of(bytes).and_then(Template::from_text).ok()?;
        serde_json::from_str::<serde_json::Value>(&template.to_json(Style::Compact).0).ok()
    };
    let (Some(mut tree), Some(other)) = (tree(text), tree(other)) else { return text.to_vec() };
    let branch = descend(&other, numbers).clone();
    graft(&mut tree, branch, numbers);
    tree.to_string().into_bytes()
}

fn descend<'v>(tree: &'v serde_json::Value, numbers: &mut Numbers) -> &'v serde_json::Value {
    let inside: Vec<&serde_json::Value> = match tree {
        serde_json::Value::Array(items) => items.iter().collect(),
        serde_json::Value::Object(entries) => entries.values().collect(),
        _ => Vec::new(),
    };
    match numbers.pick(&inside).copied() {
        Some(item) if numbers.below(5) > 0 => descend(item, numbers),
        _ => tree,
    }
}

fn graft(tree: &mut serde_json::Value, branch: serde_json::Value, numbers: &mut Numbers) {
    let mut inside: Vec<&mut serde_json::Value> = match tree {
        serde_json::Value::Array(items) => items.iter_mut().collect(),
        serde_json::Value::Object(entries) => entries.values_mut().collect(),
        _ => Vec::new(),
    };
    let index = numbers.below(inside.len());
    if index < inside.len() && numbers.below(6) > 0 {
        graft(inside.swap_remove(index), branch, numbers);
    } else {
        *tree = branch;
    }
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

//! Mutations of templates as trees.

use serde_json::{Map, Value, json};

/// A generator of numbers, the same for the same seed (xorshift64*).
pub(crate) struct Numbers(u64);

impl Numbers {
    pub(crate) fn new(seed: u64) -> Self {
        Numbers(seed.wrapping_mul(0x9e37_79b9_7f4a_7c15) | 1)
    }

    pub(crate) fn below(&mut self, limit: usize) -> usize {
        self.0 ^= self.0 >> 12;
        self.0 ^= self.0 << 25;
        self.0 ^= self.0 >> 27;
        let number = self.0.wrapping_mul(0x2545_f491_4f6c_dd1d);
        usize::try_from(number >> 33).unwrap_or_default() % limit.max(1)
    }

    pub(crate) fn pick<'a, T>(&mut self, items: &'a [T]) -> Option<&'a T> {
        items.get(self.below(items.len()))
    }

    fn word(&mut self, words: &'static [&'static str]) -> &'static str {
        self.pick(words).copied().unwrap_or_default()
    }
}

/// Names that templates have, or might have.
const NAMES: &[&str] = &[
    "P",
    "L",
    "F",
    "C",
    "D",
    "M",
    "T",
    "R",
    "V",
    "N",
    "I",
    "S",
    "G",
    "Nobody",
    "AWS::Region",
    "AWS::NoValue",
    "AWS::X",
    "",
];
const TEXTS: &[&str] = &[
    "a",
    "b",
    "",
    " ",
    "1",
    "1.0",
    "010",
    "true",
    "null",
    "a,b",
    ",",
    "10.0.0.0/8",
    "::/0",
    "é",
    "\u{202e}x",
    "\n",
    "\t",
    "${P}",
    "${",
    "${!P}",
    "${R.Arn}",
    "${N}",
    "&{N}",
    "{{resolve:ssm:/a}}",
    "{{resolve:",
    "arn:aws:s3:::b/*",
    "x-${P}-${L}-${P}",
    "Retain",
    "Snapshot",
];
const KEYS: &[&str] = &[
    "Type",
    "Properties",
    "Condition",
    "DependsOn",
    "DeletionPolicy",
    "UpdatePolicy",
    "Metadata",
    "Tags",
    "Key",
    "Value",
    "Statement",
    "Action",
    "Resource",
    "Ref",
    "Fn::Sub",
    "Fn::GetAtt",
    "Fn::If",
    "Fn::ForEach::L",
    "Fn::Transform",
    "Default",
    "Resources",
    "Outputs",
    "Conditions",
    "Mappings",
    "Parameters",
    "Transform",
    "TableName",
    "${N}",
    "é",
];
const FUNCTIONS: &[&str] = &[
    "Ref",
    "Condition",
    "Fn::Sub",
    "Fn::GetAtt",
    "Fn::If",
    "Fn::Join",
    "Fn::Split",
    "Fn::Select",
    "Fn::FindInMap",
    "Fn::Base64",
    "Fn::Cidr",
    "Fn::GetAZs",
    "Fn::ImportValue",
    "Fn::GetStackOutput",
    "Fn::Length",
    "Fn::ToJsonString",
    "Fn::Transform",
    "Fn::Equals",
    "Fn::And",
    "Fn::Or",
    "Fn::Not",
    "Fn::ForEach::x",
    "Fn::Contains",
    "Fn::Unknown",
];

/// A template with one to three changes.
pub(crate) fn mutated(tree: &Value, corpus: &[Value], numbers: &mut Numbers) -> Value {
    let mut tree = tree.clone();
    for _ in 0..=numbers.below(3) {
        let other = numbers.pick(corpus).cloned().unwrap_or_default();
        let place = descend(part(&mut tree, numbers), numbers);
        change(place, &other, numbers);
    }
    tree
}

/// A part of a template in which most changes leave a template: the properties of a resource, more seldom another section, or all.
fn part<'v>(tree: &'v mut Value, numbers: &mut Numbers) -> &'v mut Value {
    let choice = numbers.below(40);
    let section = match choice {
        0 => return tree,
        1 => "Conditions",
        2 => "Mappings",
        3 => "Outputs",
        _ => "Resources",
    };
    if !tree[section].is_object() {
        return tree;
    }
    let entries = &mut tree[section];
    let count = children(entries).len();
    if count == 0 || choice == 4 {
        return entries;
    }
    let entry = children(entries).swap_remove(numbers.below(count));
    let attribute = numbers.word(&["Properties", "Properties", "Properties", "Metadata", "UpdatePolicy"]);
    if choice > 6 && entry[attribute].is_object() { &mut entry[attribute] } else { entry }
}

fn children(tree: &mut Value) -> Vec<&mut Value> {
    match tree {
        Value::Array(items) => items.iter_mut().collect(),
        Value::Object(entries) => entries.values_mut().collect(),
        _ => Vec::new(),
    }
}

fn descend<'v>(tree: &'v mut Value, numbers: &mut Numbers) -> &'v mut Value {
    let count = children(tree).len();
    if count == 0 || numbers.below(7) == 0 {
        return tree;
    }
    let index = numbers.below(count);
    descend(children(tree).swap_remove(index), numbers)
}

fn change(place: &mut Value, other: &Value, numbers: &mut Numbers) {
    match numbers.below(10) {
        0 | 1 => *place = term(numbers, 4),
        2 => *place = branch(other, numbers),
        3 => {
            let inside = std::mem::take(place);
            *place = around(inside, numbers);
        }
        4 => {
            let inside = children(place).into_iter().next().map(std::mem::take);
            *place = inside.unwrap_or_else(|| term(numbers, 1));
        }
        5 => *place = scalar(place, numbers),
        _ => match place {
            Value::Array(items) => list(items, numbers),
            Value::Object(entries) => map(entries, numbers),
            scalar => *scalar = term(numbers, 2),
        },
    }
}

fn branch(tree: &Value, numbers: &mut Numbers) -> Value {
    let mut copy = tree.clone();
    descend(&mut copy, numbers).clone()
}

fn list(items: &mut Vec<Value>, numbers: &mut Numbers) {
    let at = numbers.below(items.len() + 1);
    match numbers.below(4) {
        0 => items.reverse(),
        1 => items.insert(at, term(numbers, 2)),
        2 if at < items.len() => drop(items.remove(at)),
        _ => {
            let copies = items.get(at).cloned().into_iter().cycle().take(1 << numbers.below(7)).collect::<Vec<_>>();
            items.extend(copies);
        }
    }
}

fn map(entries: &mut Map<String, Value>, numbers: &mut Numbers) {
    let keys: Vec<String> = entries.keys().cloned().collect();
    let old = numbers.pick(&keys).cloned().unwrap_or_default();
    let new = if numbers.below(3) == 0 { numbers.word(NAMES) } else { numbers.word(KEYS) };
    match numbers.below(4) {
        0 => drop(entries.remove(&old)),
        1 => {
            let value = entries.remove(&old).unwrap_or_default();
            entries.insert(new.to_owned(), value);
        }
        2 => {
            let value = entries.get(&old).cloned().unwrap_or_default();
            entries.insert(format!("{new}{}", numbers.below(3)), value);
        }
        _ => {
            entries.insert(new.to_owned(), term(numbers, 3));
        }
    }
}

/// The same scalar in another spelling, or another one.
fn scalar(value: &Value, numbers: &mut Numbers) -> Value {
    match value {
        Value::Number(number) => json!(number.to_string()),
        Value::Bool(truth) => json!(truth.to_string()),
        Value::String(text) => match (text.parse::<u64>(), numbers.below(3)) {
            (Ok(number), _) => json!(number),
            (_, 0) => json!(format!("{text}{}", numbers.word(TEXTS))),
            (_, 1) => json!({ "Fn::Sub": text }),
            _ => json!(numbers.word(TEXTS)),
        },
        _ => json!(numbers.word(TEXTS)),
    }
}

/// A value inside of a function.
fn around(inside: Value, numbers: &mut Numbers) -> Value {
    let more = term(numbers, 1);
    match numbers.below(9) {
        0 => json!({ "Fn::If": [numbers.word(NAMES), inside, more] }),
        1 => json!({ "Fn::Join": [numbers.word(TEXTS), [inside, more]] }),
        2 => json!({ "Fn::Sub": ["${A}-${A}${P}", { "A": inside }] }),
        3 => json!({ "Fn::Select": [numbers.below(3), [more, inside]] }),
        4 => json!({ "Fn::Split": [",", inside] }),
        5 => json!({ "Fn::ToJsonString": inside }),
        6 => json!({ "Fn::Base64": inside }),
        7 => json!({ "Fn::Equals": [inside, more] }),
        _ => json!({ numbers.word(FUNCTIONS): inside }),
    }
}

/// A value, as often as not a function.
fn term(numbers: &mut Numbers, depth: usize) -> Value {
    let inner = |numbers: &mut Numbers| term(numbers, depth.saturating_sub(1));
    match numbers.below(if depth == 0 { 4 } else { 16 }) {
        0 => json!(numbers.word(TEXTS)),
        1 => json!(numbers.word(NAMES)),
        2 => [
            json!(1),
            json!(-1),
            json!(1.5),
            json!(1e300),
            json!(12_345_678_901_u64),
            json!(true),
            Value::Null,
            json!({}),
            json!([]),
        ]
        .get(numbers.below(9))
        .cloned()
        .unwrap_or_default(),
        3 => json!({ "Ref": numbers.word(NAMES) }),
        4 => json!({ "Fn::GetAtt": [numbers.word(NAMES), numbers.word(&["Arn", "Id", "Outputs.X", ""])] }),
        5 => json!({ "Fn::FindInMap": [inner(numbers), inner(numbers), inner(numbers)] }),
        6 => json!({ "Fn::Cidr": [inner(numbers), inner(numbers), numbers.below(40)] }),
        7 => json!({ "Fn::Select": [inner(numbers), inner(numbers)] }),
        8 => json!({ "Fn::ForEach::y": ["N", inner(numbers), { "k${N}": inner(numbers) }] }),
        // A text that doubles with each round.
        9 => (0..numbers.below(30)).fold(json!("x"), |inside, _| json!({ "Fn::Sub": ["${A}${A}", { "A": inside }] })),
        10 => json!({ numbers.word(FUNCTIONS): [inner(numbers), inner(numbers)] }),
        11 => json!([inner(numbers), inner(numbers)]),
        12 => json!({ numbers.word(KEYS): inner(numbers) }),
        13 => (0..numbers.below(40)).fold(inner(numbers), |inside, _| json!([inside])),
        _ => {
            let inside = inner(numbers);
            around(inside, numbers)
        }
    }
}

//! Items of loops whose collection is not known: each is a text that no template has, in names, and a parameter without a value, in
//! values. So a loop is written out once, and its body is checked against all that is certain about it.

use std::cell::RefCell;

use formwork_model::{EvalError, Term};
use formwork_template::function::Function;
use formwork_template::{Map, Parameter, ParameterType, Value, sub};

const BEGIN: &str = "FormworkItem";
const END: &str = "OfLoop";

/// The loops whose items are not known: the identifier and the collection.
#[derive(Debug, Default)]
pub(crate) struct Items(RefCell<Vec<(String, Term)>>);

impl Items {
    /// Items with which a loop is written out: the known ones, and a text for each one that is not known.
    pub(crate) fn of(&self, identifier: &str, collection: &Result<Term, EvalError>) -> Option<Vec<String>> {
        match collection {
            Err(EvalError::TooLarge) => None,
            Err(error) => Some(vec![self.item(identifier, &Term::Text(error.to_string()))]),
            Ok(Term::List(items)) => Some(
                items.iter().map(|item| item.known_text().unwrap_or_else(|| self.item(identifier, item))).collect(),
            ),
            Ok(other) => Some(vec![self.item(identifier, other)]),
        }
    }

    /// The item's text. Loops of one collection that name it alike share it, so that one can refer to the entries of the other.
    fn item(&self, identifier: &str, of: &Term) -> String {
        let mut all = self.0.borrow_mut();
        let known = all.iter().position(|(name, term)| name == identifier && term == of);
        let place = known.unwrap_or(all.len());
        if known.is_none() {
            all.push((identifier.to_owned(), of.clone()));
        }
        format!("{BEGIN}{place}{END}")
    }

    /// The items as parameters without a value.
    pub(crate) fn parameters(&self) -> impl Iterator<Item = (String, Parameter)> {
        let of_text = || Parameter { parameter_type: ParameterType::String, ..Parameter::default() };
        (0..self.0.borrow().len()).map(move |place| (format!("{BEGIN}{place}{END}"), of_text()))
    }

    /// The text with the items as the loops have them.
    pub(crate) fn spelled(&self, text: &str) -> String {
        let mut text = text.to_owned();
        for (place, (identifier, _)) in self.0.borrow().iter().enumerate() {
            let item = format!("{BEGIN}{place}{END}");
            // In a text that `Fn::Sub` would have, the item has its braces already.
            text = text.replace(&format!("${{{item}}}"), &item).replace(&item, &format!("${{{identifier}}}"));
        }
        text
    }
}

/// True if the text has an unknown item in it.
pub(crate) fn is_in(text: &str) -> bool {
    text.contains(BEGIN) && text.contains(END)
}

/// True if `key` may be `name` when its items are known.
pub(crate) fn may_be(key: &str, name: &str) -> bool {
    let mut parts = fixed_parts(key).into_iter();
    let Some(rest) = parts.next().and_then(|first| name.strip_prefix(first)) else { return false };
    let parts: Vec<&str> = parts.collect();
    let Some((last, between)) = parts.split_last() else { return rest.is_empty() };
    let Some(mut rest) = rest.strip_suffix(last) else { return false };
    between.iter().all(|part| match rest.split_once(part) {
        Some((_, after)) => {
            rest = after;
            true
        }
        None => false,
    })
}

/// The parts before, between and after the items.
fn fixed_parts(key: &str) -> Vec<&str> {
    let mut parts = Vec::new();
    let mut rest = key;
    while let Some((before, after)) = rest.split_once(BEGIN) {
        let Some((_, after)) = after.split_once(END) else { break };
        parts.push(before);
        rest = after;
    }
    parts.push(rest);
    parts
}

/// The entries with references in the place of texts that have an item; names stay as they are.
pub(crate) fn within(entries: &Map) -> Map {
    entries.iter().map(|(key, value)| (key.clone(), referred(value))).collect()
}

/// The value with references in the place of texts that have an item.
pub(crate) fn referred(value: &Value) -> Value {
    let function = |function| Value::Function(Box::new(function));
    match value {
        Value::String(text) if is_in(text) => {
            let item = text.find(BEGIN).zip(text.find(END)).and_then(|(from, to)| text.get(from..to + END.len()));
            match item {
                // Beside text of another language that has `${`, the whole counts as unknown.
                Some(item) if item == text || text.contains("${") => function(Function::Ref(item.to_owned())),
                _ => function(Function::Sub { text: filled(text), variables: Map::new() }),
            }
        }
        Value::List(items) => Value::List(items.iter().map(referred).collect()),
        Value::Map(entries) => Value::Map(within(entries)),
        Value::Function(own) => match &**own {
            Function::Sub { text, variables } => {
                function(Function::Sub { text: filled(text), variables: within(variables) })
            }
            // Their arguments are names, or have names in them.
            Function::Ref(_) | Function::GetAtt { .. } | Function::Condition(_) | Function::Reference(_) => {
                value.clone()
            }
            Function::If { condition, then, otherwise } => function(Function::If {
                condition: condition.clone(),
                then: referred(then),
                otherwise: referred(otherwise),
            }),
            other => Value::Map(within(&other.to_map())).recognised(),
        },
        other => other.clone(),
    }
}

/// The text of `Fn::Sub` with references in the place of items. Those within names stay: `${Queue….Arn}`.
fn filled(text: &str) -> String {
    let fill = |part| match part {
        sub::Part::Literal(text) => format!("${{!{text}}}"),
        sub::Part::Name(name) => format!("${{{name}}}"),
        sub::Part::Text(text) => {
            let mut out = String::new();
            let mut rest = text;
            while let Some((before, after)) = rest.split_once(BEGIN) {
                let Some((place, after)) = after.split_once(END) else { break };
                out += &format!("{before}${{{BEGIN}{place}{END}}}");
                rest = after;
            }
            out + rest
        }
    };
    sub::parts(text).map(fill).collect()
}

//! Each intrinsic function, and the functions of conditions.

use std::collections::BTreeMap;
use std::sync::Arc;

use formwork_template::{Function, Map, Value, sub};
use serde_json::{Number, Value as Json};

use crate::cidr;
use crate::evaluate::{EvalError, Evaluator, Truth};
use crate::term::{Branches, Hole, Mapped, Piece, Term};

fn malformed(function: &str) -> EvalError {
    EvalError::Malformed { function: function.to_owned() }
}

impl Evaluator<'_> {
    pub(crate) fn function(&self, function: &Function) -> Result<Term, EvalError> {
        Ok(match function {
            Function::Reference(reference) => return self.function(&reference.local()),
            Function::Untyped(value) => return self.value(value),
            Function::Ref(name) => return self.named(name),
            Function::GetAtt { logical_id, attribute } => {
                let attribute = self.pieces(attribute)?.ok_or_else(|| malformed("Fn::GetAtt"))?;
                match Term::of_pieces(attribute) {
                    Term::Text(attribute) => return self.known.attribute(logical_id, &attribute),
                    open => Term::call("Fn::GetAtt", Term::List(vec![Term::text(logical_id.as_str()), open])),
                }
            }
            Function::Sub { text, variables } => return self.sub(text, variables),
            Function::Join { delimiter, values } => return self.join(delimiter, values),
            Function::Split { delimiter, source } => return self.split(delimiter, source),
            Function::Select { index, list } => return self.select(index, list),
            Function::If { condition, then, otherwise } => match self.condition(condition)? {
                Truth::Known(holds) => return self.value(if holds { then } else { otherwise }),
                Truth::Open(open) => {
                    let (then, otherwise) = (self.value(then)?, self.value(otherwise)?);
                    if then == otherwise {
                        return Ok(then);
                    }
                    Term::Hole(Hole::If(Arc::new(Branches {
                        name: condition.clone(),
                        condition: open,
                        then,
                        otherwise,
                    })))
                }
            },
            Function::FindInMap { map, top_level_key, second_level_key, default } => {
                return self.find_in_map([map, top_level_key, second_level_key], default.as_ref());
            }
            Function::ImportValue(name) => {
                let name = self.text_of(name, "Fn::ImportValue")?;
                let known = name.known_text().map(|name| self.known.import(&name)).transpose()?.flatten();
                known.unwrap_or_else(|| Term::call("Fn::ImportValue", name))
            }
            Function::GetStackOutput { stack_name, output_name, region, role_arn: _ } => {
                const NAME: &str = "Fn::GetStackOutput";
                let (stack, output) = (self.text_of(stack_name, NAME)?, self.text_of(output_name, NAME)?);
                let region = region.as_ref().map(|region| self.text_of(region, NAME)).transpose()?;
                let region_text = region.as_ref().map(Term::known_text);
                let known = match (stack.known_text(), output.known_text(), &region_text) {
                    (_, _, Some(None)) => None,
                    (Some(stack), Some(output), region) => {
                        let region = region.as_ref().and_then(Option::as_deref);
                        self.known.stack_output(&stack, &output, region)?
                    }
                    _ => None,
                };
                known.unwrap_or_else(|| {
                    let names = ["StackName", "OutputName", "Region"].map(str::to_owned);
                    let arguments = names.into_iter().zip([Some(stack), Some(output), region]);
                    Term::call(NAME, Term::Map(arguments.filter_map(|(name, value)| Some((name, value?))).collect()))
                })
            }
            Function::GetAzs(region) => {
                let region = self.text_of(region, "Fn::GetAZs")?;
                let known = region.known_text().and_then(|region| self.known.zones(&region));
                known.unwrap_or_else(|| Term::call("Fn::GetAZs", region))
            }
            Function::Base64(value) => Term::Base64(Box::new(self.text_of(value, "Fn::Base64")?)),
            Function::Cidr { ip_block, count, cidr_bits } => return self.cidr(ip_block, count, cidr_bits.as_ref()),
            Function::Transform { name, .. } => return Err(EvalError::Macro { name: name.clone() }),
            Function::Length(value) => match self.value(value)? {
                Term::List(items) => Term::Number(Number::from(items.len())),
                open @ Term::Hole(_) => Term::call("Fn::Length", open),
                _ => return Err(malformed("Fn::Length")),
            },
            Function::ToJsonString(value) => {
                let value = self.value(value)?;
                if value.is_known() {
                    Term::Text(value.to_json(&mut |_| Json::Null).to_string())
                } else {
                    Term::call("Fn::ToJsonString", value)
                }
            }
            Function::And(_) | Function::Or(_) | Function::Not(_) | Function::Equals(..) | Function::Condition(_) => {
                match self.truth_of(function)? {
                    Truth::Known(holds) => Term::Bool(holds),
                    Truth::Open(open) => open,
                }
            }
            other => return Err(EvalError::RulesOnly { function: other.name() }),
        })
    }

    /// Value of `Ref` for a name.
    fn named(&self, name: &str) -> Result<Term, EvalError> {
        if name == "AWS::NoValue" {
            return Ok(Term::Absent);
        }
        if name.starts_with("AWS::") {
            return Ok(self.known.pseudo(name));
        }
        match self.known.parameter(name) {
            Some(term) => Ok(term),
            None => self.known.reference(name),
        }
    }

    fn sub(&self, text: &str, variables: &Map) -> Result<Term, EvalError> {
        // Each name is worked out once, so that names within names do not multiply.
        let mut known: BTreeMap<&str, Vec<Piece>> = BTreeMap::new();
        let mut pieces = Vec::new();
        for part in sub::parts(text) {
            match part {
                sub::Part::Text(text) => pieces.push(Piece::Text(text.to_owned())),
                sub::Part::Literal(literal) => pieces.push(Piece::Text(format!("${{{literal}}}"))),
                sub::Part::Name(name) => {
                    if !known.contains_key(name) {
                        let term = match (variables.get(name), name.split_once('.')) {
                            (Some(variable), _) => self.value(variable)?,
                            (None, Some((logical_id, attribute))) => self.known.attribute(logical_id, attribute)?,
                            (None, None) => self.named(name)?,
                        };
                        let text = term.pieces().ok_or_else(|| EvalError::NotAText { variable: name.to_owned() })?;
                        known.insert(name, text);
                    }
                    pieces.extend(known.get(name).into_iter().flatten().cloned());
                }
            }
            if pieces.len() > crate::evaluate::MAX_TEXT / 32 {
                return Err(EvalError::TooLarge);
            }
        }
        self.joined(pieces)
    }

    fn join(&self, delimiter: &str, values: &Value) -> Result<Term, EvalError> {
        let items = match self.value(values)? {
            Term::List(items) => items,
            open @ Term::Hole(_) => {
                return Ok(Term::call("Fn::Join", Term::List(vec![Term::text(delimiter), open])));
            }
            _ => return Err(malformed("Fn::Join")),
        };
        let mut pieces = Vec::new();
        for (place, item) in items.iter().enumerate() {
            if place > 0 {
                pieces.push(Piece::Text(delimiter.to_owned()));
            }
            pieces.extend(item.pieces().ok_or_else(|| malformed("Fn::Join"))?);
        }
        self.joined(pieces)
    }

    fn split(&self, delimiter: &str, source: &Value) -> Result<Term, EvalError> {
        let source = self.text_of(source, "Fn::Split")?;
        if delimiter.is_empty() {
            return Err(malformed("Fn::Split"));
        }
        Ok(match source.known_text() {
            Some(text) => Term::List(text.split(delimiter).map(Term::text).collect()),
            None => Term::call("Fn::Split", Term::List(vec![Term::text(delimiter), source])),
        })
    }

    fn select(&self, index: &Value, list: &Value) -> Result<Term, EvalError> {
        let index = self.text_of(index, "Fn::Select")?;
        let open = |index: Term, list: Term| Ok(Term::call("Fn::Select", Term::List(vec![index, list])));
        let items = match self.value(list)? {
            Term::List(items) => items,
            hole @ Term::Hole(_) => {
                let certain =
                    index.known_text().and_then(|text| text.parse().ok()).and_then(|place| part(&hole, place));
                return certain.map_or_else(|| open(index, hole), |text| Ok(Term::Text(text)));
            }
            _ => return Err(malformed("Fn::Select")),
        };
        let Some(text) = index.known_text() else { return open(index, Term::List(items)) };
        let place: Option<usize> = text.parse().ok();
        match place.and_then(|place| items.into_iter().nth(place)) {
            Some(Term::Null) => Err(EvalError::NullItem),
            Some(item) => Ok(item),
            None => Err(EvalError::NoItem { index: text }),
        }
    }

    fn find_in_map(&self, keys: [&Value; 3], default: Option<&Value>) -> Result<Term, EvalError> {
        let [map, top, second] = keys.map(|key| self.text_of(key, "Fn::FindInMap"));
        let (map, top, second) = (map?, top?, second?);
        let keys = (top.known_text(), second.known_text());
        let open = |this: &Self, table: Json| {
            let default = default.map(|default| this.value(default)).transpose()?;
            let mapped = Mapped { mapping: map.clone(), top: top.clone(), second: second.clone(), default, table };
            Ok(Term::Hole(Hole::Mapped(Arc::new(mapped))))
        };
        let Some(name) = map.known_text() else {
            // Every mapping that may be meant.
            let possible = possible_texts(&map);
            let is_possible = |name: &str| possible.as_ref().is_none_or(|possible| possible.contains(&name));
            let meant = self.mappings.iter().filter(|(name, _)| is_possible(name));
            let tables = meant.map(|(name, table)| Ok((name.clone(), self.candidates(table, &keys)?)));
            let tables: serde_json::Map<String, Json> = tables.collect::<Result<_, EvalError>>()?;
            return open(self, Json::Object(tables));
        };
        let Some(table) = self.mappings.get(&name) else {
            return match default {
                Some(default) => self.value(default),
                None => Err(EvalError::UnknownMapping { name }),
            };
        };
        let (Some(top), Some(second)) = &keys else { return open(self, self.candidates(table, &keys)?) };
        let found = table.as_map().and_then(|table| table.get(top)?.as_map()?.get(second));
        match (found, default) {
            (Some(value), _) => self.row(value),
            (None, Some(value)) => self.value(value),
            (None, None) => Err(EvalError::UnknownMappingKey { keys: [name, top.clone(), second.clone()] }),
        }
    }

    /// The entries of a mapping that keys may mean, of which some are not known.
    fn candidates(&self, table: &Value, (top, second): &(Option<String>, Option<String>)) -> Result<Json, EvalError> {
        let wanted = |key: &Option<String>, own: &String| key.as_ref().is_none_or(|key| key == own);
        let mut rows = serde_json::Map::new();
        for (key, entries) in table.as_map().into_iter().flatten().filter(|(key, _)| wanted(top, key)) {
            let mut row = serde_json::Map::new();
            for (key, value) in entries.as_map().into_iter().flatten().filter(|(key, _)| wanted(second, key)) {
                row.insert(key.clone(), self.row(value)?.to_template());
            }
            rows.insert(key.clone(), Json::Object(row));
        }
        Ok(Json::Object(rows))
    }

    /// A value of a mapping.
    fn row(&self, value: &Value) -> Result<Term, EvalError> {
        let mut looks_up = false;
        value.visit_functions(&mut |function| looks_up |= matches!(function, Function::FindInMap { .. }));
        if looks_up { Err(EvalError::LookUpInMapping) } else { self.value(value) }
    }

    fn cidr(&self, block: &Value, count: &Value, bits: Option<&Value>) -> Result<Term, EvalError> {
        let arguments = [Some(block), Some(count), bits];
        let arguments: Vec<Term> = arguments
            .into_iter()
            .flatten()
            .map(|argument| self.text_of(argument, "Fn::Cidr"))
            .collect::<Result<_, _>>()?;
        let texts: Option<Vec<String>> = arguments.iter().map(Term::known_text).collect();
        let Some(texts) = texts else { return Ok(Term::call("Fn::Cidr", Term::List(arguments))) };
        let number = |place: usize, default: &str| {
            let text = texts.get(place).map_or(default, String::as_str);
            text.parse::<u32>().map_err(|_| malformed("Fn::Cidr"))
        };
        let (count, bits) = (number(1, "")?, number(2, "8")?);
        if !(1..=256).contains(&count) {
            return Err(malformed("Fn::Cidr"));
        }
        let block = texts.first().map(String::as_str).unwrap_or_default();
        let blocks = cidr::cut(block, count, bits).map_err(|reason| EvalError::Cidr { reason })?;
        Ok(Term::List(blocks.into_iter().map(Term::Text).collect()))
    }

    /// An argument that must be a text.
    pub(crate) fn text_of(&self, value: &Value, function: &str) -> Result<Term, EvalError> {
        let pieces = self.pieces(value)?.ok_or_else(|| malformed(function))?;
        Ok(Term::of_pieces(pieces))
    }

    /// Truth of a value that stands for a condition.
    ///
    /// # Errors
    ///
    /// Where it is not a condition.
    pub fn truth(&self, value: &Value) -> Result<Truth, EvalError> {
        match value {
            Value::Bool(value) => Ok(Truth::Known(*value)),
            Value::Function(function) => self.truth_of(function),
            Value::Map(map) => match map.keys().next() {
                Some(name) => Err(malformed(name)),
                None => Err(EvalError::NotACondition),
            },
            _ => Err(EvalError::NotACondition),
        }
    }

    fn truth_of(&self, function: &Function) -> Result<Truth, EvalError> {
        match function {
            Function::And(conditions) => self.all(conditions, "Fn::And", false),
            Function::Or(conditions) => self.all(conditions, "Fn::Or", true),
            Function::Not(condition) => Ok(match self.truth(condition)? {
                Truth::Known(holds) => Truth::Known(!holds),
                Truth::Open(open) => Truth::Open(Term::call("Fn::Not", Term::List(vec![open]))),
            }),
            Function::Condition(name) => self.condition(name),
            Function::Equals(one, other) => {
                let (one, other) = (self.value(one)?, self.value(other)?);
                // Scalars are compared as texts, since parameters are texts.
                let texts = (one.known_text(), other.known_text());
                Ok(match texts {
                    (Some(one), Some(other)) => Truth::Known(one == other),
                    _ if one == other => Truth::Known(true),
                    _ if one.is_known() && other.is_known() => Truth::Known(false),
                    _ => Truth::Open(Term::call("Fn::Equals", Term::List(vec![one, other]))),
                })
            }
            Function::Untyped(value) => self.truth(value),
            _ => Err(EvalError::NotACondition),
        }
    }

    /// `Fn::Or` for `decisive = true`, `Fn::And` for `false`: one decisive part decides, an open one leaves it open.
    fn all(&self, conditions: &[Value], name: &str, decisive: bool) -> Result<Truth, EvalError> {
        if !(2..=10).contains(&conditions.len()) {
            return Err(malformed(name));
        }
        let (mut open, mut is_decided) = (Vec::new(), false);
        for condition in conditions {
            match self.truth(condition)? {
                Truth::Known(holds) => is_decided |= holds == decisive,
                Truth::Open(term) => open.push(term),
            }
        }
        Ok(match (is_decided, <[Term; 1]>::try_from(open)) {
            (true, _) => Truth::Known(decisive),
            (false, Ok([one])) => Truth::Open(one),
            (false, Err(open)) if open.is_empty() => Truth::Known(!decisive),
            (false, Err(open)) => Truth::Open(Term::call(name, Term::List(open))),
        })
    }
}

/// The part at `place` of a text that is split, where it ends before the first piece that is not known.
fn part(list: &Term, place: usize) -> Option<String> {
    let Term::Hole(Hole::Call(call)) = list else { return None };
    let Term::List(arguments) = &call.argument else { return None };
    let ("Fn::Split", [Term::Text(delimiter), Term::Pieces(pieces)]) = (call.name.as_str(), arguments.as_slice())
    else {
        return None;
    };
    let Some(Piece::Text(start)) = pieces.first() else { return None };
    let parts: Vec<&str> = start.split(delimiter.as_str()).collect();
    // The last one goes on in what is not known.
    parts.get(place).filter(|_| place + 1 < parts.len()).map(|part| (*part).to_owned())
}

/// The texts that a value may be, where it comes out of a mapping; `None` where it may be any.
fn possible_texts(term: &Term) -> Option<Vec<&str>> {
    let Term::Hole(Hole::Mapped(mapped)) = term else { return None };
    let entries = mapped.table.as_object()?.values().map(Json::as_object).collect::<Option<Vec<_>>>()?;
    let mut texts: Vec<&str> =
        entries.into_iter().flat_map(|entries| entries.values()).map(Json::as_str).collect::<Option<_>>()?;
    match &mapped.default {
        None => {}
        Some(Term::Text(text)) => texts.push(text),
        Some(_) => return None,
    }
    Some(texts)
}

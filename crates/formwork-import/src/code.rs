//! Expressions of Rust as a tree, and their layout: one line where it fits, else one part per line, as rustfmt does.

use crate::literal;

/// The widest line.
const WIDTH: usize = 100;
/// The widest list of parts that stays on one line.
const SHORT: usize = 60;

/// An expression.
#[derive(Clone, Debug, PartialEq)]
pub(crate) enum Code {
    /// As it stands.
    Raw(String),
    /// `path(arguments)`
    Call(String, Vec<Code>),
    /// `receiver.method(arguments).method(arguments)`
    Chain(Box<Code>, Vec<(&'static str, Vec<Code>)>),
    /// `Path { field: value, ..base }`
    Struct(String, Vec<(String, Code)>, Option<Box<Code>>),
    /// `[a, b]`
    Array(Vec<Code>),
    /// `vec![a, b]`
    Vec(Vec<Code>),
    /// `(a, b)`
    Tuple(Vec<Code>),
    /// `json!(…)`
    Json(Json),
}

/// The content of `json!(…)`.
#[derive(Clone, Debug, PartialEq)]
pub(crate) enum Json {
    /// A literal.
    Literal(String),
    /// An expression.
    Expression(Box<Code>),
    /// A list.
    List(Vec<Json>),
    /// An object.
    Object(Vec<(String, Json)>),
}

impl Code {
    pub(crate) fn raw(text: impl Into<String>) -> Code {
        Code::Raw(text.into())
    }

    pub(crate) fn text(text: &str) -> Code {
        Code::Raw(literal::text(text))
    }

    pub(crate) fn chain(receiver: Code, calls: Vec<(&'static str, Vec<Code>)>) -> Code {
        Code::Chain(Box::new(receiver), calls)
    }

    pub(crate) fn call(path: impl Into<String>, arguments: impl Into<Vec<Code>>) -> Code {
        Code::Call(path.into(), arguments.into())
    }

    /// The expression as the statement that begins at `indent`, with what stands before and after it.
    pub(crate) fn statement(&self, indent: usize, before: &str, after: &str) -> String {
        let column = indent + before.chars().count();
        if let Some(line) = self.on_one_line()
            && before.ends_with("= ")
            && column + line.chars().count() + after.len() > WIDTH
            && indent + 4 + line.chars().count() + after.len() <= WIDTH
        {
            return format!("{}{}\n{}{line}{after}\n", spaces(indent), before.trim_end(), spaces(indent + 4));
        }
        format!("{}{before}{}{after}\n", spaces(indent), self.lay_out(indent, column, after.len()))
    }

    /// `column` is where the expression begins, `after` how many characters follow on its last line.
    fn lay_out(&self, indent: usize, column: usize, after: usize) -> String {
        match self.on_one_line() {
            Some(line) if column + line.chars().count() + after <= WIDTH => line,
            _ => self.broken(indent, column),
        }
    }

    fn on_one_line(&self) -> Option<String> {
        let parts = |parts: &[Code]| {
            let parts: Vec<String> = parts.iter().map(Code::on_one_line).collect::<Option<_>>()?;
            let line = parts.join(", ");
            (line.chars().count() <= SHORT).then_some(line)
        };
        Some(match self {
            Code::Raw(text) if text.contains('\n') => return None,
            Code::Raw(text) => text.clone(),
            Code::Call(path, arguments) => format!("{path}({})", parts(arguments)?),
            Code::Chain(receiver, calls) => {
                let mut line = receiver.on_one_line()?;
                for (method, arguments) in calls {
                    line += &format!(".{method}({})", parts(arguments)?);
                }
                line
            }
            Code::Struct(path, fields, base) => {
                let mut inside = Vec::new();
                for (name, value) in fields {
                    inside.push(format!("{name}: {}", value.on_one_line()?));
                }
                if let Some(base) = base {
                    inside.push(format!("..{}", base.on_one_line()?));
                }
                let inside = inside.join(", ");
                match inside.chars().count() {
                    0 => format!("{path} {{}}"),
                    1..=SHORT => format!("{path} {{ {inside} }}"),
                    _ => return None,
                }
            }
            Code::Array(items) => format!("[{}]", parts(items)?),
            Code::Vec(items) => format!("vec![{}]", parts(items)?),
            Code::Tuple(items) => format!("({})", parts(items)?),
            Code::Json(json) => format!("json!({})", json.on_one_line(false)?),
        })
    }

    fn broken(&self, indent: usize, column: usize) -> String {
        match self {
            Code::Raw(text) => text.clone(),
            Code::Call(path, arguments) => {
                let column = column + path.chars().count() + 1;
                format!("{path}({})", arguments_of(arguments, indent, column))
            }
            Code::Chain(receiver, calls) => {
                if let [(method, arguments)] = calls.as_slice()
                    && let Some(receiver) = receiver.on_one_line()
                    && !arguments.is_empty()
                {
                    let column = column + receiver.chars().count() + method.len() + 2;
                    return format!("{receiver}.{method}({})", arguments_of(arguments, indent, column));
                }
                let inner = indent + 4;
                let mut text = receiver.lay_out(indent, column, 0);
                for (method, arguments) in calls {
                    let call = Code::Call((*method).to_owned(), arguments.clone());
                    text += &format!("\n{}.{}", spaces(inner), call.lay_out(inner, inner + 1, 1));
                }
                text
            }
            Code::Struct(path, fields, base) => {
                let inner = indent + 4;
                let mut text = format!("{path} {{\n");
                for (name, value) in fields {
                    let value = value.lay_out(inner, inner + name.chars().count() + 2, 1);
                    text += &format!("{}{name}: {value},\n", spaces(inner));
                }
                if let Some(base) = base {
                    text += &format!("{}..{}\n", spaces(inner), base.lay_out(inner, inner + 2, 0));
                }
                text + &spaces(indent) + "}"
            }
            Code::Array(items) => format!("[{}]", arguments_of(items, indent, column + 1)),
            Code::Vec(items) => format!("vec![{}]", one_a_line(items, indent)),
            Code::Tuple(items) => format!("({})", one_a_line(items, indent)),
            Code::Json(json) => {
                // Entries that are tokens of their own need no recursion of the macro.
                format!("json!({})", json.lay_out(indent, column + 6, json.recursion() > 90))
            }
        }
    }
}

fn arguments_of(arguments: &[Code], indent: usize, column: usize) -> String {
    match arguments {
        // A single list, struct or call hugs its brackets.
        [only] if !matches!(only, Code::Raw(_) | Code::Chain(..)) => only.lay_out(indent, column, 1),
        _ => one_a_line(arguments, indent),
    }
}

fn one_a_line(parts: &[Code], indent: usize) -> String {
    let inner = indent + 4;
    let lines: String =
        parts.iter().map(|part| format!("{}{},\n", spaces(inner), part.lay_out(inner, inner, 1))).collect();
    format!("\n{lines}{}", spaces(indent))
}

impl Json {
    fn on_one_line(&self, single_tokens: bool) -> Option<String> {
        let line = match self {
            Json::Literal(text) if text.contains('\n') => return None,
            Json::Literal(text) => text.clone(),
            Json::Expression(code) => in_brackets(code.on_one_line()?, single_tokens),
            Json::List(items) => {
                let items: Vec<String> =
                    items.iter().map(|item| item.on_one_line(single_tokens)).collect::<Option<_>>()?;
                format!("[{}]", items.join(", "))
            }
            Json::Object(entries) if entries.is_empty() => "{}".to_owned(),
            Json::Object(entries) => {
                let entries: Vec<String> = entries
                    .iter()
                    .map(|(key, value)| Some(format!("{key:?}: {}", value.on_one_line(single_tokens)?)))
                    .collect::<Option<_>>()?;
                format!("{{ {} }}", entries.join(", "))
            }
        };
        let is_short = matches!(self, Json::Literal(_)) || line.chars().count() <= SHORT + 10;
        is_short.then_some(line)
    }

    fn lay_out(&self, indent: usize, column: usize, single_tokens: bool) -> String {
        if let Some(line) = self.on_one_line(single_tokens)
            && column + line.chars().count() < WIDTH
        {
            return line;
        }
        let inner = indent + 4;
        match self {
            Json::Literal(text) => text.clone(),
            Json::Expression(code) => in_brackets(code.lay_out(indent, column, 1), single_tokens),
            Json::List(items) => match items.as_slice() {
                // As rustfmt has it for a list of one.
                [only @ (Json::Object(_) | Json::List(_))] => {
                    format!("[{}]", only.lay_out(indent, column + 1, single_tokens))
                }
                _ => {
                    let mut text = "[\n".to_owned();
                    for item in items {
                        text += &format!("{}{},\n", spaces(inner), item.lay_out(inner, inner, single_tokens));
                    }
                    text + &spaces(indent) + "]"
                }
            },
            Json::Object(entries) => {
                let mut text = "{\n".to_owned();
                for (key, value) in entries {
                    let key = format!("{}{key:?}: ", spaces(inner));
                    text += &format!("{key}{},\n", value.lay_out(inner, key.chars().count(), single_tokens));
                }
                text + &spaces(indent) + "}"
            }
        }
    }

    /// The depth to which the macro goes when it takes entries one by one. The compiler allows 128.
    fn recursion(&self) -> usize {
        let inside = |parts: Vec<&Json>| {
            let has_expressions = parts.iter().any(|part| matches!(part, Json::Expression(_)));
            let deepest = |(place, part): (usize, &&Json)| part.recursion() + if has_expressions { place } else { 0 };
            2 + parts.iter().enumerate().map(deepest).max().unwrap_or(0)
        };
        match self {
            Json::Literal(_) | Json::Expression(_) => 1,
            Json::List(items) => inside(items.iter().collect()),
            Json::Object(entries) => inside(entries.iter().map(|(_, value)| value).collect()),
        }
    }
}

fn in_brackets(code: String, single_tokens: bool) -> String {
    if single_tokens { format!("({code})") } else { code }
}

fn spaces(count: usize) -> String {
    " ".repeat(count)
}

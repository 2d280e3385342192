//! Values of a template as expressions: typed where the schema has a type, `json!` elsewhere.

use formwork_schema::ir::{Property, Type};
use formwork_template::{Function, Map, Value};

use crate::catalog::{self, Known};
use crate::code::{Code, Json};
use crate::convert::converted;
use crate::writer::Writer;

/// An expression where a `Val<T>` is wanted.
pub(crate) enum Expr {
    /// A literal that converts by itself.
    Literal(Code),
    /// A list or a struct: it converts too, but reads better with the conversion before it.
    Composite(Code),
    /// A `Val<T>`.
    Val(Code),
}

impl Expr {
    /// The code for a place that takes anything that converts.
    pub(crate) fn into_any(self) -> Code {
        match self {
            Expr::Literal(code) | Expr::Composite(code) | Expr::Val(code) => code,
        }
    }

    /// The code for a place that takes nothing but a `Val<T>`.
    fn into_val(self) -> Code {
        match self {
            Expr::Literal(Code::Raw(text)) if !text.contains('\n') && !text.starts_with('-') => {
                Code::Raw(format!("{text}.into()"))
            }
            Expr::Literal(code) | Expr::Composite(code) => Code::call("Val::from", [code]),
            Expr::Val(code) => code,
        }
    }
}

/// The place of a value: for the names of the resource's types, and for remarks.
#[derive(Clone, Copy)]
pub(crate) struct Place<'p> {
    pub(crate) known: &'p Known,
    pub(crate) path: &'p str,
}

impl<'p> Place<'p> {
    fn at(self, path: &'p str) -> Place<'p> {
        Place { path, ..self }
    }
}

impl Writer<'_> {
    /// A value where the schema has the type `want`.
    fn value(&mut self, value: &Value, want: &Type, place: Place<'_>) -> Expr {
        let converted = converted(value, want);
        let value = converted.as_ref().unwrap_or(value);
        let literal = match (value, want) {
            (_, Type::Json) => Some(Expr::Composite(Code::Json(self.json(value)))),
            (Value::Function(function), _) => Some(Expr::Val(self.function(function, want, place))),
            (Value::String(text), Type::String) => Some(Expr::Literal(Code::text(text))),
            (Value::String(text), Type::Enum(name)) => self.listed(text, name, place.known),
            (Value::Bool(value), Type::Boolean) => Some(Expr::Literal(Code::raw(value.to_string()))),
            (Value::Number(number), Type::Integer) => number.as_i64().map(|number| Expr::Literal(integer(number))),
            (Value::Number(number), Type::Number) => float(number).map(Expr::Literal),
            (Value::List(items), Type::List(item)) => Some(self.list(items, item, place)),
            (Value::Map(entries), Type::Map(inside)) => Some(self.map(entries, inside, place)),
            (_, Type::Boxed(inside)) => match self.value(value, inside, place) {
                // Only what is of any type comes without a literal.
                Expr::Val(code) => Some(Expr::Val(code)),
                Expr::Literal(code) | Expr::Composite(code) => Some(Expr::Composite(Code::call("Box::new", [code]))),
            },
            (_, Type::Union(name)) => Some(self.union(value, name, place)),
            (Value::Map(entries), Type::Struct(name)) => match place.known.nested(name) {
                Some(nested) => self.structure(entries, &nested.properties, Some(name), place).map(Expr::Composite),
                None => None,
            },
            _ => {
                self.remark(place.path, format!("{} where the type has {}", kind(value), wanted(want)));
                None
            }
        };
        literal.unwrap_or_else(|| self.untyped(value))
    }

    /// A struct with fields of these values, the resource's own or a nested one; nothing, and a remark, when it has no room for
    /// one of them or needs another.
    pub(crate) fn structure(
        &mut self,
        entries: &Map,
        properties: &[Property],
        nested: Option<&str>,
        place: Place<'_>,
    ) -> Option<Code> {
        let fields = catalog::fields(properties);
        let inside = |name: &str| match place.path {
            "" => name.to_owned(),
            outer => format!("{outer}.{name}"),
        };
        if let Some(unknown) = entries.keys().find(|key| !fields.contains_key(key.as_str())) {
            self.remark(&inside(unknown), "a property that the type does not have");
            return None;
        }
        let missing = |property: &&Property| property.required && !entries.contains_key(&property.name);
        if let Some(missing) = properties.iter().find(missing) {
            self.remark(&inside(&missing.name), "missing, and the type requires it");
            return None;
        }
        let path = match nested {
            Some(name) => self.nested(place.known, place.known.nested_name(name)),
            None => place.known.path(),
        };
        let (mut required, mut optional) = (Vec::new(), Vec::new());
        for (name, value) in entries {
            let Some((rust, property)) = fields.get(name.as_str()) else { continue };
            let value = self.value(value, &property.ty, place.at(&inside(name)));
            if property.required {
                required.push((rust.clone(), value));
            } else {
                optional.push((rust.clone(), Code::call("some", [value.into_any()])));
            }
        }
        let is_whole = entries.len() == properties.len();
        if is_whole {
            let required = required.into_iter().map(|(name, value)| (name, value.into_val()));
            return Some(Code::Struct(path, required.chain(optional).collect(), None));
        }
        let base = match required.len() {
            0 if optional.is_empty() => return Some(Code::call(format!("{path}::default"), [])),
            0 => Code::call("Default::default", []),
            1 => Code::call(
                format!("{path}::new"),
                required.into_iter().map(|(_, value)| value.into_any()).collect::<Vec<_>>(),
            ),
            _ => {
                let fields = required.into_iter().map(|(name, value)| (name, value.into_val())).collect();
                let group = self.group(place.known, &path);
                let group = Code::Struct(group, fields, None);
                Code::call(format!("{path}::new"), [group])
            }
        };
        Some(if optional.is_empty() { base } else { Code::Struct(path, optional, Some(Box::new(base))) })
    }

    /// The alternative that the value is; any JSON when it is not one of them.
    fn union(&mut self, value: &Value, name: &str, place: Place<'_>) -> Expr {
        let path = self.nested(place.known, place.known.nested_name(name));
        let found = place.known.union(name).and_then(|union| place.known.alternative(union, value));
        let code = match found {
            Some((variant, inside, ty)) => {
                let inside = self.value(inside, ty, place).into_val();
                Code::call(format!("{path}::{variant}"), [inside])
            }
            None => {
                self.remark(place.path, "none of the forms that the type has");
                Code::call(format!("{path}::Other"), [Code::Json(self.json(value))])
            }
        };
        Expr::Composite(code)
    }

    fn listed(&mut self, text: &str, name: &str, known: &Known) -> Option<Expr> {
        let path = self.nested(known, known.nested_name(name));
        let code = match catalog::variant(known.listed(name)?, text) {
            Some(variant) => Code::raw(format!("{path}::{variant}")),
            None => Code::call(format!("{path}::Other"), [Code::raw(format!("{}.into()", crate::literal::text(text)))]),
        };
        Some(Expr::Literal(code))
    }

    fn list(&mut self, items: &[Value], item: &Type, place: Place<'_>) -> Expr {
        let items: Vec<Expr> = items
            .iter()
            .enumerate()
            .map(|(index, value)| {
                let path = format!("{}[{index}]", place.path);
                self.value(value, item, place.at(&path))
            })
            .collect();
        // The type of an empty list, and of a list of lists of several lengths, cannot be told from its items.
        if items.is_empty() {
            return Expr::Val(Code::raw("Val::Literal(Vec::new())"));
        }
        let are_alike =
            items.iter().all(|item| !matches!(item, Expr::Val(_))) && !matches!(item, Type::List(_) | Type::Map(_));
        let each = if are_alike { Expr::into_any } else { mixed };
        Expr::Composite(Code::Array(items.into_iter().map(each).collect()))
    }

    fn map(&mut self, entries: &Map, inside: &Type, place: Place<'_>) -> Expr {
        if entries.is_empty() {
            return Expr::Val(Code::raw("Val::Literal(Default::default())"));
        }
        let values: Vec<(&String, Expr)> = entries
            .iter()
            .map(|(key, value)| {
                let path = format!("{}.{key}", place.path);
                (key, self.value(value, inside, place.at(&path)))
            })
            .collect();
        let are_alike = values.iter().all(|(_, value)| !matches!(value, Expr::Val(_)))
            && !matches!(inside, Type::List(_) | Type::Map(_));
        let each = if are_alike { Expr::into_any } else { mixed };
        let entries = values.into_iter().map(|(key, value)| Code::Tuple(vec![Code::text(key), each(value)]));
        Expr::Composite(Code::Array(entries.collect()))
    }

    fn untyped(&mut self, value: &Value) -> Expr {
        let argument = self.argument(value);
        Expr::Val(Code::call("Val::untyped", [argument]))
    }

    /// An intrinsic function as a `Val` of the type that is wanted.
    fn function(&mut self, function: &Function, want: &Type, place: Place<'_>) -> Code {
        let generic = match function {
            Function::If { condition, then, otherwise } => {
                let then = self.value(then, want, place).into_any();
                let otherwise = self.value(otherwise, want, place).into_any();
                Some(Code::call("function::if_", [Code::text(condition), then, otherwise]))
            }
            Function::Ref(name) if name == "AWS::NoValue" => Some(Code::call("pseudo::no_value", [])),
            _ => self.any_type(function, ""),
        };
        if let Some(code) = generic {
            return code;
        }
        match self.typed(function, Some(want)) {
            Some((code, is)) if is == *want => code,
            Some((code, _)) => cast(code),
            None => self.untyped(&Value::Function(Box::new(function.clone()))).into_any(),
        }
    }

    /// A function that gives whatever type is wanted, `hint` if the compiler cannot know it.
    fn any_type(&mut self, function: &Function, hint: &str) -> Option<Code> {
        Some(match function {
            Function::Select { index, list } => {
                let arguments = [self.argument(index), self.argument(list)];
                Code::call(format!("function::select{hint}"), arguments)
            }
            Function::FindInMap { map: Value::String(map), top_level_key, second_level_key, default: None } => {
                let arguments = [Code::text(map), self.argument(top_level_key), self.argument(second_level_key)];
                Code::call(format!("function::find_in_map{hint}"), arguments)
            }
            Function::ImportValue(name) => {
                let argument = self.argument(name);
                Code::call(format!("function::import_value{hint}"), [argument])
            }
            _ => return None,
        })
    }

    /// A function whose value has a type of its own, and that type.
    fn typed(&mut self, function: &Function, want: Option<&Type>) -> Option<(Code, Type)> {
        let texts = || Type::List(Box::new(Type::String));
        Some(match function {
            Function::Ref(name) => return self.reference(name, want),
            Function::GetAtt { logical_id, attribute: Value::String(attribute) } => {
                return self.attribute(logical_id, attribute);
            }
            Function::Sub { text, variables } if variables.is_empty() => {
                (Code::call("function::sub", [Code::text(text)]), Type::String)
            }
            Function::Sub { text, variables } => {
                let values: Vec<Value> = variables.values().cloned().collect();
                let values = self.alike(&values);
                let pairs =
                    variables.keys().zip(values).map(|(name, value)| Code::Tuple(vec![Code::text(name), value]));
                let pairs = Code::Array(pairs.collect());
                (Code::call("function::sub_with", [Code::text(text), pairs]), Type::String)
            }
            Function::Join { delimiter, values } => {
                let values = match values {
                    Value::List(items) if !items.is_empty() && self.are_alike(items) => Code::Array(self.alike(items)),
                    other => self.argument(other),
                };
                (Code::call("function::join", [Code::text(delimiter), values]), Type::String)
            }
            Function::Split { delimiter, source } => {
                let source = self.argument(source);
                (Code::call("function::split", [Code::text(delimiter), source]), texts())
            }
            Function::GetAzs(Value::String(region)) if region.is_empty() => {
                (Code::call("function::availability_zones", []), texts())
            }
            Function::GetAzs(region) => {
                let region = self.argument(region);
                (Code::call("function::availability_zones_of", [region]), texts())
            }
            Function::Base64(value) => {
                let value = self.argument(value);
                (Code::call("function::base64", [value]), Type::String)
            }
            Function::Cidr { ip_block, count, cidr_bits: Some(bits) } => {
                let arguments = [self.argument(ip_block), self.argument(count), self.argument(bits)];
                (Code::call("function::cidr", arguments), texts())
            }
            _ => return None,
        })
    }

    /// `Ref`; nothing when nobody has that name, or nobody has it yet.
    fn reference(&mut self, name: &str, want: Option<&Type>) -> Option<(Code, Type)> {
        let pseudo = match name {
            "AWS::AccountId" => "account_id",
            "AWS::NotificationARNs" => {
                let list = Type::List(Box::new(Type::String));
                return Some((Code::call("pseudo::notification_arns", []), list));
            }
            "AWS::Partition" => "partition",
            "AWS::Region" => "region",
            "AWS::StackId" => "stack_id",
            "AWS::StackName" => "stack_name",
            "AWS::URLSuffix" => "url_suffix",
            _ => "",
        };
        if !pseudo.is_empty() {
            return Some((Code::call(format!("pseudo::{pseudo}"), []), Type::String));
        }
        if let Some((variable, ty)) = self.parameter(name, want) {
            return Some((Code::raw(variable), ty));
        }
        let variable = self.handle(name)?;
        Some((Code::raw(format!("{variable}.ref_value()")), Type::String))
    }

    /// `Fn::GetAtt`; nothing when there is no such resource, or not yet.
    fn attribute(&mut self, logical_id: &str, attribute: &str) -> Option<(Code, Type)> {
        let variable = self.handle(logical_id)?;
        let by_name = |path: &str| {
            let name = crate::literal::text(attribute);
            Some((Code::raw(format!("{variable}{path}.get_att::<String>({name})")), Type::String))
        };
        match self.type_of(logical_id) {
            None => by_name(""),
            Some(known) => match known.attributes.get(attribute) {
                Some((method, ty)) => Some((Code::raw(format!("{variable}.{method}()")), ty.clone())),
                None => by_name(".reference()"),
            },
        }
    }

    /// An argument where any JSON goes.
    pub(crate) fn argument(&mut self, value: &Value) -> Code {
        match value {
            Value::String(text) => Code::text(text),
            Value::Bool(value) => Code::raw(value.to_string()),
            Value::Number(number) => Code::raw(untyped_number(number)),
            Value::Function(function) => self
                .any_type(function, "::<String>")
                .or_else(|| self.typed(function, None).map(|(code, _)| code))
                .unwrap_or_else(|| Code::Json(self.json(value))),
            Value::Null | Value::List(_) | Value::Map(_) => Code::Json(self.json(value)),
        }
    }

    /// True if the values are all texts, or all functions that give one.
    fn are_alike(&self, values: &[Value]) -> bool {
        let is_text = |value: &Value| matches!(value, Value::String(_));
        values.iter().all(is_text) || values.iter().all(|value| self.gives_text(value))
    }

    fn gives_text(&self, value: &Value) -> bool {
        match value.as_function() {
            Some(Function::Sub { .. } | Function::Join { .. } | Function::Base64(_)) => true,
            Some(Function::Ref(name)) => self.is_text(name),
            Some(Function::GetAtt { logical_id, attribute: Value::String(attribute) }) => {
                self.is_added(logical_id)
                    && self
                        .type_of(logical_id)
                        .and_then(|known| known.attributes.get(attribute).map(|(_, ty)| ty.clone()))
                        .is_none_or(|ty| ty == Type::String)
            }
            _ => false,
        }
    }

    /// The values as expressions of one type: as they are when they are alike, else as any JSON.
    fn alike(&mut self, values: &[Value]) -> Vec<Code> {
        if self.are_alike(values) {
            return values.iter().map(|value| self.argument(value)).collect();
        }
        values.iter().map(|value| Code::Json(self.json(value))).collect()
    }

    /// Any JSON, with handles and parameters in it.
    pub(crate) fn json(&mut self, value: &Value) -> Json {
        match value {
            Value::Null => Json::Literal("null".to_owned()),
            Value::Bool(value) => Json::Literal(value.to_string()),
            Value::Number(number) => Json::Literal(untyped_number(number)),
            Value::String(text) => Json::Literal(crate::literal::text(text)),
            Value::List(items) => Json::List(items.iter().map(|item| self.json(item)).collect()),
            Value::Map(entries) => {
                Json::Object(entries.iter().map(|(key, item)| (key.clone(), self.json(item))).collect())
            }
            Value::Function(function) => {
                let code = match &**function {
                    Function::Ref(name) if name == "AWS::NoValue" => Some(Code::call("pseudo::no_value::<Value>", [])),
                    Function::Ref(_) | Function::GetAtt { .. } => self.typed(function, None).map(|(code, _)| code),
                    Function::Sub { variables, .. } if variables.is_empty() => {
                        self.typed(function, None).map(|(code, _)| code)
                    }
                    _ => None,
                };
                match code {
                    Some(code) => Json::Expression(Box::new(code)),
                    None => {
                        let spelled = function.to_map();
                        Json::Object(
                            spelled.iter().map(|(name, argument)| (name.clone(), self.json(argument))).collect(),
                        )
                    }
                }
            }
        }
    }
}

/// An item among others that are not all literals.
fn mixed(item: Expr) -> Code {
    match item {
        Expr::Literal(code) | Expr::Composite(code) => Code::call("Val::from", [code]),
        Expr::Val(code) => code,
    }
}

/// Types differ where CloudFormation converts. The conversion borrows, so a clone for it would be one too many.
fn cast(code: Code) -> Code {
    match code {
        Code::Raw(text) => Code::Raw(format!("{}.cast()", text.strip_suffix(".clone()").unwrap_or(&text))),
        other => Code::chain(other, vec![("cast", Vec::new())]),
    }
}

fn integer(number: i64) -> Code {
    Code::raw(match i32::try_from(number) {
        Ok(_) => number.to_string(),
        Err(_) => format!("{number}_i64"),
    })
}

fn float(number: &serde_json::Number) -> Option<Code> {
    let value = number.as_f64()?;
    // Beyond 2^53 not every whole number is a `f64`.
    let is_exact = number.is_f64() || value.abs() < 9_007_199_254_740_992.0;
    is_exact.then(|| Code::raw(format!("{value:?}")))
}

fn untyped_number(number: &serde_json::Number) -> String {
    match (number.as_i64(), number.as_u64(), number.as_f64()) {
        (Some(whole), ..) if i32::try_from(whole).is_ok() => whole.to_string(),
        (Some(whole), ..) => format!("{whole}_i64"),
        (_, Some(whole), _) => format!("{whole}_u64"),
        (_, _, Some(value)) => format!("{value:?}"),
        _ => number.to_string(),
    }
}

fn kind(value: &Value) -> &'static str {
    match value {
        Value::Null => "null",
        Value::Bool(_) => "true or false",
        Value::Number(_) => "a number",
        Value::String(_) => "a text",
        Value::List(_) => "a list",
        Value::Map(_) => "an object",
        Value::Function(_) => "a function",
    }
}

fn wanted(want: &Type) -> &'static str {
    match want {
        Type::String | Type::Enum(_) => "a text",
        Type::Integer => "a whole number",
        Type::Number => "a number",
        Type::Boolean => "true or false",
        Type::Json => "any JSON",
        Type::List(_) => "a list",
        Type::Map(_) | Type::Struct(_) | Type::Union(_) | Type::Boxed(_) => "an object",
    }
}

//! Each intrinsic function.

use base64::prelude::{BASE64_STANDARD, Engine as _};
use formwork_template::{Function, Map, Value};
use serde_json::{Value as Json, json};

use super::{Evaluator, UNKNOWN, cidr, is_unknown, text_of};

/// What CloudFormation says of a function whose arguments are of no known form.
pub(super) fn malformed(name: &str) -> String {
    let form = match name {
        "Fn::Join" => "two parameters, the first a string delimiter and the second a list of strings to be joined",
        "Fn::Split" => "two parameters, the first a string delimiter and the second a string to be split",
        "Fn::Select" => "two parameters, the second a list of values",
        "Fn::If" => "a list of three: the name of a condition and two values",
        "Fn::Sub" => "a string, or a list of a string and a map of variables",
        "Fn::FindInMap" => "three parameters, the map name, the top level key and the second level key",
        "Fn::GetAtt" => "two non-empty parameters, the resource name and the resource attribute",
        "Fn::Cidr" => "an IP block, a count and optionally the number of host bits",
        "Fn::GetStackOutput" => "StackName and OutputName, and optionally Region and RoleArn",
        "Fn::Equals" => "a list of two",
        "Fn::Not" => "a list of one condition",
        "Fn::And" | "Fn::Or" => "a list of two to ten conditions",
        _ => return format!("Template format error: {name} is not a valid intrinsic function"),
    };
    format!("Template error: every {name} object requires {form}")
}

impl Evaluator<'_> {
    pub(super) fn function(&self, function: &Function) -> Result<Option<Json>, String> {
        Ok(Some(match function {
            Function::Reference(_) => {
                return Err("Template error: a reference between stacks was not lowered".to_owned());
            }
            Function::Ref(name) => return self.reference(name),
            Function::GetAtt { logical_id, attribute } => {
                let attribute = self.text(attribute, "Fn::GetAtt")?;
                self.resources.attribute(logical_id, &attribute)?
            }
            Function::Sub { text, variables } => Json::String(self.sub(text, variables)?),
            Function::Join { delimiter, values } => {
                let list = self.list(values, "Fn::Join")?;
                let texts: Option<Vec<String>> = list.iter().map(text_of).collect();
                let texts = texts.ok_or_else(|| malformed("Fn::Join"))?;
                Json::String(texts.join(delimiter))
            }
            Function::Split { delimiter, source } => {
                let source = self.text(source, "Fn::Split")?;
                if source.contains(UNKNOWN) {
                    json!(UNKNOWN)
                } else if delimiter.is_empty() {
                    return Err(malformed("Fn::Split"));
                } else {
                    source.split(delimiter.as_str()).map(str::to_owned).collect()
                }
            }
            Function::Select { index, list } => self.select(index, list)?,
            Function::If { condition, then, otherwise } => {
                let chosen = if self.condition(condition)? { then } else { otherwise };
                return self.value(chosen);
            }
            Function::FindInMap { map, top_level_key, second_level_key, default } => {
                return self.find_in_map(map, top_level_key, second_level_key, default.as_ref());
            }
            Function::ImportValue(name) => {
                let name = self.text(name, "Fn::ImportValue")?;
                if name.contains(UNKNOWN) { json!(UNKNOWN) } else { json!(self.outside.import(&name)?) }
            }
            Function::GetStackOutput { stack_name, output_name, region, role_arn: _ } => {
                let stack = self.text(stack_name, "Fn::GetStackOutput")?;
                let output = self.text(output_name, "Fn::GetStackOutput")?;
                let region = region.as_ref().map(|region| self.text(region, "Fn::GetStackOutput")).transpose()?;
                json!(self.outside.stack_output(&stack, &output, region.as_deref())?)
            }
            Function::GetAzs(region) => {
                let region = self.text(region, "Fn::GetAZs")?;
                let region = if region.is_empty() { &self.pseudo.region } else { &region };
                ["a", "b", "c"].map(|zone| format!("{region}{zone}")).into_iter().collect()
            }
            Function::Base64(value) => {
                let text = self.text(value, "Fn::Base64")?;
                if text.contains(UNKNOWN) { json!(UNKNOWN) } else { json!(BASE64_STANDARD.encode(text)) }
            }
            Function::Cidr { ip_block, count, cidr_bits } => self.cidr(ip_block, count, cidr_bits.as_ref())?,
            Function::Transform { name, .. } => return Err(format!("No transform named {name} found.")),
            Function::Length(value) => json!(self.list(value, "Fn::Length")?.len()),
            Function::ToJsonString(value) => {
                let value = self.value(value)?.unwrap_or_default();
                json!(value.to_string())
            }
            Function::And(_) | Function::Or(_) | Function::Not(_) | Function::Equals(..) | Function::Condition(_) => {
                Json::Bool(self.truth(&Value::Function(Box::new(function.clone())))?)
            }
            other => return Err(format!("Template format error: {} can be used in rules only", name_of(other))),
        }))
    }

    fn reference(&self, name: &str) -> Result<Option<Json>, String> {
        let pseudo = self.pseudo;
        let value = match name {
            "AWS::NoValue" => return Ok(None),
            "AWS::AccountId" => json!(pseudo.account),
            "AWS::NotificationARNs" => json!(pseudo.notification_arns),
            "AWS::Partition" => json!(pseudo.partition),
            "AWS::Region" => json!(pseudo.region),
            "AWS::StackId" => json!(pseudo.stack_id),
            "AWS::StackName" => json!(pseudo.stack_name),
            "AWS::URLSuffix" => json!(pseudo.url_suffix),
            _ => match self.parameters.get(name) {
                Some(value) => value.clone(),
                None => self.resources.reference(name)?,
            },
        };
        Ok(Some(value))
    }

    fn sub(&self, text: &str, variables: &Map) -> Result<String, String> {
        let mut filled = String::with_capacity(text.len());
        let mut rest = text;
        while let Some(start) = rest.find("${") {
            filled.push_str(&rest[..start]);
            let inner = &rest[start + 2..];
            let Some(end) = inner.find('}') else {
                filled.push_str(&rest[start..]);
                return self.resolve(&filled);
            };
            let name = &inner[..end];
            rest = &inner[end + 1..];
            if let Some(literal) = name.strip_prefix('!') {
                filled.push_str("${");
                filled.push_str(literal);
                filled.push('}');
                continue;
            }
            let name = name.trim();
            let value = match (variables.get(name), name.split_once('.')) {
                (Some(variable), _) => self.value(variable)?,
                (None, Some((logical_id, attribute))) => Some(self.resources.attribute(logical_id, attribute)?),
                (None, None) => self.reference(name)?,
            };
            let value = value.as_ref().and_then(text_of);
            filled.push_str(&value.ok_or_else(|| {
                format!("Template error: variable {name} in Fn::Sub expression does not resolve to a string")
            })?);
        }
        filled.push_str(rest);
        self.resolve(&filled)
    }

    fn select(&self, index: &Value, list: &Value) -> Result<Json, String> {
        let index = self.text(index, "Fn::Select")?;
        let list = match self.value(list)? {
            Some(Json::Array(items)) => items,
            Some(other) if is_unknown(&other) => return Ok(json!(UNKNOWN)),
            _ => return Err(malformed("Fn::Select")),
        };
        let place: Option<usize> = index.parse().ok();
        match place.and_then(|place| list.get(place)) {
            Some(Json::Null) => {
                Err("Template error: Fn::Select requires that the list contains no null values".to_owned())
            }
            Some(value) => Ok(value.clone()),
            None => Err(format!("Template error: Fn::Select cannot select nonexistent value at index {index}")),
        }
    }

    fn find_in_map(
        &self,
        map: &Value,
        top: &Value,
        second: &Value,
        default: Option<&Value>,
    ) -> Result<Option<Json>, String> {
        let [map, top, second] = [map, top, second].map(|key| self.text(key, "Fn::FindInMap"));
        let (map, top, second) = (map?, top?, second?);
        let found = self
            .template
            .mappings
            .get(&map)
            .and_then(Value::as_map)
            .and_then(|table| table.get(&top)?.as_map()?.get(&second));
        match (found, default) {
            (Some(value), _) | (None, Some(value)) => self.value(value),
            (None, None) if !self.template.mappings.contains_key(&map) => Err(format!(
                "Template error: Mapping named '{map}' is not present in the 'Mappings' section of template."
            )),
            (None, None) => Err(format!("Template error: Unable to get mapping for {map}::{top}::{second}")),
        }
    }

    fn cidr(&self, block: &Value, count: &Value, bits: Option<&Value>) -> Result<Json, String> {
        let block = self.text(block, "Fn::Cidr")?;
        if block.contains(UNKNOWN) {
            return Ok(json!(UNKNOWN));
        }
        let number = |value: &Value| self.text(value, "Fn::Cidr")?.parse::<u32>().map_err(|_| malformed("Fn::Cidr"));
        let count = number(count)?;
        if !(1..=256).contains(&count) {
            return Err(format!("Template error: Fn::Cidr takes a count from 1 to 256, not {count}"));
        }
        let bits = match bits {
            Some(bits) => number(bits)?,
            None => 8,
        };
        let blocks = cidr::cut(&block, count, bits).map_err(|reason| format!("Template error: Fn::Cidr: {reason}"))?;
        Ok(json!(blocks))
    }

    /// An argument that must be a text.
    pub(super) fn text(&self, value: &Value, function: &str) -> Result<String, String> {
        self.value(value)?.as_ref().and_then(text_of).ok_or_else(|| malformed(function))
    }

    fn list(&self, value: &Value, function: &str) -> Result<Vec<Json>, String> {
        match self.value(value)? {
            Some(Json::Array(items)) => Ok(items),
            Some(Json::String(text)) if text.contains(UNKNOWN) => Ok(vec![json!(UNKNOWN)]),
            _ => Err(malformed(function)),
        }
    }

    /// A condition.
    pub(super) fn truth(&self, value: &Value) -> Result<bool, String> {
        let no_condition = || {
            "Template format error: Conditions can only be boolean operations on parameters and other conditions"
                .to_owned()
        };
        let Some(function) = value.as_function() else {
            return match value {
                Value::Bool(value) => Ok(*value),
                Value::Map(map) => Err(map.keys().next().map_or_else(no_condition, |name| malformed(name))),
                _ => Err(no_condition()),
            };
        };
        let all = |conditions: &[Value], name: &str| match conditions.len() {
            2..=10 => conditions.iter().map(|condition| self.truth(condition)).collect::<Result<Vec<bool>, _>>(),
            _ => Err(malformed(name)),
        };
        match function {
            Function::And(conditions) => Ok(all(conditions, "Fn::And")?.into_iter().all(|holds| holds)),
            Function::Or(conditions) => Ok(all(conditions, "Fn::Or")?.into_iter().any(|holds| holds)),
            Function::Not(condition) => Ok(!self.truth(condition)?),
            Function::Condition(name) => self.condition(name),
            Function::Equals(one, other) => {
                let (one, other) = (self.value(one)?, self.value(other)?);
                // Texts and numbers are compared as texts: parameters are texts.
                let texts = (one.as_ref().and_then(text_of), other.as_ref().and_then(text_of));
                Ok(match texts {
                    (Some(one), Some(other)) => one == other,
                    _ => one == other,
                })
            }
            _ => Err(no_condition()),
        }
    }
}

fn name_of(function: &Function) -> &'static str {
    match function {
        Function::Contains(..) => "Fn::Contains",
        Function::EachMemberEquals(..) => "Fn::EachMemberEquals",
        Function::EachMemberIn(..) => "Fn::EachMemberIn",
        Function::RefAll(_) => "Fn::RefAll",
        Function::ValueOf(..) => "Fn::ValueOf",
        Function::ValueOfAll(..) => "Fn::ValueOfAll",
        _ => "the function",
    }
}

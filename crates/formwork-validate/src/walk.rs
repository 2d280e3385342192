//! Every value of a template, with its place.

use formwork_template::Value;
use formwork_template::function::Function;

/// Calls `visit` for `value` and all that is in it, the outermost first. `path` is the place of `value`, and as before at the end.
pub(crate) fn walk<'t>(value: &'t Value, path: &mut Vec<String>, visit: &mut dyn FnMut(&[String], &'t Value)) {
    visit(path, value);
    match value {
        Value::List(items) => {
            for (index, item) in items.iter().enumerate() {
                path.push(index.to_string());
                walk(item, path, visit);
                path.pop();
            }
        }
        Value::Map(entries) => {
            for (key, item) in entries {
                path.push(key.clone());
                walk(item, path, visit);
                path.pop();
            }
        }
        Value::Function(function) => {
            let length = path.len();
            path.push(function.name().to_owned());
            for (at, argument) in arguments(function) {
                path.extend(at.into_iter().map(str::to_owned));
                walk(argument, path, visit);
                path.truncate(length + 1);
            }
            path.truncate(length);
        }
        _ => {}
    }
}

/// Calls `visit` for each text that is written in `value`, with its place: those of `Fn::Sub` too, as they are written.
pub(crate) fn walk_texts<'t>(value: &'t Value, path: &mut Vec<String>, visit: &mut dyn FnMut(&[String], &'t str)) {
    walk(value, path, &mut |place, value| match value {
        Value::String(text) => visit(place, text),
        Value::Function(function) => {
            if let Function::Sub { text, .. } = &**function {
                visit(place, text);
            }
        }
        _ => {}
    });
}

/// The arguments that are values, with their places below the function's key.
pub(crate) fn arguments(function: &Function) -> Vec<(Vec<&str>, &Value)> {
    const INDEX: [&str; 10] = ["0", "1", "2", "3", "4", "5", "6", "7", "8", "9"];
    match function {
        Function::GetAtt { attribute, .. } => vec![(vec!["1"], attribute)],
        Function::Sub { variables, .. } => {
            variables.iter().map(|(key, value)| (vec!["1", key.as_str()], value)).collect()
        }
        Function::Join { values: value, .. } | Function::Split { source: value, .. } => vec![(vec!["1"], value)],
        Function::Select { index, list } => vec![(vec!["0"], index), (vec!["1"], list)],
        Function::If { then, otherwise, .. } => vec![(vec!["1"], then), (vec!["2"], otherwise)],
        Function::FindInMap { map, top_level_key, second_level_key, default } => {
            let mut all = vec![(vec!["0"], map), (vec!["1"], top_level_key), (vec!["2"], second_level_key)];
            all.extend(default.iter().map(|default| (vec!["3", "DefaultValue"], default)));
            all
        }
        Function::GetStackOutput { stack_name, output_name, region, role_arn } => {
            let mut all = vec![(vec!["StackName"], stack_name), (vec!["OutputName"], output_name)];
            all.extend(region.iter().map(|region| (vec!["Region"], region)));
            all.extend(role_arn.iter().map(|role| (vec!["RoleArn"], role)));
            all
        }
        Function::Transform { parameters, .. } => {
            parameters.iter().map(|parameters| (vec!["Parameters"], parameters)).collect()
        }
        Function::ImportValue(value)
        | Function::GetAzs(value)
        | Function::Base64(value)
        | Function::Length(value)
        | Function::ToJsonString(value) => vec![(Vec::new(), value)],
        // At most ten conditions; what is beyond is a mistake of its own.
        other => {
            let values = other.arguments().into_iter().enumerate();
            values.map(|(index, value)| (vec![INDEX[index.min(9)]], value)).collect()
        }
    }
}

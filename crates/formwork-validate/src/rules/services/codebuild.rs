//! Projects of CodeBuild: a role by its name is looked for at the path `/`.
//!
//! Source: CodeBuild API Reference, `CreateProject` (`serviceRole` is an ARN); of a name, CloudFormation makes an ARN without a
//! path.

use formwork_template::Value;
use formwork_template::function::Function;

use super::resource;
use crate::check::Check;
use crate::finding::{Finding, rule};
use crate::rules::path;

pub(super) fn role(check: &mut Check<'_, '_>, id: &str, type_name: &str, properties: &Value) {
    let role = properties.as_map().and_then(|map| map.get("ServiceRole")).and_then(Value::as_function);
    let Some(Function::Ref(role)) = role.filter(|_| type_name == "AWS::CodeBuild::Project") else { return };
    let Some(resource) = resource(check.template, role, "AWS::IAM::Role") else { return };
    let properties = resource.properties.to_value();
    let below = properties.as_map().and_then(|map| map.get("Path")).and_then(Value::as_str);
    if let Some(below) = below.filter(|path| *path != "/") {
        let at = path(&["Resources", id, "Properties", "ServiceRole", "Ref"]);
        let message = format!("the role `{role}` has the path `{below}`, and by its name it is not found there");
        let hint = format!("give its ARN: `Fn::GetAtt` of `{role}` and `Arn`");
        check.add(Finding::error(rule::ROLE_PATH, &at, message).value(role).hint(hint));
    }
}

//! No change by two reads: the stack and its template say that there is nothing to do, and no change set has to be made to hear the same.
//!
//! CloudFormation is asked wherever more than the template, the parameters and the tags decides: a macro or a nested stack brings
//! resources from elsewhere, a parameter of Systems Manager and another stack's output have values of their own, and a secret cannot be
//! compared.

use std::collections::BTreeMap;

use formwork_diff::Diff;
use formwork_model::secret;
use formwork_model::status::StackStatus;
use formwork_template::json::to_value;
use formwork_template::template::{Parameter, ParameterType};
use formwork_template::{Function, Template};

use crate::parameters::Setting;
use crate::stage::Found;
use crate::status::Reported;

/// True if the stack is certain to be as the new template and these settings make it. `diff` is what is known to differ.
pub(crate) fn is_certain(found: &Found, diff: &Diff, new: &Template, settings: &BTreeMap<String, Setting>) -> bool {
    use StackStatus as S;
    let Some((ready, template)) = found.ready().zip(found.template()) else { return false };
    let has_settled =
        matches!(ready.stack.status, Reported::Known(S::CreateComplete | S::UpdateComplete | S::ImportComplete));
    let gives_secret = secret::parameters(new).iter().any(|name| matches!(settings.get(name), Some(Setting::Value(_))));
    has_settled
        && ready.uncertain.is_empty()
        && !diff.is_change()
        && !gives_secret
        && is_whole(template)
        && is_whole(new)
}

/// True if the values and resources of a template depend on nothing outside of it but its parameters.
fn is_whole(template: &Template) -> bool {
    let brings_more = |name: &str| name == "AWS::CloudFormation::Stack" || name.ends_with("::MODULE");
    if template.transform.is_some()
        || template.resources.values().any(|resource| brings_more(resource.type_name.as_ref()))
        || template.parameters.values().any(has_value_elsewhere)
    {
        return false;
    }
    let mut is_whole = true;
    to_value(template).visit_functions(&mut |function| {
        let is_outside =
            matches!(function, Function::ImportValue(_) | Function::GetStackOutput { .. } | Function::Transform { .. });
        is_whole &= !is_outside;
    });
    is_whole
}

fn has_value_elsewhere(parameter: &Parameter) -> bool {
    matches!(&parameter.parameter_type, ParameterType::Other(name) if name.starts_with("AWS::SSM::Parameter::"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[track_caller]
    fn check(sections: &str, properties: &str, expected: bool) {
        let text = format!(
            r#"{{{sections}"Resources":{{"Topic":{{"Type":"AWS::SNS::Topic","Properties":{{"DisplayName":{properties}}}}}}}}}"#
        );
        assert_eq!(is_whole(&Template::from_json(&text).unwrap()), expected, "{text}");
    }

    #[test]
    fn what_comes_from_elsewhere_is_a_matter_of_the_service() {
        check("", r#""news""#, true);
        check(r#""Parameters":{"Name":{"Type":"String"}},"#, r#"{"Ref":"Name"}"#, true);
        check(r#""Parameters":{"Name":{"Type":"AWS::SSM::Parameter::Value<String>"}},"#, r#"{"Ref":"Name"}"#, false);
        check(r#""Transform":"AWS::Serverless-2016-10-31","#, r#""news""#, false);
        check("", r#"{"Fn::ImportValue":"name"}"#, false);
        check("", r#"{"Fn::Join":["",["a",{"Fn::GetStackOutput":{"StackName":"s","OutputName":"o"}}]]}"#, false);
        check("", r#"{"Fn::Transform":{"Name":"Tagger"}}"#, false);
    }
}

//! References between stacks that stand in the templates themselves: `Fn::ImportValue` and `Fn::GetStackOutput`. The assembly does not name
//! them, and a stack waits for their producers all the same.
//!
//! Sources: AWS CloudFormation Template Reference, `Fn::ImportValue` ("For each AWS account, Export names must be unique within a Region"),
//! `Fn::GetStackOutput`.

use std::collections::BTreeMap;

use formwork_assembly::{Assembly, StackArtifact, StackId};
use formwork_model::known::{Known, Pseudo};
use formwork_model::{Evaluator, Hole, Term, parameter};
use formwork_template::{Function, Template, Value};

/// Places of a consumer and of its producer in the assembly, for each such reference whose name can be worked out from the templates, those of
/// nested stacks among them.
pub(crate) fn references(assembly: &Assembly) -> Vec<(usize, usize)> {
    let texts = || assembly.stacks.iter().enumerate().flat_map(|(place, artifact)| written(assembly, place, artifact));
    let has_any =
        |one: &Written<'_>| ["Fn::ImportValue", "Fn::GetStackOutput"].iter().any(|name| one.text.contains(name));
    if !texts().any(|one| has_any(&one)) {
        return Vec::new();
    }
    let mut exports: BTreeMap<(&str, String), usize> = BTreeMap::new();
    for (template, one) in texts().filter_map(Written::read) {
        for name in template.outputs.values().filter_map(|output| output.export_name.as_ref()) {
            if let Some(name) = one.worked_out(name, &template) {
                exports.insert((one.region, name), one.place);
            }
        }
    }
    let mut found = Vec::new();
    for (template, one) in texts().filter(has_any).filter_map(Written::read) {
        let producer = |function: &Function| match function {
            Function::ImportValue(name) => exports.get(&(one.region, one.worked_out(name, &template)?)).copied(),
            Function::GetStackOutput { stack_name, region, .. } => {
                let region = match region {
                    Some(region) => one.worked_out(region, &template)?,
                    None => one.region.to_owned(),
                };
                let id = StackId::new(one.worked_out(stack_name, &template)?, region);
                assembly.stacks.iter().position(|stack| stack.id == id)
            }
            _ => None,
        };
        let mut look = |function: &Function| found.extend(producer(function).map(|producer| (one.place, producer)));
        formwork_template::json::to_value(&template).visit_functions(&mut look);
    }
    found.retain(|(consumer, producer)| consumer != producer);
    found.sort_unstable();
    found.dedup();
    found
}

/// A template of an assembly.
struct Written<'a> {
    /// The place of its stack, or of the one that its stack is nested in.
    place: usize,
    region: &'a str,
    /// The name of its stack; `None` of a nested one, which CloudFormation names.
    name: Option<&'a str>,
    text: &'a str,
}

/// The template of a stack, and those of the stacks nested in it.
fn written<'a>(assembly: &'a Assembly, place: usize, artifact: &'a StackArtifact) -> impl Iterator<Item = Written<'a>> {
    let region = artifact.region();
    let own = Written { place, region, name: Some(artifact.name()), text: &artifact.template };
    let nested = artifact.nested.iter().filter_map(move |nested| {
        Some(Written { place, region, name: None, text: assembly.nested_template(&artifact.id, nested)? })
    });
    std::iter::once(own).chain(nested)
}

impl Written<'_> {
    fn read(self) -> Option<(Template, Self)> {
        Some((Template::from_json(self.text).ok()?, self))
    }

    fn worked_out(&self, value: &Value, template: &Template) -> Option<String> {
        worked_out(value, template, self.region, self.name)
    }
}

/// The text that a value becomes in a stack of this region and name, with the defaults of its parameters; `None` where that is not known. The account
/// is one and the same for all stacks of a run.
pub(crate) fn worked_out(value: &Value, template: &Template, region: &str, stack: Option<&str>) -> Option<String> {
    let pseudo = Pseudo {
        account: "account".to_owned(),
        region: region.to_owned(),
        stack_name: stack.unwrap_or_default().to_owned(),
        ..Pseudo::default()
    };
    let known = Names { template, pseudo };
    let term = Evaluator::new(&template.conditions, &template.mappings, &known).value(value).ok()?;
    term.known_text()
}

struct Names<'t> {
    template: &'t Template,
    pseudo: Pseudo,
}

impl Known for Names<'_> {
    fn parameter(&self, name: &str) -> Option<Term> {
        let declared = self.template.parameters.get(name)?;
        Some(match declared.default.as_ref() {
            Some(Value::String(default)) => parameter::read(&declared.parameter_type, default),
            _ => Term::Hole(Hole::Parameter(name.to_owned())),
        })
    }

    fn pseudo(&self, name: &str) -> Term {
        let given = self.pseudo.get(name).filter(|term| *term != Term::text(""));
        given.unwrap_or_else(|| Term::Hole(Hole::Pseudo(name.to_owned())))
    }
}

#[cfg(test)]
mod tests {
    use formwork_assembly::{Asset, AssetSource, Location, NestedArtifact};

    use super::*;

    fn stack(name: &str, region: &str, template: &str) -> StackArtifact {
        StackArtifact { id: StackId::new(name, region), template: template.to_owned(), ..StackArtifact::default() }
    }

    const EXPORT: &str = r#"{"Resources":{"A":{"Type":"AWS::SNS::Topic"}},
        "Outputs":{"A":{"Value":"a","Export":{"Name":{"Fn::Sub":"${AWS::StackName}-${AWS::AccountId}-a"}}}}}"#;

    fn user(value: &str) -> String {
        format!(
            r#"{{"Parameters":{{"Of":{{"Type":"String","Default":"network"}}}},
                "Resources":{{"U":{{"Type":"AWS::SNS::Topic","Properties":{{"DisplayName":{value}}}}}}}}}"#
        )
    }

    #[test]
    fn names_are_worked_out() {
        for (value, expected) in [
            (r#"{"Fn::ImportValue":{"Fn::Sub":"${Of}-${AWS::AccountId}-a"}}"#, vec![(0, 1)]),
            (r#"{"Fn::ImportValue":{"Fn::Join":["-",["network",{"Ref":"AWS::AccountId"},"a"]]}}"#, vec![(0, 1)]),
            (r#"{"Fn::ImportValue":"network-b"}"#, vec![]),
            (r#"{"Fn::GetStackOutput":{"StackName":{"Ref":"Of"},"OutputName":"A"}}"#, vec![(0, 1)]),
            (r#"{"Fn::GetStackOutput":{"StackName":"network","OutputName":"A","Region":"eu-west-1"}}"#, vec![(0, 2)]),
            (r#"{"Fn::GetStackOutput":{"StackName":"user","OutputName":"A"}}"#, vec![]),
            (r#""text""#, vec![]),
        ] {
            let stacks = vec![
                stack("user", "us-east-1", &user(value)),
                stack("network", "us-east-1", EXPORT),
                stack("network", "eu-west-1", EXPORT),
            ];
            assert_eq!(references(&Assembly { stacks, ..Assembly::default() }), expected, "{value}");
        }
    }
    /// An export of a nested stack is one of the account and region as any other.
    #[test]
    fn nested_stacks_import_and_export_for_the_stack_that_they_are_in() {
        let inside = |name: &str, text: &str| {
            let stack = StackId::new(name, "us-east-1");
            let source = AssetSource::Content { bytes: text.as_bytes().to_vec(), extension: "json".to_owned() };
            let (id, parameter) = ("InnerTemplate".to_owned(), "InnerTemplateKey".to_owned());
            Asset { stack, id, parameter, source, exclude: Vec::new(), location: location() }
        };
        let outer = |name: &str| {
            let (path, asset) = ("Inner".to_owned(), "InnerTemplate".to_owned());
            let nested =
                NestedArtifact { path, asset, location: None, locations: Vec::new(), acknowledged: Vec::new() };
            StackArtifact { nested: vec![nested], ..stack(name, "us-east-1", r#"{"Resources":{}}"#) }
        };
        let export = EXPORT.replace(r#"{"Fn::Sub":"${AWS::StackName}-${AWS::AccountId}-a"}"#, r#""inner-a""#);
        let assembly = Assembly {
            stacks: vec![outer("user"), outer("network")],
            assets: vec![inside("user", &user(r#"{"Fn::ImportValue":"inner-a"}"#)), inside("network", &export)],
            ..Assembly::default()
        };
        assert_eq!(references(&assembly), [(0, 1)]);
    }

    fn location() -> Location {
        Location { file: "src/lib.rs".into(), line: 1 }
    }
}

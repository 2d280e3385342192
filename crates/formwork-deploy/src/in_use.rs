//! Resources that deployed stacks of the app use from each other, and those that a plan would replace or delete under them.
//!
//! A producer's operation ends before its consumer's begins, and CloudFormation deletes what it replaced or removed at the end
//! of an operation. So a consumer that still takes the old value is left with a resource that is gone: a distribution without
//! its certificate. Only what a policy retains is safe.
//!
//! Uses are read from the deployed stacks, not from the source, where the reference may be gone already: from the
//! parameters `<ProducerStackInPascalCase><LogicalId><Attr>`, and from `Fn::GetStackOutput`.

use std::borrow::Cow;
use std::collections::{BTreeMap, BTreeSet};
use std::fmt;

use formwork_assembly::{Assembly, StackArtifact, StackId};
use formwork_diff::{Diff, Impact};
use formwork_template::memory::Memory;
use formwork_template::reference::pascal_case;
use formwork_template::replaced::DELETED_FIRST;
use formwork_template::{Function, Template, Value, joined};

use crate::native;
use crate::stack::Deployed;

/// A resource that would be lost while other stacks use it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct InUse {
    /// The resource's name in the template.
    pub logical_id: String,
    /// Its type.
    pub type_name: String,
    /// The plan's impact on it.
    pub impact: Impact,
    /// The deployed stacks that use it, in the app's order.
    pub consumers: Vec<Consumer>,
}

/// A deployed stack that uses something of another one.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Consumer {
    /// Its name and region.
    pub id: StackId,
    /// True if it takes nothing of the kind any more once the app's template for it is deployed.
    pub lets_go: bool,
}

impl fmt::Display for InUse {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let verb = match self.impact {
            Impact::Destroy => "is deleted",
            Impact::MayDestroy => "may be deleted",
            Impact::MayReplace => "may be replaced",
            _ => "is replaced",
        };
        let consumers: Vec<String> =
            self.consumers.iter().map(|consumer| format!("`{}` ({})", consumer.id.name, consumer.id.region)).collect();
        let (consumers, plural) = (joined(&consumers), if consumers.len() == 1 { "s" } else { "" });
        write!(f, "`{}` ({}) {verb} while {consumers} use{plural} it", self.logical_id, self.type_name)?;
        let is_replaced = matches!(self.impact, Impact::Replace | Impact::MayReplace);
        match is_replaced && DELETED_FIRST.contains(&self.type_name.as_str()) {
            true => write!(f, ", and the old one of this type is deleted before the new one is created"),
            false => Ok(()),
        }
    }
}

/// A stack as it is deployed.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Live<'a> {
    pub(crate) artifact: &'a StackArtifact,
    pub(crate) deployed: &'a Deployed,
    pub(crate) template: Option<&'a Template>,
}

/// A deployed stack that is not part of the run.
#[derive(Debug)]
pub(crate) struct Other<'a> {
    pub(crate) artifact: Cow<'a, StackArtifact>,
    pub(crate) deployed: Deployed,
    pub(crate) template: Option<Template>,
}

/// Logical ids of a producer's resources, and the deployed stacks that use them.
pub(crate) type Users = BTreeMap<String, Vec<Consumer>>;

/// Resources of `producer` that the other stacks use.
pub(crate) fn users(assembly: &Assembly, producer: Live<'_>, others: &[Live<'_>]) -> Users {
    let mut consumers = Users::new();
    for other in others.iter().filter(|other| other.artifact.id != producer.artifact.id) {
        for (logical_id, names) in used(assembly, producer, *other) {
            // Of a template that takes the value on, the parameter is filled anew after the producer's operation.
            let kept = names.iter().any(|name| other.artifact.imports.iter().any(|import| import.parameter == *name));
            consumers
                .entry(logical_id)
                .or_default()
                // One that the app has no more is not deployed again.
                .push(Consumer {
                    lets_go: !names.is_empty() && !kept && assembly.stack(&other.artifact.id).is_some(),
                    id: other.artifact.id.clone(),
                });
        }
    }
    consumers
}

/// Those of the resources that `diff` would lose.
pub(crate) fn in_use(diff: &Diff, mut consumers: Users) -> Vec<InUse> {
    let in_use = diff.losses().filter_map(|resource| {
        Some(InUse {
            logical_id: resource.logical_id.clone(),
            type_name: resource.type_name.clone(),
            impact: resource.impact,
            consumers: consumers.remove(&resource.logical_id)?,
        })
    });
    in_use.collect()
}

/// True if `consumer` uses anything of `producer`.
pub(crate) fn uses(assembly: &Assembly, producer: Live<'_>, consumer: Live<'_>) -> bool {
    !used(assembly, producer, consumer).is_empty()
}

/// The logical ids of `producer` that `consumer` uses, each with the parameters through which it does.
fn used(assembly: &Assembly, producer: Live<'_>, consumer: Live<'_>) -> BTreeMap<String, Vec<String>> {
    let mut used: BTreeMap<String, Vec<String>> = BTreeMap::new();
    let Some(template) = producer.template else { return used };
    let prefix = pascal_case(producer.artifact.name());
    let declared = consumer.template.iter().flat_map(|template| template.parameters.keys().map(String::as_str));
    let filled = consumer.deployed.parameters.iter().map(|(key, _)| key.as_str());
    for parameter in declared.chain(filled).collect::<BTreeSet<_>>() {
        let Some(value) = parameter.strip_prefix(&prefix).filter(|value| !value.is_empty()) else { continue };
        if is_of_another(assembly, producer, consumer, parameter, value) {
            continue;
        }
        for logical_id in resources_behind(template, value) {
            used.entry(logical_id).or_default().push(parameter.to_owned());
        }
    }
    let read = consumer.template.map(|template| outputs_read(template, consumer.artifact, producer.artifact));
    let remembered = consumer.template.map(|template| Memory::read(template).uses).unwrap_or_default();
    let remembered = remembered.into_iter().filter(|one| one.producer == producer.artifact.id).map(|one| one.output);
    for output in read.unwrap_or_default().into_iter().chain(remembered) {
        for logical_id in resources_behind_output(template, &output) {
            used.entry(logical_id).or_default();
        }
    }
    used
}

/// Prefix of the names of outputs that other stacks take.
const EXPORT: &str = "Export";

/// True if the parameter's name fits stacks beside `producer` too, such as one of the same name in another region, and its
/// value is not this producer's.
fn is_of_another(assembly: &Assembly, producer: Live<'_>, consumer: Live<'_>, parameter: &str, value: &str) -> bool {
    let fitting = assembly
        .stacks
        .iter()
        .filter(|stack| stack.id != consumer.artifact.id && parameter.starts_with(&pascal_case(stack.name())));
    if fitting.count() < 2 {
        return false;
    }
    match (producer.deployed.output(&format!("{EXPORT}{value}")), consumer.deployed.parameter(parameter)) {
        (Some(given), Some(taken)) => given != taken,
        (None, Some(_)) => true,
        (_, None) => false,
    }
}

/// The resources that the output `Export<value>` refers to; without that output, the one whose logical id `value` begins with.
fn resources_behind(template: &Template, value: &str) -> Vec<String> {
    resources_behind_output(template, &format!("{EXPORT}{value}"))
}

/// The resources that an output refers to; without it, by the name of one that synth makes, the one whose logical id follows `Export`.
fn resources_behind_output(template: &Template, name: &str) -> Vec<String> {
    let mut found = BTreeSet::new();
    if let Some(output) = template.outputs.get(name) {
        output.value.visit_functions(&mut |function| match function {
            Function::Ref(name) if template.resources.contains_key(name.as_str()) => {
                found.insert(name.clone());
            }
            Function::GetAtt { logical_id, .. } => {
                found.insert(logical_id.clone());
            }
            _ => {}
        });
    }
    if let (true, Some(value)) = (found.is_empty(), name.strip_prefix(EXPORT)) {
        let fitting = template.resources.keys().filter(|id| value.len() > id.len() && value.starts_with(id.as_str()));
        found.extend(fitting.max_by_key(|id| id.len()).cloned());
    }
    found.into_iter().collect()
}

/// True if the template itself takes values of other stacks: exports, or outputs.
pub(crate) fn reads_by_itself(template: &Template) -> bool {
    template.resources.values().any(|resource| reads(&resource.properties.to_value()))
        || template.outputs.values().any(|output| reads(&output.value))
}

/// The same of a value.
pub(crate) fn reads(value: &Value) -> bool {
    let mut reads = false;
    value.visit_functions(&mut |function| {
        reads |= matches!(function, Function::ImportValue(_) | Function::GetStackOutput { .. });
    });
    reads
}

/// The outputs of `producer` that the template of `consumer` reads by `Fn::GetStackOutput`. Without a region, that is the consumer's own.
fn outputs_read(template: &Template, consumer: &StackArtifact, producer: &StackArtifact) -> BTreeSet<String> {
    let mut outputs = BTreeSet::new();
    let worked_out = |value: &Value| native::worked_out(value, template, consumer.region(), Some(consumer.name()));
    let mut note = |function: &Function| {
        let Function::GetStackOutput { stack_name, output_name, region, .. } = function else { return };
        let region = region.as_ref().map_or_else(|| Some(consumer.region().to_owned()), worked_out);
        let is_of_producer =
            worked_out(stack_name).as_deref() == Some(producer.name()) && region.as_deref() == Some(producer.region());
        outputs.extend(worked_out(output_name).filter(|_| is_of_producer));
    };
    for resource in template.resources.values() {
        resource.properties.to_value().visit_functions(&mut note);
    }
    template.outputs.values().for_each(|output| output.value.visit_functions(&mut note));
    outputs
}

#[cfg(test)]
mod tests {
    use formwork_model::status::StackStatus;

    use super::*;
    use crate::status::Reported;

    fn deployed(parameters: &[(&str, &str)]) -> Deployed {
        Deployed {
            id: String::new(),
            updated: None,
            status: Reported::Known(StackStatus::UpdateComplete),
            outputs: Vec::new(),
            parameters: parameters.iter().map(|(key, value)| ((*key).to_owned(), (*value).to_owned())).collect(),
            tags: Vec::new(),
            notification_arns: Vec::new(),
            termination_protection: false,
        }
    }

    fn stack(name: &str) -> StackArtifact {
        StackArtifact { id: StackId::new(name, "us-east-1"), ..StackArtifact::default() }
    }

    const PRODUCER: &str = r#"{"Resources":{"Note":{"Type":"AWS::SSM::Parameter"},"NoteTable":{"Type":"AWS::DynamoDB::Table"}},
        "Outputs":{"ExportNoteTableArn":{"Value":{"Fn::GetAtt":["NoteTable","Arn"]}},"ExportNoteName":{"Value":{"Ref":"Note"}}}}"#;

    /// The resources of `t4-edge` that a consumer with these parameters and this template uses.
    #[track_caller]
    fn check(producer: &str, parameters: &[&str], template: &str, expected: &[&str]) {
        let (edge, site) = (stack("t4-edge"), stack("t4-site"));
        let assembly = Assembly { stacks: vec![edge.clone(), site.clone()], ..Assembly::default() };
        let (producer, consumer) = (Template::from_json(producer).unwrap(), Template::from_json(template).unwrap());
        let nothing = deployed(&[]);
        let filled = deployed(&parameters.iter().map(|key| (*key, "x")).collect::<Vec<_>>());
        let producer = Live { artifact: &edge, deployed: &nothing, template: Some(&producer) };
        let consumer = Live { artifact: &site, deployed: &filled, template: Some(&consumer) };
        let used: Vec<String> = used(&assembly, producer, consumer).into_keys().collect();
        assert_eq!(used, expected);
    }

    #[test]
    fn what_a_deployed_stack_uses_is_read_from_its_parameters() {
        let empty = r#"{"Resources":{}}"#;
        check(PRODUCER, &["T4EdgeNoteName"], empty, &["Note"]);
        check(PRODUCER, &["T4EdgeNoteTableArn", "T4EdgeNoteName"], empty, &["Note", "NoteTable"]);
        // The template declares it, and the description of the stack leaves it out.
        check(
            PRODUCER,
            &[],
            r#"{"Parameters":{"T4EdgeNoteTableArn":{"Type":"String"}},"Resources":{}}"#,
            &["NoteTable"],
        );
        // The output has another name by now: the logical id tells, the longest that fits.
        let without_outputs =
            r#"{"Resources":{"Note":{"Type":"AWS::SSM::Parameter"},"NoteTable":{"Type":"AWS::DynamoDB::Table"}}}"#;
        check(without_outputs, &["T4EdgeNoteTableArn"], empty, &["NoteTable"]);
        check(without_outputs, &["T4EdgeNoteType"], empty, &["Note"]);
        // Nothing of the kind.
        check(PRODUCER, &["T4Edge", "T4EdgeOther", "EdgeNoteName", "T4SiteNoteName", "Size"], empty, &[]);
    }

    #[test]
    fn what_a_deployed_stack_reads_by_get_stack_output_is_used() {
        let reads = |name: &str, region: &str| {
            format!(
                r#"{{"Resources":{{"Copy":{{"Type":"AWS::SSM::Parameter","Properties":{{"Value":{{"Fn::GetStackOutput":
                {{"StackName":"{name}","OutputName":"ExportNoteTableArn","Region":"{region}"}}}}}}}}}}}}"#
            )
        };
        check(PRODUCER, &[], &reads("t4-edge", "us-east-1"), &["NoteTable"]);
        check(PRODUCER, &[], &reads("t4-edge", "eu-west-1"), &[]);
        check(PRODUCER, &[], &reads("t5-edge", "us-east-1"), &[]);
        // An output by any name, of a stack whose name is worked out, in the consumer's region.
        let own =
            r#"{"Resources":{"Note":{"Type":"AWS::SSM::Parameter"}},"Outputs":{"Shared":{"Value":{"Ref":"Note"}}}}"#;
        let by_any_name = |stack: &str| {
            format!(
                r#"{{"Parameters":{{"Of":{{"Type":"String","Default":"t4"}}}},"Resources":{{"Copy":{{"Type":"AWS::SSM::Parameter",
                "Properties":{{"Value":{{"Fn::GetStackOutput":{{"StackName":{stack},"OutputName":"Shared"}}}}}}}}}}}}"#
            )
        };
        check(own, &[], &by_any_name(r#""t4-edge""#), &["Note"]);
        check(own, &[], &by_any_name(r#"{"Fn::Sub":"${Of}-edge"}"#), &["Note"]);
        check(own, &[], &by_any_name(r#""t5-edge""#), &[]);
    }
}

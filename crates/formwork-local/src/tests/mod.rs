//! Whole courses of operations, without a wire: each call goes through the table of operations, as one over HTTP does.
//! Sources of what is expected are named at the tests.

mod agreement;
mod associations;
mod change_sets;
mod consequences;
mod drift;
mod every_type;
mod existing;
mod express;
mod failures;
mod faults;
mod functions;
mod lifecycle;
mod monitor;
mod nested;
mod objects;
mod own_types;
mod preview;
mod properties;
mod rules;
mod secrets;
mod special;
mod state;
mod store;

use std::sync::Arc;

use formwork_schema::facts::Registry;
use percent_encoding::{NON_ALPHANUMERIC, utf8_percent_encode};
use serde_json::{Value as Json, json};

use crate::api::{self, Request};
use crate::faults::Faults;
use crate::machine;
use crate::objects::Objects;
use crate::protocol::Form;
use crate::time::Hand;
use crate::world::World;

/// An engine without disk and wire.
pub(super) struct Local {
    pub(super) world: World,
    pub(super) clock: Arc<Hand>,
}

impl Local {
    pub(super) fn new() -> Self {
        Self::with_faults(json!({ "seed": 1 }))
    }

    pub(super) fn with_faults(faults: Json) -> Self {
        Self::with(faults, Registry::new())
    }

    pub(super) fn with(faults: Json, registry: Registry) -> Self {
        let faults: Faults = serde_json::from_value(faults).unwrap();
        let objects = Objects::in_memory();
        let clock = Arc::new(Hand::new());
        Local { world: World::new(Vec::new(), Arc::new(registry), faults, None, objects, clock.clone()), clock }
    }

    /// Puts a template, whose URL is `http://any.host/t/` and its key.
    pub(super) fn put(&self, key: &str, template: &str) {
        self.world.objects.put("t", key, template.as_bytes().to_vec(), self.world.now()).unwrap();
    }

    /// As slow as AWS: time passes by [`Local::wait`] alone.
    pub(super) fn slow(mut self) -> Self {
        self.world.speed = Some(1.0);
        self
    }

    pub(super) fn wait(&mut self, seconds: u64) {
        self.clock.pass(seconds * 1_000);
        machine::tick(&mut self.world);
    }

    /// Logical ids and physical ids of what is there.
    pub(super) fn there(&mut self, stack: &str) -> Vec<String> {
        let answer = self.us("ListStackResources", &[("StackName", stack)]).unwrap();
        let all = answer["StackResourceSummaries"].as_array().unwrap();
        all.iter().map(|one| format!("{} {}", one["LogicalResourceId"], one["PhysicalResourceId"])).collect()
    }

    /// A call; the refusal as `Code: message`.
    #[track_caller]
    pub(super) fn call(&mut self, region: &str, action: &str, fields: &[(&str, &str)]) -> Result<Json, String> {
        let body: Vec<String> = fields
            .iter()
            .map(|(name, value)| format!("{name}={}", utf8_percent_encode(value, NON_ALPHANUMERIC)))
            .collect();
        let form = Form::read(body.join("&").as_bytes()).unwrap();
        let result = api::answer(&mut self.world, action, &Request { form: &form, region });
        machine::tick(&mut self.world);
        result.map_err(|error| format!("{}: {}", error.code, error.message))
    }

    pub(super) fn us(&mut self, action: &str, fields: &[(&str, &str)]) -> Result<Json, String> {
        self.call("us-east-1", action, fields)
    }

    pub(super) fn create(&mut self, stack: &str, template: &Json) -> Result<Json, String> {
        self.us("CreateStack", &[("StackName", stack), ("TemplateBody", &template.to_string())])
    }

    pub(super) fn update(&mut self, stack: &str, template: &Json) -> Result<Json, String> {
        self.us("UpdateStack", &[("StackName", stack), ("TemplateBody", &template.to_string())])
    }

    pub(super) fn status(&mut self, stack: &str) -> String {
        match self.us("DescribeStacks", &[("StackName", stack)]) {
            Ok(answer) => answer["Stacks"][0]["StackStatus"].as_str().unwrap().to_owned(),
            Err(error) => error,
        }
    }

    /// The events, the oldest first, a line each.
    pub(super) fn events(&mut self, stack: &str) -> String {
        let answer = self.us("DescribeStackEvents", &[("StackName", stack)]).unwrap();
        let line = |event: &Json| {
            let text = |name: &str| event[name].as_str().unwrap_or_default().to_owned();
            format!("{} {} {}", text("LogicalResourceId"), text("ResourceStatus"), text("ResourceStatusReason"))
                .trim_end()
                .to_owned()
        };
        let lines: Vec<String> = answer["StackEvents"].as_array().unwrap().iter().rev().map(line).collect();
        lines.join("\n")
    }

    /// The changes of a change set of this template.
    pub(super) fn changes(&mut self, stack: &str, kind: &str, fields: &[(&str, &str)]) -> Json {
        let fields: Vec<(&str, &str)> = [("StackName", stack), ("ChangeSetName", "c"), ("ChangeSetType", kind)]
            .into_iter()
            .chain(fields.iter().copied())
            .collect();
        self.us("CreateChangeSet", &fields).unwrap();
        self.us("DescribeChangeSet", &[("StackName", stack), ("ChangeSetName", "c"), ("IncludePropertyValues", "true")])
            .unwrap()
    }
}

/// The changes of a change set, a line for each and for each of its details.
pub(super) fn told(set: &Json) -> String {
    let Some(changes) = set["Changes"].as_array().filter(|changes| !changes.is_empty()) else {
        return set["StatusReason"].as_str().unwrap_or("nothing but outputs").to_owned();
    };
    let mut lines = Vec::new();
    for change in changes {
        let change = &change["ResourceChange"];
        let text = |name: &str| change[name].as_str().unwrap_or("-").to_owned();
        let scope: Vec<&str> = change["Scope"].as_array().unwrap().iter().filter_map(Json::as_str).collect();
        let scope = scope.join(" ");
        lines.push(format!("{} {} {} {scope}", text("LogicalResourceId"), text("Action"), text("Replacement")));
        for detail in change["Details"].as_array().unwrap() {
            let target = &detail["Target"];
            let text = |value: &Json| value.as_str().unwrap_or("-").to_owned();
            lines.push(format!(
                "  {} {} {}: {} {} {} -> {}",
                text(&detail["ChangeSource"]),
                text(&detail["Evaluation"]),
                text(&detail["CausingEntity"]),
                target["Path"].as_str().or(target["Attribute"].as_str()).unwrap(),
                text(&target["RequiresRecreation"]),
                text(&target["BeforeValue"]),
                text(&target["AfterValue"]),
            ));
        }
    }
    lines.join("\n")
}

/// The events of a stack, also of one that is gone.
pub(super) fn events_of(stack: &crate::model::Stack) -> String {
    let line = |event: &crate::model::Event| {
        let status = event.status.map_or("", crate::status::EventStatus::as_str);
        format!("{} {} {status} {}", event.logical_id, event.type_name, event.reason.as_deref().unwrap_or_default())
    };
    stack.events.iter().map(line).collect::<Vec<_>>().join("\n")
}

/// A distribution as small as its schema lets it be, and what `more` says of its configuration.
pub(super) fn distribution(more: Json) -> Json {
    let mut config = json!({
        "Enabled": true,
        "DefaultCacheBehavior": { "TargetOriginId": "o", "ViewerProtocolPolicy": "https-only" },
        "Origins": [{ "Id": "o", "DomainName": "o.example", "CustomOriginConfig": { "OriginProtocolPolicy": "http-only" } }],
    });
    config.as_object_mut().unwrap().extend(more.as_object().unwrap().clone());
    json!({ "Type": "AWS::CloudFront::Distribution", "Properties": { "DistributionConfig": config } })
}

/// A template of these resources.
pub(super) fn template(resources: Json) -> Json {
    json!({ "Resources": resources })
}

/// A topic of this display name.
pub(super) fn topic(name: Json) -> Json {
    json!({ "Type": "AWS::SNS::Topic", "Properties": { "DisplayName": name } })
}

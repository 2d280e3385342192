//! Interface endpoints of a VPC: of one service, one has the service's own name.
//!
//! Source: AWS PrivateLink User Guide, "Access an AWS service using an interface VPC endpoint": "you can't create two interface
//! endpoints with private DNS names for one service in a VPC", which fails with "conflicting DNS domain".

use std::collections::BTreeMap;

use serde_json::Value as Json;

use crate::check::{Check, Parts};
use crate::finding::{Finding, rule};
use crate::instance::{Reader, refers};
use crate::placeholder::spelled;
use crate::rules::{choices, macros, path};
use crate::scenario::Scenario;

pub(crate) fn check(check: &mut Check<'_, '_>, parts: &Parts) {
    let template = check.template;
    let mut first: BTreeMap<(String, String), &str> = BTreeMap::new();
    for (id, resource) in &template.resources {
        if resource.type_name != "AWS::EC2::VPCEndpoint" || macros::rewrites(template, resource) {
            continue;
        }
        let Some(properties) = parts.properties.get(id) else { continue };
        let mut reader = Reader { setting: check.setting(), scenario: &Scenario::new(), schemas: check.schemas };
        let Some(instance) = reader.read(properties) else { continue };
        let is = |key: &str, wanted: Json| instance.get(key) == Some(&wanted);
        let has_name = is("PrivateDnsEnabled", true.into()) || is("PrivateDnsEnabled", "true".into());
        let Some(service) = instance
            .get("ServiceName")
            .and_then(spelled)
            .filter(|_| has_name && is("VpcEndpointType", "Interface".into()))
        else {
            continue;
        };
        let vpc = instance.get("VpcId").map(|vpc| refers(vpc).map_or_else(|| vpc.to_string(), |(id, _)| id.to_owned()));
        let Some(vpc) = vpc else { continue };
        let Some(other) = first.get(&(vpc.clone(), service.to_owned())) else {
            first.insert((vpc, service.to_owned()), id);
            continue;
        };
        let message = format!("the endpoint `{other}` has the private DNS name of `{service}` in this VPC already");
        let at = path(&["Resources", id, "Properties", "PrivateDnsEnabled"]);
        let finding = Finding::error(rule::SAME_RESOURCE, &at, message).value("true").allowed("`true` for one of them");
        let of_other = template.resources.get(*other).and_then(|resource| resource.condition.as_deref());
        let conditions = [resource.condition.as_deref(), of_other];
        let when = conditions.into_iter().flatten().map(|name| (name, true)).collect();
        choices::add_when(check, finding, conditions[0], &when);
    }
}

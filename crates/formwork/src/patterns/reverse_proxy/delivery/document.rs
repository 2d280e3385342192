//! Delivery by Systems Manager: a document with the script, and an association that runs it with the files.
//!
//! The document never changes with the files, and the association's parameters do: CloudFormation waits for an association, and rolls back
//! if it fails, only when the association itself has changed. A parameter's value is put into the text of the script, so each has a
//! pattern that lets no quote through.
//!
//! Sources: AWS Systems Manager User Guide, "Data elements and parameters" (`allowedPattern`) and "Command document plugin reference"
//! (`aws:runShellScript`); API Reference, `CreateDocument` (64 KB) and `CreateAssociation` (`InstanceId` is not for documents of schema
//! 2.0 or later); CloudFormation Template Reference, "AWS::SSM::Association" (`WaitForSuccessTimeoutSeconds`) and "AWS::SSM::Document"
//! (`UpdateMethod`); the document `AWS-RunShellScript` (a parameter as `timeoutSeconds`, of at most 172,800, whose pattern is that of
//! [`TIMEOUT`]).

use formwork_assembly::{Carrier, Switch};
use formwork_template::{Map, Parameter, ParameterType, Val, Value, function, json};

use super::{Delivery, values};
use crate::patterns::reverse_proxy::files;
use crate::patterns::reverse_proxy::settings::ReverseProxy;
use crate::patterns::reverse_proxy::upstream::Color;
use crate::{Handle, Scope, Untyped};

/// Parameters of the document, by the script's names for them, with what each may be.
const PARAMETERS: &[(&str, &str, &str)] = &[
    ("active", "Active", "^(blue|green)$"),
    ("digest", "Digest", "^[0-9a-f]{16}$"),
    ("blue", "Blue", "^[A-Za-z0-9._-]+:[0-9]+$"),
    ("green", "Green", "^[A-Za-z0-9._-]+:[0-9]+$"),
    ("directory", "Directory", "^(/[A-Za-z0-9._-]+)+$"),
    ("container", "Container", "^[A-Za-z0-9_.-]*$"),
    ("host", "Host", "^[A-Za-z0-9.-]+$"),
    ("port", "Port", "^[0-9]+$"),
    ("health", "Health", "^/[A-Za-z0-9/_.~@:+,-]*$"),
    ("check", "Check", "^/[A-Za-z0-9/_.~@:+,-]*$"),
    ("drain", "Drain", "^[0-9]+$"),
    ("secrets", "Secrets", "^[A-Za-z0-9:/_+=.@ -]*$"),
];

/// The files, by the names of the script's functions that write them.
const FILES: &[(&str, &str, &str)] =
    &[("conf", "Conf", "conf/nginx.conf"), ("compose", "Compose", "docker-compose.yml")];

/// The time after which the agent ends the script: that after which CloudFormation takes the delivery to have failed, so that neither
/// gives it up before the other does. It is not the script's own.
const TIMEOUT: (&str, &str) = ("Timeout", "^([1-9][0-9]{0,4}|1[0-6][0-9]{4}|17[01][0-9]{3}|172[0-7][0-9]{2}|172800)$");

/// Parameters that an nginx outside of docker, or an open one, does without.
const OPTIONAL: &[&str] = &["Container", "Compose", "Secrets"];

/// Pattern of base64.
const BASE64: &str = "^[A-Za-z0-9+/=]*$";

/// Adds parameter, document and association, and says how the files travel.
pub(crate) fn add<R>(
    proxy: &ReverseProxy,
    delivery: &Delivery,
    instance_id: &Val<String>,
    scope: &mut Scope<R>,
) -> Handle<Untyped, R> {
    let parameter = Parameter {
        parameter_type: ParameterType::String,
        default: Some(proxy.active.as_str().into()),
        allowed_values: Some([Color::Blue, Color::Green].map(|color| color.as_str().into()).into()),
        description: Some("The backend that gets the requests; `cargo formwork switch` changes it".to_owned()),
        ..Parameter::default()
    };
    let active: Val<String> = scope.parameter("Active", parameter);
    let parameter = format!("{}Active", scope.logical_id());
    let document = scope.add(
        "Document",
        Untyped::new(
            "AWS::SSM::Document",
            json!({ "Content": (content()), "DocumentType": "Command", "UpdateMethod": "Replace" }),
        ),
    );
    // No name of a user has a `$`, so nothing in them is a hole by accident.
    let digest = files::digest(proxy);
    let files = files::render(proxy, &format!("${{{parameter}}}"), &digest);
    let mut given = Map::new();
    let mut give = |name: &str, value: Value| {
        // An empty value is the document's default.
        if value.as_str() != Some("") {
            given.insert(name.to_owned(), Value::List(vec![value]));
        }
    };
    give("Active", active.into());
    give("Digest", digest.into());
    give(TIMEOUT.0, delivery.timeout.as_secs().to_string().into());
    if proxy.is_closed() {
        give("Secrets", function::join(" ", proxy.origin_secret_arns.clone()).into());
    }
    for (name, value) in values(proxy, delivery) {
        if let Some((_, parameter, _)) = PARAMETERS.iter().find(|(it, ..)| *it == name) {
            give(parameter, value.into());
        }
    }
    let (stack, association) = (scope.stack_id().clone(), format!("{}Delivery", scope.logical_id()));
    for (_, name, path) in FILES {
        let Some((_, content)) = files.iter().find(|(it, _)| it == path) else { continue };
        let pointer = format!("/Resources/{association}/Properties/Parameters/{name}/0/Fn::Base64");
        scope.carrier(path, Carrier::Template { stack: stack.clone(), pointer });
        let is_open = content.contains("${");
        let text = if is_open { function::sub(content.as_str()).into() } else { Value::from(content.as_str()) };
        give(name, function::base64(text).into());
    }
    let instance_id: Value = instance_id.clone().into();
    let delivered = scope.add(
        "Delivery",
        Untyped::new(
            "AWS::SSM::Association",
            json!({
                "Name": (Value::from(document.ref_value())),
                "Parameters": (Value::Map(given)),
                "Targets": [{ "Key": "InstanceIds", "Values": [(instance_id)] }],
                "WaitForSuccessTimeoutSeconds": (delivery.timeout.as_secs()),
            }),
        ),
    );
    let digest_at = format!("/Resources/{association}/Properties/Parameters/Digest/0");
    scope.switch(Switch { parameter, digest_at, health: proxy.health_url() });
    delivered
}

/// The document: the same for every proxy.
fn content() -> Value {
    let texts = PARAMETERS.iter().map(|(_, name, pattern)| (*name, *pattern));
    let files = FILES.iter().map(|(_, name, _)| (*name, BASE64));
    let parameters: Map = texts
        .chain(files)
        .chain([TIMEOUT])
        .map(|(name, pattern)| {
            let parameter = match OPTIONAL.contains(&name) {
                true => json!({ "type": "String", "default": "", "allowedPattern": pattern }),
                false => json!({ "type": "String", "allowedPattern": pattern }),
            };
            (name.to_owned(), parameter)
        })
        .collect();
    // Comments are for readers of the source: a document has 64 KB, with its parameters.
    let lines: Vec<Value> = script()
        .lines()
        .map(str::trim_start)
        .filter(|line| !line.is_empty() && (line.starts_with("#!") || !line.starts_with('#')))
        .map(Value::from)
        .collect();
    json!({
        "schemaVersion": "2.2",
        "description": "Brings the files of a site to its nginx",
        "parameters": (Value::Map(parameters)),
        "mainSteps": [{
            "action": "aws:runShellScript",
            "name": "deliver",
            "precondition": { "StringEquals": ["platformType", "Linux"] },
            "inputs": { "timeoutSeconds": (format!("{{{{ {} }}}}", TIMEOUT.0)), "runCommand": (Value::List(lines)) },
        }],
    })
}

/// The script as the document has it, with names of parameters where values will be.
fn script() -> String {
    let mut text = "#!/bin/sh\nset -u\n".to_owned();
    for (name, parameter, _) in PARAMETERS {
        text += &format!("{name}='{{{{ {parameter} }}}}'\n");
    }
    for (name, parameter, _) in FILES {
        text += &format!("{name}() {{ printf '%s' '{{{{ {parameter} }}}}' | base64 -d; }}\n");
    }
    text + &super::script_text()
}

//! Tasks of ECS.
//!
//! Source: ECS Developer Guide, "Task definition parameters", `hostPort`: in the network mode `awsvpc` it is the container's port, or is
//! left out.

use super::{At, Errors};
use crate::finding::rule;

pub(super) fn task_definition(at: &At<'_>, errors: &mut Errors) {
    if at.get("NetworkMode").is_none_or(|mode| mode.text() != Some("awsvpc")) {
        return;
    }
    let containers = at.get("ContainerDefinitions").map(|list| list.items()).unwrap_or_default();
    let mappings = containers.iter().filter_map(|container| container.get("PortMappings"));
    for mapping in mappings.flat_map(|list| list.items()) {
        let ports = mapping.get("HostPort").zip(mapping.get("ContainerPort"));
        let Some((host, container)) = ports else { continue };
        if let Some((own, inner)) = host.integer().zip(container.integer())
            && own != inner
        {
            let wrong = host.wrong(rule::PROPERTY_VALUE, "{} is {value}, and the container's port is another one");
            errors.push(wrong.allowed(format!("`{inner}`")).hint("in the network mode `awsvpc`, leave `HostPort` out"));
        }
    }
}

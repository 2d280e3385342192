//! Resources that need each other, so that none can be created first.

use formwork_template::graph::Graph;

use crate::check::Check;
use crate::finding::{Finding, rule};
use crate::rules::path;

/// `needs` has a node for each resource, in the template's order.
pub(crate) fn check(check: &mut Check<'_, '_>, needs: &Graph) {
    let ids: Vec<&str> = check.template.resources.keys().map(String::as_str).collect();
    for cycle in needs.cycles() {
        let cycle: Vec<&str> = cycle.iter().filter_map(|node| ids.get(*node).copied()).collect();
        let Some(first) = cycle.first() else { continue };
        let chain = cycle.iter().chain([first]).map(|id| format!("`{id}`")).collect::<Vec<_>>().join(" → ");
        let message = match cycle.as_slice() {
            [own] => format!("`{own}` refers to itself"),
            _ => format!("resources need each other: {chain}"),
        };
        let hint =
            "take one of the references out, or move it to a resource of its own, such as a rule of a security group";
        check.add(Finding::error(rule::CIRCULAR, &path(&["Resources", first]), message).hint(hint));
    }
}

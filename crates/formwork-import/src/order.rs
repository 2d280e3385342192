//! The order in which resources are added: as in the template, but after those that they refer to.

use std::collections::BTreeSet;

use formwork_model::references::names_of;
use formwork_template::graph::Graph;
use formwork_template::{Function, Resource, Template, Value};

/// The logical ids, each after those that it refers to, as far as that can be.
pub(crate) fn order(template: &Template) -> Vec<&str> {
    let resources = &template.resources;
    let mut graph = Graph::new(resources.len());
    for (node, resource) in resources.values().enumerate() {
        let needed = needs(resource);
        needed.iter().filter_map(|id| resources.get_index_of(id)).for_each(|other| graph.add(node, other));
    }
    let order = graph.order().into_iter().filter_map(|node| resources.get_index(node));
    order.map(|(id, _)| id.as_str()).collect()
}

/// The logical ids for which the source needs a handle: what a text of `Fn::Sub` names needs none.
fn needs(resource: &Resource) -> BTreeSet<String> {
    let mut found: BTreeSet<String> = resource.depends_on.iter().cloned().collect();
    let mut visit = |value: &Value| {
        value.visit_functions(&mut |function| {
            if !matches!(function, Function::Sub { .. }) {
                names_of(function, &mut |named| found.extend(named.logical_id().map(str::to_owned)));
            }
        });
    };
    visit(&resource.properties.to_value());
    let options = [&resource.creation_policy, &resource.update_policy].into_iter().flatten();
    options.chain(resource.metadata.values()).chain(resource.others.values()).for_each(&mut visit);
    found
}

#[cfg(test)]
mod tests {
    use formwork_template::Template;

    use super::order;

    #[track_caller]
    fn check(resources: &str, expected: &[&str]) {
        let template = Template::from_text(&format!("Resources: {{{resources}}}")).unwrap();
        assert_eq!(order(&template), expected);
    }

    #[test]
    fn what_is_referred_to_comes_first() {
        check("B: {Type: T}, A: {Type: T}", &["B", "A"]);
        check(
            "A: {Type: T, Properties: {P: !GetAtt C.Arn}}, B: {Type: T}, C: {Type: T, DependsOn: B}",
            &["B", "C", "A"],
        );
        // `Fn::Sub` names resources in its text, which needs no handle.
        check("A: {Type: T, Properties: {P: !Sub '${B}'}}, B: {Type: T}", &["A", "B"]);
    }

    #[test]
    fn a_circle_is_broken_where_it_closes() {
        check(
            "A: {Type: T, DependsOn: B}, B: {Type: T, DependsOn: A}, C: {Type: T, Metadata: {M: !Ref C}}",
            &["B", "A", "C"],
        );
    }
}

//! The order in which resources are added: as in the template, but after those that they refer to.

use std::collections::{BTreeMap, BTreeSet};

use formwork_template::{Function, IndexMap, Resource, Template, Value};

/// The logical ids, each after those that it refers to, as far as that can be.
pub(crate) fn order(template: &Template) -> Vec<&str> {
    let resources = &template.resources;
    let needs: BTreeMap<&str, BTreeSet<&str>> =
        resources.iter().map(|(id, resource)| (id.as_str(), needs(id, resource, resources))).collect();
    let mut open: Vec<&str> = resources.keys().map(String::as_str).collect();
    let mut done = BTreeSet::new();
    let mut order = Vec::new();
    while !open.is_empty() {
        let is_ready = |id: &&str| needs.get(id).is_none_or(|needs| needs.is_subset(&done));
        // When resources need each other, one has to be the first.
        let place = open.iter().position(is_ready).unwrap_or(0);
        let id = open.remove(place);
        done.insert(id);
        order.push(id);
    }
    order
}

fn needs<'t>(id: &str, resource: &Resource, resources: &'t IndexMap<String, Resource>) -> BTreeSet<&'t str> {
    let mut found = BTreeSet::new();
    let mut need = |name: &str| {
        if let Some((name, _)) = resources.get_key_value(name)
            && name != id
        {
            found.insert(name.as_str());
        }
    };
    resource.depends_on.iter().for_each(|id| need(id));
    let mut visit = |value: &Value| {
        value.visit_functions(&mut |function| match function {
            Function::Ref(name) => need(name),
            Function::GetAtt { logical_id, .. } => need(logical_id),
            _ => {}
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
    fn a_circle_is_broken_at_its_first() {
        check(
            "A: {Type: T, DependsOn: B}, B: {Type: T, DependsOn: A}, C: {Type: T, Metadata: {M: !Ref C}}",
            &["C", "A", "B"],
        );
    }
}

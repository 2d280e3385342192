//! The functions that YAML has a tag for.

/// The functions that have a short form. `Ref` and `Condition` stand for themselves, the others for `Fn::` and their name.
///
/// Source: AWS CloudFormation Template Reference, "Intrinsic function reference", section "YAML" of each.
pub(super) const SHORT_FORMS: [&str; 27] = [
    "And",
    "Base64",
    "Cidr",
    "Condition",
    "Contains",
    "EachMemberEquals",
    "EachMemberIn",
    "Equals",
    "FindInMap",
    "GetAZs",
    "GetAtt",
    "GetStackOutput",
    "If",
    "ImportValue",
    "Join",
    "Length",
    "Not",
    "Or",
    "Ref",
    "RefAll",
    "Select",
    "Split",
    "Sub",
    "ToJsonString",
    "Transform",
    "ValueOf",
    "ValueOfAll",
];

#[cfg(test)]
mod tests {
    use super::SHORT_FORMS;

    #[test]
    fn the_table_is_sorted_for_its_search() {
        assert!(SHORT_FORMS.is_sorted());
    }
}

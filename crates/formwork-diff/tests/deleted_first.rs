//! The types that are deleted before they are replaced, as the crates of stacks know them, are those of the schemas.

use formwork_schema::facts::{self, ReplacementStrategy};
use formwork_template::replaced::{DELETED_FIRST, can_stay};

#[test]
fn the_list_is_that_of_the_schemas() {
    let is_meant = |name: &&str| {
        facts::of(name).is_some_and(|facts| facts.replacement_strategy() == ReplacementStrategy::DeleteThenCreate)
    };
    let mut expected: Vec<&str> = facts::type_names().filter(is_meant).collect();
    expected.sort_unstable();
    assert_eq!(DELETED_FIRST, expected);
    assert!(expected.iter().all(|name| !can_stay(name)));
    for (type_name, stays) in [
        ("AWS::SQS::Queue", true),
        ("AWS::CertificateManager::Certificate", true),
        ("AWS::CloudFormation::Stack", false),
        ("Custom::Thing", false),
        ("Acme::Vault::Vault", false),
    ] {
        assert_eq!(can_stay(type_name), stays, "{type_name}");
    }
}

//! The embedded facts, held against what is known of well-known types.

use formwork_schema::facts::{self, Registry, Replacement, ReplacementStrategy, TypeFacts};
use formwork_schema::own::Schema;
use serde_json::{Value, json};

#[track_caller]
fn of(type_name: &str) -> TypeFacts<'static> {
    facts::of(type_name).expect("the type is in the snapshot")
}

#[track_caller]
fn check(type_name: &str, path: &[&str], expected: Replacement) {
    assert_eq!(of(type_name).replacement(path), expected, "{type_name} {path:?}");
}

#[test]
fn every_type_is_found_and_nothing_else() {
    let names: Vec<&str> = facts::type_names().collect();
    assert_eq!(names.len(), 1884);
    assert!(names.is_sorted());
    for name in &names {
        assert_eq!(of(name).type_name(), *name);
    }
    for absent in ["", "AWS", "AWS::EC2::Instanc", "AWS::EC2::Instances", "ZZZ::ZZ::Z", "!regions", "# Generated"] {
        assert_eq!(facts::of(absent), None, "{absent}");
    }
    assert_eq!(facts::snapshot_date(), "2026-10-20");
}

#[test]
fn lists_without_an_order() {
    let group = of("AWS::EC2::SecurityGroup");
    assert_eq!(group.unordered().collect::<Vec<_>>(), ["SecurityGroupEgress", "SecurityGroupIngress"]);
    let instance = of("AWS::EC2::Instance");
    assert!(
        instance.is_unordered(&["NetworkInterfaces", "*", "GroupSet"]) && instance.is_unordered(&["SecurityGroupIds"])
    );
    assert!(!instance.is_unordered(&["NetworkInterfaces", "*"]) || instance.is_unordered(&["NetworkInterfaces"]));
    assert!(!instance.is_unordered(&["GroupSet"]) && !instance.is_unordered(&[]) && !instance.is_unordered(&["Tags"]));
    // Behaviors are tried in their order.
    let distribution = of("AWS::CloudFront::Distribution");
    assert!(distribution.is_unordered(&["DistributionConfig", "Origins"]));
    assert!(!distribution.is_unordered(&["DistributionConfig", "CacheBehaviors"]));
}

#[test]
fn certificate() {
    const TYPE: &str = "AWS::CertificateManager::Certificate";
    let create_only: Vec<&str> = of(TYPE).create_only().collect();
    assert_eq!(
        create_only,
        [
            "CertificateAuthorityArn",
            "CertificateExport",
            "DomainName",
            "DomainValidationOptions",
            "KeyAlgorithm",
            "SubjectAlternativeNames",
        ]
    );
    check(TYPE, &["DomainName"], Replacement::Yes);
    check(TYPE, &["DomainValidationOptions", "*", "HostedZoneId"], Replacement::Yes);
    check(TYPE, &["Tags", "*", "Value"], Replacement::No);
    // AWS's specification for the CDK says that it replaces, and AWS's page does; the schema says nothing.
    check(TYPE, &["ValidationMethod"], Replacement::Yes);
    assert!(of(TYPE).is_write_only(&["ValidationMethod"]));
    assert!(of(TYPE).is_write_only(&["DomainValidationOptions", "*", "HostedZoneId"]));
    assert!(!of(TYPE).is_write_only(&["DomainValidationOptions", "*", "DomainName"]));
    assert!(!of(TYPE).is_write_only(&["DomainValidationOptions"]));
    assert_eq!(of(TYPE).ref_name(), "Arn");
    assert_eq!(of(TYPE).required().collect::<Vec<_>>(), ["DomainName"]);
    assert_eq!(of(TYPE).tag_property(), Some("Tags"));
    assert!(of(TYPE).is_taggable());
    assert_eq!(of(TYPE).has_update_handler(), Some(true));
}

#[test]
fn distribution_is_never_replaced() {
    const TYPE: &str = "AWS::CloudFront::Distribution";
    assert_eq!(of(TYPE).create_only().count(), 0);
    check(TYPE, &["DistributionConfig"], Replacement::No);
    check(TYPE, &["DistributionConfig", "Origins", "*", "DomainName"], Replacement::No);
    assert_eq!(of(TYPE).attributes().collect::<Vec<_>>(), ["DomainName", "Id"]);
    assert_eq!(of(TYPE).ref_name(), "Id");
}

#[test]
fn instance() {
    const TYPE: &str = "AWS::EC2::Instance";
    check(TYPE, &["ImageId"], Replacement::Yes);
    check(TYPE, &["UserData"], Replacement::Maybe);
    check(TYPE, &["BlockDeviceMappings", "*", "Ebs", "VolumeSize"], Replacement::Maybe);
    check(TYPE, &["MetadataOptions", "HttpTokens"], Replacement::No);
    check(TYPE, &[], Replacement::Unknown);
    // The state is asked for field by field.
    assert!(of(TYPE).attributes().any(|name| name == "State.Name"));
}

#[test]
fn record_set_has_a_name_and_four_parts() {
    const TYPE: &str = "AWS::Route53::RecordSet";
    assert_eq!(of(TYPE).primary_identifier().collect::<Vec<_>>(), ["Name", "HostedZoneId", "Type", "SetIdentifier"]);
    assert_eq!(of(TYPE).ref_name(), "Name");
    assert!(!of(TYPE).is_taggable());
    check(TYPE, &["HostedZoneId"], Replacement::Yes);
    // Parts of the identifier that the schema does not call create-only. AWS's page does the name, and says of the others that they
    // are updated.
    check(TYPE, &["Name"], Replacement::Yes);
    check(TYPE, &["Type"], Replacement::No);
    check(TYPE, &["SetIdentifier"], Replacement::No);
    check(TYPE, &["TTL"], Replacement::No);
}

#[test]
fn an_address_is_what_ref_of_an_elastic_ip_gives() {
    assert_eq!(of("AWS::EC2::EIP").ref_name(), "PublicIp");
}

#[test]
fn types_that_cannot_be_updated_are_replaced_by_any_change() {
    let any = |facts: &TypeFacts<'_>| facts.replacement(&["Anything"]) == Replacement::Yes;
    let count = facts::type_names().map(of).filter(any).count();
    assert_eq!(count, 174);
    assert_eq!(of("AWS::ACMPCA::Certificate").has_update_handler(), Some(false));
}

#[test]
fn types_from_before_the_registry_may_be_replaced_by_what_they_do_not_list() {
    let legacy: Vec<TypeFacts<'_>> =
        facts::type_names().map(of).filter(|facts| facts.has_update_handler().is_none()).collect();
    assert_eq!(legacy.len(), 121);
    for facts in legacy {
        assert_eq!(facts.replacement(&["NoSuchProperty"]), Replacement::Maybe, "{}", facts.type_name());
    }
}

#[test]
fn types_from_before_the_registry_take_the_word_of_the_specification() {
    check("AWS::CodeBuild::Project", &["Description"], Replacement::No);
    check("AWS::CodeBuild::Project", &["Environment", "EnvironmentVariables", "*", "Value"], Replacement::No);
    check("AWS::CodeBuild::Project", &["Name"], Replacement::Yes);
    check("AWS::DocDB::DBCluster", &["EngineVersion"], Replacement::Yes);
    check("AWS::EMR::Cluster", &["Instances", "CoreInstanceGroup", "InstanceCount"], Replacement::Maybe);
    check("AWS::CloudFormation::Stack", &["Parameters", "Key"], Replacement::No);
    // Only its provider knows what a change of a custom resource does.
    check("AWS::CloudFormation::CustomResource", &["Any"], Replacement::Maybe);
}

#[test]
fn what_contains_a_create_only_place_counts() {
    let facts = of("AWS::MSK::Channel");
    let place = "IcebergDestinationConfiguration.DestinationTableList.*.DestinationTableName";
    assert!(facts.create_only().any(|own| own == place));
    check("AWS::MSK::Channel", &["IcebergDestinationConfiguration"], Replacement::Yes);
    check(
        "AWS::MSK::Channel",
        &["IcebergDestinationConfiguration", "DestinationTableList", "*", "DestinationTableName"],
        Replacement::Yes,
    );
}

#[test]
fn regions() {
    assert_eq!(facts::regions().count(), 45);
    let certificate = of("AWS::CertificateManager::Certificate");
    assert_eq!(certificate.available_in("ap-northeast-2"), Some(true));
    assert_eq!(certificate.available_in("mars-north-1"), None);
    let distribution = of("AWS::CloudFront::Distribution");
    assert_eq!(distribution.available_in("us-gov-west-1"), Some(false));
    assert!(distribution.regions().any(|region| region == "cn-north-1"));
}

#[test]
fn strategy() {
    assert_eq!(of("AWS::CloudFront::Distribution").replacement_strategy(), ReplacementStrategy::CreateThenDelete);
    let first = facts::type_names()
        .map(of)
        .filter(|facts| facts.replacement_strategy() == ReplacementStrategy::DeleteThenCreate)
        .count();
    assert_eq!(first, 92);
}

#[test]
fn what_ref_gives() {
    for (type_name, name) in [
        ("AWS::Route53::RecordSet", "Name"),
        ("AWS::EC2::EIP", "PublicIp"),
        ("AWS::ApiGatewayV2::Integration", "IntegrationId"),
        ("AWS::Cognito::UserPoolDomain", "Domain"),
        ("AWS::Elasticsearch::Domain", "DomainName"),
        // Several parts in one text have no name.
        ("AWS::Events::Rule", "Ref"),
    ] {
        assert_eq!(of(type_name).ref_name(), name, "{type_name}");
    }
}

#[test]
fn where_the_sources_disagree_a_change_may_replace() {
    check("AWS::Cassandra::Keyspace", &["ReplicationSpecification"], Replacement::Maybe);
    check("AWS::CleanRooms::ConfiguredTable", &["TableReference"], Replacement::Maybe);
    check("AWS::DataSync::LocationNFS", &["ServerHostname"], Replacement::Maybe);
}

#[test]
fn what_is_kept_in_another_form() {
    let of_cluster: Vec<_> = of("AWS::Neptune::DBCluster").property_transforms().collect();
    assert!(of_cluster.contains(&("DBClusterIdentifier", "$lowercase(DBClusterIdentifier)")), "{of_cluster:?}");
    let of_table: Vec<_> = of("AWS::Cassandra::Table").property_transforms().collect();
    assert_eq!(
        of_table,
        [
            ("ClusteringKeyColumns.*.Column.ColumnType", "$lowercase(ColumnType)"),
            ("PartitionKeyColumns.*.ColumnType", "$lowercase(ColumnType)"),
            ("RegularColumns.*.ColumnType", "$lowercase(ColumnType)"),
        ]
    );
    assert_eq!(of("AWS::CertificateManager::Certificate").property_transforms().count(), 0);
    // Spaces, commas and line ends are part of an expression.
    let of_key: Vec<_> = of("AWS::EC2::KeyPair").property_transforms().collect();
    assert_eq!(of_key, [("PublicKeyMaterial", r#"$join([PublicKeyMaterial, "\n"])"#)]);
}

#[test]
fn what_takes_no_tags_or_keeps_them() {
    assert!(!of("AWS::IAM::Policy").is_taggable());
    let fixed = facts::type_names().map(of).filter(|facts| facts.is_taggable() && !facts.tags_are_updatable()).count();
    assert_eq!(fixed, 65);
}

fn own(file: &str, type_name: &str, schema: &Value) -> Schema {
    let mut schema = schema.clone();
    schema["typeName"] = type_name.into();
    Schema { path: file.into(), type_name: type_name.to_owned(), schema }
}

#[test]
fn a_registry_knows_the_types_of_a_user_before_those_of_aws() {
    let schema = json!({
        "properties": { "Name": { "type": "string" }, "Arn": { "type": "string" } },
        "createOnlyProperties": ["/properties/Name"],
        "readOnlyProperties": ["/properties/Arn"],
        "primaryIdentifier": ["/properties/Arn"],
    });
    let mut registry = Registry::new();
    assert_eq!(registry.of("AWS::SNS::Topic"), facts::of("AWS::SNS::Topic"));
    assert_eq!(registry.of("Acme::Storage::Vault"), None);
    for name in ["Acme::Storage::Vault", "AWS::SNS::Topic"] {
        registry.add(own("one.json", name, &schema)).unwrap();
        let facts = registry.of(name).unwrap();
        assert_eq!(facts.type_name(), name);
        assert!(facts.attributes().any(|attribute| attribute == "Arn"), "{name}");
        assert_eq!(
            (facts.replacement(&["Name"]), facts.replacement(&["Other"])),
            (Replacement::Yes, Replacement::Maybe)
        );
        // Where it is registered, its schema does not say.
        assert_eq!((facts.available_in("us-east-1"), facts.regions().next()), (None, None));
        assert_eq!(registry.own(name).unwrap()["typeName"], name);
    }
    assert_eq!(registry.own("AWS::SQS::Queue"), None);
    let names: Vec<&str> = registry.type_names().collect();
    assert_eq!(names.len(), facts::type_names().count() + 1);
    assert_eq!(names[..2], ["AWS::SNS::Topic", "Acme::Storage::Vault"]);

    // The same again, as two apps may have it, is not a contradiction; another one is.
    registry.add(own("two.json", "Acme::Storage::Vault", &schema)).unwrap();
    let other = registry.add(own("two.json", "Acme::Storage::Vault", &json!({ "properties": {} }))).unwrap_err();
    assert_eq!(other.to_string(), "the type `Acme::Storage::Vault` is in two files: one.json and two.json");
    let unknown = json!({ "properties": { "A": { "type": "any" } } });
    let unknown = registry.add(own("three.json", "Acme::Storage::Key", &unknown)).unwrap_err();
    assert_eq!(
        unknown.to_string(),
        "three.json: `Acme::Storage::Key`: at `A` there is `type` = `any`, which is not known here"
    );
    assert_eq!(registry.of("Acme::Storage::Key"), None);
}

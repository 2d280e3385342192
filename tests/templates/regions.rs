//! Regions as types beside those that the schemas know, and their partitions beside AWS's own Python SDK.

use std::collections::BTreeMap;

use formwork_template::region::{ALL, PARTITIONS};
use support::{Program, paths};

/// Prints partition and host suffix of each region that is given.
const ASK: &str = "
import json, sys, boto3, botocore.loaders
partitions = botocore.loaders.Loader().load_data('partitions')['partitions']
suffixes = {partition['id']: partition['outputs']['dnsSuffix'] for partition in partitions}
session = boto3.Session()
of = {region: session.get_partition_for_region(region) for region in sys.argv[1:]}
print(json.dumps({region: [partition, suffixes[partition]] for region, partition in of.items()}))
";

#[test]
fn every_region_of_the_schemas_is_a_type() {
    let missing: Vec<&str> =
        formwork_validate::regions().filter(|region| !ALL.iter().any(|(code, _)| code == region)).collect();
    assert_eq!(missing, Vec::<&str>::new());
}

#[test]
fn partitions_are_those_of_the_sdk() {
    let regions: Vec<&str> = ALL.iter().map(|(code, _)| *code).collect();
    let answer = Program::new(paths::python()).args(["-c", ASK]).args(&regions).run().success().json();
    let theirs: BTreeMap<&str, (String, String)> = regions
        .iter()
        .map(|region| {
            let text = |index: usize| answer[*region][index].as_str().unwrap_or_default().to_owned();
            (*region, (text(0), text(1)))
        })
        .collect();
    let suffix = |partition: &str| PARTITIONS.iter().find(|it| it.code == partition).map(|it| it.url_suffix);
    let ours: BTreeMap<&str, (String, String)> = ALL
        .iter()
        .map(|(region, partition)| {
            (*region, ((*partition).to_owned(), suffix(partition).unwrap_or_default().to_owned()))
        })
        .collect();
    assert_eq!(ours, theirs);
}

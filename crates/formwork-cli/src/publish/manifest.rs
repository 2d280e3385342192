//! The CDK's manifests: what is uploaded, and where to, before a stack is deployed.
//!
//! Sources: the package `@aws-cdk/cloud-assembly-schema`, `AssetManifest` and `FileDestination`; aws-cdk-lib,
//! `DefaultStackSynthesizer` (the names of the bootstrap's bucket, role and parameter).

use formwork_assembly::{Assembly, StackArtifact, StackId};
use serde_json::{Map, Value, json};

use crate::error::CliError;

/// The manifest of the whole.
pub(super) const FILE: &str = "manifest.json";
/// The role that uploads, beside the bootstrap's bucket.
const ROLE: &str = "arn:${AWS::Partition}:iam::${AWS::AccountId}:role/cdk-hnb659fds-file-publishing-role-${AWS::AccountId}-${AWS::Region}";
/// The parameter with the version of the bootstrap.
const VERSION_PARAMETER: &str = "/cdk-bootstrap/hnb659fds/version";

/// The place to which objects are uploaded.
pub(super) struct Destination<'a> {
    pub(super) bucket: &'a str,
    /// True if `cdk bootstrap` made the bucket.
    pub(super) is_bootstrap: bool,
}

/// An object that is uploaded before a stack is deployed.
pub(super) struct Object {
    pub(super) key: String,
    /// The file, relative to the assembly.
    pub(super) path: String,
    /// The name that is shown to people.
    pub(super) name: String,
}

/// The files of the assembly that are about what is uploaded, by name: one a stack, and the manifest with them in it.
///
/// # Errors
///
/// When the manifest is not JSON.
pub(super) fn texts(
    assembly: &Assembly,
    objects: &[(StackId, Vec<Object>)],
    destination: &Destination<'_>,
    manifest: &str,
) -> Result<Vec<(String, String)>, CliError> {
    let mut manifest: Value = serde_json::from_str(manifest)
        .map_err(|error| CliError::service(format!("`{FILE}` is not JSON")).cause(error))?;
    let version = manifest["version"].clone();
    let mut texts = Vec::new();
    for (stack, (_, objects)) in assembly.stacks.iter().zip(objects) {
        let id = assembly.template_file(stack).trim_end_matches(".template.json").to_owned();
        let (assets, file) = (format!("{id}.assets"), format!("{id}.assets.json"));
        let files: Map<String, Value> =
            objects.iter().map(|object| (object.key.clone(), entry(object, stack, destination))).collect();
        let own = json!({ "version": version, "files": files, "dockerImages": {} });
        texts.push((file.clone(), format!("{own:#}\n")));

        let mut properties = json!({ "file": file });
        if destination.is_bootstrap {
            properties["requiresBootstrapStackVersion"] = json!(6);
            properties["bootstrapStackVersionSsmParameter"] = json!(VERSION_PARAMETER);
        }
        let artifacts = &mut manifest["artifacts"];
        artifacts[&assets] = json!({ "type": "cdk:asset-manifest", "properties": properties });
        let stack = &mut artifacts[&id];
        let mut dependencies = stack["dependencies"].as_array().cloned().unwrap_or_default();
        dependencies.push(json!(assets));
        stack["dependencies"] = json!(dependencies);
        if let Some(template) = objects.first() {
            let url = format!("s3://{}/{}", destination.bucket, template.key);
            stack["properties"]["stackTemplateAssetObjectUrl"] = json!(url);
        }
    }
    texts.push((FILE.to_owned(), format!("{manifest:#}\n")));
    Ok(texts)
}

fn entry(object: &Object, stack: &StackArtifact, destination: &Destination<'_>) -> Value {
    let mut to = json!({ "bucketName": destination.bucket, "objectKey": object.key, "region": stack.region() });
    if destination.is_bootstrap {
        to["assumeRoleArn"] = json!(ROLE);
    }
    let destinations: Map<String, Value> = [(format!("current_account-{}", stack.region()), to)].into_iter().collect();
    json!({
        "displayName": object.name,
        "source": { "path": object.path, "packaging": "file" },
        "destinations": destinations,
    })
}

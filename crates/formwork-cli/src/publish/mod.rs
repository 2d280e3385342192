//! `synth --with-assets`: an assembly for other tools, which fill no parameters. Its templates have literal buckets and keys, what is shipped
//! lies beside them, and the CDK's manifests say where it goes. [`literals`] writes the templates, [`manifest`] the manifests.

mod literals;
mod manifest;

use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::path::{Path, PathBuf};

use formwork_assembly::{Assembly, Asset, AssetSource, BUCKET_PARAMETER, Location, StackArtifact, StackId, WriteError};
use formwork_assets::{Shipment, package};
use formwork_template::Template;

use crate::error::{Class, CliError};
use crate::session::{Session, Synthesized};
use crate::shipments;
use literals::Literals;
use manifest::{Destination, Object};

/// Bucket that `cdk bootstrap` makes, in every region of an account.
const BOOTSTRAP_BUCKET: &str = "cdk-hnb659fds-assets-${AWS::AccountId}-${AWS::Region}";
/// Folder of what is shipped.
const FOLDER: &str = "assets";

/// A bucket that is named, with its region and account as other tools have them.
fn spelled(name: &str) -> String {
    name.replace("{region}", "${AWS::Region}").replace("{account}", "${AWS::AccountId}")
}

/// Writes the assembly of an app to `folder`, and gives it as it is there, with the assets that are in it as objects.
///
/// # Errors
///
/// When an asset cannot be shipped, or the folder cannot be written.
pub(crate) fn write(
    session: &Session,
    one: &Synthesized,
    folder: &Path,
    bucket: Option<&str>,
) -> Result<Assembly, CliError> {
    let root = &session.workspace()?.root;
    let prepare = |assets: &[&Asset]| shipments::prepared(session, root, assets);
    let shipments = prepare(&one.assembly.assets.iter().collect::<Vec<_>>())?;
    let named = shipments::named(bucket, session);
    let bucket = named.map_or_else(|| BOOTSTRAP_BUCKET.to_owned(), |name| spelled(&name));
    let bucket = bucket.as_str();

    let mut assembly = Assembly { assets: Vec::new(), ..one.assembly.clone() };
    for stack in &mut assembly.stacks {
        say_imports(session, stack);
        let keys = shipments.iter().filter(|one| one.asset.stack == stack.id);
        let keys = keys.map(|one| (one.asset.parameter.clone(), one.key.clone()));
        let parameters: BTreeMap<String, String> = keys.collect();
        if !parameters.is_empty() {
            let bucket = (BUCKET_PARAMETER.to_owned(), bucket.to_owned());
            stack.template = filled(stack, &Literals(parameters.into_iter().chain([bucket]).collect()))?;
        }
        stack.nested.clear();
    }
    let templates: Vec<Asset> = assembly.stacks.iter().map(template).collect();
    let templates = prepare(&templates.iter().collect::<Vec<_>>())?;

    let objects = objects(&assembly, &shipments, &templates);
    let destination = Destination { bucket, is_bootstrap: bucket == BOOTSTRAP_BUCKET };
    assembly.write_with(folder, |fresh| -> Result<(), CliError> {
        let mut written = BTreeSet::new();
        for shipment in shipments.iter().filter(|one| written.insert(&one.key)) {
            let into = fresh.join(FOLDER);
            let packaged = package(shipment, &into).map_err(|error| shipments::refused(session, root, vec![error]))?;
            let file = into.join(&shipment.key);
            fs::rename(&packaged.path, &file).map_err(|error| CliError::not_written(&file, error))?;
        }
        let texts = manifest::texts(&assembly, &objects, &destination, &read(&fresh.join(manifest::FILE))?)?;
        for (name, text) in texts {
            let file = fresh.join(name);
            fs::write(&file, text).map_err(|error| CliError::not_written(&file, error))?;
        }
        Ok(())
    })?;
    Ok(Assembly { assets: one.assembly.assets.clone(), ..assembly })
}

/// Tells of values that other tools do not bring from stack to stack.
fn say_imports(session: &Session, stack: &StackArtifact) {
    let names: Vec<String> = stack.imports.iter().map(|import| format!("`{}`", import.parameter)).collect();
    if !names.is_empty() {
        session.printer.important(format_args!(
            "warning: `{}` takes values of other stacks by parameters, which other tools do not fill: {}\nhint: \
             `App::references(References::StackOutput)` has CloudFormation read them\n",
            stack.name(),
            names.join(", ")
        ));
    }
}

/// The template of a stack, with literals in the place of parameters.
fn filled(stack: &StackArtifact, literals: &Literals) -> Result<String, CliError> {
    let cannot = || CliError::service(format!("cannot fill the parameters in the template of `{}`", stack.name()));
    let template = Template::from_json(&stack.template).map_err(|error| cannot().cause(error))?;
    match literals.fill(template).to_json(formwork_template::Style::Pretty) {
        (text, problems) if problems.is_empty() => Ok(text),
        (_, problems) => Err(cannot().cause(problems.join("; "))),
    }
}

/// The template of a stack as a content, so that its key is made as all keys are.
fn template(stack: &StackArtifact) -> Asset {
    Asset {
        stack: stack.id.clone(),
        id: String::from("Template"),
        parameter: String::new(),
        source: AssetSource::Content { bytes: stack.template.clone().into_bytes(), extension: "template.json".into() },
        exclude: Vec::new(),
        location: stack.location.clone().unwrap_or(Location { file: "".into(), line: 0 }),
    }
}

/// Objects that are uploaded before each stack is deployed, its template first.
fn objects(assembly: &Assembly, shipments: &[Shipment], templates: &[Shipment]) -> Vec<(StackId, Vec<Object>)> {
    let of_stack = |(stack, template): (&StackArtifact, &Shipment)| {
        let own = Object { key: template.key.clone(), path: assembly.template_file(stack), name: stack.id.to_string() };
        let of_asset = |one: &Shipment| Object {
            key: one.key.clone(),
            path: format!("{FOLDER}/{}", one.key),
            name: format!("{}/{}", stack.id, one.asset.id),
        };
        let mut objects = vec![own];
        objects.extend(shipments.iter().filter(|one| one.asset.stack == stack.id).map(of_asset));
        (stack.id.clone(), objects)
    };
    assembly.stacks.iter().zip(templates).map(of_stack).collect()
}

fn read(file: &PathBuf) -> Result<String, CliError> {
    fs::read_to_string(file).map_err(|error| CliError::input(format!("cannot read `{}`", file.display())).cause(error))
}

/// The folder is the one that the user named.
impl From<WriteError> for CliError {
    fn from(error: WriteError) -> Self {
        CliError::from_error(Class::Input, &error).hint("choose another folder with `--with-assets`")
    }
}

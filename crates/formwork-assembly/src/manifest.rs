//! The two JSON files of an assembly. `manifest.json` has the form that the CDK CLI reads; everything the CDK does not
//! know is in `formwork.json`, so that neither has to be read around the other.
//!
//! Source of the CDK's form: the package `@aws-cdk/cloud-assembly-schema`; the least that its CLI 2.1148.1 accepts.

use formwork_template::StackId;
use serde_json::{Map, Value, json};

use crate::{
    Acknowledgement, Assembly, Asset, AssetSource, Carrier, ContextValue, FileArtifact, Import, Location, Lookup,
    NestedArtifact, Owner, Problem, StackArtifact, Switch,
};

/// The version of the CDK's manifest that we write.
const CDK_VERSION: &str = "36.0.0";
/// The version of `formwork.json`; raised when an older reader would misread it.
pub(crate) const VERSION: u64 = 1;

/// The content of `formwork.json`, templates and file contents apart.
pub(crate) struct Facts {
    pub(crate) assembly: Assembly,
    /// The file of each stack's template, in the order of the stacks.
    pub(crate) template_files: Vec<String>,
}

/// `manifest.json`, for the CDK CLI.
pub(crate) fn cdk(assembly: &Assembly) -> Value {
    let mut artifacts = Map::new();
    for stack in &assembly.stacks {
        let dependencies: Vec<String> = stack
            .depends_on
            .iter()
            .filter_map(|id| assembly.stack(id))
            .map(|stack| artifact_id(assembly, stack))
            .collect();
        let mut artifact = json!({
            "type": "aws:cloudformation:stack",
            "environment": format!("aws://unknown-account/{}", stack.region()),
            "properties": {
                "templateFile": assembly.template_file(stack),
                "stackName": stack.name(),
                "terminationProtection": stack.termination_protection,
                "tags": stack.tags.iter().map(|(key, value)| (key.clone(), json!(value))).collect::<Map<_, _>>(),
            },
            "displayName": stack.name(),
        });
        if !dependencies.is_empty() {
            artifact["dependencies"] = json!(dependencies);
        }
        artifacts.insert(artifact_id(assembly, stack), artifact);
    }
    json!({ "version": CDK_VERSION, "artifacts": artifacts })
}

fn artifact_id(assembly: &Assembly, stack: &StackArtifact) -> String {
    assembly.template_file(stack).trim_end_matches(".template.json").to_owned()
}

/// `formwork.json`.
pub(crate) fn formwork(assembly: &Assembly) -> Value {
    let mut json = json!({
        "version": VERSION,
        "app": assembly.owner.as_ref().map(|owner| json!({ "name": owner.app, "environment": owner.environment })),
        "stacks": assembly.stacks.iter().map(|stack| stack_to_json(assembly, stack)).collect::<Vec<_>>(),
        "files": assembly.files.iter().map(|file| file.path.as_str()).collect::<Vec<_>>(),
        "carriers": assembly.files.iter()
            .filter_map(|file| Some((file.path.clone(), carrier_to_json(file.carrier.as_ref()?))))
            .collect::<Map<_, _>>(),
        "assets": assembly.assets.iter().map(asset_to_json).collect::<Vec<_>>(),
        "context": assembly.context.iter().map(context_to_json).collect::<Vec<_>>(),
        "lookups": assembly.lookups.iter().map(Lookup::to_json).collect::<Vec<_>>(),
        "warnings": assembly.warnings.iter().map(Problem::to_json).collect::<Vec<_>>(),
    });
    if let Some(account) = &assembly.account {
        json["account"] = json!(account);
    }
    json
}

fn stack_to_json(assembly: &Assembly, stack: &StackArtifact) -> Value {
    json!({
        "name": stack.name(),
        "region": stack.region(),
        "partition": stack.partition,
        "template": assembly.template_file(stack),
        "dependsOn": stack.depends_on.iter().map(StackId::to_string).collect::<Vec<_>>(),
        "imports": stack.imports.iter().map(|import| json!({
            "parameter": import.parameter,
            "producer": import.producer.to_string(),
            "output": import.output,
        })).collect::<Vec<_>>(),
        "tags": stack.tags.iter().map(|(key, value)| json!([key, value])).collect::<Vec<_>>(),
        "terminationProtection": stack.termination_protection,
        "location": stack.location.as_ref().map(Location::to_json),
        "locations": locations_to_json(&stack.locations),
        "acknowledged": acknowledged_to_json(&stack.acknowledged),
        "nested": stack.nested.iter().map(|nested| json!({
            "path": nested.path,
            "asset": nested.asset,
            "location": nested.location.as_ref().map(Location::to_json),
            "locations": locations_to_json(&nested.locations),
            "acknowledged": acknowledged_to_json(&nested.acknowledged),
        })).collect::<Vec<_>>(),
        "switches": stack.switches.iter().map(|switch| json!({
            "parameter": switch.parameter,
            "digestAt": switch.digest_at,
            "health": switch.health,
        })).collect::<Vec<_>>(),
    })
}

fn locations_to_json(locations: &[(String, Location)]) -> Map<String, Value> {
    locations.iter().map(|(id, location)| (id.clone(), location.to_json())).collect()
}

fn acknowledged_to_json(acknowledged: &[Acknowledgement]) -> Vec<Value> {
    let one = |one: &Acknowledgement| {
        json!({
            "resource": one.logical_id,
            "rule": one.rule,
            "reason": one.reason,
            "location": one.location.to_json(),
        })
    };
    acknowledged.iter().map(one).collect()
}

fn carrier_to_json(carrier: &Carrier) -> Value {
    match carrier {
        Carrier::Template { stack, pointer } => json!({ "stack": stack.to_string(), "pointer": pointer }),
        Carrier::Output { stack, output, entry } => {
            json!({ "stack": stack.to_string(), "output": output, "entry": entry })
        }
    }
}

fn asset_to_json(asset: &Asset) -> Value {
    json!({
        "id": asset.id,
        "stack": asset.stack.to_string(),
        "parameter": asset.parameter,
        "source": match &asset.source {
            AssetSource::File { path } => json!({ "file": path }),
            AssetSource::Folder { path } => json!({ "folder": path }),
            AssetSource::Content { extension, .. } => json!({ "content": asset.file(), "extension": extension }),
        },
        "exclude": asset.exclude,
        "location": asset.location.to_json(),
    })
}

fn context_to_json(value: &ContextValue) -> Value {
    json!({ "key": value.key, "value": value.value, "given": value.given, "location": value.location.to_json() })
}

/// Reads `formwork.json`; `Err` names the first entry that is not as [`formwork`] writes it.
pub(crate) fn read(json: &Value) -> Result<Facts, String> {
    let mut facts = Facts { assembly: Assembly::default(), template_files: Vec::new() };
    // Assemblies from before there was one have no such entry.
    facts.assembly.owner = json["app"]["name"].as_str().map(|name| Owner {
        app: name.to_owned(),
        environment: json["app"]["environment"].as_str().map(str::to_owned),
    });
    for (index, stack) in list(json, "stacks")?.iter().enumerate() {
        let (artifact, file) = stack_from_json(stack).ok_or_else(|| format!("stacks[{index}]"))?;
        facts.assembly.stacks.push(artifact);
        facts.template_files.push(file);
    }
    for (index, path) in list(json, "files")?.iter().enumerate() {
        let path = path.as_str().ok_or_else(|| format!("files[{index}]"))?.to_owned();
        // Assemblies from before there were any have no such entry.
        let carrier = match json["carriers"].get(&path) {
            Some(carrier) => Some(carrier_from_json(carrier).ok_or_else(|| format!("carriers.{path}"))?),
            None => None,
        };
        facts.assembly.files.push(FileArtifact { path, content: String::new(), carrier });
    }
    // Assemblies from before there were any have no such entry.
    for (index, asset) in json["assets"].as_array().into_iter().flatten().enumerate() {
        facts.assembly.assets.push(asset_from_json(asset).ok_or_else(|| format!("assets[{index}]"))?);
    }
    for (index, value) in list(json, "context")?.iter().enumerate() {
        facts.assembly.context.push(context_from_json(value).ok_or_else(|| format!("context[{index}]"))?);
    }
    // Assemblies from before there were any have no such entry.
    for (index, lookup) in json["lookups"].as_array().into_iter().flatten().enumerate() {
        facts.assembly.lookups.push(Lookup::from_json(lookup).ok_or_else(|| format!("lookups[{index}]"))?);
    }
    facts.assembly.account = json["account"].as_str().map(str::to_owned);
    for (index, warning) in list(json, "warnings")?.iter().enumerate() {
        facts.assembly.warnings.push(Problem::from_json(warning).ok_or_else(|| format!("warnings[{index}]"))?);
    }
    Ok(facts)
}

fn list<'a>(json: &'a Value, key: &str) -> Result<&'a Vec<Value>, String> {
    json[key].as_array().ok_or_else(|| key.to_owned())
}

fn stack_from_json(json: &Value) -> Option<(StackArtifact, String)> {
    let text = |key: &str| json[key].as_str().map(str::to_owned);
    let pair = |pair: &Value| Some((pair[0].as_str()?.to_owned(), pair[1].as_str()?.to_owned()));
    let import = |import: &Value| {
        Some(Import {
            parameter: import["parameter"].as_str()?.to_owned(),
            producer: StackId::read(import["producer"].as_str()?)?,
            output: import["output"].as_str()?.to_owned(),
        })
    };
    let stack = StackArtifact {
        id: StackId::new(text("name")?, text("region")?),
        partition: text("partition")?,
        template: String::new(),
        depends_on: json["dependsOn"]
            .as_array()?
            .iter()
            .map(|id| StackId::read(id.as_str()?))
            .collect::<Option<_>>()?,
        imports: json["imports"].as_array()?.iter().map(import).collect::<Option<_>>()?,
        tags: json["tags"].as_array()?.iter().map(pair).collect::<Option<_>>()?,
        termination_protection: json["terminationProtection"].as_bool()?,
        location: Location::from_json(&json["location"]),
        locations: locations(json)?,
        acknowledged: acknowledged(json)?,
        // Assemblies from before there were any have no such entry.
        nested: match json["nested"].as_array() {
            Some(all) => all.iter().map(nested).collect::<Option<_>>()?,
            None => Vec::new(),
        },
        switches: match json["switches"].as_array() {
            Some(all) => all.iter().map(switch).collect::<Option<_>>()?,
            None => Vec::new(),
        },
    };
    Some((stack, text("template")?))
}

fn locations(json: &Value) -> Option<Vec<(String, Location)>> {
    let entries = json["locations"].as_object()?.iter();
    entries.map(|(id, location)| Some((id.clone(), Location::from_json(location)?))).collect()
}

fn acknowledged(json: &Value) -> Option<Vec<Acknowledgement>> {
    // Assemblies from before there were any have no such entry.
    json["acknowledged"].as_array().into_iter().flatten().map(acknowledgement).collect()
}

fn nested(json: &Value) -> Option<NestedArtifact> {
    Some(NestedArtifact {
        path: json["path"].as_str()?.to_owned(),
        asset: json["asset"].as_str()?.to_owned(),
        location: Location::from_json(&json["location"]),
        locations: locations(json)?,
        acknowledged: acknowledged(json)?,
    })
}

fn carrier_from_json(json: &Value) -> Option<Carrier> {
    let text = |key: &str| json[key].as_str().map(str::to_owned);
    let stack = StackId::read(json["stack"].as_str()?)?;
    Some(match text("pointer") {
        Some(pointer) => Carrier::Template { stack, pointer },
        None => Carrier::Output { stack, output: text("output")?, entry: text("entry")? },
    })
}

fn switch(json: &Value) -> Option<Switch> {
    let text = |key: &str| json[key].as_str().map(str::to_owned);
    Some(Switch { parameter: text("parameter")?, digest_at: text("digestAt")?, health: text("health") })
}

fn acknowledgement(json: &Value) -> Option<Acknowledgement> {
    let text = |key: &str| json[key].as_str().map(str::to_owned);
    Some(Acknowledgement {
        logical_id: text("resource")?,
        rule: text("rule")?,
        reason: text("reason")?,
        location: Location::from_json(&json["location"])?,
    })
}

/// The bytes of a content are in a file of their own.
fn asset_from_json(json: &Value) -> Option<Asset> {
    let text = |json: &Value| json.as_str().map(str::to_owned);
    let source = &json["source"];
    let source = if let Some(path) = text(&source["file"]) {
        AssetSource::File { path }
    } else if let Some(path) = text(&source["folder"]) {
        AssetSource::Folder { path }
    } else {
        AssetSource::Content { bytes: Vec::new(), extension: text(&source["extension"])? }
    };
    Some(Asset {
        stack: StackId::read(json["stack"].as_str()?)?,
        id: text(&json["id"])?,
        parameter: text(&json["parameter"])?,
        source,
        exclude: json["exclude"].as_array()?.iter().map(text).collect::<Option<_>>()?,
        location: Location::from_json(&json["location"])?,
    })
}

fn context_from_json(json: &Value) -> Option<ContextValue> {
    Some(ContextValue {
        key: json["key"].as_str()?.to_owned(),
        value: json["value"].as_str()?.to_owned(),
        given: json["given"].as_bool()?,
        location: Location::from_json(&json["location"])?,
    })
}

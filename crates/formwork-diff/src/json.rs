//! A diff as plain JSON, for `--json`.

use serde_json::{Map, Value, json};

use crate::diff::{Basis, Diff, EntryDiff, PropertyDiff, ResourceDiff};
use crate::path::Path;

impl Diff {
    /// The diff as JSON:
    ///
    /// - `newStack`: whether the stack does not exist yet;
    /// - `totals`: numbers `create`, `update`, `replace`, `destroy`, `keep`, `import`, and of the first, second and fourth
    ///   `mayCreate`, `mayUpdate`, `mayReplace`, `mayDestroy`;
    /// - `resources`: objects with `logicalId`, `type`, `oldType` (if another), `physicalId` (if known), `impact` (`create`,
    ///   `update`, `replace`, `destroy`, `keep`, `import`, `may create`, `may update`, `may replace`, `may destroy`), `certain`
    ///   (whether the impact is), `why` (if there is a reason beside the values), `properties`, `attributes`, `policy` (the
    ///   `DeletionPolicy` or `UpdateReplacePolicy` that keeps the deployed resource or a snapshot), `holdsData` (if it is lost with data in it), `reasons`, `source`
    ///   (`file`, `line`);
    /// - a property has `path`, `before` and `after` (either may be missing), `impact`, `certain`, `orderOnly` (if so), `basis` (`static`, `runtime`,
    ///   `unknown`, `change set`), `because` (if the values do not tell);
    /// - `parameters`, `parameterValues`, `outputs`, `conditions`, `mappings`, `rules`, `metadata`, `tags`, `others`: objects
    ///   with `name`, `before`, `after`, and `usedBy`, the number of resources that use a parameter, mapping or condition;
    /// - `broadening`: objects with `logicalId`, `type`, `path`, `what`, `summary`, `value`, `certain`;
    /// - `notes`: sentences.
    ///
    /// A secret is `****`, in `after` `**** (changed)` where it is another one than in `before`.
    /// A value that a producer gives later is `{"Formwork::KnownAfter": "<stack>"}`.
    pub fn to_json(&self) -> Value {
        let totals = self.totals();
        let entries = |entries: &[EntryDiff]| entries.iter().map(entry).collect::<Vec<_>>();
        json!({
            "newStack": self.is_new_stack,
            "totals": {
                "create": totals.create,
                "update": totals.update,
                "replace": totals.replace,
                "destroy": totals.destroy,
                "mayCreate": totals.may_create,
                "mayUpdate": totals.may_update,
                "mayReplace": totals.may_replace,
                "mayDestroy": totals.may_destroy,
                "keep": totals.keep,
                "import": totals.import,
            },
            "resources": self.resources.iter().map(resource).collect::<Vec<_>>(),
            "parameters": entries(&self.parameters),
            "parameterValues": entries(&self.parameter_values),
            "outputs": entries(&self.outputs),
            "conditions": entries(&self.conditions),
            "mappings": entries(&self.mappings),
            "rules": entries(&self.rules),
            "metadata": entries(&self.metadata),
            "tags": entries(&self.tags),
            "others": entries(&self.others),
            "broadening": self.broadening.iter().map(|broadening| json!({
                "logicalId": broadening.logical_id,
                "type": broadening.type_name,
                "path": broadening.path.to_string(),
                "what": broadening.kind.as_str(),
                "summary": broadening.summary(),
                "value": broadening.value,
                "certain": broadening.is_certain,
            })).collect::<Vec<_>>(),
            "notes": self.notes,
        })
    }
}

fn resource(resource: &ResourceDiff) -> Value {
    let mut json = Map::new();
    let mut put = |key: &str, value: Value| {
        if !value.is_null() {
            json.insert(key.to_owned(), value);
        }
    };
    put("logicalId", json!(resource.logical_id));
    put("type", json!(resource.type_name));
    put("oldType", json!(resource.old_type_name));
    put("physicalId", json!(resource.physical_id));
    put("impact", json!(resource.impact.as_str()));
    put("certain", json!(!resource.impact.is_open()));
    let why = resource.why();
    put("why", if why.is_empty() { Value::Null } else { json!(why) });
    put("properties", resource.properties.iter().map(property).collect());
    put("attributes", resource.attributes.iter().map(entry).collect());
    put("policy", json!(resource.policy));
    if resource.loses_data() {
        put("holdsData", json!(true));
    }
    put("reasons", json!(resource.reasons));
    if let Some(location) = &resource.location {
        put("source", json!({ "file": location.file, "line": location.line }));
    }
    Value::Object(json)
}

fn property(property: &PropertyDiff) -> Value {
    let mut json = sides(("path", path(&property.path)), &property.before, &property.after);
    json.insert("impact".to_owned(), json!(property.impact.as_str()));
    json.insert("certain".to_owned(), json!(!property.impact.is_open()));
    if property.order_only {
        json.insert("orderOnly".to_owned(), json!(true));
    }
    let basis = match property.basis {
        Basis::Static => "static",
        Basis::Runtime => "runtime",
        Basis::Unknown => "unknown",
        Basis::ChangeSet => "change set",
    };
    json.insert("basis".to_owned(), json!(basis));
    if let Some(because) = &property.because {
        json.insert("because".to_owned(), json!(because));
    }
    Value::Object(json)
}

fn path(path: &Path) -> String {
    path.to_string()
}

fn entry(entry: &EntryDiff) -> Value {
    let mut json = sides(("name", entry.name.clone()), &entry.before, &entry.after);
    if let Some(count) = entry.used_by {
        json.insert("usedBy".to_owned(), json!(count));
    }
    Value::Object(json)
}

fn sides(name: (&str, String), before: &Option<Value>, after: &Option<Value>) -> Map<String, Value> {
    let mut json = Map::new();
    json.insert(name.0.to_owned(), json!(name.1));
    for (key, side) in [("before", before), ("after", after)] {
        if let Some(value) = side {
            json.insert(key.to_owned(), value.clone());
        }
    }
    json
}

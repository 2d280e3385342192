//! Columns of the table that follow from a type as a whole: where free JSON is, which texts are secrets, what names the thing.

use serde_json::{Map, Value};

use super::overlay;
use crate::ir::{Resource, Type};
use crate::read::{is_scalar, paths_of};

/// Places of a type, by what they take.
#[derive(Debug, Default)]
pub(super) struct Places {
    /// JSON of any form, whose numbers and texts are different things.
    pub(super) free_json: Vec<String>,
    /// Texts that nobody is to read.
    pub(super) secrets: Vec<String>,
}

impl Places {
    pub(super) fn of(root: &Map<String, Value>, resource: &Resource) -> Places {
        let mut places = Places::default();
        let keys = KEYS.iter().filter(|(type_name, _)| *type_name == resource.type_name);
        places.secrets.extend(keys.map(|(_, path)| (*path).to_owned()));
        for property in &resource.properties {
            places.collect(resource, property.name.clone(), &property.ty, &mut Vec::new());
        }
        // A value that can be a text or a number is not a document, though its Rust type says no more.
        places.free_json.retain(|place| !is_scalar(root, place));
        places.free_json.retain(|place| !TEXTS.contains(&(resource.type_name.as_str(), place)));
        places
    }

    fn collect<'r>(&mut self, resource: &'r Resource, path: String, ty: &'r Type, within: &mut Vec<&'r str>) {
        match ty {
            Type::Json => {
                if is_secret(&resource.type_name, &path) {
                    self.secrets.push(path.clone());
                }
                self.free_json.push(path);
            }
            Type::String if is_secret(&resource.type_name, &path) => self.secrets.push(path),
            Type::String | Type::Integer | Type::Number | Type::Boolean | Type::Enum(_) => {}
            Type::List(inside) | Type::Map(inside) => self.collect(resource, path + ".*", inside, within),
            Type::Boxed(inside) => self.collect(resource, path, inside, within),
            // A type that contains itself ends here: its places are known from the first time.
            Type::Struct(name) | Type::Union(name) if within.contains(&name.as_str()) => {}
            Type::Struct(name) => {
                within.push(name);
                for property in resource.structs.iter().filter(|own| own.name == *name).flat_map(|own| &own.properties)
                {
                    self.collect(resource, format!("{path}.{}", property.name), &property.ty, within);
                }
                within.pop();
            }
            Type::Union(name) => {
                within.push(name);
                for one in resource.unions.iter().filter(|own| own.name == *name).flat_map(|own| &own.alternatives) {
                    let path = one.key.as_ref().map_or_else(|| path.clone(), |key| format!("{path}.{key}"));
                    self.collect(resource, path, &one.ty, within);
                }
                within.pop();
            }
        }
    }
}

/// Places that the schemas of the snapshot allow any value at, and that hold texts.
///
/// Source: AWS CloudFormation Template Reference, `Variables` of `AWS::Lambda::Function`: "Object of String"; `Parameters` of
/// `AWS::CloudFormation::Stack`: values of the nested template's parameters, which are texts.
const TEXTS: &[(&str, &str)] =
    &[("AWS::CloudFormation::Stack", "Parameters.*"), ("AWS::Lambda::Function", "Environment.Variables.*")];

/// Words at the end of a name that say that its value is a secret.
const SECRET: &[&str] = &[
    "accesskey",
    "apikey",
    "apikeyvalue",
    "authenticationmaterial",
    "credentialsmap",
    "customauthenticationcredentials",
    "hostkey",
    "hostkeybody",
    "kerberoskeytab",
    "passphrase",
    "password",
    "passwords",
    "presharedkey",
    "privatekey",
    "secret",
    "secretkey",
    "secretstring",
    "statickeyvalue",
    "token",
    "tokenkey",
    "tokenvalue",
];

/// Names that end so and are none: the name of a request, a function's ARN, what an event carries, an id.
const NO_SECRET: &[&str] = &["clienttoken", "eventsourcetoken", "removeprivatekey", "servicetoken"];

/// Keys of maps, which no schema names, and the other way round: files on a disk that are called as what is in them.
///
/// Sources: AWS CloudFormation Template Reference, `ProviderDetails` of `AWS::Cognito::UserPoolIdentityProvider` and
/// `ConnectionProperties` of `AWS::Glue::Connection`; `ListenerTlsFileCertificate` of `AWS::AppMesh::VirtualNode`.
const KEYS: &[(&str, &str)] = &[
    ("AWS::Cognito::UserPoolIdentityProvider", "ProviderDetails.client_secret"),
    ("AWS::Glue::Connection", "ConnectionInput.ConnectionProperties.PASSWORD"),
];

fn is_secret(type_name: &str, path: &str) -> bool {
    let last = path.rsplit('.').find(|name| *name != "*").unwrap_or_default().to_ascii_lowercase();
    let is_file = type_name.starts_with("AWS::AppMesh::");
    !is_file && SECRET.iter().any(|word| last.ends_with(word)) && !NO_SECRET.contains(&last.as_str())
}

/// The places whose values make the value of `Ref`.
pub(super) fn ref_parts(type_name: &str, root: &Map<String, Value>) -> Vec<String> {
    let named = overlay::ref_parts_of(type_name);
    let properties = root.get("properties").and_then(Value::as_object);
    // The table by hand has names that people use, which need not be places.
    let is_place =
        |name: &String| properties.is_some_and(|all| all.contains_key(name.split('.').next().unwrap_or(name)));
    if !named.is_empty() && named.iter().all(is_place) { named } else { paths_of(root, "primaryIdentifier") }
}

/// The property that names the thing, and those within which it does.
///
/// The name if neither source of the overlay has one: the primary identifier, where a template gives all of it.
pub(super) fn name(type_name: &str, root: &Map<String, Value>) -> Vec<String> {
    if let Some(known) = overlay::names_of(type_name) {
        return known;
    }
    let mut parts = paths_of(root, "primaryIdentifier");
    let read_only = paths_of(root, "readOnlyProperties");
    let is_given =
        |part: &String| !read_only.iter().any(|place| place == part || part.starts_with(&format!("{place}.")));
    if !parts.iter().all(is_given) {
        return Vec::new();
    }
    // The name itself comes first: what `Ref` gives, else what is called a name, else the last part.
    let ref_parts = ref_parts(type_name, root);
    let place = match ref_parts.as_slice() {
        [one] => parts.iter().position(|part| part == one),
        _ => None,
    };
    let place = place.or_else(|| parts.iter().rposition(|part| part.ends_with("Name")));
    if let Some(place) = place.or(parts.len().checked_sub(1)) {
        let name = parts.remove(place);
        parts.insert(0, name);
    }
    parts
}

//! Dynamic references in texts: `{{resolve:ssm:name}}`, `{{resolve:secretsmanager:id:SecretString:key}}`.
//!
//! In properties they stay as they are written, so that no secret reaches an event, a preview or the disk, and another value behind a
//! reference is not a change of the template, as at AWS. Before a resource is created the engine only checks that the referenced value
//! exists. In outputs, plain parameters are filled in.

use super::outside::Outside;

/// The treatment of dynamic references.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum References {
    /// They are left alone.
    Kept,
    /// They are left alone, but the referenced value must exist.
    Checked,
    /// Parameters are filled in; secrets are not given out.
    Filled,
}

/// The text for a dynamic reference such as `resolve:ssm:/name`: its value, or the reference as it is written.
///
/// # Errors
///
/// Where the referenced value does not exist.
pub(super) fn resolve(outside: &dyn Outside, references: References, reference: &str) -> Result<String, String> {
    let written = || format!("{{{{{reference}}}}}");
    if references == References::Kept {
        return Ok(written());
    }
    let key = reference.strip_prefix("resolve:").unwrap_or(reference);
    let value = dynamic(outside, key)?;
    Ok(if references == References::Filled && key.starts_with("ssm:") { value } else { written() })
}

fn dynamic(outside: &dyn Outside, reference: &str) -> Result<String, String> {
    let (service, key) = reference.split_once(':').unwrap_or((reference, ""));
    match service {
        "ssm" | "ssm-secure" => {
            let (name, version) = match key.rsplit_once(':') {
                Some((name, version)) if version.bytes().all(|byte| byte.is_ascii_digit()) => {
                    (name, version.parse::<usize>().ok())
                }
                _ => (key, None),
            };
            let missing = || format!("Parameters: [{key}] cannot be found.");
            outside.parameter(name, version).ok_or_else(missing)
        }
        "secretsmanager" => secret(outside, key),
        other => Err(format!("Template error: unknown service {other} in dynamic reference {reference}")),
    }
}

/// `id:SecretString:json-key:version-stage:version-id`, everything after the id optional.
fn secret(outside: &dyn Outside, key: &str) -> Result<String, String> {
    // An ARN has colons of its own: the id ends before `:SecretString`.
    let (id, rest) = match key.split_once(":SecretString") {
        Some((id, rest)) => (id, rest.strip_prefix(':').unwrap_or("")),
        None => (key, ""),
    };
    let mut rest = rest.split(':').map(|part| Some(part).filter(|part| !part.is_empty()));
    let (json_key, stage, version) = (rest.next().flatten(), rest.next().flatten(), rest.next().flatten());
    if stage.is_some() && version.is_some() {
        return Err("Template error: a version stage and a version id cannot be specified together".to_owned());
    }
    if !outside.has_secret(id) {
        return Err("Secrets Manager can't find the specified secret.".to_owned());
    }
    // Versions have ids that only the service knows.
    let value = match (stage.unwrap_or("AWSCURRENT"), version) {
        (_, Some(_)) => None,
        ("AWSCURRENT", None) => outside.secret(id, 0),
        ("AWSPREVIOUS", None) => outside.secret(id, 1),
        _ => None,
    };
    let text = value.ok_or_else(|| {
        let which = version.map_or_else(
            || format!("staging label: {}", stage.unwrap_or("AWSCURRENT")),
            |version| format!("VersionId: {version}"),
        );
        format!("Secrets Manager can't find the specified secret value for {which}")
    })?;
    let Some(json_key) = json_key else { return Ok(text) };
    let missing = || "Could not find a value associated with JSONKey in SecretString".to_owned();
    let json: serde_json::Value =
        serde_json::from_str(&text).map_err(|_| "Could not parse SecretString JSON".to_owned())?;
    json.get(json_key).and_then(super::text::text_of).ok_or_else(missing)
}

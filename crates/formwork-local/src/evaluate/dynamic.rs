//! Dynamic references in texts: `{{resolve:ssm:name}}`, `{{resolve:secretsmanager:id:SecretString:key}}`.
//!
//! In properties they stay as they are written, so that no secret reaches an event, a preview or the disk, and a change behind a
//! reference is no change of the template, as at AWS. Before a resource is made it is only looked whether there is something behind
//! them. In outputs, plain parameters are filled in.

use super::Evaluator;

/// What is done about dynamic references.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum References {
    /// They are left alone.
    Kept,
    /// They are left alone, but there must be something behind them.
    Checked,
    /// Parameters are filled in; secrets are not given out.
    Filled,
}

impl Evaluator<'_> {
    /// The text with what is done about its dynamic references.
    pub(super) fn resolve(&self, text: &str) -> Result<String, String> {
        const START: &str = "{{resolve:";
        if self.references == References::Kept || !text.contains(START) {
            return Ok(text.to_owned());
        }
        let mut resolved = String::with_capacity(text.len());
        let mut rest = text;
        while let Some(start) = rest.find(START) {
            resolved.push_str(&rest[..start]);
            let inner = &rest[start + START.len()..];
            let Some(end) = inner.find("}}") else {
                resolved.push_str(&rest[start..]);
                return Ok(resolved);
            };
            let value = self.dynamic(&inner[..end])?;
            if self.references == References::Filled && inner.starts_with("ssm:") {
                resolved.push_str(&value);
            } else {
                resolved.push_str(&rest[start..start + START.len() + end + 2]);
            }
            rest = &inner[end + 2..];
        }
        resolved.push_str(rest);
        Ok(resolved)
    }

    fn dynamic(&self, reference: &str) -> Result<String, String> {
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
                self.outside.parameter(name, version).ok_or_else(missing)
            }
            "secretsmanager" => self.secret(key),
            other => Err(format!("Template error: unknown service {other} in dynamic reference {reference}")),
        }
    }

    /// `id:SecretString:json-key:version-stage:version-id`, everything after the id optional.
    fn secret(&self, key: &str) -> Result<String, String> {
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
        let steps_back = match (stage, version) {
            (None | Some("AWSCURRENT"), None) => 0,
            (Some("AWSPREVIOUS"), None) => 1,
            (stage, version) => {
                let which = stage.or(version).unwrap_or_default();
                return Err(format!(
                    "Secrets Manager can't find the specified secret value for staging label or version: {which}"
                ));
            }
        };
        let text = self
            .outside
            .secret(id, steps_back)
            .ok_or_else(|| "Secrets Manager can't find the specified secret.".to_owned())?;
        let Some(json_key) = json_key else { return Ok(text) };
        let missing = || "Could not find a value associated with JSONKey in SecretString".to_owned();
        let json: serde_json::Value =
            serde_json::from_str(&text).map_err(|_| "Could not parse SecretString JSON".to_owned())?;
        json.get(json_key).and_then(super::text_of).ok_or_else(missing)
    }
}

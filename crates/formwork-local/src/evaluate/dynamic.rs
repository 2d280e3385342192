//! Dynamic references in texts: `{{resolve:ssm:name}}`, `{{resolve:secretsmanager:id:SecretString:key}}`.

use super::Evaluator;

impl Evaluator<'_> {
    /// The text with its dynamic references filled in.
    pub(super) fn resolve(&self, text: &str) -> Result<String, String> {
        const START: &str = "{{resolve:";
        if !text.contains(START) {
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
            resolved.push_str(&self.dynamic(&inner[..end])?);
            rest = &inner[end + 2..];
        }
        resolved.push_str(rest);
        Ok(resolved)
    }

    fn dynamic(&self, reference: &str) -> Result<String, String> {
        let (service, key) = reference.split_once(':').unwrap_or((reference, ""));
        match service {
            "ssm" | "ssm-secure" => {
                // A version after the last colon: the engine keeps one version of a parameter.
                let name = match key.rsplit_once(':') {
                    Some((name, version)) if version.bytes().all(|byte| byte.is_ascii_digit()) => name,
                    _ => key,
                };
                self.outside.parameter(name).ok_or_else(|| format!("Parameters: [{name}] cannot be found."))
            }
            "secretsmanager" => self.secret(key),
            other => Err(format!("Template error: unknown service {other} in dynamic reference {reference}")),
        }
    }

    fn secret(&self, key: &str) -> Result<String, String> {
        // An ARN has colons of its own: the id ends before `:SecretString`.
        let (id, rest) = match key.split_once(":SecretString") {
            Some((id, rest)) => (id, rest.strip_prefix(':').unwrap_or("")),
            None => (key, ""),
        };
        let text =
            self.outside.secret(id).ok_or_else(|| "Secrets Manager can't find the specified secret.".to_owned())?;
        match rest.split(':').next() {
            None | Some("") => Ok(text),
            Some(json_key) => {
                let missing = || "Could not find a value associated with JSONKey in SecretString".to_owned();
                let json: serde_json::Value =
                    serde_json::from_str(&text).map_err(|_| "Could not parse SecretString JSON".to_owned())?;
                json.get(json_key).and_then(super::text_of).ok_or_else(missing)
            }
        }
    }
}

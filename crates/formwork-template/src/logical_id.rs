//! Logical ids: the names of things inside a template. Letters and digits, 1 to 255 of them.
//!
//! Source: AWS CloudFormation User Guide, "Resources section structure" (alphanumeric) and "CloudFormation quotas" (255).

/// The longest logical id that CloudFormation takes, in characters.
pub const MAX_LENGTH: usize = 255;

/// Checks a logical id. The error is in words that continue "`id` is not a logical id: …".
pub fn check(id: &str) -> Result<(), String> {
    if id.is_empty() {
        return Err("it is empty".into());
    }
    if crate::token::is_in(id) {
        return Err(crate::token::NOT_YET_KNOWN.into());
    }
    if id.len() > MAX_LENGTH {
        return Err(format!("it has {} characters, {MAX_LENGTH} are allowed", id.chars().count()));
    }
    match id.chars().find(|c| !c.is_ascii_alphanumeric()) {
        None => Ok(()),
        Some(other) => Err(format!("`{}` is neither a letter nor a digit (A-Z, a-z, 0-9)", other.escape_debug())),
    }
}

//! Assets, as commands read them before they ship or publish them: hashed contents, and the name of a bucket.

use std::collections::BTreeSet;
use std::path::Path;

use formwork_assembly::Asset;
use formwork_assets::{Shipment, prepare_all};

use crate::error::{Class, CliError};
use crate::excerpt;
use crate::session::Session;

/// The name of a bucket as it is typed, with `{region}` and `{account}` in it.
///
/// # Errors
///
/// When it is not a name of one.
///
/// Source: Amazon S3 User Guide, "General purpose bucket naming rules".
pub(crate) fn bucket(name: &str) -> Result<String, String> {
    let known = name.replace("{region}", "us-east-1").replace("{account}", "111122223333");
    let is_name = known.bytes().all(|byte| byte.is_ascii_lowercase() || byte.is_ascii_digit() || b".-".contains(&byte));
    let ends = |c: char| c.is_ascii_alphanumeric();
    if !is_name || !(3..=63).contains(&known.len()) || !known.starts_with(ends) || !known.ends_with(ends) {
        return Err("a bucket has a name of 3 to 63 lower-case letters, digits, `.` and `-`".to_owned());
    }
    Ok(name.to_owned())
}

/// The name of the bucket that is meant: that of the option, or that of the environment; `None` where neither names one.
///
/// # Errors
///
/// When the environment's is not a name of one.
pub(crate) fn named(option: Option<&str>, session: &Session) -> Result<Option<String>, CliError> {
    if let Some(name) = option {
        return Ok(Some(name.to_owned()));
    }
    let Some(chosen) = session.chosen() else { return Ok(None) };
    let checked = chosen.asset_bucket.as_deref().map(bucket).transpose();
    checked.map_err(|reason| {
        let (name, environment) = (chosen.asset_bucket.as_deref().unwrap_or_default(), &chosen.environment.name);
        CliError::input(format!("`{name}` is not a name of a bucket: {reason}"))
            .hint(format!("it is `asset-bucket` of the environment `{environment}` in `formwork.toml`"))
    })
}

/// The prepared contents of assets; a problem with one is shown at its line.
pub(crate) fn prepared(session: &Session, root: &Path, assets: &[&Asset]) -> Result<Vec<Shipment>, CliError> {
    prepare_all(assets, root).map_err(|errors| refused(session, root, errors))
}

/// The error about contents that cannot be shipped; each problem is shown at its line.
pub(crate) fn refused(session: &Session, root: &Path, errors: Vec<formwork_assets::Error>) -> CliError {
    let is_input = errors.iter().all(formwork_assets::Error::is_input);
    let problems: Vec<_> = errors.iter().map(formwork_assets::Error::problem).collect();
    for problem in &problems {
        let text = excerpt::render(problem, root, session.printer.note_paint());
        session.printer.important(format_args!("{text}\n"));
    }
    // Several files of one may be wrong.
    let assets: BTreeSet<_> = errors.iter().map(|error| (error.asset.stack.to_string(), &error.asset.id)).collect();
    let message = match assets.len() {
        1 => "an asset cannot be shipped".to_owned(),
        several => format!("{several} assets cannot be shipped"),
    };
    let class = if is_input { Class::Input } else { Class::Service };
    CliError { problems, ..CliError::new(class, message) }
}

#[cfg(test)]
mod tests {
    use super::bucket;

    #[test]
    fn buckets() {
        for name in ["company-code", "a.b", "cdk-hnb659fds-assets-{account}-{region}"] {
            assert_eq!(bucket(name).as_deref(), Ok(name));
        }
        for name in ["", "ab", "Company", "a b", "-abc", "abc.", "code-${AWS::Region}", "a\"b", &"a".repeat(64)] {
            assert!(bucket(name).is_err(), "{name}");
        }
    }
}

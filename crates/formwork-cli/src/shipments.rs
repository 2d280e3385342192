//! Assets, as commands read them before they ship or publish them: hashed contents, and the bucket that is meant.

use std::collections::BTreeSet;
use std::path::Path;

use formwork_assembly::Asset;
use formwork_assets::{Shipment, prepare_all};

use crate::error::{Class, CliError};
use crate::excerpt;
use crate::session::Session;

/// The name of the bucket that is meant: that of the option, or that of the environment; `None` where neither names one.
pub(crate) fn named(option: Option<&str>, session: &Session) -> Option<String> {
    option.map(str::to_owned).or_else(|| session.chosen()?.asset_bucket.clone())
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

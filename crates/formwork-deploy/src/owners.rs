//! Stacks that another app deployed: they are neither changed nor deleted without a question, and `gc` leaves what is theirs alone.

use formwork_assembly::{Assembly, StackId};
use formwork_template::memory::Owner;

use crate::error::Error;
use crate::progress::{Consent, Observer, Progress};

/// The error of a run that would take over the stack, which `app` deployed; `None` if it is the assembly's own, or nobody is named.
pub(crate) fn taken_over(assembly: &Assembly, id: &StackId, app: Option<Owner>) -> Option<Error> {
    let (own, other) = (assembly.owner.as_ref()?, app?);
    own.differs_from(&other).then(|| Error::OfAnotherApp {
        stack: assembly.spelling(id),
        app: other.name(),
        own: own.name(),
    })
}

/// The same for a run with this consent: who is asked is warned.
pub(crate) fn check(
    assembly: &Assembly,
    id: &StackId,
    app: Option<Owner>,
    consent: Consent,
    observer: &dyn Observer,
) -> Result<(), Error> {
    match taken_over(assembly, id, app) {
        Some(error) if consent == Consent::Ask => {
            observer.progress(Progress::Warning { stack: id.clone(), message: error.to_string() });
            Ok(())
        }
        Some(error) => Err(error),
        None => Ok(()),
    }
}

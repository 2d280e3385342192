//! Documents within properties: state machines and SSM documents.

use super::Subject;
use crate::check::Check;

pub(super) fn check(_check: &mut Check<'_, '_>, _subject: &Subject<'_>) {}

//! Error of a run that could not be started at all.

/// A run could not be started.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum SetupError {
    /// The file of the given authorities cannot be read, or has none.
    #[error("{0}")]
    Authorities(String),
    /// This machine has no DNS server, or trusts nobody.
    #[error("{0}")]
    Machine(String),
}

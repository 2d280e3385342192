//! Values that a template takes from other stacks and from services.

/// Values from outside of the stack.
pub(crate) trait Outside {
    /// The value of `Fn::ImportValue`.
    fn import(&self, name: &str) -> Result<String, String>;
    /// The value of `Fn::GetStackOutput`; `None` while it is not known.
    fn stack_output(&self, stack: &str, output: &str, region: Option<&str>) -> Result<Option<String>, String>;
    /// A Systems Manager parameter, the latest version or a certain one, counted from one.
    fn parameter(&self, name: &str, version: Option<usize>) -> Option<String>;
    /// True if there is such a secret.
    fn has_secret(&self, id: &str) -> bool;
    /// The text of a secret, now or so many versions ago.
    fn secret(&self, id: &str, steps_back: usize) -> Option<String>;
}

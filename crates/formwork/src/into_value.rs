//! Values of any form, where a template takes each of them: an output, a property by its name.

use formwork_template::Value;

/// Everything that can be written into a template: texts, numbers, lists, `json!`, values of handles, functions.
#[diagnostic::on_unimplemented(
    message = "`{Self}` is not a value of a template",
    label = "not a value",
    note = "of a handle, say which value is meant: `bucket.ref_value()`, `bucket.arn()`"
)]
pub trait IntoValue {
    /// The value.
    fn into_value(self) -> Value;
}

#[diagnostic::do_not_recommend]
impl<T: Into<Value>> IntoValue for T {
    fn into_value(self) -> Value {
        self.into()
    }
}

//! The names of stacks, and the answer to a name that cannot be one.

use formwork_template::names::is_stack_name;

use crate::protocol::{ApiError, Form};
use crate::stacks;

/// The form of the name of a new stack.
///
/// Source: terraform-provider-aws issue 42668 (`CreateStack`).
const NAME: &str = "[a-zA-Z][-a-zA-Z0-9]*";

/// The form of the name of a stack in every other operation.
///
/// Source: aws-toolkit-vscode issue 1427 (`CreateChangeSet`), coreos-kubernetes issue 505 (`DescribeStacks`).
const NAME_OR_ID: &str = "[a-zA-Z][-a-zA-Z0-9]*|arn:[-a-zA-Z0-9:/._+]*";

/// Refuses a name that no stack can have.
pub(super) fn check(action: &str, form: &Form) -> Result<(), ApiError> {
    let Some(name) = form.get("StackName").filter(|name| !name.is_empty()) else { return Ok(()) };
    match action {
        "CreateStack" if is_stack_name(name) => Ok(()),
        // Source: API Reference, `CreateStack`, `StackName`.
        "CreateStack" if name.chars().count() > 128 => {
            Err(refused(name, "Member must have length less than or equal to 128"))
        }
        "CreateStack" => Err(refused(name, &format!("{PATTERN}{NAME}"))),
        _ if is_stack_name(name) || stacks::is_id(name) => Ok(()),
        _ => Err(refused(name, &format!("{PATTERN}{NAME_OR_ID}"))),
    }
}

const PATTERN: &str = "Member must satisfy regular expression pattern: ";

fn refused(name: &str, rule: &str) -> ApiError {
    ApiError::validation(format!(
        "1 validation error detected: Value '{name}' at 'stackName' failed to satisfy constraint: {rule}"
    ))
}

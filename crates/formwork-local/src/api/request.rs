//! A request, and the questions that every operation has for it.

use serde_json::{Value as Json, json};

use crate::model::{OperationKind, Place, Stack};
use crate::protocol::{ApiError, Form};
use crate::world::{ACCOUNT, World};

/// A request on its way.
#[derive(Debug)]
pub(crate) struct Request<'a> {
    pub(crate) form: &'a Form,
    pub(crate) region: &'a str,
}

impl Request<'_> {
    pub(super) fn place(&self) -> Place {
        Place { region: self.region.to_owned(), account: ACCOUNT.to_owned() }
    }

    /// The stack that `StackName` names.
    pub(super) fn stack<'w>(&self, world: &'w World) -> Result<&'w Stack, ApiError> {
        self.stack_or(world, ApiError::no_stack)
    }

    /// The same, for operations that have other words when there is none.
    pub(super) fn stack_or<'w>(&self, world: &'w World, refusal: fn(&str) -> ApiError) -> Result<&'w Stack, ApiError> {
        let name = self.form.require("StackName")?;
        world.find(self.region, name).ok_or_else(|| refusal(name))
    }
}

/// The stack and the id of the change set that a request names.
pub(super) fn change_set<'w>(world: &'w World, request: &Request<'_>) -> Result<(&'w Stack, String), ApiError> {
    let name = request.form.require("ChangeSetName")?;
    if name.starts_with("arn:") {
        let found = world.stack_of_change_set(request.region, name);
        let stack = found.ok_or_else(|| ApiError::no_change_set(name))?;
        return Ok((stack, name.to_owned()));
    }
    if request.form.get("StackName").is_none_or(str::is_empty) {
        return Err(ApiError::validation("StackName must be specified if ChangeSetName is not specified as an ARN."));
    }
    let stack = request.stack_or(world, ApiError::no_stack_to_change)?;
    let found =
        stack.change_sets.values().find(|change_set| change_set.name == name).map(|change_set| change_set.id.clone());
    Ok((stack, found.ok_or_else(|| ApiError::no_change_set(name))?))
}

/// A page of items. The token names the last one before the next page by its key, so that nothing is left out or told twice when there
/// are more of them then, or fewer; and its place, in case it is gone from a list without order.
pub(super) fn page<T>(
    mut items: Vec<T>,
    form: &Form,
    size: usize,
    key: impl Fn(&T) -> &str,
) -> Result<(Vec<T>, Option<String>), ApiError> {
    let start = match form.get("NextToken").filter(|token| !token.is_empty()) {
        None => 0,
        Some(token) => {
            let (place, last) = token
                .split_once('/')
                .and_then(|(place, last)| Some((place.parse::<usize>().ok()?, last)))
                .ok_or_else(|| ApiError::validation("NextToken is not valid"))?;
            let known = items.iter().position(|item| key(item) == last).map(|place| place + 1);
            known.unwrap_or_else(|| match items.is_sorted_by(|one, other| key(one) <= key(other)) {
                true => items.partition_point(|item| key(item) <= last),
                false => place.min(items.len()),
            })
        }
    };
    let end = start.saturating_add(size).min(items.len());
    let next = (end < items.len()).then(|| format!("{end}/{}", items.get(end - 1).map_or("", &key)));
    items.truncate(end);
    Ok((items.split_off(start), next))
}

/// The operation that the same request began before: its answer was lost on the way, and it is sent again.
///
/// Source: API Reference, "ClientRequestToken" of the operations, and the error `TokenAlreadyExistsException`.
pub(super) fn repeated(stack: &Stack, form: &Form, kind: OperationKind) -> Result<Option<Json>, ApiError> {
    let Some(token) = token(form) else { return Ok(None) };
    match stack.operations.iter().find(|operation| operation.token.as_ref() == Some(&token)) {
        None => Ok(None),
        Some(before) if before.kind == kind => Ok(Some(json!({ "StackId": stack.id, "OperationId": before.id }))),
        Some(_) => Err(ApiError::new(
            "TokenAlreadyExistsException",
            400,
            format!("A client request token already exists: {token}"),
        )),
    }
}

pub(super) fn token(form: &Form) -> Option<String> {
    form.get("ClientRequestToken").filter(|token| !token.is_empty()).map(str::to_owned)
}

//! CloudFormation by its SDK crate: the deployer's trait, answered by AWS. Requests are built here, answers become plain data in `read`.
//!
//! Nothing is tried again here: whoever calls knows for how long it is worth it.

mod answered;
mod read;

use std::cell::RefCell;
use std::collections::BTreeMap;
use std::rc::Rc;

use aws_config::retry::RetryConfig;
use aws_sdk_cloudformation::Client;
use aws_sdk_cloudformation::config::Region;
use aws_sdk_cloudformation::types::{
    Capability, ChangeSetType, EventFilter, OnStackFailure, Parameter, Tag, TemplateStage,
};
use formwork_model::service::{
    Answer, Call, Caller, ChangeSetPage, ChangeSetRequest, ChangeSetSummary, CloudFormation, CreatedChangeSet,
    DeletedResource, Deletion, Execution, FailuresOf, Finding, ListedResource, ListedStack, Page, ParameterSetting,
    ReadStack, StackEvent, TemplateGiven,
};

use crate::error::Error;
use crate::login::Aws;
use crate::place::Place;
use crate::{cloud_control, service, sts};

/// CloudFormation at AWS, or at whatever server the login's options name.
#[derive(Debug)]
pub struct Sdk {
    aws: Rc<Aws>,
    by_region: RefCell<BTreeMap<String, Regional>>,
}

/// The client of one region, with the words to speak of it.
#[derive(Clone, Debug)]
struct Regional {
    api: Client,
    place: Place,
}

impl Sdk {
    /// With this login.
    pub fn new(aws: Rc<Aws>) -> Sdk {
        Sdk { aws, by_region: RefCell::default() }
    }

    fn at(&self, region: &str) -> Regional {
        let mut by_region = self.by_region.borrow_mut();
        let new = || {
            let config = aws_sdk_cloudformation::config::Builder::from(self.aws.config())
                .region(Region::new(region.to_owned()))
                .retry_config(RetryConfig::disabled())
                .interceptor(answered::Answered)
                .build();
            let place = self.aws.place(&service::CLOUDFORMATION, region);
            Regional { api: Client::from_conf(config), place }
        };
        by_region.entry(region.to_owned()).or_insert_with(new).clone()
    }
}

/// Sends a request and reads its answer.
macro_rules! send {
    ($at:ident, $call:ident, $request:expr, $read:expr) => {
        match $request.send().await {
            Ok(answer) => $read(answer),
            Err(error) => Err($at.place.failed(Call::$call.as_str(), &error)),
        }
    };
}

impl CloudFormation for Sdk {
    fn stack<'a>(&'a self, region: &'a str, name: &'a str) -> Answer<'a, Option<ReadStack>> {
        Box::pin(async move {
            let at = self.at(region);
            let answer = send!(at, DescribeStacks, at.api.describe_stacks().stack_name(name), read::stack);
            match answer {
                // Any answer but this one is an error, not an absence.
                Err(error) if error.is_missing() => Ok(None),
                other => other,
            }
        })
    }

    fn stacks<'a>(&'a self, region: &'a str, token: Option<&'a str>) -> Answer<'a, Page<ListedStack>> {
        Box::pin(async move {
            let at = self.at(region);
            let request = at.api.list_stacks().set_next_token(token.map(str::to_owned));
            send!(at, ListStacks, request, read::stacks)
        })
    }

    fn template<'a>(&'a self, region: &'a str, stack: &'a str) -> Answer<'a, Option<String>> {
        Box::pin(async move {
            let at = self.at(region);
            let request = at.api.get_template().stack_name(stack).template_stage(TemplateStage::Original);
            send!(at, GetTemplate, request, |answer: read::Template| Ok(answer.template_body().map(str::to_owned)))
        })
    }

    fn resources<'a>(
        &'a self,
        region: &'a str,
        stack: &'a str,
        token: Option<&'a str>,
    ) -> Answer<'a, Page<ListedResource>> {
        Box::pin(async move {
            let at = self.at(region);
            let request = at.api.list_stack_resources().stack_name(stack).set_next_token(token.map(str::to_owned));
            send!(at, ListStackResources, request, read::resources)
        })
    }

    fn imports<'a>(&'a self, region: &'a str, export: &'a str, token: Option<&'a str>) -> Answer<'a, Page<String>> {
        Box::pin(async move {
            let at = self.at(region);
            let request = at.api.list_imports().export_name(export).set_next_token(token.map(str::to_owned));
            match send!(at, ListImports, request, read::imports) {
                Err(error) if error.is_not_imported() => Ok(Page { items: Vec::new(), next: None }),
                other => other,
            }
        })
    }

    fn events<'a>(&'a self, region: &'a str, stack: &'a str, token: Option<&'a str>) -> Answer<'a, Page<StackEvent>> {
        Box::pin(async move {
            let at = self.at(region);
            let request = at.api.describe_stack_events().stack_name(stack).set_next_token(token.map(str::to_owned));
            send!(at, DescribeStackEvents, request, read::events)
        })
    }

    fn findings<'a>(
        &'a self,
        region: &'a str,
        of: FailuresOf<'a>,
        token: Option<&'a str>,
    ) -> Answer<'a, Page<Finding>> {
        Box::pin(async move {
            let at = self.at(region);
            let failed = EventFilter::builder().failed_events(true).build();
            let request = at.api.describe_events().filters(failed);
            let request = match of {
                FailuresOf::ChangeSet(id) => request.change_set_name(id),
                FailuresOf::Operation(id) => request.operation_id(id),
                FailuresOf::Stack(id) => request.stack_name(id),
            };
            send!(at, DescribeEvents, request.set_next_token(token.map(str::to_owned)), read::findings)
        })
    }

    fn create_change_set<'a>(&'a self, region: &'a str, request: &'a ChangeSetRequest) -> Answer<'a, CreatedChangeSet> {
        Box::pin(async move {
            let at = self.at(region);
            let ChangeSetRequest {
                stack,
                name,
                exists,
                template,
                parameters,
                capabilities,
                tags,
                description,
                is_nested,
            } = request;
            let parameters = parameters.iter().map(|(key, setting)| {
                let parameter = Parameter::builder().parameter_key(key);
                match setting {
                    ParameterSetting::Value(value) => parameter.parameter_value(value).build(),
                    ParameterSetting::Previous => parameter.use_previous_value(true).build(),
                }
            });
            let tags = tags.iter().map(|(key, value)| Tag::builder().key(key).value(value).build());
            let capabilities = capabilities.iter().map(|word| Capability::from(word.as_str()));
            let request = at
                .api
                .create_change_set()
                .stack_name(stack)
                .change_set_name(name)
                // Makes a second try of the same request harmless.
                .client_token(name)
                .change_set_type(if *exists { ChangeSetType::Update } else { ChangeSetType::Create })
                .set_use_previous_template((*template == TemplateGiven::Deployed).then_some(true))
                .set_template_body(template.text().map(str::to_owned))
                .set_template_url(template.url().map(str::to_owned))
                .set_parameters(Some(parameters.collect()))
                .set_capabilities(Some(capabilities.collect()))
                .set_tags(Some(tags.collect()))
                .set_description(description.clone())
                .set_include_nested_stacks(is_nested.then_some(true))
                .set_on_stack_failure((!exists).then_some(OnStackFailure::Rollback));
            send!(at, CreateChangeSet, request, read::created)
        })
    }

    fn change_set<'a>(
        &'a self,
        region: &'a str,
        id: &'a str,
        has_values: bool,
        token: Option<&'a str>,
    ) -> Answer<'a, ChangeSetPage> {
        Box::pin(async move {
            let at = self.at(region);
            let request = at
                .api
                .describe_change_set()
                .change_set_name(id)
                .set_include_property_values(has_values.then_some(true))
                .set_next_token(token.map(str::to_owned));
            send!(at, DescribeChangeSet, request, read::change_set)
        })
    }

    fn change_sets<'a>(
        &'a self,
        region: &'a str,
        stack: &'a str,
        token: Option<&'a str>,
    ) -> Answer<'a, Page<ChangeSetSummary>> {
        Box::pin(async move {
            let at = self.at(region);
            let request = at.api.list_change_sets().stack_name(stack).set_next_token(token.map(str::to_owned));
            send!(at, ListChangeSets, request, read::change_sets)
        })
    }

    fn execute_change_set<'a>(&'a self, region: &'a str, execution: &'a Execution) -> Answer<'a, ()> {
        Box::pin(async move {
            let at = self.at(region);
            let request = at
                .api
                .execute_change_set()
                .change_set_name(&execution.change_set)
                .set_disable_rollback(execution.keeps_failures.then_some(true))
                .client_request_token(&execution.token);
            send!(at, ExecuteChangeSet, request, nothing)
        })
    }

    fn delete_change_set<'a>(&'a self, region: &'a str, stack: Option<&'a str>, change_set: &'a str) -> Answer<'a, ()> {
        Box::pin(async move {
            let at = self.at(region);
            let request = at.api.delete_change_set().set_stack_name(stack.map(str::to_owned));
            send!(at, DeleteChangeSet, request.change_set_name(change_set), nothing)
        })
    }

    fn delete_stack<'a>(
        &'a self,
        region: &'a str,
        stack: &'a str,
        retain: &'a [String],
        token: &'a str,
    ) -> Answer<'a, ()> {
        Box::pin(async move {
            let at = self.at(region);
            let request = at.api.delete_stack().stack_name(stack).client_request_token(token);
            let request = retain.iter().fold(request, |request, id| request.retain_resources(id));
            send!(at, DeleteStack, request, nothing)
        })
    }

    fn protect<'a>(&'a self, region: &'a str, stack: &'a str, is_on: bool) -> Answer<'a, ()> {
        Box::pin(async move {
            let at = self.at(region);
            let request = at.api.update_termination_protection().stack_name(stack);
            send!(at, UpdateTerminationProtection, request.enable_termination_protection(is_on), nothing)
        })
    }

    fn rollback<'a>(&'a self, region: &'a str, stack: &'a str, token: &'a str) -> Answer<'a, ()> {
        Box::pin(async move {
            let at = self.at(region);
            let request = at.api.rollback_stack().stack_name(stack).client_request_token(token);
            send!(at, RollbackStack, request, nothing)
        })
    }

    fn continue_rollback<'a>(
        &'a self,
        region: &'a str,
        stack: &'a str,
        skip: &'a [String],
        token: &'a str,
    ) -> Answer<'a, ()> {
        Box::pin(async move {
            let at = self.at(region);
            let request = at.api.continue_update_rollback().stack_name(stack).client_request_token(token);
            let request = skip.iter().fold(request, |request, id| request.resources_to_skip(id));
            send!(at, ContinueUpdateRollback, request, nothing)
        })
    }

    fn has_resource<'a>(&'a self, region: &'a str, type_name: &'a str, identifier: &'a str) -> Answer<'a, bool> {
        Box::pin(async move { Ok(cloud_control::get(&self.aws, region, type_name, identifier).await?.is_some()) })
    }

    fn delete_resource<'a>(
        &'a self,
        region: &'a str,
        type_name: &'a str,
        identifier: &'a str,
        token: &'a str,
    ) -> Answer<'a, Deletion> {
        Box::pin(cloud_control::delete(&self.aws, region, type_name, identifier, token))
    }

    fn deleted_resources<'a>(&'a self, region: &'a str, token: Option<&'a str>) -> Answer<'a, Page<DeletedResource>> {
        Box::pin(cloud_control::deleted(&self.aws, region, token))
    }

    fn deletion<'a>(&'a self, region: &'a str, request: &'a str) -> Answer<'a, Deletion> {
        Box::pin(cloud_control::request_status(&self.aws, region, request))
    }

    fn caller<'a>(&'a self, region: &'a str) -> Answer<'a, Caller> {
        Box::pin(sts::caller(&self.aws, region))
    }
}

/// An answer that says only that it was done.
fn nothing<T>(_: T) -> Result<(), Error> {
    Ok(())
}

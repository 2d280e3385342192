//! Another client of the same service, who knows nothing of the runs that are tested.

use std::time::Duration;

use formwork_local::InProcess;
use formwork_model::service::{
    ChangeSetRequest, CloudFormation as _, Execution, ParameterSetting, ReadStack, TemplateGiven,
};
use formwork_template::{Style, Template};

/// Looks at a stack until nothing goes on with it.
pub(crate) async fn settled(service: &InProcess, region: &str, stack: &str) -> Option<ReadStack> {
    loop {
        let found = service.stack(region, stack).await.unwrap()?;
        if !found.status.ends_with("_IN_PROGRESS") || found.status == "REVIEW_IN_PROGRESS" {
            return Some(found);
        }
        tokio::time::sleep(Duration::from_millis(1)).await;
    }
}

/// Makes a change set of the deployed stack, with one more resource, and leaves it there.
pub(crate) async fn propose(service: &InProcess, region: &str, stack: &str, name: &str) -> Option<String> {
    let found = settled(service, region, stack).await?;
    let body = service.template(region, &found.id).await.ok()??;
    let mut template = Template::from_text(&body).ok()?;
    let note = format!(
        r#"{{"Resources":{{"Other":{{"Type":"AWS::SSM::Parameter","Properties":{{"Name":"/{stack}/{name}","Type":"String","Value":"x"}}}}}}}}"#
    );
    let other = Template::from_json(&note).unwrap();
    template.resources.extend(other.resources);
    let request = ChangeSetRequest {
        stack: stack.to_owned(),
        name: name.to_owned(),
        exists: found.status != "REVIEW_IN_PROGRESS",
        template: TemplateGiven::Text(template.to_json(Style::Pretty).0),
        parameters: found.parameters.iter().map(|(key, _)| (key.clone(), ParameterSetting::Previous)).collect(),
        tags: found.tags,
        ..ChangeSetRequest::default()
    };
    Some(service.create_change_set(region, &request).await.ok()?.id)
}

/// Updates a deployed stack, with one more resource. True if that was possible.
pub(crate) async fn update(service: &InProcess, region: &str, stack: &str, name: &str) -> bool {
    let Some(change_set) = propose(service, region, stack, name).await else { return false };
    let execution = Execution { change_set, token: name.to_owned(), keeps_failures: false };
    while let Err(error) = service.execute_change_set(region, &execution).await {
        // It is still being made.
        if !error.is_wrong_status() {
            return false;
        }
        let Ok(page) = service.change_set(region, &execution.change_set, false, None).await else { return false };
        if page.status.as_deref() == Some("FAILED") {
            return false;
        }
        tokio::time::sleep(Duration::from_millis(1)).await;
    }
    settled(service, region, stack).await;
    true
}

/// Deletes a stack.
pub(crate) async fn delete(service: &InProcess, region: &str, stack: &str, name: &str) -> bool {
    if settled(service, region, stack).await.is_none() {
        return false;
    }
    let is_begun = service.delete_stack(region, stack, &[], name).await.is_ok();
    settled(service, region, stack).await;
    is_begun
}

/// Deletes all change sets of a stack.
pub(crate) async fn delete_change_sets(service: &InProcess, region: &str, stack: &str) -> bool {
    let Ok(page) = service.change_sets(region, stack, None).await else { return false };
    let mut is_any = false;
    for change_set in page.items {
        is_any |= service.delete_change_set(region, None, &change_set.id).await.is_ok();
    }
    is_any
}

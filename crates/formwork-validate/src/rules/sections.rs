//! The template as a whole: it has resources, and no section that CloudFormation does not know.
//!
//! Source: AWS CloudFormation User Guide, "Template sections".

use formwork_template::Value;

use crate::check::Check;
use crate::finding::{Finding, rule};
use crate::rules::{listed, macros, path};

const SECTIONS: [&str; 10] = [
    "AWSTemplateFormatVersion",
    "Conditions",
    "Description",
    "Mappings",
    "Metadata",
    "Outputs",
    "Parameters",
    "Resources",
    "Rules",
    "Transform",
];

pub(crate) fn check(check: &mut Check<'_, '_>) {
    let template = check.template;
    // `Hooks` are CloudFormation's too, for blue/green deployments; `Globals` are of the serverless transform.
    let has_macros = check.has_macros;
    for key in template.others.keys().filter(|key| *key != "Hooks" && !has_macros) {
        let finding = Finding::error(rule::TEMPLATE_FORM, &path(&[key]), format!("a template has no section `{key}`"));
        check.add(finding.value(key).allowed(listed(SECTIONS)).meant(key, SECTIONS));
    }
    if let Some(globals) = template.others.get("Globals").filter(|_| macros::is_serverless(template)) {
        self::globals(check, globals);
    }
    if macros::is_serverless(template) {
        ignored_globals(check);
    }
    if let Some(transform) = &template.transform {
        self::transform(check, transform);
    }
    if template.resources.is_empty() && !check.has_macros {
        let finding = Finding::error(rule::TEMPLATE_FORM, &path(&["Resources"]), "the template has no resources");
        check.add(finding.allowed("at least one entry in `Resources`"));
    }
}

/// Types and properties of the serverless transform for which there can be values in common.
///
/// Source: AWS SAM Developer Guide, "Globals section of the AWS SAM template"; cfn-lint 1.58.0, `data/schemas/other/sam/globals.json`.
const GLOBALS: &[(&str, &str)] = &[
    (
        "Api",
        "AccessLogSetting AlwaysDeploy Auth BinaryMediaTypes CacheClusterEnabled CacheClusterSize CanarySetting Cors DefinitionUri \
         Domain EndpointConfiguration GatewayResponses MergeDefinitions MethodSettings MinimumCompressionSize Name OpenApiVersion \
         PropagateTags SecurityPolicy TracingEnabled Variables",
    ),
    ("CapacityProvider", "InstanceRequirements KmsKeyArn OperatorRole PropagateTags ScalingConfig Tags VpcConfig"),
    (
        "Function",
        "Architectures AssumeRolePolicyDocument AutoPublishAlias CapacityProviderConfig CodeUri DeadLetterQueue DeploymentPreference \
         Description DurableConfig Environment EphemeralStorage EventInvokeConfig FunctionScalingConfig Handler KmsKeyArn Layers \
         LoggingConfig MemorySize PermissionsBoundary PropagateTags ProvisionedConcurrencyConfig PublishToLatestPublished RecursiveLoop \
         ReservedConcurrentExecutions RolePath Runtime RuntimeManagementConfig SnapStart SourceKMSKeyArn Tags TenancyConfig Timeout \
         Tracing VersionDeletionPolicy VpcConfig",
    ),
    (
        "HttpApi",
        "AccessLogSettings Auth CorsConfiguration DefaultRouteSettings Domain FailOnWarnings PropagateTags RouteSettings StageVariables Tags",
    ),
    ("LayerVersion", "PublishLambdaVersion"),
    ("SimpleTable", "SSESpecification"),
    ("StateMachine", "PropagateTags"),
    (
        "WebSocketApi",
        "AccessLogSettings ApiKeySelectionExpression DefaultRouteSettings DisableExecuteApiEndpoint DisableSchemaValidation Domain \
         IpAddressType PropagateTags RouteSelectionExpression RouteSettings StageVariables Tags",
    ),
];

fn globals(check: &mut Check<'_, '_>, globals: &Value) {
    let Some(entries) = globals.as_map() else {
        if globals.as_function().is_none() {
            let finding = Finding::error(rule::TEMPLATE_FORM, &path(&["Globals"]), "`Globals` is not an object");
            check.add(finding.allowed(listed(GLOBALS.iter().map(|(name, _)| *name))));
        }
        return;
    };
    for (key, value) in entries {
        let Some((_, known)) = GLOBALS.iter().find(|(name, _)| name == key) else {
            let known = || GLOBALS.iter().map(|(name, _)| *name);
            let message = format!("there are no `Globals` for `{key}`");
            let finding = Finding::error(rule::TEMPLATE_FORM, &path(&["Globals", key]), message);
            check.add(finding.value(key).allowed(listed(known())).meant(key, known()));
            continue;
        };
        let known = || known.split_whitespace();
        let Some(properties) = value.as_map() else { continue };
        for name in properties.keys().filter(|name| !known().any(|known| known == *name) && !name.starts_with("Fn::")) {
            let message = format!("`Globals` for `{key}` have no property `{name}`");
            let finding = Finding::error(rule::TEMPLATE_FORM, &path(&["Globals", key, name]), message);
            check.add(finding.value(name).allowed(listed(known())).meant(name, known()));
        }
    }
}

/// Entries of `IgnoreGlobals` that leave nothing out.
fn ignored_globals(check: &mut Check<'_, '_>) {
    let template = check.template;
    let Some(globals) = template.others.get("Globals").and_then(Value::as_map) else { return };
    for (id, resource) in &template.resources {
        let ignored = resource.others.get("IgnoreGlobals").and_then(Value::as_list).unwrap_or_default();
        let kind = resource.type_name.strip_prefix("AWS::Serverless::").unwrap_or_default();
        let Some(common) = globals.get(kind).and_then(Value::as_map) else { continue };
        for (index, name) in ignored.iter().enumerate() {
            let Some(name) = name.as_str().filter(|name| !common.contains_key(*name)) else { continue };
            let at = path(&["Resources", id, "IgnoreGlobals", &index.to_string()]);
            let message = format!("`{name}` is not among the `Globals` for `{kind}`");
            let known = || common.keys().map(String::as_str);
            check.add(
                Finding::error(rule::TEMPLATE_FORM, &at, message)
                    .value(name)
                    .allowed(listed(known()))
                    .meant(name, known()),
            );
        }
    }
}

/// A macro's name, an object of its name and parameters, or a list of these.
///
/// Source: AWS CloudFormation Template Reference, "Transform".
fn transform(check: &mut Check<'_, '_>, transform: &Value) {
    let of = |value: &Value| match value {
        Value::String(_) => true,
        Value::Map(entries) => {
            entries.get("Name").is_some_and(|name| name.as_str().is_some())
                && entries.keys().all(|key| matches!(key.as_str(), "Name" | "Parameters"))
        }
        // `{"Fn::Transform": …}` has the name and the parameters, too.
        Value::Function(_) => true,
        _ => false,
    };
    let all = match transform {
        Value::List(items) => items.iter().enumerate().map(|(index, item)| (vec![index.to_string()], item)).collect(),
        one => vec![(Vec::new(), one)],
    };
    for (place, _) in all.into_iter().filter(|(_, value)| !of(value)) {
        let mut at = path(&["Transform"]);
        at.extend(place);
        let finding = Finding::error(rule::TEMPLATE_FORM, &at, "`Transform` names no macro");
        check.add(finding.allowed("a macro's name, or an object with its `Name` and `Parameters`"));
    }
}

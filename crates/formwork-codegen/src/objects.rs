//! Properties that take an object in S3, such as what a stack ships: found in the schemas and listed in the book, each with what it takes.
//!
//! A nested object that is a bucket and a key, and requires nothing else, is made of an object (`pair`, for `emit`). Others take the parts of
//! one. A text cannot be told from other texts: those that are the place of an object are listed here, and those whose names or descriptions
//! look like it are in a snapshot of the tests, so that a new one is seen.
//!
//! Sources: each type's page in the AWS CloudFormation Template Reference; the AWS CLI's `artifact_exporter.py` (what `aws cloudformation
//! package` uploads, and the form in which it names that); aws-cdk-lib, `aws-appsync` and `aws-glue` (the `s3://` form).

use std::collections::BTreeSet;
use std::fmt::Write;

use formwork_schema::ir::{Property, Resource, Type};

/// Names of a bucket and of a key beside it.
const PAIRS: &[(&str, &str)] = &[
    ("Bucket", "Key"),
    ("Bucket", "ObjectKey"),
    ("BucketARN", "FileKey"),
    ("BucketArn", "FileKey"),
    ("BucketName", "Key"),
    ("BucketName", "ObjectKey"),
    ("S3Bucket", "S3Key"),
    ("S3Bucket", "S3ObjectKey"),
    ("S3BucketName", "S3ObjectKey"),
    // The resource itself has these.
    ("CaCertificatesBundleS3Bucket", "CaCertificatesBundleS3Key"),
];

/// Nested objects with such names that are the place of what AWS writes, or are not a place at all.
const NOT_READ: &[&str] = &[
    // A component of a user interface, bound to a storage.
    "ComponentBindingPropertiesValueProperties",
    // A job's results.
    "OutputLocation",
    // Messages of a rule.
    "S3Action",
    "S3DestinationConfiguration",
    // The copy that a workflow makes.
    "S3InputFileLocation",
];

/// Parts of the names of properties that are the place of what AWS writes.
const WRITTEN: &[&str] = &["Output", "TempDirectory", "LogsStorageLocation"];

/// A bucket and a key among the properties of an object.
pub(crate) struct Pair<'p> {
    pub(crate) bucket: &'p Property,
    /// True if the bucket is named by its ARN.
    pub(crate) is_arn: bool,
    pub(crate) key: &'p Property,
    /// True if nothing else is required.
    pub(crate) is_all: bool,
}

/// The bucket and the key of a nested object, if it has them.
pub(crate) fn pair<'p>(name: &str, properties: &'p [Property]) -> Option<Pair<'p>> {
    if NOT_READ.contains(&name) {
        return None;
    }
    let text = |name: &str| properties.iter().find(|one| one.name == name && one.ty == Type::String);
    let (bucket, key) = PAIRS.iter().find_map(|(bucket, key)| text(bucket).zip(text(key)))?;
    let is_all = properties.iter().all(|one| !one.required || one.name == bucket.name || one.name == key.name);
    Some(Pair { bucket, is_arn: bucket.name.to_ascii_lowercase().ends_with("arn"), key, is_all })
}

/// Forms in which a property takes an object.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Form {
    /// The object as it is.
    Whole,
    /// A nested object or a resource that takes bucket and key beside other things.
    Parts {
        /// Name of the property for the bucket.
        bucket: &'static str,
        /// Name of the property for the key.
        key: &'static str,
        /// True if the bucket is named by its ARN.
        is_arn: bool,
    },
    /// The key, of an object in a bucket that is named elsewhere.
    Key,
    /// A URL.
    Url,
    /// `s3://BUCKET/KEY`.
    S3Uri,
    /// `BUCKET/KEY`.
    Location,
    /// An ARN.
    Arn,
}

/// A property that takes an object.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Taken {
    /// The names of properties on the way to it, with `.` between them and `*` for an item; empty for the resource itself.
    pub path: String,
    /// The form.
    pub form: Form,
}

/// Texts that are the place of an object.
const TEXTS: &[(&str, &str, Form)] = &[
    ("AWS::ApiGateway::DomainName", "MutualTlsAuthentication.TruststoreUri", Form::S3Uri),
    ("AWS::ApiGatewayV2::DomainName", "MutualTlsAuthentication.TruststoreUri", Form::S3Uri),
    ("AWS::AppConfig::ConfigurationProfile", "LocationUri", Form::S3Uri),
    ("AWS::AppSync::ChannelNamespace", "CodeS3Location", Form::S3Uri),
    ("AWS::AppSync::FunctionConfiguration", "CodeS3Location", Form::S3Uri),
    ("AWS::AppSync::FunctionConfiguration", "RequestMappingTemplateS3Location", Form::S3Uri),
    ("AWS::AppSync::FunctionConfiguration", "ResponseMappingTemplateS3Location", Form::S3Uri),
    ("AWS::AppSync::GraphQLSchema", "DefinitionS3Location", Form::S3Uri),
    ("AWS::AppSync::Resolver", "CodeS3Location", Form::S3Uri),
    ("AWS::AppSync::Resolver", "RequestMappingTemplateS3Location", Form::S3Uri),
    ("AWS::AppSync::Resolver", "ResponseMappingTemplateS3Location", Form::S3Uri),
    ("AWS::BedrockAgentCore::Dataset", "Source.S3Source.S3Uri", Form::S3Uri),
    ("AWS::CloudFormation::GuardHook", "RuleLocation.Uri", Form::S3Uri),
    ("AWS::CloudFormation::HookVersion", "SchemaHandlerPackage", Form::S3Uri),
    ("AWS::CloudFormation::ModuleVersion", "ModulePackage", Form::S3Uri),
    ("AWS::CloudFormation::ResourceVersion", "SchemaHandlerPackage", Form::S3Uri),
    ("AWS::CloudFormation::Stack", "TemplateURL", Form::Url),
    ("AWS::CloudFormation::StackSet", "TemplateURL", Form::Url),
    ("AWS::CodeBuild::Project", "SecondarySources.*.Location", Form::Location),
    ("AWS::CodeBuild::Project", "Source.Location", Form::Location),
    ("AWS::Config::ConformancePack", "TemplateS3Uri", Form::S3Uri),
    ("AWS::Config::OrganizationConformancePack", "TemplateS3Uri", Form::S3Uri),
    ("AWS::Connect::Prompt", "S3Uri", Form::S3Uri),
    ("AWS::ECS::TaskDefinition", "ContainerDefinitions.*.EnvironmentFiles.*.Value", Form::Arn),
    ("AWS::EMR::Cluster", "BootstrapActions.*.ScriptBootstrapAction.Path", Form::S3Uri),
    ("AWS::EMR::Step", "HadoopJarStep.Jar", Form::S3Uri),
    ("AWS::Glue::Blueprint", "BlueprintLocation", Form::S3Uri),
    ("AWS::Glue::DevEndpoint", "ExtraJarsS3Path", Form::S3Uri),
    ("AWS::Glue::DevEndpoint", "ExtraPythonLibsS3Path", Form::S3Uri),
    ("AWS::Glue::Job", "Command.ScriptLocation", Form::S3Uri),
    ("AWS::ImageBuilder::Component", "Uri", Form::S3Uri),
    ("AWS::ImageBuilder::ContainerRecipe", "DockerfileTemplateUri", Form::S3Uri),
    ("AWS::ImageBuilder::Workflow", "Uri", Form::S3Uri),
    ("AWS::IoT::Job", "DocumentSource", Form::Url),
    ("AWS::IoT::JobTemplate", "DocumentSource", Form::Url),
    ("AWS::M2::Application", "Definition.S3Location", Form::S3Uri),
    ("AWS::MWAA::Environment", "PluginsS3Path", Form::Key),
    ("AWS::MWAA::Environment", "RequirementsS3Path", Form::Key),
    ("AWS::MWAA::Environment", "StartupScriptS3Path", Form::Key),
    ("AWS::Omics::Workflow", "DefinitionUri", Form::S3Uri),
    ("AWS::Omics::Workflow", "readmeUri", Form::S3Uri),
    ("AWS::Omics::WorkflowVersion", "DefinitionUri", Form::S3Uri),
    ("AWS::Omics::WorkflowVersion", "readmeUri", Form::S3Uri),
    (
        "AWS::PCS::ComputeNodeGroup",
        "NodeLifecycleActions.Stages.NodeBootstrapped.*.ScriptSource.ScriptLocation",
        Form::S3Uri,
    ),
    ("AWS::PCS::ComputeNodeGroup", "NodeLifecycleActions.Stages.NodeReady.*.ScriptSource.ScriptLocation", Form::S3Uri),
    ("AWS::Route53GlobalResolver::FirewallDomainList", "DomainFileUrl", Form::S3Uri),
    ("AWS::Route53Resolver::FirewallDomainList", "DomainFileUrl", Form::S3Uri),
    ("AWS::SSM::Document", "Attachments.*.Values.*", Form::S3Uri),
    (
        "AWS::SageMaker::EndpointConfig",
        "ExplainerConfig.ClarifyExplainerConfig.ShapConfig.ShapBaselineConfig.ShapBaselineUri",
        Form::S3Uri,
    ),
    ("AWS::SageMaker::Model", "Containers.*.ModelDataSource.S3DataSource.S3Uri", Form::S3Uri),
    ("AWS::SageMaker::Model", "Containers.*.ModelDataUrl", Form::S3Uri),
    ("AWS::SageMaker::Model", "PrimaryContainer.ModelDataSource.S3DataSource.S3Uri", Form::S3Uri),
    ("AWS::SageMaker::Model", "PrimaryContainer.ModelDataUrl", Form::S3Uri),
    ("AWS::SageMaker::ModelBiasJobDefinition", "ModelBiasAppSpecification.ConfigUri", Form::S3Uri),
    ("AWS::SageMaker::ModelExplainabilityJobDefinition", "ModelExplainabilityAppSpecification.ConfigUri", Form::S3Uri),
    ("AWS::Transcribe::MedicalVocabulary", "VocabularyFileUri", Form::S3Uri),
    ("AWS::Transcribe::Vocabulary", "VocabularyFileUri", Form::S3Uri),
    ("AWS::Transcribe::VocabularyFilter", "VocabularyFilterFileUri", Form::S3Uri),
    ("AWS::Translate::ParallelData", "ParallelDataConfig.S3Uri", Form::S3Uri),
];

/// Properties of a resource type that take an object, by path.
pub fn taken(resource: &Resource) -> Vec<Taken> {
    let mut walk = Walk { resource, taken: BTreeSet::new(), open: Vec::new(), alike: BTreeSet::new() };
    walk.object("", "", &resource.properties);
    walk.taken.into_iter().collect()
}

/// Texts of a resource type that look like the place of an object and are not in the list: most are where AWS writes.
pub fn alike(resource: &Resource) -> Vec<String> {
    let mut walk = Walk { resource, taken: BTreeSet::new(), open: Vec::new(), alike: BTreeSet::new() };
    walk.object("", "", &resource.properties);
    walk.alike.into_iter().collect()
}

/// The entries of the list of texts that no such type has.
pub fn unknown(resources: &[Resource]) -> Vec<(&'static str, &'static str)> {
    let is_there = |(type_name, path): &(&str, &str)| {
        let resource = resources.iter().find(|one| one.type_name == *type_name);
        resource.is_some_and(|resource| taken(resource).iter().any(|taken| taken.path == **path))
    };
    TEXTS.iter().map(|(type_name, path, _)| (*type_name, *path)).filter(|entry| !is_there(entry)).collect()
}

struct Walk<'r> {
    resource: &'r Resource,
    taken: BTreeSet<Taken>,
    alike: BTreeSet<String>,
    /// The nested types around, since some contain themselves.
    open: Vec<&'r str>,
}

impl<'r> Walk<'r> {
    fn object(&mut self, path: &str, name: &str, properties: &'r [Property]) {
        let is_written = WRITTEN.iter().any(|part| path.contains(part));
        if let Some(Pair { bucket, is_arn, key, is_all }) = pair(name, properties).filter(|_| !is_written) {
            let names = PAIRS.iter().find(|(one, other)| *one == bucket.name && *other == key.name);
            let form = match names {
                Some((bucket, key)) if !is_all || name.is_empty() => Form::Parts { bucket, key, is_arn },
                _ => Form::Whole,
            };
            self.taken.insert(Taken { path: path.to_owned(), form });
        }
        for property in properties {
            let dot = if path.is_empty() { "" } else { "." };
            self.value(&format!("{path}{dot}{}", property.name), &property.ty, Some(property));
        }
    }

    fn value(&mut self, path: &str, ty: &'r Type, property: Option<&Property>) {
        let resource = self.resource;
        match ty {
            Type::String => self.text(path, property),
            Type::List(inside) | Type::Map(inside) => self.value(&format!("{path}.*"), inside, property),
            Type::Boxed(inside) => self.value(path, inside, property),
            Type::Struct(name) => {
                let Some(nested) = resource.structs.iter().find(|one| one.name == *name) else { return };
                self.inside(name, |walk| walk.object(path, name, &nested.properties));
            }
            Type::Union(name) => {
                let Some(union) = resource.unions.iter().find(|one| one.name == *name) else { return };
                self.inside(name, |walk| {
                    for one in &union.alternatives {
                        let path = match &one.key {
                            Some(key) => format!("{path}.{key}"),
                            None => path.to_owned(),
                        };
                        walk.value(&path, &one.ty, None);
                    }
                });
            }
            Type::Integer | Type::Number | Type::Boolean | Type::Json | Type::Enum(_) => {}
        }
    }

    fn inside(&mut self, name: &'r str, walk: impl FnOnce(&mut Self)) {
        if !self.open.contains(&name) {
            self.open.push(name);
            walk(self);
            self.open.pop();
        }
    }

    fn text(&mut self, path: &str, property: Option<&Property>) {
        let listed = TEXTS.iter().find(|(type_name, own, _)| *type_name == self.resource.type_name && *own == path);
        if let Some((_, _, form)) = listed {
            self.taken.insert(Taken { path: path.to_owned(), form: *form });
            return;
        }
        let name = path.trim_end_matches(".*").rsplit('.').next().unwrap_or_default();
        let is_place =
            ["uri", "url", "location", "path", "package"].iter().any(|end| name.to_ascii_lowercase().ends_with(end));
        let says_s3 = name.contains("S3") || property.is_some_and(|property| property.doc.contains("S3"));
        if is_place && says_s3 {
            self.alike.insert(path.to_owned());
        }
    }
}

/// The page of the book that lists what takes an object.
pub fn page(resources: &[Resource]) -> String {
    let mut text = String::from(
        "<!-- Generated by cargo xtask codegen from schemas/; do not edit. -->\n# Properties that take an object\n\n\
         [An object](assets.md) that a stack ships, or one that is there already, as these properties take it. `object` stands for the \
         object, `&object` for a value that is made of one: `code: (&object).into()`, and `some(&object)` where it is optional.\n\n\
         | type | property | takes |\n|---|---|---|\n",
    );
    for resource in resources {
        for Taken { path, form } in taken(resource) {
            let path = if path.is_empty() { "the resource itself".to_owned() } else { format!("`{path}`") };
            let takes = match form {
                Form::Whole => "`&object`".to_owned(),
                Form::Parts { bucket, key, is_arn } => {
                    let method = if is_arn { "bucket_arn" } else { "bucket" };
                    format!("`object.{method}()` as `{bucket}`, `object.key()` as `{key}`")
                }
                Form::Key => "`object.key()`, with the bucket beside it".to_owned(),
                Form::Url => "`object.url()`".to_owned(),
                Form::S3Uri => "`object.s3_uri()`".to_owned(),
                Form::Location => "`object.location()`".to_owned(),
                Form::Arn => "`object.arn()`".to_owned(),
            };
            // Writing to a `String` cannot fail.
            let _ = writeln!(text, "| `{}` | {path} | {takes} |", resource.type_name);
        }
    }
    text
}

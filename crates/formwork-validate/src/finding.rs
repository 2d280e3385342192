//! A finding of a check: the rule, the place, the fault, what is allowed.

use std::fmt;

/// One thing that is wrong with a template, or questionable.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Finding {
    /// The severity, which decides if a deployment stops.
    pub severity: Severity,
    /// The rule's id; all of them are in [`rule`].
    pub rule: &'static str,
    /// The place in the template: names and indexes from the root, as they stand in its JSON.
    pub path: Vec<String>,
    /// The fault: lower case, no full stop, the wrong value in backticks.
    pub message: String,
    /// The value that stands there, as JSON, shortened; nothing when it could be a secret.
    pub value: Option<String>,
    /// The values that are allowed instead.
    pub allowed: Option<String>,
    /// A hint on what to do about it.
    pub hint: Option<String>,
    /// The place where the thing was made: in the Rust source, or in the template's file.
    pub location: Option<Location>,
    /// The reason for which it is in order, of a finding that the source acknowledges.
    pub reason: Option<String>,
    /// For what AWS offers at the day of the schemas (an instance type, a version, a runtime): the places that the finding is
    /// about. What is deployed was in order when it was, so while all of them are as they are deployed it is a warning; see
    /// [`soften`](crate::soften). Empty for what does not age.
    pub ages: Vec<Vec<String>>,
}

/// A finding that is known about a resource, and why it is in order.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Acknowledgement {
    /// The resource's logical id.
    pub logical_id: String,
    /// The rule's id.
    pub rule: String,
    /// The reason for which the finding is in order.
    pub reason: String,
    /// The place in the source where it was acknowledged.
    pub location: Option<Location>,
}

/// The severity of a finding.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Severity {
    /// CloudFormation would refuse it.
    Error,
    /// It is deployed, but perhaps not as it was meant.
    Warning,
    /// The source says that it is in order, and why: it is listed only.
    Acknowledged,
}

/// A place in a file.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Location {
    /// The file.
    pub file: String,
    /// Counted from one.
    pub line: u32,
    /// Counted from one; of a template's file, not of a source.
    pub column: Option<u32>,
}

/// The ids of the rules.
pub mod rule {
    /// The text is not a template, or a section of it has not its form.
    pub const TEMPLATE_FORM: &str = "template-form";
    /// A limit of CloudFormation is passed, or nearly.
    pub const LIMIT: &str = "limit";
    /// A name has characters that CloudFormation does not take.
    pub const NAME: &str = "name";
    /// A function with the wrong arguments, of an unknown name, or where it may not stand.
    pub const FUNCTION: &str = "function";
    /// `Ref`, `Fn::GetAtt` or `${…}` of something that the template does not have.
    pub const REFERENCE: &str = "reference";
    /// An attribute that the resource's type does not have.
    pub const ATTRIBUTE: &str = "attribute";
    /// `DependsOn` something that is not a resource of the template.
    pub const DEPENDS_ON: &str = "depends-on";
    /// Resources that need each other.
    pub const CIRCULAR: &str = "circular-dependency";
    /// A condition that does not exist or is malformed.
    pub const CONDITION: &str = "condition";
    /// A mapping, or a key of one, that does not exist; or a malformed mapping.
    pub const MAPPING: &str = "mapping";
    /// A parameter whose type or constraints are malformed.
    pub const PARAMETER: &str = "parameter";
    /// A default value that the parameter's own constraints refuse.
    pub const PARAMETER_DEFAULT: &str = "parameter-default";
    /// A value that `--parameter` gives, and that the parameter does not take.
    pub const PARAMETER_VALUE: &str = "parameter-value";
    /// An output whose value is not a text.
    pub const OUTPUT: &str = "output";
    /// Two outputs export one name.
    pub const EXPORT: &str = "export-duplicate";
    /// An attribute of a resource (`DeletionPolicy`, …) with a wrong value.
    pub const RESOURCE: &str = "resource-attribute";
    /// A resource type that does not exist.
    pub const TYPE: &str = "resource-type";
    /// A resource type that the stack's region does not have.
    pub const REGION: &str = "resource-type-region";
    /// A type or template whose content is not known here.
    pub const UNCHECKED: &str = "not-checked";
    /// A property that the type does not have.
    pub const PROPERTY_UNKNOWN: &str = "property-unknown";
    /// A property that is needed.
    pub const PROPERTY_MISSING: &str = "property-missing";
    /// A value of another type than the property's.
    pub const PROPERTY_TYPE: &str = "property-type";
    /// A value that the property does not take.
    pub const PROPERTY_VALUE: &str = "property-value";
    /// Properties that do not go together.
    pub const PROPERTY_COMBINATION: &str = "property-combination";
    /// A property that only AWS sets.
    pub const PROPERTY_READ_ONLY: &str = "property-read-only";
    /// `null`, which CloudFormation refuses.
    pub const NULL: &str = "null";
    /// A distribution's certificate outside us-east-1.
    pub const CERTIFICATE_REGION: &str = "certificate-region";
    /// A distribution's origin written as a URL.
    pub const ORIGIN_URL: &str = "origin-url";
    /// An origin of no kind (warning), or a behavior that names one which is not there.
    pub const DISTRIBUTION_ORIGIN: &str = "distribution-origin";
    /// A distribution's alias that is not a host name, or has no certificate.
    pub const DISTRIBUTION_ALIAS: &str = "distribution-alias";
    /// A name that a certificate cannot have, or does not.
    pub const CERTIFICATE_NAME: &str = "certificate-name";
    /// A record set of Route 53: values, alias, routing policy, name.
    pub const RECORD_SET: &str = "record-set";
    /// A malformed policy of IAM.
    pub const POLICY: &str = "policy-document";
    /// A role by its name, where it is looked for at the path `/`.
    pub const ROLE_PATH: &str = "role-path";
    /// Attributes of a table of DynamoDB that are not those of its keys.
    pub const TABLE_KEYS: &str = "table-keys";
    /// A file that a package of Lambda needs and that is not there, or that is there and must not be.
    pub const FUNCTION_PACKAGE: &str = "function-package";
    /// A backup that is deleted sooner than cold storage gives it back.
    pub const BACKUP_LIFECYCLE: &str = "backup-lifecycle";
    /// Automatic failover of ElastiCache without a replica to go to.
    pub const CLUSTER_FAILOVER: &str = "cluster-failover";
    /// An element that a module cannot have.
    pub const MODULE: &str = "module";
    /// A malformed entry of `Rules`.
    pub const ASSERTION: &str = "rule-assertion";
    /// An ARN of another partition than the stack's.
    pub const PARTITION: &str = "arn-partition";
    /// Two entries of one mapping have one key.
    pub const REPEATED_KEY: &str = "repeated-key";
    /// A value of YAML or JSON that is a number or a boolean since it stands without quotation marks.
    pub const UNQUOTED: &str = "unquoted";
    /// An anchor of YAML, which CloudFormation has no aliases for.
    pub const ANCHOR: &str = "yaml-anchor";

    /// A header that CloudFront does not let an origin be given.
    pub const ORIGIN_HEADER: &str = "origin-header";
    /// A web ACL of a scope that does not fit.
    pub const WEB_ACL: &str = "web-acl";
    /// A text of a security group that EC2 refuses.
    pub const SECURITY_GROUP: &str = "security-group";
    /// A malformed range of ports.
    pub const PORTS: &str = "ports";
    /// A text that is not a CIDR block.
    pub const CIDR: &str = "cidr-block";
    /// A subnet outside its VPC, or across another one.
    pub const SUBNET: &str = "subnet";
    /// A reference to what is not made.
    pub const CONDITIONAL: &str = "conditional-reference";
    /// A value that was written for a programmer.
    pub const DEBUG_TEXT: &str = "debug-text";
    /// A password, a token or a key that is written out, or comes from a parameter without `NoEcho`.
    pub const PLAIN_SECRET: &str = "plain-secret";
    /// An acknowledged finding without a reason, or one that there is not.
    pub const ACKNOWLEDGED: &str = "acknowledged";

    /// An instance type, a version or a runtime that AWS does not offer, or not there.
    pub const NOT_OFFERED: &str = "not-offered";
    /// An action that no service of IAM has.
    pub const ACTION: &str = "policy-action";
    /// A malformed document within properties (a state machine, an SSM document).
    pub const DOCUMENT: &str = "document";
    /// Two resources that are one thing, by what identifies them.
    pub const SAME_RESOURCE: &str = "same-resource";

    /// All of them.
    pub const ALL: [&str; 58] = [
        TEMPLATE_FORM,
        LIMIT,
        NAME,
        FUNCTION,
        REFERENCE,
        ATTRIBUTE,
        DEPENDS_ON,
        CIRCULAR,
        CONDITION,
        MAPPING,
        PARAMETER,
        PARAMETER_DEFAULT,
        PARAMETER_VALUE,
        OUTPUT,
        EXPORT,
        RESOURCE,
        TYPE,
        REGION,
        UNCHECKED,
        PROPERTY_UNKNOWN,
        PROPERTY_MISSING,
        PROPERTY_TYPE,
        PROPERTY_VALUE,
        PROPERTY_COMBINATION,
        PROPERTY_READ_ONLY,
        NULL,
        CERTIFICATE_REGION,
        ORIGIN_URL,
        DISTRIBUTION_ORIGIN,
        DISTRIBUTION_ALIAS,
        CERTIFICATE_NAME,
        RECORD_SET,
        POLICY,
        ROLE_PATH,
        TABLE_KEYS,
        FUNCTION_PACKAGE,
        BACKUP_LIFECYCLE,
        CLUSTER_FAILOVER,
        MODULE,
        ASSERTION,
        PARTITION,
        REPEATED_KEY,
        UNQUOTED,
        ANCHOR,
        ORIGIN_HEADER,
        WEB_ACL,
        SECURITY_GROUP,
        PORTS,
        CIDR,
        SUBNET,
        CONDITIONAL,
        DEBUG_TEXT,
        PLAIN_SECRET,
        ACKNOWLEDGED,
        NOT_OFFERED,
        ACTION,
        DOCUMENT,
        SAME_RESOURCE,
    ];
}

impl Finding {
    pub(crate) fn error(rule: &'static str, path: &[impl AsRef<str>], message: impl Into<String>) -> Self {
        Finding {
            severity: Severity::Error,
            rule,
            path: path.iter().map(|segment| segment.as_ref().to_owned()).collect(),
            message: message.into(),
            value: None,
            allowed: None,
            hint: None,
            location: None,
            reason: None,
            ages: Vec::new(),
        }
    }

    pub(crate) fn warning(rule: &'static str, path: &[impl AsRef<str>], message: impl Into<String>) -> Self {
        Finding { severity: Severity::Warning, ..Finding::error(rule, path, message) }
    }

    pub(crate) fn value(self, value: impl Into<String>) -> Self {
        Finding { value: Some(value.into()), ..self }
    }

    pub(crate) fn allowed(self, allowed: impl Into<String>) -> Self {
        Finding { allowed: Some(allowed.into()), ..self }
    }

    pub(crate) fn hint(self, hint: impl Into<String>) -> Self {
        Finding { hint: Some(hint.into()), ..self }
    }

    /// With "did you mean" when one of `known` is close to `name`.
    pub(crate) fn meant<'a>(self, name: &str, known: impl IntoIterator<Item = &'a str>) -> Self {
        match formwork_template::did_you_mean(name, known) {
            Some(close) => self.hint(format!("did you mean `{close}`?")),
            None => self,
        }
    }

    /// The order of findings: errors first, then as their places follow each other, entries of lists by their number.
    pub(crate) fn order(&self) -> impl Ord + use<> {
        let place = |segment: &String| (segment.parse::<usize>().unwrap_or(usize::MAX), segment.clone());
        let line = self.location.as_ref().filter(|location| location.column.is_some()).cloned();
        let path: Vec<_> = self.path.iter().map(place).collect();
        (self.severity, line, path, self.rule, self.message.clone())
    }

    /// The place in the template, e.g. `Resources.Site.Properties.Aliases.0`.
    pub fn place(&self) -> String {
        self.path.join(".")
    }
}

impl Severity {
    /// `error`, `warning` or `acknowledged`.
    pub fn as_str(self) -> &'static str {
        match self {
            Severity::Error => "error",
            Severity::Warning => "warning",
            Severity::Acknowledged => "acknowledged",
        }
    }
}

impl fmt::Display for Location {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}:{}", self.file, self.line)?;
        self.column.map_or(Ok(()), |column| write!(f, ":{column}"))
    }
}

/// The finding as people read it.
///
/// ```text
/// error[property-value]: `HttpVersion` is `http4`
///   --> stacks/habitpay/src/lib.rs:31
///    = at Resources.Distribution.Properties.DistributionConfig.HttpVersion
///    = allowed: `http1.1`, `http2`, `http2and3`, `http3`
/// hint: did you mean `http3`?
/// ```
impl fmt::Display for Finding {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}[{}]: {}", self.severity.as_str(), self.rule, self.message)?;
        if let Some(location) = &self.location {
            write!(f, "\n  --> {location}")?;
        }
        if !self.path.is_empty() {
            write!(f, "\n   = at {}", self.place())?;
        }
        if let Some(allowed) = &self.allowed {
            write!(f, "\n   = allowed: {allowed}")?;
        }
        match (&self.reason, &self.hint) {
            (Some(reason), _) => write!(f, "\n   = in order: {reason}"),
            (None, Some(hint)) => write!(f, "\nhint: {hint}"),
            (None, None) => Ok(()),
        }
    }
}

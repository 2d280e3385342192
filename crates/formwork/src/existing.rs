//! Things that exist already, outside the app's stacks: handles like those of resources, with the known values of the things.
//!
//! Sources: AWS Service Authorization Reference, "Resource types defined by …" (the forms of ARNs, one page a service); AWS CloudFormation
//! Template Reference, "Return values" of the types (the value of `Ref`).

use formwork_assembly::{Location, Problem};
use formwork_template::{
    Attribute, Existing, HasAttributes, Place, Reference, ResourceType, StackId, Val, pseudo, token,
};

use crate::contents::Contents;
use crate::handle::Handle;
use crate::region::Anywhere;

/// Handles to things that exist already: every generated type has them.
pub trait FromExisting: HasAttributes + Sized {
    /// The handle to the thing with this id, the text that `Ref` returns of one in a stack; or with this ARN.
    ///
    /// An attribute that does not follow from it is not known, and a problem at synth, unless [`Handle::with`] says what it is. Nothing
    /// of the thing itself can be changed: options and edits are problems.
    ///
    /// ```
    /// use formwork::prelude::*;
    ///
    /// let mut stack = Stack::<EuCentral1>::new("reports");
    /// let logs = cfn::s3::Bucket::existing("company-logs");
    /// stack.output("Objects", format!("{}/*", logs.arn()));
    /// let role = cfn::iam::Role::existing("arn:aws:iam::111122223333:role/service/reader");
    /// stack.output("Role", role.ref_value());
    /// let template = &App::new().with(stack).synth().unwrap().stacks[0].template;
    /// assert!(template.contains(r#""Fn::Sub": "arn:${AWS::Partition}:s3:::company-logs/*""#));
    /// assert!(template.contains(r#""Value": "reader""#));
    /// ```
    #[track_caller]
    fn existing(id: impl Into<Val<String>>) -> Handle<Self, Anywhere>;
}

impl<T: ResourceType> FromExisting for T {
    fn existing(id: impl Into<Val<String>>) -> Handle<Self, Anywhere> {
        Handle::new(reference(T::TYPE_NAME, T::REF_NAME, &id.into(), Place::caller()))
    }
}

/// Form of a type's ids and ARNs.
struct Form {
    type_name: &'static str,
    /// The service in ARNs.
    service: &'static str,
    /// Beginning of the resource's part of an ARN; the rest of it is the name or id, behind a path if there is one.
    resource: &'static str,
    /// Beginning of ids.
    id: &'static str,
    /// True if `Ref` is the ARN.
    is_arn: bool,
    /// Attributes that are the same as `Ref`.
    same: &'static [&'static str],
}

const fn named(type_name: &'static str, service: &'static str, resource: &'static str) -> Form {
    Form { type_name, service, resource, id: "", is_arn: false, same: &[] }
}

const FORMS: &[Form] = &[
    Form { is_arn: true, ..named("AWS::CertificateManager::Certificate", "acm", "certificate/") },
    Form { same: &["Id"], ..named("AWS::CloudFront::Distribution", "cloudfront", "distribution/") },
    named("AWS::DynamoDB::Table", "dynamodb", "table/"),
    Form { id: "i-", same: &["InstanceId"], ..named("AWS::EC2::Instance", "ec2", "instance/") },
    Form { id: "sg-", same: &["GroupId", "Id"], ..named("AWS::EC2::SecurityGroup", "ec2", "security-group/") },
    Form { id: "subnet-", same: &["SubnetId"], ..named("AWS::EC2::Subnet", "ec2", "subnet/") },
    Form { id: "vpc-", same: &["VpcId"], ..named("AWS::EC2::VPC", "ec2", "vpc/") },
    named("AWS::ECR::Repository", "ecr", "repository/"),
    named("AWS::ECS::Cluster", "ecs", "cluster/"),
    named("AWS::IAM::Role", "iam", "role/"),
    named("AWS::IAM::User", "iam", "user/"),
    Form { same: &["KeyId"], ..named("AWS::KMS::Key", "kms", "key/") },
    named("AWS::Lambda::Function", "lambda", "function:"),
    named("AWS::S3::Bucket", "s3", ""),
    Form { is_arn: true, same: &["TopicArn"], ..named("AWS::SNS::Topic", "sns", "") },
    Form { is_arn: true, same: &["Id"], ..named("AWS::SecretsManager::Secret", "secretsmanager", "secret:") },
];

/// The reference to an existing thing, for a type by hand whose handles can be to one, too: that of `id`, an id or an ARN, as
/// `type_name` has them. `ref_name` is the name that people know its `Ref` by.
pub fn reference(type_name: &'static str, ref_name: &'static str, id: &Val<String>, place: Place) -> Reference {
    let id = id.to_string();
    let form = FORMS.iter().find(|form| form.type_name == type_name);
    let existing = Existing::new(type_name, place);
    let (existing, region) = match id.starts_with("arn:") {
        true => by_arn(existing, form, ref_name, &id),
        false => (by_id(existing, form, ref_name, &id), String::new()),
    };
    let stack = StackId::new("", region);
    Reference { stack, ..Reference::to_existing(id, existing) }
}

fn by_arn(mut existing: Existing, form: Option<&Form>, ref_name: &'static str, arn: &str) -> (Existing, String) {
    let whole = token::with_holes(arn, "\0");
    let parts: Vec<&str> = whole.splitn(6, ':').collect();
    let &[_, partition, service, region, account, resource] = parts.as_slice() else {
        existing.fault = Some(format!("`{arn}` is not an ARN: it has fewer than six parts with `:` between them"));
        return (existing, String::new());
    };
    // A part that is known only when the stack is deployed may be anything.
    let open = |part: &str| part.contains('\0');
    let wrong_account = !open(account) && !account.is_empty() && account != "aws" && !is_account(account);
    if (partition.is_empty() || service.is_empty() || resource.is_empty()) || wrong_account {
        existing.fault =
            Some(format!("`{arn}` is not an ARN: a part of it is empty, or its account is not twelve digits"));
        return (existing, String::new());
    }
    let known_region = if open(region) { String::new() } else { region.to_owned() };
    let existing = existing.with("Arn", arn);
    let Some(form) = form else { return (existing.with_ref(arn).with(ref_name, arn), known_region) };
    let fits = (open(service) || service == form.service) && (open(resource) || resource.starts_with(form.resource));
    if !fits || (!open(resource) && resource.len() == form.resource.len()) {
        let mut existing = existing;
        existing.fault = Some(format!(
            "`{arn}` is not the ARN of an `{}`: those are `arn:PARTITION:{}:REGION:ACCOUNT:{}…`",
            form.type_name, form.service, form.resource
        ));
        return (existing, known_region);
    }
    if form.is_arn {
        return (same(existing, form, ref_name, arn), known_region);
    }
    // The path of a role, for example, is not a part of its name.
    let name = resource.rsplit(['/', ':']).next().unwrap_or_default();
    if open(name) {
        return (existing, known_region);
    }
    (same(existing, form, ref_name, name), known_region)
}

fn is_account(account: &str) -> bool {
    account.len() == 12 && account.bytes().all(|byte| byte.is_ascii_digit())
}

fn by_id(mut existing: Existing, form: Option<&Form>, ref_name: &'static str, id: &str) -> Existing {
    let type_name = existing.type_name.clone();
    if id.trim() != id || id.is_empty() {
        existing.fault =
            Some(format!("{id:?} is not the id of an `{type_name}`: it is empty, or has blanks around it"));
        return existing;
    }
    let Some(form) = form else { return existing.with_ref(id).with(ref_name, id) };
    if !id.starts_with(form.id) && !token::with_holes(id, "\0").starts_with('\0') {
        existing.fault = Some(format!("`{id}` is not the id of an `{type_name}`: those begin with `{}`", form.id));
        return existing;
    }
    match form.type_name {
        _ if form.is_arn => existing,
        "AWS::S3::Bucket" => {
            let arn = format!("arn:{}:s3:::{id}", pseudo::partition());
            let domain_name = format!("{id}.s3.{}", pseudo::url_suffix());
            same(existing, form, ref_name, id).with("Arn", arn).with("DomainName", domain_name)
        }
        _ => same(existing, form, ref_name, id),
    }
}

fn same(existing: Existing, form: &Form, ref_name: &'static str, value: &str) -> Existing {
    let existing = existing.with_ref(value).with(ref_name, value);
    form.same.iter().fold(existing, |existing, attribute| existing.with(*attribute, value))
}

/// Problem of a value of an existing thing that is not known, or of the thing itself if it is wrong.
pub(crate) fn not_known(stack: &Contents, owner: &str, reference: &Reference, existing: &Existing) -> Problem {
    if let Some(fault) = &existing.fault {
        return Problem::error(fault.clone()).at(location(existing));
    }
    let Existing { type_name, .. } = existing;
    let id = &reference.logical_id;
    let (attribute, hint) = match &reference.attribute {
        Attribute::Ref(_) => ("Ref", "its ARN has it: `existing(\"arn:…\")`".to_owned()),
        Attribute::GetAtt(name) => (&**name, format!("say what it is: `Handle::with(…, {name:?}, …)`")),
    };
    let message = format!("`{owner}` uses `{attribute}` of the existing `{type_name}` `{id}`, which is not known");
    let place = stack.locations.get(owner).unwrap_or(&stack.location).clone();
    Problem::error(message).at(place).hint(hint)
}

/// Problem of an existing thing that a stack would change.
pub(crate) fn not_changed(reference: &Reference, existing: &Existing) -> Problem {
    let Existing { type_name, fault, .. } = existing;
    match fault {
        Some(fault) => Problem::error(fault.clone()).at(location(existing)),
        None => {
            let message =
                format!("the `{type_name}` `{}` exists already, and is in no stack of the app", reference.logical_id);
            Problem::error(message).hint("it has no options, edits and dependencies: only its values can be used")
        }
    }
}

fn location(existing: &Existing) -> Location {
    let Place { file, line } = &existing.place;
    Location { file: file.clone(), line: *line }
}

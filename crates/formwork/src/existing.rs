//! Things that exist already, outside the app's stacks: handles like those of resources, with the known values of the things.
//!
//! Sources: AWS Service Authorization Reference, "Resource types defined by …" (the forms of ARNs, one page per service); AWS CloudFormation
//! Template Reference, "Return values" of the types (the value of `Ref`).

use formwork_assembly::{Location, Problem};
use formwork_template::{
    Attribute, Existing, HasAttributes, Place, Reference, ResourceType, StackId, Val, pseudo, region, token,
};

mod form;

pub use form::Fault;
use form::{Form, InArn};

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

/// The reference to an existing thing, for a type by hand whose handles can be to one, too: that of `id`, an id or an ARN, as
/// `type_name` has them. `ref_name` is the name that people know its `Ref` by.
pub fn reference(type_name: &'static str, ref_name: &'static str, id: &Val<String>, place: Place) -> Reference {
    let id = id.to_string();
    let Read { mut existing, region, fault } = read(type_name, ref_name, &id, place);
    existing.fault = fault.map(|fault| fault.to_string());
    let stack = StackId::new("", region);
    Reference { stack, ..Reference::to_existing(id, existing) }
}

/// An id or an ARN, as it was understood.
struct Read {
    existing: Existing,
    /// The region that an ARN has; empty if there is none, or it is not known.
    region: String,
    fault: Option<Fault>,
}

impl Read {
    fn new(existing: Existing) -> Self {
        Read { existing, region: String::new(), fault: None }
    }

    fn faulty(existing: Existing, fault: Fault) -> Self {
        Read { fault: Some(fault), ..Read::new(existing) }
    }
}

fn read(type_name: &'static str, ref_name: &'static str, id: &str, place: Place) -> Read {
    let form = Form::of(type_name);
    let existing = Existing::new(type_name, place);
    match form::fault_of_any(id, type_name) {
        Some(fault) => Read::faulty(existing, fault),
        None if id.starts_with("arn:") => by_arn(existing, form, ref_name, id),
        None => by_id(existing, form, ref_name, id),
    }
}

/// The reason why a text is not the ARN of a thing of this type. One that is known only when the stack is deployed may be anything.
pub fn arn_fault(type_name: &'static str, arn: &str) -> Option<Fault> {
    if token::is_in(arn) && !arn.starts_with("arn:") {
        return None;
    }
    if !arn.starts_with("arn:") {
        let form = Form::of(type_name).map(Form::of_arns).unwrap_or_default();
        let what = format!("{arn:?} is not the ARN of an `{type_name}`");
        return Some(Fault::Form { what, allowed: format!("`{form}`") });
    }
    read(type_name, "Ref", arn, Place { file: "".into(), line: 0 }).fault
}

/// The reason why a text is not the id of a thing of this type: what `Ref` of one in a stack returns.
pub fn id_fault(type_name: &'static str, id: &str) -> Option<Fault> {
    form::fault_of_any(id, type_name).or_else(|| Form::of(type_name)?.fault(id))
}

fn by_arn(existing: Existing, form: Option<&Form>, ref_name: &'static str, arn: &str) -> Read {
    let whole = token::with_holes(arn, "\0");
    let not_an_arn = |reason| Fault::Wrong { what: format!("`{arn}` is not an ARN"), reason };
    let parts: Vec<&str> = whole.splitn(6, ':').collect();
    let &[_, partition, service, region, account, resource] = parts.as_slice() else {
        let fault = not_an_arn("it has fewer than six parts with `:` between them".to_owned());
        return Read::faulty(existing, fault);
    };
    // A part that is known only when the stack is deployed may be anything.
    let open = |part: &str| part.contains('\0');
    let wrong_account = !open(account) && !account.is_empty() && account != "aws" && !is_account(account);
    if (partition.is_empty() || service.is_empty() || resource.is_empty()) || wrong_account {
        let fault = not_an_arn("a part of it is empty, or its account is not twelve digits".to_owned());
        return Read::faulty(existing, fault);
    }
    let known_region = if open(region) { String::new() } else { region.to_owned() };
    let existing = existing.with("Arn", arn);
    let own_partition = region::partition_of(region).code;
    if region::is_known(region) && !open(partition) && partition != own_partition {
        let fault = not_an_arn(format!("the partition of `{region}` is `{own_partition}`"));
        return Read { region: known_region, ..Read::faulty(existing, fault) };
    }
    let Some(form) = form else {
        let of_type = form::service_of(&existing.type_name);
        if let Some(own) = of_type.filter(|own| !open(service) && service != *own) {
            let what = format!("`{arn}` is not the ARN of an `{}`", existing.type_name);
            let fault = Fault::Form { what, allowed: format!("of the service `{own}`") };
            return Read { region: known_region, ..Read::faulty(existing, fault) };
        }
        // `Ref` is the ARN of the types whose own name for it says so, and of those that have none.
        let is_arn = ref_name == "Ref" || ref_name.to_ascii_lowercase().ends_with("arn");
        let existing = if is_arn { existing.with_ref(arn).with(ref_name, arn) } else { existing };
        return Read { region: known_region, ..Read::new(existing) };
    };
    let what = format!("`{arn}` is not the ARN of an `{}`", form.type_name);
    let name = form.name_of(resource, open(resource)).filter(|name| !name.is_empty());
    let is_placed = form.is_placed((!open(region)).then_some(region), (!open(account)).then_some(account));
    if !(open(service) || service == form.service) || name.is_none() || !is_placed {
        let fault = Fault::Form { what, allowed: format!("`{}`", form.of_arns()) };
        return Read { region: known_region, ..Read::faulty(existing, fault) };
    }
    let name = name.filter(|name| !open(name));
    if let Some(fault) = name.and_then(|name| form.fault(name)) {
        return Read { region: known_region, ..Read::faulty(existing, fault.within(&what)) };
    }
    let existing = match name {
        _ if form.reference == InArn::Whole => same(existing, form, ref_name, arn),
        _ if form.reference == InArn::Missing => existing,
        Some(name) => same(existing, form, ref_name, name),
        None => existing,
    };
    Read { region: known_region, ..Read::new(existing) }
}

fn is_account(account: &str) -> bool {
    account.len() == 12 && account.bytes().all(|byte| byte.is_ascii_digit())
}

fn by_id(existing: Existing, form: Option<&Form>, ref_name: &'static str, id: &str) -> Read {
    let Some(form) = form else { return Read::new(existing.with_ref(id).with(ref_name, id)) };
    if let Some(fault) = form.fault(id) {
        return Read::faulty(existing, fault);
    }
    Read::new(match form.type_name {
        _ if form.reference == InArn::Whole => existing,
        "AWS::SQS::Queue" if !id.contains('/') => existing,
        "AWS::WAFv2::WebACL" => existing,
        "AWS::S3::Bucket" => {
            let arn = format!("arn:{}:s3:::{id}", pseudo::partition());
            let domain_name = format!("{id}.s3.{}", pseudo::url_suffix());
            same(existing, form, ref_name, id).with("Arn", arn).with("DomainName", domain_name)
        }
        _ => same(existing, form, ref_name, id),
    })
}

fn same(existing: Existing, form: &Form, ref_name: &'static str, value: &str) -> Existing {
    let existing = existing.with_ref(value).with(ref_name, value);
    form.same.iter().fold(existing, |existing, attribute| existing.with(*attribute, value))
}

/// Problem of a value of an existing thing that is not known, with the place of who uses it, or of the thing itself if it is wrong.
pub(crate) fn not_known(owner: &str, place: &Location, reference: &Reference, existing: &Existing) -> Problem {
    if let Some(fault) = &existing.fault {
        return Problem::error(fault.clone()).at(location(existing));
    }
    let Existing { type_name, .. } = existing;
    let id = &reference.logical_id;
    let (attribute, hint) = match &reference.attribute {
        Attribute::Ref(_) if id.starts_with("arn:") => {
            ("Ref", "its ARN does not say it: name the thing by its id".to_owned())
        }
        Attribute::Ref(_) => ("Ref", "its ARN has it: `existing(\"arn:…\")`".to_owned()),
        Attribute::GetAtt(name) => (&**name, format!("say what it is: `Handle::with(…, {name:?}, …)`")),
    };
    let message = format!("`{owner}` uses `{attribute}` of the existing `{type_name}` `{id}`, which is not known");
    Problem::error(message).at(place.clone()).hint(hint)
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

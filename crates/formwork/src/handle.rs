//! Handles: what [`Scope::add`](crate::Scope::add) returns, and how resources refer to each other.

use std::borrow::Cow;
use std::fmt;
use std::hash::{Hash, Hasher};
use std::marker::PhantomData;
use std::ops::Deref;

use formwork_assembly::Problem;
use formwork_template::{HasAttributes, Reference, Source, Val};

use crate::region::{Anywhere, Region};

/// A resource of type `T` in a stack in region `R`, or one that exists already ([`FromExisting`](crate::FromExisting)).
///
/// The attributes of the resource are methods of its handle: `certificate.arn()`, `distribution.domain_name()`. They can
/// be used in any stack of the same app and partition; synth works out how the value gets there.
///
/// A handle is not a value: which of the resource's values is meant is for its user to say.
///
/// ```compile_fail,E0277
/// # use formwork::prelude::*;
/// # let mut stack = Stack::<UsEast1>::new("example");
/// let zone = stack.add("Zone", cfn::route53::HostedZone::default());
/// let text = format!("{}", zone); // `zone.id()`
/// ```
pub struct Handle<T: HasAttributes, R> {
    reference: Reference,
    attributes: T::Attributes,
    // Neither a `T` nor an `R` is owned.
    types: PhantomData<fn() -> (T, R)>,
}

// Associated functions without `self`, called as `Handle::reference(&handle)`, so that they never hide an attribute.
impl<T: HasAttributes, R> Handle<T, R> {
    /// The handle to the resource of a reference, whose type and region the caller states. Synth reports it if the
    /// resource does not exist.
    pub fn new(reference: Reference) -> Self {
        Handle { attributes: T::Attributes::from(reference.clone()), reference, types: PhantomData }
    }

    /// The reference behind the handle: its stack and its logical id.
    pub fn reference(this: &Self) -> &Reference {
        &this.reference
    }

    /// The same handle with its region as a value, for a stack that has it so: [`Stack::anywhere`](crate::Stack::anywhere).
    pub fn anywhere(this: &Self) -> Handle<T, Anywhere> {
        Handle::new(this.reference.clone())
    }

    /// The name of the resource in its template; the id of a thing that exists already.
    pub fn logical_id(this: &Self) -> &str {
        &this.reference.logical_id
    }

    /// The handle with an attribute of a thing that exists already made known, by its name in AWS's documentation. Of a resource in a
    /// stack, the attribute stays what it is.
    ///
    /// ```
    /// use formwork::prelude::*;
    ///
    /// let group = cfn::ec2::SecurityGroup::existing("sg-0123456789abcdef0");
    /// let group = Handle::with(group, "VpcId", "vpc-0123456789abcdef0");
    /// assert_eq!(group.vpc_id(), "vpc-0123456789abcdef0".into());
    /// ```
    pub fn with(this: Self, attribute: impl Into<Cow<'static, str>>, value: impl Into<Val<String>>) -> Self {
        let Some(existing) = this.reference.existing() else { return this };
        let existing = existing.clone().with(attribute, value.into().to_string());
        Handle::new(Reference { source: Source::Existing(existing.into()), ..this.reference })
    }
}

impl<T: HasAttributes> Handle<T, Anywhere> {
    /// The same handle with its region as a type, if it is this one: checked once, by value.
    ///
    /// ```
    /// use formwork::prelude::*;
    ///
    /// # let zone = HostedZone::from_id("Z0123456789ABCDEFGHIJ", "example.com");
    /// let mut edge = Stack::in_region("edge", "us-east-1");
    /// let certificate = edge.add("Certificate", Certificate::dns_validated("example.com", &zone));
    /// let certificate: Handle<Certificate, UsEast1> = certificate.proved::<UsEast1>()?;
    /// # Ok::<(), Problem>(())
    /// ```
    ///
    /// # Errors
    ///
    /// A problem that names both regions.
    pub fn proved<R: Region>(&self) -> Result<Handle<T, R>, Problem> {
        let Reference { stack, logical_id, .. } = &self.reference;
        // Of a thing that exists, an id does not tell.
        let is_open = self.reference.existing().is_some() && stack.region.is_empty();
        match is_open || &*stack.region == R::CODE {
            true => Ok(Handle::new(self.reference.clone())),
            false => Err(Problem::error(format!("`{logical_id}` is in `{}`, not in `{}`", stack.region, R::CODE))),
        }
    }
}

/// The attributes of the resource.
impl<T: HasAttributes, R> Deref for Handle<T, R> {
    type Target = T::Attributes;

    fn deref(&self) -> &T::Attributes {
        &self.attributes
    }
}

// By hand, since a derive would ask the same of `T` and `R`.

impl<T: HasAttributes, R> Clone for Handle<T, R> {
    fn clone(&self) -> Self {
        Handle::new(self.reference.clone())
    }
}

/// With a token that no template takes, as of a [`Reference`].
impl<T: HasAttributes, R> fmt::Debug for Handle<T, R> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_tuple("Handle").field(&self.reference).finish()
    }
}

impl<T: HasAttributes, R> PartialEq for Handle<T, R> {
    fn eq(&self, other: &Self) -> bool {
        self.reference == other.reference
    }
}

impl<T: HasAttributes, R> Eq for Handle<T, R> {}

impl<T: HasAttributes, R> Hash for Handle<T, R> {
    fn hash<H: Hasher>(&self, state: &mut H) {
        self.reference.hash(state);
    }
}

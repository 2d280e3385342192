//! Handles: what [`Stack::add`](crate::Stack::add) returns, and how resources refer to each other.

use std::fmt;
use std::marker::PhantomData;
use std::ops::Deref;

use formwork_assembly::Problem;
use formwork_template::{HasAttributes, Reference};

use crate::region::{Anywhere, Region};

/// A resource of type `T` in a stack in region `R`.
///
/// The attributes of the resource are methods of its handle: `certificate.arn()`, `distribution.domain_name()`. They can
/// be used in any stack of the same app and partition; synth works out how the value gets there.
pub struct Handle<T: HasAttributes, R> {
    reference: Reference,
    attributes: T::Attributes,
    // Neither a `T` nor an `R` is owned.
    types: PhantomData<fn() -> (T, R)>,
}

impl<T: HasAttributes, R> Handle<T, R> {
    /// The handle to the resource of a reference, whose type and region are the caller's word. Synth reports it where there is no such
    /// resource.
    pub fn new(reference: Reference) -> Self {
        Handle { attributes: T::Attributes::from(reference.clone()), reference, types: PhantomData }
    }

    /// The reference behind the handle: its stack and its logical id. (Called as `Handle::reference(&handle)`, so that it
    /// never hides an attribute.)
    pub fn reference(this: &Self) -> &Reference {
        &this.reference
    }

    /// The name of the resource in its template.
    pub fn logical_id(this: &Self) -> &str {
        &this.reference.logical_id
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
        match &*stack.region == R::CODE {
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

impl<T: HasAttributes, R> fmt::Debug for Handle<T, R> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Reference { stack, logical_id, .. } = &self.reference;
        write!(f, "Handle({}@{}/{logical_id})", stack.name, stack.region)
    }
}

impl<T: HasAttributes, R> PartialEq for Handle<T, R> {
    fn eq(&self, other: &Self) -> bool {
        self.reference == other.reference
    }
}

//! Constructs: what can be added to a stack. One resource of a generated type (L1), one or several with defaults and checks (L2), or
//! no resource at all, such as files.

use formwork_template::{HasAttributes, Properties, ResourceType};

use crate::handle::Handle;
use crate::scope::Scope;

/// Something that can be added to a stack in region `R`: one resource or several, with whatever belongs to them.
///
/// It is written with what every scope offers; the types of this crate use nothing else. Its handle gives its parts.
///
/// ```
/// use formwork::cfn::route53::{HostedZone, HostedZoneAttributes};
/// use formwork::prelude::*;
///
/// /// A zone that is kept, and says its servers.
/// struct KeptZone {
///     name: String,
/// }
///
/// impl<R> Construct<R> for KeptZone {
///     type Handle = Handle<HostedZone, R>;
///
///     fn add_to(self, scope: &mut Scope<R>) -> Self::Handle {
///         if self.name.is_empty() {
///             scope.problem(Problem::error("the zone has no name"));
///         }
///         let zone = scope.add("", HostedZone { name: some(self.name), ..HostedZone::default() });
///         scope.options(&zone).retain();
///         scope.output("Servers", function::join(" ", zone.name_servers()));
///         zone
///     }
/// }
///
/// let mut stack = Stack::<UsEast1>::new("dns");
/// stack.add("Zone", KeptZone { name: "example.com".into() }); // the resource `Zone`, the output `ZoneServers`
/// ```
#[diagnostic::on_unimplemented(
    message = "`{Self}` cannot be added to a stack in `{R}`",
    label = "not a construct there",
    note = "a pattern over several stacks is added to the app: `App::with`",
    note = "a resource may be missing in the partition of a region"
)]
pub trait Construct<R> {
    /// What the caller gets to refer to it.
    type Handle;

    /// Adds what the construct consists of.
    #[track_caller]
    fn add_to(self, scope: &mut Scope<R>) -> Self::Handle;
}

/// A type with handles of resources, and the properties that such a resource has in the template: what [`Scope::edit`] changes.
///
/// A generated type is its own; a type by hand names the generated one that it becomes.
pub trait Lowered: HasAttributes + Sized {
    /// The properties: the generated type.
    type L1: Properties;
}

impl<T: ResourceType> Lowered for T {
    type L1 = T;
}

/// Every generated type is a construct.
#[diagnostic::do_not_recommend]
impl<T: ResourceType, R> Construct<R> for T {
    type Handle = Handle<T, R>;

    fn add_to(self, scope: &mut Scope<R>) -> Self::Handle {
        scope.resource(self)
    }
}

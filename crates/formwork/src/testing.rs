//! Helpers for tests of stacks and constructs.

use formwork_template::Properties;

/// True if two resources have the same properties in a template. Generated types do not have a `==`: most programs never
/// compare them, and all would pay for it.
///
/// ```
/// use formwork::prelude::*;
/// use formwork::testing::same;
///
/// let zone = cfn::route53::HostedZone { name: some("example.com"), ..Default::default() };
/// assert!(same(&zone, &zone.clone()));
/// assert!(!same(&zone, &cfn::route53::HostedZone::default()));
/// ```
pub fn same(left: &dyn Properties, right: &dyn Properties) -> bool {
    left.to_value() == right.to_value()
}

//! A handle is not one of its values.
use formwork::prelude::*;

fn main() {
    let mut stack = Stack::<UsEast1>::new("stack");
    let zone = stack.add("Zone", cfn::route53::HostedZone::default());
    stack.output("Zone", &zone);
    stack.options(&zone).property("Other", &zone);
}

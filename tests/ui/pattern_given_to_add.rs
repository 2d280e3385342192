//! A pattern over several stacks belongs to the app; the compiler says so.
use formwork::prelude::*;

fn main() {
    let zone = HostedZone::from_id("Z0123456789ABCDEFGHIJ", "example.com");
    let origin = Origin::public_https("origin.example.com");
    let mut stack = Stack::<EuCentral1>::new("site");
    stack.add("Site", NginxSite::<EuCentral1>::new("example", "example.com", &zone, origin));
}

//! A handle to a record set is not a handle to a certificate.
use formwork::prelude::*;

fn main() {
    let zone = HostedZone::from_id("Z0123456789ABCDEFGHIJ", "example.com");
    let mut stack = Stack::<UsEast1>::new("stack");
    let record = stack.add("Record", RecordSet::new(&zone, "example.com", Record::A(vec![])));
    Distribution::new(Origin::public_https("origin.example.com"), &record);
}

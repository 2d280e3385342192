//! CloudFront reads certificates from us-east-1 only; the compiler names both regions.
use formwork::prelude::*;

fn main() {
    let zone = HostedZone::from_id("Z0123456789ABCDEFGHIJ", "example.com");
    let mut site = Stack::<ApNortheast2>::new("site");
    let certificate = site.add("Certificate", Certificate::dns_validated("example.com", &zone));
    site.add("Distribution", Distribution::new(Origin::public_https("origin.example.com"), &certificate));
}

//! A site of CloudFront is not for a region in China.
use formwork::prelude::*;

fn main() {
    let zone = HostedZone::from_id("Z0123456789ABCDEFGHIJ", "example.com");
    NginxSite::<CnNorth1>::new("site", "example.com", &zone, Origin::public_https("origin.example.com"));
}

//! A type with required properties has no default that would leave them empty.
use formwork::cfn::cloudfront::Distribution;

fn main() {
    let _ = Distribution::default();
}

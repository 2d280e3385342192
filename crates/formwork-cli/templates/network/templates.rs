//! Tests of the stacks.
use formwork::prelude::*;

#[test]
fn subnets_lie_in_two_zones() {
    let assembly = formwork::synth(::my_app::app, &Context::default())
        .unwrap_or_else(|report| panic!("{report}"));
    let template = &assembly.stacks[0].template;
    assert_eq!(template.matches("\"AWS::EC2::Subnet\"").count(), 2);
    assert!(template.contains("10.0.0.0/24") && template.contains("10.0.1.0/24"));
}

//! Tests of the stacks.
use formwork::prelude::*;

#[test]
fn the_stack_has_no_problem() {
    let assembly =
        formwork::synth(my_app::app, &Context::default()).expect("the stack has no problem");
    assert!(assembly.stacks[0].template.contains("AWS::SNS::Topic"));
}

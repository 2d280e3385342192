//! Tests of the stacks. This one holds of any: add what has to be true of yours.
use formwork::prelude::*;

#[test]
fn the_stacks_have_no_problem() {
    let assembly = formwork::synth(::my_app::app, &Context::default())
        .unwrap_or_else(|report| panic!("{report}"));
    assert!(!assembly.stacks.is_empty());
}

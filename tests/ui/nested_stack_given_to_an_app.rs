//! A nested stack is a part of a stack.
use formwork::prelude::*;

fn main() {
    let network = Stack::<EuCentral1>::new("network");
    App::new().with(NestedStack::new(network));
}

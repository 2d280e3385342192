//! A distribution cannot be added to a stack in China.
use formwork::prelude::*;

fn distribution() -> Distribution {
    loop {}
}

fn main() {
    Stack::<CnNorth1>::new("site").add("Distribution", distribution());
}

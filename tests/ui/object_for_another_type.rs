//! An object in S3 is the code of a function, and not its network.
use formwork::cfn::lambda::Function;
use formwork::prelude::*;

fn add(stack: &mut Stack<EuCentral1>, function: Function) {
    let code = stack.asset("Code", Asset::folder("code"));
    stack.add("Function", Function { vpc_config: some(&code), ..function });
}

fn main() {}

//! Code that must not compile: one file for each promise that the types make, beside what the compiler says about it.
//!
//! The messages belong to the compiler that rust-toolchain.toml pins. `TRYBUILD=overwrite cargo xtask test --test ui`
//! writes them anew; read each before you commit it: it is what users see.

#[test]
fn misuse_does_not_compile() {
    let cases = trybuild::TestCases::new();
    cases.compile_fail("ui/*.rs");
}

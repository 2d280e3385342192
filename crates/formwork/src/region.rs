//! Regions and their partitions, as types: a stack's region is part of its type, and so is that of everything in it.
//! That a certificate for CloudFront is in us-east-1 is therefore checked by the compiler.
//!
//! The table is [`formwork_template::region`].

/// A group of regions with accounts and ARNs of its own.
pub trait Partition: 'static {
    /// The partition in ARNs, e.g. `aws`.
    const CODE: &'static str;
    /// The end of the names of AWS's own hosts, e.g. `amazonaws.com`; in a template, `AWS::URLSuffix` has it.
    const URL_SUFFIX: &'static str;
}

/// An AWS region. One that is newer than the table is a type of your own, with `impl In<Aws> for It {}` beside this.
pub trait Region: In<Self::Partition> {
    /// The region's code, e.g. `us-east-1`.
    const CODE: &'static str;
    /// The partition of the region.
    type Partition: Partition;
}

/// A region that is known only when the program runs: that of a [`Stack::in_region`](crate::Stack::in_region). What a region's type
/// proves is checked by synth there.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Anywhere;

/// The region of a stack, as a type: every [`Region`], and [`Anywhere`], whose code is a value.
///
/// It is what a pattern asks of its region that makes stacks for both, by [`Stack::of`](crate::Stack::of).
pub trait Home: Sized + 'static {
    /// The region's code, where the type has one.
    const HOME: Option<&'static str>;
}

impl<R: Region> Home for R {
    const HOME: Option<&'static str> = Some(R::CODE);
}

impl Home for Anywhere {
    const HOME: Option<&'static str> = None;
}

/// A region that is in the partition `P`, or may be: every [`Region`] of it, and [`Anywhere`], of which
/// [`Scope::partition`](crate::Scope::partition) tells.
#[diagnostic::on_unimplemented(
    message = "`{Self}` is not in the partition `{P}`",
    note = "not everything is offered in every partition: China, GovCloud and the sovereign and isolated ones have services and ids of their own"
)]
pub trait In<P: Partition>: 'static {}

impl<P: Partition> In<P> for Anywhere {}

macro_rules! types {
    ($($(#[$doc:meta])* $name:ident = $code:literal at $suffix:literal { $($region:ident = $region_code:literal,)* })*) => {
        $(
            $(#[$doc])*
            #[derive(Clone, Copy, Debug, PartialEq, Eq)]
            pub struct $name;

            impl Partition for $name {
                const CODE: &'static str = $code;
                const URL_SUFFIX: &'static str = $suffix;
            }

            $(
                #[doc = concat!("The region `", $region_code, "`.")]
                #[derive(Clone, Copy, Debug, PartialEq, Eq)]
                pub struct $region;

                impl Region for $region {
                    const CODE: &'static str = $region_code;
                    type Partition = $name;
                }

                // One by one, and not for all regions at once: of these the compiler says that it is not implemented.
                impl In<$name> for $region {}
            )*
        )*
    };
}

formwork_template::region_table!(types);

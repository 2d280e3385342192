//! Regions and their partitions, as types: a stack's region is part of its type, and so is that of everything in it.
//! That a certificate for CloudFront is in us-east-1 is therefore checked by the compiler.
//!
//! The table is [`formwork_template::region`].

/// A group of regions with accounts and ARNs of its own.
pub trait Partition: 'static {
    /// The partition in ARNs, e.g. `aws`.
    const CODE: &'static str;
    /// What names of AWS's own hosts end in, e.g. `amazonaws.com`; in a template, `AWS::URLSuffix` has it.
    const URL_SUFFIX: &'static str;
}

/// An AWS region.
pub trait Region: 'static {
    /// The region's code, e.g. `us-east-1`.
    const CODE: &'static str;
    /// Where the region belongs.
    type Partition: Partition;
}

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
            )*
        )*
    };
}

formwork_template::region_table!(types);

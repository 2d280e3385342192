//! Regions and their partitions, as types: a stack's region is part of its type, and so is that of everything in it.
//! That a certificate for CloudFront is in us-east-1 is therefore checked by the compiler.
//!
//! Source of the table: AWS General Reference, "AWS service endpoints", and the registry's schemas by region.

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

macro_rules! partitions {
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

        /// Every region's code with its partition's.
        pub const ALL: &[(&str, &str)] = &[$($(($region_code, $code),)*)*];

        /// Every partition's code with the end of its host names.
        pub const PARTITIONS: &[(&str, &str)] = &[$(($code, $suffix),)*];
    };
}

partitions! {
    /// The commercial partition, `aws`.
    Aws = "aws" at "amazonaws.com" {
        AfSouth1 = "af-south-1",
        ApEast1 = "ap-east-1",
        ApEast2 = "ap-east-2",
        ApNortheast1 = "ap-northeast-1",
        ApNortheast2 = "ap-northeast-2",
        ApNortheast3 = "ap-northeast-3",
        ApSouth1 = "ap-south-1",
        ApSouth2 = "ap-south-2",
        ApSoutheast1 = "ap-southeast-1",
        ApSoutheast2 = "ap-southeast-2",
        ApSoutheast3 = "ap-southeast-3",
        ApSoutheast4 = "ap-southeast-4",
        ApSoutheast5 = "ap-southeast-5",
        ApSoutheast6 = "ap-southeast-6",
        ApSoutheast7 = "ap-southeast-7",
        CaCentral1 = "ca-central-1",
        CaWest1 = "ca-west-1",
        EuCentral1 = "eu-central-1",
        EuCentral2 = "eu-central-2",
        EuNorth1 = "eu-north-1",
        EuSouth1 = "eu-south-1",
        EuSouth2 = "eu-south-2",
        EuWest1 = "eu-west-1",
        EuWest2 = "eu-west-2",
        EuWest3 = "eu-west-3",
        IlCentral1 = "il-central-1",
        MeCentral1 = "me-central-1",
        MeSouth1 = "me-south-1",
        MxCentral1 = "mx-central-1",
        SaEast1 = "sa-east-1",
        UsEast1 = "us-east-1",
        UsEast2 = "us-east-2",
        UsWest1 = "us-west-1",
        UsWest2 = "us-west-2",
    }
    /// China, `aws-cn`.
    AwsCn = "aws-cn" at "amazonaws.com.cn" {
        CnNorth1 = "cn-north-1",
        CnNorthwest1 = "cn-northwest-1",
    }
    /// GovCloud, `aws-us-gov`.
    AwsUsGov = "aws-us-gov" at "amazonaws.com" {
        UsGovEast1 = "us-gov-east-1",
        UsGovWest1 = "us-gov-west-1",
    }
    /// The European Sovereign Cloud, `aws-eusc`.
    AwsEusc = "aws-eusc" at "amazonaws.eu" {
        EuscDeEast1 = "eusc-de-east-1",
    }
    /// Isolated, `aws-iso`.
    AwsIso = "aws-iso" at "c2s.ic.gov" {
        UsIsoEast1 = "us-iso-east-1",
        UsIsoWest1 = "us-iso-west-1",
    }
    /// Isolated, `aws-iso-b`.
    AwsIsoB = "aws-iso-b" at "sc2s.sgov.gov" {
        UsIsobEast1 = "us-isob-east-1",
        UsIsobWest1 = "us-isob-west-1",
    }
    /// Isolated, `aws-iso-e`.
    AwsIsoE = "aws-iso-e" at "cloud.adc-e.uk" {
        EuIsoeWest1 = "eu-isoe-west-1",
    }
    /// Isolated, `aws-iso-f`.
    AwsIsoF = "aws-iso-f" at "csp.hci.ic.gov" {
        UsIsofEast1 = "us-isof-east-1",
        UsIsofSouth1 = "us-isof-south-1",
    }
}

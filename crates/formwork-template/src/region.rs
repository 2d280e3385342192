//! The table of AWS's regions and partitions: the only one. The types of the crate `formwork` are made from it, and every command
//! asks it.
//!
//! Source: AWS General Reference, "AWS service endpoints" and "Amazon Resource Names (ARNs)", and the registry's schemas by region.

/// A group of regions with accounts and ARNs of its own.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Partition {
    /// The partition in ARNs, e.g. `aws`.
    pub code: &'static str,
    /// The end of the names of AWS's own hosts, e.g. `amazonaws.com`; in a template, `AWS::URLSuffix` has it.
    pub url_suffix: &'static str,
}

/// Hands the table to the macro whose name is given, so that types can be made from it: for each partition its type's name, code and
/// URL suffix, and in it for each region its type's name and code.
#[doc(hidden)]
#[macro_export]
macro_rules! region_table {
    ($callback:ident) => {
        $callback! {
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
    };
}

macro_rules! tables {
    ($($(#[$doc:meta])* $name:ident = $code:literal at $suffix:literal { $($region:ident = $region_code:literal,)* })*) => {
        /// Every region's code with its partition's.
        pub const ALL: &[(&str, &str)] = &[$($(($region_code, $code),)*)*];

        /// Every partition.
        pub const PARTITIONS: &[Partition] = &[$(Partition { code: $code, url_suffix: $suffix },)*];
    };
}

region_table!(tables);

/// The beginnings of the codes of regions that are not in the commercial partition, for regions newer than the table.
const PREFIXES: &[(&str, &str)] = &[
    ("cn-", "aws-cn"),
    ("eu-isoe-", "aws-iso-e"),
    ("eusc-", "aws-eusc"),
    ("us-gov-", "aws-us-gov"),
    ("us-iso-", "aws-iso"),
    ("us-isob-", "aws-iso-b"),
    ("us-isof-", "aws-iso-f"),
];

/// True for a region of the table.
pub fn is_known(region: &str) -> bool {
    ALL.iter().any(|(code, _)| *code == region)
}

/// The partition of a region; of one that is newer than the table, by the beginning of its code.
pub fn partition_of(region: &str) -> Partition {
    let listed = ALL.iter().find(|(code, _)| *code == region).map(|(_, partition)| *partition);
    let by_prefix = || PREFIXES.iter().find(|(prefix, _)| region.starts_with(prefix)).map(|(_, partition)| *partition);
    let code = listed.or_else(by_prefix).unwrap_or("aws");
    partition(code).unwrap_or(PARTITIONS[0])
}

/// The partition with this code.
pub fn partition(code: &str) -> Option<Partition> {
    PARTITIONS.iter().find(|partition| partition.code == code).copied()
}

#[cfg(test)]
mod tests {
    use super::{ALL, PREFIXES, partition_of};

    #[test]
    fn every_region_has_its_partition() {
        assert_eq!(partition_of("ap-northeast-2").url_suffix, "amazonaws.com");
        assert_eq!(partition_of("eusc-de-east-1").url_suffix, "amazonaws.eu");
        assert_eq!(partition_of("us-iso-east-1").code, "aws-iso");
        assert_eq!(partition_of("us-isof-new-9").code, "aws-iso-f");
        assert_eq!(partition_of("eu-north-9").code, "aws");
    }

    /// Answers for a region that is newer than the table are those of the table for its neighbours.
    #[test]
    fn prefixes_agree_with_the_table() {
        for (region, partition) in ALL {
            let prefixed = PREFIXES.iter().find(|(prefix, _)| region.starts_with(prefix));
            assert_eq!(prefixed.map_or("aws", |(_, partition)| *partition), *partition, "{region}");
        }
    }
}

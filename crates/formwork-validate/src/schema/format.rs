//! Formats of texts that schemas name: ids and ARNs of other services' things.
//!
//! Only of kinds whose form AWS documents and does not change. Left out: formats of JSON Schema, which AWS's schemas use for
//! texts of several forms.
//!
//! Source of the names: the package cfn-lint 1.58.0, `docs/format_keyword.md`. Source of the forms: Amazon EC2 User Guide,
//! "Resource IDs" (eight hexadecimal digits, or 17); AWS General Reference, "Amazon Resource Names (ARNs)"; Amazon S3 User Guide,
//! "General purpose bucket naming rules"; CloudWatch Logs API Reference, `CreateLogGroup`; AWS KMS Developer Guide, "Key
//! identifiers"; EC2 API Reference, `CreateSecurityGroup`.

/// The form of a text of the format, when `text` does not have it; nothing when it does, or when the format is not known.
pub(crate) fn refused(format: &str, text: &str) -> Option<&'static str> {
    let (fits, allowed) = match format {
        "AWS::EC2::Image.Id" => (is_id(text, "ami-"), "an id such as `ami-0123456789abcdef0`"),
        "AWS::EC2::SecurityGroup.Id" => (is_id(text, "sg-"), "an id such as `sg-0123456789abcdef0`"),
        "AWS::EC2::Subnet.Id" => (is_id(text, "subnet-"), "an id such as `subnet-0123456789abcdef0`"),
        "AWS::EC2::VPC.Id" => (is_id(text, "vpc-"), "an id such as `vpc-0123456789abcdef0`"),
        "AWS::ACM::Certificate.Arn" => (
            is_arn(text, "acm", "certificate/"),
            "an ARN such as `arn:aws:acm:us-east-1:123456789012:certificate/12345678-1234-1234-1234-123456789012`",
        ),
        "AWS::EC2::SecurityGroup.Name" => {
            (is_of(text, 1..=255, " ._-:/()#,@[]+=&;{}!$*"), "letters, digits, spaces and `._-:/()#,@[]+=&;{}!$*`")
        }
        "AWS::KMS::Key.Arn" => (
            is_arn(text, "kms", "key/") || is_arn(text, "kms", "alias/"),
            "an ARN such as `arn:aws:kms:us-east-1:123456789012:key/12345678-1234-1234-1234-123456789012`",
        ),
        "AWS::KMS::Key.Id" => (
            is_key_id(text) || text.strip_prefix("alias/").is_some_and(|name| is_of(name, 1..=250, "/_-")),
            "an id such as `12345678-1234-1234-1234-123456789012`, or `alias/name`",
        ),
        "AWS::Logs::LogGroup.Name" => (is_of(text, 1..=512, ".-_/#"), "1 to 512 letters, digits and any of `.-_/#`"),
        "AWS::S3::Bucket.Name" => {
            (is_bucket(text), "3 to 63 lower-case letters, digits, dots and hyphens, as host names have them")
        }
        "AWS::IAM::Role.Arn" => (is_arn(text, "iam", "role/"), "an ARN such as `arn:aws:iam::123456789012:role/name`"),
        "AWS::Lambda::Function.Arn" => (
            is_arn(text, "lambda", "function:"),
            "an ARN such as `arn:aws:lambda:us-east-1:123456789012:function:name`",
        ),
        "AWS::SNS::Topic.Arn" => (is_arn(text, "sns", ""), "an ARN such as `arn:aws:sns:us-east-1:123456789012:name`"),
        _ => return None,
    };
    (!fits).then_some(allowed)
}

/// True if texts of the format are looked at.
pub(crate) fn is_known(format: &str) -> bool {
    refused(format, "\0").is_some()
}

fn is_of(text: &str, lengths: std::ops::RangeInclusive<usize>, others: &str) -> bool {
    lengths.contains(&text.chars().count())
        && text.chars().all(|each| each.is_ascii_alphanumeric() || others.contains(each))
}

fn is_bucket(text: &str) -> bool {
    let is_small = |byte: u8| byte.is_ascii_lowercase() || byte.is_ascii_digit();
    let ends = [text.bytes().next(), text.bytes().last()];
    // The form of a name is asked of names: an empty one stands for "make one up".
    text.is_empty()
        || (3..=63).contains(&text.len())
            && text.bytes().all(|byte| is_small(byte) || matches!(byte, b'.' | b'-'))
            && ends.into_iter().flatten().all(is_small)
            && !["..", "-.", ".-"].iter().any(|pair| text.contains(pair))
}

/// A UUID, or a key of several regions.
fn is_key_id(text: &str) -> bool {
    let is_hex = |text: &str, length: usize| text.len() == length && text.bytes().all(|byte| byte.is_ascii_hexdigit());
    let parts: Vec<&str> = text.split('-').collect();
    match parts.as_slice() {
        ["mrk", digits] => is_hex(digits, 32),
        [a, b, c, d, e] => [(a, 8), (b, 4), (c, 4), (d, 4), (e, 12)].iter().all(|(part, length)| is_hex(part, *length)),
        _ => false,
    }
}

fn is_id(text: &str, prefix: &str) -> bool {
    let digits = text.strip_prefix(prefix).unwrap_or_default();
    matches!(digits.len(), 8 | 17) && digits.bytes().all(|byte| byte.is_ascii_alphanumeric())
}

/// `arn:PARTITION:SERVICE:REGION:ACCOUNT:NAME`
fn is_arn(text: &str, service: &str, name: &str) -> bool {
    let parts: Vec<&str> = text.splitn(6, ':').collect();
    let ["arn", partition, of, _, account, rest] = parts.as_slice() else { return false };
    // Managed policies and roles of AWS itself have `aws` for an account.
    let is_account =
        |account: &str| account == "aws" || account.len() == 12 && account.bytes().all(|b| b.is_ascii_digit());
    partition.starts_with("aws")
        && *of == service
        && is_account(account)
        && rest.starts_with(name)
        && rest.len() > name.len()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn formats() {
        for (format, text) in [
            ("AWS::EC2::VPC.Id", "vpc-12345678"),
            ("AWS::EC2::Image.Id", "ami-0123456789abcdef0"),
            ("AWS::IAM::Role.Arn", "arn:aws-cn:iam::123456789012:role/path/name"),
            ("AWS::SNS::Topic.Arn", "arn:aws:sns:us-east-1:123456789012:x"),
            ("AWS::Lambda::Function.Arn", "arn:aws:lambda:us-east-1:123456789012:function:x:1"),
            ("date-time", "yesterday"),
            ("AWS::S3::Bucket.Name", "my.bucket-1"),
            ("AWS::S3::Bucket.Name", ""),
            ("AWS::Logs::LogGroup.Name", "/aws/lambda/x"),
            ("AWS::KMS::Key.Id", "12345678-1234-1234-1234-123456789012"),
            ("AWS::KMS::Key.Id", "alias/aws/s3"),
            ("AWS::KMS::Key.Arn", "arn:aws:kms:us-east-1:123456789012:alias/x"),
            ("AWS::EC2::SecurityGroup.Name", "web (1)"),
        ] {
            assert_eq!(refused(format, text), None, "{format} {text}");
        }
        for (format, text) in [
            ("AWS::S3::Bucket.Name", "My-Bucket"),
            ("AWS::S3::Bucket.Name", "a..bucket"),
            ("AWS::S3::Bucket.Name", "-bucket"),
            ("AWS::Logs::LogGroup.Name", "a b"),
            ("AWS::KMS::Key.Id", "key"),
            ("AWS::KMS::Key.Arn", "arn:aws:kms:us-east-1:123456789012:x"),
            ("AWS::EC2::SecurityGroup.Name", "a|b"),
            ("AWS::EC2::VPC.Id", "vpc-123456"),
            ("AWS::EC2::Image.Id", "${ImageId}"),
            ("AWS::EC2::Subnet.Id", "vpc-12345678"),
            ("AWS::IAM::Role.Arn", "name"),
            ("AWS::IAM::Role.Arn", "arn:aws:iam::1234:role/name"),
            ("AWS::SNS::Topic.Arn", "arn:aws:sns:us-east-1:123456789012:"),
        ] {
            assert!(refused(format, text).is_some(), "{format} {text}");
        }
        assert!(is_known("AWS::EC2::VPC.Id") && !is_known("date-time"));
    }
}

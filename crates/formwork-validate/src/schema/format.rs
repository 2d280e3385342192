//! Formats of texts that schemas name: ids and ARNs of other services' things.
//!
//! Only of kinds whose form AWS documents and does not change. Left out: names that a service lets people choose (they have
//! patterns), and formats of JSON Schema, which AWS's schemas use for texts of several forms.
//!
//! Source of the names: the package cfn-lint 1.58.0, `docs/format_keyword.md`. Source of the forms: Amazon EC2 User Guide,
//! "Resource IDs" (eight hexadecimal digits, or 17); AWS General Reference, "Amazon Resource Names (ARNs)".

/// What a text of the format is like, when `text` is none; nothing when it is, or when the format is not known.
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

/// Whether texts of the format are looked at.
pub(crate) fn is_known(format: &str) -> bool {
    refused(format, "").is_some()
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
        ] {
            assert_eq!(refused(format, text), None, "{format} {text}");
        }
        for (format, text) in [
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

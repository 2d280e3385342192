//! AWS-specific parameter types: the form of a value that names something which exists in the account.
//!
//! The engine cannot know what is in an account, so it refuses what cannot be there. CloudFormation looks the value up when an operation
//! begins and rolls back (`Parameter validation failed: parameter value … for parameter name … does not exist.`); here the request is
//! refused in the same words.
//!
//! Sources: AWS CloudFormation User Guide, "Supported AWS-specific parameter types"; EC2 User Guide, "Amazon EC2 resource IDs" (8 or 17
//! hexadecimal digits after the prefix) and "Create a key pair" (names of up to 255 ASCII characters); the words as people report them:
//! unixdaemon.net, "AWS CloudFormation Parameters Tips: Size and AWS Types".

/// The refusal of a value that cannot name an existing resource of the type; `None` where it can, or the type is another one.
pub(super) fn refusal(name: &str, type_name: &str, value: &str, region: &str) -> Option<String> {
    let inner = |text: &'static str| type_name.strip_prefix(text).and_then(|rest| rest.strip_suffix('>'));
    let type_name = inner("AWS::SSM::Parameter::Value<").unwrap_or(type_name);
    let (kind, is_list) = match type_name.strip_prefix("List<").and_then(|rest| rest.strip_suffix('>')) {
        Some(kind) => (kind, true),
        None => (type_name, false),
    };
    let items: Vec<&str> = if is_list { value.split(',').map(str::trim).collect() } else { vec![value] };
    let missing = items.into_iter().find(|item| !may_exist(kind, item, region))?;
    Some(format!("Parameter validation failed: parameter value {missing} for parameter name {name} does not exist"))
}

fn may_exist(kind: &str, value: &str, region: &str) -> bool {
    let is_name = |text: &str| !text.is_empty() && text.len() <= 255 && text.is_ascii() && text.trim() == text;
    match kind {
        "AWS::EC2::AvailabilityZone::Name" => value.strip_prefix(region).is_some_and(is_zone),
        "AWS::EC2::Image::Id" => has_id(value, "ami-"),
        "AWS::EC2::Instance::Id" => has_id(value, "i-"),
        "AWS::EC2::KeyPair::KeyName" | "AWS::EC2::SecurityGroup::GroupName" => is_name(value),
        "AWS::EC2::SecurityGroup::Id" => has_id(value, "sg-"),
        "AWS::EC2::Subnet::Id" => has_id(value, "subnet-"),
        "AWS::EC2::VPC::Id" => has_id(value, "vpc-"),
        "AWS::EC2::Volume::Id" => has_id(value, "vol-"),
        "AWS::Route53::HostedZone::Id" => {
            let is_of_id = |byte: u8| byte.is_ascii_uppercase() || byte.is_ascii_digit();
            value.starts_with('Z') && value.len() <= 32 && value.bytes().all(is_of_id)
        }
        _ => true,
    }
}

/// The letter of a zone, or the rest of the name of a local or wavelength zone: `a`, `-lax-1a`, `-wl1-bos-wlz-1`.
fn is_zone(rest: &str) -> bool {
    let is_letter = |text: &str| text.len() == 1 && text.bytes().all(|byte| byte.is_ascii_lowercase());
    is_letter(rest) || (rest.starts_with('-') && rest.len() > 3)
}

fn has_id(value: &str, prefix: &str) -> bool {
    value.strip_prefix(prefix).is_some_and(|digits| {
        matches!(digits.len(), 8 | 17)
            && digits.bytes().all(|byte| byte.is_ascii_digit() || (b'a'..=b'f').contains(&byte))
    })
}

#[cfg(test)]
mod tests {
    use super::refusal;

    #[test]
    fn values_that_may_exist() {
        for (type_name, value) in [
            ("AWS::EC2::VPC::Id", "vpc-0a1b2c3d"),
            ("AWS::EC2::VPC::Id", "vpc-0123456789abcdef0"),
            ("AWS::EC2::Image::Id", "ami-0123456789abcdef0"),
            ("AWS::EC2::Instance::Id", "i-0123456789abcdef0"),
            ("AWS::EC2::Volume::Id", "vol-0123456789abcdef0"),
            ("List<AWS::EC2::Subnet::Id>", "subnet-0a1b2c3d, subnet-0a1b2c3e"),
            ("List<AWS::EC2::SecurityGroup::Id>", "sg-0a1b2c3d"),
            ("AWS::EC2::AvailabilityZone::Name", "us-west-2a"),
            ("List<AWS::EC2::AvailabilityZone::Name>", "us-west-2a,us-west-2-lax-1a,us-west-2-wl1-las-wlz-1"),
            ("AWS::EC2::KeyPair::KeyName", "my key"),
            ("AWS::EC2::SecurityGroup::GroupName", "web"),
            ("AWS::Route53::HostedZone::Id", "Z2FDTNDATAQYW2"),
            ("AWS::SSM::Parameter::Value<AWS::EC2::Image::Id>", "ami-0123456789abcdef0"),
            ("String", ""),
            ("List<String>", "nonsense"),
        ] {
            assert_eq!(refusal("P", type_name, value, "us-west-2"), None, "{type_name} {value}");
        }
    }

    #[test]
    fn values_that_cannot_exist() {
        for (type_name, value, told) in [
            ("AWS::EC2::VPC::Id", "nonsense", "nonsense"),
            ("AWS::EC2::VPC::Id", "", ""),
            ("AWS::EC2::VPC::Id", "vpc-123", "vpc-123"),
            ("AWS::EC2::VPC::Id", "vpc-0A1B2C3D", "vpc-0A1B2C3D"),
            ("AWS::EC2::VPC::Id", "subnet-0a1b2c3d", "subnet-0a1b2c3d"),
            ("List<AWS::EC2::Subnet::Id>", "subnet-0a1b2c3d,vpc-0a1b2c3d", "vpc-0a1b2c3d"),
            ("AWS::EC2::AvailabilityZone::Name", "us-east-1a", "us-east-1a"),
            ("AWS::EC2::AvailabilityZone::Name", "us-west-2", "us-west-2"),
            ("AWS::EC2::KeyPair::KeyName", "", ""),
            ("AWS::Route53::HostedZone::Id", "/hostedzone/Z1", "/hostedzone/Z1"),
            ("AWS::SSM::Parameter::Value<List<AWS::EC2::Image::Id>>", "ami-0a1b2c3d,x", "x"),
        ] {
            let expected =
                format!("Parameter validation failed: parameter value {told} for parameter name P does not exist");
            assert_eq!(refusal("P", type_name, value, "us-west-2"), Some(expected), "{type_name} {value}");
        }
    }
}

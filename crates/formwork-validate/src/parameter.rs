//! Values of parameters, held against their declarations: the one rule, which each user says in its own words. Validation asks it about
//! defaults and about `--parameter`, a preview of two files about `--parameter`, the embedded engine about what a request gives.
//!
//! CloudFormation looks up in the account what a parameter of an AWS-specific type names (`Parameter validation failed: parameter value …
//! for parameter name … does not exist`). Nobody here knows the account, so what cannot be in any is refused.
//!
//! Sources: AWS CloudFormation User Guide, "CloudFormation template Parameters syntax", "Supported AWS-specific parameter types" and
//! "Supported Systems Manager parameter types"; EC2 User Guide, "Amazon EC2 resource IDs" (8 or 17 hexadecimal digits after the prefix)
//! and "Create a key pair" (names of up to 255 ASCII characters); Systems Manager API Reference, `PutParameter`, `Name`; the words of
//! the refusal as people report them: unixdaemon.net, "AWS CloudFormation Parameters Tips: Size and AWS Types".

use formwork_model::parameter::{is_list, scalar_text, system_parameter};
pub use formwork_model::secret::is_no_echo;
use formwork_template::{Parameter, ParameterType, Value, region};

use crate::rules::java::Pattern;
use crate::rules::listed;

/// Source: User Guide, "Understand CloudFormation quotas".
const MAX_BYTES: usize = 4_096;

/// A reason why a parameter cannot have a value.
#[derive(Clone, Debug, PartialEq)]
pub enum Refusal {
    /// It, or an item of it, is not a number.
    NotANumber,
    /// It is below `MinValue`.
    Below(f64),
    /// It is above `MaxValue`.
    Above(f64),
    /// It is not one of the `AllowedValues`.
    NotAllowed(Vec<String>),
    /// It does not match the `AllowedPattern`.
    Pattern(String),
    /// It has fewer characters than `MinLength`.
    Shorter(f64),
    /// It has more characters than `MaxLength`.
    Longer(f64),
    /// It has more bytes than CloudFormation takes.
    TooLarge(usize),
    /// Nothing in any account is called that.
    CannotExist {
        /// The value, or the item of it.
        item: String,
        /// Form of what is called by such a value.
        form: &'static str,
    },
}

impl Refusal {
    /// Description of what would be allowed; that of a secret does not say which values are.
    pub fn allowed(&self, is_secret: bool) -> String {
        match self {
            Refusal::NotANumber => "a number".to_owned(),
            Refusal::Below(least) => format!("at least {least}"),
            Refusal::Above(most) => format!("at most {most}"),
            Refusal::NotAllowed(_) if is_secret => "one of its `AllowedValues`".to_owned(),
            Refusal::NotAllowed(values) => listed(values.iter().map(String::as_str)),
            Refusal::Pattern(pattern) => format!("a text that matches `{pattern}`"),
            Refusal::Shorter(least) => format!("at least {least} characters"),
            Refusal::Longer(most) => format!("at most {most} characters"),
            Refusal::TooLarge(_) => format!("at most {MAX_BYTES} bytes"),
            Refusal::CannotExist { form, .. } => (*form).to_owned(),
        }
    }
}

/// Reasons why the declaration of a parameter refuses a value, in the order of its constraints. Of a Systems Manager type, the value
/// is the name.
pub fn refused(parameter: &Parameter, text: &str) -> Vec<Refusal> {
    let mut found = Vec::new();
    let mut add = |refusal: Refusal| {
        if !found.contains(&refusal) {
            found.push(refusal);
        }
    };
    let is_list = is_list(&parameter.parameter_type) && system_parameter(&parameter.parameter_type).is_none();
    let pattern = parameter.allowed_pattern.as_deref().and_then(|pattern| Pattern::read(pattern).ok());
    let allowed: Option<Vec<String>> =
        parameter.allowed_values.as_ref().map(|values| values.iter().filter_map(scalar_text).collect());
    for item in items(text, is_list) {
        if matches!(parameter.parameter_type, ParameterType::Number | ParameterType::NumberList) {
            let Some(number_of_item) = item.parse::<f64>().ok().filter(|number| number.is_finite()) else {
                add(Refusal::NotANumber);
                continue;
            };
            if let Some(least) = parameter.min_value.as_ref().and_then(number).filter(|least| number_of_item < *least) {
                add(Refusal::Below(least));
            }
            if let Some(most) = parameter.max_value.as_ref().and_then(number).filter(|most| number_of_item > *most) {
                add(Refusal::Above(most));
            }
        }
        if let Some(allowed) = &allowed
            // A list as a whole can be one of the allowed values, too.
            && !allowed.iter().any(|allowed| allowed == item || *allowed == text)
        {
            add(Refusal::NotAllowed(allowed.clone()));
        }
        if let Some((text, pattern)) = parameter.allowed_pattern.as_ref().zip(pattern.as_ref())
            && pattern.matches(item) == Some(false)
        {
            add(Refusal::Pattern(text.clone()));
        }
        if !is_list {
            let length = item.chars().count() as f64;
            if let Some(least) = parameter.min_length.as_ref().and_then(number).filter(|least| length < *least) {
                add(Refusal::Shorter(least));
            }
            if let Some(most) = parameter.max_length.as_ref().and_then(number).filter(|most| length > *most) {
                add(Refusal::Longer(most));
            }
        }
    }
    if text.len() > MAX_BYTES {
        add(Refusal::TooLarge(text.len()));
    }
    found
}

/// Refusal of a value of which an item names nothing that can be in an account. `kind` is the type of the parameter; of a type
/// `AWS::SSM::Parameter::Value<…>`, the value is the name of a Systems Manager parameter. Without `region`, zones may be of any.
pub fn missing(kind: &ParameterType, text: &str, region: Option<&str>) -> Option<Refusal> {
    if system_parameter(kind).is_some() {
        return (!is_parameter_name(text)).then(|| Refusal::CannotExist {
            item: text.to_owned(),
            form: "the name or ARN of a Systems Manager parameter: letters, digits, `.`, `-`, `_`, `/` and `:`",
        });
    }
    resolved(kind, text, region)
}

/// Both: reasons why a parameter cannot be given a value.
pub fn given(parameter: &Parameter, text: &str, region: Option<&str>) -> Vec<Refusal> {
    let mut found = refused(parameter, text);
    found.extend(missing(&parameter.parameter_type, text, region));
    found
}

/// [`missing`] of a value that was read from Systems Manager, if the type says that.
pub fn resolved(kind: &ParameterType, text: &str, region: Option<&str>) -> Option<Refusal> {
    let type_name = kind.as_str();
    let inner = |prefix: &str| type_name.strip_prefix(prefix).and_then(|rest| rest.strip_suffix('>'));
    let type_name = inner("AWS::SSM::Parameter::Value<").unwrap_or(type_name);
    let (type_name, is_list) = match type_name.strip_prefix("List<").and_then(|rest| rest.strip_suffix('>')) {
        Some(of_item) => (of_item, true),
        None => (type_name, false),
    };
    let refusal = |item: &str| {
        let form = form(type_name, item, region)?;
        Some(Refusal::CannotExist { item: item.to_owned(), form })
    };
    items(text, is_list).into_iter().find_map(refusal)
}

fn items(text: &str, is_list: bool) -> Vec<&str> {
    if is_list { text.split(',').map(str::trim).collect() } else { vec![text] }
}

/// The form that values of a type have, if this one has not.
fn form(type_name: &str, value: &str, region: Option<&str>) -> Option<&'static str> {
    let is_name = |text: &str| !text.is_empty() && text.len() <= 255 && text.is_ascii() && text.trim() == text;
    let (fits, form) = match type_name {
        "AWS::EC2::AvailabilityZone::Name" => (is_zone(value, region), "an Availability Zone of the stack's region"),
        "AWS::EC2::Image::Id" => (has_id(value, "ami-"), "`ami-` and 8 or 17 hexadecimal digits"),
        "AWS::EC2::Instance::Id" => (has_id(value, "i-"), "`i-` and 8 or 17 hexadecimal digits"),
        "AWS::EC2::KeyPair::KeyName" => (is_name(value), "the name of a key pair"),
        "AWS::EC2::SecurityGroup::GroupName" => (is_name(value), "the name of a security group"),
        "AWS::EC2::SecurityGroup::Id" => (has_id(value, "sg-"), "`sg-` and 8 or 17 hexadecimal digits"),
        "AWS::EC2::Subnet::Id" => (has_id(value, "subnet-"), "`subnet-` and 8 or 17 hexadecimal digits"),
        "AWS::EC2::VPC::Id" => (has_id(value, "vpc-"), "`vpc-` and 8 or 17 hexadecimal digits"),
        "AWS::EC2::Volume::Id" => (has_id(value, "vol-"), "`vol-` and 8 or 17 hexadecimal digits"),
        "AWS::Route53::HostedZone::Id" => (is_hosted_zone(value), "`Z`, then upper-case letters and digits"),
        _ => return None,
    };
    (!fits).then_some(form)
}

fn is_hosted_zone(value: &str) -> bool {
    let is_of_id = |byte: u8| byte.is_ascii_uppercase() || byte.is_ascii_digit();
    value.starts_with('Z') && value.len() <= 32 && value.bytes().all(is_of_id)
}

/// A zone of a region: its letter, or the rest of the name of a local or wavelength zone (`a`, `-lax-1a`, `-wl1-bos-wlz-1`).
fn is_zone(value: &str, region: Option<&str>) -> bool {
    let is_letter = |text: &str| text.len() == 1 && text.bytes().all(|byte| byte.is_ascii_lowercase());
    let rest = match region {
        Some(region) => value.strip_prefix(region),
        None => return is_zone_of_any_region(value),
    };
    rest.is_some_and(|rest| is_letter(rest) || (rest.starts_with('-') && rest.len() > 3))
}

/// `us-west-2a`, `us-west-2-lax-1a`; also of a region that is newer than the table.
fn is_zone_of_any_region(value: &str) -> bool {
    let is_word =
        |word: &str| !word.is_empty() && word.bytes().all(|byte| byte.is_ascii_lowercase() || byte.is_ascii_digit());
    !region::is_known(value)
        && value.split('-').count() >= 3
        && value.split('-').all(is_word)
        && value.bytes().any(|byte| byte.is_ascii_digit())
}

fn has_id(value: &str, prefix: &str) -> bool {
    value.strip_prefix(prefix).is_some_and(|digits| {
        matches!(digits.len(), 8 | 17)
            && digits.bytes().all(|byte| byte.is_ascii_digit() || (b'a'..=b'f').contains(&byte))
    })
}

fn is_parameter_name(name: &str) -> bool {
    let is_of_name = |byte: u8| byte.is_ascii_alphanumeric() || b".-_/:".contains(&byte);
    !name.is_empty() && name.len() <= 2048 && name.bytes().all(is_of_name)
}

pub(crate) fn number(value: &Value) -> Option<f64> {
    match value {
        Value::Number(number) => number.as_f64(),
        Value::String(text) => text.trim().parse().ok(),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use formwork_template::{Parameter, ParameterType};
    use serde_json::{Value, json};

    use super::{Refusal, missing, refused, resolved};

    fn parameter(declaration: &Value) -> Parameter {
        let template = json!({ "Parameters": { "P": declaration }, "Resources": {} }).to_string();
        let template = formwork_template::Template::from_json(&template).unwrap();
        template.parameters["P"].clone()
    }

    #[track_caller]
    fn check(declaration: &Value, value: &str, expected: &[&str]) {
        let found: Vec<String> =
            refused(&parameter(declaration), value).iter().map(|refusal| refusal.allowed(false)).collect();
        assert_eq!(found, expected, "{declaration} {value:?}");
    }

    #[test]
    fn constraints_of_the_declaration() {
        let number = json!({ "Type": "Number", "MinValue": 1, "MaxValue": "10" });
        check(&number, "1", &[]);
        check(&number, "1e1", &[]);
        for word in ["", "x", "NaN", "inf", "-infinity", "0x1", "1,2", " 1"] {
            check(&number, word, &["a number"]);
        }
        check(&number, "0.5", &["at least 1"]);
        check(&number, "11", &["at most 10"]);
        check(&json!({ "Type": "List<Number>", "MaxValue": 2 }), "1, 2", &[]);
        check(&json!({ "Type": "List<Number>", "MaxValue": 2 }), "1,3,4,x", &["at most 2", "a number"]);

        let colours = json!({ "Type": "CommaDelimitedList", "AllowedValues": ["red", "blue"] });
        check(&colours, "red , blue", &[]);
        check(&colours, "red,green,black", &["`red`, `blue`"]);
        check(&json!({ "Type": "String", "AllowedValues": [true, 1] }), "1", &[]);
        check(&json!({ "Type": "String", "AllowedValues": [true, 1] }), "2", &["`true`, `1`"]);

        // The pattern is Java's, and takes the whole value.
        let letters = json!({ "Type": "String", "AllowedPattern": "[a-z&&[^x]]++", "MinLength": 2, "MaxLength": 3 });
        check(&letters, "abc", &[]);
        check(&letters, "abx", &["a text that matches `[a-z&&[^x]]++`"]);
        check(&letters, "a", &["at least 2 characters"]);
        check(&letters, "äbcd", &["a text that matches `[a-z&&[^x]]++`", "at most 3 characters"]);
        check(&json!({ "Type": "CommaDelimitedList", "AllowedPattern": "[a-z]+", "MaxLength": 2 }), "ab,cd", &[]);

        // Of what Systems Manager holds, the value is the name.
        let name = json!({ "Type": "AWS::SSM::Parameter::Value<CommaDelimitedList>", "AllowedPattern": "/a,b/[a-z]+" });
        check(&name, "/a,b/c", &[]);
        check(&json!({ "Type": "String" }), &"x".repeat(4_097), &["at most 4096 bytes"]);
        let secret = Refusal::NotAllowed(vec!["hunter2".to_owned()]);
        assert_eq!(secret.allowed(true), "one of its `AllowedValues`");
    }

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
            let kind = ParameterType::from(type_name);
            for region in [Some("us-west-2"), None] {
                assert_eq!(resolved(&kind, value, region), None, "{type_name} {value}");
            }
        }
        for name in [
            "/site/p",
            "p:3",
            "arn:aws:ssm:us-east-1:111122223333:parameter/p",
            "/aws/service/ami-amazon-linux-latest/x",
        ] {
            for type_name in ["AWS::SSM::Parameter::Name", "AWS::SSM::Parameter::Value<AWS::EC2::Image::Id>"] {
                assert_eq!(missing(&ParameterType::from(type_name), name, None), None, "{type_name} {name}");
            }
        }
    }

    #[test]
    fn values_that_cannot_exist() {
        for (type_name, value, item) in [
            ("AWS::EC2::VPC::Id", "nonsense", "nonsense"),
            ("AWS::EC2::VPC::Id", "", ""),
            ("AWS::EC2::VPC::Id", "vpc-123", "vpc-123"),
            ("AWS::EC2::VPC::Id", "vpc-0A1B2C3D", "vpc-0A1B2C3D"),
            ("AWS::EC2::VPC::Id", "subnet-0a1b2c3d", "subnet-0a1b2c3d"),
            ("List<AWS::EC2::Subnet::Id>", "subnet-0a1b2c3d,vpc-0a1b2c3d", "vpc-0a1b2c3d"),
            ("AWS::EC2::AvailabilityZone::Name", "us-east-1", "us-east-1"),
            ("AWS::EC2::AvailabilityZone::Name", "nonsense", "nonsense"),
            ("AWS::EC2::KeyPair::KeyName", "", ""),
            ("AWS::Route53::HostedZone::Id", "/hostedzone/Z1", "/hostedzone/Z1"),
        ] {
            let kind = ParameterType::from(type_name);
            for region in [Some("us-west-2"), None] {
                let found = missing(&kind, value, region);
                let Some(Refusal::CannotExist { item: found, .. }) = found else {
                    panic!("{type_name} {value}: {found:?}");
                };
                assert_eq!(found, item, "{type_name} {value}");
            }
        }
        let zone = ParameterType::from("AWS::EC2::AvailabilityZone::Name");
        assert!(missing(&zone, "us-east-1a", Some("us-west-2")).is_some());
        let image = ParameterType::from("AWS::SSM::Parameter::Value<List<AWS::EC2::Image::Id>>");
        assert!(resolved(&image, "ami-0a1b2c3d,x", None).is_some());
        for name in ["", "a b", "ä"] {
            assert!(missing(&image, name, None).is_some(), "{name}");
        }
    }
}

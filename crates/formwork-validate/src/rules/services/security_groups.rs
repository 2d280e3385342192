//! Security groups of EC2: the descriptions of groups and of their rules.
//!
//! Source: EC2 API Reference, `CreateSecurityGroup` (`GroupDescription`, `GroupName`) and `IpRange` (`Description`): "up to 255
//! characters in length. Allowed characters are a-z, A-Z, 0-9, spaces, and ._-:/()#,@[]+=&;{}!$*".

use formwork_template::sub;

use super::{At, Errors};
use crate::finding::rule;

const LONGEST: usize = 255;
const SIGNS: &str = " ._-:/()#,@[]+=&;{}!$*";

pub(super) fn check(type_name: &str, at: &At<'_>, errors: &mut Errors) {
    match type_name {
        "AWS::EC2::SecurityGroup" => {
            let rules = ["SecurityGroupIngress", "SecurityGroupEgress"].into_iter().filter_map(|key| at.get(key));
            let rules: Vec<At<'_>> = rules.flat_map(|rules| rules.one_or_many()).collect();
            let own = ["GroupDescription", "GroupName"].into_iter().filter_map(|key| at.get(key));
            for text in own.chain(rules.iter().filter_map(|rule| rule.get("Description"))) {
                check_text(&text, errors);
            }
            if let Some(name) = at.get("GroupName")
                && name.text().is_some_and(|text| text.to_ascii_lowercase().starts_with("sg-"))
            {
                let wrong = name.wrong(rule::SECURITY_GROUP, "{} is {value}, which begins like an id");
                errors.push(wrong.allowed("a name that does not begin with `sg-`"));
            }
        }
        "AWS::EC2::SecurityGroupIngress" | "AWS::EC2::SecurityGroupEgress" => {
            at.get("Description").iter().for_each(|text| check_text(text, errors));
        }
        _ => {}
    }
}

fn check_text(at: &At<'_>, errors: &mut Errors) {
    let Some(text) = at.spelled() else { return };
    let literal = without_references(text);
    if let Some(wrong) = literal.chars().find(|each| !each.is_ascii_alphanumeric() && !SIGNS.contains(*each)) {
        let message = format!("{{}} has the character `{wrong}`, which EC2 refuses in a description or name");
        let wrong = at.wrong(rule::SECURITY_GROUP, &message);
        errors.push(wrong.allowed("letters from a to z, digits, spaces, and `._-:/()#,@[]+=&;{}!$*`"));
    } else if literal.chars().count() > LONGEST && at.path.last().is_some_and(|name| name == "Description") {
        // The schema bounds those of the group.
        let message = format!("{{}} has {} characters", literal.chars().count());
        errors.push(at.wrong(rule::SECURITY_GROUP, &message).allowed(format!("at most {LONGEST} characters")));
    }
}

/// Parts of a text that are the same for any values of its references.
pub(super) fn without_references(text: &str) -> String {
    let known = sub::parts(text).filter_map(|part| match part {
        sub::Part::Text(text) | sub::Part::Literal(text) => Some(text),
        sub::Part::Name(_) => None,
    });
    known.collect()
}

//! Stacks as users name them on the command line.

use std::fmt;

use formwork_template::StackId;

/// Selector of stacks, as a user types it: `site`, in every region that has it, or `site@us-east-1`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Selector {
    /// The stack's name.
    pub name: String,
    /// Its region, if one was typed.
    pub region: Option<String>,
}

impl Selector {
    /// Selector of the stacks that `text` names.
    pub fn read(text: &str) -> Selector {
        let (name, region) = StackId::split(text);
        Selector { name: name.to_owned(), region: region.map(str::to_owned) }
    }

    /// True if the selector names the stack.
    pub fn names(&self, id: &StackId) -> bool {
        self.is_matched_by(id, |typed, text| typed == text)
    }

    /// True if `is_match` takes each part that was typed for the stack's.
    pub fn is_matched_by(&self, id: &StackId, is_match: impl Fn(&str, &str) -> bool) -> bool {
        is_match(&self.name, &id.name) && self.region.as_deref().is_none_or(|region| is_match(region, &id.region))
    }

    /// Name of the stack as this user would type it: with its region if a region was typed.
    pub fn spelling_of(&self, id: &StackId) -> String {
        if self.region.is_some() { id.to_string() } else { id.name.to_string() }
    }
}

impl fmt::Display for Selector {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match &self.region {
            Some(region) => write!(f, "{}@{region}", self.name),
            None => f.write_str(&self.name),
        }
    }
}

#[cfg(test)]
mod tests {
    use formwork_template::StackId;

    use super::Selector;

    #[test]
    fn a_name_is_every_region_and_a_region_only_one() {
        let site = StackId::new("site", "us-east-1");
        for (typed, names) in [
            ("site", true),
            ("site@us-east-1", true),
            ("site@eu-west-1", false),
            ("site@", false),
            ("@us-east-1", false),
            ("sit", false),
            ("", false),
        ] {
            let selector = Selector::read(typed);
            assert_eq!((selector.names(&site), selector.to_string().as_str()), (names, typed));
        }
        assert_eq!(Selector::read("x").spelling_of(&site), "site");
        assert_eq!(Selector::read("x@y").spelling_of(&site), "site@us-east-1");
        assert_eq!(StackId::read(&site.to_string()), Some(site));
        assert_eq!(["site", "site@", "@us-east-1", ""].map(StackId::read), [None, None, None, None]);
    }
}

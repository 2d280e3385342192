//! Names of buckets, in which `{region}` and `{account}` stand for those of the run.

/// The name of a bucket as it is typed and written in `formwork.toml`, with `{region}` and `{account}` in it.
///
/// # Errors
///
/// When it is not a name of one.
///
/// Source: Amazon S3 User Guide, "General purpose bucket naming rules".
pub fn bucket_name(name: &str) -> Result<String, String> {
    let known = name.replace("{region}", "us-east-1").replace("{account}", "111122223333");
    let is_name = known.bytes().all(|byte| byte.is_ascii_lowercase() || byte.is_ascii_digit() || b".-".contains(&byte));
    let ends = |c: char| c.is_ascii_alphanumeric();
    if !is_name || !(3..=63).contains(&known.len()) || !known.starts_with(ends) || !known.ends_with(ends) {
        return Err("a bucket has a name of 3 to 63 lower-case letters, digits, `.` and `-`".to_owned());
    }
    Ok(name.to_owned())
}

#[cfg(test)]
mod tests {
    use super::bucket_name;

    #[test]
    fn names_of_buckets() {
        for name in ["company-code", "a.b", "cdk-hnb659fds-assets-{account}-{region}"] {
            assert_eq!(bucket_name(name).as_deref(), Ok(name));
        }
        for name in ["", "ab", "Company", "a b", "-abc", "abc.", "code-${AWS::Region}", "a\"b", &"a".repeat(64)] {
            assert!(bucket_name(name).is_err(), "{name}");
        }
    }
}

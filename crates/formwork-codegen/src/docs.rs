//! Descriptions of schemas -> text for rustdoc.
//!
//! They come as a mixture of Markdown, reStructuredText and HTML, often several screens long. What remains is the first
//! paragraph, as one line, without links (most point into AWS's documentation by relative paths), free of everything that
//! rustdoc would warn about.

/// The longest doc, in bytes; the sentence that goes beyond is left out, if it is not the first.
const LIMIT: usize = 300;

/// The description as one line; empty when there is nothing to say.
pub fn clean(description: &str) -> String {
    // What stands where nobody wrote anything.
    if description.trim().to_ascii_lowercase().starts_with("resource type definition for aws::") {
        return String::new();
    }
    let text = without_tags(first_paragraph(description)).replace("``", "`");
    let text = without_links(&text);
    let text = text.split_whitespace().collect::<Vec<_>>().join(" ");
    escape(&shorten(&text))
}

/// The type as code, with a link to its page in AWS's CloudFormation Template Reference where it is one of AWS's.
pub fn linked(type_name: &str) -> String {
    match type_name.strip_prefix("AWS::") {
        Some(of_aws) => format!(
            "[`{type_name}`](https://docs.aws.amazon.com/AWSCloudFormation/latest/TemplateReference/aws-resource-{}.html)",
            of_aws.replace("::", "-").to_ascii_lowercase()
        ),
        None => format!("`{type_name}`"),
    }
}

fn first_paragraph(text: &str) -> &str {
    let text = text.trim();
    // A blank line ends it, or the first item of a list.
    let ends = ["\n\n", "\n \n", "\n  \n", "\n  +", "\n +", "\n+ ", "\n* ", "\n  *", "\n- ", "\n  -", "\n•"];
    let end = ends.iter().filter_map(|end| text.find(end)).min().unwrap_or(text.len());
    &text[..end]
}

/// `<p>text</p>` -> `text`. Only what looks like a tag: `<instance-id>` in a text is meant as it stands.
fn without_tags(text: &str) -> String {
    const TAGS: &[&str] = &["a", "b", "br", "code", "dd", "dl", "dt", "i", "li", "note", "ol", "p", "para", "ul"];
    let mut out = String::new();
    let mut rest = text;
    while let Some(start) = rest.find('<') {
        out.push_str(&rest[..start]);
        let tag = &rest[start + 1..];
        let name = tag.trim_start_matches('/');
        let length = name.find(|c: char| !c.is_ascii_alphabetic()).unwrap_or(name.len());
        match tag.find('>') {
            Some(end) if TAGS.contains(&name[..length].to_ascii_lowercase().as_str()) => {
                if name[..length].eq_ignore_ascii_case("code") {
                    out.push('`');
                }
                rest = &tag[end + 1..];
            }
            _ => {
                out.push('<');
                rest = tag;
            }
        }
    }
    out.push_str(rest);
    out
}

/// `[text](url)` -> `text`.
fn without_links(text: &str) -> String {
    let mut out = String::new();
    let mut rest = text;
    while let Some(middle) = rest.find("](") {
        let (before, after) = (&rest[..middle], &rest[middle + 2..]);
        let Some(end) = after.find(')') else { break };
        match before.rfind('[') {
            Some(start) => {
                out.push_str(&before[..start]);
                out.push_str(&before[start + 1..]);
            }
            None => out.push_str(before),
        }
        rest = &after[end + 1..];
    }
    out.push_str(rest);
    out
}

fn shorten(text: &str) -> String {
    if text.len() <= LIMIT {
        return text.to_owned();
    }
    let mut end = LIMIT;
    while !text.is_char_boundary(end) {
        end -= 1;
    }
    let head = &text[..end];
    match head.rfind(". ") {
        Some(sentence) => head[..=sentence].to_owned(),
        None => {
            let word = head.rfind(' ').unwrap_or(end);
            format!("{}…", &head[..word])
        }
    }
}

/// Makes brackets and URLs plain text. In code they are that already.
fn escape(text: &str) -> String {
    let text = if text.matches('`').count().is_multiple_of(2) { text.to_owned() } else { text.replace('`', "") };
    let mut out = String::new();
    for (index, part) in text.split('`').enumerate() {
        if index % 2 == 1 {
            out.push('`');
            out.push_str(part);
            out.push('`');
            continue;
        }
        let words = part.split(' ').map(|word| {
            if word.contains("://") {
                // As code: neither a link of its own nor a warning about one.
                return format!("`{word}`");
            }
            let mut plain = String::new();
            for character in word.chars() {
                if matches!(character, '[' | ']' | '<' | '>' | '*' | '\\') {
                    plain.push('\\');
                }
                plain.push(character);
            }
            plain
        });
        out.push_str(&words.collect::<Vec<_>>().join(" "));
    }
    // Two pieces of code side by side would read as the end of one.
    out.replace("``", "` `")
}

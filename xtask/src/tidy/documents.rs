//! The code that documents show: a block below `<!-- path/of/a/file -->` must stand in that file, word for word.

use anyhow::Result;

use super::Problem;
use super::source::{files, read};
use crate::workspace::root;

pub(super) fn check() -> Result<Vec<Problem>> {
    let mut problems = Vec::new();
    for path in files()?.iter().filter(|path| path.ends_with(".md")) {
        let text = read(path)?;
        for block in blocks(&text) {
            problems.extend(compare(path, &block)?);
        }
    }
    Ok(problems)
}

/// A quotation: the file it is from, and its lines.
#[derive(Debug, PartialEq)]
struct Block<'a> {
    /// The line of the marker, counted from one.
    line: usize,
    file: &'a str,
    /// `None` when no fence follows the marker, or it is not closed.
    code: Option<Vec<&'a str>>,
}

fn blocks(text: &str) -> Vec<Block<'_>> {
    let lines: Vec<&str> = text.lines().collect();
    let mut blocks = Vec::new();
    for (index, line) in lines.iter().enumerate() {
        let comment = line.trim().strip_prefix("<!--").and_then(|rest| rest.strip_suffix("-->")).map(str::trim);
        // Other comments are sentences; a file's name has no space, and an extension or a folder.
        let Some(file) = comment.filter(|file| !file.contains(' ') && file.contains(['.', '/'])) else {
            continue;
        };
        let mut rest = lines[index + 1..].iter().skip_while(|line| line.trim().is_empty());
        let opened = rest.next().is_some_and(|line| line.starts_with("```"));
        let rest: Vec<&str> = rest.copied().collect();
        let end = rest.iter().position(|line| line.starts_with("```"));
        let code = end.filter(|_| opened).map(|end| rest[..end].to_vec());
        blocks.push(Block { line: index + 1, file, code });
    }
    blocks
}

fn compare(document: &str, block: &Block<'_>) -> Result<Option<Problem>> {
    let Some(code) = &block.code else {
        let hint = "put the block right below it";
        return Ok(Some(Problem::at(
            document,
            block.line,
            format!("no code follows the marker of `{}`", block.file),
            hint,
        )));
    };
    if !root().join(block.file).is_file() {
        let message = format!("quotes `{}`, which is not there", block.file);
        return Ok(Some(Problem::at(
            document,
            block.line,
            message,
            "the marker names a file from the repository's root",
        )));
    }
    let text = read(block.file)?;
    Ok(missing(&text, code).map(|offset| {
        let message = format!("this line is not in `{}`, or not at this place", block.file);
        // The marker, the fence, then the code.
        Problem::at(document, block.line + 2 + offset, message, "copy the text from the file")
    }))
}

/// The first line of the code that breaks the quotation, if it is not in the text as a whole.
fn missing(text: &str, code: &[&str]) -> Option<usize> {
    let lines: Vec<&str> = text.lines().collect();
    let matching = |start: usize| code.iter().zip(&lines[start..]).take_while(|(a, b)| a == b).count();
    let longest = (0..lines.len()).map(matching).max().unwrap_or(0);
    (longest < code.len()).then_some(longest)
}

#[cfg(test)]
mod tests {
    use super::{Block, blocks, missing};

    #[test]
    fn quotations_are_found() {
        let text = "<!-- a sentence. -->\n<!-- a/b.rs -->\n```rust\nx\ny\n```\n<!-- c.rs -->\n\n```\n```\n<!-- d.rs -->\nno code\n";
        assert_eq!(
            blocks(text),
            [
                Block { line: 2, file: "a/b.rs", code: Some(vec!["x", "y"]) },
                Block { line: 7, file: "c.rs", code: Some(vec![]) },
                Block { line: 11, file: "d.rs", code: None },
            ]
        );
    }

    #[test]
    fn the_first_wrong_line_is_told() {
        assert_eq!(missing("a\nb\nc\n", &["b", "c"]), None);
        assert_eq!(missing("a\nb\nc\n", &["b", "d"]), Some(1));
        assert_eq!(missing("a\n", &["a", "b"]), Some(1));
        assert_eq!(missing("", &["a"]), Some(0));
    }
}

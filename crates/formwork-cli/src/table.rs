//! Columns of text, for people: aligned, in the order given, without lines around them.

use formwork_assembly::visible::visible;

/// A column's title, and on which side its cells stand.
#[derive(Clone, Copy, Debug)]
pub(crate) enum Column {
    Left(&'static str),
    Right(&'static str),
}

/// The table as text, of which every line ends with a line break; no space stands at the end of a line.
pub(crate) fn render(columns: &[Column], rows: &[Vec<String>]) -> String {
    let titles = columns.iter().map(|(Column::Left(title) | Column::Right(title))| (*title).to_owned()).collect();
    let rows: Vec<Vec<String>> =
        rows.iter().map(|row| row.iter().map(|cell| visible(cell).into_owned()).collect()).collect();
    let lines: Vec<&Vec<String>> = std::iter::once(&titles).chain(&rows).collect();
    let widths: Vec<usize> = (0..columns.len())
        .map(|index| {
            lines.iter().filter_map(|line| line.get(index)).map(|cell| cell.chars().count()).max().unwrap_or(0)
        })
        .collect();
    let mut text = String::new();
    for line in lines {
        let cells: Vec<String> = columns
            .iter()
            .zip(line)
            .zip(&widths)
            .map(|((column, cell), &width)| match column {
                Column::Left(_) => format!("{cell:<width$}"),
                Column::Right(_) => format!("{cell:>width$}"),
            })
            .collect();
        text += cells.join("  ").trim_end();
        text.push('\n');
    }
    text
}

#[cfg(test)]
mod tests {
    use super::{Column, render};

    #[test]
    fn columns_are_aligned() {
        let rows = [vec!["edge".into(), "1".into(), String::new()], vec!["söte".into(), "120".into(), "edge".into()]];
        insta::assert_snapshot!(
            render(&[Column::Left("STACK"), Column::Right("RESOURCES"), Column::Left("DEPENDS ON")], &rows),
            @r"
        STACK  RESOURCES  DEPENDS ON
        edge           1
        söte         120  edge
        "
        );
    }
}

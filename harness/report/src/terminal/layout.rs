//! Widths, wrapping and colours.

use anstyle::{AnsiColor, Style};
use sprag::Verdict;
use unicode_width::{UnicodeWidthChar as _, UnicodeWidthStr as _};

/// Columns that fit everywhere.
pub const WIDTH: usize = 100;

/// The colour of a verdict.
const fn style(verdict: Verdict) -> Style {
    match verdict {
        Verdict::Fail => AnsiColor::Red.on_default().bold(),
        Verdict::Weak | Verdict::Known => AnsiColor::Yellow.on_default(),
        Verdict::Pass => AnsiColor::Green.on_default(),
        Verdict::NotClaimed => AnsiColor::Cyan.on_default(),
        Verdict::NotRun => Style::new().dimmed(),
    }
}

/// `text` in the colour of `verdict`.
#[must_use]
pub fn paint(verdict: Verdict, text: &str) -> String {
    let style = style(verdict);
    format!("{style}{text}{style:#}")
}

/// A heading.
#[must_use]
pub fn heading(text: &str) -> String {
    let style = Style::new().bold();
    format!("{style}{text}{style:#}")
}

/// `text` padded with spaces to `width` columns.
pub(super) fn padded(text: &str, width: usize) -> String {
    format!("{text}{}", " ".repeat(width.saturating_sub(text.width())))
}

/// `text` in lines of at most `width` columns, broken at spaces where there are any.
#[must_use]
pub fn wrap(text: &str, width: usize) -> Vec<String> {
    let width = width.max(8);
    let mut lines = Vec::new();
    let mut line = String::new();
    for word in text.split_whitespace() {
        let joined = line.width() + usize::from(!line.is_empty()) + word.width();
        if joined <= width {
            if !line.is_empty() {
                line.push(' ');
            }
            line.push_str(word);
            continue;
        }
        if !line.is_empty() {
            lines.push(std::mem::take(&mut line));
        }
        // A word wider than a line is broken anywhere.
        for character in word.chars() {
            if line.width() + character.width().unwrap_or(0) > width {
                lines.push(std::mem::take(&mut line));
            }
            line.push(character);
        }
    }
    if !line.is_empty() || lines.is_empty() {
        lines.push(line);
    }
    lines
}

/// Rows under headings; the last column takes what is left of the width and is wrapped.
#[must_use]
pub fn table(headings: &[&str], rows: &[Vec<String>]) -> String {
    let columns = headings.len();
    let width_of = |column: usize| {
        let cells = rows.iter().filter_map(|row| row.get(column)).map(|cell| cell.width());
        cells.chain([headings[column].width()]).max().unwrap_or(0)
    };
    let widths: Vec<usize> = (0..columns.saturating_sub(1)).map(width_of).collect();
    let indent = widths.iter().map(|width| width + 2).sum::<usize>();
    let mut text = String::new();
    let titles: Vec<String> = headings.iter().map(|&title| title.to_owned()).collect();
    for (index, row) in std::iter::once(&titles).chain(rows).enumerate() {
        let head: String =
            widths.iter().zip(row).map(|(&width, cell)| padded(cell, width) + "  ").collect();
        let last = row.get(columns - 1).map_or("", String::as_str);
        let last =
            wrap(last, WIDTH.saturating_sub(indent)).join(&format!("\n{}", " ".repeat(indent)));
        let line = format!("{head}{last}");
        let line = line.trim_end();
        text.push_str(&if index == 0 { heading(line) } else { line.to_owned() });
        text.push('\n');
    }
    text
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn lines_are_broken_at_spaces_and_long_words_anywhere() {
        assert_eq!(wrap("one two three", 8), ["one two", "three"]);
        assert_eq!(wrap("0123456789", 8), ["01234567", "89"]);
        assert_eq!(wrap("", 8), [""]);
        assert_eq!(wrap("鍵鍵鍵鍵鍵", 8), ["鍵鍵鍵鍵", "鍵"]);
    }

    #[test]
    fn a_table_stays_within_the_width() {
        let rows =
            vec![vec!["a".into(), "x ".repeat(200)], vec!["long id".into(), "y".repeat(300)]];
        let text = table(&["id", "what it is"], &rows);
        assert!(text.lines().skip(1).all(|line| line.width() <= WIDTH), "{text}");
    }
}

//! Text that says in Markdown what it says, and does nothing.

use std::fmt::Write as _;

use crate::inert;

/// `text`, inert, with everything that means something in Markdown or HTML as a character reference. Fit for paragraphs,
/// list items, cells of tables and HTML.
///
/// Names and issues are looked for in what Markdown has become, where references no longer help; a tag that does nothing
/// between the sign and the word does.
pub(super) fn plain(text: &str) -> String {
    let mut escaped = String::with_capacity(text.len());
    for character in inert(text).chars() {
        match character {
            '@' | '#' => {
                // Writing to a string cannot fail.
                let _ = write!(escaped, "<span>&#{};</span>", u32::from(character));
            }
            // These mean something only at the beginning of a line, where no text of a report stands, or behind others.
            ' ' | ',' | '-' | '/' | ';' | '\'' | '%' | '?' | '(' | ')' => escaped.push(character),
            _ if character.is_ascii_punctuation() => {
                let _ = write!(escaped, "&#{};", u32::from(character));
            }
            _ => escaped.push(character),
        }
    }
    escaped
}

/// As [`plain`], cut off behind so many characters of the text.
pub(super) fn short(text: &str, most: usize) -> String {
    let text = inert(text);
    match text.char_indices().nth(most) {
        Some((cut, _)) => plain(&text[..cut]) + "…",
        None => plain(&text),
    }
}

/// `text` as a block of code of one line.
pub(super) fn code_block(text: &str) -> String {
    let text = inert(text);
    let longest = text.split(|character| character != '`').map(str::len).max().unwrap_or(0);
    let fence = "`".repeat((longest + 1).max(3));
    format!("{fence}sh\n{text}\n{fence}\n")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_means_something_is_a_reference() {
        assert_eq!(plain("a | b"), "a &#124; b");
        assert_eq!(plain("<b>&lt;"), "&#60;b&#62;&#38;lt;");
        assert_eq!(plain("`x` *y* [z](w)"), "&#96;x&#96; &#42;y&#42; &#91;z&#93;(w)");
        assert_eq!(plain("@all #1"), "<span>&#64;</span>all <span>&#35;</span>1");
        assert_eq!(plain("one\ntwo\u{202e}"), "one&#92;ntwo&#92;u&#123;202e&#125;");
        assert_eq!(plain("schlüssel 鍵"), "schlüssel 鍵");
    }

    #[test]
    fn short_text_is_cut_before_it_is_escaped() {
        assert_eq!(short("||||", 2), "&#124;&#124;…");
        assert_eq!(short("||", 2), "&#124;&#124;");
    }

    #[test]
    fn a_block_of_code_is_not_left_by_what_stands_in_it() {
        assert_eq!(code_block("sprag replay a"), "```sh\nsprag replay a\n```\n");
        assert_eq!(code_block("a ```` b"), "`````sh\na ```` b\n`````\n");
        assert_eq!(code_block("a\n```\nb"), "````sh\na\\n```\\nb\n````\n");
    }
}

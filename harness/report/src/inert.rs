//! Text from a ratchet is untrusted: it must not move the cursor, colour a verdict or turn a line around.

use std::fmt::Write as _;

/// Most bytes of one text in a report.
pub const TEXT_LIMIT: usize = 2048;

const CUT: &str = "…";

/// `text` as it may be shown: whatever acts instead of showing is spelled out as `\u{…}`, and what is beyond
/// [`TEXT_LIMIT`] bytes is cut off.
///
/// Inert text stays as it is, so it does no harm to call this twice.
#[must_use]
pub fn inert(text: &str) -> String {
    let mut shown = String::with_capacity(text.len().min(TEXT_LIMIT));
    let mut spelled = String::new();
    // Room for the cut mark is kept until it is clear that nothing has to be cut off.
    let mut fits_with_mark = 0;
    for character in text.chars() {
        spelled.clear();
        match character {
            '\n' => spelled.push_str("\\n"),
            '\r' => spelled.push_str("\\r"),
            '\t' => spelled.push(' '),
            _ if acts(character) => {
                // Writing to a string cannot fail.
                let _ = write!(spelled, "\\u{{{:x}}}", u32::from(character));
            }
            _ => spelled.push(character),
        }
        if shown.len() + spelled.len() > TEXT_LIMIT {
            shown.truncate(fits_with_mark);
            shown.push_str(CUT);
            return shown;
        }
        shown.push_str(&spelled);
        if shown.len() + CUT.len() <= TEXT_LIMIT {
            fits_with_mark = shown.len();
        }
    }
    shown
}

/// As [`inert`], cut off behind so many characters.
pub(crate) fn short(text: &str, most: usize) -> String {
    let text = inert(text);
    match text.char_indices().nth(most) {
        Some((cut, _)) => format!("{}{CUT}", &text[..cut]),
        None => text,
    }
}

/// As [`inert`], for bytes that should be UTF-8.
#[must_use]
pub fn inert_bytes(bytes: &[u8]) -> String {
    // More than this is cut off anyway, since every byte shows as at least one.
    inert(&String::from_utf8_lossy(&bytes[..bytes.len().min(TEXT_LIMIT + 1)]))
}

/// The last `most` lines of `bytes`, each inert.
#[must_use]
pub fn inert_lines(bytes: &[u8], most: usize) -> Vec<String> {
    let lines: Vec<&[u8]> = bytes
        .split(|&byte| byte == b'\n')
        .map(|line| line.strip_suffix(b"\r").unwrap_or(line))
        .filter(|line| !line.is_empty())
        .collect();
    lines[lines.len().saturating_sub(most)..].iter().map(|line| inert_bytes(line)).collect()
}

/// JSON in which nothing acts on its surroundings: what JSON may leave as it is gets spelled `\uXXXX`, which says the same
/// to whoever parses it. Unlike [`inert`] it loses nothing, so cases stay exact.
///
/// Outside of strings JSON has no such characters, and within them none stands behind a `\` of its own.
pub(crate) fn inert_json(json: &str) -> String {
    let mut shown = String::with_capacity(json.len());
    let mut units = [0; 2];
    for character in json.chars() {
        if character == '\n' || !acts(character) {
            shown.push(character);
            continue;
        }
        for unit in character.encode_utf16(&mut units) {
            // Writing to a string cannot fail.
            let _ = write!(shown, "\\u{unit:04x}");
        }
    }
    shown
}

/// Whether a character does something to its surroundings, or shows nothing at all.
const fn acts(character: char) -> bool {
    matches!(character,
        '\0'..='\u{1f}' | '\u{7f}'..='\u{9f}'
        | '\u{ad}' | '\u{34f}' | '\u{61c}' | '\u{115f}' | '\u{1160}' | '\u{17b4}' | '\u{17b5}'
        | '\u{180b}'..='\u{180f}'
        | '\u{200b}'..='\u{200f}' | '\u{2028}'..='\u{202e}' | '\u{2060}'..='\u{206f}'
        | '\u{3164}' | '\u{fe00}'..='\u{fe0f}' | '\u{feff}' | '\u{ffa0}' | '\u{fff0}'..='\u{fffb}'
        | '\u{1d173}'..='\u{1d17a}' | '\u{e0000}'..='\u{e0fff}')
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ordinary_text_of_any_script_stays() {
        for text in ["", "gap of 2001 > 2000", "schlüssel", "鍵が古い", "ключ 🔑", "a \\n b"]
        {
            assert_eq!(inert(text), text);
        }
    }

    #[test]
    fn what_acts_is_spelled_out() {
        for (text, shown) in [
            ("\u{1b}[31mred\u{1b}[0m", "\\u{1b}[31mred\\u{1b}[0m"),
            ("\u{1b}]0;title\u{7}", "\\u{1b}]0;title\\u{7}"),
            ("\u{9b}2J", "\\u{9b}2J"),
            ("pass\rfail", "pass\\rfail"),
            ("one\ntwo\tthree", "one\\ntwo three"),
            ("\u{202e}lanretni\u{202c}", "\\u{202e}lanretni\\u{202c}"),
            ("\u{2066}a\u{2069}", "\\u{2066}a\\u{2069}"),
            ("a\u{200b}b\u{feff}", "a\\u{200b}b\\u{feff}"),
            ("\u{e0041}", "\\u{e0041}"),
            ("\0", "\\u{0}"),
        ] {
            assert_eq!(inert(text), shown);
        }
    }

    #[test]
    fn nothing_is_longer_than_the_limit_and_characters_are_whole() {
        for unit in ["a", "é", "鍵", "🔑", "\u{1b}", "\u{e0001}", "ab\u{202e}"] {
            for count in [TEXT_LIMIT / unit.len() - 1, TEXT_LIMIT / unit.len(), TEXT_LIMIT, 5000] {
                let shown = inert(&unit.repeat(count));
                assert!(shown.len() <= TEXT_LIMIT, "{unit:?} x {count}: {}", shown.len());
            }
        }
        assert_eq!(inert(&"a".repeat(TEXT_LIMIT)).len(), TEXT_LIMIT);
        assert!(inert(&"a".repeat(TEXT_LIMIT + 1)).ends_with(CUT));
    }

    #[test]
    fn inert_text_is_inert() {
        let every: String = ('\0'..=char::MAX).step_by(7).collect();
        for part in every.as_bytes().chunks(900) {
            let once = inert_bytes(part);
            assert!(!once.chars().any(acts));
            assert_eq!(inert(&once), once);
        }
    }

    #[test]
    fn json_is_made_inert_without_loss() {
        let text: String = ('\0'..=char::MAX).filter(|&character| acts(character)).collect();
        let json = serde_json::to_string_pretty(&[&text]).unwrap();
        let shown = inert_json(&json);
        assert!(!shown.chars().any(|character| character != '\n' && acts(character)));
        assert_eq!(serde_json::from_str::<[String; 1]>(&shown).unwrap(), [text]);
        assert_eq!(inert_json(&shown), shown);
    }

    #[test]
    fn broken_utf_8_is_replaced() {
        assert_eq!(inert_bytes(b"a\xff\xc3"), "a\u{fffd}\u{fffd}");
        assert!(inert_bytes(&[0xff; 100_000]).len() <= TEXT_LIMIT);
    }

    #[test]
    fn of_lines_the_last_ones_stay() {
        assert_eq!(inert_lines(b"one\n\ntwo\r\n\x1b[2Jthree\n", 2), ["two", "\\u{1b}[2Jthree"]);
        assert!(inert_lines(b"", 3).is_empty());
    }
}

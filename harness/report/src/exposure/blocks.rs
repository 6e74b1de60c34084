//! The exposure map for terminals, with and without colour.

use anstyle::{AnsiColor, Style};

use super::{Exposure, ExposureMap};
use crate::terminal::{WIDTH, wrap};

/// Columns of the terminal that a theft's name takes.
const NAME: usize = 20;

/// Messages beside one another: each takes a block and a gap.
const PER_BLOCK: usize = (WIDTH - NAME) / 2;

/// The map as blocks, at most [`WIDTH`] columns wide: a line a theft, a block a message, `│` where the theft was. Under it,
/// who read what beyond the claim.
#[must_use]
pub fn blocks(map: &ExposureMap, colour: bool) -> String {
    let mut text = wrapped(&map.summary());
    for from in (0..map.messages.len()).step_by(PER_BLOCK) {
        let to = map.messages.len().min(from + PER_BLOCK);
        text.push_str(&format!("\n{:NAME$}{}\n", "message from", senders(map, from, to)));
        for theft in 0..map.thefts.len() {
            text.push_str(&line(map, theft, from, to, colour));
        }
    }
    text.push('\n');
    text.push_str(&legend(colour));
    for theft in 0..map.thefts.len() {
        for message in 0..map.messages.len() {
            if map.exposure(theft, message) == Exposure::BeyondClaim {
                text.push_str(&wrapped(&map.told(theft, message)));
            }
        }
    }
    text
}

/// `i` or `r` above each message.
fn senders(map: &ExposureMap, from: usize, to: usize) -> String {
    let initial = |index: usize| ["i ", "r "][map.messages[index].from.index()];
    (from..to).map(initial).collect::<String>().trim_end().to_owned()
}

fn line(map: &ExposureMap, theft: usize, from: usize, to: usize, colour: bool) -> String {
    let row = &map.thefts[theft];
    // A name of any width: what is wide, or cannot be measured, is left out.
    let name: String = row.label.chars().filter(char::is_ascii_graphic).take(6).collect();
    let mark = |place: usize| if row.sent_before == place { '│' } else { ' ' };
    let name = format!("theft {name} {}", row.victim);
    let mut line = format!("{name:<0$.0$}{1}", NAME - 1, mark(from));
    for message in from..to {
        let exposure = map.exposure(theft, message);
        line.push_str(&painted(exposure, colour));
        // The mark before a block's first message stands in front of it, so that it is drawn once.
        line.push(if message + 1 < to || to == map.messages.len() {
            mark(message + 1)
        } else {
            ' '
        });
    }
    line.truncate(line.trim_end().len());
    line + "\n"
}

fn legend(colour: bool) -> String {
    let parts: Vec<String> = Exposure::ALL
        .into_iter()
        .rev()
        .map(|exposure| format!("{} {}", painted(exposure, colour), exposure.words()))
        .collect();
    parts.join("  ") + "  │ the theft\n"
}

fn painted(exposure: Exposure, colour: bool) -> String {
    let glyph = exposure.glyph();
    if !colour {
        return glyph.to_string();
    }
    let style: Style = match exposure {
        Exposure::Untried => Style::new().dimmed(),
        Exposure::Safe => AnsiColor::Green.on_default(),
        Exposure::Undelivered => AnsiColor::Cyan.on_default(),
        Exposure::ByDesign => AnsiColor::Yellow.on_default(),
        Exposure::BeyondClaim => AnsiColor::Red.on_default().bold(),
    };
    format!("{style}{glyph}{style:#}")
}

fn wrapped(text: &str) -> String {
    wrap(text, WIDTH).join("\n") + "\n"
}

#[cfg(test)]
mod tests {
    use unicode_width::UnicodeWidthStr as _;

    use super::super::tests::map;
    use super::*;
    use crate::fixtures::HOSTILE;
    use crate::inert;
    use crate::terminal::plain;

    #[test]
    fn a_block_stands_for_each_message() {
        let expected = "\
a ratchet: 2 thefts, 4 messages: 1 exposed beyond the claim, 1 exposed by design, 1 undelivered, 2
safe, 3 not tried

message from        i r i r
theft 1 initiator  │· █ ▒ ?
theft 7 responder   - ?│· ?

█ exposed beyond the claim  ▒ exposed by design  - undelivered  · safe  ? not tried  │ the theft
theft 1 from the initiator, message 1.0 of the responder: exposed beyond the claim (shadow clone
(A2): reason)
";
        assert_eq!(blocks(&map(4, ""), false), expected);
        let coloured = blocks(&map(4, ""), true);
        assert!(coloured.contains("\u{1b}[1m\u{1b}[31m█"), "{coloured:?}");
        assert_eq!(plain(&coloured), expected);
    }

    #[test]
    fn long_maps_are_broken_and_the_theft_is_marked_once() {
        for messages in [3, 39, 40, 41, 80, 81, 200] {
            let text = blocks(&map(messages, ""), false);
            assert!(text.lines().all(|line| line.width() <= WIDTH), "{text}");
            let rows =
                |name: &str| text.lines().filter(|line| line.starts_with(name)).collect::<String>();
            let drawn = rows("theft 7 responder ");
            let glyphs = drawn.replace("theft 7 responder", "");
            assert_eq!(glyphs.matches('│').count(), 1, "{text}");
            assert_eq!(
                glyphs.chars().filter(|one| !" │".contains(*one)).count(),
                messages,
                "{text}"
            );
        }
    }

    #[test]
    fn hostile_names_keep_the_width_and_do_not_act() {
        let text = blocks(&map(90, HOSTILE), false);
        assert!(text.contains("script"), "{text}");
        for line in text.lines() {
            assert!(line.width() <= WIDTH && inert(line) == line, "{line}");
        }
    }
}

//! Exposure maps for terminals, with and without colour.

use std::collections::BTreeMap;

use anstyle::{AnsiColor, Style};
use sprag::Party;

use super::{Exposure, ExposureMap};
use crate::terminal::{WIDTH, wrap};

/// Columns of the terminal that a theft's name takes.
const NAME: usize = 12;

/// Messages beside one another: each takes a block and a gap.
const PER_BLOCK: usize = (WIDTH - NAME) / 2;

/// Kinds of findings that are told under a map.
const TOLD: usize = 8;

/// Maps one below the other as blocks, at most [`WIDTH`] columns wide: a line a moment of theft and a block a message, `│`
/// where the theft was. Under each map, who read what beyond the claim; at the end what the blocks mean.
#[must_use]
pub fn blocks(maps: &[ExposureMap], colour: bool) -> String {
    let mut text = String::new();
    for map in maps {
        text.push_str(&wrapped(&map.summary()));
        let moments = map.moments();
        for from in (0..map.messages.len()).step_by(PER_BLOCK) {
            let to = map.messages.len().min(from + PER_BLOCK);
            let head = format!("\n{:NAME$}{}", "theft ↓ of", senders(map, from, to));
            text.push_str(head.trim_end());
            text.push('\n');
            for moment in &moments {
                text.push_str(&line(map, moment, from, to, colour));
            }
        }
        text.push_str(&findings(map));
        text.push('\n');
    }
    text + &legend(colour)
}

/// `i` or `r` above each message.
fn senders(map: &ExposureMap, from: usize, to: usize) -> String {
    let initial = |index: usize| ["i ", "r "][map.messages[index].from.index()];
    (from..to).map(initial).collect()
}

fn line(map: &ExposureMap, moment: &[usize], from: usize, to: usize, colour: bool) -> String {
    let row = &map.thefts[moment[0]];
    let initial = |&theft: &usize| ['i', 'r'][map.thefts[theft].victim.index()];
    let victims: String = moment.iter().map(initial).collect();
    // A name of any width: what is wide, or cannot be measured, is left out.
    let name: String = row.label.chars().filter(char::is_ascii_graphic).take(6).collect();
    let mark = |place: usize| if row.sent_before == place { '│' } else { ' ' };
    let mut line = format!("{name:>6} {victims:<0$.0$}{1}", NAME - 8, mark(from));
    for message in from..to {
        line.push_str(&painted(map.worst(moment, message), colour));
        // The mark before a block's first message stands in front of it, so that it is drawn once.
        let is_last = message + 1 == to && to < map.messages.len();
        line.push(if is_last { ' ' } else { mark(message + 1) });
    }
    line.truncate(line.trim_end().len());
    line + "\n"
}

/// What was read beyond the claim, the like together.
fn findings(map: &ExposureMap) -> String {
    let mut found: BTreeMap<(Party, &str, &str), (usize, usize, usize)> = BTreeMap::new();
    for (theft, row) in map.thefts.iter().enumerate() {
        for message in 0..map.messages.len() {
            let cells = map.at(theft, message).iter();
            for cell in cells.filter(|cell| cell.exposure == Exposure::BeyondClaim) {
                let kind = (row.victim, cell.attacker.as_str(), cell.reason.as_str());
                found.entry(kind).or_insert((0, theft, message)).0 += 1;
            }
        }
    }
    let mut text = if found.is_empty() { String::new() } else { "\n".to_owned() };
    for ((victim, attacker, reason), (count, theft, message)) in found.iter().take(TOLD) {
        let (theft, message) = (&map.thefts[*theft].label, &map.messages[*message].label);
        let times = if *count == 1 { "once" } else { &format!("{count} times") };
        text.push_str(&wrapped(&format!(
            "beyond the claim, {times}, first at theft {theft} from the {victim}, message {message}: {attacker}: {reason}"
        )));
    }
    if found.len() > TOLD {
        text.push_str(&format!("and {} kinds more\n", found.len() - TOLD));
    }
    text
}

fn legend(colour: bool) -> String {
    let parts: Vec<String> = Exposure::ALL
        .into_iter()
        .rev()
        .map(|exposure| format!("{} {}", painted(exposure, colour), exposure.words()))
        .collect();
    let kinds = parts.join("  ");
    kinds + "\n│ the theft; i the initiator, r the responder; time goes to the right and down\n"
}

fn painted(exposure: Exposure, colour: bool) -> String {
    let glyph = exposure.glyph();
    if !colour {
        return glyph.to_string();
    }
    let style: Style = match exposure {
        Exposure::Untried => Style::new().dimmed(),
        Exposure::Safe => AnsiColor::Green.on_default(),
        Exposure::Allowed => AnsiColor::Yellow.on_default(),
        Exposure::Undelivered => AnsiColor::Cyan.on_default(),
        Exposure::ByDesign => AnsiColor::Red.on_default(),
        Exposure::BeyondClaim => AnsiColor::Magenta.on_default().bold(),
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
a ratchet: 2 moments of theft, 4 messages: 1 exposed beyond the claim, 1 exposed by design, 1
undelivered, 2 safe, 3 not tried

theft ↓ of  i r i r
     1 i   │· █ ▒ ?
     7 r    - ?│· ?

beyond the claim, once, first at theft 1 from the initiator, message 1.0: shadow clone (A2): reason

█ exposed beyond the claim  ▒ exposed by design  - undelivered  ░ not promised  · safe  ? not tried
│ the theft; i the initiator, r the responder; time goes to the right and down
";
        assert_eq!(blocks(&[map(4, "")], false), expected);
        let coloured = blocks(&[map(4, "")], true);
        assert!(coloured.contains("\u{1b}[1m\u{1b}[35m█"), "{coloured:?}");
        assert_eq!(plain(&coloured), expected);
    }

    #[test]
    fn long_maps_are_broken_and_the_theft_is_marked_once() {
        for messages in [3, 43, 44, 45, 88, 89, 200] {
            let text = blocks(&[map(messages, "")], false);
            assert!(text.lines().all(|line| line.width() <= WIDTH), "{text}");
            let rows =
                |name: &str| text.lines().filter(|line| line.starts_with(name)).collect::<String>();
            let drawn = rows("     7 ");
            let glyphs = drawn.replace("     7 r", "");
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
        let text = blocks(&[map(90, HOSTILE)], false);
        assert!(text.contains("script"), "{text}");
        for line in text.lines() {
            assert!(line.width() <= WIDTH && inert(line) == line, "{line}");
        }
    }
}

//! What differs between two reports, for people: the worse first.

use sprag::Verdict;

use super::layout::{WIDTH, heading, paint, wrap};
use crate::diff::{Changed, Diff, Direction, GameDiff, RatchetDiff};
use crate::inert;

/// Every way, in the order in which it is told, with its words and the colour of a verdict as bad.
const WAYS: [(Direction, &str, Verdict); 6] = [
    (Direction::Worse, "worse", Verdict::Fail),
    (Direction::Lost, "no longer run", Verdict::Weak),
    (Direction::Better, "better", Verdict::Pass),
    (Direction::Gained, "now run", Verdict::Pass),
    (Direction::Same, "other figures", Verdict::NotRun),
    (Direction::Idle, "not run in either", Verdict::NotRun),
];

/// Everything that differs, and how much of it went which way.
#[must_use]
pub fn diff(diff: &Diff) -> String {
    let mut text = String::new();
    if !diff.run.is_empty() {
        let parts: Vec<String> = diff.run.iter().map(told).collect();
        let words = format!("not the same run: {}", parts.join(", "));
        let words = wrap(&words, WIDTH - 2).join("\n  ");
        text.push_str(&format!("{} {words}\n\n", paint(Verdict::Weak, "!")));
    }
    text.extend(diff.ratchets.iter().map(ratchet));
    if diff.is_empty() {
        text.push_str("no ratchet differs\n");
        return text;
    }
    let counted: Vec<String> = WAYS
        .into_iter()
        .map(|(direction, words, colour)| (diff.count(direction), words, colour))
        .filter(|&(count, ..)| count > 0)
        .map(|(count, words, colour)| format!("{count} {}", paint(colour, words)))
        .collect();
    text.push_str(&counted.join(", "));
    text.push('\n');
    text
}

fn ratchet(ratchet: &RatchetDiff) -> String {
    let verdicts = from_to(ratchet.before, ratchet.after);
    let name = wrap(&inert(&ratchet.name), WIDTH - 30).join("\n  ");
    let mut text = format!("{}  {verdicts}\n", heading(&name));
    for changed in &ratchet.about {
        text.push_str(&indented(&told(changed), 2));
    }
    let is_whole = ratchet.before.is_none() || ratchet.after.is_none();
    if is_whole {
        text.push_str(&format!("  {} games\n", ratchet.games.len()));
    }
    for (way, words, colour) in WAYS {
        // Of a ratchet that is new or gone, only what is wrong with it is worth a line.
        let told =
            |game: &&GameDiff| game.direction == way && (!is_whole || way == Direction::Worse);
        for game in ratchet.games.iter().filter(told) {
            text.push_str(&format!("  {} {}\n", paint(colour, words), self::game(game)));
        }
    }
    text.push('\n');
    text
}

/// A game on the line of its direction, then why, then its figures.
fn game(game: &GameDiff) -> String {
    let id: String = inert(&game.id).chars().take(WIDTH / 2).collect();
    let mut text = id;
    if game.before != game.after {
        text.push_str(&format!("  {}", from_to(game.before, game.after)));
    }
    text.push('\n');
    if game.before != game.after && game.after.is_some() && !game.reason.is_empty() {
        text.push_str(&indented(&inert(&game.reason), 6));
    }
    for changed in &game.figures {
        text.push_str(&indented(&told(changed), 6));
    }
    text.truncate(text.trim_end().len());
    text
}

fn from_to(before: Option<Verdict>, after: Option<Verdict>) -> String {
    let word = |verdict: Option<Verdict>, absent: &str| {
        verdict.map_or_else(|| absent.to_owned(), |verdict| paint(verdict, &verdict.to_string()))
    };
    if before == after {
        return word(after, "");
    }
    format!("{} → {}", word(before, "new"), word(after, "gone"))
}

fn told(changed: &Changed) -> String {
    let value =
        |value: &Option<String>| value.as_deref().map_or_else(|| "nothing".to_owned(), inert);
    format!("{}: {} → {}", inert(&changed.name), value(&changed.before), value(&changed.after))
}

fn indented(text: &str, indent: usize) -> String {
    let indented = |line: String| format!("{}{line}\n", " ".repeat(indent));
    wrap(text, WIDTH - indent).into_iter().map(indented).collect()
}

#[cfg(test)]
mod tests {
    use unicode_width::UnicodeWidthStr as _;

    use super::*;
    use crate::fixtures;
    use crate::terminal::plain;

    #[test]
    fn the_worse_is_told_first_and_counted() {
        let before = fixtures::ordinary();
        let mut after = before.clone();
        after.seed = 8;
        let games = &mut after.ratchets[0].games;
        (games[0].verdict, games[0].reason) = (Verdict::Pass, String::new());
        games[3].measured[0].value = "9".into();
        (games[5].verdict, games[5].reason) = (Verdict::Fail, "never healed".into());
        let text = plain(&diff(&crate::diff::diff(&before, &after)));
        let expected = "\
! not the same run: seed: 7 → 8

vodozemac/olm-v1  fail
  worse recovery/loss  pass → fail
      never healed
  better forward-secrecy/consumed-key  fail → pass
  other figures rollback/sender
      healing: 2 to 3 epochs → 9 epochs

1 worse, 1 better, 1 other figures
";
        assert_eq!(text, expected);
        let same = plain(&diff(&crate::diff::diff(&before, &before)));
        assert_eq!(same, "no ratchet differs\n");
    }

    #[test]
    fn of_a_ratchet_that_is_new_or_gone_only_what_is_wrong_is_told() {
        let (ordinary, none) = (fixtures::ordinary(), fixtures::report(Vec::new()));
        let new = plain(&diff(&crate::diff::diff(&none, &ordinary)));
        let expected = "\
vodozemac/olm-v1  new → fail
  7 games
  worse forgery/bit-flips  new → weak
      field `version`
  worse forward-secrecy/consumed-key  new → fail
      a message was read. message 2.0: it had been opened

2 worse, 4 now run, 1 not run in either
";
        assert_eq!(new, expected);
        let gone = plain(&diff(&crate::diff::diff(&ordinary, &none)));
        let expected = "\
vodozemac/olm-v1  fail → gone
  7 games

6 no longer run, 1 not run in either
";
        assert_eq!(gone, expected);
    }

    #[test]
    fn everything_fits_the_width_and_nothing_acts() {
        let (before, after) = (fixtures::hostile(), fixtures::ordinary());
        for (before, after) in [(&before, &after), (&after, &before)] {
            let text = plain(&diff(&crate::diff::diff(before, after)));
            assert!(text.contains("script"), "{text}");
            for line in text.lines() {
                assert!(line.width() <= WIDTH, "{line}");
                assert_eq!(inert(line), *line);
            }
        }
    }
}

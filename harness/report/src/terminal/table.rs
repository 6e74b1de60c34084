//! The verdicts: a matrix for several ratchets, a table with figures for one.

use sprag::Verdict;

use super::layout::{WIDTH, heading, padded, paint, wrap};
use crate::{GameReport, RatchetReport, Report};

/// Columns of a verdict: `not-claimed` and a gap.
const CELL: usize = 13;

/// Ratchets that fit beside the names of the games.
const PER_BLOCK: usize = 5;

/// The verdicts of a run.
#[must_use]
pub fn verdicts(report: &Report) -> String {
    match report.ratchets.as_slice() {
        [ratchet] => one(ratchet),
        several => several.chunks(PER_BLOCK).map(matrix).collect::<Vec<_>>().join("\n"),
    }
}

fn matrix(ratchets: &[RatchetReport]) -> String {
    let mut text = String::new();
    for (number, ratchet) in (1..).zip(ratchets) {
        let name = wrap(&format!("{} {}", ratchet.name, ratchet.version), WIDTH - 6).join("\n    ");
        text.push_str(&format!("{number:>2}  {name}\n"));
    }
    let mut ids: Vec<&str> =
        ratchets.iter().flat_map(|ratchet| &ratchet.games).map(|game| game.id.as_str()).collect();
    ids.sort_unstable();
    ids.dedup();
    let width = ids.iter().map(|id| id.len()).max().unwrap_or(0).max(4) + 2;
    let numbers: String =
        (1..=ratchets.len()).map(|number| padded(&number.to_string(), CELL)).collect();
    text.push('\n');
    text.push_str(&heading(format!("{}{numbers}", padded("game", width)).trim_end()));
    text.push('\n');
    for id in ids {
        text.push_str(&padded(id, width));
        let verdict = |ratchet: &RatchetReport| {
            ratchet.games.iter().find(|game| game.id == id).map(|game| game.verdict)
        };
        text.push_str(&cells(ratchets.iter().map(verdict)));
    }
    text.push_str(&padded("worst", width));
    text.push_str(&cells(ratchets.iter().map(|ratchet| Some(ratchet.verdict))));
    text
}

/// The cells of one row of the matrix, without spaces at its end.
fn cells(verdicts: impl Iterator<Item = Option<Verdict>>) -> String {
    let mut row = String::new();
    let mut gap = 0;
    for verdict in verdicts {
        row.push_str(&" ".repeat(gap));
        let word = verdict.map(|verdict| verdict.to_string()).unwrap_or_default();
        gap = CELL - word.len();
        if let Some(verdict) = verdict {
            row.push_str(&paint(verdict, &word));
        }
    }
    row + "\n"
}

fn cell(verdict: Verdict) -> String {
    paint(verdict, &padded(&verdict.to_string(), CELL))
}

fn one(ratchet: &RatchetReport) -> String {
    let width = ratchet.games.iter().map(|game| game.id.len()).max().unwrap_or(0).max(4) + 2;
    let mut text = format!("{} {}\n", heading(&ratchet.name), ratchet.version);
    if let Some(profile) = &ratchet.profile {
        let randomness = ratchet.randomness.map_or("unknown", |level| match level {
            sprag::engine::RandomnessLevel::PerCall => "per call",
            sprag::engine::RandomnessLevel::None => "out of reach",
        });
        text.push_str(&format!(
            "family {}, profile {}, randomness {randomness}, rounds {}\n",
            profile.family.name(),
            ratchet.profile_source,
            ratchet.rounds
        ));
    }
    let head = format!(
        "{}{}{:>7}  what was seen",
        padded("game", width),
        padded("verdict", CELL),
        "trials"
    );
    text.push_str(&format!("\n{}\n", heading(&head)));
    let indent = width + CELL + 9;
    for game in &ratchet.games {
        let seen = wrap(&seen(game), WIDTH - indent).join(&format!("\n{}", " ".repeat(indent)));
        let line =
            format!("{}{}{:>7}  {seen}", padded(&game.id, width), cell(game.verdict), game.trials);
        text.push_str(line.trim_end());
        text.push('\n');
    }
    text
}

/// The reason of a verdict and the figures, short enough for a cell.
fn seen(game: &GameReport) -> String {
    const ENOUGH: usize = 160;
    let mut parts = Vec::new();
    if !game.reason.is_empty() {
        parts.push(game.reason.clone());
    }
    for measured in &game.measured {
        parts.push(
            format!("{}: {} {}", measured.name, measured.value, measured.unit)
                .trim_end()
                .to_owned(),
        );
    }
    // Quotas say something of random schedules only; other games write theirs.
    if game.id.starts_with("model/") && !game.quotas.is_empty() {
        let quotas: Vec<String> =
            game.quotas.iter().map(|quota| format!("{} {}", quota.name, quota.trials)).collect();
        parts.push(format!("trials with: {}", quotas.join(", ")));
    }
    let all = parts.join("; ");
    match all.char_indices().nth(ENOUGH) {
        Some((cut, _)) if game.verdict == Verdict::Fail => format!("{}…", &all[..cut]),
        _ => all,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::terminal::plain;
    use crate::{Effort, Timings, WIRE};
    use sprag::Severity;
    use unicode_width::UnicodeWidthStr as _;

    fn ratchet(name: &str) -> RatchetReport {
        let game = |id: &str, verdict| GameReport {
            id: id.into(),
            title: String::new(),
            verdict,
            severity: Severity::High,
            reason: "some words that are long enough to be wrapped ".repeat(3),
            trials: 1_000_000,
            quotas: Vec::new(),
            measured: Vec::new(),
            weak_positions: Vec::new(),
            missing_deviations: Vec::new(),
            case: None,
            exposure: None,
        };
        RatchetReport {
            name: name.into(),
            version: "1.0.0".into(),
            profile: None,
            profile_source: "declared".into(),
            capabilities: None,
            randomness: None,
            deviations: Vec::new(),
            rounds: 1,
            verdict: Verdict::Fail,
            games: vec![
                game("forward-secrecy/consumed-key", Verdict::Fail),
                game("profile/describes-this-ratchet", Verdict::NotClaimed),
            ],
            exposure: None,
            no_exposure: None,
        }
    }

    #[test]
    fn everything_fits_the_width() {
        for count in [1, 2, 5, 9] {
            let report = Report {
                suite: 1,
                wire: WIRE,
                seed: 1,
                effort: Effort::Smoke,
                rounds: 1,
                complete: true,
                calls: 0,
                ratchets: vec![ratchet("textbook/double-ratchet-eager"); count],
                timings: Timings::default(),
            };
            let text = plain(&verdicts(&report));
            assert!(text.lines().all(|line| line.trim_end().width() <= WIDTH), "{text}");
            assert!(text.contains("fail"), "{text}");
        }
    }
}

//! What several ratchets claim and what was measured of them, a row a ratchet.

use unicode_width::UnicodeWidthStr as _;

use super::layout::{WIDTH, heading, padded, paint, wrap};
use crate::comparison::{COLUMNS, rows};
use crate::{RatchetReport, Report};

/// Columns between two cells.
const GAP: usize = 2;

/// Columns that a name gets at least.
const NAME: usize = 12;

/// Characters that are left of a figure where figures leave no room for names.
const CUT: usize = 8;

const WORST: &str = "worst";
const COST: &str = "s/round";

/// The figures of all ratchets of a run beside one another; nothing for one alone. The last column differs between two runs,
/// as times do.
#[must_use]
pub fn comparison(report: &Report) -> String {
    let rows = rows(report);
    if rows.is_empty() {
        return String::new();
    }
    let costs = report.ratchets.iter().map(|ratchet| cost(report, ratchet));
    let mut figures: Vec<Vec<String>> =
        rows.iter().zip(costs).map(|(row, cost)| [&row.cells[..], &[cost]].concat()).collect();
    let mut titles: Vec<&str> = COLUMNS.iter().map(|column| column.title).collect();
    titles.push(COST);
    let verdicts = widest(WORST, rows.iter().map(|row| row.worst.to_string()));
    let mut widths = widths_of(&titles, &figures);
    if left(verdicts, &widths) < NAME {
        // Only of what nobody would measure.
        figures.iter_mut().flatten().for_each(|figure| *figure = cut(figure));
        widths = widths_of(&titles, &figures);
    }
    let name = left(verdicts, &widths);

    let head: String =
        titles.iter().zip(&widths).map(|(title, width)| aligned(title, *width)).collect();
    let head = format!("{}{}{head}", padded("ratchet", name), aligned(WORST, verdicts));
    let mut text = heading(&head);
    text.push('\n');
    for (row, figures) in rows.iter().zip(&figures) {
        let mut lines = wrap(&row.name, name).into_iter();
        text.push_str(&padded(&lines.next().unwrap_or_default(), name));
        // Colours have no width, so what is painted is aligned before.
        let worst = row.worst.to_string();
        text.push_str(&aligned(&worst, verdicts).replace(&worst, &paint(row.worst, &worst)));
        text.extend(figures.iter().zip(&widths).map(|(figure, width)| aligned(figure, *width)));
        text.push('\n');
        text.extend(lines.map(|line| line + "\n"));
    }
    let cost =
        (COST, "seconds of all workers for a round of all games, which differ from run to run");
    for (title, says) in COLUMNS.iter().map(|column| (column.title, column.says)).chain([cost]) {
        for line in wrap(&format!("{title}: {says}"), WIDTH) {
            text.push_str(&line);
            text.push('\n');
        }
    }
    text
}

/// Seconds for a round, as they were measured.
fn cost(report: &Report, ratchet: &RatchetReport) -> String {
    let time = report.timings.ratchets.iter().find(|time| time.name == ratchet.name);
    match time {
        Some(time) if ratchet.rounds > 0 => {
            let seconds: f64 = time.games.iter().map(|game| game.seconds).sum();
            format!("{:.1}", seconds / ratchet.rounds as f64)
        }
        _ => "-".to_owned(),
    }
}

fn widths_of(titles: &[&str], figures: &[Vec<String>]) -> Vec<usize> {
    let cells = |index: usize| figures.iter().filter_map(move |row| row.get(index).cloned());
    titles.iter().enumerate().map(|(index, title)| widest(title, cells(index))).collect()
}

/// What columns of these widths leave to the name.
fn left(verdicts: usize, widths: &[usize]) -> usize {
    let taken: usize = widths.iter().map(|width| width + GAP).sum();
    WIDTH.saturating_sub(taken + verdicts + GAP)
}

fn cut(figure: &str) -> String {
    if figure.chars().count() <= CUT {
        return figure.to_owned();
    }
    figure.chars().take(CUT - 1).chain(['…']).collect()
}

fn widest(title: &str, cells: impl Iterator<Item = String>) -> usize {
    cells.map(|cell| cell.width()).chain([title.width()]).max().unwrap_or(0)
}

/// A cell at the right end of its column.
fn aligned(cell: &str, width: usize) -> String {
    format!("{}{cell}", " ".repeat(GAP + width.saturating_sub(cell.width())))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::terminal::plain;
    use crate::{fixtures, inert};

    fn two() -> Report {
        let mut report = fixtures::ordinary();
        let other = RatchetReport { name: "other".into(), ..report.ratchets[0].clone() };
        report.ratchets.push(other);
        let game = &mut report.ratchets[0].games[0];
        game.id = "forgery/effective-tag-length".into();
        game.measured[0].name = "tag that is checked".into();
        game.measured[0].value = "64".into();
        report
    }

    #[test]
    fn ratchets_stand_one_below_the_other() {
        let text = plain(&comparison(&two()));
        let lines: Vec<Vec<&str>> =
            text.lines().take(3).map(|line| line.split_whitespace().collect()).collect();
        let titles =
            ["ratchet", "worst", "heals", "gap", "stored", "tag", "adds", "grows", "s/round"];
        assert_eq!(lines[0], titles);
        let figures = ["fail", "2", "/", "-", "-", "-", "64", "-", "-", "0.1"];
        assert_eq!(lines[1], [&["vodozemac/olm-v1"][..], &figures].concat());
        // It has no times of its own, and other games.
        let figures = ["fail", "2", "/", "-", "-", "-", "-", "-", "-", "-"];
        assert_eq!(lines[2], [&["other"][..], &figures].concat());
        assert!(text.contains("\ntag: bits of the tag that are really checked\n"), "{text}");
    }

    #[test]
    fn one_ratchet_alone_is_compared_with_nothing() {
        assert_eq!(comparison(&fixtures::ordinary()), "");
    }

    #[test]
    fn everything_fits_the_width_and_nothing_acts() {
        let mut report = fixtures::read_hostile();
        let again = report.ratchets[0].clone();
        report.ratchets.push(again);
        for ratchet in &mut report.ratchets {
            for (game, name) in ratchet.games.iter_mut().zip([
                ("recovery/healing-time", "healing, "),
                ("denial-of-service/forward-jump", "largest gap accepted"),
                ("growth/state", "growth for 100 messages"),
            ]) {
                game.id = name.0.into();
                game.measured[0].name = name.1.into();
            }
        }
        let text = plain(&comparison(&report));
        assert!(text.contains("script"), "{text}");
        for line in text.lines() {
            assert!(line.width() <= WIDTH, "{line}");
            assert_eq!(inert(line), *line);
        }
    }
}

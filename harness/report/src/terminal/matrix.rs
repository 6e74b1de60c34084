//! The kill matrix for people: a row a mutant, what each game adds, the naive harnesses beside this one, and the score.

use sprag::Verdict;
use unicode_width::UnicodeWidthStr as _;

use super::layout::{WIDTH, heading, padded, paint, table, wrap};
use crate::matrix::{Expectation, HarnessScore, Matrix, MutantRow, MutantTime};

/// Widths of the columns that hold names.
const MUTANT: usize = 34;
const KILLER: usize = 30;

/// Mutants named as the slowest to kill.
const SLOWEST: usize = 10;

/// Everything that a run of the matrix has to say.
#[must_use]
pub fn matrix(matrix: &Matrix) -> String {
    let mut parts = vec![mutants(matrix), games(matrix), harnesses(matrix)];
    parts.extend([slowest(matrix), troubles(matrix), summary(matrix)]);
    parts.retain(|part| !part.is_empty());
    parts.join("\n")
}

fn mutants(matrix: &Matrix) -> String {
    let head = format!(
        "{}   {:5}{}{:>3} {:>6} {:>6} {:>6}",
        padded("mutant", MUTANT),
        "met",
        padded("first killer", KILLER),
        "by",
        "trials",
        "median",
        "worst"
    );
    let mut text = format!("{}\n", heading(&head));
    for (row, time) in matrix.mutants.iter().zip(&matrix.timings.mutants) {
        text.push_str(&mutant(row, time));
        if let Some(words) = row.unpairable.as_ref().or(row.missed_because.as_ref()) {
            let because = format!("{}: {words}", row.expected);
            for line in wrap(&because, WIDTH - 4) {
                text.push_str(&format!("    {line}\n"));
            }
        }
    }
    text.push_str("met: whether the expected game kills it with every seed. by: how many games kill it. trials: of the\n");
    text.push_str("first killer. median, worst: CPU seconds of the first killer to the kill, over all seeds.\n");
    text
}

fn mutant(row: &MutantRow, time: &MutantTime) -> String {
    let grade = row.grade.chars().next().unwrap_or(' ').to_ascii_uppercase();
    let (verdict, word) = match row.expectation {
        Expectation::Met => (Verdict::Pass, "yes"),
        Expectation::Missed => (Verdict::Fail, "NO"),
        Expectation::NotAsked => (Verdict::NotRun, "-"),
    };
    let killer = row.first_killer.as_deref().unwrap_or("none");
    let kills = row.cells.iter().filter(|cell| cell.kills).count();
    let line = format!(
        "{} {grade} {}{}{kills:>3} {:>6} {:>6} {:>6}",
        padded(&cut(&row.id, MUTANT), MUTANT),
        paint(verdict, &padded(word, 5)),
        padded(&cut(killer, KILLER - 1), KILLER),
        row.trials.map_or_else(|| "-".to_owned(), |trials| trials.to_string()),
        seconds(time.median),
        seconds(time.worst),
    );
    let shrunk = row.shrunk.map(|actions| format!("    shrunk to {actions} actions\n"));
    line.trim_end().to_owned() + "\n" + &shrunk.unwrap_or_default()
}

fn games(matrix: &Matrix) -> String {
    let row = |game: &crate::GameScore| {
        let starred = |id: &String| {
            let star = if game.alone.contains(id) { "*" } else { "" };
            format!("{id}{star}")
        };
        let named = match (game.named.as_slice(), game.kept.as_str()) {
            ([], "") => "-".to_owned(),
            ([], kept) => format!("kept: {kept}"),
            (named, _) => named.iter().map(starred).collect::<Vec<_>>().join(", "),
        };
        vec![game.id.clone(), game.kills.to_string(), named]
    };
    let rows: Vec<_> = matrix.games.iter().map(row).collect();
    let legend = "Others do not count if they compare everything at once; *: not even such a one kills it.\n";
    table(&["game", "kills", "mutants that no other game kills"], &rows) + legend
}

fn harnesses(matrix: &Matrix) -> String {
    let Some(first) = matrix.harnesses.first() else { return String::new() };
    let share = |killed: usize, mutants: usize| format!("{killed} of {mutants}");
    let row = |harness: &HarnessScore| {
        let grades = harness.killed.iter();
        let all = share(
            grades.clone().map(|grade| grade.killed).sum(),
            grades.clone().map(|grade| grade.mutants).sum(),
        );
        let cells = [harness.title.clone(), all].into_iter();
        cells.chain(grades.map(|grade| share(grade.killed, grade.mutants))).collect()
    };
    let grades = first.killed.iter().map(|grade| grade.grade);
    let headings: Vec<&str> = ["harness", "kills"].into_iter().chain(grades).collect();
    table(&headings, &matrix.harnesses.iter().map(row).collect::<Vec<_>>())
}

fn slowest(matrix: &Matrix) -> String {
    let mut times: Vec<&MutantTime> =
        matrix.timings.mutants.iter().filter(|time| !time.to_kill.is_empty()).collect();
    let length = |time: &MutantTime| time.worst.unwrap_or(f64::INFINITY);
    times.sort_by(|one, other| length(other).total_cmp(&length(one)));
    let named: Vec<String> = times
        .into_iter()
        .take(SLOWEST)
        .map(|time| format!("{} {}", time.id, seconds(time.worst)))
        .collect();
    if named.is_empty() {
        return String::new();
    }
    let text = format!("Slowest to kill, CPU seconds at worst: {}", named.join(", "));
    wrap(&text, WIDTH).join("\n") + "\n"
}

fn troubles(matrix: &Matrix) -> String {
    let mut text = String::new();
    let mut remark = |style: Verdict, words: String| {
        let words = wrap(&words, WIDTH - 2).join("\n  ");
        text.push_str(&format!("{} {words}\n", paint(style, "!")));
    };
    for row in matrix.accused() {
        let games = row.accused_by.join(", ");
        remark(Verdict::Fail, format!("{} is correct, and accused by {games}", row.name));
    }
    for game in matrix.idle_games() {
        let words = "kills no mutant that no other game kills, and is not kept on purpose";
        remark(Verdict::Fail, format!("{} {words}", game.id));
    }
    if !matrix.complete {
        remark(Verdict::Weak, "incomplete: not everything that was asked for was run".to_owned());
    }
    text
}

fn summary(matrix: &Matrix) -> String {
    let score = &matrix.score;
    let mut lines = vec![format!("{} of {} mutants are killed", score.killed, score.mutants)];
    if score.killed_without_reference < score.killed {
        lines.push(format!(
            "{} of them without the game that knows the correct bytes",
            score.killed_without_reference
        ));
    }
    let asked = score.met + score.missed;
    let met = format!(
        "{} of {asked} by the game expected, with each of {}",
        score.met,
        count(matrix.seeds)
    );
    lines.push(met);
    if score.not_asked > 0 {
        lines.push(format!("{} were not asked for", score.not_asked));
    }
    let catalogue: Vec<String> =
        matrix.catalogue.iter().map(|count| format!("{} {}", count.count, count.name)).collect();
    let end = format!(
        "seed {}, median to kill {} s CPU, {:.1} s in all",
        matrix.seed,
        seconds(matrix.timings.median),
        matrix.timings.seconds
    );
    let paragraphs = [lines.join("; "), format!("The catalogue: {}", catalogue.join(", ")), end];
    let wrapped = paragraphs.iter().map(|text| wrap(text, WIDTH).join("\n") + "\n");
    wrapped.collect()
}

fn count(seeds: u64) -> String {
    if seeds == 1 { "1 seed".to_owned() } else { format!("{seeds} seeds") }
}

fn seconds(time: Option<f64>) -> String {
    match time {
        None => "never".to_owned(),
        Some(time) if time < 10.0 => format!("{time:.3}"),
        Some(time) => format!("{time:.1}"),
    }
}

/// `text` in at most `width` columns. Ids are plain.
fn cut(text: &str, width: usize) -> String {
    if text.width() <= width {
        return text.to_owned();
    }
    let kept: String = text.chars().take(width - 1).collect();
    kept + "…"
}

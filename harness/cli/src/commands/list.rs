//! `sprag list`.

use sprag::games::GAMES;
use sprag_mutants::{EQUIVALENT, Equivalent, SURVIVORS, Survivor, WAITING, Waiting};
use sprag_report::terminal::{WIDTH, table, wrap};

use crate::arguments::Listing;
use crate::console::Console;
use crate::exit::Exit;
use crate::grade;
use crate::registry;

/// Prints a list.
pub(crate) fn list(what: Listing) -> Exit {
    let text = match what {
        Listing::Ratchets => ratchets(),
        Listing::Games => games(),
        Listing::Mutants => mutants(),
    };
    Console::stdout().print(&text);
    Exit::Fine
}

fn ratchets() -> String {
    let honest = registry::all().iter().filter(|entry| entry.mutant.is_none());
    let row = |entry: &registry::Entry| {
        let family = entry.ratchet.profile().family.name().to_owned();
        let version = entry.version.to_owned();
        vec![entry.name.clone(), version, family, entry.description.to_owned()]
    };
    table(&["ratchet", "version", "family", "what it is"], &honest.map(row).collect::<Vec<_>>())
}

fn games() -> String {
    let row = |about: &sprag::games::About| {
        let (id, catalogue) = (about.id.to_owned(), about.catalogue.to_owned());
        vec![id, catalogue, about.severity.to_string(), about.title.to_owned()]
    };
    let rows: Vec<_> = GAMES.iter().map(|game| row(game.about())).collect();
    table(&["game", "catalogue", "severity", "what must hold"], &rows)
}

fn mutants() -> String {
    let row = |entry: &registry::Entry| {
        let mutant = entry.mutant?;
        let verdict = if mutant.weak { "weak in" } else { "fails" };
        let text = format!("{} ({verdict} {})", mutant.description, mutant.killed_by.join(", "));
        Some(vec![entry.name.clone(), format!("{:?}", mutant.grade).to_lowercase(), text])
    };
    let rows: Vec<_> = registry::all().iter().filter_map(row).collect();
    let built = table(&["mutant", "grade", "planted bug, and the games that may find it"], &rows);
    [built, waiting(), equivalent(), survivors(), standing()].join("\n")
}

/// Entries of the catalogue that are not built because something is missing.
fn waiting() -> String {
    let row = |entry: &Waiting| {
        vec![entry.id.to_owned(), entry.waits_for.to_string(), entry.description.to_owned()]
    };
    let rows: Vec<_> = WAITING.iter().map(row).collect();
    table(&["waiting", "for", "bug that would be planted"], &rows)
}

fn equivalent() -> String {
    let row = |entry: &Equivalent| {
        vec![entry.id.to_owned(), format!("{}. {}", entry.description, entry.argument)]
    };
    let rows: Vec<_> = EQUIVALENT.iter().map(row).collect();
    table(&["equivalent", "deviation, and why no bug follows from it"], &rows)
}

fn survivors() -> String {
    let row = |entry: &Survivor| {
        vec![entry.id.to_owned(), format!("{}. {}", entry.description, entry.why)]
    };
    let rows: Vec<_> = SURVIVORS.iter().map(row).collect();
    table(&["survivor", "bug, and why no game is expected to see it"], &rows)
}

/// How many entries stand where.
fn standing() -> String {
    let counts: Vec<String> =
        grade::catalogue().iter().map(|count| format!("{} {}", count.count, count.name)).collect();
    let text = format!("The catalogue: {}", counts.join(", "));
    wrap(&text, WIDTH).join("\n") + "\n"
}

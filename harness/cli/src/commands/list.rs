//! `sprag list`.

use sprag::games::GAMES;
use sprag_report::terminal::table;

use crate::arguments::Listing;
use crate::console::Console;
use crate::exit::Exit;
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
    table(&["mutant", "grade", "planted bug, and the games that may find it"], &rows)
}

//! `sprag explain`.

use sprag_report::terminal::{WIDTH, heading, wrap};

use crate::console::Console;
use crate::exit::{Exit, Refusal};
use crate::names;

/// Prints everything that is known about a game.
pub(crate) fn explain(game: &str) -> Result<Exit, Refusal> {
    let about = names::game(game)?.about();
    let mut text = format!("{} ({})\n", heading(about.id), about.catalogue);
    for line in wrap(about.title, WIDTH) {
        text += &format!("{line}\n");
    }
    let control = format!("mutant/{}", about.control);
    let refusal = about.refusal.map_or_else(String::new, |class| {
        format!("{class}, where it can be decided; elsewhere any refusal is right")
    });
    for (label, words) in [
        ("in plain words", about.plainly),
        ("severity", about.severity.to_string().as_str()),
        ("what it checks", about.checks),
        ("the class of refusal that it asks for", &refusal),
        ("what it cannot show", about.cannot_show),
        ("where it comes from", about.source),
        ("the planted bug that it must find", &control),
        ("why it is kept although other games find all that it finds", about.kept),
    ] {
        if words.is_empty() {
            continue;
        }
        text += &format!("\n{}\n", heading(label));
        for line in wrap(words, WIDTH - 2) {
            text += &format!("  {line}\n");
        }
    }
    Console::stdout().print(&text);
    Ok(Exit::Fine)
}

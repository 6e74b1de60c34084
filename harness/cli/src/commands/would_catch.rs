//! `sprag explain --would-catch`.

use sprag::scenario::{self, Origin, OutOfReach, Scenario};
use sprag_report::terminal::{WIDTH, heading, wrap};

use crate::console::Console;
use crate::exit::{Exit, Refusal};
use crate::names::unknown;

/// Says which games and which stored case find a fault that is known by this name.
pub(crate) fn would_catch(query: &str) -> Result<Exit, Refusal> {
    let files = scenario::files().map_err(Refusal::fault)?;
    let caught = files.iter().flat_map(|file| &file.scenarios);
    let caught: Vec<&Scenario> = caught.filter(|it| it.origin.answers_to(query)).collect();
    let missed = files.iter().flat_map(|file| &file.out_of_reach);
    let missed: Vec<&OutOfReach> = missed.filter(|it| it.origin.answers_to(query)).collect();
    if caught.is_empty() && missed.is_empty() {
        let origins = files.iter().flat_map(|file| {
            let caught = file.scenarios.iter().map(|it| &it.origin);
            caught.chain(file.out_of_reach.iter().map(|it| &it.origin))
        });
        let names = origins.flat_map(|origin| std::iter::once(&origin.name).chain(&origin.also));
        let names = names.map(String::as_str);
        return Err(unknown("stored scenario", query, names, "vectors/scenarios/"));
    }
    let caught = caught.into_iter().map(found);
    let missed = missed.into_iter().map(out_of_reach);
    Console::stdout().print(&caught.chain(missed).collect::<Vec<_>>().join("\n"));
    Ok(Exit::Fine)
}

fn found(scenario: &Scenario) -> String {
    let mut text = title(&scenario.origin);
    text += &format!("\n{}\n", heading("would have been caught by"));
    for game in &scenario.games {
        text += &format!("  sprag check RATCHET --games {game}\n");
    }
    text += "  sprag check RATCHET --games regression/known-attacks\n";
    let shown = match (&scenario.mutant, scenario.shows_mutant) {
        (Some(mutant), true) => {
            format!("A ratchet with this fault: mutant/{mutant}. The case below shows it.")
        }
        (Some(mutant), false) => {
            format!("A ratchet with this fault: mutant/{mutant}. The games show it, not the case.")
        }
        (None, _) => {
            "No ratchet with just this fault is built in; the games check the property.".to_owned()
        }
    };
    text += &paragraph(&shown);
    text += &format!("\n{}\n", heading("the case, and what must come of it"));
    for step in &scenario.schedule.steps {
        let expected = scenario.schedule.expect.get(&step.id);
        let expected = expected.map(|it| format!(": {it}")).unwrap_or_default();
        text += &format!("{step}{expected}\n");
    }
    text
}

fn out_of_reach(entry: &OutOfReach) -> String {
    let mut text = title(&entry.origin);
    text += &format!("\n{}\n", heading("would not have been caught"));
    text + &paragraph(&entry.why)
}

fn title(origin: &Origin) -> String {
    let mut text = format!("{} ({})\n", heading(&origin.name), origin.year);
    text += &paragraph(&origin.what);
    text += &format!("\n{}\n", heading("also known as"));
    text + &paragraph(&origin.also.join("; "))
}

fn paragraph(words: &str) -> String {
    wrap(words, WIDTH - 2).iter().map(|line| format!("  {line}\n")).collect()
}

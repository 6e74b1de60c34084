//! Schedules and figures in words, inert.

use sprag::run::Measured;
use sprag::schedule::{Action, Case, Schedule, ServiceDelivery, Step};

use crate::inert;

/// Lines kept at each end of a schedule that could not be shrunk.
const ENDS: usize = 20;

/// The actions in words, each on a line, its number aligned; a long schedule is cut in the middle. Names of fields come from
/// the ratchet, so each line is made inert.
pub(crate) fn told(schedule: &Schedule) -> Vec<String> {
    let words = schedule.to_string();
    let lines: Vec<String> = words.lines().map(inert).collect();
    if lines.len() <= 2 * ENDS {
        return lines;
    }
    let (first, last) = (&lines[..ENDS], &lines[lines.len() - ENDS..]);
    let between = format!("    … {} more, see the case", lines.len() - 2 * ENDS);
    [first, &[between], last].concat()
}

/// The case as a paragraph: each action a sentence, and what was found behind the one that showed it.
pub(crate) fn paragraph(case: &Case) -> String {
    let shown = format!("Here it shows: {}.", inert(&case.found).trim_end_matches('.'));
    let steps = &case.schedule.steps;
    let cut = (steps.len() > 2 * ENDS).then(|| ENDS..steps.len() - ENDS);
    let mut sentences: Vec<String> = Vec::new();
    let mut is_shown = false;
    if case.schedule.service == ServiceDelivery::Held {
        sentences.push("Service messages are held back.".to_owned());
    }
    for (index, step) in steps.iter().enumerate() {
        if cut.as_ref().is_some_and(|cut| cut.contains(&index)) {
            if index == ENDS {
                sentences.push(format!("{} more steps follow.", steps.len() - 2 * ENDS));
            }
            continue;
        }
        sentences.push(sentence(step));
        if case.shown_by == Some(step.id) {
            is_shown = true;
            sentences.push(shown.clone());
        }
    }
    if !is_shown {
        sentences.push(shown);
    }
    sentences.join(" ")
}

/// An action as a sentence.
fn sentence(step: &Step) -> String {
    let line = step.to_string();
    let words = line.split_once(". ").map_or(line.as_str(), |(_, words)| words);
    // The name of a message alone would look like a number.
    let named = match &step.action {
        Action::Deliver { count: 2.., .. } => "messages ",
        Action::Deliver { .. }
        | Action::Duplicate { .. }
        | Action::Drop { .. }
        | Action::Tamper { .. }
        | Action::Reflect { .. }
        | Action::WrongAd { .. } => "message ",
        _ => "",
    };
    let words = format!("{named}{words}");
    let mut characters = words.chars();
    let first = characters.next().map(|first| first.to_ascii_uppercase());
    inert(&format!("{}{}.", first.unwrap_or_default(), characters.as_str()))
}

/// A figure with its unit.
pub(crate) fn figure(measured: &Measured) -> String {
    let [name, value, unit] = [measured.name.as_str(), &measured.value, &measured.unit].map(inert);
    format!("{name}: {value} {unit}").trim_end().to_owned()
}

#[cfg(test)]
mod tests {
    use super::*;
    use sprag::Party;

    use crate::fixtures;

    #[test]
    fn a_long_schedule_keeps_its_ends() {
        let schedule =
            |actions| Schedule::of(vec![Action::Steal { from: Party::Initiator }; actions]);
        assert_eq!(told(&schedule(40)).len(), 40);
        let lines = told(&schedule(100));
        assert_eq!(lines.len(), 41);
        assert_eq!(lines[20], "    … 60 more, see the case");
        assert!(lines[40].starts_with(" 100. "), "{}", lines[40]);
    }

    #[test]
    fn a_case_reads_as_sentences_and_what_was_found_stands_where_it_showed() {
        let mut case = fixtures::case("a ratchet", "a game");
        let sent =
            "The initiator sends 2 messages of 16 bytes, 1.0 to 1.1. Message 1.0 is delivered.";
        let shown = "Here it shows: message 1.0: read after it was consumed.";
        let stolen = "A thief copies the responder's session.";
        assert_eq!(paragraph(&case), format!("{sent} {stolen} {shown}"));
        case.shown_by = Some(case.schedule.steps[1].id);
        assert_eq!(paragraph(&case), format!("{sent} {shown} {stolen}"));
        case.shown_by = None;
        assert_eq!(paragraph(&case), format!("{sent} {stolen} {shown}"));
        case.schedule = Schedule::of(vec![Action::Steal { from: Party::Initiator }; 500]);
        assert_eq!(paragraph(&case).matches("A thief").count(), 40);
        assert!(paragraph(&case).contains("460 more steps follow."));
    }
}

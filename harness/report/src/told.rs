//! Schedules and figures in words, inert.

use sprag::run::Measured;
use sprag::schedule::Schedule;

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

/// A figure with its unit.
pub(crate) fn figure(measured: &Measured) -> String {
    let [name, value, unit] = [measured.name.as_str(), &measured.value, &measured.unit].map(inert);
    format!("{name}: {value} {unit}").trim_end().to_owned()
}

#[cfg(test)]
mod tests {
    use super::*;
    use sprag::Party;
    use sprag::schedule::Action;

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
}

//! Several ratchets beside one another: what each claims and what was measured of it.
//!
//! A figure is one that a game has measured; where none has, there is none. Nothing here differs between two runs of one seed:
//! what a round takes stands in [`Timings`](crate::Timings).

use sprag::{Family, KeyGeneration, Profile, StoredPer, Verdict};

use crate::properties::{self, limit};
use crate::{RatchetReport, Report, inert};

/// What stands where nothing was measured or nothing is claimed.
const NOTHING: &str = "-";

/// A column: its title, what it says, and of which property.
pub(crate) struct Column {
    pub(crate) title: &'static str,
    pub(crate) says: &'static str,
    property: &'static str,
    shows: Shows,
}

/// What of a property a column shows.
enum Shows {
    /// What is claimed, as far as a figure goes, and what was measured.
    Both(fn(&Profile) -> Option<String>),
    Claimed(fn(&Profile) -> Option<String>),
    Measured,
}

/// The columns of figures, behind the ratchet and its worst verdict.
pub(crate) const COLUMNS: [Column; 6] = [
    Column {
        title: "heals",
        says: "epochs after a theft until everything is safe, at the worst moment: by the ideal / measured",
        property: "Healing, epochs",
        shows: Shows::Both(heals),
    },
    Column {
        title: "gap",
        says: "messages that may be missing before one that opens: as claimed / the largest that was accepted",
        property: "Largest gap",
        shows: Shows::Both(|profile| profile.limits()?.max_skip.map(limit)),
    },
    Column {
        title: "stored",
        says: "skipped keys that are kept, as claimed",
        property: "Full store of skipped keys",
        shows: Shows::Claimed(stored),
    },
    Column {
        title: "tag",
        says: "bits of the tag that are really checked",
        property: "Effective tag",
        shows: Shows::Measured,
    },
    Column {
        title: "adds",
        says: "bytes that a message adds to its text, at most",
        property: "Cost of a message",
        shows: Shows::Measured,
    },
    Column {
        title: "grows",
        says: "bytes by which the state at rest grows in 100 messages",
        property: "Growth",
        shows: Shows::Measured,
    },
];

/// One ratchet.
pub(crate) struct Row {
    pub(crate) name: String,
    pub(crate) worst: Verdict,
    /// In the order of [`COLUMNS`].
    pub(crate) cells: [String; COLUMNS.len()],
}

/// The ratchets of a run, if there are several.
pub(crate) fn rows(report: &Report) -> Vec<Row> {
    if report.ratchets.len() < 2 {
        return Vec::new();
    }
    report.ratchets.iter().map(row).collect()
}

fn row(ratchet: &RatchetReport) -> Row {
    let cell = |column: &Column| {
        let measured = || properties::named(column.property)?.of(ratchet).map(|it| it.worst());
        let claimed =
            |claim: fn(&Profile) -> Option<String>| ratchet.profile.as_ref().and_then(claim);
        match column.shows {
            Shows::Both(claim) => both(claimed(claim), measured()),
            Shows::Claimed(claim) => or_nothing(claimed(claim)),
            Shows::Measured => or_nothing(measured()),
        }
    };
    let cells = COLUMNS.each_ref().map(cell);
    Row { name: inert(&ratchet.name), worst: ratchet.verdict, cells }
}

fn stored(profile: &Profile) -> Option<String> {
    let limits = profile.limits()?;
    let per_chain = limits.stored_per == StoredPer::Chain;
    limits.max_stored.map(|most| limit(most) + if per_chain { " a chain" } else { "" })
}

/// The worst line of the table of healing, one party or both being stolen, of the ideal that fits the profile.
fn heals(profile: &Profile) -> Option<String> {
    let epochs = match (&profile.family, profile.double_ratchet_claims()) {
        (_, Some(claims)) => {
            let ends = profile.ends.iter().flat_map(|ends| ends.iter());
            let eager = ends.chain([claims]).any(|end| end.key_generation == KeyGeneration::Eager);
            if eager { "3" } else { "2" }
        }
        (Family::PeriodicRekey(_), None) => "2 periods",
        (_, None) => "never",
    };
    Some(epochs.to_owned())
}

fn or_nothing(value: Option<String>) -> String {
    value.unwrap_or_else(|| NOTHING.to_owned())
}

fn both(claimed: Option<String>, measured: Option<String>) -> String {
    match (claimed, measured) {
        (None, None) => NOTHING.to_owned(),
        (claimed, measured) => format!("{} / {}", or_nothing(claimed), or_nothing(measured)),
    }
}

#[cfg(test)]
mod tests {
    use sprag::run::Measured;

    use super::*;
    use crate::fixtures;

    fn measured(name: &str, value: &str) -> Measured {
        Measured { name: name.into(), value: value.into(), unit: "of a kind".into() }
    }

    fn ratchet(game: &str, figures: Vec<Measured>) -> RatchetReport {
        let mut game = fixtures::game(game, Verdict::Pass, "");
        game.measured = figures;
        fixtures::ratchet("one", vec![game])
    }

    #[test]
    fn a_conversation_heals_as_late_as_the_slower_end() {
        let claims = |made| Profile::double_ratchet(made).with_limits(10, 10);
        for (one, other, epochs) in [
            (KeyGeneration::Eager, KeyGeneration::Lazy, "3"),
            (KeyGeneration::Lazy, KeyGeneration::Eager, "3"),
            (KeyGeneration::Lazy, KeyGeneration::Lazy, "2"),
        ] {
            let both = Profile::of_both(&claims(one), &claims(other)).unwrap();
            assert_eq!(heals(&both).as_deref(), Some(epochs));
        }
    }

    #[test]
    fn of_healing_the_worst_moment_counts_and_never_is_the_worst() {
        let told = |values: &[&str]| {
            let figures = values.iter().map(|value| measured("healing, at some moment", value));
            row(&ratchet("recovery/healing-time", figures.collect())).cells[0].clone()
        };
        assert_eq!(told(&["1", "1 to 2"]), "2 / 2");
        assert_eq!(told(&["9", "10"]), "2 / 10");
        assert_eq!(told(&["2 to never", "3"]), "2 / never");
        assert_eq!(told(&[]), "2 / -");
    }

    #[test]
    fn what_no_game_measured_is_left_open() {
        let mut ratchet = ratchet("model/random-schedule", Vec::new());
        assert_eq!(row(&ratchet).cells, ["2 / -", "-", "-", "-", "-", "-"]);
        ratchet.profile = None;
        assert_eq!(row(&ratchet).cells, ["-"; 6]);
        // The same figure in another game is another figure.
        let figure = measured("tag that is checked", "64");
        ratchet.games[0].measured = vec![figure.clone()];
        assert_eq!(row(&ratchet).cells[3], "-");
        ratchet.games[0].id = "forgery/effective-tag-length".into();
        assert_eq!(row(&ratchet).cells[3], "64");
    }

    #[test]
    fn limits_are_told_as_they_are_claimed() {
        let told = |json: &str| {
            let mut ratchet = ratchet("growth/state", Vec::new());
            ratchet.profile = Some(serde_json::from_str(json).unwrap());
            let [heals, gap, stored, ..] = row(&ratchet).cells;
            [heals, gap, stored]
        };
        let eager = r#"{"family":"double-ratchet","key_generation":"eager","max_skip":9,"max_stored":7,"stored_per":"chain"}"#;
        assert_eq!(told(eager), ["3 / -", "9 / -", "7 a chain"]);
        let without = r#"{"family":"symmetric-ratchet","max_skip":4294967295,"max_stored":0}"#;
        assert_eq!(told(without), ["never / -", "no limit / -", "0"]);
        assert_eq!(told(r#"{"family":"static-key"}"#), ["never / -", "-", "-"]);
        let periodic = r#"{"family":"periodic-rekey","rekey_messages":100}"#;
        assert_eq!(told(periodic)[0], "2 periods / -");
    }
}

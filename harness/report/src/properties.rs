//! What ratchets are compared by: which figures of which game, and what the profile claims of it. A property that no game
//! measured on a ratchet stays open; nothing is derived from a claim.

use sprag::{Family, KeyGeneration, Profile, Verdict};

use crate::{GameReport, RatchetReport, inert};

/// A property of ratchets.
pub(crate) struct Property {
    /// Its name.
    pub name: &'static str,
    /// What the figures mean.
    pub means: &'static str,
    /// Where it is measured.
    source: Source,
    /// What a profile claims, if it speaks of it.
    pub claim: fn(&Profile) -> Option<String>,
}

/// Where a property is measured.
enum Source {
    /// The verdict of one game.
    Verdict(&'static str),
    /// The verdicts of all games of a family.
    Verdicts(&'static str),
    /// Figures of a game whose names begin and end so, taken together.
    Figures { game: &'static str, begins: &'static str, ends: &'static str },
}

/// What was measured of a property on a ratchet.
#[derive(Clone, Debug, Eq, PartialEq)]
pub(crate) struct Value {
    /// In words.
    pub words: String,
    /// What it is sorted by: the worst end of a range, or how bad a verdict is.
    pub order: u64,
    /// The game that says most about it, by its place on the ratchet.
    pub game: usize,
}

/// All properties, in the order of their columns.
pub(crate) const PROPERTIES: [Property; 12] = [
    Property {
        name: "Opened messages stay secret",
        means: "whether a theft gives away messages that had been opened before",
        source: Source::Verdict("forward-secrecy/consumed-key"),
        claim: |profile| {
            let words = match &profile.family {
                Family::StaticKey(_) => "no",
                Family::PeriodicRekey(_) => "between periods",
                _ => "yes",
            };
            Some(words.to_owned())
        },
    },
    Property {
        name: "Out of a thief's reach",
        means: "share of all messages, on average over random conversations, that one theft must not give away",
        source: figure("model/random-schedule", "messages off limits for a theft"),
        claim: |_| None,
    },
    Property {
        name: "Healing, epochs",
        means: "changes of direction until a thief is shut out again, over all moments of a theft",
        source: figure("recovery/healing-time", "healing, "),
        claim: healing,
    },
    Property {
        name: "Healing, messages",
        means: "messages that are still read after a theft, where each turn is one message",
        source: Source::Figures {
            game: "recovery/accounting",
            begins: "healing in messages, ",
            ends: "turns of 1 message",
        },
        claim: |_| None,
    },
    Property {
        name: "Healing, round trips",
        means: "the same in round trips",
        source: Source::Figures {
            game: "recovery/accounting",
            begins: "healing in round trips, ",
            ends: "turns of 1 message",
        },
        claim: |_| None,
    },
    Property {
        name: "Refuses forgeries",
        means: "the verdicts of all games about forged, changed and repeated messages",
        source: Source::Verdicts("forgery/"),
        claim: |profile| Some(if profile.integrity { "yes" } else { "no" }.to_owned()),
    },
    Property {
        name: "Effective tag",
        means: "bits of the tag that are really checked",
        source: figure("forgery/effective-tag-length", "tag that is checked"),
        claim: |_| None,
    },
    Property {
        name: "Largest gap",
        means: "missing messages that one message may jump over",
        source: figure("denial-of-service/forward-jump", "largest gap accepted"),
        claim: |profile| profile.limits()?.max_skip.map(limit),
    },
    Property {
        name: "Full store of skipped keys",
        means: "size of the exported state with as many skipped keys as are kept; claimed is their number",
        source: figure("denial-of-service/stored-keys", "state at rest with a full store"),
        claim: |profile| profile.limits()?.max_stored.map(|keys| format!("{} keys", limit(keys))),
    },
    Property {
        name: "Growth",
        means: "what a long conversation adds to the exported state, for 100 messages",
        source: figure("growth/state", "growth for 100 messages"),
        claim: |_| None,
    },
    Property {
        name: "State",
        means: "size of the exported state in a long conversation",
        source: figure("growth/state", "state at rest"),
        claim: |_| None,
    },
    Property {
        name: "Cost of a message",
        means: "bytes that a message adds to its text",
        source: figure("backdoor/no-third-reader", "bytes that a message adds to its text"),
        claim: |profile| profile.expansion.map(|bytes| format!("{bytes} bytes")),
    },
];

/// The property of this name.
pub(crate) fn named(name: &str) -> Option<&'static Property> {
    PROPERTIES.iter().find(|property| property.name == name)
}

const fn figure(game: &'static str, begins: &'static str) -> Source {
    Source::Figures { game, begins, ends: "" }
}

/// A limit of a profile; the greatest number says that there is none.
pub(crate) fn limit(value: u32) -> String {
    if value == u32::MAX { "no limit".to_owned() } else { value.to_string() }
}

fn healing(profile: &Profile) -> Option<String> {
    let keys = |made| match made {
        KeyGeneration::Eager => "a new key on receiving",
        KeyGeneration::Lazy => "a new key on sending",
    };
    if let Some([one, other]) = profile.ends.as_deref()
        && one.key_generation != other.key_generation
    {
        let (one, other) = (keys(one.key_generation), keys(other.key_generation));
        return Some(format!("initiator {one}, responder {other}"));
    }
    Some(match &profile.family {
        Family::DoubleRatchet(claims) => keys(claims.key_generation).to_owned(),
        Family::HybridRatchet(claims) => match &claims.pq_rekey {
            Some(pace) => format!(
                "{}; post-quantum within {} epochs of {} messages",
                keys(claims.classical.key_generation),
                pace.epochs,
                pace.messages
            ),
            None => format!("{}; post-quantum never", keys(claims.classical.key_generation)),
        },
        Family::PeriodicRekey(claims) => format!("rekey after {} messages", claims.rekey_messages),
        Family::SymmetricRatchet(_) | Family::StaticKey(_) => "never".to_owned(),
        _ => return None,
    })
}

impl Value {
    /// The worst end of a figure by itself.
    pub(crate) fn worst(&self) -> String {
        number(self.order)
    }
}

/// A figure; what is more than any number is never reached.
fn number(value: u64) -> String {
    if value == u64::MAX { "never".to_owned() } else { value.to_string() }
}

impl Property {
    /// What was measured on a ratchet.
    pub(crate) fn of(&self, ratchet: &RatchetReport) -> Option<Value> {
        let games = || ratchet.games.iter().enumerate();
        match self.source {
            Source::Verdict(id) => {
                let (place, game) = games().find(|(_, game)| game.id == id)?;
                let words = match game.verdict {
                    Verdict::NotRun => return None,
                    Verdict::Pass => "yes".to_owned(),
                    Verdict::NotClaimed => "no".to_owned(),
                    verdict => format!("no: {verdict}"),
                };
                Some(Value { words, order: rank(game.verdict), game: place })
            }
            Source::Verdicts(family) => {
                let run = || {
                    games().filter(|(_, game)| {
                        game.id.starts_with(family) && game.verdict != Verdict::NotRun
                    })
                };
                let (place, worst) = run()
                    .max_by_key(|(place, game)| (rank(game.verdict), std::cmp::Reverse(*place)))?;
                let all = run().count();
                let passed = run().filter(|(_, game)| game.verdict == Verdict::Pass).count();
                let words = match worst.verdict {
                    Verdict::Pass => format!("{all} pass"),
                    verdict => format!("{verdict}; {passed} of {all} pass"),
                };
                let order = rank(worst.verdict) * 1000 + (all - passed) as u64;
                Some(Value { words, order, game: place })
            }
            Source::Figures { game: id, begins, ends } => {
                let (place, game) = games().find(|(_, game)| game.id == id)?;
                figures(game, begins, ends).map(|(words, order)| Value {
                    words,
                    order,
                    game: place,
                })
            }
        }
    }
}

/// How bad a verdict is, from 0, for sorting.
pub(crate) const fn rank(verdict: Verdict) -> u64 {
    match verdict {
        Verdict::NotRun | Verdict::Pass => 0,
        Verdict::NotClaimed => 1,
        Verdict::Known => 2,
        Verdict::Weak => 3,
        Verdict::Fail => 4,
    }
}

/// The figures of a game with such names, as one range with its unit; as they stand if they are no numbers.
fn figures(game: &GameReport, begins: &str, ends: &str) -> Option<(String, u64)> {
    let asked = |name: &str| name.starts_with(begins) && name.ends_with(ends);
    let found: Vec<_> = game.measured.iter().filter(|figure| asked(&figure.name)).collect();
    let unit = inert(&found.first()?.unit);
    let ranges: Option<Vec<(u64, u64)>> = found.iter().map(|figure| range(&figure.value)).collect();
    let Some(ranges) = ranges else {
        return Some((inert(&found[0].value), u64::MAX));
    };
    let least = ranges.iter().map(|range| range.0).min()?;
    let most = ranges.iter().map(|range| range.1).max()?;
    let words = match (least, most) {
        (u64::MAX, _) => return Some(("never".to_owned(), u64::MAX)),
        (least, most) if least == most => number(least),
        (least, most) => format!("{} to {}", number(least), number(most)),
    };
    let unit = if unit == "%" { " %".to_owned() } else { format!(" {unit}") };
    Some((format!("{words}{unit}").trim_end().to_owned(), most))
}

/// `3`, `3 to 7`, `never` or `3 to never` as numbers; never is more than any number.
fn range(value: &str) -> Option<(u64, u64)> {
    let number = |word: &str| match word {
        "never" => Some(u64::MAX),
        word => word.parse().ok(),
    };
    match value.split_once(" to ") {
        Some((least, most)) => Some((number(least)?, number(most)?)),
        None => number(value).map(|both| (both, both)),
    }
}

#[cfg(test)]
mod tests {
    use sprag::run::Measured;

    use super::*;
    use crate::fixtures;

    fn game(id: &str, figures: &[(&str, &str, &'static str)]) -> GameReport {
        let measured = |&(name, value, unit): &(&str, &str, &'static str)| Measured {
            name: name.into(),
            value: value.into(),
            unit: unit.into(),
        };
        let measured = figures.iter().map(measured).collect();
        GameReport { measured, ..fixtures::game(id, Verdict::Pass, "") }
    }

    fn named(name: &str) -> &'static Property {
        super::named(name).unwrap()
    }

    #[test]
    fn ranges_of_one_property_are_taken_together() {
        let of = |figures: &[(&str, &str, &'static str)]| {
            let ratchet = fixtures::ratchet("one", vec![game("recovery/healing-time", figures)]);
            named("Healing, epochs").of(&ratchet).map(|value| (value.words, value.order))
        };
        let (a, b) = ("healing, sender stolen", "healing, receiver stolen");
        let said = |words: &str, order| Some((words.to_owned(), order));
        assert_eq!(of(&[(a, "2", "epochs"), (b, "1 to 3", "epochs")]), said("1 to 3 epochs", 3));
        assert_eq!(of(&[(a, "2", "epochs"), (b, "2", "epochs")]), said("2 epochs", 2));
        assert_eq!(
            of(&[(a, "2", "epochs"), (b, "never", "epochs")]),
            said("2 to never epochs", u64::MAX)
        );
        assert_eq!(of(&[(a, "never", "epochs")]), said("never", u64::MAX));
        assert_eq!(of(&[(a, "soon", "epochs")]), said("soon", u64::MAX));
        assert_eq!(of(&[("something else", "2", "epochs")]), None);
        assert_eq!(of(&[]), None);
    }

    #[test]
    fn what_did_not_run_is_not_measured() {
        let with = |verdict| {
            let games = vec![
                fixtures::game("forward-secrecy/consumed-key", verdict, ""),
                fixtures::game("forgery/replay", verdict, ""),
            ];
            fixtures::ratchet("one", games)
        };
        for name in ["Opened messages stay secret", "Refuses forgeries"] {
            assert_eq!(named(name).of(&with(Verdict::NotRun)), None);
        }
        let words =
            |verdict| named("Opened messages stay secret").of(&with(verdict)).unwrap().words;
        assert_eq!(words(Verdict::Pass), "yes");
        assert_eq!(words(Verdict::NotClaimed), "no");
        assert_eq!(words(Verdict::Fail), "no: fail");
        let value = named("Refuses forgeries").of(&with(Verdict::Weak)).unwrap();
        assert_eq!((value.words.as_str(), value.game), ("weak; 0 of 1 pass", 1));
    }

    #[test]
    fn every_game_that_is_asked_exists() {
        for property in &PROPERTIES {
            match property.source {
                Source::Verdict(id) | Source::Figures { game: id, .. } => {
                    assert!(sprag::games::find(id).is_some(), "{id}");
                }
                Source::Verdicts(family) => {
                    assert!(
                        sprag::games::GAMES.iter().any(|game| game.about().id.starts_with(family)),
                        "{family}"
                    );
                }
            }
        }
    }

    #[test]
    fn ends_that_heal_differently_are_named_both() {
        let claims = |made| Profile::double_ratchet(made).with_limits(10, 10);
        let both = |responder| Profile::of_both(&claims(KeyGeneration::Eager), &claims(responder));
        let told = |responder| healing(&both(responder).unwrap()).unwrap();
        assert_eq!(
            told(KeyGeneration::Lazy),
            "initiator a new key on receiving, responder a new key on sending"
        );
        assert_eq!(told(KeyGeneration::Eager), "a new key on receiving");
    }

    #[test]
    fn claims_are_those_of_the_profile() {
        let claims = |ratchet: &RatchetReport| {
            let profile = ratchet.profile.as_ref().unwrap();
            let of = |name| (named(name).claim)(profile);
            (of("Healing, epochs").unwrap(), of("Refuses forgeries").unwrap())
        };
        let report = fixtures::every_family();
        let all: Vec<(String, String)> = report.ratchets.iter().map(claims).collect();
        let healing: Vec<&str> = all.iter().map(|(healing, _)| healing.as_str()).collect();
        let expected = [
            "a new key on sending",
            "a new key on receiving; post-quantum within 2 epochs of 40 messages",
            "never",
            "rekey after 100 messages",
            "never",
        ];
        assert_eq!(healing, expected);
        assert_eq!(all[4].1, "no");
    }
}

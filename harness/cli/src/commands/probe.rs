//! `sprag probe`: an implementer's first contact. What works, what is missing, and what that disables.

use std::collections::BTreeMap;

use sprag::engine::RandomnessLevel;
use sprag::games::GAMES;
use sprag::randomness::CaseSeed;
use sprag::schedule::Schedule;
use sprag::{Capabilities, Profile};
use sprag_report::inert;
use sprag_report::terminal::{WIDTH, heading, wrap};

use super::replay::{ended, tell};
use crate::arguments::ProbeArguments;
use crate::console::Console;
use crate::crew::process::Stop;
use crate::crew::seat::{Described, Seat, Settings};
use crate::crew::{self, Probed};
use crate::exit::{Exit, Refusal};
use crate::interrupt;
use crate::names;
use crate::subject::Subject;

/// A conversation in order and out of order, with a message changed and one repeated, a copied session and a restored one.
const CONVERSATION: &str = r#"{"steps": [
    {"id": 1, "action": {"send": {"by": "initiator", "size": 16}}},
    {"id": 2, "action": {"deliver": {"first": "1.0"}}},
    {"id": 3, "action": {"send": {"by": "responder", "size": 16, "count": 2}}},
    {"id": 4, "action": {"deliver": {"first": "3.1"}}},
    {"id": 5, "action": {"tamper": {"message": "3.0", "how": {"flip-bit": {"bit": 400}}}}},
    {"id": 6, "action": {"deliver": {"first": "3.0"}}},
    {"id": 7, "action": {"deliver": {"first": "3.0"}}},
    {"id": 8, "action": {"steal": {"from": "initiator"}}},
    {"id": 9, "action": {"restart": {"party": "initiator"}}},
    {"id": 10, "action": {"send": {"by": "initiator", "size": 0}}},
    {"id": 11, "action": {"deliver": {"first": "10.0"}}}
]}"#;

/// Walks through what a ratchet can do.
pub(crate) fn probe(arguments: &ProbeArguments) -> Result<Exit, Refusal> {
    let subject = match (&arguments.exec, &arguments.ratchet) {
        (Some(line), _) => Subject::program("--exec", line)?,
        (None, name) => {
            let entries = names::ratchets(name.as_slice())?;
            let [entry] = entries.as_slice() else {
                return Err(Refusal::usage("one ratchet is probed, by its whole name"));
            };
            Subject::from(*entry)
        }
    };
    let settings = Settings {
        source: subject.source,
        profile: super::profile(arguments.profile.as_deref())?,
        randomness: None,
        limits: arguments.workers.limits(),
    };
    interrupt::listen();
    match walk(&settings, &mut Console::stdout()) {
        Ok(()) => Ok(Exit::Fine),
        Err(stop) => ended(stop),
    }
}

fn walk(settings: &Settings, console: &mut Console) -> Result<(), Stop> {
    let mut seat = Seat::new(settings.clone());
    let Described { name, version, profile, capabilities, .. } = seat.describe()?;
    console.line(&format!("{} {}", heading(&inert(&name)), inert(&version)));
    console.line(&format!("family {}\n", profile.family.name()));

    console.line(&heading("A conversation"));
    let schedule = conversation().map_err(Stop::Fault)?;
    tell(CaseSeed::of_trial(1, "probe", 0), &schedule, &mut seat, console)?;

    let probed = crew::probe(&mut seat)?;
    console.line(&format!("\n{}", heading("What it supports")));
    let randomness = match probed.randomness {
        RandomnessLevel::PerCall => "in the harness's hands, call by call",
        RandomnessLevel::None => "out of reach",
    };
    let abilities = abilities(capabilities).into_iter();
    let abilities = abilities.map(|(what, has)| (what, if has { "yes" } else { "no" }));
    for (what, answer) in abilities.chain([("randomness", randomness)]) {
        console.line(&format!("  {what:<26}{answer}"));
    }
    let known = probed.measured.as_ref().unwrap_or(&profile);
    for (what, most) in limits(known) {
        let how = if probed.measured.is_some() { "measured or declared" } else { "declared" };
        console.line(&format!("  {what:<26}{most}, {how}"));
    }
    tell_games(&probed, console);
    Ok(())
}

/// The conversation of a first contact.
pub(super) fn conversation() -> Result<Schedule, String> {
    serde_json::from_str(CONVERSATION).map_err(|error| error.to_string())
}

fn abilities(it: Capabilities) -> [(&'static str, bool); 13] {
    [
        ("associated data", it.associated_data),
        ("export and import", it.export),
        ("fields", it.fields),
        ("rewrite", it.rewrite),
        ("a given secret", it.secret),
        ("identities", it.identities),
        ("sessions with others", it.handshake),
        ("index", it.index),
        ("raw encryption", it.raw_aead),
        ("preset", it.preset),
        ("service messages", it.outbox),
        ("clock", it.clock),
        ("halves", it.halves),
    ]
}

fn limits(profile: &Profile) -> Vec<(&'static str, String)> {
    let Some(limits) = profile.limits() else { return Vec::new() };
    [("largest gap", limits.max_skip), ("stored keys", limits.max_stored)]
        .into_iter()
        .filter_map(|(what, most)| Some((what, most?)))
        .map(|(what, most)| {
            (what, if most == u32::MAX { "no limit".to_owned() } else { most.to_string() })
        })
        .collect()
}

/// Which games can be run; those that cannot, by the reason.
fn tell_games(probed: &Probed, console: &mut Console) {
    let mut by_reason: BTreeMap<&str, Vec<&str>> = BTreeMap::new();
    for (game, reason) in &probed.not_run {
        by_reason.entry(reason).or_default().push(game);
    }
    let run = GAMES.len() - probed.not_run.len();
    console.line(&format!("\n{}", heading(&format!("{run} of {} games can be run", GAMES.len()))));
    for (reason, games) in by_reason {
        let text = format!("{}: {}", inert(reason), games.join(", "));
        console.line(&format!("  {}", wrap(&text, WIDTH - 6).join("\n    ")));
    }
}

use crate::attackers::Effort;
use crate::engine::{
    Arena, Arrival, Event, EventKind, NoOp, Outcome, SweepFind, Transcript, execute,
};
use crate::games::{About, Game, game};
use crate::ideal::{Expected, Ideal, Place};
use crate::judge::{Judgement, Violation, ViolationKind, is_chain_used_up, judge_transcript, tell_ideal};
use crate::run::Totals;
use crate::schedule::{ActionId, Choices, Expectation, MessageName, Schedule};
use crate::{Profile, Rejection, Verdict, scenario};

game! {
    RegressionKnownAttacks,
    id: "regression/known-attacks",
    catalogue: "G-REG",
    title: "What went wrong in the field before does not go wrong here",
    severity: High,
    source: "the advisories, issues and papers that each scenario in vectors/scenarios names",
    checks: "Plays stored scenarios, each the shape of a fault that some ratchet really had: a schedule with the expected \
        outcome of its actions, written by hand, so that it does not depend on the ideal. A scenario that a ratchet's \
        profile contradicts (a gap beyond its limit, a class of ratchet that never heals) does not fit it, and shows \
        nothing.",
    cannot_show: "That a ratchet lacks a fault which needs another schedule than the stored one.",
    control: "t01-chain-moves-before-check",
    kept: "It answers which case would have caught a known fault; other games find the same bugs by their property.",
}

const FITS: &str = "scenarios that fit|times";
const MISFITS: &str = "scenarios that the profile contradicts|times";

impl Game for RegressionKnownAttacks {
    fn about(&self) -> &'static About {
        &ABOUT
    }

    fn needs(&self, _arena: &Arena<'_>) -> Result<(), String> {
        scenario::files().map(|_| ()).map_err(str::to_owned)
    }

    fn trials(&self, _profile: &Profile) -> u64 {
        scenario::all().len() as u64
    }

    fn schedule(&self, _profile: &Profile, _choices: &mut dyn Choices, trial: u64) -> Schedule {
        scenario::all().get(trial as usize).map_or_else(Schedule::default, |it| it.schedule.clone())
    }

    fn judge(&self, arena: &Arena<'_>, schedule: &Schedule) -> Result<Judgement, Rejection> {
        let transcript = execute(arena, schedule)?;
        let mut judgement = Judgement::default();
        let found = compare(arena, schedule, &transcript);
        judgement.measure(if matches!(found, Found::Misfit) { MISFITS } else { FITS }, 1);
        if let Found::Differs(violation) = found {
            judgement.violations.push(violation);
        }
        Ok(judgement)
    }

    fn counts(&self, kind: ViolationKind) -> bool {
        kind == ViolationKind::ScenarioDiffers
    }

    fn conclude(&self, _profile: &Profile, totals: &Totals) -> (Verdict, String) {
        let count = |name| totals.figures.get(name).map_or(0, |figure| figure.count);
        match count(FITS) {
            0 => (Verdict::NotRun, "no scenario fits this profile".to_owned()),
            fits => (Verdict::Pass, format!("{fits} scenarios hold, {} do not fit", count(MISFITS))),
        }
    }
}

enum Found {
    AsExpected,
    Differs(Violation),
    /// The profile, or what the ratchet can do, expects otherwise.
    Misfit,
}

/// Follows the conversation as long as profile and scenario expect the same.
fn compare(arena: &Arena<'_>, schedule: &Schedule, transcript: &Transcript) -> Found {
    let mut ideal = Ideal::new(arena.profile, transcript.opened).of(arena.capabilities);
    let mut places: Vec<Place> = Vec::new();
    for event in &transcript.events {
        let expected = schedule.expect.get(&event.action);
        match &event.kind {
            EventKind::Sent(message) => match ideal.send(transcript.wire[*message].from) {
                Some(place) => places.push(place),
                None => return Found::Misfit,
            },
            EventKind::SendRefused { by, rejection } => {
                let waits = ideal.may_wait(*by);
                let place = ideal.send(*by);
                let used_up = |place| is_chain_used_up(arena.profile, &ideal, &place);
                if waits || place.is_none_or(used_up) {
                    return Found::Misfit;
                }
                return differs(event.action, None, format!("the {by} cannot send: {rejection}"));
            }
            EventKind::Nothing(NoOp::Unsupported) => return Found::Misfit,
            EventKind::Restarted { party, outcome: Err(rejection) } => {
                let detail = format!("the {party} cannot go on from its own export: {rejection}");
                return differs(event.action, None, detail);
            }
            EventKind::Swept(sweep) => {
                if !arena.profile.integrity && !sweep.accepted.is_empty() {
                    return Found::Misfit;
                }
                let forged = |find: &&SweepFind| !matches!(find.outcome, Outcome::Opened(_));
                if let Some(find) = sweep.accepted.iter().find(forged) {
                    let name = transcript.wire[sweep.message].name;
                    let detail = format!("with {} it opens to what nobody sent", find.tamper);
                    return differs(event.action, Some(name), detail);
                }
                // What is left has the plaintext of the genuine one: malleable, which is other games' affair.
                if !sweep.accepted.is_empty() {
                    return Found::Misfit;
                }
            }
            // Behind a refusal that ends the session by design nothing is expected.
            EventKind::ServiceDelivered { outcome: Err(_), .. }
                if arena.profile.aborts_on_forgery =>
            {
                return Found::Misfit;
            }
            EventKind::Delivered(_) => {
                match delivered(arena, transcript, &mut ideal, &places, event, expected) {
                    Found::AsExpected => {}
                    other => return other,
                }
            }
            other => tell_ideal(&mut ideal, other),
        }
    }
    thefts(arena, schedule, transcript)
}

fn delivered(
    arena: &Arena<'_>,
    transcript: &Transcript,
    ideal: &mut Ideal,
    places: &[Place],
    event: &Event,
    expected: Option<&Expectation>,
) -> Found {
    let EventKind::Delivered(delivery) = &event.kind else { return Found::AsExpected };
    let opens = match &delivery.arrival {
        Arrival::Genuine => match ideal.expects(delivery.to, &places[delivery.message]) {
            Expected::Opens => true,
            Expected::Refuses(_) => false,
            Expected::Unclaimed => return Found::Misfit,
        },
        Arrival::Reflected if !arena.profile.claims_direction() => return Found::Misfit,
        Arrival::Reflected | Arrival::WrongAd | Arrival::Changed(_) => false,
    };
    let name = transcript.wire[delivery.message].name;
    match expected {
        Some(Expectation::Opens) if !opens => return Found::Misfit,
        Some(Expectation::Refused) if opens => return Found::Misfit,
        _ => {}
    }
    match (&delivery.outcome, opens) {
        (Outcome::Opened(message), true) if *message == delivery.message => {
            ideal.open(delivery.to, &places[*message]);
            Found::AsExpected
        }
        // Behind a refusal that ends the session by design nothing is expected.
        (Outcome::Refused(_), false) if arena.profile.aborts_on_forgery => Found::Misfit,
        (Outcome::Refused(_), false) => Found::AsExpected,
        (_, false) if !arena.profile.integrity => Found::Misfit,
        // A changed copy with the plaintext of the genuine one: malleable, which is other games' affair.
        (Outcome::Opened(_), false) if matches!(delivery.arrival, Arrival::Changed(_)) => {
            Found::Misfit
        }
        (Outcome::Refused(rejection), true) => {
            differs(event.action, Some(name), format!("it must open, and is refused: {rejection}"))
        }
        (_, true) => differs(event.action, Some(name), "it opens to another plaintext".to_owned()),
        (_, false) => differs(event.action, Some(name), "it must be refused, and opens".to_owned()),
    }
}

/// Whether thieves read what a scenario says they cannot.
fn thefts(arena: &Arena<'_>, schedule: &Schedule, transcript: &Transcript) -> Found {
    let keeps = |expectation: &Expectation| matches!(expectation, Expectation::Keeps(_));
    if !schedule.expect.values().any(keeps) {
        return Found::AsExpected;
    }
    let judged = judge_transcript(arena, transcript, Effort::Full);
    for exposure in &judged.exposures {
        let action = transcript.thefts[exposure.theft].action;
        let name = transcript.wire[exposure.message].name;
        let Some(Expectation::Keeps(kept)) = schedule.expect.get(&action) else { continue };
        if !kept.contains(&name) {
            continue;
        }
        let beyond = judged.violations.iter().any(|violation| {
            violation.action == action && violation.message == Some(name)
        });
        // The ideal of this profile gives it away as well: no ratchet of it could keep it.
        if !beyond {
            return Found::Misfit;
        }
        return differs(action, Some(name), "a thief reads it, who must not".to_owned());
    }
    Found::AsExpected
}

fn differs(action: ActionId, message: Option<MessageName>, detail: String) -> Found {
    let violation = Violation::new(ViolationKind::ScenarioDiffers, action, detail);
    Found::Differs(match message {
        Some(name) => violation.of_message(name),
        None => violation,
    })
}

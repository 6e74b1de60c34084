use super::building::with_thefts;
use crate::attackers::Effort;
use crate::engine::{Arena, execute};
use crate::games::{About, Game, game};
use crate::judge::{ExposureTime, Judgement, ViolationKind, judge_transcript};
use crate::run::Totals;
use crate::schedule::{Action, Choices, Schedule, Shape};
use crate::{Family, Profile, Rejection, Verdict};

game! {
    ForwardSecrecySenderSide,
    id: "forward-secrecy/sender-side",
    catalogue: "G-FS-2",
    title: "A stolen sender does not recognise what it sent before",
    severity: Critical,
    source: "Alwen, Coretti, Dodis, EUROCRYPT 2019; Signal, The Double Ratchet Algorithm, section 8.1 (secure deletion)",
    checks: "Steals the sender right after it sent, lets copies of it encrypt the plaintext once more, and compares the \
        ciphertexts with what went over the wire. An equal ciphertext means that the message key is still there.",
    cannot_show: "Anything where encryption draws fresh randomness for the ciphertext itself: it is not run then.",
    control: "f02-chain-stands-still",
    kept: "it asks the sender alone, in every state a sender can be in; others meet the same faults in passing",
}

/// Trials in which two copies with different randomness made the same ciphertext.
const DETERMINISTIC: &str = "thefts at which encryption is deterministic|times";

impl Game for ForwardSecrecySenderSide {
    fn about(&self) -> &'static About {
        &ABOUT
    }

    fn trials(&self, _profile: &Profile) -> u64 {
        32
    }

    fn schedule(&self, _profile: &Profile, choices: &mut dyn Choices, trial: u64) -> Schedule {
        let shape =
            Shape { actions: (4, 20), restarts: trial % 4 == 3, ..Shape::honest() };
        let mut schedule = with_thefts(Schedule::generate(choices, &shape), 2, choices);
        // The moment right after a send is the one that matters.
        let last_send = schedule.steps.iter().rposition(|step| {
            matches!(step.action, Action::Send { .. })
        });
        if let Some(at) = last_send
            && let Action::Send { by, .. } = schedule.steps[at].action
        {
            let id = schedule.steps.iter().map(|step| step.id.0).max().unwrap_or(0) + 1;
            let id = crate::schedule::ActionId(id);
            let action = Action::Steal { from: by };
            schedule.steps.insert(at + 1, crate::schedule::Step { id, action });
        }
        schedule
    }

    fn judge(&self, arena: &Arena<'_>, schedule: &Schedule) -> Result<Judgement, Rejection> {
        let transcript = execute(arena, schedule)?;
        let mut judgement = judge_transcript(arena, &transcript, Effort::Full);
        for theft in &transcript.thefts {
            let seed = arena.seed.derived(u64::from(theft.action.0) ^ 2 << 40);
            let encrypt = |ordinal| {
                let mut copy = theft.session.clone();
                arena.encrypt(&mut copy, &mut seed.call(theft.action, ordinal), b"", &[7; 16])
            };
            if let (Ok(first), Ok(second)) = (encrypt(1), encrypt(2))
                && arena.ciphertext(&first) == arena.ciphertext(&second)
            {
                judgement.measure(DETERMINISTIC, 1);
            }
        }
        Ok(judgement)
    }

    fn counts(&self, kind: ViolationKind) -> bool {
        kind == ViolationKind::Exposed(ExposureTime::SentBefore)
    }

    fn conclude(&self, profile: &Profile, totals: &Totals) -> (Verdict, String) {
        if matches!(profile.family, Family::StaticKey(_)) {
            return (Verdict::NotClaimed, "one key opens everything".to_owned());
        }
        if !totals.figures.contains_key(DETERMINISTIC) {
            let reason = "encryption is randomised: there is nothing deterministic to compare";
            return (Verdict::NotRun, reason.to_owned());
        }
        (Verdict::Pass, String::new())
    }
}

use super::building::Script;
use super::forking::places_are_known;
use super::rollback_sender::{before_an_answer, opened_between, restored};
use crate::engine::{Arena, Theft, Transcript, Wire, execute};
use crate::games::{About, Game, game};
use crate::judge::{Judgement, Violation, ViolationKind};
use crate::run::Totals;
use crate::schedule::{Action, Choices, Schedule};
use crate::{DynSession, Family, Party, Profile, Rejection, Verdict};

game! {
    RollbackClonedRandomness,
    id: "rollback/cloned-randomness",
    catalogue: "G-CLONE-RNG",
    title: "Two copies of a session make different keys",
    severity: High,
    source: "RUSTSEC-2023-0068 (cocoon: a cloned generator repeats itself); Ristenpart, Yilek, When good randomness goes bad: \
        virtual machine reset vulnerabilities, NDSS 2010",
    checks: "Copies a session twice, as a snapshot of a virtual machine does, or restores its export twice. Both copies get the \
        peer's new key and answer it, each with fresh randomness of its own where that is in the harness's hands. Their new \
        ratchet keys must differ: a generator that lives in the state gives both the same.",
    cannot_show: "Ratchets that make no keys of their own. Where the ratchet key is not visible, whole messages are compared.",
    control: "b17-generator-is-cloned",
    kept: "it is the only one that leaves randomness to the ratchet itself in both copies",
}

const PAIRS: &str = "pairs of copies with different keys|times";

impl Game for RollbackClonedRandomness {
    fn about(&self) -> &'static About {
        &ABOUT
    }

    fn needs(&self, arena: &Arena<'_>) -> Result<(), String> {
        match arena.profile.family {
            // A service message may have made the new key before.
            Family::DoubleRatchet(_) | Family::HybridRatchet(_) => places_are_known(arena),
            _ => Err("the family makes no key in answer to a message".to_owned()),
        }
    }

    fn trials(&self, _profile: &Profile) -> u64 {
        8
    }

    fn schedule(&self, profile: &Profile, choices: &mut dyn Choices, trial: u64) -> Schedule {
        let mut script = Script::default();
        let victim = Party::BOTH[(trial % 2) as usize];
        before_an_answer(&mut script, victim, profile, choices);
        script.add(Action::Steal { from: victim });
        let answer = script.send(victim.peer(), 1);
        script.deliver(answer, 1);
        let sent = script.send(victim, 1);
        script.deliver(sent, 1);
        script.finish()
    }

    fn judge(&self, arena: &Arena<'_>, schedule: &Schedule) -> Result<Judgement, Rejection> {
        let transcript = execute(arena, schedule)?;
        let mut judgement = Judgement::default();
        for theft in &transcript.thefts {
            let cloned = [theft.session.clone(), theft.session.clone()];
            let twice = [restored(arena, &theft.session), restored(arena, &theft.session)];
            for (how, copies) in [("copies", cloned), ("restored copies", twice)] {
                if let Some(violation) = compare(arena, &transcript, theft, how, copies, &mut judgement) {
                    judgement.violations.push(violation);
                    return Ok(judgement);
                }
            }
        }
        Ok(judgement)
    }

    fn counts(&self, kind: ViolationKind) -> bool {
        kind == ViolationKind::Repeated
    }

    fn conclude(&self, _profile: &Profile, totals: &Totals) -> (Verdict, String) {
        match totals.figures.get(PAIRS) {
            Some(pairs) => (Verdict::Pass, format!("{} pairs of copies made different keys", pairs.count)),
            None => (Verdict::NotRun, "no copy made a new key".to_owned()),
        }
    }
}

fn compare(
    arena: &Arena<'_>,
    transcript: &Transcript,
    theft: &Theft,
    how: &str,
    copies: [DynSession; 2],
    judgement: &mut Judgement,
) -> Option<Violation> {
    let own = |wire: &Wire| wire.from == theft.victim;
    let after = |wire: &Wire| own(wire) && wire.name.action > theft.action;
    let due = transcript.wire.iter().position(after)?;
    let answers = opened_between(transcript, theft, due);
    if answers.is_empty() {
        return None;
    }
    let mut purpose = 0x0c10;
    let messages = copies.map(|mut copy| -> Option<Vec<u8>> {
        purpose += 1;
        let seed = arena.seed.derived(purpose);
        for (call, answer) in (1..).zip(&answers) {
            let ad = arena.associated_data(answer.ad);
            arena.decrypt(&mut copy, &mut seed.call(theft.action, call), ad, &answer.bytes).ok()?;
        }
        let mut rng = seed.call(theft.action, 100);
        arena.encrypt(&mut copy, &mut rng, b"", b"from both copies").ok()
    });
    let [Some(one), Some(other)] = messages else { return None };
    let keys = [&one, &other].map(|message| arena.field(message, "ratchet_key"));
    let before: Vec<&Wire> = transcript.wire[..due].iter().filter(|wire| own(wire)).collect();
    let [one, other] = match keys {
        [Some(one), Some(other)] => {
            // A key that was shown before is no new one; whether one is due is asked elsewhere.
            let shown = |key: &[u8]| {
                before.iter().any(|wire| arena.field(&wire.bytes, "ratchet_key") == Some(key))
            };
            if shown(one) || shown(other) {
                return None;
            }
            [one, other]
        }
        _ => [&one[..], &other[..]],
    };
    if one != other {
        judgement.measure(PAIRS, 1);
        return None;
    }
    let detail = format!("two {how} of the {}'s session answered with the same key", theft.victim);
    Some(Violation::new(ViolationKind::Repeated, theft.action, detail))
}

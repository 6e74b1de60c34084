use super::at_rest::{self, Life, stolen_state};
use super::building::Script;
use crate::attackers::residue::{Explained, open_messages, shared, windows_of};
use crate::engine::{Arena, EventKind, Theft, Transcript, execute};
use crate::games::{About, Game, game};
use crate::judge::{
    Account, ExposureTime, Judgement, ViolationKind, Weakness, judge_attacked,
};
use crate::run::Totals;
use crate::schedule::{Choices, Schedule};
use crate::{Party, Profile, Rejection, Verdict};

game! {
    ForwardSecrecyLastOfEpoch,
    id: "forward-secrecy/last-of-epoch",
    catalogue: "G-FS-6",
    title: "What a party sent with leaves its state when the direction changes",
    severity: High,
    source: "history of Signal's SparsePostQuantumRatchet: \"clear send keys for old epochs when we start sending in a new one\"; Signal, The Double Ratchet Algorithm, section 8.1",
    checks: "Exports a sender before and after the last message of its epoch: what that send made new is the sending chain \
        as it left it. Then the peer's next epoch arrives, the sender does not answer, answers, and goes on, exported \
        each time. The figure is how many turns the old sending chain outlives its epoch; it is weak beyond the time that \
        the family allows. Each state is searched for keys and plaintexts of what the sender sent.",
    cannot_show: "The use of an old sending chain: nothing is ever sent with it again, so only the state shows it. Masked \
        states; encrypted exports are not run.",
    control: "f52-keeps-last-sent-key",
    kept: "it asks at the one moment when a sender could forget and often does not; others meet it in passing",
}

const OUTLIVES: &str = "turns that the old sending chain outlives its last message|turns";

impl Game for ForwardSecrecyLastOfEpoch {
    fn about(&self) -> &'static About {
        &ABOUT
    }

    fn needs(&self, arena: &Arena<'_>) -> Result<(), String> {
        if arena.profile.double_ratchet_claims().is_none() {
            return Err("this family has no sending chains that end with an epoch".to_owned());
        }
        at_rest::needs(arena).map(|_| ())
    }

    fn trials(&self, _profile: &Profile) -> u64 {
        8
    }

    fn schedule(&self, profile: &Profile, choices: &mut dyn Choices, trial: u64) -> Schedule {
        let party = Party::BOTH[(trial % 2) as usize];
        let mut script = Script::default();
        script.ping_pong(Party::Initiator, 2);
        script.steal(party);
        let turns = 2 * choices.between(1, 2) as u16;
        script.ping_pong(Party::Initiator, turns + u16::from(party == Party::Responder));
        let before = choices.between(1, 4) as u16;
        let first = script.send(party, before);
        script.deliver(first, before);
        script.steal(party);
        let last = script.send(party, 1);
        script.steal(party);
        script.deliver(last, 1);
        // The new epoch arrives; its answer; and so on.
        let life = Life::allowed(profile).map_or(0, |life| life.turns(false));
        for turn in 0..life.min(3) {
            script.ping_pong(if turn % 2 == 0 { party.peer() } else { party }, 1);
            script.steal(party);
        }
        if life > 3 {
            script.ping_pong(party, life - 3);
            script.steal(party);
        }
        script.finish()
    }

    fn judge(&self, arena: &Arena<'_>, schedule: &Schedule) -> Result<Judgement, Rejection> {
        let transcript = execute(arena, schedule)?;
        let explained = at_rest::explained(arena, schedule, &transcript);
        let (mut judgement, account) = judge_attacked(arena, &transcript, |_, theft| {
            let state = stolen_state(arena, theft);
            let runs = explained.unexplained(&state);
            let by_victim = |message: usize| transcript.wire[message].from == theft.victim;
            open_messages(arena, &transcript, theft, &state, &runs, by_victim)
        });
        if let (Some(account), Some(life)) = (account, Life::allowed(arena.profile)) {
            follow_chain(arena, &transcript, &account, life, &explained, &mut judgement);
        }
        Ok(judgement)
    }

    fn counts(&self, kind: ViolationKind) -> bool {
        kind == ViolationKind::Exposed(ExposureTime::SentBefore)
    }

    fn counts_weak(&self, weakness: Weakness, _position: &str) -> bool {
        weakness == Weakness::Residue
    }

    fn conclude(&self, _profile: &Profile, totals: &Totals) -> (Verdict, String) {
        if totals.figures.contains_key(OUTLIVES) {
            return (Verdict::Pass, String::new());
        }
        let reason =
            "no sending chain can be made out in the exports: they are encrypted or masked";
        (Verdict::NotRun, reason.to_owned())
    }
}

/// Finds the windows that the last message of the epoch made, and the first later state without them.
fn follow_chain(
    arena: &Arena<'_>,
    transcript: &Transcript,
    account: &Account,
    life: Life,
    explained: &Explained,
    judgement: &mut Judgement,
) {
    let [_, before, after, later @ ..] = &transcript.thefts[..] else { return };
    let windows =
        |theft: &Theft| windows_of(&explained.unexplained(&stolen_state(arena, theft)));
    let (old, new) = (windows(before), windows(after));
    let made: Vec<_> =
        new.iter().filter(|window| old.binary_search(window).is_err()).copied().collect();
    // In an encrypted export everything is new each time.
    if made.is_empty() || shared(&old, &new).is_empty() {
        return;
    }
    let sent_before = |theft: &Theft| {
        let sent = |event: &&crate::engine::Event| matches!(event.kind, EventKind::Sent(_));
        transcript.events[..theft.event].iter().filter(sent).count()
    };
    let gone = later.iter().find(|theft| shared(&made, &windows(theft)).is_empty());
    if let Some(theft) = gone {
        judgement.measure(OUTLIVES, (sent_before(theft) - sent_before(after)) as u64);
    } else if let Some(last) = later.last()
        && life.is_over(arena.profile, transcript, account, after.event..last.event)
    {
        judgement.measure(OUTLIVES, u64::MAX);
        judgement.weaken(
            Weakness::Residue,
            "the sending chain of an old epoch stays in the state beyond the time that its family allows",
        );
    }
}

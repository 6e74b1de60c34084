use super::building::Script;
use super::forking::{account_of, heals, places_are_known};
use crate::attackers::hijacker::{Conduct, forge_at_snapshots, opens_to, session_at};
use crate::engine::{Arena, execute};
use crate::games::{About, Game, game};
use crate::judge::{Judgement, Violation, ViolationKind};
use crate::run::Totals;
use crate::schedule::{Action, Choices, MessageName, Schedule};
use crate::{Family, Party, Profile, Rejection, Verdict};

game! {
    ForgeryOldChain,
    id: "forgery/old-chain",
    catalogue: "G-AUTH-6",
    title: "An old chain takes no forgeries once it should be closed",
    severity: High,
    source: "derived from the sources of libsignal and vodozemac, which keep old receiving chains; libsignal-protocol-java issue 54; Alwen, Coretti, Dodis, EUROCRYPT 2019 (authenticity)",
    checks: "Steals a sender in the middle of a chain, lets both sides go on for as many epochs as chains may be kept and some \
        more, and after each offers the peer messages that the thief writes on the stolen chain, next in it and some ahead: \
        to the peer as it stands, and to the peer restarted from its export. The ideal says how long that may work: not \
        behind the announced end of the chain, or as long as the profile keeps old chains. The figure is that time.",
    cannot_show: "Chains that are kept and not used.",
    control: "p25-keeps-every-chain",
    kept: "it measures for how long an old chain takes forgeries, which no other game tells",
}

const BEHIND: &str = "forgeries behind the end of an old chain taken|epochs later";
const MISSING: &str = "forgeries in place of missing messages taken|epochs later";
const REFUSED: &str = "forgeries on an old chain refused|times";

/// Epochs followed beyond the chains that may be kept, two for each of them.
const BEYOND: u16 = 4;

impl Game for ForgeryOldChain {
    fn about(&self) -> &'static About {
        &ABOUT
    }

    fn needs(&self, arena: &Arena<'_>) -> Result<(), String> {
        if arena.profile.is_one_way() {
            return Err("only one party sends, so no chain becomes old".to_owned());
        }
        if matches!(arena.profile.family, Family::PeriodicRekey(_)) {
            return Err("it has periods and no chains".to_owned());
        }
        places_are_known(arena)
    }

    fn trials(&self, _profile: &Profile) -> u64 {
        8
    }

    /// Of the stolen chain one message is lost, one is late, and the rest arrives; then turns.
    fn schedule(&self, profile: &Profile, choices: &mut dyn Choices, trial: u64) -> Schedule {
        let sender = Party::BOTH[(trial % 2) as usize];
        let mut script = Script::default();
        script.ping_pong(Party::Initiator, 2 + (trial % 2) as u16);
        let first = script.send(sender, 3);
        script.deliver(MessageName { index: choices.below(3) as u16, ..first }, 1);
        script.add(Action::Steal { from: sender });
        let later = script.send(sender, 1 + choices.below(2) as u16);
        if trial % 4 < 2 {
            script.deliver(later, 1);
        }
        let kept = profile
            .double_ratchet_claims()
            .map_or(0, |claims| claims.retained_chains.min(40) as u16);
        let snapshot = Action::Steal { from: sender.peer() };
        let mut by = sender.peer();
        for _ in 0..2 * kept + 2 * BEYOND {
            script.add(snapshot.clone());
            script.ping_pong(by, 1);
            by = by.peer();
        }
        script.add(snapshot);
        script.finish()
    }

    fn judge(&self, arena: &Arena<'_>, schedule: &Schedule) -> Result<Judgement, Rejection> {
        let transcript = execute(arena, schedule)?;
        let mut judgement = Judgement::default();
        let Some(account) = account_of(arena, &transcript, &mut judgement) else {
            return Ok(judgement);
        };
        let stolen = &transcript.thefts[0];
        let peer = stolen.victim.peer();
        let knowledge = &account.stolen[0].knowledge;
        // The first snapshot is that before any further epoch.
        let mut last: [Option<usize>; 2] = [None; 2];
        forge_at_snapshots(arena, &transcript, &account, 0, |forgery| {
            if forgery.conduct != Conduct::Frozen || !judgement.violations.is_empty() {
                return;
            }
            let ideal = &account.stolen[forgery.snapshot].ideal;
            let allowed = ideal.forgeable(knowledge, peer, &forgery.place);
            let action = transcript.thefts[forgery.snapshot].action;
            let standing = session_at(&transcript, forgery.snapshot, peer);
            let restarted = arena.capabilities.export.then(|| arena.reload(standing).ok()).flatten();
            for (session, how) in [(Some(standing.clone()), ""), (restarted, ", restarted,")] {
                let Some(mut copy) = session else { continue };
                let mut rng = arena.seed.derived(0x01dc).call(action, 1);
                let (bytes, text) = (&forgery.bytes, &forgery.plaintext);
                match (opens_to(arena, &mut copy, &mut rng, bytes, text), allowed) {
                    (true, true) => {
                        let is_missing = account.places.contains(&forgery.place);
                        let last = &mut last[usize::from(is_missing)];
                        *last = (*last).max(Some(forgery.snapshot));
                    }
                    (false, true) => {}
                    (false, false) => judgement.measure(REFUSED, 1),
                    (true, false) => {
                        let detail = format!(
                            "the {peer}{how} opened message {} of epoch {} written by a thief of action {}, {} messages later",
                            forgery.place.index,
                            forgery.place.epoch,
                            stolen.action,
                            forgery.snapshot - 1
                        );
                        let kind = ViolationKind::Injected;
                        judgement.violations.push(Violation::new(kind, action, detail));
                        return;
                    }
                }
            }
        });
        let newest = transcript.thefts.len() - 1;
        for (name, last) in [BEHIND, MISSING].into_iter().zip(last) {
            if let Some(last) = last {
                let epochs = if last == newest { u64::MAX } else { last as u64 - 1 };
                judgement.measure(name, epochs);
            }
        }
        Ok(judgement)
    }

    fn counts(&self, kind: ViolationKind) -> bool {
        kind == ViolationKind::Injected
    }

    fn conclude(&self, profile: &Profile, totals: &Totals) -> (Verdict, String) {
        if ![BEHIND, MISSING].iter().any(|name| totals.figures.contains_key(*name)) {
            return (Verdict::NotRun, "no stolen chain took a forgery at any time".to_owned());
        }
        if !heals(profile) {
            return (Verdict::NotClaimed, "its one chain takes forgeries for ever".to_owned());
        }
        match totals.figures.get(REFUSED) {
            Some(refused) => (Verdict::Pass, format!("{} forgeries refused", refused.count)),
            None => (Verdict::NotRun, "no forgery had to be refused".to_owned()),
        }
    }
}

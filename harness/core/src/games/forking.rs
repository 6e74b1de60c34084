//! Pieces of the games in which a thief acts: when a session is stolen, and what follows when victim and thief both go
//! on from the same state.

use std::collections::BTreeSet;

use super::building::Script;
use crate::attackers::hijacker::{Hijacker, opens_to};
use crate::engine::{Arena, Transcript};
use crate::ideal::{Expected, Ideal, Knowledge, Place};
use crate::judge::{Account, Judgement, follow};
use crate::schedule::Action;
use crate::{DynSession, Family, Opened, Party, Profile};

/// The moments of an epoch at which a party is stolen.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub(super) enum Moment {
    /// It has just sent.
    Sender,
    /// It has received and not answered.
    BeforeAnswer,
    /// What its peer sent is still under way to it.
    BeforeReceipt,
}

impl Moment {
    pub(super) const ALL: [Self; 3] = [Self::Sender, Self::BeforeAnswer, Self::BeforeReceipt];

    /// Moment number `trial`; where only one party speaks there is only one.
    pub(super) const fn of_trial(trial: u64, profile: &Profile) -> Self {
        if profile.is_one_way() { Self::Sender } else { Self::ALL[(trial % 3) as usize] }
    }

    /// Plays until a party is stolen at this moment of epoch `t`; the message of that epoch ends up delivered. Gives
    /// the victim.
    pub(super) fn steal(self, script: &mut Script, profile: &Profile, t: u16) -> Party {
        let initiator_sends = t % 2 == 1 || profile.is_one_way();
        let sender = if initiator_sends { Party::Initiator } else { Party::Responder };
        if t > 1 && !profile.is_one_way() {
            script.ping_pong(Party::Initiator, t - 1);
        }
        let message = script.send(sender, 1);
        let victim = if self == Self::Sender { sender } else { sender.peer() };
        if self != Self::BeforeReceipt {
            script.deliver(message, 1);
        }
        script.add(Action::Steal { from: victim });
        if self == Self::BeforeReceipt {
            script.deliver(message, 1);
        }
        victim
    }
}

/// Whether a ratchet of this profile ever shuts a thief out.
pub(super) const fn heals(profile: &Profile) -> bool {
    !matches!(profile.family, Family::SymmetricRatchet(_) | Family::StaticKey(_))
}

/// Whether the ideal can say at which place of the conversation a stolen session speaks.
pub(super) fn places_are_known(arena: &Arena<'_>) -> Result<(), String> {
    match arena.profile.family {
        Family::PeriodicRekey(_) | Family::StaticKey(_) => Ok(()),
        _ if arena.capabilities.outbox => {
            Err("its service messages take places in the chains that nobody can follow".to_owned())
        }
        _ => Ok(()),
    }
}

/// What the ideal says of the whole conversation; `None` if it broke, or went where nothing is claimed, before its end.
pub(super) fn account_of(
    arena: &Arena<'_>,
    transcript: &Transcript,
    judgement: &mut Judgement,
) -> Option<Account> {
    let account = follow(arena, transcript, judgement);
    let whole = judgement.violations.is_empty()
        && !transcript.thefts.is_empty()
        && account.stolen.len() == transcript.thefts.len()
        && account.places.len() == transcript.wire.len();
    whole.then_some(account)
}

/// Who speaks.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub(super) enum Speaker {
    Victim,
    Thief,
    /// Both branches hear what it says.
    Peer,
}

/// What became of one message of a forked conversation.
pub(super) struct Heard {
    pub(super) by: Speaker,
    pub(super) opened: bool,
    /// A flawless ratchet refuses it, because of the other branch.
    pub(super) broken: Option<&'static str>,
    /// A flawless ratchet opens it, and it was refused.
    pub(super) lost: bool,
}

/// Victim and thief go on from one state; their peer cannot tell them apart.
pub(super) struct Fork<'a, 'r> {
    arena: &'a Arena<'r>,
    victim: Party,
    knowledge: Knowledge,
    pub(super) branches: [Hijacker<'a, 'r>; 2],
    pub(super) peer: DynSession,
    pub(super) peer_ideal: Ideal,
    /// Which branch the peer went with into a new epoch, and into which.
    pub(super) taken: Option<(Speaker, u32)>,
    used: BTreeSet<(u32, u32)>,
    calls: u32,
}

impl<'a, 'r> Fork<'a, 'r> {
    /// At theft number `theft`; both branches first hear what was under way to the victim.
    pub(super) fn at(
        arena: &'a Arena<'r>,
        transcript: &Transcript,
        account: &Account,
        theft: usize,
    ) -> Self {
        let stolen = &transcript.thefts[theft];
        let account_of = &account.stolen[theft];
        let branch = |purpose| Hijacker::of(arena, stolen, &account_of.ideal, purpose);
        let mut branches = [branch(10), branch(11)];
        let under_way = |message: &usize| {
            transcript.wire[*message].from != stolen.victim
                && account.sent_at[*message] < stolen.event
                && account.opened_at[*message].is_none_or(|at| at > stolen.event)
        };
        for message in (0..account.places.len()).filter(under_way) {
            for branch in &mut branches {
                branch.hears(transcript, message, &account.places[message]);
            }
        }
        Self {
            arena,
            victim: stolen.victim,
            knowledge: account_of.knowledge.clone(),
            branches,
            peer: stolen.peer.clone(),
            peer_ideal: account_of.ideal.clone(),
            taken: None,
            used: BTreeSet::new(),
            calls: 0,
        }
    }

    /// `speaker` sends one message, which is delivered at once. Empty if it cannot send.
    pub(super) fn says(&mut self, speaker: Speaker) -> Vec<Heard> {
        self.calls += 1;
        let plaintext = format!("sprag: {speaker:?} says this, number {}", self.calls);
        match speaker {
            Speaker::Peer => self.peer_says(plaintext.as_bytes()),
            branch => self.branch_says(branch, plaintext.as_bytes()).into_iter().collect(),
        }
    }

    fn branch_says(&mut self, speaker: Speaker, plaintext: &[u8]) -> Option<Heard> {
        let (bytes, place) = self.branches[speaker as usize].speaks(plaintext)?;
        let broken = self.must_be_refused(speaker, &place);
        let to = self.victim.peer();
        let expected = self.peer_ideal.expects(to, &place) == Expected::Opens;
        let mut rng =
            self.arena.seed.derived(0xf0_4b).call(crate::schedule::ActionId(1), self.calls);
        let opened = opens_to(self.arena, &mut self.peer, &mut rng, &bytes, plaintext);
        if opened {
            self.peer_ideal.open(to, &place);
            self.used.insert((place.epoch, place.index));
            if self.is_own_epoch(&place) {
                self.taken.get_or_insert((speaker, place.epoch));
            }
        }
        let lost = expected && broken.is_none() && !opened && self.taken.is_none();
        Some(Heard { by: Speaker::Peer, opened, broken: broken.filter(|_| opened), lost })
    }

    fn peer_says(&mut self, plaintext: &[u8]) -> Vec<Heard> {
        let from = self.victim.peer();
        let Some(place) = self.peer_ideal.send(from) else { return Vec::new() };
        let seed = self.arena.seed.derived(0xf0_4c);
        let mut rng = seed.call(crate::schedule::ActionId(2), self.calls);
        let Ok(bytes) = self.arena.encrypt(&mut self.peer, &mut rng, b"", plaintext) else {
            return Vec::new();
        };
        let mut heard = Vec::new();
        for by in [Speaker::Victim, Speaker::Thief] {
            let shut_out = self.follows_branches()
                && self.taken.is_some_and(|(taken, epoch)| taken != by && place.epoch > epoch);
            let branch = &mut self.branches[by as usize];
            let expected = branch.ideal.expects(self.victim, &place) == Expected::Opens;
            let mut rng = seed.call(crate::schedule::ActionId(3 + by as u32), self.calls);
            let opened = matches!(
                self.arena.decrypt(&mut branch.session, &mut rng, b"", &bytes),
                Ok(Opened::Plaintext(opened)) if opened == plaintext
            );
            if opened {
                branch.ideal.open(self.victim, &place);
            }
            let why = "it answers the other branch, in an epoch that this one cannot know";
            let broken = (opened && shut_out).then_some(why);
            let lost = expected && !opened && self.taken.is_none();
            heard.push(Heard { by, opened, broken, lost });
        }
        heard
    }

    /// Why a flawless peer refuses the message of `speaker` at `place`: only one branch can have it.
    fn must_be_refused(&self, speaker: Speaker, place: &Place) -> Option<&'static str> {
        if !self.follows_branches() {
            return None;
        }
        if self.is_own_epoch(place) {
            let (taken, epoch) = self.taken?;
            return (taken != speaker && place.epoch >= epoch)
                .then_some("the other branch has already opened this epoch with a key of its own");
        }
        self.used
            .contains(&(place.epoch, place.index))
            .then_some("the other branch has already used up this message key")
    }

    /// Whether the branch made the key of this epoch itself, behind the fork.
    pub(super) fn is_own_epoch(&self, place: &Place) -> bool {
        self.arena.profile.double_ratchet_claims().is_some()
            && !self.knowledge.knows_secret(place.epoch)
    }

    /// Whether a message key can be used up, and an epoch belongs to one branch.
    const fn follows_branches(&self) -> bool {
        matches!(
            self.arena.profile.family,
            Family::DoubleRatchet(_) | Family::HybridRatchet(_) | Family::SymmetricRatchet(_)
        )
    }
}

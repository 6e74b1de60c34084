//! A6: the thief speaks. The stolen session encrypts as its victim, and what it makes is offered to the others.

use crate::DynSession;
use crate::Party;
use crate::engine::{Arena, EventKind, Outcome, Theft, Transcript};
use crate::ideal::{Ideal, Place};
use crate::judge::Account;
use crate::randomness::{CallRng, CaseSeed};

/// Messages in a row that the stolen session makes for one attempt; the first and the last are offered.
const AHEAD: usize = 4;

/// Keeps the thief's randomness apart from all other.
const THIEF: u64 = 0x7e1f_0000;

/// What the thief did between the theft and the forgery.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub(crate) enum Conduct {
    /// Nothing: the session is as it was stolen.
    Frozen,
    /// It opened what came to its victim.
    Listening,
    /// It sent along with its victim too.
    ActingAlong,
}

/// A message that the thief made up.
#[derive(Clone, Debug)]
pub(crate) struct Forgery {
    pub(crate) conduct: Conduct,
    /// Index of the theft that is offered this message as a snapshot.
    pub(crate) snapshot: usize,
    pub(crate) bytes: Vec<u8>,
    pub(crate) plaintext: Vec<u8>,
    /// Where the thief's session claims that it stands.
    pub(crate) place: Place,
}

/// A stolen session that goes on by itself, with the ideal's view of its victim's side.
#[derive(Clone)]
pub(crate) struct Hijacker<'a, 'r> {
    arena: &'a Arena<'r>,
    pub(crate) session: DynSession,
    pub(crate) ideal: Ideal,
    victim: Party,
    seed: CaseSeed,
    action: crate::schedule::ActionId,
    calls: u32,
}

impl<'a, 'r> Hijacker<'a, 'r> {
    pub(crate) fn of(arena: &'a Arena<'r>, theft: &Theft, ideal: &Ideal, purpose: u64) -> Self {
        Self {
            arena,
            session: theft.session.clone(),
            ideal: ideal.clone(),
            victim: theft.victim,
            seed: arena.seed.derived(THIEF ^ purpose ^ u64::from(theft.action.0) << 32),
            action: theft.action,
            calls: 0,
        }
    }

    fn rng(&mut self) -> CallRng {
        self.calls += 1;
        self.seed.call(self.action, self.calls)
    }

    /// Encrypts `plaintext` as the victim; `None` if it cannot send, or by the ideal should not be able to.
    pub(crate) fn speaks(&mut self, plaintext: &[u8]) -> Option<(Vec<u8>, Place)> {
        let place = self.ideal.send(self.victim)?;
        let mut rng = self.rng();
        let bytes = self.arena.encrypt(&mut self.session, &mut rng, b"", plaintext).ok()?;
        Some((bytes, place))
    }

    /// Opens message number `message` of the transcript, if it can.
    pub(crate) fn hears(&mut self, transcript: &Transcript, message: usize, place: &Place) -> bool {
        let mut rng = self.rng();
        let wire = &transcript.wire[message];
        let ad = self.arena.associated_data(wire.ad);
        let opened = self.arena.decrypt(&mut self.session, &mut rng, ad, &wire.bytes).is_ok();
        if opened {
            self.ideal.open(self.victim, place);
        }
        opened
    }

    /// Whether it reads `bytes`, without going on from there.
    pub(crate) fn could_read(&self, bytes: &[u8], plaintext: &[u8]) -> bool {
        let mut copy = self.clone();
        let mut rng = copy.rng();
        opens_to(self.arena, &mut copy.session, &mut rng, bytes, plaintext)
    }

    /// What it would say now: the first message, and one of some further on.
    fn forgeries(&self, conduct: Conduct, snapshot: usize) -> Vec<Forgery> {
        let mut speaker = self.clone();
        let mut made = Vec::new();
        for ahead in 0..AHEAD {
            let plaintext = format!("sprag: the thief says this, number {ahead}").into_bytes();
            let Some((bytes, place)) = speaker.speaks(&plaintext) else { break };
            if ahead == 0 || ahead + 1 == AHEAD {
                made.push(Forgery { conduct, snapshot, bytes, plaintext, place });
            }
        }
        made
    }
}

/// Whether `session` opens `bytes` to exactly this plaintext, sent without associated data.
pub(crate) fn opens_to(
    arena: &Arena<'_>,
    session: &mut DynSession,
    rng: &mut CallRng,
    bytes: &[u8],
    plaintext: &[u8],
) -> bool {
    matches!(
        arena.decrypt(session, rng, b"", bytes),
        Ok(crate::Opened::Plaintext(opened)) if opened == plaintext
    )
}

/// Walks from theft number `theft` to the end, and lets the thief make up messages at each later theft, which serves
/// as a snapshot of both parties. Gives the thief's sessions as they stand at the end.
pub(crate) fn forge_at_snapshots<'a, 'r>(
    arena: &'a Arena<'r>,
    transcript: &Transcript,
    account: &Account,
    theft: usize,
    mut offer: impl FnMut(&Forgery),
) -> [(Conduct, Hijacker<'a, 'r>); 3] {
    let stolen = &transcript.thefts[theft];
    let conducts = [Conduct::Frozen, Conduct::Listening, Conduct::ActingAlong];
    let mut thieves = conducts.map(|conduct| {
        let ideal = &account.stolen[theft].ideal;
        (conduct, Hijacker::of(arena, stolen, ideal, conduct as u64))
    });
    for event in &transcript.events[stolen.event + 1..] {
        match &event.kind {
            EventKind::Sent(message) if transcript.wire[*message].from == stolen.victim => {
                let acting = &mut thieves[2].1;
                acting.speaks(&transcript.wire[*message].plaintext);
                acting.minds_itself();
            }
            EventKind::Delivered(delivery) if delivery.to == stolen.victim => {
                let Outcome::Opened(message) = delivery.outcome else { continue };
                for (_, thief) in &mut thieves[1..] {
                    thief.hears(transcript, message, &account.places[message]);
                }
            }
            EventKind::ServiceDelivered { from, bytes, .. } if *from != stolen.victim => {
                for (_, thief) in &mut thieves[1..] {
                    let mut rng = thief.rng();
                    let _ = arena.decrypt(&mut thief.session, &mut rng, b"", bytes);
                    thief.minds_itself();
                }
            }
            EventKind::Stolen(snapshot) => {
                for (conduct, thief) in &thieves {
                    thief.forgeries(*conduct, *snapshot).iter().for_each(&mut offer);
                }
            }
            _ => {}
        }
    }
    thieves
}

impl Hijacker<'_, '_> {
    /// What it wants to say by itself nobody hears.
    fn minds_itself(&mut self) {
        if self.arena.capabilities.outbox {
            let mut rng = self.rng();
            let _ = self.arena.ratchet.outbox(&mut self.session, &mut rng);
        }
    }
}

/// The session of `party` at theft number `snapshot`.
pub(crate) fn session_at(transcript: &Transcript, snapshot: usize, party: Party) -> &DynSession {
    let theft = &transcript.thefts[snapshot];
    if theft.victim == party { &theft.session } else { &theft.peer }
}

/// Whether a copy of `party`'s session at the snapshot accepts the forgery.
pub(crate) fn accepts(
    arena: &Arena<'_>,
    transcript: &Transcript,
    forgery: &Forgery,
    party: Party,
) -> bool {
    let mut copy = session_at(transcript, forgery.snapshot, party).clone();
    let action = transcript.thefts[forgery.snapshot].action;
    let mut rng = arena.seed.derived(THIEF ^ 0xacc).call(action, 1);
    opens_to(arena, &mut copy, &mut rng, &forgery.bytes, &forgery.plaintext)
}

//! A party about to show a fresh value on the wire: which bits that it draws does the value depend on?

use crate::engine::{Arena, Theft, Transcript};
use crate::judge::{Violation, ViolationKind};
use crate::randomness::{CallRng, Tape};
use crate::schedule::ActionId;
use crate::{DynSession, Origin, Party};

/// Bytes of the tapes given to each call.
const TAPE_BYTES: usize = 4096;

/// Bits that are flipped in one call; of more, every second, third … one is.
const MOST_FLIPS: usize = 2048;

/// Seeds for the calls of a scene.
const SCENE: u64 = 0xf4e5;

const TEXT: &[u8] = b"sixteen bytes of";

/// A party that opens a message with a new key of its peer, and then sends one itself.
pub(super) struct Scene<'a, 'r> {
    arena: &'a Arena<'r>,
    field: &'static str,
    theft: &'a Theft,
    /// What the peer sends to it, if it sends.
    incoming: Option<Vec<u8>>,
    /// Values of the field that were on the wire before.
    known: Vec<Vec<u8>>,
}

/// A fresh value and how it came about.
pub(super) struct Fresh {
    pub(super) value: Vec<u8>,
    pub(super) origin: Origin,
    /// Whether the ratchet declares the origin.
    pub(super) declared: bool,
    pub(super) is_key: bool,
    /// Whether the calls draw the seed of a generator: as much where nothing fresh is shown.
    pub(super) from_seed: bool,
    tapes: [Tape; 2],
    drawn: [usize; 2],
}

struct Shown {
    value: Vec<u8>,
    origin: Origin,
    declared: bool,
    drawn: [usize; 2],
    /// The session behind it.
    session: DynSession,
}

impl<'a, 'r> Scene<'a, 'r> {
    /// The scene behind a theft. For nonces the party sends without receiving first.
    pub(super) fn after(
        arena: &'a Arena<'r>,
        transcript: &Transcript,
        theft: &'a Theft,
        field: &'static str,
    ) -> Option<Self> {
        let mut incoming = None;
        if field == "ratchet_key" {
            let mut rng = arena.seed.derived(SCENE).call(theft.action, 0);
            incoming = Some(arena.encrypt(&mut theft.peer.clone(), &mut rng, b"", TEXT).ok()?);
        }
        let values = transcript.wire.iter().filter_map(|wire| arena.field(&wire.bytes, field));
        let known = values.map(<[u8]>::to_vec).collect();
        Some(Self { arena, field, theft, incoming, known })
    }

    pub(super) const fn party(&self) -> Party {
        self.theft.victim
    }

    pub(super) const fn action(&self) -> ActionId {
        self.theft.action
    }

    pub(super) fn violation(&self, kind: ViolationKind, words: String) -> Violation {
        Violation::new(kind, self.action(), words)
    }

    /// The value with the scene's own tapes; `None` if none is shown, or an old one.
    pub(super) fn first_value(&self) -> Option<Fresh> {
        let tape = |ordinal| {
            let mut rng = self.arena.seed.derived(SCENE).call(self.action(), ordinal);
            Tape::drawn_from(&mut rng, TAPE_BYTES)
        };
        let tapes = [tape(1), tape(2)];
        let Shown { value, origin, declared, drawn, session } = self.play(tapes.clone())?;
        let is_key = self.field == "ratchet_key";
        if self.known.contains(&value) {
            return None;
        }
        let idle = self.drawn_without_need(session, &value);
        let from_seed = is_key && idle > 0 && drawn.contains(&idle);
        Some(Fresh { value, origin, declared, is_key, from_seed, tapes, drawn })
    }

    /// How many of the bits that the two calls draw change the value.
    pub(super) fn sensitive_bits(&self, fresh: &Fresh) -> u64 {
        (0..2).map(|call| self.sensitive_bits_of(fresh, call)).sum()
    }

    fn sensitive_bits_of(&self, fresh: &Fresh, call: usize) -> u64 {
        let changes = |tape: Tape| {
            let mut tapes = fresh.tapes.clone();
            tapes[call] = tape;
            self.play(tapes).is_some_and(|shown| shown.value != fresh.value)
        };
        let inverted = fresh.tapes[call].bytes().iter().map(|byte| !byte).collect();
        if fresh.drawn[call] == 0 || !changes(Tape::new(inverted)) {
            return 0;
        }
        let bits = fresh.drawn[call].min(TAPE_BYTES) * 8;
        let stride = bits.div_ceil(MOST_FLIPS);
        let sensitive = |bit: &usize| changes(fresh.tapes[call].with_flipped(*bit));
        (0..bits).step_by(stride).filter(sensitive).count() as u64 * stride as u64
    }

    /// The value when the two calls draw from these.
    pub(super) fn value(&self, receiving: CallRng, sending: CallRng) -> Option<Vec<u8>> {
        self.play([Tape::of(receiving), Tape::of(sending)]).map(|shown| shown.value)
    }

    fn play(&self, [mut receiving, mut sending]: [Tape; 2]) -> Option<Shown> {
        let mut session: DynSession = self.theft.session.clone();
        if let Some(incoming) = &self.incoming {
            self.arena.decrypt(&mut session, &mut receiving, b"", incoming).ok()?;
        }
        let message = self.arena.encrypt(&mut session, &mut sending, b"", TEXT).ok()?;
        let fields = self.arena.fields(&message);
        let field = fields.iter().find(|field| field.name == self.field)?;
        let value = field.of(&message)?.to_vec();
        let drawn = [receiving.drawn(), sending.drawn()];
        let (origin, declared) = (field.implied_origin(), field.origin.is_some());
        Some(Shown { value, origin, declared, drawn, session })
    }

    /// Bytes that the next message draws although it shows the same value.
    fn drawn_without_need(&self, mut session: DynSession, value: &[u8]) -> usize {
        let mut tape = Tape::of(self.arena.seed.derived(SCENE).call(self.action(), 3));
        let next = self.arena.encrypt(&mut session, &mut tape, b"", TEXT);
        let repeats = next.is_ok_and(|next| self.arena.field(&next, self.field) == Some(value));
        if repeats { tape.drawn() } else { 0 }
    }
}

//! Sessions of another secret that try to open what was never meant for them.

use crate::engine::{Arena, Transcript, Wire};
use crate::{DynSession, Opened};

const OUTSIDER: u64 = 0x0075;

/// The first message of `transcript` that one of these sessions opens to its true plaintext, each message on a fresh
/// copy of each session.
pub(super) fn opened_by_outsider<'t, 's>(
    arena: &Arena<'_>,
    transcript: &'t Transcript,
    sessions: impl Iterator<Item = &'s DynSession>,
) -> Option<&'t Wire> {
    let sessions: Vec<&DynSession> = sessions.collect();
    let tagged = transcript.wire.iter().filter(|wire| wire.is_tagged());
    tagged.into_iter().find(|wire| sessions.iter().any(|session| opens(arena, session, wire)))
}

/// Whether a copy of `session` opens the message to its true plaintext.
pub(super) fn opens(arena: &Arena<'_>, session: &DynSession, wire: &Wire) -> bool {
    let mut copy = session.clone();
    let mut rng = arena.seed.derived(OUTSIDER).call(wire.name.action, wire.name.index.into());
    let ad = arena.associated_data(wire.ad);
    let opened = arena.decrypt(&mut copy, &mut rng, ad, &wire.bytes);
    opened.is_ok_and(|opened| opened == Opened::Plaintext(wire.plaintext.clone()))
}

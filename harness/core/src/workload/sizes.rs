//! Bytes on the wire and at rest.

use rand_core::CryptoRng;

use super::conversation::{Conversation, plaintext};
use super::preparing::{limits, no_keys_to_skip};
use super::{MOST_SKIPPED, NotMeasured};
use crate::{DynRatchet, DynSession, Ordering, Party, Profile};

/// Lengths of plaintexts that are weighed.
const PLAINTEXTS: [(u32, &str, &str); 4] = [
    (0, "wire-0", "a message of an empty plaintext"),
    (100, "wire-100", "a message of a plaintext of 100 bytes"),
    (1_000, "wire-1000", "a message of a plaintext of 1,000 bytes"),
    (65_536, "wire-65536", "a message of a plaintext of 65,536 bytes"),
];

/// The name of each thing that is weighed.
pub const WEIGHED: [&str; 7] =
    ["wire-0", "wire-100", "wire-1000", "wire-65536", "rest-fresh", "rest-1000", "rest-full"];

/// Messages of a long conversation.
const MANY: u32 = 1_000;

/// Bytes of something.
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct Size {
    /// Its name.
    pub id: &'static str,
    /// What was weighed, in words.
    pub title: &'static str,
    /// How many bytes.
    pub bytes: Result<usize, NotMeasured>,
}

/// Weighs messages and sessions of `ratchet`.
pub fn sizes(ratchet: &dyn DynRatchet, rng: &mut dyn CryptoRng) -> Vec<Size> {
    let profile = ratchet.profile();
    let mut sizes: Vec<Size> = PLAINTEXTS
        .into_iter()
        .map(|(length, id, title)| {
            let bytes = on_the_wire(ratchet, rng, &profile, length);
            Size { id, title, bytes }
        })
        .collect();
    let states: [(&str, &str, State); 3] = [
        ("rest-fresh", "the state at rest of a new session", fresh),
        ("rest-1000", "the state at rest after 1,000 messages", after_many),
        ("rest-full", "the state at rest with all skipped keys it keeps, of at most 2,000", full),
    ];
    for (id, title, state) in states {
        let bytes = at_rest(ratchet, rng, &profile, state);
        sizes.push(Size { id, title, bytes });
    }
    sizes
}

fn on_the_wire(
    ratchet: &dyn DynRatchet,
    rng: &mut dyn CryptoRng,
    profile: &Profile,
    length: u32,
) -> Result<usize, NotMeasured> {
    let allowed = profile.min_plaintext.unwrap_or(0)..=profile.max_plaintext.unwrap_or(u32::MAX);
    if !allowed.contains(&length) {
        return Err(NotMeasured::because("the profile allows no plaintext of that length"));
    }
    let mut conversation = Conversation::warm(ratchet, rng, &plaintext(profile))?;
    let plaintext = vec![0x5a; length as usize];
    conversation.send(ratchet, rng, Party::Initiator, &plaintext).map(|message| message.len())
}

/// Brings a session to where it is weighed.
type State =
    fn(&dyn DynRatchet, &mut dyn CryptoRng, &Profile, &[u8]) -> Result<DynSession, NotMeasured>;

fn at_rest(
    ratchet: &dyn DynRatchet,
    rng: &mut dyn CryptoRng,
    profile: &Profile,
    state: State,
) -> Result<usize, NotMeasured> {
    if !ratchet.capabilities().export {
        return Err(NotMeasured::because("sessions are not exported"));
    }
    let session = state(ratchet, rng, profile, &plaintext(profile))?;
    let state = ratchet.export(&session);
    let state = state.map_err(|error| NotMeasured::refused("an export", &error))?;
    Ok(state.len())
}

fn fresh(
    ratchet: &dyn DynRatchet,
    rng: &mut dyn CryptoRng,
    _: &Profile,
    _: &[u8],
) -> Result<DynSession, NotMeasured> {
    Conversation::open(ratchet, rng).map(|it| it.ends.responder)
}

fn after_many(
    ratchet: &dyn DynRatchet,
    rng: &mut dyn CryptoRng,
    profile: &Profile,
    plaintext: &[u8],
) -> Result<DynSession, NotMeasured> {
    let mut conversation = Conversation::warm(ratchet, rng, plaintext)?;
    for number in 0..MANY {
        let answers = number % 2 == 0 && !profile.is_one_way();
        let from = if answers { Party::Responder } else { Party::Initiator };
        conversation.pass(ratchet, rng, from, plaintext)?;
    }
    Ok(conversation.ends.responder)
}

/// Fills the store gap by gap, within one chain.
fn full(
    ratchet: &dyn DynRatchet,
    rng: &mut dyn CryptoRng,
    profile: &Profile,
    plaintext: &[u8],
) -> Result<DynSession, NotMeasured> {
    if profile.ordering == Ordering::Strict {
        return Err(NotMeasured::because("no message may overtake another"));
    }
    let limits = limits(profile).ok_or_else(no_keys_to_skip)?;
    let (Some(most), Some(stored)) = (limits.max_skip, limits.max_stored) else {
        return Err(NotMeasured::because("the profile does not declare how many keys are kept"));
    };
    let mut left = stored.min(MOST_SKIPPED);
    if most == 0 || left == 0 {
        return Err(NotMeasured::because("no keys are kept"));
    }
    let mut conversation = Conversation::warm(ratchet, rng, plaintext)?;
    while left > 0 {
        let gap = left.min(most);
        for _ in 0..gap {
            conversation.send(ratchet, rng, Party::Initiator, plaintext)?;
        }
        conversation.pass(ratchet, rng, Party::Initiator, plaintext)?;
        left -= gap;
    }
    Ok(conversation.ends.responder)
}

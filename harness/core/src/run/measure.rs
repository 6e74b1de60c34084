//! Limits that a profile does not declare are measured before anything is judged by them.

use crate::engine::{Arena, Wire, execute};
use crate::schedule::{Action, Schedule};
use crate::{DynSession, Opened, Party, Profile, Rejection};

/// Gaps beyond this count as unlimited: no conversation of the games jumps farther.
const FARTHEST: u32 = 8192;

/// `profile` with every limit known, and whether something had to be measured for that.
///
/// # Errors
/// If the ratchet cannot open a session.
pub fn with_known_limits(
    arena: &Arena<'_>,
    profile: &Profile,
) -> Result<(Profile, bool), Rejection> {
    let mut profile = profile.clone();
    let declared = profile
        .limits()
        .is_none_or(|limits| limits.max_skip.is_some() && limits.max_stored.is_some());
    if declared {
        return Ok((profile, false));
    }
    let mut chain = LongChain::open(arena)?;
    if let Some(limits) = profile.limits_mut() {
        let max_skip = *limits.max_skip.get_or_insert_with(|| chain.max_skip());
        limits.max_stored.get_or_insert_with(|| chain.max_stored(max_skip));
    }
    Ok((profile, true))
}

/// One chain of the initiator, as long as a measurement needs it.
struct LongChain<'a, 'r> {
    arena: &'a Arena<'r>,
    sender: DynSession,
    receiver: DynSession,
    messages: Vec<Wire>,
}

impl<'a, 'r> LongChain<'a, 'r> {
    fn open(arena: &'a Arena<'r>) -> Result<Self, Rejection> {
        // One message each way first, so that limits are those of a running conversation.
        let talk = Schedule::of([Action::PingPong { first: Party::Initiator, turns: 2 }]);
        let transcript = execute(arena, &talk)?;
        let [sender, receiver] = transcript.sessions;
        Ok(Self { arena, sender, receiver, messages: Vec::new() })
    }

    fn message(&mut self, index: u32) -> Option<&Wire> {
        while self.messages.len() <= index as usize {
            let name = crate::schedule::MessageName::new(0, self.messages.len() as u16);
            let plaintext = crate::engine::plaintext_of(&self.arena.seed, name, 16);
            let mut rng = self.arena.seed.derived(index.into()).choices();
            let bytes = self.arena.encrypt(&mut self.sender, &mut rng, b"", &plaintext).ok()?;
            self.messages.push(Wire { name, from: Party::Initiator, bytes, plaintext, ad: 0 });
        }
        self.messages.get(index as usize)
    }

    /// Whether a copy of `receiver` opens message `index`; it is the receiver from then on if so.
    fn opens(&mut self, receiver: &mut DynSession, index: u32) -> bool {
        let arena = self.arena;
        let mut copy = receiver.clone();
        let mut rng = arena.seed.derived(u64::from(index) << 32).choices();
        let Some(wire) = self.message(index) else { return false };
        let opened = arena.decrypt(&mut copy, &mut rng, b"", &wire.bytes);
        let opened = opened.is_ok_and(|opened| opened == Opened::Plaintext(wire.plaintext.clone()));
        if opened {
            *receiver = copy;
        }
        opened
    }

    fn opens_on_copy(&mut self, receiver: &DynSession, index: u32) -> bool {
        self.opens(&mut receiver.clone(), index)
    }

    /// The largest gap that is accepted.
    fn max_skip(&mut self) -> u32 {
        let receiver = self.receiver.clone();
        if self.opens_on_copy(&receiver, FARTHEST) {
            return u32::MAX;
        }
        largest(FARTHEST, |gap| self.opens_on_copy(&receiver, gap)).unwrap_or(0)
    }

    /// How many skipped keys are kept: jumps ahead until the oldest one is gone, then finds the oldest that is not.
    fn max_stored(&mut self, max_skip: u32) -> u32 {
        let jump = max_skip.min(FARTHEST / 4);
        if jump == 0 {
            return 0;
        }
        let mut receiver = self.receiver.clone();
        let mut skipped: Vec<u32> = Vec::new();
        let mut next = 0;
        while next + jump <= FARTHEST && self.opens(&mut receiver, next + jump) {
            skipped.extend(next..next + jump);
            next += jump + 1;
            if !self.opens_on_copy(&receiver, 0) {
                let gone = largest(skipped.len() as u32 - 1, |place| {
                    !self.opens_on_copy(&receiver, skipped[place as usize])
                });
                return skipped.len() as u32 - 1 - gone.unwrap_or(0);
            }
        }
        u32::MAX
    }
}

/// The largest number up to `bound` that `holds`, which holds up to some number and not behind it.
fn largest(bound: u32, mut holds: impl FnMut(u32) -> bool) -> Option<u32> {
    if !holds(0) {
        return None;
    }
    let (mut low, mut high) = (0, bound);
    while low < high {
        let middle = high - (high - low) / 2;
        if holds(middle) { low = middle } else { high = middle - 1 }
    }
    Some(low)
}

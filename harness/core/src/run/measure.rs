//! Limits that a profile does not declare are measured before anything is judged by them.

use crate::engine::{Arena, Wire, execute};
use crate::schedule::{Action, Schedule};
use crate::{DynSession, Family, Limits, Opened, Party, Profile, Rejection, WhenFull};

/// A shortest plaintext beyond this is no matter of encoding any more.
const LONGEST_LEAST: u32 = 16;

/// Conversations send no longer plaintexts.
const LONGEST_PLAINTEXT: u32 = 5000;

/// Limits are those of a running conversation.
const ONE_MESSAGE_EACH: Action = Action::PingPong { first: Party::Initiator, turns: 2 };

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
    let mut known = profile.clone();
    if profile.max_plaintext.is_none() {
        known.max_plaintext = max_plaintext(arena)?;
    }
    if profile.min_plaintext.is_none() {
        known.min_plaintext = min_plaintext(arena)?;
    }
    // Late messages of a closed period have limits of another kind: what is not declared of them is not claimed.
    let is_periodic = matches!(profile.family, Family::PeriodicRekey(_));
    let is_known =
        |limits: &Limits| is_periodic || limits.max_skip.is_some() && limits.max_stored.is_some();
    if let Some(limits) = known.limits_mut().filter(|limits| !is_known(limits)) {
        let mut chain = LongChain::open(arena)?;
        let max_skip = *limits.max_skip.get_or_insert_with(|| chain.max_skip());
        if limits.max_stored.is_none() {
            let (max_stored, when_full) = chain.max_stored(max_skip);
            limits.max_stored = Some(max_stored);
            limits.when_full = when_full.unwrap_or(limits.when_full);
        }
    }
    let measured = known != *profile;
    Ok((known, measured))
}

/// Whether a party encrypts a plaintext of so many bytes.
fn accepts(arena: &Arena<'_>, session: &DynSession, size: u32) -> bool {
    let mut rng = arena.seed.derived(u64::from(size) << 16).choices();
    let ad = arena.associated_data(2);
    arena.encrypt(&mut session.clone(), &mut rng, ad, &vec![b'x'; size as usize]).is_ok()
}

/// The shortest plaintext that both parties accept; `None` if an empty one is accepted, or none so short.
fn min_plaintext(arena: &Arena<'_>) -> Result<Option<u32>, Rejection> {
    let transcript = execute(arena, &Schedule::of([ONE_MESSAGE_EACH]))?;
    let least =
        |session: &DynSession| (0..=LONGEST_LEAST).find(|&size| accepts(arena, session, size));
    let least = transcript.sessions.iter().filter_map(least).max();
    Ok(least.filter(|&bytes| bytes > 0))
}

/// The longest plaintext that both parties accept; `None` if no conversation is longer.
fn max_plaintext(arena: &Arena<'_>) -> Result<Option<u32>, Rejection> {
    let transcript = execute(arena, &Schedule::of([ONE_MESSAGE_EACH]))?;
    let longest = |session: &DynSession| {
        let accepts = |size: u32| accepts(arena, session, size);
        // Who accepts nothing has another reason; who takes no empty plaintext will be asked for that.
        let least = [16, 1, 0].into_iter().find(|&size| accepts(size))?;
        let more = largest(LONGEST_PLAINTEXT - least, |more| accepts(least + more))?;
        (least + more < LONGEST_PLAINTEXT).then_some(least + more)
    };
    let longest = transcript.sessions.iter().filter_map(longest).min();
    // Headers may grow in the course of a session, at the expense of the plaintext.
    Ok(longest.map(|bytes| bytes - if bytes > 64 { bytes / 16 } else { 0 }))
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
        let transcript = execute(arena, &Schedule::of([ONE_MESSAGE_EACH]))?;
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

    /// How many skipped keys are kept: jumps ahead until the oldest one is gone, then finds the oldest that is not;
    /// or until a jump is refused, if that is what the ratchet does.
    fn max_stored(&mut self, max_skip: u32) -> (u32, Option<WhenFull>) {
        let jump = max_skip.min(FARTHEST / 4);
        if jump == 0 {
            return (0, None);
        }
        let mut receiver = self.receiver.clone();
        let mut skipped: Vec<u32> = Vec::new();
        let mut next = 0;
        while next + jump <= FARTHEST {
            if self.message(next + jump).is_none() {
                // The sender's counter is at its end.
                return (u32::MAX, None);
            }
            if !self.opens(&mut receiver, next + jump) {
                let more = largest(jump, |gap| self.opens_on_copy(&receiver, next + gap));
                return (skipped.len() as u32 + more.unwrap_or(0), Some(WhenFull::Refuse));
            }
            skipped.extend(next..next + jump);
            next += jump + 1;
            if !self.opens_on_copy(&receiver, 0) {
                let gone = largest(skipped.len() as u32 - 1, |place| {
                    !self.opens_on_copy(&receiver, skipped[place as usize])
                });
                return (skipped.len() as u32 - 1 - gone.unwrap_or(0), Some(WhenFull::Evict));
            }
        }
        (u32::MAX, None)
    }
}

/// The largest number up to `bound` that `holds`, which holds up to some number and not behind it.
fn largest(bound: u32, mut holds: impl FnMut(u32) -> bool) -> Option<u32> {
    if !holds(0) {
        return None;
    }
    if holds(bound) {
        return Some(bound);
    }
    let (mut low, mut high) = (0, bound);
    while low < high {
        let middle = high - (high - low) / 2;
        if holds(middle) { low = middle } else { high = middle - 1 }
    }
    Some(low)
}

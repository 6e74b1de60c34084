//! The network puts the header of one message on the body of another.

use std::collections::BTreeSet;

use super::{ENCRYPTED_HEADER, SWAPPED, malleable};
use crate::engine::{Arena, EventKind, Outcome, Transcript, Wire};
use crate::judge::{Judgement, Violation, ViolationKind, Weakness};
use crate::randomness::CaseSeed;
use crate::schedule::Choices as _;
use crate::{DynSession, Opened, Party};

/// Pairs of messages tried for each recipient.
const MOST_PAIRS: usize = 48;

/// Seeds of this game's own, beside those of the conversation.
const PICK: u64 = 0x4ead;
const SWAP: u64 = 0x54a9;

/// The end of a conversation, seen from one recipient.
struct End<'a> {
    arena: &'a Arena<'a>,
    wire: &'a [Wire],
    to: Party,
    session: &'a DynSession,
    opened: BTreeSet<usize>,
    /// Messages to the recipient that it has not opened, in the order they were sent.
    under_way: Vec<usize>,
    seed: CaseSeed,
}

/// A message made of two.
struct Swap {
    header: usize,
    body: usize,
    bytes: Vec<u8>,
}

/// Tries headers and bodies that do not belong together on copies of both parties, as they are at the end.
pub(super) fn judge(
    arena: &Arena<'_>,
    transcript: &Transcript,
    headers: &[Option<Vec<u8>>],
    judgement: &mut Judgement,
) {
    for to in Party::BOTH {
        let end = End::of(arena, transcript, to);
        let messages: Vec<usize> = (0..transcript.wire.len())
            .filter(|&message| transcript.wire[message].from != to && headers[message].is_some())
            .collect();
        end.try_swaps(&messages, judgement);
        if !judgement.violations.is_empty() {
            return;
        }
    }
}

impl<'a> End<'a> {
    fn of(arena: &'a Arena<'a>, transcript: &'a Transcript, to: Party) -> Self {
        let opened: BTreeSet<usize> = transcript
            .events
            .iter()
            .filter_map(|event| match &event.kind {
                EventKind::Delivered(delivery) if delivery.to == to => match delivery.outcome {
                    Outcome::Opened(message) => Some(message),
                    _ => None,
                },
                _ => None,
            })
            .collect();
        let wire = &transcript.wire;
        let under_way = (0..wire.len())
            .filter(|message| wire[*message].from != to && !opened.contains(message))
            .collect();
        let session = &transcript.sessions[to.index()];
        Self { arena, wire, to, session, opened, under_way, seed: arena.seed.derived(SWAP) }
    }

    /// One copy sees every swap and then all that is under way; a twin sees only the latter.
    fn try_swaps(&self, messages: &[usize], judgement: &mut Judgement) {
        let mut disturbed = self.session.clone();
        let mut refused = 0;
        for swap in self.swaps(messages) {
            let before = disturbed.clone();
            match self.decrypt(&mut disturbed, swap.header, &swap.bytes) {
                None => {
                    judgement.measure(SWAPPED, 1);
                    refused += 1;
                }
                Some(opened) => {
                    self.accepted(&swap, &before, &disturbed, opened, judgement);
                    disturbed = before;
                }
            }
            if !judgement.violations.is_empty() {
                return;
            }
        }
        let after = format!("after {refused} messages with swapped headers were refused");
        self.compare(&disturbed, self.session, &self.under_way, &after, judgement);
    }

    /// Headers and bodies of the pairs in which at least one message is under way.
    fn swaps(&self, messages: &[usize]) -> Vec<Swap> {
        let mut pairs: Vec<(usize, usize)> = messages
            .iter()
            .flat_map(|&header| messages.iter().map(move |&body| (header, body)))
            .filter(|(header, body)| {
                header != body && self.under_way.iter().any(|message| message == header || message == body)
            })
            .collect();
        let mut pick = self.arena.seed.derived(PICK).choices();
        while pairs.len() > MOST_PAIRS {
            pairs.swap_remove(pick.below(pairs.len() as u32) as usize);
        }
        let forms = |(header, body): (usize, usize)| {
            with_header_of(self.arena, &self.wire[body].bytes, &self.wire[header].bytes)
                .into_iter()
                .map(move |bytes| Swap { header, body, bytes })
        };
        pairs.into_iter().flat_map(forms).collect()
    }

    /// What comes out of `bytes`, if anything does.
    fn decrypt(&self, session: &mut DynSession, message: usize, bytes: &[u8]) -> Option<Opened> {
        let wire = &self.wire[message];
        self.arena.at(wire.name.action);
        let mut rng = self.seed.call(wire.name.action, u32::from(wire.name.index));
        self.arena.decrypt(session, &mut rng, self.arena.associated_data(wire.ad), bytes).ok()
    }

    /// A swap was opened: what that is called depends on what came out, and on what it did.
    fn accepted(
        &self,
        swap: &Swap,
        before: &DynSession,
        after: &DynSession,
        opened: Opened,
        judgement: &mut Judgement,
    ) {
        let Swap { header, body, .. } = *swap;
        let (header_name, name) = (self.wire[header].name, self.wire[body].name);
        let of = |message: &usize| match &opened {
            Opened::Plaintext(plaintext) => self.wire[*message].plaintext == *plaintext,
            Opened::Service => false,
        };
        let mut fail = |kind, detail: String| {
            let detail = format!("under the header of message {header_name}, {detail}");
            judgement.violations.push(Violation::new(kind, name.action, detail).of_message(name));
        };
        let Some(original) = [body, header].into_iter().find(of) else {
            return fail(ViolationKind::Forged, "it opened to what nobody sent".to_owned());
        };
        if self.opened.contains(&original) {
            if self.arena.profile.claims_replay_protection() {
                fail(ViolationKind::Replayed, format!("the {} opened it once more", self.to));
            } else {
                let what = "a message opened again under another header".to_owned();
                *judgement.weak.entry((Weakness::Unclaimed, what)).or_default() += 1;
            }
            return;
        }
        // It counts as the message whose plaintext came out; anything else that it did is damage.
        let mut calm = before.clone();
        if self.decrypt(&mut calm, original, &self.wire[original].bytes).is_none() {
            return fail(ViolationKind::Forged, "it opened, which it does not by itself".to_owned());
        }
        let rest: Vec<usize> =
            self.under_way.iter().copied().filter(|message| *message != original).collect();
        let what = format!("after message {name} had opened under the header of {header_name}");
        self.compare(after, &calm, &rest, &what, judgement);
        *judgement.weak.entry(malleable(self.arena)).or_default() += 1;
    }

    /// Gives `messages` to both twins, in order: what the calm one opens, the disturbed one must open too.
    fn compare(
        &self,
        disturbed: &DynSession,
        calm: &DynSession,
        messages: &[usize],
        after: &str,
        judgement: &mut Judgement,
    ) {
        let (mut disturbed, mut calm) = (disturbed.clone(), calm.clone());
        for &message in messages {
            let wire = &self.wire[message];
            let expected = self.decrypt(&mut calm, message, &wire.bytes);
            let got = self.decrypt(&mut disturbed, message, &wire.bytes);
            if got != expected {
                let what = if got.is_none() { "refused" } else { "opened otherwise" };
                let detail = format!("{after}, it is {what} by the {}", self.to);
                let kind = ViolationKind::TwinOutcome;
                let mut violation = Violation::new(kind, wire.name.action, detail);
                if got.is_none() {
                    violation = violation.behind_a_refusal(self.arena.profile);
                }
                judgement.violations.push(violation.of_message(wire.name));
                return;
            }
        }
    }
}

/// The message `body` with the header of `header`: the encrypted header alone, with the nonce that it may need, and
/// with everything but the ciphertext and its tag. Equal ones once, and none that is genuine.
pub(super) fn with_header_of(arena: &Arena<'_>, body: &[u8], header: &[u8]) -> Vec<Vec<u8>> {
    type Takes = fn(&str) -> bool;
    let choices: [Takes; 3] = [
        |name| name == ENCRYPTED_HEADER,
        |name| name == ENCRYPTED_HEADER || name == "nonce",
        |name| name != "ciphertext" && name != "tag",
    ];
    let mut forms: Vec<Vec<u8>> =
        choices.into_iter().filter_map(|takes| transplanted(arena, body, header, takes)).collect();
    forms.retain(|form| form != body && form != header);
    forms.sort_unstable();
    forms.dedup();
    forms
}

/// `body` with those fields that `takes` picks from `header`; `None` if one of them is not there, or they overlap.
fn transplanted(
    arena: &Arena<'_>,
    body: &[u8],
    header: &[u8],
    takes: fn(&str) -> bool,
) -> Option<Vec<u8>> {
    let theirs = arena.fields(header);
    let mut ours = arena.fields(body);
    ours.retain(|field| takes(&field.name));
    ours.sort_unstable_by_key(|field| field.offset);
    let (mut made, mut copied) = (Vec::with_capacity(body.len()), 0);
    for field in &ours {
        made.extend(body.get(copied..field.offset)?);
        made.extend(theirs.iter().find(|other| other.name == field.name)?.of(header)?);
        copied = field.offset.checked_add(field.length)?;
    }
    made.extend(body.get(copied..)?);
    Some(made)
}

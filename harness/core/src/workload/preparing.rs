//! What each workload needs before it can be timed.

use rand_core::CryptoRng;

use super::conversation::{Conversation, plaintext};
use super::{Calls, Kind, MOST_SKIPPED, NotMeasured, Prepared, is_opened};
use crate::{DynRatchet, Family, Limits, Ordering, Party, Profile, WhenFull};

pub(super) fn prepare(
    kind: Kind,
    ratchet: &dyn DynRatchet,
    rng: &mut dyn CryptoRng,
) -> Result<Prepared, NotMeasured> {
    let profile = ratchet.profile();
    let plaintext = plaintext(&profile);
    let mut ready = Ready { ratchet, profile: &profile, plaintext: &plaintext, rng };
    let calls = match kind {
        Kind::Pair => Calls::Pair,
        Kind::Encrypt => Calls::Encrypt(ready.warm()?.ends.initiator),
        Kind::Decrypt => ready.decrypt()?,
        Kind::PingPong => ready.ping_pong()?,
        Kind::Burst(count) => ready.burst(count)?,
        Kind::LateMessage => ready.late_message()?,
        Kind::RejectForged => ready.reject_forged()?,
        Kind::RejectNewKey => ready.reject_new_key()?,
        Kind::RejectAtGap => ready.reject_at_gap()?,
        Kind::Export => Calls::Export(ready.with_export()?.ends.responder),
        Kind::Import => ready.import()?,
    };
    Ok(Prepared { calls, plaintext })
}

/// A ratchet with what all preparations take.
struct Ready<'r> {
    ratchet: &'r dyn DynRatchet,
    profile: &'r Profile,
    plaintext: &'r [u8],
    rng: &'r mut dyn CryptoRng,
}

impl Ready<'_> {
    fn warm(&mut self) -> Result<Conversation, NotMeasured> {
        Conversation::warm(self.ratchet, self.rng, self.plaintext)
    }

    /// The next message of the initiator.
    fn next(&mut self, conversation: &mut Conversation) -> Result<Vec<u8>, NotMeasured> {
        conversation.send(self.ratchet, self.rng, Party::Initiator, self.plaintext)
    }

    fn pass(&mut self, conversation: &mut Conversation, from: Party) -> Result<(), NotMeasured> {
        conversation.pass(self.ratchet, self.rng, from, self.plaintext)
    }

    fn decrypt(&mut self) -> Result<Calls, NotMeasured> {
        let mut conversation = self.warm()?;
        let message = self.next(&mut conversation)?;
        Ok(Calls::Open(conversation.ends.responder, [message].into()))
    }

    fn needs_answers(&self) -> Result<(), NotMeasured> {
        if self.profile.is_one_way() {
            return Err(NotMeasured::because("only the initiator sends"));
        }
        Ok(())
    }

    fn ping_pong(&mut self) -> Result<Calls, NotMeasured> {
        self.needs_answers()?;
        self.warm().map(Calls::PingPong)
    }

    fn burst(&mut self, count: u32) -> Result<Calls, NotMeasured> {
        self.needs_room_for(count - 1)?;
        let mut conversation = self.warm()?;
        let messages = (0..count).map(|_| self.next(&mut conversation));
        let mut messages = messages.collect::<Result<Vec<Vec<u8>>, NotMeasured>>()?;
        messages.reverse();
        Ok(Calls::Open(conversation.ends.responder, messages.into()))
    }

    /// Whether the profile lets so many keys be skipped and kept. Limits that it does not declare are tried.
    fn needs_room_for(&self, skipped: u32) -> Result<(), NotMeasured> {
        self.needs_overtaking()?;
        let Some(limits) = limits(self.profile) else { return Ok(()) };
        match limits.max_skip {
            Some(0) => return Err(NotMeasured::because("no message may be skipped")),
            Some(most) if most < skipped => {
                return Err(NotMeasured::because(format!("{skipped} messages may not be skipped")));
            }
            _ => {}
        }
        match limits.max_stored {
            Some(0) => Err(NotMeasured::because("no keys are kept")),
            Some(most) if most < skipped => {
                Err(NotMeasured::because(format!("{skipped} keys are not kept")))
            }
            _ => Ok(()),
        }
    }

    fn needs_overtaking(&self) -> Result<(), NotMeasured> {
        if self.profile.ordering == Ordering::Strict {
            return Err(NotMeasured::because("no message may overtake another"));
        }
        Ok(())
    }

    fn late_message(&mut self) -> Result<Calls, NotMeasured> {
        self.needs_answers()?;
        self.needs_room_for(1)?;
        let mut conversation = self.warm()?;
        let late = self.next(&mut conversation)?;
        for from in [Party::Initiator, Party::Responder, Party::Initiator] {
            self.pass(&mut conversation, from)?;
        }
        Ok(Calls::Open(conversation.ends.responder, [late].into()))
    }

    fn reject_forged(&mut self) -> Result<Calls, NotMeasured> {
        let mut conversation = self.warm()?;
        let message = self.next(&mut conversation)?;
        Ok(Calls::Refuse(conversation.ends.responder, changed(message)?.into()))
    }

    fn reject_new_key(&mut self) -> Result<Calls, NotMeasured> {
        let conversation = self.warm()?;
        let mut other = self.warm()?;
        let foreign = self.next(&mut other)?;
        Ok(Calls::Refuse(conversation.ends.responder, foreign.into()))
    }

    fn reject_at_gap(&mut self) -> Result<Calls, NotMeasured> {
        self.needs_overtaking()?;
        let limits = limits(self.profile).ok_or_else(no_keys_to_skip)?;
        let undeclared = || NotMeasured::because("the profile declares no largest gap");
        let mut gap = limits.max_skip.ok_or_else(undeclared)?.min(MOST_SKIPPED);
        if limits.when_full == WhenFull::Refuse {
            gap = gap.min(limits.max_stored.unwrap_or(gap));
        }
        if gap == 0 {
            return Err(NotMeasured::because("no message may be skipped"));
        }
        let mut conversation = self.warm()?;
        for _ in 0..gap {
            self.next(&mut conversation)?;
        }
        let message = self.next(&mut conversation)?;
        // Else it would be refused for its gap, before anything costs.
        let responder = conversation.ends.responder;
        let genuine = self.ratchet.decrypt(&mut responder.clone(), self.rng, b"", &message);
        is_opened(genuine, self.plaintext)?;
        Ok(Calls::Refuse(responder, changed(message)?.into()))
    }

    fn with_export(&mut self) -> Result<Conversation, NotMeasured> {
        if !self.ratchet.capabilities().export {
            return Err(NotMeasured::because("sessions are not exported"));
        }
        self.warm()
    }

    fn import(&mut self) -> Result<Calls, NotMeasured> {
        let mut conversation = self.with_export()?;
        let state = self.ratchet.export(&conversation.ends.responder);
        let state = state.map_err(|error| NotMeasured::refused("an export", &error))?;
        let again = self.ratchet.import(&state);
        conversation.ends.responder =
            again.map_err(|error| NotMeasured::refused("an import", &error))?;
        self.pass(&mut conversation, Party::Initiator)?;
        Ok(Calls::Import(state.into()))
    }
}

/// The limits of keys that are skipped, where messages have keys of their own. Those of periodic rekeying are of periods that are over.
pub(super) fn limits(profile: &Profile) -> Option<&Limits> {
    profile.limits().filter(|_| !matches!(profile.family, Family::PeriodicRekey(_)))
}

pub(super) fn no_keys_to_skip() -> NotMeasured {
    NotMeasured::because("there are no keys to skip")
}

/// The message with its last byte changed.
fn changed(mut message: Vec<u8>) -> Result<Vec<u8>, NotMeasured> {
    let last = message.last_mut().ok_or_else(|| NotMeasured::because("messages are empty"))?;
    *last ^= 1;
    Ok(message)
}

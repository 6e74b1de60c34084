//! Periodic rekeying at other times, and with memory of the last period.

use rand_core::CryptoRng;
use sprag::{Capabilities, Family, Opened, Ordering, Profile, Ratchet, Rejection};
use sprag_protocols::periodic::{PeriodicRekey, PeriodicSteps, REKEY_MESSAGES, State, Textbook};

use crate::wrapped::{AS_IT_IS, Change, Claims, Held, Wrapped};
use crate::{Member, member};

#[derive(Clone)]
struct Every(u32);

impl PeriodicSteps for Every {
    fn rekey_messages(&self) -> u32 {
        self.0
    }
}

pub(crate) fn rekeys_often() -> Member {
    let ratchet = PeriodicRekey { steps: Every(5) };
    let ratchet = Wrapped { name: "unusual/rekeys-often", ratchet, change: AS_IT_IS };
    member("a new key after five messages", "periodic rekeying for tests", ratchet)
}

pub(crate) fn undeclared_limits() -> Member {
    let change = Claims(|profile| {
        if let Some(limits) = profile.limits_mut() {
            (limits.max_skip, limits.max_stored) = (None, None);
        }
    });
    let ratchet = PeriodicRekey { steps: Every(9) };
    let ratchet = Wrapped { name: "unusual/periodic-undeclared", ratchet, change };
    member("says nothing about late messages", "any plug-in with a short profile", ratchet)
}

/// Time asks for a rekey too.
struct ByClock;

/// Seconds of a period.
const PERIOD: u32 = 3600;

impl Change<PeriodicRekey> for ByClock {
    /// Seconds of this period that have passed.
    type Memory = u32;

    fn profile(&self, ratchet: &PeriodicRekey) -> Profile {
        let mut profile = ratchet.profile();
        if let Family::PeriodicRekey(claims) = &mut profile.family {
            claims.rekey_seconds = Some(PERIOD);
        }
        profile
    }

    fn capabilities(&self, ratchet: &PeriodicRekey) -> Capabilities {
        Capabilities { clock: true, ..Ratchet::capabilities(ratchet) }
    }

    fn advance_clock(
        &self,
        _ratchet: &PeriodicRekey,
        session: &mut Held<PeriodicRekey, u32>,
        seconds: u32,
    ) -> Result<(), Rejection> {
        session.memory = session.memory.saturating_add(seconds);
        if session.memory >= PERIOD {
            (session.memory, session.inner.count) = (0, REKEY_MESSAGES);
        }
        Ok(())
    }
}

pub(crate) fn rekeys_by_clock() -> Member {
    let ratchet = PeriodicRekey { steps: Textbook };
    let ratchet = Wrapped { name: "unusual/rekeys-by-clock", ratchet, change: ByClock };
    member("a new key every hour, or after 20 messages", "WireGuard; Telegram", ratchet)
}

/// Within a period nothing opens before all that was sent before it.
struct InOrder;

impl<S: PeriodicSteps> Change<PeriodicRekey<S>> for InOrder {
    type Memory = ();

    fn profile(&self, ratchet: &PeriodicRekey<S>) -> Profile {
        Profile { ordering: Ordering::Strict, ..ratchet.profile() }
    }

    fn decrypt(
        &self,
        ratchet: &PeriodicRekey<S>,
        session: &mut Held<PeriodicRekey<S>, ()>,
        rng: &mut dyn CryptoRng,
        ad: &[u8],
        message: &[u8],
    ) -> Result<Opened, Rejection> {
        let is_now = shown(ratchet, message, "period")? == period(&session.inner);
        let next = if is_now { session.inner.seen.len() as u32 } else { 0 };
        if shown(ratchet, message, "counter")? != Some(next) {
            return Err(Rejection::other("not the next message"));
        }
        ratchet.decrypt(&mut session.inner, rng, ad, message)
    }
}

pub(crate) fn strict() -> Member {
    let ratchet = PeriodicRekey { steps: Every(5) };
    let ratchet = Wrapped { name: "unusual/strict-periodic", ratchet, change: InOrder };
    member("opens in order, rekeys too", "SSH", ratchet)
}

/// A number in the header of a message.
fn shown<S: PeriodicSteps>(
    ratchet: &PeriodicRekey<S>,
    message: &[u8],
    name: &str,
) -> Result<Option<u32>, Rejection> {
    let field = ratchet.fields(message)?.into_iter().find(|field| field.name == name);
    let bytes = field.and_then(|field| field.of(message)?.try_into().ok());
    Ok(bytes.map(u32::from_be_bytes))
}

/// The period that ended last is kept for what comes late.
struct KeepsLast;

impl<S: PeriodicSteps> Change<PeriodicRekey<S>> for KeepsLast {
    type Memory = Option<State>;

    fn decrypt(
        &self,
        ratchet: &PeriodicRekey<S>,
        session: &mut Held<PeriodicRekey<S>, Option<State>>,
        rng: &mut dyn CryptoRng,
        ad: &[u8],
        message: &[u8],
    ) -> Result<Opened, Rejection> {
        let before = session.inner.clone();
        let rejection = match ratchet.decrypt(&mut session.inner, rng, ad, message) {
            Ok(opened) => {
                if period(&session.inner) != period(&before) {
                    session.memory = Some(before);
                }
                return Ok(opened);
            }
            Err(rejection) => rejection,
        };
        let Some(mut last) = session.memory.clone() else { return Err(rejection) };
        if shown(ratchet, message, "period")? != period(&last) {
            return Err(rejection);
        }
        match ratchet.decrypt(&mut last, rng, ad, message)? {
            Opened::Plaintext(plaintext) => {
                session.memory = Some(last);
                Ok(Opened::Plaintext(plaintext))
            }
            Opened::Service => Err(rejection),
        }
    }
}

fn period(state: &State) -> Option<u32> {
    let state = serde_json::to_value(state).ok()?;
    u32::try_from(state.get("period")?.as_u64()?).ok()
}

pub(crate) fn keeps_last_period() -> Member {
    let ratchet = PeriodicRekey { steps: Every(12) };
    let ratchet = Wrapped { name: "unusual/keeps-last-period", ratchet, change: KeepsLast };
    member("late messages of the last period still open", "WireGuard; IPsec", ratchet)
}

//! The agreement on the next period.

use rand_core::CryptoRng;
use sprag::{Party, Rejection};

use super::wire::{self, Header, Kind};
use super::{Period, PeriodicSteps, REKEY_MESSAGES, State};
use crate::crypto::{self, Key, KeyPair, PublicKey};

/// A service message.
#[derive(Clone, Copy, Debug)]
enum Service {
    Propose(PublicKey),
    Accept { public: PublicKey, sent: u32 },
    Confirm { sent: u32 },
}

impl Service {
    fn encode(self) -> Vec<u8> {
        match self {
            Self::Propose(public) => [&[1], &public.0[..]].concat(),
            Self::Accept { public, sent } => {
                [&[2], &public.0[..], &sent.to_be_bytes()[..]].concat()
            }
            Self::Confirm { sent } => [&[3], &sent.to_be_bytes()[..]].concat(),
        }
    }

    fn decode(bytes: &[u8]) -> Result<Self, Rejection> {
        let service = match bytes {
            [1, public @ ..] => public.try_into().ok().map(|public| Self::Propose(Key(public))),
            [2, rest @ ..] => rest.split_first_chunk().and_then(|(public, sent)| {
                let sent = u32::from_be_bytes(sent.try_into().ok()?);
                Some(Self::Accept { public: Key(*public), sent })
            }),
            [3, sent @ ..] => {
                sent.try_into().ok().map(|sent| Self::Confirm { sent: u32::from_be_bytes(sent) })
            }
            _ => None,
        };
        service.ok_or_else(|| Rejection::malformed("no service message of this scheme"))
    }
}

/// Asks for a rekey if enough messages have passed and no rekey is under way.
pub(super) fn propose_if_due(state: &mut State, rng: &mut dyn CryptoRng) -> Result<(), Rejection> {
    let idle = state.proposed.is_none() && state.closing.is_none();
    if !idle || state.count < REKEY_MESSAGES || state.current.number == u32::MAX {
        return Ok(());
    }
    let pair = KeyPair::from(Key::random(rng));
    queue(state, &state.current.clone(), Service::Propose(pair.public))?;
    state.proposed = Some(pair);
    Ok(())
}

/// Opens a service message and acts on it.
pub(super) fn receive(
    steps: &impl PeriodicSteps,
    state: &mut State,
    rng: &mut dyn CryptoRng,
    header: &Header,
    ad: &[u8],
    sealed: &[u8],
) -> Result<(), Rejection> {
    let period = state.period(header.period)?;
    if header.n < state.service_nr {
        return Err(Rejection::replayed("service message was opened before"));
    }
    let mk = wire::message_key(&period.key, state.party.peer(), header);
    let service = Service::decode(&crypto::open(&mk, ad, sealed)?)?;

    let mut next = state.clone();
    next.service_nr = header.n.saturating_add(1);
    let is_current = header.period == state.current.number;
    match (service, state.proposed) {
        // The peer was not the first to ask, or asks again: it has the accept, or ours wins.
        (Service::Propose(_), _) if !is_current => {}
        (Service::Propose(_), Some(own)) if state.party == Party::Initiator => {
            queue(&mut next, &period, Service::Propose(own.public))?;
        }
        (Service::Propose(public), _) => {
            let pair = KeyPair::from(Key::random(rng));
            let dh_out = crypto::x25519(&pair, &public)?;
            let sent = next.ns;
            queue(&mut next, &period, Service::Accept { public: pair.public, sent })?;
            enter(&mut next, steps.next_key(&period.key, &dh_out));
            next.closing = Some(period);
        }
        (Service::Accept { public, sent }, Some(own)) if is_current => {
            let dh_out = crypto::x25519(&own, &public)?;
            let own_sent = next.ns;
            queue(&mut next, &period, Service::Confirm { sent: own_sent })?;
            next.skip(period, sent);
            enter(&mut next, steps.next_key(&period.key, &dh_out));
        }
        (Service::Confirm { sent }, _) if !is_current => {
            next.skip(period, sent);
            next.closing = None;
        }
        _ => return Err(Rejection::forged("service message out of turn")),
    }
    *state = next;
    Ok(())
}

/// Begins the next period. The keys of the proposal, and of the old period, are dropped here; who still needs
/// the latter keeps it as closing.
fn enter(state: &mut State, key: Key) {
    let number = state.current.number.saturating_add(1);
    state.current = Period { number, key, nr: 0 };
    (state.closing, state.proposed) = (None, None);
    (state.ns, state.count) = (0, 0);
}

fn queue(state: &mut State, period: &Period, service: Service) -> Result<(), Rejection> {
    let next = state.service_ns.checked_add(1);
    let next = next.ok_or_else(|| Rejection::other("too many service messages"))?;
    let header = Header { kind: Kind::Service, period: period.number, n: state.service_ns };
    let message = wire::seal(&period.key, state.party, &header, &[], &service.encode());
    state.service_ns = next;
    state.outbox.push(hex::encode(message));
    Ok(())
}

//! Two ratchets of one wire format, one at each end of every conversation: what each makes, the other has to read.

use std::borrow::Cow;

use rand_core::CryptoRng;

use crate::{
    Attempt, Begun, Capabilities, DynRatchet, DynSession, Field, MessageIndex, Offer, Opened, Pair,
    Party, Profile, Ratchet, Rejection,
};

/// Two ratchets as one: the initiator is always of the first, the responder of the second.
///
/// They open sessions through [`Ratchet::offer`], [`Ratchet::begin`] and [`Ratchet::accept`]. Only what both can do is
/// done; fields of messages are those that the first one reads.
pub struct TwoRatchets<'r> {
    ends: [&'r dyn DynRatchet; 2],
    profile: Profile,
}

/// A session of one of two ratchets.
#[derive(Clone, Debug)]
pub struct SessionAtEnd {
    end: Party,
    session: DynSession,
}

impl<'r> TwoRatchets<'r> {
    /// The ratchets of initiator and responder, judged by `profile`; see [`Profile::of_both`].
    ///
    /// # Errors
    /// If one of them opens no sessions with others.
    pub fn new(ends: [&'r dyn DynRatchet; 2], profile: Profile) -> Result<Self, Rejection> {
        match ends.iter().find(|end| !end.capabilities().handshake) {
            Some(end) => Err(Rejection::unsupported(format!(
                "{} opens no sessions with other ratchets: `handshake`",
                end.name()
            ))),
            None => Ok(Self { ends, profile }),
        }
    }

    const fn at(&self, end: Party) -> &'r dyn DynRatchet {
        self.ends[end.index()]
    }

    const fn of(&self, session: &SessionAtEnd) -> &'r dyn DynRatchet {
        self.at(session.end)
    }
}

impl Ratchet for TwoRatchets<'_> {
    type Session = SessionAtEnd;

    fn profile(&self) -> Profile {
        self.profile.clone()
    }

    fn pair(&self, rng: &mut dyn CryptoRng) -> Result<Pair<SessionAtEnd>, Rejection> {
        let [initiator, responder] = self.ends;
        let Offer { bundle, kept } = responder.offer(rng)?;
        let Begun { session, opening, opened } = initiator.begin(rng, &bundle)?;
        let accepted = responder.accept(rng, kept, &opening)?;
        let at = |end, session| SessionAtEnd { end, session };
        Ok(Pair {
            initiator: at(Party::Initiator, session),
            responder: at(Party::Responder, accepted),
            opened,
        })
    }

    fn encrypt(
        &self,
        session: &mut SessionAtEnd,
        rng: &mut dyn CryptoRng,
        ad: &[u8],
        plaintext: &[u8],
    ) -> Result<Vec<u8>, Rejection> {
        self.of(session).encrypt(&mut session.session, rng, ad, plaintext)
    }

    fn decrypt(
        &self,
        session: &mut SessionAtEnd,
        rng: &mut dyn CryptoRng,
        ad: &[u8],
        message: &[u8],
    ) -> Result<Opened, Rejection> {
        self.of(session).decrypt(&mut session.session, rng, ad, message)
    }

    fn decrypt_each(
        &self,
        session: &SessionAtEnd,
        attempts: &mut [Attempt<'_>],
    ) -> Vec<Result<Opened, Rejection>> {
        self.of(session).decrypt_each(&session.session, attempts)
    }

    fn answers_together(&self) -> bool {
        self.ends.iter().any(|end| end.answers_together())
    }

    fn draws_in_advance(&self) -> bool {
        self.ends.iter().any(|end| end.draws_in_advance())
    }

    fn name(&self) -> Cow<'static, str> {
        let [initiator, responder] = self.ends;
        Cow::Owned(format!("{},{}", initiator.name(), responder.name()))
    }

    fn capabilities(&self) -> Capabilities {
        let [one, other] = self.ends.map(DynRatchet::capabilities);
        Capabilities {
            associated_data: one.associated_data && other.associated_data,
            export: one.export && other.export,
            fields: one.fields,
            rewrite: one.rewrite,
            index: one.index && other.index,
            preset: one.preset && other.preset,
            // Who has none leaves it empty; who has one cannot do without.
            outbox: one.outbox || other.outbox,
            clock: one.clock && other.clock,
            handshake: true,
            ..Capabilities::default()
        }
    }

    fn export(&self, session: &SessionAtEnd) -> Result<Vec<u8>, Rejection> {
        let mut state = vec![session.end.index() as u8];
        state.extend(self.of(session).export(&session.session)?);
        Ok(state)
    }

    fn import(&self, state: &[u8]) -> Result<SessionAtEnd, Rejection> {
        let end = state.first().and_then(|&end| Party::BOTH.get(usize::from(end))).copied();
        let end = end.ok_or_else(|| Rejection::malformed("not the state of either end"))?;
        Ok(SessionAtEnd { end, session: self.at(end).import(&state[1..])? })
    }

    fn fields(&self, message: &[u8]) -> Result<Vec<Field>, Rejection> {
        self.at(Party::Initiator).fields(message)
    }

    fn rewrite(&self, message: &[u8], field: &str, value: &[u8]) -> Result<Vec<u8>, Rejection> {
        self.at(Party::Initiator).rewrite(message, field, value)
    }

    fn last_index(&self, session: &SessionAtEnd) -> Result<MessageIndex, Rejection> {
        self.of(session).last_index(&session.session)
    }

    fn preset(
        &self,
        session: &mut SessionAtEnd,
        sent: Option<u64>,
        received: Option<u64>,
    ) -> Result<(), Rejection> {
        self.of(session).preset(&mut session.session, sent, received)
    }

    fn outbox(
        &self,
        session: &mut SessionAtEnd,
        rng: &mut dyn CryptoRng,
    ) -> Result<Vec<Vec<u8>>, Rejection> {
        let end = self.of(session);
        if !end.capabilities().outbox {
            return Ok(Vec::new());
        }
        end.outbox(&mut session.session, rng)
    }

    fn advance_clock(&self, session: &mut SessionAtEnd, seconds: u32) -> Result<(), Rejection> {
        self.of(session).advance_clock(&mut session.session, seconds)
    }
}

//! The methods of the protocol, each by a call of the ratchet.

use std::collections::BTreeMap;

use serde_json::{Value, json};
use sprag::hexadecimal::to_hex;
use sprag::{Begun, DynRatchet, DynSession, Kept, Offer, Opened, Pair, Rejection, Setup, workload};

use crate::parameters::Parameters;
use crate::{Failure, bench};

/// The version of the protocol.
const PROTOCOL: u64 = 1;

/// Holds the sessions and answers calls.
pub struct Desk<'r> {
    ratchet: &'r dyn DynRatchet,
    version: String,
    sessions: BTreeMap<u64, DynSession>,
    /// Sessions that were offered and not yet begun.
    offers: BTreeMap<u64, Kept>,
    next: u64,
}

impl<'r> Desk<'r> {
    /// A desk without sessions; `version` is the ratchet's.
    #[must_use]
    pub fn new(ratchet: &'r dyn DynRatchet, version: &str) -> Self {
        let (sessions, offers) = (BTreeMap::new(), BTreeMap::new());
        Self { ratchet, version: version.to_owned(), sessions, offers, next: 1 }
    }

    pub(crate) fn call(&mut self, method: &str, params: &Value) -> Result<Value, Failure> {
        let given = Parameters(params);
        match method {
            "describe" => self.describe(&given),
            "pair" => self.pair(&given),
            "offer" => self.offer(&given),
            "begin" => self.begin(&given),
            "accept" => self.accept(&given),
            "encrypt" => {
                let (ad, plaintext) = (given.bytes("ad")?, given.bytes("plaintext")?);
                let mut randomness = given.randomness()?;
                let ratchet = self.ratchet;
                let session = self.session_mut(&given)?;
                let message = ratchet.encrypt(session, randomness.as_rng(), &ad, &plaintext)?;
                Ok(json!({ "message": to_hex(message) }))
            }
            "decrypt" => self.decrypt(&given),
            "clone" => {
                let copy = self.session(&given)?.clone();
                Ok(json!({ "session": self.hold(copy) }))
            }
            "drop" => {
                for number in given.numbers("sessions")? {
                    self.sessions.remove(&number);
                    self.offers.remove(&number);
                }
                Ok(json!({}))
            }
            "export" => {
                let state = self.ratchet.export(self.session(&given)?)?;
                Ok(json!({ "state": to_hex(state) }))
            }
            "import" => {
                let session = self.ratchet.import(&given.bytes("state")?)?;
                Ok(json!({ "session": self.hold(session) }))
            }
            "fields" => {
                let fields = self.ratchet.fields(&given.bytes("message")?)?;
                Ok(json!({ "fields": fields }))
            }
            "rewrite" => {
                let (message, value) = (given.bytes("message")?, given.bytes("value")?);
                let message = self.ratchet.rewrite(&message, given.text("field")?, &value)?;
                Ok(json!({ "message": to_hex(message) }))
            }
            "outbox" => {
                let mut randomness = given.randomness()?;
                let ratchet = self.ratchet;
                let session = self.session_mut(&given)?;
                let messages = ratchet.outbox(session, randomness.as_rng())?;
                let messages: Vec<String> = messages.iter().map(to_hex).collect();
                Ok(json!({ "messages": messages }))
            }
            "advance" => {
                let seconds = u32::try_from(given.number("seconds")?);
                let seconds = seconds.map_err(|_| Failure::parameters("`seconds` is too large"))?;
                let ratchet = self.ratchet;
                ratchet.advance_clock(self.session_mut(&given)?, seconds)?;
                Ok(json!({}))
            }
            "preset" => {
                let sent = given.optional_number("sent")?;
                let received = given.optional_number("received")?;
                let ratchet = self.ratchet;
                ratchet.preset(self.session_mut(&given)?, sent, received)?;
                Ok(json!({}))
            }
            "seal_with" => {
                let (key, ad) = (given.bytes("key")?, given.bytes("ad")?);
                let sealed = self.ratchet.seal_with(&key, &ad, &given.bytes("plaintext")?)?;
                Ok(json!({ "message": to_hex(sealed) }))
            }
            "open_with" => {
                let (key, ad) = (given.bytes("key")?, given.bytes("ad")?);
                let plaintext = self.ratchet.open_with(&key, &ad, &given.bytes("message")?)?;
                Ok(json!({ "plaintext": to_hex(plaintext) }))
            }
            "bench" => self.bench(&given),
            _ => Err(Failure { code: -32601, message: "no such method".to_owned(), class: None }),
        }
    }

    fn describe(&self, given: &Parameters<'_>) -> Result<Value, Failure> {
        if given.number("protocol")? != PROTOCOL {
            return Err(Failure::parameters(format!("this speaks version {PROTOCOL}")));
        }
        let able = self.ratchet.capabilities();
        let supports = [
            ("ad", able.associated_data),
            ("seed", true),
            ("tape", true),
            ("clone", true),
            ("drop", true),
            ("batch", true),
            ("export", able.export),
            ("fields", able.fields),
            ("rewrite", able.rewrite),
            ("outbox", able.outbox),
            ("clock", able.clock),
            ("secret", able.secret),
            ("identities", able.identities),
            ("raw_aead", able.raw_aead),
            ("preset", able.preset),
            ("index", able.index),
            ("handshake", able.handshake),
            ("bench", true),
        ];
        let supports: Vec<&str> =
            supports.into_iter().filter_map(|(name, has)| has.then_some(name)).collect();
        Ok(json!({
            "protocol": PROTOCOL,
            "name": self.ratchet.name(),
            "version": self.version,
            "profile": self.ratchet.profile(),
            "supports": supports,
        }))
    }

    fn pair(&mut self, given: &Parameters<'_>) -> Result<Value, Failure> {
        let secret = given.optional_bytes("shared_secret")?.map(<[u8; 32]>::try_from).transpose();
        let setup = Setup {
            shared_secret: secret
                .map_err(|_| Failure::parameters("`shared_secret` has 32 bytes"))?,
            initiator_id: given.optional_bytes("initiator_id")?,
            responder_id: given.optional_bytes("responder_id")?,
        };
        let mut randomness = given.randomness()?;
        let rng = randomness.as_rng();
        let Pair { initiator, responder, opened } = if setup == Setup::default() {
            self.ratchet.pair(rng)?
        } else {
            self.ratchet.pair_with(rng, &setup)?
        };
        let (initiator, responder) = (self.hold(initiator), self.hold(responder));
        Ok(json!({ "initiator": initiator, "responder": responder, "opened": opened }))
    }

    fn offer(&mut self, given: &Parameters<'_>) -> Result<Value, Failure> {
        let Offer { bundle, kept } = self.ratchet.offer(given.randomness()?.as_rng())?;
        let number = self.number();
        self.offers.insert(number, kept);
        Ok(json!({ "session": number, "offer": to_hex(bundle) }))
    }

    fn begin(&mut self, given: &Parameters<'_>) -> Result<Value, Failure> {
        let (bundle, mut randomness) = (given.bytes("offer")?, given.randomness()?);
        let begun = self.ratchet.begin(randomness.as_rng(), &bundle)?;
        let Begun { session, opening, opened } = begun;
        let session = self.hold(session);
        Ok(json!({ "session": session, "opening": to_hex(opening), "opened": opened }))
    }

    fn accept(&mut self, given: &Parameters<'_>) -> Result<Value, Failure> {
        let (opening, mut randomness) = (given.bytes("opening")?, given.randomness()?);
        let number = given.number("session")?;
        let kept = self.offers.remove(&number).ok_or_else(Self::unknown)?;
        let session = self.ratchet.accept(randomness.as_rng(), kept, &opening)?;
        self.sessions.insert(number, session);
        Ok(json!({}))
    }

    fn decrypt(&mut self, given: &Parameters<'_>) -> Result<Value, Failure> {
        let (ad, message) = (given.bytes("ad")?, given.bytes("message")?);
        let mut randomness = given.randomness()?;
        let ratchet = self.ratchet;
        let session = self.session_mut(given)?;
        let opened = ratchet.decrypt(session, randomness.as_rng(), &ad, &message)?;
        let Opened::Plaintext(plaintext) = opened else {
            return Ok(json!({ "plaintext": null }));
        };
        let mut result = json!({ "plaintext": to_hex(plaintext) });
        if let (true, Ok(index)) = (ratchet.capabilities().index, ratchet.last_index(session)) {
            result["index"] = json!({ "chain": index.chain, "n": index.n });
        }
        Ok(result)
    }

    fn bench(&self, given: &Parameters<'_>) -> Result<Value, Failure> {
        let (iterations, mut randomness) = (given.number("iterations")?, given.randomness()?);
        let workload = workload::find(given.text("workload")?);
        let workload = workload.ok_or_else(|| Rejection::unsupported("no such workload"))?;
        let took = bench::time(self.ratchet, workload, iterations, randomness.as_rng());
        let took = took.map_err(|refused| Rejection::unsupported(refused.why))?;
        let nanoseconds = u64::try_from(took.as_nanos()).unwrap_or(u64::MAX);
        Ok(json!({ "nanoseconds": nanoseconds }))
    }

    fn hold(&mut self, session: DynSession) -> u64 {
        let number = self.number();
        self.sessions.insert(number, session);
        number
    }

    const fn number(&mut self) -> u64 {
        let number = self.next;
        self.next += 1;
        number
    }

    fn session(&self, given: &Parameters<'_>) -> Result<&DynSession, Failure> {
        self.sessions.get(&given.number("session")?).ok_or_else(Self::unknown)
    }

    fn session_mut(&mut self, given: &Parameters<'_>) -> Result<&mut DynSession, Failure> {
        self.sessions.get_mut(&given.number("session")?).ok_or_else(Self::unknown)
    }

    fn unknown() -> Failure {
        Failure::parameters("no such session")
    }
}

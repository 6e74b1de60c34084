//! What is timed and what is weighed, the same for every ratchet.
//!
//! A [`Workload`] is prepared once and executed on clones of what was prepared, so that only the calls its name speaks of
//! are timed:
//!
//! ```
//! # fn time(ratchet: &dyn sprag::DynRatchet, rng: &mut dyn rand_core::CryptoRng) -> Result<(), sprag::workload::NotMeasured> {
//! let workload = sprag::workload::find("ping-pong").unwrap();
//! let prepared = workload.prepare(ratchet, rng)?;
//! let mut fresh = prepared.clone();
//! let started = std::time::Instant::now();
//! fresh.execute(ratchet, rng)?;
//! let took = started.elapsed();
//! # Ok(()) }
//! ```

mod conversation;
mod preparing;
mod sizes;

use std::sync::Arc;

use rand_core::CryptoRng;

use crate::{DynRatchet, DynSession, Opened, Party, Rejection};
use conversation::Conversation;
pub use sizes::{Size, WEIGHED, sizes};

/// Bytes of a plaintext, where the profile allows that many.
const PLAINTEXT: usize = 32;

/// Most keys that are skipped at once, whatever a profile allows.
pub const MOST_SKIPPED: u32 = 2_000;

/// Something to be timed.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub struct Workload {
    /// Its name.
    pub id: &'static str,
    /// What one execution does, in words.
    pub title: &'static str,
    kind: Kind,
}

#[derive(Clone, Copy, Debug, Eq, PartialEq)]
enum Kind {
    Pair,
    Encrypt,
    Decrypt,
    PingPong,
    Burst(u32),
    LateMessage,
    RejectForged,
    RejectNewKey,
    RejectAtGap,
    Export,
    Import,
}

/// Every workload.
pub const WORKLOADS: [Workload; 13] = [
    workload("pair", "opens a session, both ends of it", Kind::Pair),
    workload("encrypt", "encrypts the next message of a chain", Kind::Encrypt),
    workload("decrypt", "opens the next message of a chain", Kind::Decrypt),
    workload("ping-pong", "a message and its answer, encrypted and opened", Kind::PingPong),
    workload("burst-10", "opens 10 messages of one chain, the last one first", Kind::Burst(10)),
    workload("burst-100", "opens 100 messages of one chain, the last one first", Kind::Burst(100)),
    workload(
        "burst-1000",
        "opens 1000 messages of one chain, the last one first",
        Kind::Burst(1000),
    ),
    workload("late-message", "opens a message that a round trip has overtaken", Kind::LateMessage),
    workload(
        "reject-forged",
        "refuses the next message with its last byte changed",
        Kind::RejectForged,
    ),
    workload("reject-new-key", "refuses a message of another session", Kind::RejectNewKey),
    workload(
        "reject-at-gap",
        "refuses a changed message at the largest gap that is allowed, of at most 2000",
        Kind::RejectAtGap,
    ),
    workload("export", "writes a session as bytes at rest", Kind::Export),
    workload("import", "reads it again", Kind::Import),
];

const fn workload(id: &'static str, title: &'static str, kind: Kind) -> Workload {
    Workload { id, title, kind }
}

/// The workload of this name.
#[must_use]
pub fn find(id: &str) -> Option<&'static Workload> {
    WORKLOADS.iter().find(|workload| workload.id == id)
}

/// Why a workload is not measured on a ratchet.
#[derive(Clone, Debug, Eq, PartialEq, thiserror::Error)]
#[error("{why}")]
pub struct NotMeasured {
    /// In words. What a ratchet said may be in them, so they are untrusted.
    pub why: String,
}

impl NotMeasured {
    fn because(why: impl Into<String>) -> Self {
        Self { why: why.into() }
    }

    fn refused(what: &str, rejection: &Rejection) -> Self {
        Self::because(format!("{what} was refused: {rejection}"))
    }
}

/// A workload that is ready on a ratchet. Each clone can be executed once.
#[derive(Clone)]
pub struct Prepared {
    calls: Calls,
    plaintext: Vec<u8>,
}

/// The calls of an execution. Messages are shared by the clones, sessions are not.
#[derive(Clone)]
enum Calls {
    Pair,
    Encrypt(DynSession),
    Open(DynSession, Arc<[Vec<u8>]>),
    PingPong(Conversation),
    Refuse(DynSession, Arc<[u8]>),
    Export(DynSession),
    Import(Arc<[u8]>),
}

impl Workload {
    /// Makes everything ready for `ratchet`, and executes it once to see that it does what its name says.
    ///
    /// # Errors
    /// If the ratchet cannot do it, or does something else.
    pub fn prepare(
        &self,
        ratchet: &dyn DynRatchet,
        rng: &mut dyn CryptoRng,
    ) -> Result<Prepared, NotMeasured> {
        let prepared = preparing::prepare(self.kind, ratchet, rng)?;
        prepared.clone().execute(ratchet, rng)?;
        Ok(prepared)
    }
}

impl Prepared {
    /// Does what the workload's name says, and looks whether it was done.
    ///
    /// # Errors
    /// If what should open was refused, or the other way round.
    pub fn execute(
        &mut self,
        ratchet: &dyn DynRatchet,
        rng: &mut dyn CryptoRng,
    ) -> Result<(), NotMeasured> {
        let Self { calls, plaintext } = self;
        match calls {
            Calls::Pair => {
                ratchet.pair(rng).map_err(|error| NotMeasured::refused("pairing", &error))?;
            }
            Calls::Encrypt(session) => {
                let message = ratchet.encrypt(session, rng, b"", plaintext);
                message.map_err(|error| NotMeasured::refused("a plaintext", &error))?;
            }
            Calls::Open(session, messages) => {
                for message in &**messages {
                    let opened = ratchet.decrypt(session, rng, b"", message);
                    is_opened(opened, plaintext)?;
                }
            }
            Calls::PingPong(conversation) => {
                for from in [Party::Responder, Party::Initiator] {
                    conversation.pass(ratchet, rng, from, plaintext)?;
                }
            }
            Calls::Refuse(session, message) => {
                if ratchet.decrypt(session, rng, b"", message).is_ok() {
                    return Err(NotMeasured::because("what should be refused was opened"));
                }
            }
            Calls::Export(session) => {
                let state = ratchet.export(session);
                state.map_err(|error| NotMeasured::refused("an export", &error))?;
            }
            Calls::Import(state) => {
                let session = ratchet.import(state);
                session.map_err(|error| NotMeasured::refused("an import", &error))?;
            }
        }
        Ok(())
    }
}

/// Whether a message gave its plaintext.
fn is_opened(opened: Result<Opened, Rejection>, plaintext: &[u8]) -> Result<(), NotMeasured> {
    match opened {
        Ok(Opened::Plaintext(found)) if found == plaintext => Ok(()),
        Ok(_) => Err(NotMeasured::because("a genuine message gave something else")),
        Err(error) => Err(NotMeasured::refused("a genuine message", &error)),
    }
}

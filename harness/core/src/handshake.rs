//! How two ratchets of one wire format open a session with each other: what each sends to the other, and what it keeps.

use std::any::Any;

use crate::Rejection;

/// What a responder makes before a session begins: prekeys, of which it keeps the private halves.
#[derive(Debug)]
pub struct Offer {
    /// What the initiator gets: the bundle that a server would hand out. Both ratchets have to read it alike.
    pub bundle: Vec<u8>,
    /// What the responder keeps.
    pub kept: Kept,
}

/// What an initiator makes of an [`Offer`].
#[derive(Clone, Debug)]
pub struct Begun<S> {
    /// Its session.
    pub session: S,
    /// What the responder gets.
    pub opening: Vec<u8>,
    /// As [`crate::Pair::opened`]: whether `opening` is a first message of the session.
    pub opened: bool,
}

/// The private part of an [`Offer`], of whatever ratchet it belongs to.
pub struct Kept(Box<dyn Any + Send>);

impl Kept {
    /// Keeps `secret`.
    #[must_use]
    pub fn new<T: Send + 'static>(secret: T) -> Self {
        Self(Box::new(secret))
    }

    /// What was kept.
    ///
    /// # Errors
    /// If it is another ratchet's.
    pub fn take<T: 'static>(self) -> Result<T, Rejection> {
        let kept = self.0.downcast().map(|secret| *secret);
        kept.map_err(|_| Rejection::other("an offer of another ratchet"))
    }
}

impl std::fmt::Debug for Kept {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        // It is secret.
        f.write_str("Kept(..)")
    }
}

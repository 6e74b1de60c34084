//! NAME as a program that `sprag check --exec` attacks.
//!
//! In Cargo.toml:
//!
//!     [dev-dependencies]
//!     rand_core = "0.10"
//!     sprag = { git = "https://github.com/sprag-rs/sprag" }
//!     sprag-kit = { git = "https://github.com/sprag-rs/sprag" }

use rand_core::CryptoRng;
use sprag::{KeyGeneration, Opened, Pair, Profile, Ratchet, Rejection};

struct Adapter;

impl Ratchet for Adapter {
    /// Everything that one party holds. A clone of it is what a thief has.
    type Session = ();

    /// What the ratchet claims: its family, and the limits of skipped keys that its source says.
    fn profile(&self) -> Profile {
        Profile::double_ratchet(KeyGeneration::Eager).with_limits(1000, 2000)
    }

    /// Opens one session, and gives both ends. All randomness comes from `rng`.
    fn pair(&self, rng: &mut dyn CryptoRng) -> Result<Pair<Self::Session>, Rejection> {
        let _ = rng;
        Err(Rejection::other("fill in `pair`"))
    }

    fn encrypt(
        &self,
        session: &mut Self::Session,
        rng: &mut dyn CryptoRng,
        ad: &[u8],
        plaintext: &[u8],
    ) -> Result<Vec<u8>, Rejection> {
        let _ = (session, rng, ad, plaintext);
        Err(Rejection::other("fill in `encrypt`"))
    }

    /// A refusal, such as `Rejection::forged("wrong tag")`, leaves the session as it was.
    fn decrypt(
        &self,
        session: &mut Self::Session,
        rng: &mut dyn CryptoRng,
        ad: &[u8],
        message: &[u8],
    ) -> Result<Opened, Rejection> {
        let _ = (session, rng, ad, message);
        Err(Rejection::other("fill in `decrypt`"))
    }

    fn name(&self) -> std::borrow::Cow<'static, str> {
        "NAME".into()
    }
}

fn main() -> std::io::Result<()> {
    sprag_kit::serve(&Adapter, env!("CARGO_PKG_VERSION"))
}

//! Captures the hidden randomness of libraries.
//!
//! A library that draws from `getrandom` or from `rand`'s thread generator draws from the caller's generator
//! inside [`with_captured`], and from the operating system everywhere else.
//!
//! This needs getrandom's `custom` backend, which only the flags of the final build can choose:
//!
//! ```toml
//! [target.'cfg(target_os = "linux")']
//! rustflags = ["--cfg", 'getrandom_backend="custom"', "--cfg", "sprag_capture"]
//! ```
//!
//! Without the first flag everything compiles and nothing is captured; [`works`] tells. With it, each
//! final binary has to link this crate. The second flag makes `sprag` itself do so, for all that depends on
//! it; only a doc test that draws randomness without naming `sprag` still fails to link. `RUSTFLAGS` in the
//! environment, even empty, replaces both.
//!
//! ```
//! use rand_core::{Rng, SeedableRng};
//!
//! let draw = |seed| {
//!     let mut rng = rand_chacha::ChaCha12Rng::seed_from_u64(seed);
//!     sprag_capture::with_captured(&mut rng, || rand::rng().next_u64())
//! };
//! assert_eq!(draw(1) == draw(1), sprag_capture::works());
//! ```

#[cfg(all(getrandom_backend = "custom", target_os = "linux"))]
mod backend;
mod source;

use rand_chacha::ChaCha12Rng;
use rand_core::{CryptoRng, Rng, SeedableRng};

/// Runs `call`; what it draws from `getrandom` and from `rand`'s thread generator on this thread follows
/// from 32 bytes of `rng` alone. Both are as unpredictable as before when it returns or unwinds.
///
/// Threads that `call` starts are not captured.
pub fn with_captured<T>(rng: &mut dyn CryptoRng, call: impl FnOnce() -> T) -> T {
    // An owned generator in the thread-local: no borrowed one has to outlive the call.
    let mut seed = [0; 32];
    rng.fill_bytes(&mut seed);
    let _capture = source::Capture::begin(ChaCha12Rng::from_seed(seed));
    call()
}

/// Whether this build chose getrandom's `custom` backend.
#[must_use]
pub const fn is_active() -> bool {
    cfg!(all(getrandom_backend = "custom", target_os = "linux"))
}

/// Whether capture takes effect in this process: draws under equal seeds are compared.
#[must_use]
pub fn works() -> bool {
    let draw = |seed| {
        let mut rng = ChaCha12Rng::seed_from_u64(seed);
        with_captured(&mut rng, || {
            let mut direct = [0; 16];
            let filled = getrandom::fill(&mut direct).is_ok();
            filled.then(|| (direct, rand::rng().next_u64()))
        })
    };
    let first = draw(1);
    first.is_some() && first == draw(1) && first != draw(2)
}

//! Where a thread's randomness comes from.

use std::cell::RefCell;

use rand_chacha::ChaCha12Rng;
#[cfg(all(getrandom_backend = "custom", target_os = "linux"))]
use rand_core::Rng;

thread_local! {
    /// The generator that stands in for the operating system, if any.
    static SOURCE: RefCell<Option<ChaCha12Rng>> = const { RefCell::new(None) };
}

/// A capture under way on this thread; ends when dropped, also by a panic.
pub(crate) struct Capture {
    outer: Option<ChaCha12Rng>,
}

impl Capture {
    pub(crate) fn begin(source: ChaCha12Rng) -> Self {
        // A thread's first use of its generator seeds it; that draw must not come out of `source`, or the
        // first call on a thread would differ from all later ones.
        let thread_rng = rand::rng();
        let outer = SOURCE.replace(Some(source));
        reseed(thread_rng);
        Self { outer }
    }
}

impl Drop for Capture {
    fn drop(&mut self) {
        SOURCE.set(self.outer.take());
        reseed(rand::rng());
    }
}

/// Fails only if the operating system has no randomness, and then the generator keeps its old seed.
fn reseed(mut thread_rng: rand::rngs::ThreadRng) {
    let _ = thread_rng.reseed();
}

/// Fills `buffer` from this thread's source; `false` if there is none.
#[cfg(all(getrandom_backend = "custom", target_os = "linux"))]
pub(crate) fn fill(buffer: &mut [u8]) -> bool {
    // `try_with`: a destructor of another thread-local may ask for randomness after this one is gone.
    SOURCE
        .try_with(|source| match &mut *source.borrow_mut() {
            Some(source) => {
                source.fill_bytes(buffer);
                true
            }
            None => false,
        })
        .unwrap_or(false)
}

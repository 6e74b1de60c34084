//! What becomes of the library's panics, which are all the refusals that it has.

use std::any::Any;
use std::cell::Cell;
use std::panic::{AssertUnwindSafe, catch_unwind, set_hook, take_hook};
use std::sync::Once;

use sprag::Rejection;

/// What the library's user does about a panic.
///
/// The library has no errors: whatever it refuses, it panics. Its documentation says so of a damaged state and of a
/// responder that sends too early, and is silent on messages.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub enum Panics {
    /// Nothing: one ends the program.
    EndTheProgram,
    /// Takes it for a refusal, and goes on with the session as it is then.
    AreCaught,
}

thread_local! {
    static IS_CAUGHT: Cell<bool> = const { Cell::new(false) };
}

impl Panics {
    pub(crate) fn around<T>(self, call: impl FnOnce() -> T) -> Result<T, Rejection> {
        match self {
            Self::EndTheProgram => Ok(call()),
            Self::AreCaught => {
                keep_quiet();
                let outer = IS_CAUGHT.replace(true);
                let outcome = catch_unwind(AssertUnwindSafe(call));
                IS_CAUGHT.set(outer);
                outcome.map_err(|panic| refusal(&*panic))
            }
        }
    }
}

/// A backtrace costs more than what panics here, and there are thousands.
fn keep_quiet() {
    static ONCE: Once = Once::new();
    ONCE.call_once(|| {
        let usual = take_hook();
        set_hook(Box::new(move |info| {
            if !IS_CAUGHT.get() {
                usual(info);
            }
        }));
    });
}

/// What the words of the panic say.
fn refusal(panic: &(dyn Any + Send)) -> Rejection {
    let words = match (panic.downcast_ref::<String>(), panic.downcast_ref::<&str>()) {
        (Some(words), _) => words.clone(),
        (None, Some(words)) => (*words).to_owned(),
        (None, None) => String::new(),
    };
    if words.contains("Decryption failure") || words.contains("Header is unencryptable") {
        Rejection::forged(words)
    } else if words.contains("Skipped to many keys") || words.contains("Skipping went wrong") {
        Rejection::gap_too_large(words)
    } else {
        Rejection::malformed(words)
    }
}

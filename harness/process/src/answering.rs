//! A function in the place of a program: it is given the lines that a program would read, and gives those that it would write.

use std::fmt;
use std::sync::Arc;

/// Gives the lines that come back for one line; none when the program is over.
pub(crate) type Answers = Box<dyn FnMut(&[u8]) -> Vec<Vec<u8>> + Send>;

type Begin = dyn Fn() -> Answers + Send + Sync;

/// Answers in this process, so that tests and fuzzers say what a program says.
#[derive(Clone)]
pub struct Answering(Arc<Begin>);

impl Answering {
    /// Calls `begin` for each start of the program, and what that gives for each line, its end included. Lines that
    /// come back have no end.
    pub fn new<A>(begin: impl Fn() -> A + Send + Sync + 'static) -> Self
    where
        A: FnMut(&[u8]) -> Vec<Vec<u8>> + Send + 'static,
    {
        Self(Arc::new(move || Box::new(begin())))
    }

    pub(crate) fn begin(&self) -> Answers {
        (self.0)()
    }
}

impl fmt::Debug for Answering {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Answering(..)")
    }
}

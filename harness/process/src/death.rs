//! How a program came to its end.

use std::fmt;

/// What ended a program, or made it be ended.
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct Death {
    /// Which kind of end.
    pub kind: DeathKind,
    /// How, in words that are the same each time.
    pub words: String,
    /// The last bytes of its standard error.
    pub stderr: Vec<u8>,
}

/// Kinds of ends.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub enum DeathKind {
    /// It exited, died of a signal, or said what is no reply.
    Crashed,
    /// A call did not come to an end.
    Hung,
    /// It grew beyond the limit.
    OutOfMemory,
}

impl fmt::Display for Death {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.words)
    }
}

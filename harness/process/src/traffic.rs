//! What goes over the line, for whoever wants to see it.

use std::fmt;
use std::sync::Arc;

/// Which way a line goes.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub enum Way {
    /// To the program.
    To,
    /// From the program.
    From,
}

type See = dyn Fn(Way, &[u8]) + Send + Sync;

/// Is shown every line, without its end.
#[derive(Clone)]
pub struct Observer(Arc<See>);

impl Observer {
    /// Calls `see` for each line.
    pub fn new(see: impl Fn(Way, &[u8]) + Send + Sync + 'static) -> Self {
        Self(Arc::new(see))
    }

    pub(crate) fn see(&self, way: Way, line: &[u8]) {
        (self.0)(way, line.strip_suffix(b"\n").unwrap_or(line));
    }
}

impl fmt::Debug for Observer {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Observer(..)")
    }
}

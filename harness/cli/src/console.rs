//! Where text for people goes: standard output, or standard error when a report takes standard output.

use std::io::{self, Write};

/// Where text for people goes. A reader that has had enough ends the printing, not the command.
pub(crate) struct Console {
    to: Box<dyn Write + Send>,
    open: bool,
}

impl Console {
    /// Standard output, with colours if it is a terminal and `NO_COLOR` is not set.
    pub(crate) fn stdout() -> Self {
        Self { to: Box::new(anstream::AutoStream::auto(io::stdout())), open: true }
    }

    /// Standard error, in the same way.
    pub(crate) fn stderr() -> Self {
        Self { to: Box::new(anstream::AutoStream::auto(io::stderr())), open: true }
    }

    /// Prints `text` as it is.
    pub(crate) fn print(&mut self, text: &str) {
        if self.open {
            let written = self.to.write_all(text.as_bytes()).and_then(|()| self.to.flush());
            self.open = written.is_ok();
        }
    }

    /// Prints `text` and a line end.
    pub(crate) fn line(&mut self, text: &str) {
        self.print(&format!("{text}\n"));
    }
}

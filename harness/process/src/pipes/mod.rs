//! The pipes to and from a program: bytes out, lines in.
//!
//! Where the system can wait for two pipes at once, one thread does both, since a second thread costs a call more than
//! the rest of it; elsewhere there is a thread for each pipe.

#[cfg(unix)]
mod polled;
#[cfg(any(test, not(unix)))]
mod threaded;

use std::process::{ChildStdin, ChildStdout};
use std::time::Duration;

use crate::message::LONGEST_LINE;

#[cfg(unix)]
pub(crate) use polled::Polled as SystemPipes;
#[cfg(not(unix))]
pub(crate) use threaded::Threaded as SystemPipes;

/// What came from a program.
#[derive(Debug, Eq, PartialEq)]
pub(crate) enum Received {
    /// A line without its end.
    Line(Vec<u8>),
    /// More than [`LONGEST_LINE`] bytes and no end of the line.
    TooLong,
    /// Nothing within the time.
    Nothing,
    /// The program has closed its output.
    Closed,
}

/// Both pipes of a program.
pub(crate) trait Pipes: Sized {
    /// Takes the pipes.
    fn new(stdin: ChildStdin, stdout: ChildStdout) -> std::io::Result<Self>;

    /// Sends bytes. A program that does not read them, or is gone, stops nobody: waiting for its answer says so.
    fn send(&mut self, bytes: &[u8]);

    /// The next line, waited for as long as `wait`.
    fn receive(&mut self, wait: Duration) -> Received;
}

/// Bytes that came, cut into lines.
#[derive(Default)]
struct Lines {
    bytes: Vec<u8>,
    /// Where the next line begins.
    start: usize,
    /// Up to where no end of a line was found.
    searched: usize,
}

impl Lines {
    fn push(&mut self, bytes: &[u8]) {
        self.bytes.extend_from_slice(bytes);
    }

    /// The next whole line, or that it is too long.
    fn next(&mut self) -> Option<Received> {
        let end = self.bytes[self.searched..].iter().position(|&byte| byte == b'\n');
        let Some(end) = end.map(|end| self.searched + end) else {
            self.searched = self.bytes.len();
            self.bytes.drain(..self.start);
            self.searched -= std::mem::take(&mut self.start);
            return (self.bytes.len() > LONGEST_LINE).then_some(Received::TooLong);
        };
        if end - self.start > LONGEST_LINE {
            return Some(Received::TooLong);
        }
        let line = self.bytes[self.start..end].to_vec();
        (self.start, self.searched) = (end + 1, end + 1);
        Some(Received::Line(line))
    }
}

#[cfg(test)]
mod tests {
    use std::process::{Child, Command, Stdio};
    use std::time::Instant;

    use super::*;

    const LONG: Duration = Duration::from_secs(20);

    fn shell<P: Pipes>(script: &str) -> (Child, P) {
        let mut command = Command::new("sh");
        command.args(["-c", script]).stdin(Stdio::piped()).stdout(Stdio::piped());
        let mut child = command.spawn().unwrap();
        let (stdin, stdout) = (child.stdin.take().unwrap(), child.stdout.take().unwrap());
        let pipes = P::new(stdin, stdout).unwrap();
        (child, pipes)
    }

    fn line(text: &str) -> Received {
        Received::Line(text.as_bytes().to_vec())
    }

    fn lines_come_whole<P: Pipes>() {
        let (mut child, mut pipes) = shell::<P>("printf 'a\\nb\\n\\nc'; read x; echo \"$x\"");
        assert_eq!(pipes.receive(LONG), line("a"));
        assert_eq!(pipes.receive(LONG), line("b"));
        assert_eq!(pipes.receive(LONG), line(""));
        assert_eq!(pipes.receive(Duration::from_millis(1)), Received::Nothing);
        pipes.send(b"d\n");
        assert_eq!(pipes.receive(LONG), line("cd"));
        assert_eq!(pipes.receive(LONG), Received::Closed);
        assert_eq!(pipes.receive(LONG), Received::Closed);
        child.wait().unwrap();
    }

    fn a_program_that_does_not_read_stops_nobody<P: Pipes>() {
        let (mut child, mut pipes) = shell::<P>("echo here; exec sleep 60");
        let began = Instant::now();
        pipes.send(&vec![b'x'; 1 << 20]);
        pipes.send(&vec![b'y'; 1 << 20]);
        assert_eq!(pipes.receive(LONG), line("here"));
        assert_eq!(pipes.receive(Duration::from_millis(5)), Received::Nothing);
        assert!(began.elapsed() < LONG);
        child.kill().unwrap();
        child.wait().unwrap();
        assert_eq!(pipes.receive(LONG), Received::Closed);
        pipes.send(b"z\n");
    }

    fn more_than_a_pipe_holds_goes_both_ways<P: Pipes>() {
        let (mut child, mut pipes) = shell::<P>("exec cat");
        let mut long = vec![b'x'; 3 << 20];
        long.push(b'\n');
        pipes.send(&long);
        pipes.send(b"short\n");
        assert_eq!(pipes.receive(LONG), Received::Line(long[..3 << 20].to_vec()));
        assert_eq!(pipes.receive(LONG), line("short"));
        child.kill().unwrap();
        child.wait().unwrap();
    }

    fn a_line_without_end_is_too_long<P: Pipes>() {
        let (mut child, mut pipes) = shell::<P>("exec tr '\\0' x </dev/zero");
        assert_eq!(pipes.receive(LONG), Received::TooLong);
        child.kill().unwrap();
        child.wait().unwrap();
    }

    fn all<P: Pipes>() {
        lines_come_whole::<P>();
        a_program_that_does_not_read_stops_nobody::<P>();
        more_than_a_pipe_holds_goes_both_ways::<P>();
        a_line_without_end_is_too_long::<P>();
    }

    #[cfg(unix)]
    #[test]
    fn one_thread_serves_both_pipes() {
        all::<polled::Polled>();
    }

    #[test]
    fn a_thread_serves_each_pipe() {
        all::<threaded::Threaded>();
    }
}

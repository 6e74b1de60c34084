//! Both pipes by one thread, through `poll`.

use std::io::{ErrorKind, Read as _, Write as _};
use std::process::{ChildStdin, ChildStdout};
use std::time::{Duration, Instant};

use rustix::event::{PollFd, PollFlags, Timespec, poll};

use super::{Lines, Pipes, Received};

/// What one read takes at most.
const READ: usize = 1 << 16;

pub(crate) struct Polled {
    /// None as soon as the program does not take any more.
    stdin: Option<ChildStdin>,
    stdout: ChildStdout,
    /// Bytes that the program has not taken yet.
    unsent: Vec<u8>,
    lines: Lines,
    buffer: Box<[u8]>,
}

impl Pipes for Polled {
    fn new(stdin: ChildStdin, stdout: ChildStdout) -> std::io::Result<Self> {
        rustix::io::ioctl_fionbio(&stdin, true)?;
        rustix::io::ioctl_fionbio(&stdout, true)?;
        let (lines, buffer) = (Lines::default(), vec![0; READ].into());
        Ok(Self { stdin: Some(stdin), stdout, unsent: Vec::new(), lines, buffer })
    }

    fn send(&mut self, bytes: &[u8]) {
        let written = if self.unsent.is_empty() { self.write(bytes) } else { 0 };
        self.unsent.extend_from_slice(&bytes[written..]);
    }

    fn receive(&mut self, wait: Duration) -> Received {
        let until = Instant::now() + wait;
        loop {
            if let Some(received) = self.lines.next() {
                return received;
            }
            if !self.wait(until.saturating_duration_since(Instant::now())) {
                return Received::Nothing;
            }
            match self.stdout.read(&mut self.buffer) {
                Ok(0) => return Received::Closed,
                Ok(read) => self.lines.push(&self.buffer[..read]),
                Err(error) if is_for_later(&error) => {}
                Err(_) => return Received::Closed,
            }
        }
    }
}

impl Polled {
    /// Writes as many of the bytes as the program takes now: all of them if it is gone.
    fn write(&mut self, bytes: &[u8]) -> usize {
        let mut written = 0;
        while let Some(stdin) = self.stdin.as_mut().filter(|_| written < bytes.len()) {
            match stdin.write(&bytes[written..]) {
                Ok(count) => written += count,
                Err(error) if error.kind() == ErrorKind::Interrupted => {}
                Err(error) if is_for_later(&error) => return written,
                Err(_) => self.stdin = None,
            }
        }
        bytes.len()
    }

    /// Whether the program's output can be read within `wait`. Meanwhile it is given what it takes.
    fn wait(&mut self, wait: Duration) -> bool {
        let until = Instant::now() + wait;
        loop {
            let left = until.saturating_duration_since(Instant::now());
            // `None`, for ever, cannot come out of a time as short as this.
            let left = Timespec::try_from(left).ok();
            let output = PollFd::new(&self.stdout, PollFlags::IN);
            let stdin = self.stdin.as_ref().filter(|_| !self.unsent.is_empty());
            let (readable, writable) = match stdin {
                None => {
                    let mut pipes = [output];
                    let ready = poll(&mut pipes, left.as_ref());
                    (ready.is_ok() && !pipes[0].revents().is_empty(), false)
                }
                Some(stdin) => {
                    let mut pipes = [output, PollFd::new(stdin, PollFlags::OUT)];
                    let ready = poll(&mut pipes, left.as_ref()).is_ok();
                    let [output, input] = pipes.map(|pipe| ready && !pipe.revents().is_empty());
                    (output, input)
                }
            };
            if writable {
                let unsent = std::mem::take(&mut self.unsent);
                let written = self.write(&unsent);
                self.unsent = unsent;
                self.unsent.drain(..written);
            }
            if readable {
                return true;
            }
            if Instant::now() >= until {
                return false;
            }
        }
    }
}

fn is_for_later(error: &std::io::Error) -> bool {
    matches!(error.kind(), ErrorKind::WouldBlock | ErrorKind::Interrupted)
}

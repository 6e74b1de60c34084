//! A thread for each pipe: works everywhere.

use std::io::{Read as _, Write as _};
use std::process::{ChildStdin, ChildStdout};
use std::sync::mpsc::{Receiver, RecvTimeoutError, Sender, channel, sync_channel};
use std::time::Duration;

use super::{Lines, Pipes, Received};

/// Pieces of output that may wait to be looked at.
const WAITING: usize = 4;

pub(crate) struct Threaded {
    requests: Sender<Vec<u8>>,
    output: Receiver<Vec<u8>>,
    lines: Lines,
}

impl Pipes for Threaded {
    fn new(mut stdin: ChildStdin, mut stdout: ChildStdout) -> std::io::Result<Self> {
        let (requests, written) = channel::<Vec<u8>>();
        std::thread::Builder::new().spawn(move || {
            for bytes in written {
                if stdin.write_all(&bytes).and_then(|()| stdin.flush()).is_err() {
                    break;
                }
            }
        })?;
        let (found, output) = sync_channel(WAITING);
        std::thread::Builder::new().spawn(move || {
            let mut buffer = vec![0; 1 << 16];
            while let Ok(read @ 1..) = stdout.read(&mut buffer) {
                if found.send(buffer[..read].to_vec()).is_err() {
                    break;
                }
            }
        })?;
        Ok(Self { requests, output, lines: Lines::default() })
    }

    fn send(&mut self, bytes: &[u8]) {
        let _ = self.requests.send(bytes.to_vec());
    }

    fn receive(&mut self, wait: Duration) -> Received {
        loop {
            if let Some(received) = self.lines.next() {
                return received;
            }
            match self.output.recv_timeout(wait) {
                Ok(bytes) => self.lines.push(&bytes),
                Err(RecvTimeoutError::Timeout) => return Received::Nothing,
                Err(RecvTimeoutError::Disconnected) => return Received::Closed,
            }
        }
    }
}

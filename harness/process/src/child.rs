//! One running program: its pipes, its limits, and how it ended.

use std::io::{BufRead as _, BufReader, Read as _, Write as _};
use std::process::{Child as Process, Command, Stdio};
use std::sync::mpsc::{Receiver, RecvTimeoutError, Sender, channel, sync_channel};
use std::time::{Duration, Instant};

use serde_json::{Value, json};

use crate::death::{Death, DeathKind};
use crate::describe::{Description, PROTOCOL};
use crate::message::{Answer, LONGEST_LINE, Request, replies};
use crate::platform;
use crate::stderr::Tail;

/// How often a silent program is looked at.
const POLL: Duration = Duration::from_millis(20);

/// How long a program that closed its output may take to exit, so that its status is known.
const GRACE: Duration = Duration::from_millis(500);

/// CPU time between two looks that counts as work.
const SOME_WORK: Duration = Duration::from_millis(1);

/// The program and its arguments.
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct Launch {
    /// What is started in place of the program, and starts it: sets limits and the like. May be empty.
    pub through: Vec<String>,
    /// The program and its arguments.
    pub line: Vec<String>,
}

/// What a program may use up.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub struct Limits {
    /// CPU time of one call; six times as much may pass without any CPU used.
    pub call: Option<Duration>,
    /// Time until it has described itself.
    pub start: Duration,
    /// MiB of resident memory.
    pub memory_mib: Option<u64>,
}

impl Default for Limits {
    fn default() -> Self {
        Self {
            call: Some(Duration::from_secs(10)),
            start: Duration::from_secs(60),
            memory_mib: Some(2048),
        }
    }
}

/// Why a program cannot be used.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum StartError {
    /// It cannot be started.
    #[error("`{program}` cannot be started: {error}")]
    Spawn {
        /// The program.
        program: String,
        /// The system's words.
        error: std::io::Error,
    },
    /// It did not describe itself.
    #[error("it did not answer `describe`: {0}")]
    Died(Death),
    /// It refused to describe itself.
    #[error("it answered `describe` with an error: {0}")]
    Refused(String),
    /// Its description cannot be used.
    #[error("{0}")]
    Description(String),
}

/// A running program.
pub struct Child {
    process: Process,
    requests: Sender<Vec<u8>>,
    lines: Receiver<Line>,
    stderr: Tail,
    limits: Limits,
    next_id: u64,
}

enum Line {
    Whole(Vec<u8>),
    TooLong,
}

impl Child {
    /// Starts a program and asks it to describe itself.
    ///
    /// # Errors
    /// If it cannot be started, or does not speak this protocol.
    pub fn start(launch: &Launch, limits: Limits) -> Result<(Self, Description), StartError> {
        let mut child = Self::spawn(launch, limits)?;
        let patient = Limits { call: Some(limits.start / 6), ..limits };
        child.limits = if limits.call.is_some() { patient } else { limits };
        let answer = child.call("describe", json!({ "protocol": PROTOCOL }));
        child.limits = limits;
        match answer {
            Ok(Ok(result)) => {
                Description::read(result).map(|it| (child, it)).map_err(StartError::Description)
            }
            Ok(Err(error)) => Err(StartError::Refused(error.message)),
            Err(death) => Err(StartError::Died(death)),
        }
    }

    fn spawn(launch: &Launch, limits: Limits) -> Result<Self, StartError> {
        let mut words = launch.through.iter().chain(&launch.line);
        let program = words.next().cloned().unwrap_or_default();
        let failed = |error| StartError::Spawn { program: program.clone(), error };
        let mut command = Command::new(&program);
        command.args(words).stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(Stdio::piped());
        let mut process = command.spawn().map_err(failed)?;
        let missing = || failed(std::io::Error::other("a pipe is missing"));
        let mut stdin = process.stdin.take().ok_or_else(missing)?;
        let stdout = process.stdout.take().ok_or_else(missing)?;
        let stderr = Tail::of(process.stderr.take().ok_or_else(missing)?);
        // A program that does not read must not stop the one who writes.
        let (requests, written) = channel::<Vec<u8>>();
        std::thread::spawn(move || {
            for line in written {
                if stdin.write_all(&line).and_then(|()| stdin.flush()).is_err() {
                    break;
                }
            }
        });
        let (found, lines) = sync_channel(64);
        std::thread::spawn(move || {
            let mut stdout = BufReader::with_capacity(1 << 16, stdout);
            loop {
                let mut line = Vec::new();
                let most = LONGEST_LINE as u64 + 1;
                let read = stdout.by_ref().take(most).read_until(b'\n', &mut line);
                let whole = line.pop_if(|last| *last == b'\n').is_some();
                let line = match read {
                    Ok(_) if whole => Line::Whole(line),
                    Ok(read) if read as u64 == most => Line::TooLong,
                    _ => break,
                };
                let over = matches!(line, Line::TooLong);
                if found.send(line).is_err() || over {
                    break;
                }
            }
        });
        Ok(Self { process, requests, lines, stderr, limits, next_id: 1 })
    }

    /// Makes one call.
    ///
    /// # Errors
    /// If the program gave no answer, and so is ended.
    pub fn call(&mut self, method: &'static str, params: Value) -> Result<Answer, Death> {
        let mut answers = self.send(vec![(method, params)], false)?;
        answers.pop().ok_or_else(|| self.end(DeathKind::Crashed, "no answer".to_owned()))
    }

    /// Makes calls that do not depend on each other, as one batch; answers come in the order of the calls.
    ///
    /// # Errors
    /// If the program did not answer all of them, and so is ended.
    pub fn batch(&mut self, calls: Vec<(&'static str, Value)>) -> Result<Vec<Answer>, Death> {
        if calls.is_empty() { Ok(Vec::new()) } else { self.send(calls, true) }
    }

    fn send(
        &mut self,
        calls: Vec<(&'static str, Value)>,
        batch: bool,
    ) -> Result<Vec<Answer>, Death> {
        let (first, count) = (self.next_id, calls.len());
        self.next_id += count as u64;
        let requests: Vec<Request> = (first..)
            .zip(calls)
            .map(|(id, (method, params))| Request::new(id, method, params))
            .collect();
        let line = match &requests[..] {
            [one] if !batch => serde_json::to_vec(one),
            all => serde_json::to_vec(all),
        };
        let mut line = line.map_err(|error| self.end(DeathKind::Crashed, error.to_string()))?;
        line.push(b'\n');
        // If the program is gone, waiting for its answer says so.
        let _ = self.requests.send(line);
        let mut answers: Vec<Option<Answer>> = vec![None; count];
        while answers.iter().any(Option::is_none) {
            let line = self.line()?;
            let replies = replies(&line).map_err(|why| {
                self.end(DeathKind::Crashed, format!("a line that is no reply: {why}"))
            })?;
            for (id, answer) in replies {
                let place = id.checked_sub(first).and_then(|place| usize::try_from(place).ok());
                match place.and_then(|place| answers.get_mut(place)) {
                    Some(empty @ None) => *empty = Some(answer),
                    _ => {
                        let words = format!("a reply to call {id}, which waits for none");
                        return Err(self.end(DeathKind::Crashed, words));
                    }
                }
            }
        }
        Ok(answers.into_iter().flatten().collect())
    }

    /// The next line of the program, within the limits.
    fn line(&mut self) -> Result<Vec<u8>, Death> {
        let began = platform::cpu_time(self.process.id());
        let (mut cpu, mut worked) = (began, Instant::now());
        loop {
            match self.lines.recv_timeout(POLL) {
                Ok(Line::Whole(line)) => return Ok(line),
                Ok(Line::TooLong) => {
                    let words = format!("a line of more than {LONGEST_LINE} bytes");
                    return Err(self.end(DeathKind::Crashed, words));
                }
                Err(RecvTimeoutError::Disconnected) => return Err(self.ended()),
                Err(RecvTimeoutError::Timeout) => {}
            }
            // Something that it has started may hold its output open.
            if let Ok(Some(_)) = self.process.try_wait() {
                return match self.lines.recv_timeout(POLL) {
                    Ok(Line::Whole(line)) => Ok(line),
                    _ => Err(self.ended()),
                };
            }
            let now = platform::cpu_time(self.process.id());
            if now.zip(cpu).is_some_and(|(now, then)| now.saturating_sub(then) > SOME_WORK) {
                worked = Instant::now();
            }
            cpu = now;
            let used = now.zip(began).map_or(Duration::ZERO, |(now, began)| now - began.min(now));
            if self.limits.call.is_some_and(|limit| used > limit || worked.elapsed() > limit * 6) {
                let words = "the limit of time for one call was used up".to_owned();
                return Err(self.end(DeathKind::Hung, words));
            }
            let resident = platform::resident_mib(self.process.id());
            if resident.zip(self.limits.memory_mib).is_some_and(|(mib, most)| mib > most) {
                let words = "more memory was resident than the limit allows".to_owned();
                return Err(self.end(DeathKind::OutOfMemory, words));
            }
        }
    }

    /// The death of a program that closed its output or exited.
    fn ended(&mut self) -> Death {
        let until = Instant::now() + GRACE;
        let words = loop {
            match self.process.try_wait() {
                Ok(Some(status)) => break platform::ending(status),
                Ok(None) if Instant::now() < until => std::thread::sleep(POLL / 4),
                _ => break "the program closed its output".to_owned(),
            }
        };
        self.end(DeathKind::Crashed, words)
    }

    fn end(&mut self, kind: DeathKind, words: String) -> Death {
        let _ = self.process.kill();
        let _ = self.process.wait();
        // What it wrote last may still be on its way.
        std::thread::sleep(POLL);
        Death { kind, words, stderr: self.stderr.bytes() }
    }
}

impl Drop for Child {
    fn drop(&mut self) {
        let _ = self.process.kill();
        let _ = self.process.wait();
    }
}

//! One running program: its pipes, its limits, and how it ended.

use std::collections::VecDeque;
use std::process::{Child as Process, Command, Stdio};
use std::time::{Duration, Instant};

use serde_json::{Value, json};

use crate::answering::{Answering, Answers};
use crate::death::{Death, DeathKind};
use crate::describe::{Description, PROTOCOL};
use crate::message::{Answer, LONGEST_LINE, Request, replies};
use crate::pipes::{Pipes as _, Received, SystemPipes};
use crate::platform;
use crate::stderr::Tail;
use crate::traffic::{Observer, Way};

/// How often a silent program is looked at.
const POLL: Duration = Duration::from_millis(20);

/// How long a program that closed its output may take to exit, so that its status is known.
const GRACE: Duration = Duration::from_millis(500);

/// CPU time between two looks that counts as work.
const SOME_WORK: Duration = Duration::from_millis(1);

/// The program and its arguments.
#[derive(Clone, Debug, Default)]
pub struct Launch {
    /// What is started in place of the program, and starts it: sets limits and the like. May be empty.
    pub through: Vec<String>,
    /// The program and its arguments.
    pub line: Vec<String>,
    /// Who is shown what goes over the line.
    pub observer: Option<Observer>,
    /// What answers in this process, in place of a program.
    pub answering: Option<Answering>,
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
    end: End,
    observer: Option<Observer>,
    limits: Limits,
    next_id: u64,
    /// The line of the last calls, whose room the next ones take.
    line: Vec<u8>,
}

/// The other end of the line.
enum End {
    Program { process: Process, pipes: SystemPipes, stderr: Tail },
    Function { answers: Answers, waiting: VecDeque<Vec<u8>> },
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
        let end = match &launch.answering {
            Some(answering) => {
                End::Function { answers: answering.begin(), waiting: VecDeque::new() }
            }
            None => Self::program(launch)?,
        };
        let (observer, line) = (launch.observer.clone(), Vec::new());
        Ok(Self { end, observer, limits, next_id: 1, line })
    }

    fn program(launch: &Launch) -> Result<End, StartError> {
        let mut words = launch.through.iter().chain(&launch.line);
        let program = words.next().cloned().unwrap_or_default();
        let failed = |error| StartError::Spawn { program: program.clone(), error };
        let mut command = Command::new(&program);
        command.args(words).stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(Stdio::piped());
        let mut process = command.spawn().map_err(failed)?;
        let missing = || failed(std::io::Error::other("a pipe is missing"));
        let stdin = process.stdin.take().ok_or_else(missing)?;
        let stdout = process.stdout.take().ok_or_else(missing)?;
        let stderr = Tail::of(process.stderr.take().ok_or_else(missing)?);
        let pipes = SystemPipes::new(stdin, stdout).map_err(failed)?;
        Ok(End::Program { process, pipes, stderr })
    }

    /// Makes one call.
    ///
    /// # Errors
    /// If the program gave no answer, and so is ended.
    pub fn call(&mut self, method: &'static str, params: Value) -> Result<Answer, Death> {
        let mut answers = self.ask(vec![(method, params)])?;
        answers.pop().ok_or_else(|| self.end(DeathKind::Crashed, "no answer".to_owned()))
    }

    /// Makes calls that do not depend on each other, more than one as a batch; answers come in the order of the calls.
    ///
    /// # Errors
    /// If the program did not answer all of them, and so is ended.
    pub fn ask(&mut self, calls: Vec<(&'static str, Value)>) -> Result<Vec<Answer>, Death> {
        if calls.is_empty() {
            return Ok(Vec::new());
        }
        let (first, count) = (self.next_id, calls.len());
        self.next_id += count as u64;
        let requests: Vec<Request> = (first..)
            .zip(calls)
            .map(|(id, (method, params))| Request::new(id, method, params))
            .collect();
        let mut line = std::mem::take(&mut self.line);
        line.clear();
        let written = match &requests[..] {
            [one] => serde_json::to_writer(&mut line, one),
            all => serde_json::to_writer(&mut line, all),
        };
        written.map_err(|error| self.end(DeathKind::Crashed, error.to_string()))?;
        line.push(b'\n');
        self.show(Way::To, &line);
        match &mut self.end {
            End::Program { pipes, .. } => pipes.send(&line),
            End::Function { answers, waiting } => waiting.extend(answers(&line)),
        }
        self.line = line;
        let mut answers: Vec<Option<Answer>> = vec![None; count];
        while answers.iter().any(Option::is_none) {
            let line = self.next_line(count)?;
            self.show(Way::From, &line);
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

    fn show(&self, way: Way, line: &[u8]) {
        if let Some(observer) = &self.observer {
            observer.see(way, line);
        }
    }

    /// What the program last wrote to its standard error, as far as it has arrived.
    #[must_use]
    pub fn stderr(&self) -> Vec<u8> {
        match &self.end {
            End::Program { stderr, .. } => stderr.bytes(),
            End::Function { .. } => Vec::new(),
        }
    }

    /// The next line of the program, within the limits of so many calls.
    fn next_line(&mut self, calls: usize) -> Result<Vec<u8>, Death> {
        let limit = self.limits.call.map(|limit| limit.saturating_mul(calls as u32));
        let found = match &mut self.end {
            End::Program { process, pipes, .. } => {
                await_line(process, pipes, limit, self.limits.memory_mib)
            }
            End::Function { waiting, .. } => match waiting.pop_front() {
                Some(line) if line.len() > LONGEST_LINE => Err(too_long()),
                line => line.ok_or(None),
            },
        };
        found.map_err(|end| match end {
            Some((kind, words)) => self.end(kind, words),
            None => self.ended(),
        })
    }

    /// The death of a program that closed its output or exited.
    fn ended(&mut self) -> Death {
        let closed = || "the program closed its output".to_owned();
        let words = match &mut self.end {
            End::Program { process, .. } => ending(process).unwrap_or_else(closed),
            End::Function { .. } => closed(),
        };
        self.end(DeathKind::Crashed, words)
    }

    fn end(&mut self, kind: DeathKind, words: String) -> Death {
        if let End::Program { process, .. } = &mut self.end {
            let _ = process.kill();
            let _ = process.wait();
            // What it wrote last may still be on its way.
            std::thread::sleep(POLL);
        }
        Death { kind, words, stderr: self.stderr() }
    }
}

/// The next line of a program, or why it is ended; `None` if it has ended by itself.
fn await_line(
    process: &mut Process,
    pipes: &mut SystemPipes,
    limit: Option<Duration>,
    memory_mib: Option<u64>,
) -> Result<Vec<u8>, Option<(DeathKind, String)>> {
    // Most answers are there before the first look at the program, which would cost more than they do.
    let mut watch: Option<Watch> = None;
    loop {
        match pipes.receive(POLL) {
            Received::Line(line) => return Ok(line),
            Received::TooLong => return Err(too_long()),
            Received::Closed => return Err(None),
            Received::Nothing => {}
        }
        // Something that it has started may hold its output open.
        if let Ok(Some(_)) = process.try_wait() {
            return match pipes.receive(POLL) {
                Received::Line(line) => Ok(line),
                _ => Err(None),
            };
        }
        let id = process.id();
        let watch = watch.get_or_insert_with(|| Watch::begin(id));
        if limit.is_some_and(|limit| watch.has_seen_enough(id, limit)) {
            let words = "the limit of time for one call was used up".to_owned();
            return Err(Some((DeathKind::Hung, words)));
        }
        let resident = platform::resident_mib(id);
        if resident.zip(memory_mib).is_some_and(|(mib, most)| mib > most) {
            let words = "more memory was resident than the limit allows".to_owned();
            return Err(Some((DeathKind::OutOfMemory, words)));
        }
    }
}

fn too_long() -> Option<(DeathKind, String)> {
    Some((DeathKind::Crashed, format!("a line of more than {LONGEST_LINE} bytes")))
}

/// How a program ended that is about to, if it does.
fn ending(process: &mut Process) -> Option<String> {
    let until = Instant::now() + GRACE;
    loop {
        match process.try_wait() {
            Ok(Some(status)) => return Some(platform::ending(status)),
            Ok(None) if Instant::now() < until => std::thread::sleep(POLL / 4),
            _ => return None,
        }
    }
}

/// Looks at a program that has not answered yet.
struct Watch {
    /// CPU time at the first look, and at the last.
    began: Option<Duration>,
    cpu: Option<Duration>,
    /// When it was last seen to use any.
    worked: Instant,
}

impl Watch {
    fn begin(process: u32) -> Self {
        let cpu = platform::cpu_time(process);
        Self { began: cpu, cpu, worked: Instant::now() }
    }

    /// Whether the program has used up `limit` of CPU time, or none at all for six times as long.
    fn has_seen_enough(&mut self, process: u32, limit: Duration) -> bool {
        let now = platform::cpu_time(process);
        if now.zip(self.cpu).is_some_and(|(now, then)| now.saturating_sub(then) > SOME_WORK) {
            self.worked = Instant::now();
        }
        self.cpu = now;
        let used =
            now.zip(self.began).map_or(Duration::ZERO, |(now, began)| now.saturating_sub(began));
        used > limit || self.worked.elapsed() > limit * 6
    }
}

impl Drop for Child {
    fn drop(&mut self) {
        if let End::Program { process, .. } = &mut self.end {
            let _ = process.kill();
            let _ = process.wait();
        }
    }
}

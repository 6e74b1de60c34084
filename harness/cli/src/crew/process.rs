//! One worker process, seen from the command.

use std::collections::VecDeque;
use std::io::{BufRead as _, BufReader, Read as _, Write as _};
use std::process::{Child, ChildStdin, ChildStdout, Command, Stdio};
use std::sync::{Arc, Mutex, PoisonError};
use std::thread::JoinHandle;

use sprag::judge::ViolationKind;
use sprag::schedule::ActionId;
use sprag_process::on_processor;
use sprag_report::inert_lines;

use crate::interrupt::{self, Listed};
use crate::platform;
use crate::worker::messages::{Call, Job, Reply};

/// Bytes of a worker's standard error that are kept.
const KEPT_STDERR: usize = 64 << 10;

/// Lines of it that are shown.
const SHOWN_LINES: usize = 6;

/// Why a job has no result.
#[derive(Debug)]
pub(crate) enum Stop {
    /// The worker died.
    Death(Box<Death>),
    /// The ratchet could open no session; its words.
    CannotPair(String),
    /// The harness is at fault.
    Fault(String),
    /// Ctrl-C.
    Interrupted,
    /// What the worker was at does not count any more.
    Abandoned,
}

/// How a worker died.
#[derive(Debug)]
pub(crate) struct Death {
    /// Crashed, hung or out of memory.
    pub kind: ViolationKind,
    /// How, in words that are the same each time.
    pub words: String,
    /// The trial it was in.
    pub trial: Option<u64>,
    /// The action it was in, as far as that is known.
    pub action: Option<ActionId>,
    /// The call it was in, if calls were announced.
    pub call: Option<Call>,
    /// The last lines of its standard error.
    pub stderr: Vec<String>,
}

impl Death {
    /// What happened, for a failure.
    pub(crate) fn detail(&self) -> String {
        match (self.action, self.call) {
            (Some(action), Some(call)) => {
                format!("in `{}` at action {action}: {}", call.name(), self.words)
            }
            (Some(action), None) => format!("at action {action}: {}", self.words),
            _ => self.words.clone(),
        }
    }
}

/// A running worker.
pub(crate) struct WorkerProcess {
    child: Child,
    jobs: Option<ChildStdin>,
    replies: BufReader<ChildStdout>,
    stderr: Arc<Mutex<VecDeque<u8>>>,
    stderr_reader: Option<JoinHandle<()>>,
    listed: Option<Listed>,
}

impl WorkerProcess {
    /// Starts a worker, on one processor if it takes turns with programs.
    ///
    /// # Errors
    /// A fault of the harness, in words.
    pub(crate) fn start(processor: Option<usize>) -> Result<Self, String> {
        let start = || -> std::io::Result<Self> {
            let mut command = Command::new(std::env::current_exe()?);
            command.arg("worker").stdin(Stdio::piped()).stdout(Stdio::piped());
            command.stderr(Stdio::piped());
            platform::in_own_group(&mut command);
            let mut child = match processor {
                Some(number) => on_processor(number, || command.spawn())?,
                None => command.spawn()?,
            };
            let listed = Some(Listed::new(child.id()));
            let missing = || std::io::Error::other("a pipe is missing");
            let jobs = Some(child.stdin.take().ok_or_else(missing)?);
            let replies = BufReader::new(child.stdout.take().ok_or_else(missing)?);
            let mut errors = child.stderr.take().ok_or_else(missing)?;
            let stderr = Arc::<Mutex<VecDeque<u8>>>::default();
            let kept = Arc::clone(&stderr);
            let stderr_reader = Some(std::thread::spawn(move || {
                let mut buffer = [0; 4096];
                while let Ok(1..) = errors.read(&mut buffer).inspect(|&read| {
                    let mut kept = kept.lock().unwrap_or_else(PoisonError::into_inner);
                    kept.extend(&buffer[..read]);
                    let excess = kept.len().saturating_sub(KEPT_STDERR);
                    kept.drain(..excess);
                }) {}
            }));
            Ok(Self { child, jobs, replies, stderr, stderr_reader, listed })
        };
        start().map_err(|error| format!("a worker process cannot be started: {error}"))
    }

    /// Gives the worker a job and waits for the reply to it. Announcements are passed to `heard`.
    pub(crate) fn ask(&mut self, job: &Job, mut heard: impl FnMut(&Reply)) -> Result<Reply, Stop> {
        let mut line = serde_json::to_vec(job).map_err(|error| Stop::Fault(error.to_string()))?;
        line.push(b'\n');
        if let Some(jobs) = &mut self.jobs {
            // If the worker is dead already, reading says so.
            let _ = jobs.write_all(&line).and_then(|()| jobs.flush());
        }
        let (mut trial, mut call, mut verdict) = (None, None, None);
        let mut child_died = None;
        let mut line = String::new();
        loop {
            line.clear();
            if !matches!(self.replies.read_line(&mut line), Ok(1..)) || !line.ends_with('\n') {
                let died = self.died(trial, call, verdict);
                return Err(match (died, child_died.take()) {
                    (Stop::Death(worker), Some((words, stderr))) => {
                        Stop::Death(Box::new(Death { words, stderr, ..*worker }))
                    }
                    (stop, _) => stop,
                });
            }
            let reply = serde_json::from_str(&line)
                .map_err(|error| Stop::Fault(format!("a worker said what is no reply: {error}")))?;
            match reply {
                Reply::Trial(number) => (trial, call) = (Some(number), None),
                Reply::Call(action, name) => call = Some((action, name)),
                Reply::Hung(action) => verdict = Some((ViolationKind::Hung, action)),
                Reply::OutOfMemory(action) => verdict = Some((ViolationKind::OutOfMemory, action)),
                Reply::Died { action, kind, words, stderr } => {
                    verdict = Some((kind, action));
                    child_died = Some((words, stderr));
                    continue;
                }
                Reply::Paired | Reply::Took(_) => {}
                Reply::Fault(words) => return Err(Stop::Fault(words)),
                Reply::CannotPair(words) => return Err(Stop::CannotPair(words)),
                reply => return Ok(reply),
            }
            heard(&reply);
        }
    }

    /// What is known when the worker says no more.
    fn died(
        &mut self,
        trial: Option<u64>,
        call: Option<(ActionId, Call)>,
        verdict: Option<(ViolationKind, ActionId)>,
    ) -> Stop {
        if let Some(stop) = self.stopped_by_the_command() {
            return stop;
        }
        // A worker that closed its end and lives on has nothing more to say.
        if verdict.is_none() && !matches!(self.child.try_wait(), Ok(Some(_))) {
            std::thread::sleep(std::time::Duration::from_millis(50));
        }
        let ended = match self.child.try_wait() {
            Ok(Some(status)) => platform::ending(status),
            _ => "the process closed its output".to_owned(),
        };
        let stopped = self.stopped_by_the_command();
        self.end();
        if let Some(stop) = stopped {
            return stop;
        }
        let kept: Vec<u8> = {
            let mut kept = self.stderr.lock().unwrap_or_else(PoisonError::into_inner);
            kept.make_contiguous().to_vec()
        };
        let wrote = |words: &str| kept.windows(words.len()).any(|part| part == words.as_bytes());
        let (kind, words) = match verdict {
            Some((ViolationKind::Hung, _)) => {
                (ViolationKind::Hung, "the limit of CPU time for one call was used up".to_owned())
            }
            Some((kind @ ViolationKind::Crashed, _)) => (kind, ended),
            Some((kind, _)) => (kind, "more memory was resident than the limit allows".to_owned()),
            None if wrote("memory allocation of") => {
                (ViolationKind::OutOfMemory, "an allocation failed".to_owned())
            }
            None if wrote("has overflowed its stack") => {
                (ViolationKind::Crashed, format!("stack overflow: {ended}"))
            }
            None => (ViolationKind::Crashed, ended),
        };
        let action = call.map(|(action, _)| action).or_else(|| verdict.map(|(_, action)| action));
        let call = call.map(|(_, call)| call);
        let stderr = inert_lines(&kept, SHOWN_LINES);
        Stop::Death(Box::new(Death { kind, words, trial, action, call, stderr }))
    }

    fn stopped_by_the_command(&self) -> Option<Stop> {
        let abandoned = || self.listed.as_ref().is_some_and(Listed::is_abandoned);
        if interrupt::requested() {
            Some(Stop::Interrupted)
        } else {
            abandoned().then_some(Stop::Abandoned)
        }
    }

    /// Notes the place of what it is given next; false if it is good for nothing any more.
    pub(crate) fn begins(&self, place: Option<u64>) -> bool {
        self.listed.as_ref().is_some_and(|listed| listed.begins(place))
    }

    /// Ends the process and all that it has started.
    fn end(&mut self) {
        if self.listed.is_some() {
            platform::end_group(self.child.id());
            // Where there are no groups.
            let _ = self.child.kill();
            self.listed = None;
            let _ = self.child.wait();
        }
        self.jobs = None;
        if let Some(reader) = self.stderr_reader.take() {
            let _ = reader.join();
        }
    }
}

impl Drop for WorkerProcess {
    fn drop(&mut self) {
        self.end();
    }
}

//! The watchdog of a worker: a thread that ends the process when a call does not end, when memory grows beyond the
//! limit, or when the command is gone.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::time::{Duration, Instant};

use sprag::engine::Progress;

use super::messages::{Limits, Reply};
use super::replies::Replies;
use crate::platform;

const POLL: Duration = Duration::from_millis(20);

/// CPU time between two polls that counts as work; the watchdog itself uses much less.
const SOME_WORK: Duration = Duration::from_millis(1);

/// Whether a job is being worked on, and since when.
#[derive(Clone, Default)]
pub(crate) struct Busy(Arc<Work>);

#[derive(Default)]
struct Work {
    runs: AtomicBool,
    /// CPU microseconds of the process when the job began.
    since: AtomicU64,
}

impl Busy {
    /// Runs `job` under the watchdog's eyes.
    pub(crate) fn during<T>(&self, job: impl FnOnce() -> T) -> T {
        let now = u64::try_from(platform::cpu_time().as_micros()).unwrap_or(u64::MAX);
        self.0.since.store(now, Ordering::Relaxed);
        self.0.runs.store(true, Ordering::Relaxed);
        let result = job();
        self.0.runs.store(false, Ordering::Relaxed);
        result
    }

    /// CPU time that the job has taken.
    fn spent(&self) -> Duration {
        let since = Duration::from_micros(self.0.since.load(Ordering::Relaxed));
        platform::cpu_time().saturating_sub(since)
    }
}

/// Starts the watchdog.
///
/// # Errors
/// If no thread can be started.
pub(crate) fn start(
    progress: &'static Progress,
    replies: &'static Replies,
    limits: Limits,
    busy: Busy,
) -> std::io::Result<()> {
    let parent = platform::parent();
    std::thread::Builder::new().name("watchdog".to_owned()).spawn(move || {
        let mut sight = Sight::now(progress);
        loop {
            std::thread::sleep(POLL);
            if platform::parent() != parent {
                std::process::exit(super::COMMAND_GONE);
            }
            if !busy.0.runs.load(Ordering::Relaxed) {
                sight = Sight::now(progress);
                continue;
            }
            let reply = if sight.shows_a_hang(progress, limits) {
                Reply::Hung(progress.action())
            } else if platform::resident_mib().is_some_and(|mib| mib > limits.memory_mib) {
                Reply::OutOfMemory(progress.action())
            } else {
                continue;
            };
            replies.send(&Reply::Took(busy.spent()));
            replies.send(&reply);
            std::process::exit(super::GAVE_UP);
        }
    })?;
    Ok(())
}

/// The last sight of a sign of life.
struct Sight {
    calls: u64,
    /// CPU time when the running call began.
    began: Duration,
    /// CPU time at the last poll, and when work was last seen.
    cpu: Duration,
    worked: Instant,
}

impl Sight {
    fn now(progress: &Progress) -> Self {
        let cpu = platform::cpu_time();
        Self { calls: progress.calls(), began: cpu, cpu, worked: Instant::now() }
    }

    fn shows_a_hang(&mut self, progress: &Progress, limits: Limits) -> bool {
        if progress.calls() != self.calls {
            *self = Self::now(progress);
            return false;
        }
        let Some(limit) = limits.call_ms.map(Duration::from_millis) else { return false };
        let cpu = platform::cpu_time();
        if cpu.saturating_sub(self.cpu) > SOME_WORK {
            self.worked = Instant::now();
        }
        self.cpu = cpu;
        cpu.saturating_sub(self.began) > limit || self.worked.elapsed() > limit * 6
    }
}

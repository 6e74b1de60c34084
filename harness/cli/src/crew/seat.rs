//! A place for a worker: whoever dies in it is replaced by a fresh one for the next job.

use sprag::engine::RandomnessLevel;
use sprag::{Capabilities, Profile};

use super::process::{Stop, WorkerProcess};
use crate::worker::messages::{Job, Limits, Reply};

/// What every worker of one ratchet is told first.
#[derive(Clone, Debug)]
pub(crate) struct Settings {
    /// Name in the registry.
    pub ratchet: String,
    /// A profile in place of the ratchet's own.
    pub profile: Option<Profile>,
    /// Whose hands the randomness is in, once known.
    pub randomness: Option<RandomnessLevel>,
    /// What a case may use up.
    pub limits: Limits,
}

/// A place for a worker.
pub(crate) struct Seat {
    settings: Settings,
    worker: Option<WorkerProcess>,
}

impl Seat {
    pub(crate) const fn new(settings: Settings) -> Self {
        Self { settings, worker: None }
    }

    /// Starts a worker anew and lets it describe the ratchet.
    pub(crate) fn describe(&mut self) -> Result<(Profile, Capabilities), Stop> {
        self.worker = None;
        let mut worker = WorkerProcess::start().map_err(Stop::Fault)?;
        let Settings { ratchet, profile, randomness, limits } = self.settings.clone();
        let profile = profile.map(Box::new);
        let open = Job::Open { ratchet, profile, randomness, limits };
        match worker.ask(&open, |_| {})? {
            Reply::Described { profile, capabilities } => {
                self.worker = Some(worker);
                Ok((*profile, capabilities))
            }
            other => Err(unexpected(&other)),
        }
    }

    /// Gives a worker a job.
    pub(crate) fn ask(&mut self, job: &Job, heard: impl FnMut(&Reply)) -> Result<Reply, Stop> {
        if self.worker.is_none() {
            self.describe()?;
        }
        let Some(worker) = &mut self.worker else {
            return Err(Stop::Fault("no worker".to_owned()));
        };
        let reply = worker.ask(job, heard);
        if matches!(reply, Err(Stop::Death(_))) {
            self.worker = None;
        }
        reply
    }
}

/// A reply that does not belong to its job.
pub(crate) fn unexpected(reply: &Reply) -> Stop {
    Stop::Fault(format!("a worker answered another job: {reply:?}"))
}

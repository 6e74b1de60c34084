//! A place for a worker: whoever dies in it is replaced by a fresh one for the next job.

use sprag::engine::RandomnessLevel;
use sprag::{Capabilities, Profile};

use super::process::{Stop, WorkerProcess};
use crate::worker::messages::{Job, Limits, Reply, Source};

/// What every worker of one ratchet is told first.
#[derive(Clone, Debug)]
pub(crate) struct Settings {
    /// Where the ratchet comes from.
    pub source: Source,
    /// A profile in place of the ratchet's own.
    pub profile: Option<Profile>,
    /// Whose hands the randomness is in, once known.
    pub randomness: Option<RandomnessLevel>,
    /// What a case may use up.
    pub limits: Limits,
}

/// What a ratchet says of itself.
pub(crate) struct Described {
    pub name: String,
    pub version: String,
    pub profile: Profile,
    /// Whether limits in it were measured already.
    pub measured: bool,
    pub capabilities: Capabilities,
}

/// A place for a worker.
pub(crate) struct Seat {
    settings: Settings,
    /// Which of the places of a crew this is.
    number: usize,
    worker: Option<WorkerProcess>,
    /// The place in the run of what is done here.
    place: Option<u64>,
}

impl Seat {
    /// A place by itself.
    pub(crate) const fn new(settings: Settings) -> Self {
        Self::numbered(0, settings)
    }

    /// One of the places of a crew, which are numbered from 0.
    pub(crate) const fn numbered(number: usize, settings: Settings) -> Self {
        Self { settings, number, worker: None, place: None }
    }

    /// What is done from now on stands at `place` in the run, and may be abandoned with all that stands there.
    pub(crate) const fn at(&mut self, place: Option<u64>) {
        self.place = place;
    }

    /// Starts a worker anew and lets it describe the ratchet.
    pub(crate) fn describe(&mut self) -> Result<Described, Stop> {
        self.worker = None;
        let Settings { source, profile, randomness, limits } = self.settings.clone();
        let processor = source.starts_programs().then_some(self.number);
        let mut worker = WorkerProcess::start(processor).map_err(Stop::Fault)?;
        worker.begins(self.place);
        let profile = profile.map(Box::new);
        let open = Job::Open { source, profile, randomness, limits };
        match worker.ask(&open, |_| {})? {
            Reply::Described { name, version, profile, measured, capabilities } => {
                self.worker = Some(worker);
                Ok(Described { name, version, profile: *profile, measured, capabilities })
            }
            other => Err(unexpected(&other)),
        }
    }

    /// Gives a worker a job.
    pub(crate) fn ask(&mut self, job: &Job, heard: impl FnMut(&Reply)) -> Result<Reply, Stop> {
        let place = self.place;
        if self.worker.take_if(|worker| !worker.begins(place)).is_some() || self.worker.is_none() {
            self.describe()?;
        }
        let Some(worker) = &mut self.worker else {
            return Err(Stop::Fault("no worker".to_owned()));
        };
        let reply = worker.ask(job, heard);
        if matches!(reply, Err(Stop::Death(_) | Stop::Abandoned)) {
            self.worker = None;
        }
        reply
    }
}

/// A reply that does not belong to its job.
pub(crate) fn unexpected(reply: &Reply) -> Stop {
    Stop::Fault(format!("a worker answered another job: {reply:?}"))
}

//! Exposure maps by jobs to a worker, so that a ratchet that crashes or hangs leaves a map out and nothing else.

use sprag_report::exposure::ExposureMap;

use super::process::Stop;
use super::seat::{Seat, unexpected};
use crate::worker::messages::{Job, Reply};

/// The map of a schedule, or why there is none.
pub(crate) type Mapped = Result<Box<ExposureMap>, String>;

/// Has a map made; `job` is a [`Job::Map`].
///
/// # Errors
/// A fault of the harness; a ratchet's misbehaviour is never one.
pub(crate) fn map(seat: &mut Seat, job: &Job) -> Result<Mapped, Stop> {
    match seat.ask(job, |_| {}) {
        Ok(Reply::Mapped(mapped)) => Ok(mapped),
        Ok(other) => Err(unexpected(&other)),
        Err(Stop::Death(death)) => {
            Ok(Err(format!("the ratchet ends its process, {}", death.detail())))
        }
        Err(Stop::CannotPair(words)) => Ok(Err(format!("no session could be opened: {words}"))),
        Err(Stop::Interrupted) => Ok(Err("interrupted".to_owned())),
        Err(Stop::Abandoned) => Ok(Err("time".to_owned())),
        Err(Stop::Fault(words)) => Err(Stop::Fault(words)),
    }
}

//! Workers that are ended early: by Ctrl-C, or because what they are at does not count any more.

use std::collections::BTreeMap;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Mutex, MutexGuard, PoisonError};

use crate::platform;

static REQUESTED: AtomicBool = AtomicBool::new(false);
static WORKERS: Mutex<BTreeMap<u32, Work>> = Mutex::new(BTreeMap::new());

/// What a worker is at.
#[derive(Clone, Copy, Default)]
struct Work {
    /// The place of its work in the run, if it can be done without.
    place: Option<u64>,
    abandoned: bool,
}

/// Listens for Ctrl-C from now on. Where that is not possible, Ctrl-C ends the process as usual.
pub(crate) fn listen() {
    let _ = ctrlc::set_handler(|| {
        REQUESTED.store(true, Ordering::SeqCst);
        for &process in workers().keys() {
            platform::end_group(process);
        }
    });
}

/// Whether Ctrl-C was pressed.
pub(crate) fn requested() -> bool {
    REQUESTED.load(Ordering::SeqCst)
}

/// Ends the workers whose work stands at `from` or behind it in the run.
pub(crate) fn abandon(from: u64) {
    for (&process, work) in workers().iter_mut() {
        if work.place.is_some_and(|place| place >= from) {
            work.abandoned = true;
            platform::end_group(process);
        }
    }
}

/// A worker that Ctrl-C ends too. It is ended as soon as this value is gone.
pub(crate) struct Listed(u32);

impl Listed {
    pub(crate) fn new(process: u32) -> Self {
        workers().insert(process, Work::default());
        // The signal may have come between the start and this line.
        if requested() {
            platform::end_group(process);
        }
        Self(process)
    }

    /// Notes the place of what it begins now; false if it was ended before.
    pub(crate) fn begins(&self, place: Option<u64>) -> bool {
        workers().get_mut(&self.0).is_some_and(|work| {
            work.place = place;
            !work.abandoned
        })
    }

    /// Whether it was ended because its work does not count any more.
    pub(crate) fn is_abandoned(&self) -> bool {
        workers().get(&self.0).is_some_and(|work| work.abandoned)
    }
}

impl Drop for Listed {
    fn drop(&mut self) {
        // Taken off the list first: a process id that was waited for may be another's.
        workers().remove(&self.0);
    }
}

fn workers() -> MutexGuard<'static, BTreeMap<u32, Work>> {
    WORKERS.lock().unwrap_or_else(PoisonError::into_inner)
}

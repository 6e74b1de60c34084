//! Ctrl-C: no more work is begun, workers end, and what is known is printed.

use std::collections::BTreeSet;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Mutex, PoisonError};

use crate::platform;

static REQUESTED: AtomicBool = AtomicBool::new(false);
static WORKERS: Mutex<BTreeSet<u32>> = Mutex::new(BTreeSet::new());

/// Listens for Ctrl-C from now on. Where that is not possible, Ctrl-C ends the process as usual.
pub(crate) fn listen() {
    let _ = ctrlc::set_handler(|| {
        REQUESTED.store(true, Ordering::SeqCst);
        for &process in &*workers() {
            platform::end_group(process);
        }
    });
}

/// Whether Ctrl-C was pressed.
pub(crate) fn requested() -> bool {
    REQUESTED.load(Ordering::SeqCst)
}

/// A worker that Ctrl-C ends too. It is ended as soon as this value is gone.
pub(crate) struct Listed(u32);

impl Listed {
    pub(crate) fn new(process: u32) -> Self {
        workers().insert(process);
        // The signal may have come between the start and this line.
        if requested() {
            platform::end_group(process);
        }
        Self(process)
    }
}

impl Drop for Listed {
    fn drop(&mut self) {
        // Taken off the list first: a process id that was waited for may be another's.
        workers().remove(&self.0);
    }
}

fn workers() -> std::sync::MutexGuard<'static, BTreeSet<u32>> {
    WORKERS.lock().unwrap_or_else(PoisonError::into_inner)
}

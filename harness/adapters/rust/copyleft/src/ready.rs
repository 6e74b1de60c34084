//! Runs a future that never waits: the stores that these libraries ask are in memory.

use std::pin::pin;
use std::task::{Context, Poll, Waker};

/// The result of `future`; `None` if it would wait.
pub(crate) fn ready<T>(future: impl Future<Output = T>) -> Option<T> {
    match pin!(future).poll(&mut Context::from_waker(Waker::noop())) {
        Poll::Ready(result) => Some(result),
        Poll::Pending => None,
    }
}

//! Capture takes effect, ends, and nests.

#![allow(clippy::unwrap_used, reason = "helpers of tests")]

use rand_chacha::ChaCha12Rng;
use rand_core::{Rng, SeedableRng};
use sprag_capture::{is_active, with_captured, works};

fn direct() -> u64 {
    getrandom::u64().unwrap()
}

fn thread() -> u64 {
    rand::rng().next_u64()
}

fn captured<T>(seed: u64, call: impl FnOnce() -> T) -> T {
    with_captured(&mut ChaCha12Rng::seed_from_u64(seed), call)
}

#[test]
#[cfg(target_os = "linux")]
fn capture_is_on_in_this_workspace() {
    assert!(is_active(), "the flags of .cargo/config.toml are lost; is RUSTFLAGS set?");
    assert!(works());
}

#[test]
fn the_flag_and_the_effect_agree() {
    assert_eq!(is_active(), works());
}

#[test]
#[cfg(target_os = "linux")]
fn the_first_call_on_a_thread_draws_what_later_calls_draw() {
    let draw = || captured(7, || (thread(), direct(), thread()));
    let fresh = std::thread::spawn(draw).join().unwrap();
    thread();
    assert_eq!(draw(), fresh);
    assert_eq!(draw(), fresh);
}

#[test]
fn nothing_is_predictable_after_a_capture() {
    let after = || {
        captured(7, thread);
        (thread(), direct())
    };
    assert_ne!(after().0, after().0);
    assert_ne!(after().1, after().1);
}

#[test]
fn a_panic_ends_a_capture() {
    let after = || {
        let panicked = std::panic::catch_unwind(|| captured(7, || panic!("on purpose")));
        assert!(panicked.is_err());
        (thread(), direct())
    };
    assert_ne!(after().0, after().0);
    assert_ne!(after().1, after().1);
}

#[test]
#[cfg(target_os = "linux")]
fn an_inner_capture_leaves_the_outer_one_in_place() {
    let draw = |inner| captured(7, || (captured(inner, thread), thread(), direct()));
    let (inner, outer_thread, outer_direct) = draw(1);
    assert_eq!(draw(1), (inner, outer_thread, outer_direct));
    assert_eq!(draw(2).1, outer_thread);
    assert_ne!(draw(2).0, inner);
}

#[test]
#[cfg(target_os = "linux")]
fn other_threads_are_not_captured() {
    let draw = || captured(7, || std::thread::spawn(direct).join().unwrap());
    assert_ne!(draw(), draw());
}

#[test]
#[cfg(target_os = "linux")]
fn more_than_one_reseeding_interval_is_captured() {
    let draw = || {
        captured(7, || {
            let mut bytes = vec![0; 200_000];
            rand::rng().fill_bytes(&mut bytes);
            bytes
        })
    };
    assert!(draw() == draw());
}

//! How many instructions the harness itself executes: the same work, on ratchets that answer from memory. Counted by
//! Callgrind, so that a regression shows on a machine that is busy too; a count beyond its limit fails.
//!
//! `benches/count` runs it, with what it needs. Where a change is worth its instructions, put the new count in place of the
//! old one.

#![allow(missing_docs, unused_qualifications, reason = "of what the macros write")]

use std::hint::black_box;

use gungraun::prelude::*;
use gungraun::{Callgrind, EventKind};
use sprag::Ratchet;
use sprag_benches::{Remembered, random_conversations, talk_with_thefts, theft_cells};
use sprag_protocols::DoubleRatchet;

/// Counts of Rust 1.95 on x86-64; another compiler may need others.
const CONVERSATIONS: u64 = 9_035_598;
const EXPOSURE_MAP: u64 = 16_585_206;

/// Conversations, and messages of the map; more take longer and show the same.
const MANY: u64 = 16;
const MESSAGES: u16 = 80;

/// How many percent more than the count pass: hash tables of the standard library draw their keys.
const TOLERANCE: u64 = 3;

fn at_most(count: u64) -> LibraryBenchmarkConfig {
    let limit = count + count * TOLERANCE / 100;
    let callgrind = Callgrind::default().hard_limits([(EventKind::Ir, limit)]).clone();
    LibraryBenchmarkConfig::default().tool(callgrind).clone()
}

fn remembers_conversations<R: Ratchet>(ratchet: R) -> Remembered<R> {
    let remembered = Remembered::new(ratchet);
    random_conversations(&remembered, MANY);
    remembered
}

fn remembers_map<R: Ratchet>(ratchet: R) -> Remembered<R> {
    let remembered = Remembered::new(ratchet);
    theft_cells(&remembered, &talk_with_thefts(MESSAGES));
    remembered
}

#[library_benchmark]
#[bench::lazy(args = (DoubleRatchet::lazy()), setup = remembers_conversations, config = at_most(CONVERSATIONS))]
fn conversations<R: Ratchet>(ratchet: Remembered<R>) -> (u64, Remembered<R>) {
    (black_box(random_conversations(&ratchet, MANY)), ratchet)
}

#[library_benchmark]
#[bench::lazy(args = (DoubleRatchet::lazy()), setup = remembers_map, config = at_most(EXPOSURE_MAP))]
fn exposure_map<R: Ratchet>(ratchet: Remembered<R>) -> (usize, Remembered<R>) {
    (black_box(theft_cells(&ratchet, &talk_with_thefts(MESSAGES))), ratchet)
}

library_benchmark_group!(name = harness, benchmarks = [conversations, exposure_map]);
main!(library_benchmark_groups = harness);

//! Exports, restored in the middle of conversations, and damaged.

#![no_main]

use libfuzzer_sys::{fuzz_crossover, fuzz_mutator, fuzz_target, fuzzer_mutate};
use sprag::fuzzing::Kind;
use sprag_fuzz::{ImportInput, mutator};

fuzz_target!(|input: ImportInput| input.check());

fuzz_mutator!(|data: &mut [u8], size: usize, most: usize, seed: u32| {
    mutator::mutate(data, size, most, seed, Kind::Import, fuzzer_mutate)
});

fuzz_crossover!(|one: &[u8], other: &[u8], out: &mut [u8], seed: u32| {
    mutator::cross(one, other, out, seed, Kind::Import)
});

//! Two ratchets of one wire format.

#![no_main]

use libfuzzer_sys::{fuzz_crossover, fuzz_mutator, fuzz_target, fuzzer_mutate};
use sprag::fuzzing::Kind;
use sprag_fuzz::differential::DifferentialInput;
use sprag_fuzz::mutator;

fuzz_target!(|input: DifferentialInput| input.check());

fuzz_mutator!(|data: &mut [u8], size: usize, most: usize, seed: u32| {
    mutator::mutate(data, size, most, seed, Kind::Schedule, fuzzer_mutate)
});

fuzz_crossover!(|one: &[u8], other: &[u8], out: &mut [u8], seed: u32| {
    mutator::cross(one, other, out, seed, Kind::Schedule)
});

//! The mutator of a fuzzer: from an input, or from two, another one that is a case too.

use crate::randomness::{CallRng, CaseSeed};
use crate::schedule::Choices as _;

use super::mutation::spliced;
use super::{Input, Kind};

/// Changes that one mutation makes at most.
const CHANGES: u32 = 4;

/// Below so many bytes no case fits; choices do.
const ROOM: usize = 64;

/// Changes the first `size` bytes of `data`, an input of `kind` for one of `ratchets` ratchets, and gives the size of what
/// stands there then, at most `most`. The same bytes and seed give the same.
///
/// Its arguments are those of libFuzzer's custom mutator. libFuzzer begins with small values of `most` and raises them
/// slowly; `-len_control=0` spares that.
pub fn mutate(
    data: &mut [u8],
    size: usize,
    most: usize,
    seed: u32,
    kind: Kind,
    ratchets: u8,
) -> usize {
    let most = most.min(data.len());
    let mut choices = source(seed);
    let mut input = read(&data[..size.min(data.len())], kind);
    for _ in 0..choices.between(1, CHANGES) {
        input.change(&mut choices, ratchets);
    }
    put(input, &mut data[..most], &mut choices)
}

/// Writes what comes of two inputs of `kind` into `out`, and gives its size. The same bytes and seed give the same.
pub fn cross(one: &[u8], other: &[u8], out: &mut [u8], seed: u32, kind: Kind) -> usize {
    let mut choices = source(seed);
    let (mut input, other) = (read(one, kind), read(other, kind));
    input.schedule = spliced(&input.schedule, &other.schedule, &mut choices);
    input.damages.extend(other.damages);
    put(input, out, &mut choices)
}

fn source(seed: u32) -> CallRng {
    CaseSeed::of_trial(seed.into(), "mutation", 0).choices()
}

/// The input, whose kind is that of its target.
fn read(bytes: &[u8], kind: Kind) -> Input {
    let input = Input::read(bytes, kind).unwrap_or_else(|_| Input::drawn(bytes, kind));
    Input { kind, ..input }
}

/// Writes an input, without its last actions if it is too long.
fn put(input: Input, out: &mut [u8], choices: &mut CallRng) -> usize {
    if out.len() < ROOM {
        out.fill_with(|| choices.below(256) as u8);
        return out.len();
    }
    let mut input = input.within_limits();
    loop {
        match input.write() {
            Ok(bytes) if bytes.len() <= out.len() => {
                out[..bytes.len()].copy_from_slice(&bytes);
                return bytes.len();
            }
            _ if input.schedule.steps.pop().is_some() || input.damages.pop().is_some() => {}
            _ => return 0,
        }
    }
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use super::*;
    use crate::schedule::{Action, Case, Tamper};

    fn mutated(input: &[u8], seed: u32, kind: Kind) -> Vec<u8> {
        let mut data = input.to_vec();
        data.resize(4096, 0);
        let size = mutate(&mut data, input.len(), 4096, seed, kind, 3);
        data.truncate(size);
        data
    }

    #[test]
    fn a_mutated_input_is_a_case_and_the_same_for_the_same_seed() {
        for kind in Kind::ALL {
            let mut bytes = Vec::new();
            let mut seen = BTreeSet::new();
            for seed in 0..500 {
                let next = mutated(&bytes, seed, kind);
                assert_eq!(next, mutated(&bytes, seed, kind));
                let input = Input::read(&next, kind).unwrap();
                assert_eq!((input.kind, input.ratchet < 3 || seed < 50), (kind, true));
                // Nothing of it is beyond the limits, so nothing was taken out of it.
                assert_eq!(input.write().unwrap(), next, "{kind:?} {seed}");
                let case = input.case("textbook/static", None).to_json().unwrap();
                Case::from_json(&case).unwrap();
                seen.insert(next.clone());
                bytes = next;
            }
            assert!(seen.len() > 450, "{kind:?}: {}", seen.len());
        }
    }

    #[test]
    fn every_kind_of_action_and_of_change_comes_up() {
        let (mut actions, mut changes) = (BTreeSet::new(), BTreeSet::new());
        let mut bytes = Vec::new();
        for seed in 0..3000 {
            bytes = mutated(&bytes, seed, Kind::Decrypt);
            for step in &Input::read(&bytes, Kind::Decrypt).unwrap().schedule.steps {
                let word = |text: String| text.split([' ', '{']).next().unwrap().to_owned();
                actions.insert(word(format!("{:?}", step.action)));
                if let Action::Tamper { how, .. } = &step.action {
                    changes.insert(word(format!("{how:?}")));
                }
            }
        }
        let changes: Vec<&str> = changes.iter().map(String::as_str).collect();
        assert_eq!(changes.len(), 12, "{changes:?}");
        assert!(actions.len() >= 11, "{actions:?}");
    }

    #[test]
    fn two_inputs_become_one_and_ids_stay_unique() {
        let draw = |seed| mutated(&[seed as u8; 40], seed, Kind::Schedule);
        for seed in 0..200 {
            let (one, other) = (draw(seed), draw(seed + 1000));
            let mut out = vec![0; 4096];
            let size = cross(&one, &other, &mut out, seed, Kind::Schedule);
            let input = Input::read(&out[..size], Kind::Schedule).unwrap();
            assert_eq!(input.write().unwrap(), &out[..size]);
        }
    }

    #[test]
    fn a_change_never_speaks_of_a_message_that_is_nowhere_sent() {
        // Only a deleted send leaves such a thing behind, and that is a no-op.
        let mut named = 0;
        for seed in 0..500 {
            let fresh = Input::chosen(0, 0, Kind::Decrypt, &mut source(seed));
            for step in &fresh.schedule.steps {
                if let Action::Tamper { message, how: Tamper::Splice { with, .. } } = &step.action {
                    for name in [message, with] {
                        named += 1;
                        assert!(fresh.schedule.steps.iter().any(|step| step.id == name.action));
                    }
                }
            }
        }
        assert!(named > 0);
    }

    #[test]
    fn too_little_room_still_gives_something() {
        for most in 0..ROOM + 40 {
            let mut data = vec![0; most];
            let size = mutate(&mut data, 0, most, 7, Kind::Import, 1);
            assert!(size <= most && Input::read(&data[..size], Kind::Import).is_ok(), "{most}");
        }
    }
}

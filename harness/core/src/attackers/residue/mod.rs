//! A9: searches stolen states, as they are at rest, for what should no longer be there.

mod decoding;
mod opening;

pub(crate) use decoding::decode;
pub(crate) use opening::open_messages;

/// Fewest decoded bytes of a window.
pub(crate) const WINDOW: usize = 16;

/// Bytes of the windows that explain others.
const EXPLAINING: usize = 8;

/// What is no secret of this session, or was there from the start: its windows of 8 bytes, forwards and backwards.
#[derive(Default)]
pub(crate) struct Explained {
    windows: Vec<u64>,
}

impl Explained {
    /// Adds all that is decoded in `bytes`.
    pub(crate) fn add(&mut self, bytes: &[u8]) {
        for string in decode(bytes) {
            self.windows.extend(string.windows(EXPLAINING).map(forwards));
            self.windows.extend(string.windows(EXPLAINING).map(backwards));
        }
    }

    /// Ends the adding.
    pub(crate) fn ready(mut self) -> Self {
        self.windows.sort_unstable();
        self.windows.dedup();
        self
    }

    /// The runs of at least [`WINDOW`] bytes of `state` of which no byte is explained.
    pub(crate) fn unexplained(&self, state: &[u8]) -> Vec<Vec<u8>> {
        let mut runs = Vec::new();
        for string in decode(state) {
            let mut explained = vec![false; string.len()];
            for (at, window) in string.windows(EXPLAINING).enumerate() {
                if self.windows.binary_search(&forwards(window)).is_ok() {
                    explained[at..at + EXPLAINING].fill(true);
                }
            }
            let mut start = 0;
            for at in 0..=string.len() {
                if explained.get(at).copied().unwrap_or(true) {
                    if at - start >= WINDOW {
                        runs.push(string[start..at].to_vec());
                    }
                    start = at + 1;
                }
            }
        }
        runs
    }
}

fn forwards(window: &[u8]) -> u64 {
    window.iter().fold(0, |value, byte| value << 8 | u64::from(*byte))
}

fn backwards(window: &[u8]) -> u64 {
    window.iter().rev().fold(0, |value, byte| value << 8 | u64::from(*byte))
}

/// The windows of [`WINDOW`] bytes in some runs, each in whichever direction is smaller, in order.
pub(crate) fn windows_of(runs: &[Vec<u8>]) -> Vec<[u8; WINDOW]> {
    let mut windows: Vec<[u8; WINDOW]> = runs
        .iter()
        .flat_map(|run| run.windows(WINDOW))
        .map(|window| {
            let forwards: [u8; WINDOW] = std::array::from_fn(|at| window[at]);
            let backwards: [u8; WINDOW] = std::array::from_fn(|at| window[WINDOW - 1 - at]);
            forwards.min(backwards)
        })
        .collect();
    windows.sort_unstable();
    windows.dedup();
    windows
}

/// The windows of both, which are in order.
pub(crate) fn shared(ours: &[[u8; WINDOW]], theirs: &[[u8; WINDOW]]) -> Vec<[u8; WINDOW]> {
    ours.iter().filter(|window| theirs.binary_search(window).is_ok()).copied().collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_what_nothing_explains_is_left() {
        let secret: Vec<u8> = (0..32).map(|at| at * 7 + 1).collect();
        let id: Vec<u8> = (0..16).map(|at| 255 - at * 5).collect();
        let state = [&id[..], &[0; 4], &secret, &[9, 9]].concat();
        let mut explained = Explained::default();
        explained.add(&[&id[..], &[0; 10]].concat());
        let runs = explained.ready().unexplained(&state);
        assert_eq!(runs.len(), 1);
        assert!(runs[0].windows(32).any(|window| window == secret));
        let mut explained = Explained::default();
        let reversed: Vec<u8> = state.iter().rev().copied().collect();
        explained.add(&reversed);
        assert!(explained.ready().unexplained(&state).is_empty());
    }

    #[test]
    fn windows_are_the_same_forwards_and_backwards() {
        let run: Vec<u8> = (0..40).collect();
        let reversed: Vec<u8> = run.iter().rev().copied().collect();
        let (ours, theirs) = (windows_of(&[run]), windows_of(&[reversed]));
        assert_eq!(shared(&ours, &theirs).len(), 25);
    }
}

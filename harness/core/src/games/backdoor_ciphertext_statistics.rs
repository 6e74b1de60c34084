use std::collections::BTreeMap;
use std::fmt;

use super::keystream::decoded;
use crate::engine::{Arena, Wire, execute};
use crate::games::building::Script;
use crate::games::{About, Game, game};
use crate::judge::{Judgement, ViolationKind, Weakness};
use crate::run::Totals;
use crate::schedule::{Action, Choices, MessageName, Schedule};
use crate::{Party, Profile, Rejection, Verdict};

game! {
    BackdoorCiphertextStatistics,
    id: "backdoor/ciphertext-statistics",
    catalogue: "G-NI-6",
    title: "Ciphertexts look like random bytes",
    severity: Medium,
    source: "Simmons, The prisoners' problem and the subliminal channel (CRYPTO 83); the chi-squared test as in NIST SP 800-22",
    checks: "Sends some long messages of random text and counts how often each byte occurs: in the ciphertexts, in what is \
        laid over the plaintexts (their xor), and in that xored with itself some bytes further on, as in a keystream that \
        repeats. 255 of 256 values may be anything, so the sum of squares is 255 give or take 23; beyond 600, which chance \
        reaches less than once in 10^25 times, it is no accident.",
    cannot_show: "A pattern under a key: a channel that is hidden well looks as random as everything else, and only the games \
        that hold the randomness find it. Ciphertexts that are written as text are left out.",
    control: "b91-seven-bit-keystream",
    plainly: "What a good lock leaves behind looks like noise. If it does not, something shows through: part of the message, or \
        a mark for somebody who reads along. This game counts letters, as spies have done for a thousand years. A clever \
        backdoor passes it, for a clever one is noise too; a clumsy one, or a broken cipher, does not.",
}

const BYTES: &str = "bytes of ciphertext looked at|bytes";
const UNEVEN: &str = "unevenness, where 255 is expected|";

/// Messages of a trial, and bytes of each.
const MESSAGES: u16 = 12;
const SIZE: u32 = 2048;

/// Fewer bytes say nothing: each value must be expected often enough for the squares to be spread as they should.
const ENOUGH: usize = 4096;

/// No random bytes are so uneven.
const LIMIT: f64 = 600.0;

/// After how many bytes a keystream may repeat.
const DISTANCES: [usize; 12] = [1, 2, 4, 8, 12, 16, 20, 24, 32, 48, 64, 128];

impl Game for BackdoorCiphertextStatistics {
    fn about(&self) -> &'static About {
        &ABOUT
    }

    fn needs(&self, arena: &Arena<'_>) -> Result<(), String> {
        if arena.capabilities.fields {
            Ok(())
        } else {
            Err("the ratchet does not tell where its ciphertext is".to_owned())
        }
    }

    fn trials(&self, _profile: &Profile) -> u64 {
        2
    }

    fn schedule(&self, profile: &Profile, _choices: &mut dyn Choices, trial: u64) -> Schedule {
        let mut script = Script::default();
        let by = if trial == 1 && !profile.is_one_way() { Party::Responder } else { Party::Initiator };
        script.talk(Party::Initiator, if by == Party::Responder { 1 } else { 2 }, profile.is_one_way());
        let sent = script.add(Action::Send { by, count: MESSAGES, size: SIZE, ad: 0 });
        script.deliver(MessageName::new(sent, 0), MESSAGES);
        script.finish()
    }

    fn judge(&self, arena: &Arena<'_>, schedule: &Schedule) -> Result<Judgement, Rejection> {
        let transcript = execute(arena, schedule)?;
        let mut judgement = Judgement::default();
        let sealed: Vec<Sealed<'_>> =
            transcript.wire.iter().filter_map(|wire| Sealed::of(arena, wire)).collect();
        let mut counts: BTreeMap<View, Counts> = BTreeMap::new();
        for one in &sealed {
            let mask = one.mask();
            counts.entry(View::Ciphertext).or_default().add(one.ciphertext.iter().copied());
            counts.entry(View::Mask).or_default().add(mask.iter().copied());
            for distance in DISTANCES {
                let pairs = mask.iter().zip(mask.iter().skip(distance)).map(|(one, two)| one ^ two);
                counts.entry(View::Repeats(distance)).or_default().add(pairs);
            }
        }
        let bytes: usize = sealed.iter().map(|one| one.ciphertext.len()).sum();
        if bytes < ENOUGH {
            return Ok(judgement);
        }
        judgement.measure(BYTES, bytes as u64);
        for (view, counts) in counts {
            let unevenness = counts.unevenness();
            judgement.measure(UNEVEN, unevenness as u64);
            // A pattern shows in what follows too; the first view of it says enough.
            if unevenness > LIMIT && judgement.weak.is_empty() {
                judgement.weak.insert((Weakness::Patterned, view.to_string()), 1);
            }
        }
        Ok(judgement)
    }

    fn counts(&self, _kind: ViolationKind) -> bool {
        false
    }

    fn counts_weak(&self, weakness: Weakness, _position: &str) -> bool {
        weakness == Weakness::Patterned
    }

    fn conclude(&self, _profile: &Profile, totals: &Totals) -> (Verdict, String) {
        match totals.figures.get(BYTES) {
            Some(bytes) => (Verdict::Pass, format!("{} bytes, none more frequent than chance allows", bytes.sum)),
            None => (Verdict::NotRun, "too few bytes of ciphertext, or they are written as text".to_owned()),
        }
    }
}

/// What is counted.
#[derive(Clone, Copy, Eq, Ord, PartialEq, PartialOrd)]
enum View {
    Ciphertext,
    /// Ciphertext xor plaintext.
    Mask,
    /// The mask xor itself so many bytes further on.
    Repeats(usize),
}

impl fmt::Display for View {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Ciphertext => f.write_str("some bytes are more frequent in ciphertexts"),
            Self::Mask => f.write_str("some bytes are more frequent in what is laid over plaintexts"),
            Self::Repeats(distance) => {
                write!(f, "what is laid over plaintexts resembles itself {distance} bytes further on")
            }
        }
    }
}

/// A message with its ciphertext as bytes.
struct Sealed<'t> {
    ciphertext: Vec<u8>,
    plaintext: &'t [u8],
}

impl<'t> Sealed<'t> {
    fn of(arena: &Arena<'_>, wire: &'t Wire) -> Option<Self> {
        let ciphertext = decoded(arena.field(&wire.bytes, "ciphertext")?);
        let is_text = ciphertext.iter().all(|byte| byte.is_ascii_graphic() || byte.is_ascii_whitespace());
        (!is_text).then_some(Self { ciphertext, plaintext: &wire.plaintext })
    }

    fn mask(&self) -> Vec<u8> {
        self.ciphertext.iter().zip(self.plaintext).map(|(sealed, plain)| sealed ^ plain).collect()
    }
}

/// How often each byte occurs.
struct Counts([u64; 256]);

impl Default for Counts {
    fn default() -> Self {
        Self([0; 256])
    }
}

impl Counts {
    fn add(&mut self, bytes: impl Iterator<Item = u8>) {
        bytes.for_each(|byte| self.0[usize::from(byte)] += 1);
    }

    /// The chi-squared statistic against equal frequencies: 255 for random bytes, with a standard deviation of 23.
    fn unevenness(&self) -> f64 {
        let expected = self.0.iter().sum::<u64>() as f64 / 256.0;
        if expected < ENOUGH as f64 / 256.0 / 2.0 {
            return 0.0;
        }
        self.0.iter().map(|&count| (count as f64 - expected).powi(2) / expected).sum()
    }
}

#[cfg(test)]
mod tests {
    use rand_core::Rng as _;

    use super::*;
    use crate::randomness::CaseSeed;

    fn counted(bytes: impl Iterator<Item = u8>) -> f64 {
        let mut counts = Counts::default();
        counts.add(bytes);
        counts.unevenness()
    }

    #[test]
    fn random_bytes_are_even_and_small_patterns_are_not() {
        let mut bytes = vec![0; 24_576];
        CaseSeed::of_trial(1, "statistics", 0).choices().fill_bytes(&mut bytes);
        let even = counted(bytes.iter().copied());
        assert!((150.0..400.0).contains(&even), "{even}");
        assert!(counted(bytes.iter().map(|byte| byte & 0x7f)) > LIMIT);
        // One bit is set in 60 of 100 bytes.
        let tilted = bytes.chunks_exact(2).map(|pair| pair[0] | u8::from(pair[1] < 52) << 3);
        assert!(counted(tilted.chain(bytes.iter().map(|byte| byte | 1))) > LIMIT);
        assert_eq!(counted(bytes[..100].iter().copied()), 0.0);
    }
}

mod poly1305;
mod xor_linear;

use super::building::Script;
use crate::engine::Arena;
use crate::games::{About, Game, game};
use crate::judge::{Judgement, Violation, ViolationKind, Weakness};
use crate::randomness::CallRng;
use crate::run::Totals;
use crate::schedule::{ActionId, Choices, Schedule};
use crate::{Party, Profile, Rejection, Verdict};

game! {
    ForgeryKeyCommitment,
    id: "forgery/key-commitment",
    catalogue: "G-AUTH-12",
    title: "No ciphertext opens under two keys",
    severity: Medium,
    source: "Dodis, Grubbs, Ristenpart, Woodage, Fast message franking, CRYPTO 2018 (invisible salamanders); Len, Grubbs, Ristenpart, Partitioning oracle attacks, USENIX Security 2021",
    checks: "Takes two message keys and asks the raw encryption for the tags of chosen ciphertexts under each. If the tag turns \
        out to be Poly1305's or linear in the bits of the ciphertext (GMAC and its like), the multipliers follow from the \
        answers, and one block is solved for so that both keys give the same tag: that ciphertext must then open under \
        both, which is tried. Keys that differ in single bits are tried as well. It fails where the profile claims \
        `key_commitment`, and is measured elsewhere.",
    cannot_show: "A collision of a tag that is neither of the two kinds; commitment of the header or of the identities.",
    control: "a29-claims-commitment",
}

const TRIED: &str = "pairs of message keys tried|times";
const COLLISIONS: &str = "ciphertexts that open under two keys|times";

/// Bytes of a block of both kinds of tag.
const BLOCK: usize = 16;

/// A ciphertext of three blocks: one to vary, one to solve for, one in between.
const LENGTH: usize = 3 * BLOCK;

impl Game for ForgeryKeyCommitment {
    fn about(&self) -> &'static About {
        &ABOUT
    }

    fn needs(&self, arena: &Arena<'_>) -> Result<(), String> {
        if !arena.capabilities.raw_aead {
            return Err("the ratchet does not show its raw encryption".to_owned());
        }
        let mut rng = arena.seed.derived(0xc0_33).choices();
        Oracle::with_any_key(arena, &mut rng).map(|_| ())
    }

    fn trials(&self, _profile: &Profile) -> u64 {
        2
    }

    fn schedule(&self, _profile: &Profile, _choices: &mut dyn Choices, _trial: u64) -> Schedule {
        // The raw encryption needs no conversation; the schedule only says that somebody speaks.
        let mut script = Script::default();
        script.send(Party::Initiator, 1);
        script.finish()
    }

    fn judge(&self, arena: &Arena<'_>, _schedule: &Schedule) -> Result<Judgement, Rejection> {
        let mut judgement = Judgement::default();
        let mut rng = arena.seed.derived(0xc0_34).choices();
        let pair = (Oracle::with_any_key(arena, &mut rng), Oracle::with_any_key(arena, &mut rng));
        let (Ok(first), Ok(second)) = pair else { return Ok(judgement) };
        judgement.measure(TRIED, 1);
        let found = poly1305::collision(&first, &second, &mut rng)
            .map(|sealed| (sealed, second.key.clone(), "solved for Poly1305"))
            .or_else(|| {
                let sealed = xor_linear::collision(&first, &second, &mut rng)?;
                Some((sealed, second.key.clone(), "solved for a tag linear in the ciphertext"))
            })
            .or_else(|| related_key(&first));
        let Some((sealed, other, how)) = found else { return Ok(judgement) };
        // Algebra proposes; only what really opens under both counts.
        let opens = |key: &[u8]| arena.ratchet.open_with(key, b"", &sealed).is_ok();
        if !(opens(&first.key) && opens(&other)) {
            return Ok(judgement);
        }
        judgement.measure(COLLISIONS, 1);
        if arena.profile.key_commitment {
            let detail = format!("a ciphertext of {} bytes, {how}", sealed.len());
            let kind = ViolationKind::NotCommitting;
            judgement.violations.push(Violation::new(kind, ActionId(1), detail));
        } else {
            let position = format!("a ciphertext opens under two keys ({how})");
            *judgement.weak.entry((Weakness::Unclaimed, position)).or_default() += 1;
        }
        Ok(judgement)
    }

    fn counts(&self, kind: ViolationKind) -> bool {
        kind == ViolationKind::NotCommitting
    }

    fn counts_weak(&self, weakness: Weakness, _position: &str) -> bool {
        weakness == Weakness::Unclaimed
    }

    fn conclude(&self, _profile: &Profile, totals: &Totals) -> (Verdict, String) {
        if !totals.figures.contains_key(TRIED) {
            return (Verdict::NotRun, "no key was taken".to_owned());
        }
        (Verdict::Pass, "no ciphertext was found that opens under two keys".to_owned())
    }
}

/// The raw encryption under one key, asked for the tags of chosen ciphertexts.
struct Oracle<'a, 'r> {
    arena: &'a Arena<'r>,
    key: Vec<u8>,
    keystream: [u8; LENGTH],
}

impl<'a, 'r> Oracle<'a, 'r> {
    /// Under a random key of a length that the raw encryption takes.
    fn with_any_key(arena: &'a Arena<'r>, rng: &mut CallRng) -> Result<Self, String> {
        for length in [32, 64, 16, 44, 48, 80, 24, 56, 96, 20] {
            let mut key = vec![0; length];
            rand_core::Rng::fill_bytes(rng, &mut key);
            let seal = || arena.ratchet.seal_with(&key, b"", &[0; LENGTH]).ok();
            let Some(sealed) = seal() else { continue };
            if seal().as_ref() != Some(&sealed) {
                return Err("its raw encryption is randomised, so no tag can be asked for".to_owned());
            }
            if sealed.len() != LENGTH + BLOCK {
                let more = sealed.len().saturating_sub(LENGTH);
                return Err(format!(
                    "its raw encryption adds {more} bytes, which is no tag of 16 behind a stream"
                ));
            }
            let keystream = std::array::from_fn(|at| sealed[at]);
            return Ok(Self { arena, key, keystream });
        }
        Err("its raw encryption took no key of a usual length".to_owned())
    }

    /// What stands behind this ciphertext; `None` if the cipher is no stream.
    fn tag(&self, ciphertext: &[u8; LENGTH]) -> Option<[u8; BLOCK]> {
        let plaintext: [u8; LENGTH] =
            std::array::from_fn(|at| ciphertext[at] ^ self.keystream[at]);
        let sealed = self.arena.ratchet.seal_with(&self.key, b"", &plaintext).ok()?;
        let (body, tag) = sealed.split_last_chunk::<BLOCK>()?;
        (body == ciphertext).then_some(*tag)
    }

    /// The tag with `block` in the middle block, and `varied` before it.
    fn tag_of_block(&self, varied: &[u8; BLOCK], block: [u8; BLOCK]) -> Option<[u8; BLOCK]> {
        self.tag(&ciphertext(varied, block))
    }
}

fn ciphertext(varied: &[u8; BLOCK], block: [u8; BLOCK]) -> [u8; LENGTH] {
    let mut ciphertext = [0; LENGTH];
    ciphertext[..BLOCK].copy_from_slice(varied);
    ciphertext[BLOCK..2 * BLOCK].copy_from_slice(&block);
    ciphertext
}

/// The sealed message, if both keys give it the same tag.
fn common(
    first: &Oracle<'_, '_>,
    second: &Oracle<'_, '_>,
    varied: &[u8; BLOCK],
    block: [u8; BLOCK],
) -> Option<Vec<u8>> {
    let tag = first.tag_of_block(varied, block)?;
    (second.tag_of_block(varied, block)? == tag)
        .then(|| [&ciphertext(varied, block)[..], &tag].concat())
}

/// A key that differs in one bit and opens what the first one sealed.
fn related_key(oracle: &Oracle<'_, '_>) -> Option<(Vec<u8>, Vec<u8>, &'static str)> {
    let ratchet = oracle.arena.ratchet;
    let sealed = ratchet.seal_with(&oracle.key, b"", &[0; LENGTH]).ok()?;
    (0..oracle.key.len() * 8).find_map(|bit| {
        let mut key = oracle.key.clone();
        key[bit / 8] ^= 1 << (bit % 8);
        let opens = ratchet.open_with(&key, b"", &sealed).is_ok();
        opens.then(|| (sealed.clone(), key, "a bit of the key counts for nothing"))
    })
}

fn random_block(rng: &mut CallRng) -> [u8; BLOCK] {
    let mut block = [0; BLOCK];
    rand_core::Rng::fill_bytes(rng, &mut block);
    block
}

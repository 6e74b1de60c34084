//! Correct hybrid ratchets of other shapes than the textbook's: the ideal describes them too, and accuses none.

#![allow(clippy::unwrap_used, clippy::panic, reason = "clippy knows tests by their attribute only")]

use rand_core::CryptoRng;
use serde::{Deserialize, Serialize};
use sprag::run::{CheckOptions, check};
use sprag::{DynRatchet, KeyGeneration, PqRekey, Rejection, Verdict};
use sprag_protocols::HybridRatchet;
use sprag_protocols::hybrid::{Exchange, HybridSteps, KemHeader, Load, PostQuantum};

const GAMES: [&str; 9] = [
    "model/random-schedule",
    "forward-secrecy/consumed-key",
    "recovery/healing-time",
    "recovery/ratchet-liveness",
    "recovery/hybrid-independence",
    "order/immediate-decryption",
    "order/crossing-sends",
    "persistence/round-trip",
    "profile/describes-this-ratchet",
];

#[track_caller]
fn passes(ratchet: &dyn DynRatchet) {
    let options = CheckOptions { seed: 4, ..CheckOptions::default() };
    let result = check(ratchet, &options, |game| GAMES.contains(&game.about().id)).unwrap();
    assert_eq!(result.games.len(), GAMES.len());
    for game in &result.games {
        let case = game.failure.as_ref().map(|failure| failure.schedule.to_string());
        assert_eq!(game.verdict, Verdict::Pass, "{}: {} {case:?}", game.id, game.reason);
    }
}

#[test]
fn a_lazy_classical_half() {
    passes(&HybridRatchet::default().with_key_generation(KeyGeneration::Lazy));
}

#[test]
fn small_limits() {
    passes(&HybridRatchet::default().with_limits(3, 2));
}

#[test]
fn no_gaps_at_all() {
    passes(&HybridRatchet::default().with_limits(0, 0));
}

/// Offers a key only after some messages of the epoch (the shape of a ratchet that spares bandwidth).
#[derive(Clone, Copy)]
struct Sparse;

const SPARSE: u32 = 3;

impl HybridSteps for Sparse {
    type Extra = ();

    fn pq_rekey(&self) -> PqRekey {
        PqRekey { messages: 2 + SPARSE, epochs: 2 }
    }

    fn prepare_sending(
        &self,
        half: &mut PostQuantum<()>,
        rng: &mut dyn CryptoRng,
    ) -> Result<(), Rejection> {
        let offers = PostQuantum::<()>::offers_after(half.epoch) == half.party;
        match &half.exchange {
            Exchange::Idle if offers && half.ns < SPARSE => Ok(()),
            _ => sprag_protocols::hybrid::Textbook.prepare_sending(half, rng),
        }
    }
}

#[test]
fn an_epoch_that_is_begun_after_some_messages() {
    passes(&HybridRatchet::with_steps(Sparse));
}

/// Takes a key over only once it has come several times, as one that arrives in chunks.
#[derive(Clone, Copy)]
struct Chunks;

const CHUNKS: u32 = 3;

#[derive(Clone, Default, Deserialize, Serialize)]
struct Received {
    epoch: u32,
    chunks: u32,
}

impl HybridSteps for Chunks {
    type Extra = Received;

    fn pq_rekey(&self) -> PqRekey {
        PqRekey { messages: 1 + CHUNKS, epochs: 2 }
    }

    fn absorb(
        &self,
        half: &mut PostQuantum<Received>,
        header: &KemHeader,
    ) -> Result<(), Rejection> {
        if half.extra.epoch != header.epoch {
            half.extra = Received { epoch: header.epoch, chunks: 0 };
        }
        half.extra.chunks += u32::from(matches!(header.load, Load::PublicKey(_)));
        if half.extra.chunks < CHUNKS { Ok(()) } else { half.absorb(header) }
    }
}

#[test]
fn a_public_key_that_takes_several_messages() {
    passes(&HybridRatchet::with_steps(Chunks));
}

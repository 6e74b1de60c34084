//! Ratchets that would end a careless harness: they are for the watchdog, and for worker processes only.

use std::hint::black_box;

use rand_core::CryptoRng;
use sprag::Rejection;
use sprag_protocols::Steps;
use sprag_protocols::crypto::{Key, TAG_LENGTH, open};
use sprag_protocols::double_ratchet::{Config, HEADER_LENGTH, Header, State};

use crate::mutant::mutant;

mutant! {
    EndlessLoop, "h01-endless-loop", Harness, Trivial,
    "A message that does not authenticate is never done with",
    killed by "forgery/bit-flips", "atomicity/failed-decrypt"
}

impl Steps for EndlessLoop {
    type Extra = ();

    fn discard(&self, _state: &mut State<()>, draft: State<()>) {
        loop {
            black_box(&draft);
        }
    }
}

mutant! {
    Aborts, "h02-aborts", Harness, Trivial,
    "The process aborts at the twentieth message that a party sends",
    killed by "model/random-schedule"
}

impl Steps for Aborts {
    type Extra = u32;

    fn prepare_sending(
        &self,
        _config: &Config,
        state: &mut State<u32>,
        rng: &mut dyn CryptoRng,
    ) -> Result<(), Rejection> {
        state.extra += 1;
        if state.extra == 20 {
            std::process::abort();
        }
        if state.cks.is_none() { self.sending_half(state, rng) } else { Ok(()) }
    }
}

mutant! {
    StackOverflow, "h03-stack-overflow", Harness, Trivial,
    "A message that does not authenticate leads to a recursion without end",
    killed by "forgery/bit-flips", "atomicity/failed-decrypt"
}

impl Steps for StackOverflow {
    type Extra = ();

    fn discard(&self, _state: &mut State<()>, _draft: State<()>) {
        black_box(deeper(1));
    }
}

/// Never returns in practice, which the compiler must not see. What it does after the call keeps it a call.
fn deeper(depth: u64) -> u64 {
    let page = black_box([depth; 512]);
    if black_box(depth) == 0 {
        return 0;
    }
    deeper(depth + 1).wrapping_add(black_box(&page)[0])
}

mutant! {
    MemoryBomb, "h04-memory-bomb", Harness, Trivial,
    "A message that does not authenticate makes the process grow without bound",
    killed by "forgery/bit-flips", "atomicity/failed-decrypt"
}

impl Steps for MemoryBomb {
    type Extra = ();

    fn discard(&self, _state: &mut State<()>, _draft: State<()>) {
        let mut pages = Vec::new();
        loop {
            pages.push(vec![1_u8; 1 << 20]);
            black_box(&pages);
        }
    }
}

mutant! {
    PanicsOnShortInput, "d09-panics-on-short-input", Harness, Moderate,
    "A message shorter than its header is read out of range",
    killed by "forgery/bit-flips", "atomicity/failed-decrypt"
}

impl Steps for PanicsOnShortInput {
    type Extra = ();

    fn parse<'m>(&self, message: &'m [u8]) -> Result<(Header, &'m [u8]), Rejection> {
        black_box(&message[..HEADER_LENGTH]);
        Header::decode(message, TAG_LENGTH)
    }
}

mutant! {
    WrongPlaintext, "h05-wrong-plaintext", Harness, Moderate,
    "About every seventh message opens with its first byte changed",
    killed by "model/random-schedule", "order/immediate-decryption"
}

impl Steps for WrongPlaintext {
    type Extra = ();

    fn decrypt(&self, mk: &Key, sealed: &[u8], ad: &[u8]) -> Result<Vec<u8>, Rejection> {
        let mut plaintext = open(mk, ad, sealed)?;
        if mk.0[0].is_multiple_of(7)
            && let Some(first) = plaintext.first_mut()
        {
            *first ^= 1;
        }
        Ok(plaintext)
    }
}

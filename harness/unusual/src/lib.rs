//! Honest ratchets of unusual shape, against which no game may raise an alarm.
//!
//! A false accusation is the worst that a harness can do. Each [`Member`] here is correct under the profile that it
//! declares, and differs from the textbooks of `sprag-protocols` in one thing (a few in several) that real systems
//! differ in too. `tests/unusual_but_honest.rs` plays every game on every member.
//!
//! # Adding a member
//!
//! | what | where |
//! |---|---|
//! | a function that makes it, `Member { oddity, like, ratchet }`; its name begins with `unusual/` | the file of its theme, or a new one |
//! | one line | `ZOO` below |
//!
//! | it is | take |
//! |---|---|
//! | a textbook under other claims | `Wrapped` with `Claims` |
//! | a textbook with one thing changed: wire, sessions, refusals, randomness, clock, … | a `Change`, put around it by `Wrapped` |
//! | a Double Ratchet with one step changed | an implementation of `sprag_protocols::Steps` |
//! | anything else | a `Ratchet` of its own, as `chains.rs` |
//!
//! What it declares must be true. Where no profile says the truth about a correct ratchet, that is a fault of the
//! profiles, and to be mended in `sprag`.

#![forbid(unsafe_code)]

mod encodings;
mod playing;
mod wrapped;

use sprag::{DynRatchet, Ratchet};

pub use playing::{Known, Trials, play, probe};

/// An honest ratchet of unusual shape.
pub struct Member {
    /// What is unusual about it.
    pub oddity: &'static str,
    /// A system that has this shape.
    pub like: &'static str,
    /// Itself.
    pub ratchet: Box<dyn DynRatchet>,
}

fn member(oddity: &'static str, like: &'static str, ratchet: impl Ratchet + 'static) -> Member {
    Member { oddity, like, ratchet: Box::new(ratchet) }
}

macro_rules! zoo {
    ($($file:ident: $($member:ident)+;)+) => {
        $(mod $file;)+

        /// What makes each member.
        const ZOO: &[fn() -> Member] = &[$($($file::$member,)+)+];
    };
}

zoo! {
    limits: no_gap_eager no_gap_lazy skips_and_stores_nothing stores_less_than_it_skips refuses_when_full
        refuses_when_full_undeclared gives_up_old_chains undeclared_limits expiring_keys
        encrypted_headers_with_small_limits;
    chains: retained_chains one_retained_chain no_retained_chain old_key_kept initial_chain_lazy
        initial_chain_eager key_per_message late_start one_store sliding_window;
    starts: opened_eager opened_lazy opened_symmetric initial_chain_closed initial_chain_closed_lazy
        answering_symmetric answering_periodic answering_texts answering_static;
    bare: no_fields no_export no_associated_data bare_eager bare_lazy bare_symmetric bare_static;
    wire: json base64_text protobuf_with_known_names fields_with_unknown_names some_fields_only
        counter_field_only fields_that_never_come big_header counts_from_one;
    ciphers: cbc_eight_byte_tag cbc_long_tag random_nonce synthetic_nonce to_the_letter;
    padding: random_padding padding_to_buckets least_size;
    order: strict_eager strict_lazy uncounted uncounted_that_aborts aborting;
    refusals: one_class forged_for_all own_classes draws_first;
    randomness: hidden_eager hidden_lazy hidden_in_rekeys hidden_without_integrity slow;
    symmetric: one_way ends_after_a_hundred counter_of_one_byte;
    periodic: rekeys_often undeclared_limits rekeys_by_clock keeps_last_period strict;
    inline_rekey: rekeys_inline;
    statics: no_replays to_recipient no_direction synthetic_nonce;
    sizes: declared undeclared never_empty very_short too_short_to_tell_apart datagram;
    rest: salted pickled;
    service: acknowledging_eager acknowledging_lazy acknowledging_without_gap acknowledging_without_store
        acknowledging_in_old_chains acknowledging_in_a_window acknowledging_in_order
        acknowledging_until_forgery acknowledging_a_hundred acknowledging_without_integrity greeting
        sealed numbered;
    integrity: no_integrity;
    combined: opened_padded_hidden_bare chains_sealed_one_class_bare encrypted_headers_bare
        encrypted_headers_opened;
}

/// A Double Ratchet that draws from a generator of its own, but every 25th time only, so that few conversations show it.
/// It is no member: `backdoor/determinism` is there to find such a generator. All other games must let it pass.
#[must_use]
pub fn rarely_hidden() -> Member {
    randomness::rarely_hidden()
}

/// Every member.
pub fn zoo() -> impl ExactSizeIterator<Item = Member> {
    ZOO.iter().map(|make| make())
}

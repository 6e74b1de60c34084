//! The library behind the trait, and as the child that it is.

#![allow(clippy::unwrap_used, clippy::panic, reason = "clippy knows tests by their attribute only")]

#[path = "../../shared/child.rs"]
mod child;
#[path = "../../shared/conversation.rs"]
mod conversation;

use sprag_rust_libraries_ratchet_x2::{NAMES, RatchetX2};

#[test]
fn messages_open_out_of_order() {
    conversation::out_of_order(&RatchetX2, true);
}

#[test]
fn copies_go_on_by_themselves() {
    conversation::copies(&RatchetX2);
}

#[test]
fn the_seed_is_all_the_randomness() {
    assert!(conversation::same_seed_same_bytes(&RatchetX2));
}

#[test]
fn fields_are_the_message() {
    conversation::fields(&RatchetX2, &[]);
}

#[test]
fn a_changed_message_is_refused() {
    conversation::refuses_changes(&RatchetX2);
}

#[test]
fn the_library_describes_itself() {
    child::describes(env!("CARGO_BIN_EXE_sprag-rust-libraries-ratchet-x2"), &NAMES);
}

//! Each ratchet behind the trait, and as the child that it is.

#![allow(clippy::unwrap_used, clippy::panic, reason = "clippy knows tests by their attribute only")]

#[path = "../../shared/child.rs"]
mod child;
#[path = "../../shared/conversation.rs"]
mod conversation;

use sprag_rust_libraries_double_ratchet_2::{NAMES, library};

/// What of them refuses without ending the program.
const CAUGHT: [&str; 2] = ["plain-caught", "encrypted-header-caught"];

#[test]
fn messages_open_out_of_order() {
    for name in CAUGHT {
        // The library itself refuses a repeated message at the price of the session: that is looked at elsewhere.
        conversation::out_of_order(&*library(name).unwrap().0, false);
    }
}

#[test]
fn copies_go_on_by_themselves() {
    for name in CAUGHT {
        conversation::copies(&*library(name).unwrap().0);
    }
}

#[test]
fn the_seed_is_all_the_randomness() {
    for name in NAMES {
        assert!(conversation::same_seed_same_bytes(&*library(name).unwrap().0), "{name}");
    }
}

#[test]
fn fields_are_the_message() {
    for name in NAMES {
        conversation::fields(&*library(name).unwrap().0, &[]);
    }
}

#[test]
fn a_changed_message_is_refused() {
    for name in CAUGHT {
        conversation::refuses_changes(&*library(name).unwrap().0);
    }
}

#[test]
fn each_ratchet_describes_itself() {
    child::describes(env!("CARGO_BIN_EXE_sprag-rust-libraries-double-ratchet-2"), &NAMES);
}

//! Each library behind the trait, and one as the child that it is.

#![allow(clippy::unwrap_used, clippy::panic, reason = "clippy knows tests by their attribute only")]

#[path = "../../shared/child.rs"]
mod child;
#[path = "../../shared/conversation.rs"]
mod conversation;

use sprag_rust_libraries::{NAMES, library};

#[test]
fn messages_open_out_of_order() {
    for (name, once) in
        [("double-ratchet", true), ("megolm", false), ("nostr", true), ("olm-0.9", true)]
    {
        conversation::out_of_order(&*library(name).unwrap().0, once);
    }
}

#[test]
fn copies_go_on_by_themselves() {
    for name in NAMES {
        conversation::copies(&*library(name).unwrap().0);
    }
}

#[test]
fn the_seed_is_all_the_randomness_but_of_two() {
    for name in NAMES {
        let same = conversation::same_seed_same_bytes(&*library(name).unwrap().0);
        assert_eq!(same, !["nostr", "olm-0.9"].contains(&name), "{name}");
    }
}

#[test]
fn fields_are_the_message() {
    // Between the fields of Olm stand their tags.
    for name in NAMES.into_iter().filter(|name| *name != "olm-0.9") {
        conversation::fields(&*library(name).unwrap().0, &["ciphertext_length"]);
    }
}

#[test]
fn a_changed_message_is_refused() {
    for name in NAMES {
        conversation::refuses_changes(&*library(name).unwrap().0);
    }
}

#[test]
fn each_library_describes_itself() {
    child::describes(env!("CARGO_BIN_EXE_sprag-rust-libraries"), &NAMES);
}

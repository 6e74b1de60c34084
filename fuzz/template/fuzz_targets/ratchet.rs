#![no_main]
sprag::fuzz_targets!(my_ratchet::DoubleRatchet::eager());

//! Numbers that do not hold what they must.

use sprag::Rejection;
use sprag_protocols::Steps;
use sprag_protocols::crypto::Key;
use sprag_protocols::double_ratchet::{Header, State, Textbook};

use crate::mutant::mutant;

mutant! {
    NumberSavedIn16Bits, "s09-counter-saved-in-16-bits", Persistence, Subtle,
    "The number of the next message sent is saved in 16 bits",
    killed by "counters/edges"
}

impl Steps for NumberSavedIn16Bits {
    type Extra = ();

    fn saved(&self, state: &State<()>) -> State<()> {
        State { ns: state.ns & 0xffff, ..state.clone() }
    }
}

mutant! {
    ExpectedNumberSavedIn8Bits, "s50-expected-number-saved-in-8-bits", Persistence, Subtle,
    "The number of the next message expected is saved in 8 bits",
    killed by "counters/edges", "persistence/round-trip"
}

impl Steps for ExpectedNumberSavedIn8Bits {
    type Extra = ();

    fn saved(&self, state: &State<()>) -> State<()> {
        State { nr: state.nr & 0xff, ..state.clone() }
    }
}

// whatsapp-rust pull request 782 had a counter that wrapped in the same way.
mutant! {
    NumberIn16BitsOnTheWire, "d58-number-in-16-bits-on-the-wire", DenialOfService, Subtle,
    "The number of a message goes out in 16 bits",
    killed by "counters/edges"
}

impl Steps for NumberIn16BitsOnTheWire {
    type Extra = ();

    fn sending_key(&self, state: &mut State<()>) -> Result<(Header, Key), Rejection> {
        let (header, mk) = Textbook.sending_key(state)?;
        Ok((Header { n: header.n & 0xffff, ..header }, mk))
    }
}

mutant! {
    NumberWraps, "d59-number-wraps", DenialOfService, Subtle,
    "The greatest number of 32 bits is followed by 0 instead of an error",
    killed by "counters/edges"
}

impl Steps for NumberWraps {
    type Extra = ();

    fn sending_key(&self, state: &mut State<()>) -> Result<(Header, Key), Rejection> {
        if state.ns < u32::MAX {
            return Textbook.sending_key(state);
        }
        state.ns -= 1;
        let (header, mk) = Textbook.sending_key(state)?;
        state.ns = 0;
        Ok((Header { n: u32::MAX, ..header }, mk))
    }
}

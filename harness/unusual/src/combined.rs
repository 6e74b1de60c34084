//! Several oddities at once: what games bear one by one they must bear together.

use sprag::{Capabilities, RejectionClass};
use sprag_protocols::double_ratchet::DoubleRatchet;
use sprag_protocols::header_encrypted::HeaderEncrypted;

use crate::bare::Left;
use crate::chains;
use crate::padding::Padded;
use crate::randomness::Hidden;
use crate::refusals::Reclassed;
use crate::service::Sealed;
use crate::starts::Opened;
use crate::wrapped::Wrapped;
use crate::{Member, member};

const NOTHING: Left = Left(|_| Capabilities::default());
const ONE_CLASS: Reclassed = Reclassed(|_| RejectionClass::Other);

pub(crate) fn opened_padded_hidden_bare() -> Member {
    let ratchet = Wrapped { name: "", ratchet: DoubleRatchet::lazy(), change: Opened };
    let padded = Padded { bucket: 48, least: 0, is_random: true };
    let ratchet = Wrapped { name: "", ratchet, change: padded };
    let ratchet = Wrapped { name: "", ratchet, change: Hidden::default() };
    let name = "unusual/opened-padded-hidden-bare";
    let ratchet = Wrapped { name, ratchet, change: NOTHING };
    member("an opened pair, random padding, hidden randomness, no abilities", "most apps", ratchet)
}

pub(crate) fn chains_sealed_one_class_bare() -> Member {
    let ratchet = Wrapped { name: "", ratchet: chains::OLM, change: Sealed };
    let ratchet = Wrapped { name: "", ratchet, change: ONE_CLASS };
    let name = "unusual/chains-sealed-one-class-bare";
    let ratchet = Wrapped { name, ratchet, change: NOTHING };
    member("old chains in an envelope, one error, no abilities", "Signal, from far away", ratchet)
}

pub(crate) fn encrypted_headers_bare() -> Member {
    let ratchet = HeaderEncrypted::textbook();
    let ratchet = Wrapped { name: "unusual/encrypted-headers-bare", ratchet, change: NOTHING };
    member("encrypted headers, and no word about them", "the text, section 4", ratchet)
}

pub(crate) fn encrypted_headers_opened() -> Member {
    let ratchet = HeaderEncrypted::textbook();
    let ratchet = Wrapped { name: "", ratchet, change: Opened };
    let name = "unusual/encrypted-headers-opened";
    let ratchet = Wrapped { name, ratchet, change: ONE_CLASS };
    member("encrypted headers, an opened pair, one error", "the text, section 4", ratchet)
}

//! Other encryption of the message itself than ChaCha20-Poly1305 with a derived nonce.

use aes::Aes256;
use aes::cipher::block_padding::Pkcs7;
use aes::cipher::{BlockModeDecrypt as _, BlockModeEncrypt as _, KeyIvInit as _};
use rand_core::CryptoRng;
use sprag::{Capabilities, Field, KeyGeneration, Ratchet, Rejection};
use sprag_protocols::crypto::{self, Key, NONCE_LENGTH, TAG_LENGTH};
use sprag_protocols::double_ratchet::{Config, DoubleRatchet, HEADER_LENGTH, Header, State};
use sprag_protocols::{Steps, Textbook};

use crate::wrapped::{Change, Wrapped, of_another_wire};
use crate::{Member, member};

/// Where nonce and tag are, for ratchets whose header is the textbook's.
struct Lengths {
    nonce: usize,
    tag: usize,
}

impl<S: Steps> Change<DoubleRatchet<S>> for Lengths {
    type Memory = ();

    fn capabilities(&self, ratchet: &DoubleRatchet<S>) -> Capabilities {
        Capabilities { fields: true, ..of_another_wire(Ratchet::capabilities(ratchet)) }
    }

    fn fields(&self, _: &DoubleRatchet<S>, message: &[u8]) -> Result<Vec<Field>, Rejection> {
        let (_, body) = Header::decode(message, self.nonce + self.tag)?;
        let (at, ciphertext) = (HEADER_LENGTH + self.nonce, body.len() - self.nonce - self.tag);
        let mut fields = vec![
            Field::new("version", 0, 1),
            Field::new("ratchet_key", 1, 32),
            Field::new("previous_counter", 33, 4),
            Field::new("counter", 37, 4),
            Field::new("ciphertext", at, ciphertext),
            Field::new("tag", at + ciphertext, self.tag),
        ];
        if self.nonce > 0 {
            // Where it comes from it does not tell.
            fields.insert(4, Field::new("nonce", HEADER_LENGTH, self.nonce));
        }
        Ok(fields)
    }
}

fn with_lengths<S: Steps>(
    name: &'static str,
    key_generation: KeyGeneration,
    steps: S,
    change: Lengths,
) -> Wrapped<DoubleRatchet<S>, Lengths> {
    Wrapped { name, ratchet: DoubleRatchet::with_steps(key_generation, steps), change }
}

/// AES-256-CBC, then HMAC-SHA256 of which `N` bytes are sent.
#[derive(Clone)]
pub(crate) struct CbcHmac<const N: usize>;

fn cbc_keys(mk: &Key) -> ([u8; 32], Key, [u8; 16]) {
    let keys = crypto::hkdf_sha256::<80>(&Key::default(), &mk.0, b"unusual cbc");
    let mac = std::array::from_fn(|i| keys[32 + i]);
    (std::array::from_fn(|i| keys[i]), Key(mac), std::array::from_fn(|i| keys[64 + i]))
}

fn mac<const N: usize>(key: &Key, ad: &[u8], ciphertext: &[u8]) -> [u8; N] {
    let tag = crypto::hmac_sha256(key, &crypto::concat(ad, ciphertext));
    std::array::from_fn(|i| tag.0[i])
}

impl<const N: usize> Steps for CbcHmac<N> {
    type Extra = ();

    fn encrypt(&self, mk: &Key, plaintext: &[u8], ad: &[u8]) -> Vec<u8> {
        let (key, mac_key, iv) = cbc_keys(mk);
        let cipher = cbc::Encryptor::<Aes256>::new(&key.into(), &iv.into());
        let ciphertext = cipher.encrypt_padded_vec::<Pkcs7>(plaintext);
        let tag = mac::<N>(&mac_key, ad, &ciphertext);
        [&ciphertext[..], &tag].concat()
    }

    fn decrypt(&self, mk: &Key, sealed: &[u8], ad: &[u8]) -> Result<Vec<u8>, Rejection> {
        let (key, mac_key, iv) = cbc_keys(mk);
        let forged = || Rejection::forged("wrong tag");
        let (ciphertext, tag) = sealed.split_last_chunk::<N>().ok_or_else(forged)?;
        if mac::<N>(&mac_key, ad, ciphertext) != *tag {
            return Err(forged());
        }
        let cipher = cbc::Decryptor::<Aes256>::new(&key.into(), &iv.into());
        cipher.decrypt_padded_vec::<Pkcs7>(ciphertext).map_err(|_| forged())
    }

    fn parse<'m>(&self, message: &'m [u8]) -> Result<(Header, &'m [u8]), Rejection> {
        Header::decode(message, 16 + N)
    }
}

pub(crate) fn cbc_eight_byte_tag() -> Member {
    let (steps, lengths) = (CbcHmac::<8>, Lengths { nonce: 0, tag: 8 });
    let ratchet = with_lengths("unusual/cbc-hmac-8", KeyGeneration::Lazy, steps, lengths);
    member("AES-CBC, and eight bytes of an HMAC", "libsignal; Olm version 1", ratchet)
}

pub(crate) fn cbc_long_tag() -> Member {
    let (steps, lengths) = (CbcHmac::<32>, Lengths { nonce: 0, tag: 32 });
    let ratchet = with_lengths("unusual/cbc-hmac-32", KeyGeneration::Eager, steps, lengths);
    member("AES-CBC, and a whole HMAC", "the text, section 7.2; Olm version 2", ratchet)
}

/// A nonce before each ciphertext, drawn or made of key and plaintext.
#[derive(Clone)]
pub(crate) struct Nonce {
    is_random: bool,
}

impl Nonce {
    fn seal(mk: &Key, nonce: [u8; NONCE_LENGTH], ad: &[u8], plaintext: &[u8]) -> Vec<u8> {
        [&nonce[..], &crypto::seal_static(mk, nonce, ad, plaintext)].concat()
    }
}

impl Steps for Nonce {
    type Extra = ();

    fn encrypt(&self, mk: &Key, plaintext: &[u8], ad: &[u8]) -> Vec<u8> {
        let synthetic = crypto::hmac_sha256(mk, &crypto::concat(ad, plaintext));
        Self::seal(mk, std::array::from_fn(|i| synthetic.0[i]), ad, plaintext)
    }

    fn decrypt(&self, mk: &Key, sealed: &[u8], ad: &[u8]) -> Result<Vec<u8>, Rejection> {
        let (nonce, sealed) =
            sealed.split_first_chunk().ok_or_else(|| Rejection::malformed("no nonce"))?;
        crypto::open_static(mk, *nonce, ad, sealed)
    }

    fn parse<'m>(&self, message: &'m [u8]) -> Result<(Header, &'m [u8]), Rejection> {
        Header::decode(message, NONCE_LENGTH + TAG_LENGTH)
    }

    fn ratchet_encrypt(
        &self,
        config: &Config,
        state: &mut State<()>,
        rng: &mut dyn CryptoRng,
        ad: &[u8],
        plaintext: &[u8],
    ) -> Result<Vec<u8>, Rejection> {
        let mut draft = state.draft();
        self.prepare_sending(config, &mut draft, rng)?;
        let (header, mk) = self.sending_key(&mut draft)?;
        let ad = self.concat(ad, &header);
        let mut nonce = [0; NONCE_LENGTH];
        rng.fill_bytes(&mut nonce);
        let sealed = match self.is_random {
            true => Self::seal(&mk, nonce, &ad, plaintext),
            false => self.encrypt(&mk, plaintext, &ad),
        };
        state.commit(draft, config.max_stored);
        Ok([header.encode(), sealed].concat())
    }
}

const NONCED: Lengths = Lengths { nonce: NONCE_LENGTH, tag: TAG_LENGTH };

pub(crate) fn random_nonce() -> Member {
    let steps = Nonce { is_random: true };
    let ratchet = with_lengths("unusual/random-nonce", KeyGeneration::Eager, steps, NONCED);
    member("a random nonce under a key that is used once", "Wire's Proteus; many apps", ratchet)
}

pub(crate) fn synthetic_nonce() -> Member {
    let steps = Nonce { is_random: false };
    let ratchet = with_lengths("unusual/synthetic-nonce", KeyGeneration::Lazy, steps, NONCED);
    member("a nonce made of key and plaintext", "AES-SIV; Session's older messages", ratchet)
}

/// The text to the letter: no replay is looked for, so that one just does not authenticate.
#[derive(Clone)]
pub(crate) struct ToTheLetter;

impl Steps for ToTheLetter {
    type Extra = ();

    fn check_replay(&self, _state: &State<()>, _header: &Header) -> Result<(), Rejection> {
        Ok(())
    }

    fn skip_message_keys(&self, state: &mut State<()>, until: u32) {
        Textbook.skip_message_keys(state, until);
    }
}

pub(crate) fn to_the_letter() -> Member {
    let lengths = Lengths { nonce: 0, tag: TAG_LENGTH };
    let name = "unusual/to-the-letter";
    let ratchet = with_lengths(name, KeyGeneration::Eager, ToTheLetter, lengths);
    member("a replay is refused as a forgery", "the Double Ratchet's text, section 3.5", ratchet)
}

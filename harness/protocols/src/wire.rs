//! Messages of the simple ratchets: version 1, counters of four bytes each (most significant first),
//! ciphertext, tag 16. Associated data and header are authenticated together.

use sprag::{Field, Origin, Rejection};

use crate::crypto::{self, Key, TAG_LENGTH};

const VERSION: u8 = 1;

/// A message with `N` counters in its header.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Message<'m, const N: usize> {
    pub(crate) counters: [u32; N],
    header: &'m [u8],
    sealed: &'m [u8],
}

impl<'m, const N: usize> Message<'m, N> {
    /// Splits `message` into header and body.
    pub(crate) fn decode(message: &'m [u8]) -> Result<Self, Rejection> {
        let malformed = || Rejection::malformed("no message of this ratchet");
        let (header, sealed) = message.split_at_checked(1 + 4 * N).ok_or_else(malformed)?;
        let (version, counters) = header.split_first().ok_or_else(malformed)?;
        if *version != VERSION || sealed.len() < TAG_LENGTH {
            return Err(malformed());
        }
        let (numbers, _) = counters.as_chunks::<4>();
        let counters = std::array::from_fn(|i| u32::from_be_bytes(numbers[i]));
        Ok(Self { counters, header, sealed })
    }

    /// The plaintext.
    pub(crate) fn open(&self, mk: &Key, ad: &[u8]) -> Result<Vec<u8>, Rejection> {
        crypto::open(mk, &crypto::concat(ad, self.header), self.sealed)
    }

    /// Where the fields are, the counters by these names.
    pub(crate) fn fields(&self, counters: [&'static str; N]) -> Vec<Field> {
        let ciphertext = self.sealed.len() - TAG_LENGTH;
        let lengths = counters.map(|name| (name, 4));
        let around = ([("version", 1)], [("ciphertext", ciphertext), ("tag", TAG_LENGTH)]);
        let public = around.0.into_iter().chain(lengths).map(|field| (field, Origin::Public));
        let derived = around.1.into_iter().map(|field| (field, Origin::Derived));
        let mut offset = 0;
        let all = public.chain(derived).map(|((name, length), origin)| {
            offset += length;
            Field::new(name, offset - length, length).with_origin(origin)
        });
        all.collect()
    }
}

/// Encrypts under `mk`, which is used once.
pub(crate) fn seal<const N: usize>(
    mk: &Key,
    counters: [u32; N],
    ad: &[u8],
    plaintext: &[u8],
) -> Vec<u8> {
    let header = [&[VERSION], counters.map(u32::to_be_bytes).as_flattened()].concat();
    let sealed = crypto::seal(mk, &crypto::concat(ad, &header), plaintext);
    [header, sealed].concat()
}

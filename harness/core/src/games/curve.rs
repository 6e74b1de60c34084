//! The keys of Curve25519 that no honest party has: points of low order in all their spellings, and an honest key moved
//! by one of them.

#[cfg(feature = "curve25519")]
use curve25519_dalek::constants::EIGHT_TORSION;
#[cfg(feature = "curve25519")]
use curve25519_dalek::montgomery::MontgomeryPoint;

/// Every u-coordinate of low order, on the curve and on its twist, in every spelling that X25519 decodes to it: below
/// and above the prime, and with bit 255, which it ignores. The list is that of Bernstein's page on Curve25519
/// ("Do I need to validate Curve25519 public keys?").
pub(super) fn unusable_keys() -> Vec<(&'static str, [u8; 32])> {
    const ORDER_8: [&str; 2] = [
        "e0eb7a7c3b41b8ae1656e3faf19fc46ada098deb9c32b1fd866205165f49b800",
        "5f9c95bca3508c24b1d0b1559c83ef5b04445cc4581c8e86d8224eddd09f1157",
    ];
    // 2^255 - 19 + n, little endian.
    let near_prime = |n: i16| {
        let mut key = [0xff; 32];
        key[0] = (0xed + n) as u8;
        key[31] = 0x7f;
        key
    };
    let small = |n: u8| {
        let mut key = [0; 32];
        key[0] = n;
        key
    };
    let mut keys = vec![
        ("0", small(0)),
        ("1", small(1)),
        ("p - 1", near_prime(-1)),
        ("p", near_prime(0)),
        ("p + 1", near_prime(1)),
    ];
    for text in ORDER_8 {
        let mut key = [0; 32];
        if hex::decode_to_slice(text, &mut key).is_ok() {
            keys.push(("of order 8", key));
        }
    }
    let with_high_bit = keys.clone().into_iter().map(|(_, mut key)| {
        key[31] |= 0x80;
        ("of low order, with bit 255", key)
    });
    keys.extend(with_high_bit);
    keys
}

/// Other keys with which X25519 agrees on what it agrees on with `honest`.
pub(super) fn other_spellings(honest: &[u8; 32]) -> Vec<(&'static str, [u8; 32])> {
    let mut high = *honest;
    high[31] ^= 0x80;
    let mut keys = vec![("with bit 255 flipped", high)];
    keys.extend(moved(honest).into_iter().map(|key| ("plus a point of low order", key)));
    keys
}

#[cfg(feature = "curve25519")]
fn moved(honest: &[u8; 32]) -> Vec<[u8; 32]> {
    let point = MontgomeryPoint(*honest).to_edwards(0);
    let moved = |point| EIGHT_TORSION[1..].iter().map(move |torsion| point + torsion);
    point.into_iter().flat_map(moved).map(|moved| moved.to_montgomery().to_bytes()).collect()
}

/// The game says that it does not run.
#[cfg(not(feature = "curve25519"))]
fn moved(_: &[u8; 32]) -> Vec<[u8; 32]> {
    Vec::new()
}

#[cfg(all(test, feature = "curve25519"))]
mod tests {
    use super::*;

    /// The same scalar, clamped as X25519 does.
    fn agree(key: &[u8; 32]) -> [u8; 32] {
        MontgomeryPoint(*key).mul_clamped([0x5a; 32]).to_bytes()
    }

    #[test]
    fn with_a_key_of_low_order_everyone_agrees_on_zero() {
        let keys = unusable_keys();
        assert_eq!(keys.len(), 14);
        for (what, key) in keys {
            assert_eq!(agree(&key), [0; 32], "{what}");
        }
    }

    #[test]
    fn another_spelling_agrees_on_the_same_secret() {
        let honest = MontgomeryPoint::mul_base_clamped([7; 32]).to_bytes();
        let others = other_spellings(&honest);
        assert_eq!(others.len(), 8);
        for (what, key) in others {
            assert_ne!(key, honest);
            assert_eq!(agree(&key), agree(&honest), "{what}");
        }
    }
}

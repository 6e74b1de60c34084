//! A fuzzing folder in a few lines.

/// Makes a target of cargo-fuzz for one ratchet: conversations under attack, messages that nobody sent, and damaged
/// exports, each judged against the ratchet's profile.
///
/// It stands in a file that begins with `#![no_main]`, in a crate that depends on `libfuzzer-sys` 0.4 and on this crate with
/// its feature `fuzzing`. The first byte of an input picks which of the three it is.
///
/// ```ignore
/// #![no_main]
/// sprag::fuzz_targets!(my_ratchet::MyRatchet::default());
/// ```
#[macro_export]
macro_rules! fuzz_targets {
    ($ratchet:expr) => {
        static RATCHET: ::std::sync::LazyLock<::std::boxed::Box<dyn $crate::DynRatchet>> =
            ::std::sync::LazyLock::new(|| ::std::boxed::Box::new($ratchet));
        static FUZZED: ::std::sync::LazyLock<$crate::fuzzing::Fuzzed<'static>> =
            ::std::sync::LazyLock::new(|| match $crate::fuzzing::Fuzzed::new(&**RATCHET, &[]) {
                ::std::result::Result::Ok(fuzzed) => fuzzed,
                ::std::result::Result::Err(rejection) => {
                    ::std::panic!("no session could be opened: {rejection}")
                }
            });
        ::libfuzzer_sys::fuzz_target!(|input: &[u8]| -> ::libfuzzer_sys::Corpus {
            match FUZZED.check_bytes(input) {
                true => ::libfuzzer_sys::Corpus::Keep,
                false => ::libfuzzer_sys::Corpus::Reject,
            }
        });
        ::libfuzzer_sys::fuzz_mutator!(|data: &mut [u8], size: usize, most: usize, seed: u32| {
            let kind = $crate::fuzzing::Kind::of(&data[..size]);
            $crate::fuzzing::mutate(data, size, most, seed, kind, 3)
        });
        ::libfuzzer_sys::fuzz_crossover!(|one: &[u8], other: &[u8], out: &mut [u8], seed: u32| {
            $crate::fuzzing::cross(one, other, out, seed, $crate::fuzzing::Kind::of(one))
        });
    };
}

//! A schedule told in words.

use std::fmt;

use super::{Action, BadTape, Order, Schedule, ServiceDelivery, Step, Tamper};

impl fmt::Display for Schedule {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if self.service == ServiceDelivery::Held {
            writeln!(f, "  (service messages are held back)")?;
        }
        self.steps.iter().try_for_each(|step| writeln!(f, "{step}"))
    }
}

impl fmt::Display for Step {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{:>4}. ", self.id.0)?;
        match &self.action {
            Action::Send { by, count, size, ad } => {
                let id = self.id;
                match count {
                    1 => write!(f, "the {by} sends message {id}.0 of {size} bytes")?,
                    _ => write!(
                        f,
                        "the {by} sends {count} messages of {size} bytes, {id}.0 to {id}.{}",
                        count.saturating_sub(1)
                    )?,
                }
                if *ad == 0 { Ok(()) } else { write!(f, " under associated data {ad}") }
            }
            Action::Deliver { first, count: 1, .. } => write!(f, "{first} is delivered"),
            Action::Deliver { first, count, order } => {
                let last = first.index.saturating_add(count.saturating_sub(1));
                let order = match order {
                    Order::AsSent => "in order",
                    Order::Reversed => "the last one first",
                };
                write!(f, "{first} to {}.{last} are delivered, {order}", first.action)
            }
            Action::Duplicate { message } => write!(f, "{message} is delivered once more"),
            Action::Drop { message } => write!(f, "{message} is lost"),
            Action::Tamper { message, how } => write!(f, "{message} is delivered with {how}"),
            Action::Reflect { message } => write!(f, "{message} is handed back to its sender"),
            Action::WrongAd { message, ad } => {
                write!(f, "{message} is delivered under associated data {ad} instead of its own")
            }
            Action::Steal { from } => write!(f, "a thief copies the {from}'s session"),
            Action::Restart { party } => write!(f, "the {party} restarts from its export"),
            Action::Persist { party } => write!(f, "the {party} writes its export to storage"),
            Action::Crash { party } => {
                write!(f, "the {party} crashes and goes on from what it last wrote to storage")
            }
            Action::Tick { seconds } => write!(f, "{seconds} s pass"),
            Action::PingPong { first, turns: 1 } => {
                write!(f, "the {first} sends a message that is delivered at once")
            }
            Action::PingPong { first, turns } => write!(
                f,
                "{turns} messages go to and fro, each delivered at once, the {first} first"
            ),
            Action::BadRandomness { by, tape } => {
                write!(f, "the next call of the {by} that draws randomness gets {tape}")
            }
            Action::DeliverService { from } => {
                write!(f, "the {from}'s held service messages are delivered")
            }
        }
    }
}

impl fmt::Display for BadTape {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Zeros => "zeros",
            Self::Constant => "one byte again and again",
            Self::Repeated => "what it drew last, once more",
            Self::Known => "bytes that attackers know",
        })
    }
}

impl fmt::Display for Tamper {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::FlipBit { bit } => write!(f, "bit {} of byte {} flipped", bit % 8, bit / 8),
            Self::FlipBits { bits: (a, b) } => write!(f, "bits {a} and {b} flipped"),
            Self::SetByte { at, value } => write!(f, "byte {at} set to {value:02x}"),
            Self::Truncate { keep } => write!(f, "only its first {keep} bytes kept"),
            Self::CutAndFlip { keep } => {
                write!(f, "only its first {keep} bytes kept and the last bit of those flipped")
            }
            Self::EveryTagPair => f.write_str("every two bits of its tag flipped (on copies)"),
            Self::RandomEnds { tries } => {
                write!(f, "{tries} random tags and last ciphertext bytes in turn (on copies)")
            }
            Self::Extend { bytes } => write!(f, "the bytes {} appended", hex::encode(bytes)),
            Self::Overwrite { at, bytes } => {
                write!(f, "{} bytes from byte {at} on replaced", bytes.len())
            }
            Self::Replace { bytes } => {
                write!(f, "{} other bytes in its place: {}", bytes.len(), hex::encode(bytes))
            }
            Self::Splice { with, keep } => {
                write!(f, "all behind its first {keep} bytes taken from {with}")
            }
            Self::SpliceSession { keep } => {
                write!(f, "all behind its first {keep} bytes taken from another session")
            }
            Self::SetField { field, value } => {
                write!(f, "its field `{}` set to {}", field.escape_debug(), hex::encode(value))
            }
            Self::CopyField { field, from } => {
                write!(f, "its field `{}` taken from {from}", field.escape_debug())
            }
            Self::EveryBit => f.write_str("each bit flipped in turn (on copies of the recipient)"),
            Self::EveryByte => {
                f.write_str("each byte set to 00 and ff in turn (on copies of the recipient)")
            }
            Self::EveryLength => f.write_str("its end cut off at each length (on copies)"),
            Self::EverySplice { with } => {
                write!(f, "its end replaced with that of {with}, at each byte (on copies)")
            }
            Self::EverySpliceSession => {
                f.write_str("its end replaced with another session's, at each byte (on copies)")
            }
        }
    }
}

//! A message in pieces: where its fields are, and how one of them is written anew.
//!
//! Together the pieces are the message, byte for byte, what frames the fields included.

use std::borrow::Cow;

use sprag::{Field, Origin, Rejection};

/// Takes the bytes of a message off one by one.
pub(crate) struct Reader<'m>(pub(crate) &'m [u8]);

/// A part of a message.
pub(crate) struct Piece {
    name: Cow<'static, str>,
    origin: Option<Origin>,
    content: Content,
}

enum Content {
    /// Another value has the same length.
    Fixed(Vec<u8>),
    /// Another value may have any length.
    Free(Vec<u8>),
    /// An integer of Protocol Buffers.
    Varint(Vec<u8>),
    /// A length as it stood there, and what it counts.
    Counted { length: Vec<u8>, parts: Vec<Piece> },
}

impl<'m> Reader<'m> {
    /// The next `length` bytes.
    pub(crate) fn take(&mut self, length: usize) -> Result<&'m [u8], Rejection> {
        let (taken, rest) = self.0.split_at_checked(length).ok_or_else(too_short)?;
        self.0 = rest;
        Ok(taken)
    }

    /// The next integer of Protocol Buffers, as it stands there, and its value.
    pub(crate) fn varint(&mut self) -> Result<(&'m [u8], u64), Rejection> {
        let mut value = 0;
        for (index, &byte) in self.0.iter().take(9).enumerate() {
            value |= u64::from(byte & 0x7F) << (7 * index);
            if byte < 0x80 {
                return Ok((self.take(index + 1)?, value));
            }
        }
        Err(Rejection::malformed("no varint"))
    }
}

impl Piece {
    pub(crate) fn fixed(name: impl Into<Cow<'static, str>>, bytes: &[u8]) -> Self {
        Self::new(name, Content::Fixed(bytes.to_vec()))
    }

    pub(crate) fn free(name: impl Into<Cow<'static, str>>, bytes: &[u8]) -> Self {
        Self::new(name, Content::Free(bytes.to_vec()))
    }

    /// The same piece with a declared origin.
    pub(crate) fn with_origin(self, origin: Origin) -> Self {
        Self { origin: Some(origin), ..self }
    }

    fn new(name: impl Into<Cow<'static, str>>, content: Content) -> Self {
        Self { name: name.into(), origin: None, content }
    }

    fn write(&self, message: &mut Vec<u8>, fields: &mut Vec<Field>) {
        match &self.content {
            Content::Fixed(bytes) | Content::Free(bytes) | Content::Varint(bytes) => {
                let mut field = Field::new(self.name.clone(), message.len(), bytes.len());
                field.origin = self.origin;
                message.extend(bytes);
                fields.push(field);
            }
            Content::Counted { length, parts } => {
                let (mut body, mut inner) = (Vec::new(), Vec::new());
                for part in parts {
                    part.write(&mut body, &mut inner);
                }
                let as_before = Reader(length).varint().is_ok_and(|(_, n)| n == body.len() as u64);
                let length = if as_before { length.clone() } else { varint(body.len() as u64) };
                Self {
                    name: self.name.clone(),
                    origin: self.origin,
                    content: Content::Fixed(length),
                }
                .write(message, fields);
                fields.extend(inner.into_iter().map(|mut field| {
                    field.offset += message.len();
                    field
                }));
                message.extend(body);
            }
        }
    }

    /// The pieces called `name`, at any depth.
    fn called<'p>(&'p mut self, name: &str, found: &mut Vec<&'p mut Content>) {
        match &mut self.content {
            Content::Counted { parts, .. } => {
                parts.iter_mut().for_each(|part| part.called(name, found));
            }
            content if self.name == name => found.push(content),
            _ => {}
        }
    }
}

/// The entries of a message of Protocol Buffers; `name` tells what a field number is called, and `inside` what an entry of
/// bytes consists of. What frames an entry is called after it, unless `framing` has one name for all.
pub(crate) fn entries(
    bytes: &[u8],
    framing: Option<&'static str>,
    name: impl Fn(u64) -> Cow<'static, str>,
    inside: impl Fn(&str, &[u8]) -> Result<Vec<Piece>, Rejection>,
) -> Result<Vec<Piece>, Rejection> {
    let mut reader = Reader(bytes);
    let mut pieces = Vec::new();
    while !reader.0.is_empty() {
        let (head, tag) = reader.varint()?;
        let called = name(tag >> 3);
        let framed = |what: &str, content| {
            match framing {
                // Among values under the same name, whose origin it must not hide.
                Some(name) => Piece::new(name, content),
                None => Piece::new(format!("{called}_{what}"), content).with_origin(Origin::Public),
            }
        };
        pieces.push(framed("tag", Content::Fixed(head.to_vec())));
        match tag & 7 {
            0 => {
                let (value, _) = reader.varint()?;
                pieces.push(Piece::new(called, Content::Varint(value.to_vec())));
            }
            2 => {
                let (length, count) = reader.varint()?;
                let value = reader.take(usize::try_from(count).map_err(|_| too_short())?)?;
                let parts = inside(&called, value)?;
                pieces.push(framed("length", Content::Counted { length: length.to_vec(), parts }));
            }
            _ => return Err(Rejection::malformed("a wire type that these messages do not use")),
        }
    }
    Ok(pieces)
}

/// Where the fields of a message in `pieces` are; neighbours of one name are one field.
pub(crate) fn fields(pieces: &[Piece]) -> Vec<Field> {
    let (_, found) = written(pieces);
    let mut fields: Vec<Field> = Vec::new();
    for field in found {
        match fields.last_mut() {
            Some(last) if last.name == field.name => last.length += field.length,
            _ => fields.push(field),
        }
    }
    fields
}

/// The message in `pieces` with `value` in the field `name` and nothing else changed but the lengths around it.
pub(crate) fn rewritten(
    mut pieces: Vec<Piece>,
    name: &str,
    value: &[u8],
) -> Result<Vec<u8>, Rejection> {
    let mut found = Vec::new();
    pieces.iter_mut().for_each(|piece| piece.called(name, &mut found));
    let [content] = &mut found[..] else {
        return Err(Rejection::unsupported("a field that stands there once"));
    };
    let (takes, bytes) = match content {
        Content::Fixed(bytes) => (bytes.len() == value.len(), bytes),
        Content::Varint(bytes) => {
            (Reader(value).varint().is_ok_and(|(read, _)| read.len() == value.len()), bytes)
        }
        Content::Free(bytes) | Content::Counted { length: bytes, .. } => (true, bytes),
    };
    if !takes {
        return Err(Rejection::malformed("the field cannot carry this value"));
    }
    *bytes = value.to_vec();
    Ok(written(&pieces).0)
}

fn written(pieces: &[Piece]) -> (Vec<u8>, Vec<Field>) {
    let (mut message, mut fields) = (Vec::new(), Vec::new());
    for piece in pieces {
        piece.write(&mut message, &mut fields);
    }
    (message, fields)
}

fn varint(mut number: u64) -> Vec<u8> {
    let mut bytes = Vec::new();
    while number >= 0x80 {
        bytes.push((number & 0x7F) as u8 | 0x80);
        number >>= 7;
    }
    bytes.push(number as u8);
    bytes
}

fn too_short() -> Rejection {
    Rejection::malformed("ends within a field")
}

//! Packets, and what stands in them.

use std::io::{self, Read, Write};

/// Bytes of a packet's header.
const HEADER: usize = 8;
/// Bytes of a packet, header included.
const PACKET: usize = 4096;

pub(super) const BATCH: u8 = 1;
pub(super) const RPC: u8 = 3;
pub(super) const ANSWER: u8 = 4;
pub(super) const ATTENTION: u8 = 6;
pub(super) const LOGIN: u8 = 16;
pub(super) const PRELOGIN: u8 = 18;

/// A message: the packets up to the one that says it is the last.
pub(super) fn read(wire: &mut dyn Read) -> io::Result<(u8, Vec<u8>)> {
    let mut message = Vec::new();
    loop {
        let mut header = [0; HEADER];
        wire.read_exact(&mut header)?;
        let length = usize::from(u16::from_be_bytes([header[2], header[3]]));
        let from = message.len();
        message.resize(from + length.saturating_sub(HEADER), 0);
        wire.read_exact(&mut message[from..])?;
        if header[1] & 1 == 1 {
            return Ok((header[0], message));
        }
    }
}

/// Writes a message in packets; unless it is `whole`, more of it follows.
pub(super) fn write(wire: &mut dyn Write, kind: u8, message: &[u8], whole: bool) -> io::Result<()> {
    let mut parts = message.chunks(PACKET - HEADER).peekable();
    if parts.peek().is_none() && whole {
        return wire.write_all(&[kind, 1, 0, 8, 0, 0, 1, 0]);
    }
    let mut number = 0_u8;
    while let Some(part) = parts.next() {
        number = number.wrapping_add(1);
        let length = ((part.len() + HEADER) as u16).to_be_bytes();
        let last = u8::from(whole && parts.peek().is_none());
        wire.write_all(&[kind, last, length[0], length[1], 0, 51, number, 0])?;
        wire.write_all(part)?;
    }
    wire.flush()
}

/// Text of up to 255 letters behind its length.
pub(super) fn short(text: &str, out: &mut Vec<u8>) {
    out.push(text.encode_utf16().count() as u8);
    out.extend(text.encode_utf16().flat_map(u16::to_le_bytes));
}

/// UTF-16 text.
pub(super) fn utf16(bytes: &[u8]) -> String {
    let units: Vec<u16> = bytes.chunks_exact(2).map(|pair| u16::from_le_bytes([pair[0], pair[1]])).collect();
    String::from_utf16_lossy(&units)
}

/// An error and the end of the answer.
pub(super) fn error(number: u32, class: u8, message: &str, out: &mut Vec<u8>) {
    let mut body = Vec::new();
    body.extend(number.to_le_bytes());
    body.extend([1, class]);
    body.extend((message.encode_utf16().count() as u16).to_le_bytes());
    body.extend(message.encode_utf16().flat_map(u16::to_le_bytes));
    short("STANDIN", &mut body);
    short("", &mut body);
    body.extend(1_u32.to_le_bytes());
    out.push(0xaa);
    out.extend((body.len() as u16).to_le_bytes());
    out.extend(body);
    done(2, 0, out);
}

/// The end of an answer to a batch.
pub(super) fn done(status: u16, rows: u64, out: &mut Vec<u8>) {
    out.push(0xfd);
    out.extend(status.to_le_bytes());
    out.extend(0xc1_u16.to_le_bytes());
    out.extend(rows.to_le_bytes());
}

/// A change of the session, such as its database.
pub(super) fn change(kind: u8, new: &str, old: &str, out: &mut Vec<u8>) {
    let mut body = vec![kind];
    short(new, &mut body);
    short(old, &mut body);
    out.push(0xe3);
    out.extend((body.len() as u16).to_le_bytes());
    out.extend(body);
}

/// Reads a message from its beginning.
pub(super) struct Bytes<'a>(pub(super) &'a [u8]);

impl<'a> Bytes<'a> {
    pub(super) fn take(&mut self, count: usize) -> io::Result<&'a [u8]> {
        let short = || io::Error::new(io::ErrorKind::UnexpectedEof, "a message that is too short");
        let (taken, rest) = self.0.split_at_checked(count).ok_or_else(short)?;
        self.0 = rest;
        Ok(taken)
    }

    /// A number in little-endian order, of up to eight bytes.
    pub(super) fn number(&mut self, bytes: usize) -> io::Result<u64> {
        Ok(self.take(bytes)?.iter().rev().fold(0, |number, byte| number << 8 | u64::from(*byte)))
    }
}

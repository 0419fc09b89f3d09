//! Files on their way to Odoo: base64 within a call's body, written while the file is read, so that no file is ever held
//! whole.
//!
//! A file is read twice: once before anything is sent, for its length and SHA-1, and once into the body. The body says its
//! length beforehand and its last piece is kept back until the content is known to be the one that was measured. So a file
//! that changes or breaks off meanwhile leaves a body that no server takes for whole, and nothing of it is committed. A
//! small file is held after the first reading and not read again.

use std::collections::VecDeque;
use std::fmt;
use std::future::poll_fn;
use std::io;
use std::pin::Pin;
use std::sync::{Arc, OnceLock};
use std::task::{Poll, ready};

use base64::Engine as _;
use base64::prelude::BASE64_STANDARD;
use futures_util::{Stream, stream};
use sha1::{Digest, Sha1};
use tokio::io::{AsyncRead, ReadBuf};

/// Bytes of a file in one piece of a body. A multiple of 3, so that base64 pads nothing but the end.
const PIECE: usize = 3 << 16;

/// A file of at most so many bytes is held in memory after the first reading.
const HELD: u64 = 1 << 20;

/// The bytes of an open file.
pub type FileReader = Pin<Box<dyn AsyncRead + Send>>;

/// A file that is being opened.
pub type Opening = Pin<Box<dyn Future<Output = io::Result<FileReader>> + Send>>;

/// Opens a file at its start, as often as it is asked to.
pub type OpenFile = Arc<dyn Fn() -> Opening + Send + Sync>;

/// Why a file is not sent. It never holds the file's name or path, which can hold a patient's.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum FileFault {
    /// It can't be opened or read.
    #[error(
        "the file cannot be read ({kind}); hint: check that it is where the source says and that this user may read it, then run again"
    )]
    Unreadable {
        /// What the operating system or the source said.
        kind: io::ErrorKind,
    },
    /// It has more bytes than may be sent.
    #[error(
        "the file has more than {limit} bytes, which is the limit; hint: raise `odoo.max_file_bytes` if the server and its proxy take more, else hand the file over by hand"
    )]
    TooLarge {
        /// The limit in bytes.
        limit: u64,
    },
    /// It was another file when it was read again.
    #[error(
        "the file changed while it was sent, so nothing of it was written; hint: run again when nobody writes to it"
    )]
    Changed,
}

impl FileFault {
    /// The word in reports and in the quarantine.
    #[must_use]
    pub fn code(self) -> &'static str {
        match self {
            Self::Unreadable { kind: io::ErrorKind::NotFound } => "file-missing",
            Self::Unreadable { kind: io::ErrorKind::PermissionDenied } => "file-denied",
            Self::Unreadable { .. } => "file-unreadable",
            Self::TooLarge { .. } => "file-too-large",
            Self::Changed => "file-changed",
        }
    }

    fn unreadable(error: &io::Error) -> Self {
        Self::Unreadable { kind: error.kind() }
    }
}

/// A file that was read through once and can be sent.
#[derive(Clone)]
pub struct FileBody {
    length: u64,
    sha1: [u8; 20],
    content: Content,
}

#[derive(Clone)]
enum Content {
    Held(Arc<Vec<u8>>),
    Streamed(OpenFile),
}

impl fmt::Debug for FileBody {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "<a file of {} bytes>", self.length)
    }
}

impl FileBody {
    /// Reads a file through once.
    ///
    /// # Errors
    /// [`FileFault::TooLarge`] as soon as there are more than `limit` bytes, [`FileFault::Unreadable`].
    pub async fn measure(open: OpenFile, limit: u64) -> Result<Self, FileFault> {
        let mut reader = open().await.map_err(|error| FileFault::unreadable(&error))?;
        let (mut hasher, mut length, mut held) = (Sha1::new(), 0_u64, Vec::new());
        let mut buffer = vec![0; PIECE];
        loop {
            let read = fill(&mut reader, &mut buffer).await.map_err(|error| FileFault::unreadable(&error))?;
            length += read as u64;
            if length > limit {
                return Err(FileFault::TooLarge { limit });
            }
            hasher.update(&buffer[..read]);
            if length <= HELD {
                held.extend_from_slice(&buffer[..read]);
            }
            if read < PIECE {
                break;
            }
        }
        let content = if length <= HELD { Content::Held(Arc::new(held)) } else { Content::Streamed(open) };
        Ok(Self { length, sha1: hasher.finalize().into(), content })
    }

    /// How many bytes the file has.
    #[must_use]
    pub fn length(&self) -> u64 {
        self.length
    }

    /// The file's SHA-1, which Odoo keeps of an attachment as `checksum`.
    #[must_use]
    pub fn sha1(&self) -> [u8; 20] {
        self.sha1
    }

    /// How many bytes it takes in a call's body.
    #[must_use]
    pub fn encoded_length(&self) -> u64 {
        self.length.div_ceil(3) * 4
    }
}

/// The files of one call, and the mark in the call's text that stands for each.
#[derive(Debug)]
pub(crate) struct Enclosed<'a> {
    mark: String,
    files: Vec<&'a FileBody>,
}

impl<'a> Enclosed<'a> {
    /// None yet. `taken` says whether a text occurs among the values that travel in the same call.
    pub(crate) fn new(taken: impl Fn(&str) -> bool) -> Self {
        let mut number = 0_u64;
        let mark = loop {
            // Neither JSON nor XML writes any of these characters otherwise.
            let mark = format!("odograft-file-{number}-");
            if !taken(&mark) {
                break mark;
            }
            number += 1;
        };
        Self { mark, files: Vec::new() }
    }

    /// Takes a file in; what to write where its base64 belongs.
    pub(crate) fn place(&mut self, file: &'a FileBody) -> String {
        self.files.push(file);
        format!("{}{}.", self.mark, self.files.len() - 1)
    }

    /// The call's text taken apart at the marks.
    fn parts(&self, text: &[u8]) -> VecDeque<Part> {
        let (mark, mut parts, mut rest) = (self.mark.as_bytes(), VecDeque::new(), text);
        let mut from = 0;
        while let Some(at) = find(&rest[from..], mark).map(|at| from + at) {
            let digits = &rest[at + mark.len()..];
            let length = digits.iter().take_while(|byte| byte.is_ascii_digit()).count();
            let index = std::str::from_utf8(&digits[..length]).ok().and_then(|digits| digits.parse::<usize>().ok());
            match index.and_then(|index| Some((index, *self.files.get(index)?))) {
                Some((index, file)) if digits.get(length) == Some(&b'.') => {
                    parts.push_back(Part::Text(rest[..at].to_vec()));
                    parts.push_back(Part::File(index, file.clone()));
                    rest = &digits[length + 1..];
                    from = 0;
                }
                _ => from = at + mark.len(),
            }
        }
        parts.push_back(Part::Text(rest.to_vec()));
        parts
    }

    /// The whole body as it is sent.
    pub(crate) fn body(&self, text: &[u8]) -> Outgoing {
        let parts = self.parts(text);
        let length = parts.iter().map(Part::length).sum();
        Outgoing { parts, reading: None, length, failure: Arc::default() }
    }
}

/// Where `wanted` begins in `bytes`.
fn find(bytes: &[u8], wanted: &[u8]) -> Option<usize> {
    bytes.windows(wanted.len()).position(|window| window == wanted)
}

enum Part {
    Text(Vec<u8>),
    File(usize, FileBody),
}

impl Part {
    fn length(&self) -> u64 {
        match self {
            Self::Text(text) => text.len() as u64,
            Self::File(_, file) => file.encoded_length(),
        }
    }
}

/// Which file broke a body, by its place in the call, and why.
pub(crate) type Failure = Arc<OnceLock<(usize, FileFault)>>;

/// A body on its way.
pub(crate) struct Outgoing {
    parts: VecDeque<Part>,
    reading: Option<Reading>,
    length: u64,
    failure: Failure,
}

/// A file that is being sent.
struct Reading {
    index: usize,
    reader: FileReader,
    hasher: Sha1,
    left: u64,
    sha1: [u8; 20],
}

impl Outgoing {
    /// How many bytes the body has.
    pub(crate) fn length(&self) -> u64 {
        self.length
    }

    /// Where a file that breaks the body is told.
    pub(crate) fn failure(&self) -> Failure {
        Arc::clone(&self.failure)
    }

    /// The body, piece by piece; an error breaks it off.
    pub(crate) fn stream(self) -> impl Stream<Item = Result<Vec<u8>, FileFault>> + Send + 'static {
        stream::try_unfold(self, |mut body| async move { Ok(body.next().await?.map(|piece| (piece, body))) })
    }

    async fn next(&mut self) -> Result<Option<Vec<u8>>, FileFault> {
        loop {
            if let Some(mut reading) = self.reading.take() {
                let piece = reading.piece().await.map_err(|fault| self.broken(reading.index, fault))?;
                if reading.left > 0 {
                    self.reading = Some(reading);
                }
                return Ok(Some(piece));
            }
            match self.parts.pop_front() {
                None => return Ok(None),
                Some(Part::Text(text)) if text.is_empty() => {}
                Some(Part::Text(text)) => return Ok(Some(text)),
                Some(Part::File(index, FileBody { length, sha1, content })) => match content {
                    Content::Held(bytes) if bytes.is_empty() => {}
                    Content::Held(bytes) => return Ok(Some(BASE64_STANDARD.encode(bytes.as_slice()).into_bytes())),
                    Content::Streamed(open) => {
                        let opened = open().await;
                        let reader = opened.map_err(|error| self.broken(index, FileFault::unreadable(&error)))?;
                        self.reading = Some(Reading { index, reader, hasher: Sha1::new(), left: length, sha1 });
                    }
                },
            }
        }
    }

    fn broken(&self, index: usize, fault: FileFault) -> FileFault {
        // The stream ends with its first error.
        let _ = self.failure.set((index, fault));
        fault
    }
}

impl Reading {
    /// The next piece as base64. The last one comes only when the whole content is the one that was measured.
    async fn piece(&mut self) -> Result<Vec<u8>, FileFault> {
        let wanted = usize::try_from(self.left).map_or(PIECE, |left| left.min(PIECE));
        let mut buffer = vec![0; wanted];
        let unreadable = |error: io::Error| FileFault::unreadable(&error);
        if fill(&mut self.reader, &mut buffer).await.map_err(unreadable)? < wanted {
            return Err(FileFault::Changed);
        }
        self.hasher.update(&buffer);
        self.left -= wanted as u64;
        if self.left == 0 {
            let longer = fill(&mut self.reader, &mut [0]).await.map_err(unreadable)? > 0;
            let sha1: [u8; 20] = std::mem::take(&mut self.hasher).finalize().into();
            if longer || sha1 != self.sha1 {
                return Err(FileFault::Changed);
            }
        }
        Ok(BASE64_STANDARD.encode(buffer).into_bytes())
    }
}

/// Reads until the buffer is full or the file ends; how many bytes came.
async fn fill(reader: &mut FileReader, buffer: &mut [u8]) -> io::Result<usize> {
    let mut filled = 0;
    while filled < buffer.len() {
        let read = poll_fn(|context| {
            let mut rest = ReadBuf::new(&mut buffer[filled..]);
            ready!(reader.as_mut().poll_read(context, &mut rest))?;
            Poll::Ready(io::Result::Ok(rest.filled().len()))
        });
        match read.await? {
            0 => break,
            read => filled += read,
        }
    }
    Ok(filled)
}

#[cfg(test)]
mod tests;

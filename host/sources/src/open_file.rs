//! Files that a source's rows name: opened one at a time, read a piece at a time.

use std::io::{self, Read};
use std::pin::Pin;
use std::task::{Context, Poll};

use cap_std::fs::{Dir, File};
use tokio::io::{AsyncRead, ReadBuf};

use crate::{PandaError, SourceError};

/// Bytes that are read at once.
const PART: usize = 1 << 18;

/// A file of a source, open at its start.
pub struct OpenFile {
    /// How many bytes it has, where the source tells.
    pub length: Option<u64>,
    /// Another text whenever the content may be another, where the source tells.
    pub stamp: Option<String>,
    /// The bytes.
    pub reader: Pin<Box<dyn AsyncRead + Send>>,
}

/// Why a file of a source cannot be read. The handle is not repeated: names of files can hold names of patients.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum FileError {
    /// The source has no files.
    #[error(
        "the source offers no files; hint: leave the field out of the mapping, or take the source that has the file"
    )]
    NoFiles,
    /// It is not there, may not be read, or leads out of the source.
    #[error(
        "a file of the source cannot be opened: {0}; hint: the handle must name a file below the source's folder, and no link may lead out of it"
    )]
    Closed(io::ErrorKind),
    /// The source that holds it cannot be asked.
    #[error(transparent)]
    Source(#[from] Box<SourceError>),
}

impl FileError {
    /// What the operating system would call it.
    #[must_use]
    pub fn kind(&self) -> io::ErrorKind {
        match self {
            Self::NoFiles => io::ErrorKind::Unsupported,
            Self::Closed(kind) => *kind,
            Self::Source(error) => match **error {
                SourceError::Panda(PandaError::Silent { .. }) => io::ErrorKind::TimedOut,
                SourceError::Panda(PandaError::Unreachable { .. } | PandaError::Closed { .. }) => {
                    io::ErrorKind::ConnectionAborted
                }
                _ => io::ErrorKind::Other,
            },
        }
    }
}

/// Opens a file below a folder; `handle` is its path there, with `/` or `\` between its parts. Nothing outside the folder
/// is opened, whatever the path and the links in it say.
///
/// # Errors
/// [`FileError::Closed`].
pub async fn open_below(dir: &Dir, handle: &str) -> Result<OpenFile, FileError> {
    let closed = |error: io::Error| FileError::Closed(error.kind());
    let (dir, path) = (dir.try_clone().map_err(closed)?, handle.replace('\\', "/"));
    let opened = tokio::task::spawn_blocking(move || {
        let file = dir.open(path)?;
        let told = file.metadata()?;
        if !told.is_file() {
            return Err(io::Error::from(io::ErrorKind::IsADirectory));
        }
        let moment = told.modified().ok().map(cap_std::time::SystemTime::into_std);
        let since = moment.and_then(|moment| moment.duration_since(std::time::UNIX_EPOCH).ok());
        Ok((file, told.len(), since.map(|since| since.as_nanos().to_string())))
    });
    let (file, length, stamp) = opened.await.map_err(|_| FileError::Closed(io::ErrorKind::Other))?.map_err(closed)?;
    Ok(OpenFile { length: Some(length), stamp, reader: Parts::of(OnDisk(file)) })
}

/// A file that comes a piece at a time.
pub(crate) trait Pieces: Sized + Send + Unpin + 'static {
    /// The next bytes, none at the end; `spare` is memory that may hold them.
    fn next(self, spare: Vec<u8>) -> impl Future<Output = io::Result<(Self, Vec<u8>)>> + Send + 'static;
}

/// A file of a folder, read on a thread where waiting harms nobody: it may lie on another machine.
struct OnDisk(File);

impl Pieces for OnDisk {
    async fn next(mut self, mut spare: Vec<u8>) -> io::Result<(Self, Vec<u8>)> {
        let read = tokio::task::spawn_blocking(move || {
            spare.resize(PART, 0);
            let length = self.0.read(&mut spare)?;
            spare.truncate(length);
            Ok((self, spare))
        });
        read.await.map_err(io::Error::other)?
    }
}

/// Pieces as a reader.
pub(crate) struct Parts<P>(Option<State<P>>);

enum State<P> {
    Idle { pieces: P, part: Vec<u8>, given: usize },
    Busy(Reading<P>),
}

/// A piece on its way, with what the next one comes from.
type Reading<P> = Pin<Box<dyn Future<Output = io::Result<(P, Vec<u8>)>> + Send>>;

impl<P: Pieces> Parts<P> {
    pub(crate) fn of(pieces: P) -> Pin<Box<dyn AsyncRead + Send>> {
        Box::pin(Self(Some(State::Idle { pieces, part: Vec::new(), given: 0 })))
    }
}

impl<P: Pieces> AsyncRead for Parts<P> {
    fn poll_read(mut self: Pin<&mut Self>, context: &mut Context<'_>, out: &mut ReadBuf<'_>) -> Poll<io::Result<()>> {
        loop {
            match self.0.take() {
                Some(State::Idle { pieces, part, given }) if given < part.len() => {
                    let take = (part.len() - given).min(out.remaining());
                    out.put_slice(&part[given..given + take]);
                    self.0 = Some(State::Idle { pieces, part, given: given + take });
                    return Poll::Ready(Ok(()));
                }
                Some(State::Idle { pieces, part, .. }) => self.0 = Some(State::Busy(Box::pin(pieces.next(part)))),
                Some(State::Busy(mut reading)) => {
                    let Poll::Ready(read) = reading.as_mut().poll(context) else {
                        self.0 = Some(State::Busy(reading));
                        return Poll::Pending;
                    };
                    let (pieces, part) = read?;
                    let over = part.is_empty();
                    self.0 = Some(State::Idle { pieces, part, given: 0 });
                    if over {
                        return Poll::Ready(Ok(()));
                    }
                }
                // A read that failed has taken the file with it.
                None => return Poll::Ready(Err(io::Error::from(io::ErrorKind::BrokenPipe))),
            }
        }
    }
}

#[cfg(test)]
pub(crate) mod tests {
    use std::future::poll_fn;
    use std::task::ready;

    use cap_std::ambient_authority;

    use super::*;

    /// All of a file.
    pub(crate) async fn whole(mut file: OpenFile) -> Vec<u8> {
        let (mut bytes, mut part) = (Vec::new(), [0; 1000]);
        loop {
            let read = poll_fn(|context| {
                let mut out = ReadBuf::new(&mut part);
                ready!(file.reader.as_mut().poll_read(context, &mut out))?;
                Poll::Ready(io::Result::Ok(out.filled().len()))
            });
            match read.await.expect("readable") {
                0 => return bytes,
                read => bytes.extend_from_slice(&part[..read]),
            }
        }
    }

    #[tokio::test]
    async fn a_file_is_read_whole_in_pieces() {
        let folder = tempfile::tempdir().expect("a temporary folder");
        std::fs::create_dir(folder.path().join("scans")).expect("made");
        let bytes: Vec<u8> = (0..200_000_u32).flat_map(u32::to_le_bytes).collect();
        std::fs::write(folder.path().join("scans/a.png"), &bytes).expect("written");
        std::fs::write(folder.path().join("empty"), b"").expect("written");
        let dir = Dir::open_ambient_dir(folder.path(), ambient_authority()).expect("a folder");
        let file = open_below(&dir, "scans\\a.png").await.expect("open");
        assert_eq!(file.length, Some(800_000));
        let before = file.stamp.clone().expect("a moment");
        assert!(whole(file).await == bytes);
        assert!(whole(open_below(&dir, "empty").await.expect("open")).await.is_empty());
        let later = std::fs::File::options().write(true).open(folder.path().join("scans/a.png")).expect("open");
        later.set_modified(std::time::SystemTime::UNIX_EPOCH).expect("set");
        assert_ne!(open_below(&dir, "scans/a.png").await.expect("open").stamp, Some(before));
    }

    #[tokio::test]
    async fn no_path_and_no_link_leads_out() {
        let outside = tempfile::tempdir().expect("a temporary folder");
        let secret = outside.path().join("Quackenbush.png");
        std::fs::write(&secret, b"secret").expect("written");
        let root = tempfile::tempdir_in(outside.path()).expect("a temporary folder");
        #[cfg(unix)]
        std::os::unix::fs::symlink(&secret, root.path().join("link.png")).expect("a link");
        let dir = Dir::open_ambient_dir(root.path(), ambient_authority()).expect("a folder");
        let absolute = secret.display().to_string();
        for handle in ["../Quackenbush.png", "..\\Quackenbush.png", "link.png", absolute.as_str(), "", ".", "nope.png"]
        {
            let error = open_below(&dir, handle).await.err().expect("closed");
            assert!(!error.to_string().contains("Quackenbush"), "{error}");
        }
        assert_eq!(open_below(&dir, "nope.png").await.err().map(|error| error.kind()), Some(io::ErrorKind::NotFound));
    }
}

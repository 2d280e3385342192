//! A body, or a part of one: where its bytes are, their digest, and the stream that sends them a piece at a time.
//!
//! The digest is made before anything is sent, since it is part of the signature. A file is therefore read twice; the second time it is
//! in the system's cache.

use std::fs::File;
use std::io::{self, Read as _, Seek as _, SeekFrom};
use std::path::{Path, PathBuf};
use std::pin::Pin;
use std::sync::Arc;
use std::task::{Context, Poll};

use aws_smithy_types::body::SdkBody;
use bytes::Bytes;
use formwork_model::objects::Content;
use http_body::{Body, Frame, SizeHint};
use sha2::{Digest as _, Sha256};

use super::watch::Watch;
use crate::error::Error;

/// Bytes that are read and sent at once.
const PIECE: u64 = 64 * 1024;

/// A body, or a part of one.
#[derive(Debug)]
pub(super) struct Part {
    source: Source,
    length: u64,
    digest: [u8; 32],
}

#[derive(Clone, Debug)]
enum Source {
    Bytes(Bytes),
    File { path: PathBuf, offset: u64 },
}

impl Part {
    /// In memory.
    pub(super) fn bytes(bytes: impl Into<Bytes>) -> Part {
        let bytes = bytes.into();
        let (length, digest) = (bytes.len() as u64, Sha256::digest(&bytes).into());
        Part { source: Source::Bytes(bytes), length, digest }
    }

    /// Of a content that is `length` bytes long from `offset` on.
    ///
    /// # Errors
    ///
    /// When the file cannot be read, or ends before.
    pub(super) async fn of(content: &Content, offset: u64, length: u64) -> Result<Part, Error> {
        match content {
            Content::Bytes(bytes) => {
                let range = usize::try_from(offset).ok().zip(usize::try_from(offset + length).ok());
                let bytes = range.and_then(|(from, to)| bytes.get(from..to)).unwrap_or_default();
                Ok(Part::bytes(Bytes::copy_from_slice(bytes)))
            }
            Content::File { path, .. } => {
                let source = Source::File { path: path.clone(), offset };
                let digest = digest(source.clone(), length).await.map_err(|error| fault(path, error))?;
                Ok(Part { source, length, digest })
            }
        }
    }

    pub(super) fn length(&self) -> u64 {
        self.length
    }

    /// The SHA-256 digest.
    pub(super) fn digest(&self) -> &[u8; 32] {
        &self.digest
    }

    /// The digest in base64, as S3 takes it for a checksum.
    pub(super) fn checksum(&self) -> String {
        aws_smithy_types::base64::encode(self.digest)
    }

    /// The digest in hexadecimal digits, as a signature takes it.
    pub(super) fn hexadecimal(&self) -> String {
        self.digest.iter().fold(String::new(), |text, byte| text + &format!("{byte:02x}"))
    }

    /// The bytes, for one try.
    ///
    /// # Errors
    ///
    /// When the file cannot be opened.
    pub(super) fn body(&self, watch: &Arc<Watch>) -> Result<SdkBody, Error> {
        if self.length == 0 {
            return Ok(SdkBody::empty());
        }
        let from = match &self.source {
            Source::Bytes(bytes) => Opened::Bytes(bytes.clone()),
            Source::File { path, offset } => Opened::File(opened(path, *offset).map_err(|error| fault(path, error))?),
        };
        let (left, length) = (self.length, self.length);
        Ok(SdkBody::from_body_1_x(Outgoing { from, left, length, watch: Arc::clone(watch) }))
    }

    /// The file and its fault, as an error.
    pub(super) fn fault(&self, reason: String) -> Option<Error> {
        match &self.source {
            Source::Bytes(_) => None,
            Source::File { path, .. } => Some(Error::File { path: path.display().to_string(), reason }),
        }
    }

    /// An error if the file has other bytes than it had when its digest was made.
    pub(super) async fn changed(&self) -> Option<Error> {
        match digest(self.source.clone(), self.length).await {
            Ok(now) if now == self.digest => None,
            Ok(_) => self.fault("it was changed while it was sent".to_owned()),
            Err(error) => self.fault(error.to_string()),
        }
    }
}

/// An error if a file has another length than the content says.
pub(super) fn check_length(content: &Content) -> Result<u64, Error> {
    match content {
        Content::Bytes(bytes) => Ok(bytes.len() as u64),
        Content::File { path, length } => {
            let now = std::fs::metadata(path).map_err(|error| fault(path, error))?;
            if !now.is_file() {
                return Err(fault(path, io::Error::other("it is not a file")));
            }
            let now = now.len();
            if now != *length {
                return Err(fault(path, io::Error::other(format!("it has {now} bytes now, and had {length}"))));
            }
            Ok(*length)
        }
    }
}

fn fault(path: &Path, error: io::Error) -> Error {
    Error::File { path: path.display().to_string(), reason: error.to_string() }
}

fn opened(path: &Path, offset: u64) -> io::Result<File> {
    let mut file = File::open(path)?;
    file.seek(SeekFrom::Start(offset))?;
    Ok(file)
}

fn too_short() -> io::Error {
    io::Error::other("it is shorter now than it was")
}

/// The digest of so many bytes, made beside what goes on meanwhile.
async fn digest(source: Source, length: u64) -> io::Result<[u8; 32]> {
    let (path, offset) = match source {
        Source::Bytes(bytes) => return Ok(Sha256::digest(&bytes).into()),
        Source::File { path, offset } => (path, offset),
    };
    let work = move || {
        let mut file = opened(&path, offset)?.take(length);
        let (mut hasher, mut buffer, mut read) = (Sha256::new(), vec![0; PIECE as usize], 0);
        loop {
            match file.read(&mut buffer)? {
                0 => break,
                count => {
                    hasher.update(&buffer[..count]);
                    read += count as u64;
                }
            }
        }
        if read == length { Ok(hasher.finalize().into()) } else { Err(too_short()) }
    };
    tokio::task::spawn_blocking(work).await.map_err(io::Error::other)?
}

/// A body on its way.
struct Outgoing {
    from: Opened,
    left: u64,
    length: u64,
    watch: Arc<Watch>,
}

/// The bytes that are sent.
enum Opened {
    Bytes(Bytes),
    File(File),
}

impl Outgoing {
    fn piece(&mut self) -> io::Result<Bytes> {
        let length = self.left.min(PIECE) as usize;
        match &mut self.from {
            Opened::Bytes(bytes) => Ok(bytes.split_to(length.min(bytes.len()))),
            Opened::File(file) => {
                let mut piece = vec![0; length];
                match file.read(&mut piece)? {
                    0 => Err(too_short()),
                    count => {
                        piece.truncate(count);
                        Ok(Bytes::from(piece))
                    }
                }
            }
        }
    }
}

impl Body for Outgoing {
    type Data = Bytes;
    type Error = io::Error;

    fn poll_frame(mut self: Pin<&mut Self>, _: &mut Context<'_>) -> Poll<Option<io::Result<Frame<Bytes>>>> {
        if self.left == 0 {
            return Poll::Ready(None);
        }
        let piece = self.piece().inspect_err(|error| self.watch.break_off(error.to_string()))?;
        self.left = self.left.saturating_sub(piece.len() as u64);
        match self.left {
            0 => self.watch.handed_over(self.length),
            _ => self.watch.moved(),
        }
        Poll::Ready(Some(Ok(Frame::data(piece))))
    }

    fn is_end_stream(&self) -> bool {
        self.left == 0
    }

    fn size_hint(&self) -> SizeHint {
        SizeHint::with_exact(self.left)
    }
}

//! The frames of `aws-chunked`, taken off while a body comes: size in hexadecimal, line end, bytes, line end; behind the last, which has
//! no bytes, trailers. Signatures of chunks are not looked at, as none of the engine's are.
//!
//! Source: S3 API Reference, "Signature Calculations for the Authorization Header: Transferring Payload in Multiple Chunks", and the
//! same "with trailing headers".

/// The longest line between chunks: a size and a signature, or a trailer.
const LINE: usize = 8 * 1024;

/// A body that is not of this form.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct Malformed;

/// A body, as far as it has come.
#[derive(Debug, Default)]
pub(super) struct Chunked {
    state: State,
    line: Vec<u8>,
    /// Names in lower case, with their values.
    trailers: Vec<(String, String)>,
}

#[derive(Debug, Default)]
enum State {
    /// A line with a size comes.
    #[default]
    Size,
    /// So many bytes of a chunk come.
    Data(u64),
    /// The line end behind a chunk comes.
    Behind,
    /// Lines with trailers come.
    Trailers,
    /// Nothing comes any more.
    Done,
}

impl Chunked {
    /// Takes a piece of the body, and adds the content in it.
    pub(super) fn feed(&mut self, mut piece: &[u8], content: &mut Vec<u8>) -> Result<(), Malformed> {
        while !piece.is_empty() {
            if let State::Data(rest) = &mut self.state {
                let here = usize::try_from(*rest).map_or(piece.len(), |rest| rest.min(piece.len()));
                let (data, behind) = piece.split_at(here);
                content.extend_from_slice(data);
                *rest -= here as u64;
                if *rest == 0 {
                    self.state = State::Behind;
                }
                piece = behind;
                continue;
            }
            let end = piece.iter().position(|byte| *byte == b'\n');
            let (part, behind) = piece.split_at(end.map_or(piece.len(), |end| end + 1));
            self.line.extend_from_slice(part);
            if self.line.len() > LINE {
                return Err(Malformed);
            }
            piece = behind;
            if end.is_some() {
                let line = std::mem::take(&mut self.line);
                self.read(std::str::from_utf8(&line).map_err(|_| Malformed)?.trim())?;
            }
        }
        Ok(())
    }

    fn read(&mut self, line: &str) -> Result<(), Malformed> {
        self.state = match self.state {
            State::Size => {
                let size = line.split(';').next().unwrap_or_default().trim();
                match u64::from_str_radix(size, 16).map_err(|_| Malformed)? {
                    0 => State::Trailers,
                    size => State::Data(size),
                }
            }
            State::Behind if line.is_empty() => State::Size,
            State::Trailers if line.is_empty() => State::Done,
            State::Trailers => {
                let (name, value) = line.split_once(':').ok_or(Malformed)?;
                self.trailers.push((name.trim().to_ascii_lowercase(), value.trim().to_owned()));
                State::Trailers
            }
            State::Done if line.is_empty() => State::Done,
            State::Behind | State::Done | State::Data(_) => return Err(Malformed),
        };
        Ok(())
    }

    /// The trailers, once nothing comes any more. Some clients leave out the last line end.
    pub(super) fn end(mut self) -> Result<Vec<(String, String)>, Malformed> {
        if !self.line.is_empty() {
            let line = std::mem::take(&mut self.line);
            self.read(std::str::from_utf8(&line).map_err(|_| Malformed)?.trim())?;
        }
        match self.state {
            State::Trailers | State::Done => Ok(self.trailers),
            _ => Err(Malformed),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    type Trailers = Vec<(String, String)>;

    /// The content and the trailers of a body that comes in pieces of this size.
    fn read(body: &[u8], size: usize) -> Result<(Vec<u8>, Trailers), Malformed> {
        let (mut chunked, mut content) = (Chunked::default(), Vec::new());
        for piece in body.chunks(size) {
            chunked.feed(piece, &mut content)?;
        }
        Ok((content, chunked.end()?))
    }

    #[test]
    fn in_pieces_of_any_size() {
        let trailer = ("x-amz-checksum-crc32".to_owned(), "y==".to_owned());
        let unsigned = b"3\r\nabc\r\n2\r\n\r\n\r\n0\r\nx-amz-checksum-crc32:y==\r\n\r\n";
        let signed = b"3;chunk-signature=x\r\nabc\r\n2;chunk-signature=y\r\n\r\n\r\n0;chunk-signature=z\r\n\r\n";
        for size in 1..=signed.len() {
            assert_eq!(read(unsigned, size), Ok((b"abc\r\n".to_vec(), vec![trailer.clone()])), "{size}");
            assert_eq!(read(signed, size), Ok((b"abc\r\n".to_vec(), Vec::new())), "{size}");
        }
        // Forms that are sent, too: another line end behind a trailer, none at the end.
        assert_eq!(read(b"0\r\nX-Amz-Checksum-CRC32:y==\n\r\n\r\n", 5), Ok((Vec::new(), vec![trailer.clone()])));
        assert_eq!(read(b"0\r\nx-amz-checksum-crc32:y==", 5), Ok((Vec::new(), vec![trailer])));
        assert_eq!(read(b"0", 5), Ok((Vec::new(), Vec::new())));
    }

    #[test]
    fn malformed_bodies_are_refused() {
        let long = [&b"3;"[..], &[b'x'; LINE], b"\r\nabc\r\n0\r\n\r\n"].concat();
        for body in [
            &b"zz\r\n"[..],
            b"",
            b"5\r\nabc\r\n0\r\n",
            b"ffffffffffffffff\r\nabc\r\n",
            b"10000000000000000\r\nabc\r\n0\r\n\r\n",
            b"3\r\nabc",
            b"3\r\nabcd\r\n0\r\n\r\n",
            b"0\r\nno trailer\r\n\r\n",
            b"0\r\n\r\nmore\r\n",
            &long,
        ] {
            assert_eq!(read(body, 7), Err(Malformed), "{body:?}");
        }
    }
}

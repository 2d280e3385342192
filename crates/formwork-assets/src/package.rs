//! The bytes that are uploaded: the file itself, or a zip of the folder.
//!
//! A zip has the same bytes for the same content, whatever the machine: fixed times, one order, two modes. Small files are compressed on
//! several threads, large ones as they are read, so that neither many nor long files are ever in memory together. What is read is hashed
//! again: nothing is uploaded under a key that is not its own.

use std::cell::RefCell;
use std::fs::{self, File, OpenOptions};
use std::io::{self, BufWriter, ErrorKind, Seek, SeekFrom, Write};
use std::path::Path;
use std::process;
use std::rc::Rc;
use std::sync::atomic::{AtomicU64, Ordering};

use formwork_assembly::AssetSource;
use zip::write::{PreparedZipFile, SimpleFileOptions, ZipFileBuilder};
use zip::{CompressionMethod, DateTime, System, ZipWriter};

use crate::error::{Error, Fault};
use crate::list::{Entry, Mode};
use crate::open::{BUFFER, Contents, read};
use crate::packaged::Packaged;
use crate::parallel::each;
use crate::shipment::Shipment;

/// The level of compression: the usual one. Another one would make other bytes under the same key, which does not matter.
const LEVEL: i64 = 6;

/// Longer files are compressed as they are read.
const SMALL: u64 = 4 << 20;

/// The most bytes and files that are compressed at once.
const BATCH_BYTES: u64 = 8 << 20;
const BATCH_FILES: usize = 1024;

/// From this length on, a file has the form of a zip for long ones. It begins below 4 GiB, since compressed bytes can be more than those of the
/// file.
const LONG: u64 = 4_000_000_000;

/// Writes what is uploaded of an asset to a new file in the folder `into`, which is made if it is not there.
///
/// # Errors
///
/// When the content is not what it was when it was prepared, and when it cannot be read or written. Then nothing of it stays.
pub fn package(shipment: &Shipment, into: &Path) -> Result<Packaged, Error> {
    packaged(shipment, into, LONG).map_err(|fault| Error::new(&shipment.asset, fault))
}

fn packaged(shipment: &Shipment, into: &Path, long: u64) -> Result<Packaged, Fault> {
    let (mut packaged, mut file) = create(&shipment.key, into)?;
    let path = packaged.path.clone();
    let failed = |source: io::Error| Fault::Write { path: path.clone(), source };
    match &shipment.asset.source {
        AssetSource::Content { bytes, .. } => file.write_all(bytes).map_err(failed)?,
        AssetSource::File { .. } => {
            let mut buffer = vec![0; BUFFER];
            for entry in shipment.list.entries() {
                read_again(shipment, entry, &mut buffer, |bytes| file.write_all(bytes).map_err(failed))?;
            }
        }
        AssetSource::Folder { .. } => zip(shipment, file, long, &failed)?,
    }
    packaged.length = fs::metadata(&packaged.path).map_err(failed)?.len();
    Ok(packaged)
}

/// A new file for an object. Its name is that of no other run.
fn create(key: &str, into: &Path) -> Result<(Packaged, File), Fault> {
    static NUMBER: AtomicU64 = AtomicU64::new(0);
    fs::create_dir_all(into).map_err(|source| Fault::Write { path: into.to_owned(), source })?;
    loop {
        let number = NUMBER.fetch_add(1, Ordering::Relaxed);
        let path = into.join(format!("{key}.{}-{number}", process::id()));
        match OpenOptions::new().write(true).create_new(true).open(&path) {
            Ok(file) => return Ok((Packaged { path, length: 0 }, file)),
            // It is of a run that was killed, whose number this process has now.
            Err(error) if error.kind() == ErrorKind::AlreadyExists => {}
            Err(source) => return Err(Fault::Write { path, source }),
        }
    }
}

/// Reads a file that was hashed before: what is handed on is what was hashed, or there is an error in the end.
fn read_again(
    shipment: &Shipment,
    entry: &Entry,
    buffer: &mut [u8],
    take: impl FnMut(&[u8]) -> Result<(), Fault>,
) -> Result<(), Fault> {
    let shown = || shipment.shown(entry);
    let Contents { mode, length, digest } = read(&shipment.file(entry), shown, buffer, take)?;
    // The list of a single file has no mode: an object does not have one.
    let same_mode = mode == entry.mode || entry.path.is_empty();
    match same_mode && length == entry.length && digest == entry.digest {
        true => Ok(()),
        false => Err(Fault::Changed { path: shown() }),
    }
}

fn zip(shipment: &Shipment, file: File, long: u64, failed: &impl Fn(io::Error) -> Fault) -> Result<(), Fault> {
    let (target, failure) = Target::new(file);
    let check = || failure.borrow_mut().take().map_or(Ok(()), |source| Err(failed(source)));
    let of_zip = |error: zip::result::ZipError| failed(io::Error::from(error));
    let mut zip = ZipWriter::new(target);
    let mut buffer = vec![0; BUFFER];
    let mut rest = shipment.list.entries();
    while let Some(first) = rest.first() {
        if first.length > SMALL {
            zip.start_file(&first.path, options(first, long)).map_err(of_zip)?;
            read_again(shipment, first, &mut buffer, |bytes| {
                zip.write_all(bytes).map_err(failed)?;
                check()
            })?;
            rest = &rest[1..];
            continue;
        }
        let (batch, after) = rest.split_at(batch(rest));
        let compressed =
            each(batch.len(), || vec![0; BUFFER], |buffer, number| compressed(shipment, &batch[number], buffer, long));
        for file in compressed {
            zip.add_prepared_file(file?).map_err(of_zip)?;
        }
        check()?;
        rest = after;
    }
    zip.finish().map_err(of_zip)?.flush().map_err(failed)?;
    check()
}

/// The number of files at the beginning that are compressed at once; at least one.
fn batch(entries: &[Entry]) -> usize {
    let mut bytes = 0;
    let fits = |entry: &&Entry| {
        bytes += entry.length;
        entry.length <= SMALL && bytes <= BATCH_BYTES
    };
    entries.iter().take(BATCH_FILES).take_while(fits).count().max(1)
}

/// A file as a zip has it.
fn compressed(shipment: &Shipment, entry: &Entry, buffer: &mut [u8], long: u64) -> Result<PreparedZipFile, Fault> {
    // In memory, nothing fails but memory.
    let failed = |source: io::Error| Fault::Read { path: shipment.shown(entry), source };
    let mut file = ZipFileBuilder::new(&entry.path, options(entry, long)).map_err(|error| failed(error.into()))?;
    read_again(shipment, entry, buffer, |bytes| file.write_all(bytes).map_err(failed))?;
    file.finish().map_err(|error| failed(error.into()))
}

/// All that is not content, made the same everywhere: the earliest time that a zip can say, Unix's modes.
fn options(entry: &Entry, long: u64) -> SimpleFileOptions {
    let mode = match entry.mode {
        Mode::File => 0o644,
        Mode::Executable => 0o755,
    };
    SimpleFileOptions::default()
        .compression_method(CompressionMethod::Deflated)
        .compression_level(Some(LEVEL))
        .last_modified_time(DateTime::DEFAULT)
        .system(System::Unix)
        .unix_permissions(mode)
        .large_file(entry.length >= long)
}

/// The file of a zip. A failure is kept, and what is written after it goes nowhere: the library writes the end of the zip when it is
/// dropped, and would tell the terminal of a full disk in its own words.
struct Target {
    file: BufWriter<File>,
    place: u64,
    end: u64,
    failure: Failure,
}

type Failure = Rc<RefCell<Option<io::Error>>>;

impl Target {
    fn new(file: File) -> (Self, Failure) {
        let failure = Failure::default();
        (Target { file: BufWriter::with_capacity(BUFFER, file), place: 0, end: 0, failure: failure.clone() }, failure)
    }

    fn attempt(&mut self, deed: impl FnOnce(&mut BufWriter<File>) -> io::Result<()>) {
        let mut failure = self.failure.borrow_mut();
        if failure.is_none() {
            *failure = deed(&mut self.file).err();
        }
    }
}

impl Write for Target {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        self.attempt(|file| file.write_all(bytes));
        self.place += bytes.len() as u64;
        self.end = self.end.max(self.place);
        Ok(bytes.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        self.attempt(BufWriter::flush);
        Ok(())
    }
}

impl Seek for Target {
    fn seek(&mut self, to: SeekFrom) -> io::Result<u64> {
        let place = match to {
            SeekFrom::Start(place) => Some(place),
            SeekFrom::Current(by) => self.place.checked_add_signed(by),
            SeekFrom::End(by) => self.end.checked_add_signed(by),
        };
        let place = place.ok_or(ErrorKind::InvalidInput)?;
        if place != self.place {
            self.attempt(|file| file.seek(SeekFrom::Start(place)).map(drop));
            self.place = place;
        }
        Ok(place)
    }
}

#[cfg(all(test, target_os = "linux"))]
mod tests {
    #![allow(clippy::unwrap_used, reason = "a test that cannot be set up has failed")]

    use std::fs::{self, OpenOptions};
    use std::io::{ErrorKind, Seek as _, SeekFrom, Write as _};
    use std::process::Command;

    use formwork_assembly::{Asset, AssetSource, Location, StackId};
    use tempfile::TempDir;

    use super::{Fault, LONG, Shipment, Target, packaged, zip};
    use crate::prepare::prepare_all;

    /// A folder with some files, and links to it: many files of few.
    fn shipment(files: usize, links: usize) -> (TempDir, Shipment) {
        let root = tempfile::tempdir().unwrap();
        fs::create_dir(root.path().join("files")).unwrap();
        for number in 0..files {
            fs::write(root.path().join(format!("files/{number}")), number.to_string().repeat(number % 30)).unwrap();
        }
        for number in 0..links {
            std::os::unix::fs::symlink("files", root.path().join(format!("link-{number}"))).unwrap();
        }
        let asset = Asset {
            stack: StackId { name: "orders".into(), region: "eu-central-1".into() },
            id: "Code".into(),
            parameter: "CodeKey".into(),
            source: AssetSource::Folder { path: ".".into() },
            exclude: vec![],
            location: Location { file: "src/lib.rs".into(), line: 1 },
        };
        let shipment = prepare_all(&[&asset], root.path()).unwrap().remove(0);
        (root, shipment)
    }

    /// A device on which there is never room.
    fn full() -> fs::File {
        OpenOptions::new().write(true).open("/dev/full").unwrap()
    }

    #[test]
    fn a_full_disk_is_an_error() {
        let (_root, shipment) = shipment(3, 0);
        let failed = |source| Fault::Write { path: "/dev/full".into(), source };
        let fault = zip(&shipment, full(), LONG, &failed).unwrap_err();
        assert!(matches!(&fault, Fault::Write { source, .. } if source.kind() == ErrorKind::StorageFull), "{fault:?}");
    }

    #[test]
    fn after_a_failure_the_library_can_end_in_peace() {
        let (mut target, failure) = Target::new(full());
        for _ in 0..3 {
            target.write_all(&[0; 100_000]).unwrap();
            target.flush().unwrap();
        }
        assert_eq!(target.seek(SeekFrom::End(-1)).unwrap(), 299_999);
        assert_eq!(target.seek(SeekFrom::Current(-9)).unwrap(), 299_990);
        assert_eq!(target.seek(SeekFrom::Start(5)).unwrap(), 5);
        assert_eq!(target.seek(SeekFrom::Current(-6)).unwrap_err().kind(), ErrorKind::InvalidInput);
        assert_eq!(failure.borrow_mut().take().unwrap().kind(), ErrorKind::StorageFull);
    }

    /// Python reads the form for long files, and more files than a zip of the old form can count.
    #[test]
    fn long_zips_are_read_by_others() {
        const SCRIPT: &str = "
import struct, sys, zipfile
with zipfile.ZipFile(sys.argv[1]) as archive:
    assert archive.testzip() is None
    print(len(archive.infolist()), sum(info.file_size for info in archive.infolist()))
end = open(sys.argv[1], 'rb').read()[-22 - 20:]
print('zip64' if end[:4] == b'PK\\x06\\x07' else 'zip')
with open(sys.argv[1], 'rb') as file:
    print('long' if struct.unpack('<I', file.read(22)[18:])[0] == 0xffffffff else 'short')
";
        let table = [(30, 0, LONG, "zip\nshort"), (30, 0, 0, "zip\nlong"), (256, 256, LONG, "zip64\nshort")];
        for (files, links, long, expected) in table {
            let (root, shipment) = shipment(files, links);
            let packaged = packaged(&shipment, &root.path().join("out"), long).unwrap();
            let read = Command::new("python3").args(["-c", SCRIPT]).arg(&packaged.path).output().unwrap();
            let said = String::from_utf8_lossy(&read.stdout);
            assert!(read.status.success(), "{}", String::from_utf8_lossy(&read.stderr));
            assert_eq!(said.trim(), format!("{} {}\n{expected}", files * (links + 1), shipment.length));
        }
    }
}

//! Files that nobody else reads: the values of `NoEcho` parameters are in them, as updates may use them again.
//!
//! Only Unix has such permissions. Elsewhere everything is as its folder has it.

use std::fs::{self, File, OpenOptions};
use std::io;
use std::path::Path;

/// Opens a file. If it is made, it is made so; if it was there, it becomes so.
pub(super) fn open(options: &mut OpenOptions, path: &Path) -> io::Result<File> {
    #[cfg(unix)]
    std::os::unix::fs::OpenOptionsExt::mode(options, 0o600);
    let file = options.open(path)?;
    restrict(path);
    Ok(file)
}

/// Makes a folder, and those above it, unless it is there.
pub(crate) fn make_folder(path: &Path) -> io::Result<()> {
    let mut builder = fs::DirBuilder::new();
    builder.recursive(true);
    #[cfg(unix)]
    std::os::unix::fs::DirBuilderExt::mode(&mut builder, 0o700);
    builder.create(path)
}

/// Takes what others may do with a file or a folder, if it is there.
pub(super) fn restrict(path: &Path) {
    #[cfg(unix)]
    {
        use std::os::unix::fs::PermissionsExt as _;
        let Ok(metadata) = fs::metadata(path) else { return };
        let mode = metadata.permissions().mode() & 0o7777;
        if mode & 0o077 != 0 {
            // Who does not own it, or has a file system without permissions, cannot; that is no reason to stop.
            let _ = fs::set_permissions(path, fs::Permissions::from_mode(mode & !0o077));
        }
    }
    #[cfg(not(unix))]
    let _ = path;
}

//! Writing: a file appears whole or not at all, and nothing is overwritten unasked.

use std::fs::{self, File};
use std::io::Write;
use std::path::{Path, PathBuf};

use tempfile::NamedTempFile;

use crate::failure::{Failure, Outcome};

/// Who may read a new file.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Audience {
    /// Its owner alone (mode 0600): private keys, results, local rows.
    Owner,
    /// Everybody on the machine (mode 0644): what is public anyway.
    Everybody,
}

/// A file that will appear under its name on [`Pending::commit`].
///
/// Made before the work whose result it will hold, so that a folder that cannot be written is found at once. Until the
/// commit there is nothing on the disk, so that not even a killed process leaves a trace.
#[derive(Debug)]
pub(crate) struct Pending {
    target: PathBuf,
    audience: Audience,
    force: bool,
}

impl Pending {
    /// Prepares to write `target`: refuses an existing file unless `force`, and needs write access to its folder now.
    pub(crate) fn new(target: &Path, audience: Audience, force: bool) -> Outcome<Self> {
        if !force && fs::symlink_metadata(target).is_ok() {
            return Err(exists(target));
        }
        let pending = Self { target: target.to_owned(), audience, force };
        pending.temporary().map(drop)?;
        Ok(pending)
    }

    /// The name that the file will have.
    pub(crate) fn target(&self) -> &Path {
        &self.target
    }

    /// Writes `bytes` and gives the file its name: the bytes are on the disk before the name is.
    pub(crate) fn commit(self, bytes: &[u8]) -> Outcome<()> {
        let mut file = self.temporary()?;
        let written = file.write_all(bytes).and_then(|()| file.as_file().sync_all());
        written.map_err(|error| cannot_write(&self.target, &error))?;
        let kept = if self.force { file.persist(&self.target) } else { file.persist_noclobber(&self.target) };
        kept.map_err(|error| match error.error.kind() {
            std::io::ErrorKind::AlreadyExists => exists(&self.target),
            _ => cannot_write(&self.target, &error.error),
        })?;
        sync_folder(folder(&self.target)).map_err(|error| cannot_write(&self.target, &error))
    }

    /// A nameless neighbour of the target.
    fn temporary(&self) -> Outcome<NamedTempFile> {
        builder(self.audience)
            .tempfile_in(folder(&self.target))
            .map_err(|error| cannot_write(&self.target, &error))
    }
}

/// Makes a folder and those above it; one that is there already is used as it is.
pub(crate) fn make_folder(path: &Path) -> Outcome<()> {
    fs::create_dir_all(path).map_err(|error| cannot_write(path, &error))
}

/// The folder a file lies in.
fn folder(target: &Path) -> &Path {
    match target.parent() {
        Some(parent) if !parent.as_os_str().is_empty() => parent,
        _ => Path::new("."),
    }
}

#[cfg(unix)]
fn builder(audience: Audience) -> tempfile::Builder<'static, 'static> {
    use std::os::unix::fs::PermissionsExt;
    let mode = match audience {
        Audience::Owner => 0o600,
        Audience::Everybody => 0o644,
    };
    let mut builder = tempfile::Builder::new();
    builder.prefix(".speedwell-").permissions(fs::Permissions::from_mode(mode));
    builder
}

#[cfg(not(unix))]
fn builder(_audience: Audience) -> tempfile::Builder<'static, 'static> {
    let mut builder = tempfile::Builder::new();
    builder.prefix(".speedwell-");
    builder
}

/// Makes the new name durable. Only Unix can open a folder for that.
#[cfg(unix)]
fn sync_folder(folder: &Path) -> std::io::Result<()> {
    File::open(folder)?.sync_all()
}

#[cfg(not(unix))]
fn sync_folder(_folder: &Path) -> std::io::Result<()> {
    Ok(())
}

fn exists(target: &Path) -> Failure {
    Failure::input(
        target.display(),
        "the file exists already",
        "a name that is free",
        "choose another name, move the file away, or pass --force to replace it",
    )
}

fn cannot_write(target: &Path, error: &std::io::Error) -> Failure {
    Failure::input(
        target.display(),
        format!("cannot be written: {error}"),
        "a writable folder with free space",
        "make the folder, or mend its permissions, or choose another place",
    )
}

#[cfg(test)]
mod tests {
    use super::*;

    fn whole(target: &Path, audience: Audience, force: bool, bytes: &[u8]) -> Outcome<()> {
        Pending::new(target, audience, force)?.commit(bytes)
    }

    #[test]
    fn refuses_to_overwrite_and_replaces_only_when_forced() {
        let folder = tempfile::tempdir().unwrap();
        let target = folder.path().join("a");
        whole(&target, Audience::Everybody, false, b"one").unwrap();
        let refused = whole(&target, Audience::Everybody, false, b"two").unwrap_err();
        assert_eq!(refused.found, "the file exists already");
        assert_eq!(fs::read(&target).unwrap(), b"one");
        whole(&target, Audience::Everybody, true, b"two").unwrap();
        assert_eq!(fs::read(&target).unwrap(), b"two");
    }

    #[test]
    fn a_file_that_appears_meanwhile_is_not_overwritten() {
        let folder = tempfile::tempdir().unwrap();
        let target = folder.path().join("a");
        let pending = Pending::new(&target, Audience::Owner, false).unwrap();
        fs::write(&target, b"other").unwrap();
        assert!(pending.commit(b"mine").is_err());
        assert_eq!(fs::read(&target).unwrap(), b"other");
    }

    #[test]
    fn nothing_is_on_the_disk_before_the_commit() {
        let folder = tempfile::tempdir().unwrap();
        let _pending = Pending::new(&folder.path().join("a"), Audience::Owner, false).unwrap();
        assert_eq!(fs::read_dir(folder.path()).unwrap().count(), 0);
    }

    #[test]
    fn a_missing_folder_is_found_before_the_work() {
        let folder = tempfile::tempdir().unwrap();
        let refused = Pending::new(&folder.path().join("no/a"), Audience::Owner, false).unwrap_err();
        assert!(refused.found.starts_with("cannot be written"), "{refused}");
    }

    #[cfg(unix)]
    #[test]
    fn a_private_file_is_for_its_owner_alone() {
        use std::os::unix::fs::PermissionsExt;
        let folder = tempfile::tempdir().unwrap();
        let target = folder.path().join("key");
        whole(&target, Audience::Owner, false, b"k").unwrap();
        assert_eq!(fs::metadata(&target).unwrap().permissions().mode() & 0o777, 0o600);
        whole(&target, Audience::Everybody, true, b"k").unwrap();
        assert_eq!(fs::metadata(&target).unwrap().permissions().mode() & 0o777, 0o644);
    }
}

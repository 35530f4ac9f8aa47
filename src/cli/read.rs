//! Reading files that may be anything. What is not an ordinary file is never opened (a FIFO would wait for
//! ever, a device would never end), nothing is read beyond a limit, and a name inside the project that leads
//! out of it is refused before its content is seen.

use std::fs::{self, File, FileType};
use std::io::{self, Read};
use std::path::{Component, Path, PathBuf};

use crate::diagnostic::{Diagnostic, project};
use crate::source::Span;

/// Why a text could not be had.
#[derive(Debug, Clone, PartialEq)]
pub enum Fault {
    Missing,
    Outside,
    /// What it is instead, with its article.
    NotAFile(&'static str),
    TooLarge(u64),
    Encoding {
        /// The text before the first bad byte.
        readable: String,
        guess: Option<&'static str>,
    },
    System(String),
}

/// A file of at most `limit` bytes of UTF-8.
pub fn read_text(path: &Path, limit: u64) -> Result<String, Fault> {
    read_bytes(path, limit).and_then(text)
}

/// A file of at most `limit` bytes.
pub fn read_bytes(path: &Path, limit: u64) -> Result<Vec<u8>, Fault> {
    let about = fs::metadata(path).map_err(fault)?;
    refuse_special(about.file_type())?;
    if about.len() > limit {
        return Err(Fault::TooLarge(limit));
    }
    let mut file = File::open(path).map_err(fault)?;
    refuse_special(file.metadata().map_err(fault)?.file_type())?;
    let mut bytes = Vec::with_capacity(usize::try_from(about.len()).unwrap_or(0).saturating_add(1));
    (&mut file).take(limit.saturating_add(1)).read_to_end(&mut bytes).map_err(fault)?;
    if bytes.len() as u64 > limit { Err(Fault::TooLarge(limit)) } else { Ok(bytes) }
}

/// Standard input, with a limit as for files.
pub fn read_stdin(limit: u64) -> Result<String, Fault> {
    let mut bytes = Vec::new();
    io::stdin().lock().take(limit.saturating_add(1)).read_to_end(&mut bytes).map_err(fault)?;
    if bytes.len() as u64 > limit { Err(Fault::TooLarge(limit)) } else { text(bytes) }
}

/// Where a path written in the project leads. `root` is canonical. A path that climbs out by its letters alone
/// is refused without asking the system.
pub fn inside(root: &Path, written: &str) -> Result<PathBuf, Fault> {
    let mut depth = 0usize;
    for component in Path::new(written).components() {
        match component {
            Component::Normal(_) => depth += 1,
            Component::CurDir => {}
            Component::ParentDir => depth = depth.checked_sub(1).ok_or(Fault::Outside)?,
            Component::RootDir | Component::Prefix(_) => return Err(Fault::Outside),
        }
    }
    if written.contains('\0') {
        return Err(Fault::Missing);
    }
    let real = root.join(written).canonicalize().map_err(fault)?;
    if real.starts_with(root) { Ok(real) } else { Err(Fault::Outside) }
}

/// What is wrong with the file, said at `place`.
pub fn describe(fault: &Fault, place: Span, path: &str) -> Diagnostic {
    match fault {
        Fault::Missing => project::missing_file(place, path),
        Fault::Outside => project::outside(place, path),
        Fault::NotAFile(what) => project::not_a_file(place, path, what),
        Fault::TooLarge(limit) => project::too_large(place, path, *limit),
        Fault::Encoding { readable, guess } => project::encoding(place, path, readable.len(), *guess),
        Fault::System(reason) => project::unreadable(place, path, reason),
    }
}

fn text(bytes: Vec<u8>) -> Result<String, Fault> {
    String::from_utf8(bytes).map_err(|error| {
        let good = error.utf8_error().valid_up_to();
        let guess = guess(error.as_bytes());
        let mut bytes = error.into_bytes();
        bytes.truncate(good);
        Fault::Encoding { readable: String::from_utf8(bytes).unwrap_or_default(), guess }
    })
}

/// What bytes that are not UTF-8 probably are.
fn guess(bytes: &[u8]) -> Option<&'static str> {
    let known: [(&[u8], &str); 6] = [
        (b"\xff\xfe", "UTF-16"),
        (b"\xfe\xff", "UTF-16"),
        (b"\x1f\x8b", "a gzip archive"),
        (b"PK\x03\x04", "a zip archive"),
        (b"\x89PNG", "a picture"),
        (b"\x7fELF", "a program"),
    ];
    known.into_iter().find(|(start, _)| bytes.starts_with(start)).map(|(_, what)| what)
}

fn refuse_special(kind: FileType) -> Result<(), Fault> {
    if kind.is_file() {
        Ok(())
    } else if kind.is_dir() {
        Err(Fault::NotAFile("a folder"))
    } else {
        Err(Fault::NotAFile("a pipe, device or socket"))
    }
}

fn fault(error: io::Error) -> Fault {
    match error.kind() {
        io::ErrorKind::NotFound | io::ErrorKind::NotADirectory => Fault::Missing,
        kind => Fault::System(kind.to_string()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_file_is_read_to_its_limit() {
        let folder = tempfile::tempdir().expect("a folder");
        let path = folder.path().join("a.flow");
        fs::write(&path, "12345").expect("written");
        assert_eq!(read_text(&path, 5), Ok("12345".to_string()));
        assert_eq!(read_text(&path, 4), Err(Fault::TooLarge(4)));
        assert_eq!(read_text(folder.path(), 9), Err(Fault::NotAFile("a folder")));
        assert_eq!(read_text(&folder.path().join("b"), 9), Err(Fault::Missing));
        fs::write(&path, b"ab\xffcd").expect("written");
        assert_eq!(read_text(&path, 9), Err(Fault::Encoding { readable: "ab".into(), guess: None }));
        fs::write(&path, b"\xff\xfea\0").expect("written");
        assert_eq!(
            read_text(&path, 9),
            Err(Fault::Encoding { readable: String::new(), guess: Some("UTF-16") })
        );
    }

    #[cfg(unix)]
    #[test]
    fn devices_are_not_opened() {
        assert_eq!(read_text(Path::new("/dev/zero"), 9), Err(Fault::NotAFile("a pipe, device or socket")));
    }

    #[test]
    fn a_path_stays_inside_the_project() {
        let folder = tempfile::tempdir().expect("a folder");
        let outer = folder.path().canonicalize().expect("it is there");
        let root = outer.join("project");
        fs::create_dir_all(root.join("contracts")).expect("made");
        fs::write(root.join("contracts/a.yaml"), "").expect("written");
        fs::write(outer.join("secret"), "").expect("written");
        assert_eq!(inside(&root, "contracts/../contracts/a.yaml"), Ok(root.join("contracts/a.yaml")));
        for written in ["../secret", "contracts/../../secret", "/etc/hostname", "../project/contracts/a.yaml"]
        {
            assert_eq!(inside(&root, written), Err(Fault::Outside), "{written}");
        }
        assert_eq!(inside(&root, "a\0b"), Err(Fault::Missing));
        #[cfg(unix)]
        {
            std::os::unix::fs::symlink(outer.join("secret"), root.join("link.yaml")).expect("linked");
            assert_eq!(inside(&root, "link.yaml"), Err(Fault::Outside));
        }
    }
}

//! What flowc has written into an output folder: each path with a fingerprint of its content. What is not in the
//! record is not ours, and what has another fingerprint was changed by somebody. While files are being written, a path
//! may have two fingerprints, so that a build that was cut off accuses nobody.

use std::collections::{BTreeMap, BTreeSet};
use std::path::{Component, Path};

/// What is flowc's own in the output folder.
pub const FOLDER: &str = ".flowc";

/// Where the record stands.
pub const PATH: &str = ".flowc/files";

const HEAD: &str =
    "# What flowc has written here. It touches nothing else; keep this file with the others.\n";

#[derive(Debug, Clone, Default, PartialEq)]
pub struct Record {
    files: BTreeMap<String, BTreeSet<String>>,
}

impl Record {
    /// What cannot be a record says nothing. Paths that lead anywhere else are passed over.
    pub fn read(text: &str) -> Record {
        let mut record = Record::default();
        for line in text.lines().filter(|line| !line.starts_with('#')) {
            if let Some((fingerprint, path)) = line.split_once(' ')
                && is_below(path)
            {
                record.add(path, fingerprint.to_owned());
            }
        }
        record
    }

    pub fn text(&self) -> String {
        let mut text = HEAD.to_owned();
        for (path, fingerprints) in &self.files {
            fingerprints.iter().for_each(|fingerprint| text.push_str(&format!("{fingerprint} {path}\n")));
        }
        text
    }

    pub fn add(&mut self, path: &str, fingerprint: String) {
        self.files.entry(path.to_owned()).or_default().insert(fingerprint);
    }

    pub fn knows(&self, path: &str) -> bool {
        self.files.contains_key(path)
    }

    /// Whether we wrote exactly this.
    pub fn has(&self, path: &str, fingerprint: &str) -> bool {
        self.files.get(path).is_some_and(|known| known.contains(fingerprint))
    }

    pub fn paths(&self) -> impl Iterator<Item = &str> {
        self.files.keys().map(String::as_str)
    }

    /// Both of what was and of what will be.
    pub fn with(&self, other: &Record) -> Record {
        let mut both = self.clone();
        for (path, fingerprints) in &other.files {
            both.files.entry(path.clone()).or_default().extend(fingerprints.iter().cloned());
        }
        both
    }
}

fn is_below(path: &str) -> bool {
    let mut parts = Path::new(path).components().peekable();
    parts.peek().is_some() && parts.all(|part| matches!(part, Component::Normal(_))) && !path.contains('\\')
}

/// FNV-1a of 128 bits: it is no guard against forgery, only against forgetting.
pub fn fingerprint(bytes: &[u8]) -> String {
    let start = 0x6c62_272e_07bb_0142_62b8_2175_6295_c58d_u128;
    let step =
        |hash: u128, byte: &u8| (hash ^ u128::from(*byte)).wrapping_mul(0x0100_0000_0000_0000_0000_013b);
    format!("{:032x}", bytes.iter().fold(start, step))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_record_is_read_back() {
        let mut record = Record::default();
        record.add("src/a b.rs", fingerprint(b"a"));
        record.add("src/a b.rs", fingerprint(b"b"));
        record.add("x", fingerprint(b""));
        assert_eq!(Record::read(&record.text()), record);
        assert!(record.has("x", "6c62272e07bb014262b821756295c58d"));
    }

    #[test]
    fn a_record_leads_nowhere_else() {
        let record =
            Record::read("a /etc/passwd\nb ../x\nc a/../../x\nd \ne ok/x\nf a\\..\\b\n# a comment\n");
        assert_eq!(record.paths().collect::<Vec<_>>(), ["ok/x"]);
    }
}

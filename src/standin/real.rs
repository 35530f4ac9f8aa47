//! Published contracts, where the folder of them is at hand: each gives answers, and what says that it is JSON is.

use std::fs;
use std::path::{Path, PathBuf};

use super::answers;
use crate::contract::{ReadFault, load};
use crate::source::Sources;

fn folders() -> Vec<PathBuf> {
    let root = Path::new(env!("CARGO_MANIFEST_DIR"));
    let published = std::env::var_os("FLOWC_CONTRACTS").map(PathBuf::from);
    vec![root.join("tests/contracts/documents"), published.unwrap_or(root.join("../shared/contracts"))]
}

#[test]
fn stand_ins_can_be_made_of_them() {
    for folder in folders() {
        let entries = fs::read_dir(&folder).into_iter().flatten().flatten();
        for path in entries.map(|entry| entry.path()) {
            if path.extension().is_some_and(|ending| ["json", "yaml", "yml"].iter().any(|end| ending == *end))
            {
                check(&folder, &path);
            }
        }
    }
}

fn check(folder: &Path, path: &Path) {
    let name = path.file_name().unwrap_or_default().to_string_lossy();
    let read = &mut |path: &str| fs::read(folder.join(path)).map_err(|_| ReadFault::Missing);
    // Some are there because they must be refused.
    let Ok(mut contract) = load(&mut Sources::default(), &name, read) else { return };
    for answer in answers(&mut contract) {
        let is_json = answer.media_type.as_ref().is_some_and(|media| media.starts_with("application/json"));
        let parsed = serde_json::from_slice::<serde_json::Value>(&answer.body);
        assert!(!is_json || parsed.is_ok(), "{name}: {} {}: {parsed:?}", answer.operation, answer.status);
    }
}

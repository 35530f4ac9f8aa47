//! Texts to begin with: the flows, pages and contracts of the repository.

use std::fs;
use std::path::Path;

/// The ending of the file and its text.
pub type Seed = (String, String);

pub fn corpus() -> Vec<Seed> {
    let root = Path::new(env!("CARGO_MANIFEST_DIR"));
    let mut seeds = Vec::new();
    for folder in ["src", "std", "docs", "tests"] {
        gather(&root.join(folder), &mut seeds);
    }
    seeds.sort();
    seeds
}

fn gather(folder: &Path, seeds: &mut Vec<Seed>) {
    let Ok(entries) = fs::read_dir(folder) else { return };
    for path in entries.flatten().map(|entry| entry.path()) {
        let ending = path.extension().and_then(|ending| ending.to_str()).unwrap_or("").to_owned();
        if path.is_dir() {
            gather(&path, seeds);
        } else if matches!(ending.as_str(), "flow" | "yaml" | "json" | "md") {
            seeds.extend(fs::read_to_string(&path).ok().and_then(|text| seed(ending, text)));
        }
    }
}

/// Of a page, its examples.
fn seed(ending: String, text: String) -> Option<Seed> {
    if ending != "md" {
        return Some((ending, text));
    }
    let blocks = text.split("\n```flow").skip(1).filter_map(|rest| rest.split_once('\n'));
    let flows: String =
        blocks.filter_map(|(_, rest)| rest.split_once("\n```")).map(|(flow, _)| flow).collect();
    (!flows.is_empty()).then(|| ("flow".to_owned(), flows))
}

//! Documents in which nodes are missing, twice, or of another type than they should be. Whatever is left, nothing
//! panics, and what is written for it checks or is left out with a reason.

use serde_json::Value;

use super::both;

const DOCUMENTS: [&str; 3] = [
    include_str!("../../../../tests/contracts/documents/shapes.yaml"),
    include_str!("../../../../tests/contracts/documents/modern.yaml"),
    include_str!("../../../../tests/contracts/documents/media.yaml"),
];
const OLD: &str = include_str!("../../../../tests/contracts/documents/old.json");

/// The same numbers on every machine (xorshift).
struct Random(u64);

impl Random {
    fn below(&mut self, bound: usize) -> usize {
        self.0 ^= self.0 << 13;
        self.0 ^= self.0 >> 7;
        self.0 ^= self.0 << 17;
        usize::try_from(self.0 % (bound.max(1) as u64)).unwrap_or(0)
    }
}

/// Words of a document change places, or lines go missing or come twice.
fn with_other_words(text: &str, random: &mut Random) -> String {
    let mut lines: Vec<String> = text.lines().map(str::to_owned).collect();
    for _ in 0..=random.below(3) {
        let (one, other) = (random.below(lines.len()), random.below(lines.len()));
        match random.below(4) {
            0 => drop(lines.remove(one)),
            1 => lines.insert(one, lines[other].clone()),
            _ => {
                let (here, there) = (word(&lines[one], random), word(&lines[other], random));
                if !here.is_empty() && !there.is_empty() {
                    lines[one] = lines[one].replacen(&here, &there, 1);
                }
            }
        }
    }
    lines.join("\n")
}

fn word(line: &str, random: &mut Random) -> String {
    let words: Vec<&str> = line
        .split(|letter: char| !letter.is_alphanumeric() && !"#/$".contains(letter))
        .filter(|word| !word.is_empty())
        .collect();
    words.get(random.below(words.len())).map(|word| (*word).to_owned()).unwrap_or_default()
}

/// Nodes of a document are taken out, or become copies of others.
fn with_other_nodes(document: &Value, random: &mut Random) -> Value {
    let mut damaged = document.clone();
    for _ in 0..=random.below(3) {
        let count = size(&damaged);
        let other = node(&damaged, &mut random.below(count)).cloned().unwrap_or(Value::Null);
        let mut target = random.below(count);
        if let Some(node) = node_mut(&mut damaged, &mut target) {
            *node = match random.below(6) {
                0 => Value::Null,
                1 => Value::Array(vec![node.take()]),
                2 => Value::String("#/definitions/Pet".to_owned()),
                3 => serde_json::json!({ "$ref": "#/definitions/Pet" }),
                _ => other,
            };
        }
    }
    damaged
}

fn size(value: &Value) -> usize {
    1 + children(value).map(size).sum::<usize>()
}

fn children(value: &Value) -> Box<dyn Iterator<Item = &Value> + '_> {
    match value {
        Value::Array(items) => Box::new(items.iter()),
        Value::Object(entries) => Box::new(entries.values()),
        _ => Box::new(std::iter::empty()),
    }
}

fn node<'v>(value: &'v Value, at: &mut usize) -> Option<&'v Value> {
    if *at == 0 {
        return Some(value);
    }
    *at -= 1;
    children(value).find_map(|child| node(child, at))
}

fn node_mut<'v>(value: &'v mut Value, at: &mut usize) -> Option<&'v mut Value> {
    if *at == 0 {
        return Some(value);
    }
    *at -= 1;
    match value {
        Value::Array(items) => items.iter_mut().find_map(|child| node_mut(child, at)),
        Value::Object(entries) => entries.values_mut().find_map(|child| node_mut(child, at)),
        _ => None,
    }
}

/// What is left over checks: `sound` sees to that, unless the fault lies with the document as a whole.
fn survives(text: &str) {
    for outcome in both(text.as_bytes()).into_iter().flatten() {
        if let Err(errors) = outcome {
            let of_contract = errors.iter().all(|error| error.code.name.starts_with("contract/"));
            let codes: Vec<&str> = errors.iter().map(|error| error.code.name).collect();
            assert!(of_contract, "{codes:?}\n{text}");
        }
    }
}

#[test]
fn documents_with_other_words_are_survived() {
    for (at, document) in DOCUMENTS.iter().enumerate() {
        let mut random = Random(0x9E37_79B9 + at as u64);
        for _ in 0..ROUNDS {
            survives(&with_other_words(document, &mut random));
        }
    }
}

#[test]
fn documents_with_other_nodes_are_survived() {
    let document: Value = serde_json::from_str(OLD).expect("JSON");
    let mut random = Random(0x2545_F491);
    for _ in 0..ROUNDS {
        survives(&with_other_nodes(&document, &mut random).to_string());
    }
}

/// More, on documents of one's own, with `FLOWC_DAMAGE_ROUNDS` and `FLOWC_DAMAGE` (a JSON document).
const ROUNDS: usize = 12;

#[test]
fn a_document_of_ones_own_is_survived() {
    let Ok(path) = std::env::var("FLOWC_DAMAGE") else { return };
    let rounds = std::env::var("FLOWC_DAMAGE_ROUNDS").ok().and_then(|text| text.parse().ok());
    let text = std::fs::read_to_string(path).expect("readable");
    let mut random = Random(0x1234_5678);
    let document: Option<Value> = serde_json::from_str(&text).ok();
    for _ in 0..rounds.unwrap_or(ROUNDS) {
        match &document {
            Some(document) => survives(&with_other_nodes(document, &mut random).to_string()),
            None => survives(&with_other_words(&text, &mut random)),
        }
    }
}

//! Changes that break texts where parsers are weak: pieces doubled, moved, cut, nested; odd characters; numbers at
//! their limits.

/// A small generator of numbers (xorshift), so that a seed gives the same run everywhere.
pub struct Random(u64);

impl Random {
    pub fn new(seed: u64) -> Random {
        Random(seed.wrapping_mul(0x9E37_79B9_7F4A_7C15) | 1)
    }

    pub fn below(&mut self, limit: usize) -> usize {
        self.0 ^= self.0 << 13;
        self.0 ^= self.0 >> 7;
        self.0 ^= self.0 << 17;
        usize::try_from(self.0 >> 11).unwrap_or(0) % limit.max(1)
    }

    pub fn pick<'a, T>(&mut self, all: &'a [T]) -> &'a T {
        &all[self.below(all.len())]
    }
}

const PIECES: [&str; 44] = [
    "{",
    "}",
    "(",
    ")",
    "[",
    "]",
    "\"",
    "'",
    "\"{",
    "}\"",
    ":",
    ",",
    ";",
    "..",
    "=>",
    "->",
    "?",
    "??",
    "//",
    "///",
    "\n",
    "\r",
    "\t",
    "\0",
    "\u{FEFF}",
    "\u{202E}",
    "é",
    "а",
    "\\",
    "\\u{",
    "@",
    "-",
    "1e999",
    "99999999999999999999",
    "0x",
    "else",
    "let x = ",
    "when a {",
    "test \"",
    "type T = ",
    "$ref",
    "&a ",
    "*a",
    "<<: ",
];

/// The most that a text may grow to.
const LONGEST: usize = 64 * 1024;

/// One to eight changes of a text, some of them with pieces of another one.
pub fn mutate(random: &mut Random, text: &str, other: &str) -> String {
    let mut letters: Vec<char> = text.chars().take(LONGEST).collect();
    let other: Vec<char> = other.chars().take(LONGEST).collect();
    for _ in 0..=random.below(8) {
        change(random, &mut letters, &other);
        letters.truncate(LONGEST);
    }
    letters.into_iter().collect()
}

fn change(random: &mut Random, letters: &mut Vec<char>, other: &[char]) {
    let at = random.below(letters.len() + 1);
    let most = if random.below(4) == 0 { 400 } else { 12 };
    let length = random.below(most);
    let end = (at + length).min(letters.len());
    match random.below(8) {
        0 => drop(letters.drain(at..end)),
        1 => {
            let piece: Vec<char> = letters[at..end].to_vec();
            let to = random.below(letters.len() + 1);
            letters.splice(to..to, piece);
        }
        2 => {
            let from = random.below(other.len() + 1);
            let until = (from + length).min(other.len());
            letters.splice(at..at, other[from..until].iter().copied());
        }
        3 => {
            let piece = random.pick(&PIECES).repeat(1 + random.below(200));
            letters.splice(at..at, piece.chars());
        }
        4 => letters.truncate(at),
        5 if end > at => letters.swap(at, end - 1),
        _ => {
            letters.splice(at..end.min(at + 2), random.pick(&PIECES).chars());
        }
    }
}

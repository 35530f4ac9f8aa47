//! How texts are written into files that are not Rust: one serializer for each, and never a template. A text that
//! came from a contract is data wherever it ends up.

pub mod json;
pub mod markdown;
pub mod shell;
pub mod toml;
pub mod yaml;

/// Whether a letter may stand in a file as itself: it is seen, and has no power over how its neighbours are shown.
fn is_visible(letter: char) -> bool {
    !(letter.is_control()
        || matches!(letter,
            '\u{ad}' | '\u{61c}' | '\u{180e}' | '\u{200b}'..='\u{200f}' | '\u{2028}'..='\u{202e}'
            | '\u{2060}'..='\u{206f}' | '\u{feff}' | '\u{fff9}'..='\u{fffb}' | '\u{fffe}' | '\u{ffff}'
            | '\u{e000}'..='\u{f8ff}' | '\u{e0000}'..='\u{10ffff}'))
}

/// A text between double quotes with the escapes that YAML, TOML and queries of Prometheus share.
pub fn quoted(text: &str) -> String {
    let mut out = String::with_capacity(text.len() + 2);
    out.push('"');
    for letter in text.chars() {
        match letter {
            '"' => out.push_str("\\\""),
            '\\' => out.push_str("\\\\"),
            '\n' => out.push_str("\\n"),
            '\r' => out.push_str("\\r"),
            '\t' => out.push_str("\\t"),
            _ if is_visible(letter) => out.push(letter),
            _ if u32::from(letter) <= 0xffff => out.push_str(&format!("\\u{:04X}", u32::from(letter))),
            _ => out.push_str(&format!("\\U{:08X}", u32::from(letter))),
        }
    }
    out.push('"');
    out
}

/// The text in one line that is all visible; what is not visible is a space.
pub fn line(text: &str) -> String {
    let seen: String = text.chars().map(|letter| if is_visible(letter) { letter } else { ' ' }).collect();
    seen.split_whitespace().collect::<Vec<_>>().join(" ")
}

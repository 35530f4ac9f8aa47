//! Texts in files of variables (`.env`), as both a shell and compose read them.

/// The value of a variable; none for what is not all visible and in one line.
pub fn value(text: &str) -> Option<String> {
    let is_plain = |letter: char| letter.is_ascii_alphanumeric() || "_./:@%+,=-".contains(letter);
    if text.chars().all(is_plain) {
        return Some(text.to_owned());
    }
    if !text.chars().all(super::is_visible) {
        return None;
    }
    let mut out = String::from("\"");
    for letter in text.chars() {
        if "\"\\$`".contains(letter) {
            out.push('\\');
        }
        out.push(letter);
    }
    Some(out + "\"")
}

/// A comment: one line, whatever the text is.
pub fn comment(text: &str) -> String {
    format!("# {}", super::line(text))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_value_is_what_a_shell_reads() {
        for text in ["plain:8080", "", "a b", "$(touch x)", "`x`", "\"; rm", "'", "\\", "ü", "#"] {
            let script = format!("A={}\nprintf %s \"$A\"", value(text).expect("a value"));
            let run = std::process::Command::new("sh").args(["-c", &script]).output().expect("sh runs");
            assert_eq!(String::from_utf8_lossy(&run.stdout), text, "{script}");
        }
        assert_eq!((value("a\nb"), value("\u{202e}"), value("\0")), (None, None, None));
        assert_eq!(comment("a\nB=1\r\u{85}c"), "# a B=1 c");
    }
}

//! Patterns of contracts are regular expressions of ECMA-262; ours run in linear time. Most are the same in
//! both; the small differences are translated, and what has no linear form is said to be not enforced.

use regex_syntax::ast::parse::ParserBuilder;

/// Larger patterns are not looked at.
const MAX_LENGTH: usize = 10_000;

/// The pattern as our own engine writes it, or why there is no such form.
pub fn translate(pattern: &str) -> Result<String, String> {
    if pattern.len() > MAX_LENGTH {
        return Err(format!("it is longer than {MAX_LENGTH} bytes"));
    }
    let body = without_slashes(pattern);
    if ["(?=", "(?!", "(?<=", "(?<!"].iter().any(|look| body.contains(look)) {
        return Err("it looks ahead or behind".to_owned());
    }
    let translated = adapt(body)?;
    let mut parser = ParserBuilder::new().nest_limit(100).build();
    match parser.parse(&translated) {
        Ok(_) => Ok(translated),
        Err(fault) => Err(fault.kind().to_string()),
    }
}

/// `/^a$/` is how JavaScript writes `^a$`.
fn without_slashes(pattern: &str) -> &str {
    let inner = pattern.strip_prefix('/').and_then(|rest| rest.strip_suffix('/'));
    inner.filter(|inner| !inner.is_empty() && !inner.contains('/')).unwrap_or(pattern)
}

/// `\/` and other needless escapes, `\d` that means ASCII only, `[` within a class, a lone brace.
fn adapt(pattern: &str) -> Result<String, String> {
    let mut adapted = String::with_capacity(pattern.len() + 8);
    let mut letters = pattern.chars().peekable();
    let mut in_class = false;
    while let Some(letter) = letters.next() {
        match letter {
            '\\' => {
                let Some(escaped) = letters.next() else {
                    return Err("it ends in the middle of an escape".to_owned());
                };
                push_escape(&mut adapted, escaped, in_class)?;
            }
            '[' if in_class => adapted.push_str("\\["),
            '[' => {
                in_class = true;
                adapted.push('[');
            }
            ']' => {
                in_class = false;
                adapted.push(']');
            }
            // Set operations of ours, plain characters there.
            '&' | '~' if in_class && letters.peek() == Some(&letter) => {
                adapted.push('\\');
                adapted.push(letter);
            }
            '{' if !in_class && !letters.peek().is_some_and(char::is_ascii_digit) => adapted.push_str("\\{"),
            other => adapted.push(other),
        }
    }
    Ok(adapted)
}

fn push_escape(adapted: &mut String, escaped: char, in_class: bool) -> Result<(), String> {
    match escaped {
        'd' if in_class => adapted.push_str("0-9"),
        'd' => adapted.push_str("[0-9]"),
        'w' if in_class => adapted.push_str("A-Za-z0-9_"),
        'w' => adapted.push_str("[A-Za-z0-9_]"),
        '1'..='9' if !in_class => return Err("it refers back to a group".to_owned()),
        'Z' => adapted.push_str("\\z"),
        'c' | 'k' => return Err(format!("it uses `\\{escaped}`")),
        '/' | '\'' | '"' | '@' | '_' | '=' | ':' | ';' | ',' | '`' | '!' | '%' | '<' | '>' | ' ' => {
            adapted.push(escaped);
        }
        other => {
            adapted.push('\\');
            adapted.push(other);
        }
    }
    Ok(())
}

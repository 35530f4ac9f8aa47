//! Descriptions as Markdown that reads as it was written: a line that goes on with an item of a list is told from one
//! behind the list.

/// Lines that are trimmed; what goes on behind an item of a list is a paragraph of its own.
pub fn continued(lines: Vec<String>) -> Vec<String> {
    let mut all: Vec<String> = Vec::with_capacity(lines.len());
    for line in lines {
        let follows = all.last().is_some_and(|last| is_item(last));
        if follows && !line.is_empty() && !is_item(&line) {
            all.push(String::new());
        }
        all.push(line);
    }
    all
}

/// `- `, `+ `, `12. ` or `3) ` before the text.
fn is_item(line: &str) -> bool {
    let Some((sign, _)) = line.split_once(' ') else { return false };
    let number = sign.strip_suffix(['.', ')']);
    let is_number = number.is_some_and(|number| {
        (1..=9).contains(&number.len()) && number.bytes().all(|digit| digit.is_ascii_digit())
    });
    matches!(sign, "-" | "+") || is_number
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_follows_an_item_is_a_paragraph() {
        let lines = |text: &str| text.lines().map(str::to_owned).collect::<Vec<_>>();
        let text = "One of:\n- a\nthat is\n10) b\nthat was\n\nelse\n-1 is none";
        let wanted = "One of:\n- a\n\nthat is\n10) b\n\nthat was\n\nelse\n-1 is none";
        assert_eq!(continued(lines(text)), lines(wanted));
    }
}

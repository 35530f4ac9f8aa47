//! Descriptions as Markdown that reads as it was written: a line that goes on with an item of a list is told from one
//! behind the list.

/// Lines that are trimmed; those that belong to an item of a list are set in below it.
pub fn continued(lines: Vec<String>) -> Vec<String> {
    let mut inset = 0;
    let line = |line: String| match (line.is_empty(), marker(&line)) {
        (true, _) => {
            inset = 0;
            line
        }
        (false, Some(width)) => {
            inset = width;
            line
        }
        (false, None) => format!("{:inset$}{line}", ""),
    };
    lines.into_iter().map(line).collect()
}

/// How much stands before the text of an item: `- `, `+ `, `12. `, `3) `.
fn marker(line: &str) -> Option<usize> {
    let (sign, _) = line.split_once(' ')?;
    let number = sign.strip_suffix(['.', ')']);
    let is_number = number.is_some_and(|number| {
        (1..=9).contains(&number.len()) && number.bytes().all(|digit| digit.is_ascii_digit())
    });
    (matches!(sign, "-" | "+") || is_number).then_some(sign.len() + 1)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_belongs_to_an_item_is_set_in() {
        let lines = |text: &str| text.lines().map(str::to_owned).collect::<Vec<_>>();
        let text = "One of:\n- a\nthat is\n10) b\nthat was\n\nelse\n-1 is none";
        let wanted = "One of:\n- a\n  that is\n10) b\n    that was\n\nelse\n-1 is none";
        assert_eq!(continued(lines(text)), lines(wanted));
    }
}

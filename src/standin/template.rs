//! Whether a path is one of a template, and what stands where the template has parameters.

/// The parameters of a path by their names, as they stand there; None where the path is none of this template.
pub fn values<'a, 'b>(template: &'a str, path: &'b str) -> Option<Vec<(&'a str, &'b str)>> {
    let template = template.split('?').next().unwrap_or(template);
    let (mut wanted, mut given) = (template.split('/'), path.split('/'));
    let mut found = Vec::new();
    loop {
        match (wanted.next(), given.next()) {
            (None, None) => return Some(found),
            (Some(wanted), Some(given)) if segment(wanted, given, &mut found) => {}
            _ => return None,
        }
    }
}

/// `{id}.json` fits `7.json`; a parameter is never empty, and as short as what stands behind it allows.
fn segment<'a, 'b>(template: &'a str, given: &'b str, found: &mut Vec<(&'a str, &'b str)>) -> bool {
    let Some((literal, mut rest)) = template.split_once('{') else { return template == given };
    let Some(mut given) = given.strip_prefix(literal) else { return false };
    loop {
        let (name, behind) = rest.split_once('}').unwrap_or((rest, ""));
        let Some((literal, next)) = behind.split_once('{') else {
            let value = given.strip_suffix(behind).filter(|value| !value.is_empty());
            found.extend(value.map(|value| (name, value)));
            return value.is_some();
        };
        let first = given.chars().next().map_or(1, char::len_utf8);
        let at = given.get(first..).and_then(|later| later.find(literal)).map(|at| first + at);
        let Some((value, behind)) = at.and_then(|at| given.split_at_checked(at)) else { return false };
        found.push((name, value));
        given = behind.strip_prefix(literal).unwrap_or(behind);
        rest = next;
    }
}

/// How much of a template is no parameter: of `/a/{id}` and `/a/b` the plainer one counts.
pub fn literal_length(template: &str) -> usize {
    let behind = |piece: &str| piece.split_once('}').map_or(piece.len(), |(_, literal)| literal.len());
    template.split('{').map(behind).sum()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn parameters_are_found_by_name() {
        assert_eq!(values("/a/{x}/b/{y}", "/a/1/b/2"), Some(vec![("x", "1"), ("y", "2")]));
        assert_eq!(values("/a/{x}-{y}.json", "/a/1-2-3.json"), Some(vec![("x", "1"), ("y", "2-3")]));
        assert_eq!(values("/a/{x}:go", "/a/b:c:go"), Some(vec![("x", "b:c")]));
        assert_eq!(values("/a/{x}{y}", "/a/éb"), Some(vec![("x", "é"), ("y", "b")]));
        assert_eq!(values("/a", "/a"), Some(vec![]));
        for (template, path) in [("/a/{x}", "/a/"), ("/a/{x}", "/a"), ("/a/{x}:go", "/a/:go"), ("/a", "/b")] {
            assert_eq!(values(template, path), None, "{template} {path}");
        }
    }
}

//! Letters with marks as the letters that names of a flow are made of: `PokéAPI` is `PokeAPI`, and not `Pok`. A table of the
//! letters that Europe writes with is enough here, where what it lacks costs a less telling name and nothing else.

/// What cannot be told by a plain letter stays as it is.
pub fn plain(text: &str) -> String {
    let mut written = String::with_capacity(text.len());
    for letter in text.chars().filter(|letter| !is_mark(*letter)) {
        let known = PLAIN.iter().find(|(_, marked)| !letter.is_ascii() && marked.contains(letter));
        match known {
            Some((plain, _)) => written.push_str(plain),
            None => written.push(letter),
        }
    }
    written
}

/// A mark that stands behind its letter.
fn is_mark(letter: char) -> bool {
    ('\u{300}'..='\u{36f}').contains(&letter)
}

const PLAIN: [(&str, &str); 45] = [
    ("A", "ÀÁÂÃÄÅĀĂĄ"),
    ("a", "àáâãäåāăą"),
    ("AE", "Æ"),
    ("ae", "æ"),
    ("C", "ÇĆĈĊČ"),
    ("c", "çćĉċč"),
    ("D", "ĎÐĐ"),
    ("d", "ďðđ"),
    ("E", "ÈÉÊËĒĔĖĘĚ"),
    ("e", "èéêëēĕėęě"),
    ("G", "ĜĞĠĢ"),
    ("g", "ĝğġģ"),
    ("H", "ĤĦ"),
    ("h", "ĥħ"),
    ("I", "ÌÍÎÏĨĪĬĮİ"),
    ("i", "ìíîïĩīĭįı"),
    ("J", "Ĵ"),
    ("j", "ĵ"),
    ("K", "Ķ"),
    ("k", "ķ"),
    ("L", "ĹĻĽŁ"),
    ("l", "ĺļľł"),
    ("N", "ÑŃŅŇ"),
    ("n", "ñńņň"),
    ("O", "ÒÓÔÕÖŌŎŐØ"),
    ("o", "òóôõöōŏőø"),
    ("OE", "Œ"),
    ("oe", "œ"),
    ("R", "ŔŖŘ"),
    ("r", "ŕŗř"),
    ("S", "ŚŜŞŠȘ"),
    ("s", "śŝşšș"),
    ("ss", "ß"),
    ("T", "ŢŤȚ"),
    ("t", "ţťț"),
    ("Th", "Þ"),
    ("th", "þ"),
    ("U", "ÙÚÛÜŨŪŬŮŰŲ"),
    ("u", "ùúûüũūŭůűų"),
    ("W", "Ŵ"),
    ("w", "ŵ"),
    ("Y", "ÝŶŸ"),
    ("y", "ýÿŷ"),
    ("Z", "ŹŻŽ"),
    ("z", "źżž"),
];

#[cfg(test)]
mod tests {
    use super::plain;

    #[test]
    fn marks_are_taken_off_and_other_scripts_stay() {
        assert_eq!(plain("PokéAPI"), "PokeAPI");
        assert_eq!(plain("Poke\u{301}API"), "PokeAPI");
        assert_eq!(plain("Große Straße, Łódź, Århus"), "Grosse Strasse, Lodz, Arhus");
        assert_eq!(plain("a-Z_9 価格"), "a-Z_9 価格");
    }
}

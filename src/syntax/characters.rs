//! Characters that deceive the eye: what has no place in code, how it is called, and which ASCII letter a
//! stranger looks like. The names are those of the Unicode standard, for the few that people meet; any other
//! is given by its code point alone.

/// What may not stand where.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Kind {
    /// Turns the direction of what follows: the text does not say what it shows.
    Direction,
    /// Cannot be seen at all.
    Invisible,
    /// A control character, such as NUL.
    Control,
    /// A space other than the ASCII ones.
    Space,
    Letter,
    Other,
}

pub(super) fn kind(character: char) -> Kind {
    match character {
        '\u{202A}'..='\u{202E}' | '\u{2066}'..='\u{2069}' | '\u{200E}' | '\u{200F}' | '\u{061C}' => {
            Kind::Direction
        }
        '\u{00AD}'
        | '\u{034F}'
        | '\u{115F}'
        | '\u{1160}'
        | '\u{17B4}'
        | '\u{17B5}'
        | '\u{180B}'..='\u{180F}'
        | '\u{200B}'..='\u{200D}'
        | '\u{2060}'..='\u{2065}'
        | '\u{206A}'..='\u{206F}'
        | '\u{3164}'
        | '\u{FE00}'..='\u{FE0F}'
        | '\u{FEFF}'
        | '\u{FFA0}'
        | '\u{E0000}'..='\u{E0FFF}' => Kind::Invisible,
        '\t' | '\n' | '\r' => Kind::Space,
        _ if character.is_control() => Kind::Control,
        _ if character.is_whitespace() => Kind::Space,
        _ if character.is_alphanumeric() || is_combining(character) => Kind::Letter,
        _ => Kind::Other,
    }
}

/// A mark that joins the letter before it, so that two spellings of one name look the same.
pub(super) fn is_combining(character: char) -> bool {
    matches!(character,
        '\u{0300}'..='\u{036F}' | '\u{0483}'..='\u{0489}' | '\u{0591}'..='\u{05BD}' | '\u{064B}'..='\u{065F}'
        | '\u{1AB0}'..='\u{1AFF}' | '\u{1DC0}'..='\u{1DFF}' | '\u{20D0}'..='\u{20FF}' | '\u{3099}' | '\u{309A}'
        | '\u{FE20}'..='\u{FE2F}')
}

/// A letter or sign that shows itself, so that whoever writes a flow for somebody else may put it anywhere.
pub fn is_plain(character: char) -> bool {
    match kind(character) {
        Kind::Letter => !is_combining(character),
        Kind::Other => true,
        Kind::Direction | Kind::Invisible | Kind::Control | Kind::Space => false,
    }
}

/// In a quoted name, where other letters are welcome.
pub(super) fn is_deceptive_in_name(character: char) -> bool {
    is_combining(character) || kind(character) == Kind::Invisible
}

/// `U+202E RIGHT-TO-LEFT OVERRIDE`
pub(super) fn name(character: char) -> String {
    let code = format!("U+{:04X}", character as u32);
    match unicode_name(character) {
        Some(name) => format!("{code} {name}"),
        None => code,
    }
}

fn unicode_name(character: char) -> Option<&'static str> {
    let known = NAMES.binary_search_by_key(&character, |(known, _)| *known).ok()?;
    NAMES.get(known).map(|(_, name)| *name)
}

const NAMES: &[(char, &str)] = &[
    ('\u{0000}', "NULL"),
    ('\u{0007}', "BELL"),
    ('\u{0008}', "BACKSPACE"),
    ('\u{000B}', "LINE TABULATION"),
    ('\u{000C}', "FORM FEED"),
    ('\u{001B}', "ESCAPE"),
    ('\u{007F}', "DELETE"),
    ('\u{0085}', "NEXT LINE"),
    ('\u{00A0}', "NO-BREAK SPACE"),
    ('\u{00AD}', "SOFT HYPHEN"),
    ('\u{034F}', "COMBINING GRAPHEME JOINER"),
    ('\u{0391}', "GREEK CAPITAL LETTER ALPHA"),
    ('\u{0392}', "GREEK CAPITAL LETTER BETA"),
    ('\u{0395}', "GREEK CAPITAL LETTER EPSILON"),
    ('\u{039F}', "GREEK CAPITAL LETTER OMICRON"),
    ('\u{03B1}', "GREEK SMALL LETTER ALPHA"),
    ('\u{03BF}', "GREEK SMALL LETTER OMICRON"),
    ('\u{0410}', "CYRILLIC CAPITAL LETTER A"),
    ('\u{0412}', "CYRILLIC CAPITAL LETTER VE"),
    ('\u{0415}', "CYRILLIC CAPITAL LETTER IE"),
    ('\u{041A}', "CYRILLIC CAPITAL LETTER KA"),
    ('\u{041C}', "CYRILLIC CAPITAL LETTER EM"),
    ('\u{041D}', "CYRILLIC CAPITAL LETTER EN"),
    ('\u{041E}', "CYRILLIC CAPITAL LETTER O"),
    ('\u{0420}', "CYRILLIC CAPITAL LETTER ER"),
    ('\u{0421}', "CYRILLIC CAPITAL LETTER ES"),
    ('\u{0422}', "CYRILLIC CAPITAL LETTER TE"),
    ('\u{0425}', "CYRILLIC CAPITAL LETTER HA"),
    ('\u{0430}', "CYRILLIC SMALL LETTER A"),
    ('\u{0435}', "CYRILLIC SMALL LETTER IE"),
    ('\u{043E}', "CYRILLIC SMALL LETTER O"),
    ('\u{0440}', "CYRILLIC SMALL LETTER ER"),
    ('\u{0441}', "CYRILLIC SMALL LETTER ES"),
    ('\u{0443}', "CYRILLIC SMALL LETTER U"),
    ('\u{0445}', "CYRILLIC SMALL LETTER HA"),
    ('\u{0455}', "CYRILLIC SMALL LETTER DZE"),
    ('\u{0456}', "CYRILLIC SMALL LETTER BYELORUSSIAN-UKRAINIAN I"),
    ('\u{0458}', "CYRILLIC SMALL LETTER JE"),
    ('\u{061C}', "ARABIC LETTER MARK"),
    ('\u{200B}', "ZERO WIDTH SPACE"),
    ('\u{200C}', "ZERO WIDTH NON-JOINER"),
    ('\u{200D}', "ZERO WIDTH JOINER"),
    ('\u{200E}', "LEFT-TO-RIGHT MARK"),
    ('\u{200F}', "RIGHT-TO-LEFT MARK"),
    ('\u{2018}', "LEFT SINGLE QUOTATION MARK"),
    ('\u{2019}', "RIGHT SINGLE QUOTATION MARK"),
    ('\u{201C}', "LEFT DOUBLE QUOTATION MARK"),
    ('\u{201D}', "RIGHT DOUBLE QUOTATION MARK"),
    ('\u{2028}', "LINE SEPARATOR"),
    ('\u{2029}', "PARAGRAPH SEPARATOR"),
    ('\u{202A}', "LEFT-TO-RIGHT EMBEDDING"),
    ('\u{202B}', "RIGHT-TO-LEFT EMBEDDING"),
    ('\u{202C}', "POP DIRECTIONAL FORMATTING"),
    ('\u{202D}', "LEFT-TO-RIGHT OVERRIDE"),
    ('\u{202E}', "RIGHT-TO-LEFT OVERRIDE"),
    ('\u{2060}', "WORD JOINER"),
    ('\u{2066}', "LEFT-TO-RIGHT ISOLATE"),
    ('\u{2067}', "RIGHT-TO-LEFT ISOLATE"),
    ('\u{2068}', "FIRST STRONG ISOLATE"),
    ('\u{2069}', "POP DIRECTIONAL ISOLATE"),
    ('\u{FEFF}', "ZERO WIDTH NO-BREAK SPACE"),
];

/// The ASCII letter that a Cyrillic or Greek one is taken for.
pub(super) fn look_alike(character: char) -> Option<char> {
    let ascii = match character {
        'а' => 'a',
        'е' => 'e',
        'о' | 'ο' => 'o',
        'р' | 'ρ' => 'p',
        'с' | 'ϲ' => 'c',
        'у' | 'γ' => 'y',
        'х' | 'χ' => 'x',
        'ѕ' => 's',
        'і' | 'ι' => 'i',
        'ј' => 'j',
        'ԁ' => 'd',
        'һ' => 'h',
        'ԛ' => 'q',
        'ԝ' => 'w',
        'ν' => 'v',
        'α' => 'a',
        'А' | 'Α' => 'A',
        'В' | 'Β' => 'B',
        'С' | 'Ϲ' => 'C',
        'Е' | 'Ε' => 'E',
        'Н' | 'Η' => 'H',
        'І' | 'Ι' => 'I',
        'Ј' => 'J',
        'К' | 'Κ' => 'K',
        'М' | 'Μ' => 'M',
        'Ν' => 'N',
        'О' | 'Ο' => 'O',
        'Р' | 'Ρ' => 'P',
        'Ѕ' => 'S',
        'Т' | 'Τ' => 'T',
        'Х' | 'Χ' => 'X',
        'Ζ' => 'Z',
        'Υ' => 'Y',
        _ => return None,
    };
    Some(ascii)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_names_are_in_order() {
        assert!(NAMES.is_sorted_by_key(|(character, _)| *character));
        assert_eq!(name('\u{202E}'), "U+202E RIGHT-TO-LEFT OVERRIDE");
        assert_eq!(name('\u{1F600}'), "U+1F600");
    }

    #[test]
    fn strangers_are_told_apart() {
        assert_eq!(kind('\u{200D}'), Kind::Invisible);
        assert_eq!(kind('\0'), Kind::Control);
        assert_eq!(kind('\u{A0}'), Kind::Space);
        assert_eq!(kind('é'), Kind::Letter);
        assert_eq!(kind('€'), Kind::Other);
        assert_eq!(look_alike('а'), Some('a'));
        assert_eq!(look_alike('é'), None);
    }
}

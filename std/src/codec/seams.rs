//! What is read and written at once is what is read and written the long way: where the one ends and the other begins.

use super::*;

/// Numbers that look random, and are the same in every run.
struct Dice(u64);

impl Dice {
    fn roll(&mut self, sides: usize) -> usize {
        self.0 = self.0.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        (self.0 >> 33) as usize % sides
    }
}

#[derive(Clone, Debug, PartialEq)]
struct Row {
    n: i64,
    name: String,
    /// Longer than what is compared at once.
    a_name_of_many_letters: Option<String>,
}

impl Decode for Row {
    fn decode(from: &mut Reader<'_>) -> Option<Row> {
        let (mut n, mut name, mut long) = (Slot::Absent, Slot::Absent, Slot::Absent);
        from.object(&mut |from, key| match key {
            "n" => from.set(key, &mut n, Reader::int),
            "näme" => from.set(key, &mut name, Reader::string),
            "aNameOfManyLetters" => from.set(key, &mut long, |from| from.optional(Reader::string)),
            _ => from.unknown(key),
        })?;
        let (n, name) = (n.required(from, "n"), name.required(from, "näme"));
        Some(Row { n: n?, name: name?, a_name_of_many_letters: long.optional()? })
    }
}

/// Mostly the first of them.
fn mostly(dice: &mut Dice, all: &[&'static str]) -> &'static str {
    let other = dice.roll(10 * all.len());
    all.get(other).or(all.first()).copied().unwrap_or_default()
}

/// A row that is mostly like the last one: its fields are sometimes in another order, written otherwise, missing, twice
/// there or wrong.
fn row(dice: &mut Dice) -> String {
    let mut fields = vec![
        mostly(dice, &[r#""n":"#, r#""n" : "#, r#""\u006e":"#, r#""m":"#]).to_string()
            + mostly(dice, &["1", "-17", "1.0", "12345678901", "x", "\"1\""]),
        mostly(dice, &[r#""näme":"#, r#" "näme": "#, r#""nÄme":"#]).to_string()
            + mostly(dice, &["\"\"", "\"seven c\"", "\"sixteen letters.\"", "\"a\\nb\"", "7"]),
        mostly(dice, &[r#""aNameOfManyLetters":"#, r#""aNameOfManyLetterz":"#]).to_string()
            + mostly(dice, &["null", "\"é and more than sixteen letters\"", "[{\"n\":1}]"]),
    ];
    match dice.roll(12) {
        0 => fields.reverse(),
        1 => drop(fields.pop()),
        2 => fields.extend_from_within(..1),
        3 => fields.insert(1, "\"unknown\":{\"n\":[1,2,{}],\"näme\":\"\"}".to_string()),
        _ => {}
    }
    format!("{{{}}}", fields.join(mostly(dice, &[",", " ,\n"])))
}

#[test]
fn an_element_is_read_behind_others_as_it_is_read_alone() {
    let mut dice = Dice(1);
    let (mut good, mut bad) = (0, 0);
    for round in 0..20_000 {
        let rows: Vec<String> = (0..3).map(|_| row(&mut dice)).collect();
        let side = if round % 2 == 0 { Side::Caller } else { Side::Backend };
        let alone = |text: &String| from_json(text.as_bytes(), side, "", Row::decode);
        let text = format!("[{}]", rows.join(","));
        let together = from_json(text.as_bytes(), side, "", Vec::<Row>::decode);
        let each: Result<Vec<Row>, _> = rows.iter().map(alone).collect();
        match (&together, &each) {
            (Ok(together), Ok(each)) => assert_eq!(together, each, "{text}"),
            (Err(_), Err(_)) => bad += 1,
            _ => panic!("{text}: together {together:?}, each {each:?}"),
        }
        good += usize::from(together.is_ok());
    }
    assert!(good > 500 && bad > 500, "{good} good, {bad} bad");
}

/// As it is written when each character is looked at by itself.
fn quoted(text: &str) -> String {
    let mut written = "\"".to_string();
    for letter in text.chars() {
        match letter {
            '"' => written.push_str("\\\""),
            '\\' => written.push_str("\\\\"),
            '\n' => written.push_str("\\n"),
            '\u{1f}' => written.push_str("\\u001f"),
            other => written.push(other),
        }
    }
    written + "\""
}

#[test]
fn strings_go_both_ways_wherever_they_end_and_have_an_escape() {
    for length in 0..40 {
        for place in 0..=length {
            for special in ['"', '\\', '\n', '\u{1f}', 'é', '😀', '!', '\u{7f}'] {
                let mut text = "a".repeat(length);
                text.insert(place, special);
                let written = to_json(&text, Side::Caller);
                assert_eq!(String::from_utf8_lossy(&written), quoted(&text));
                assert_eq!(from_json(&written, Side::Caller, "", String::decode).as_ref(), Ok(&text));
                // With something behind it: what is looked at then is more than the string.
                let list = to_json(&vec![text.clone(), "b".repeat(place), String::new()], Side::Caller);
                let read =
                    from_json(&list, Side::Backend, "", Vec::<String>::decode).expect("they are texts");
                assert_eq!(read, [text, "b".repeat(place), String::new()]);
            }
        }
    }
}

#[test]
fn a_control_character_is_refused_wherever_it_stands() {
    for length in 0..40 {
        for place in 0..=length {
            for control in ['\n', '\0', '\u{1f}'] {
                let mut text = format!("[\"{}\",\"b\"]", "a".repeat(length));
                text.insert(place + 2, control);
                assert!(
                    from_json(text.as_bytes(), Side::Backend, "", Vec::<String>::decode).is_err(),
                    "{text:?}"
                );
            }
        }
    }
}

#[test]
fn whole_numbers_go_both_ways_wherever_the_document_ends() {
    let mut dice = Dice(7);
    let powers = (0..19).map(|power| 10_i64.pow(power)).flat_map(|power| [power - 1, power, power + 1]);
    let others: Vec<i64> = (0..2_000)
        .map(|_| i64::try_from(dice.roll(usize::MAX)).unwrap_or(i64::MAX) >> dice.roll(31))
        .collect();
    for number in powers.chain(others).chain([i64::MAX, i64::MIN + 1]).flat_map(|number| [number, -number]) {
        assert_eq!(String::from_utf8_lossy(&to_json(&number, Side::Caller)), number.to_string());
        let list = vec![number, number, 0];
        let written = to_json(&list, Side::Caller);
        assert_eq!(from_json(&written, Side::Caller, "", Vec::<i64>::decode), Ok(list));
    }
}

#[cfg(feature = "decimal")]
#[test]
fn decimals_go_both_ways_wherever_the_document_ends() {
    use crate::value::Decimal;
    for digits in [
        "0",
        "7",
        "10",
        "999",
        "123456",
        "1234567",
        "12345678",
        "9999999999",
        "79228162514264337593543950335",
    ] {
        for point in 0..=digits.len() {
            let (whole, behind) = digits.split_at(digits.len() - point);
            let whole = if whole.is_empty() { "0" } else { whole };
            let spelt = if behind.is_empty() { whole.to_string() } else { format!("{whole}.{behind}") };
            for text in [spelt.clone(), format!("-{spelt}")] {
                let Ok(number) = Decimal::parse(&text) else { continue };
                assert_eq!(String::from_utf8_lossy(&to_json(&number, Side::Caller)), number.to_string());
                let written = format!("[{text},{text} ,{text}]");
                let read = from_json(written.as_bytes(), Side::Caller, "", Vec::<Decimal>::decode);
                let shown =
                    read.expect("they are decimals").iter().map(Decimal::to_string).collect::<Vec<_>>();
                assert_eq!(shown, vec![number.to_string(); 3], "{written}");
            }
        }
    }
}

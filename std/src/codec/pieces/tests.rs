//! What is read of a list in pieces is what is read of it in one piece, wherever it is cut.

use super::*;
use crate::codec::{Side, Slot, from_json};

/// `{"n": 5, "s": "…"}`
#[derive(Clone, Debug, PartialEq)]
struct Item {
    n: i64,
    s: Option<String>,
}

fn item(from: &mut Reader<'_>) -> Option<Item> {
    let (mut n, mut s) = (Slot::Absent, Slot::Absent);
    from.object(&mut |from, name| match name {
        "n" => from.set(name, &mut n, Reader::int),
        "s" => from.set(name, &mut s, |from| from.optional(Reader::string)),
        _ => from.unknown(name),
    })?;
    let n = n.required(from, "n");
    let s = if let Slot::Set(s) = s { s } else { None };
    Some(Item { n: n?, s })
}

fn int(from: &mut Reader<'_>) -> Option<i64> {
    from.int()
}

fn string(from: &mut Reader<'_>) -> Option<String> {
    from.string()
}

fn boolean(from: &mut Reader<'_>) -> Option<bool> {
    from.bool()
}

fn ints(from: &mut Reader<'_>) -> Option<Vec<i64>> {
    from.list(Reader::int)
}

fn anything(from: &mut Reader<'_>) -> Option<()> {
    from.skip()
}

fn in_one_piece<T>(
    bytes: &[u8],
    decode: impl Fn(&mut Reader<'_>) -> Option<T>,
) -> Result<Vec<T>, Vec<FaultAt>> {
    let bytes = bytes.strip_prefix(b"\xEF\xBB\xBF").unwrap_or(bytes);
    from_json(bytes, Side::Backend, "body", |from| from.list(&decode))
}

fn in_pieces<'b, T>(
    pieces: impl IntoIterator<Item = &'b [u8]>,
    decode: impl Fn(&mut Reader<'_>) -> Option<T>,
) -> Result<Vec<T>, Vec<FaultAt>> {
    let mut list = Pieces::new(&[]);
    let mut elements = Vec::new();
    for piece in pieces {
        list.push(piece);
        loop {
            match list.next(&decode, &mut |element| elements.push(element))? {
                Next::Elements => {}
                Next::More => break,
                Next::End => panic!("something may follow"),
            }
        }
    }
    list.end();
    loop {
        match list.next(&decode, &mut |element| elements.push(element))? {
            Next::Elements => {}
            Next::More => panic!("nothing more comes"),
            Next::End => return Ok(elements),
        }
    }
}

/// The text in one piece, in single bytes, and cut into two and three at every place.
fn every_cut(bytes: &[u8]) -> Vec<Vec<&[u8]>> {
    let mut cuts = vec![vec![bytes], bytes.chunks(1).collect(), bytes.chunks(3).collect()];
    for at in 0..=bytes.len() {
        let (one, rest) = bytes.split_at(at);
        cuts.push(vec![one, rest]);
        let (two, three) = rest.split_at(rest.len() / 2);
        cuts.push(vec![one, two, &[], three]);
    }
    cuts
}

#[track_caller]
fn same<T: PartialEq + std::fmt::Debug>(bytes: &[u8], decode: impl Fn(&mut Reader<'_>) -> Option<T> + Copy) {
    let whole = in_one_piece(bytes, decode);
    for pieces in every_cut(bytes) {
        let read = in_pieces(pieces.iter().copied(), decode);
        let shown = String::from_utf8_lossy(bytes);
        match (&whole, &read) {
            (Ok(whole), Ok(read)) => assert_eq!(whole, read, "{shown} in {pieces:?}"),
            (Err(_), Err(faults)) => assert!(!faults.is_empty(), "{shown}"),
            _ => panic!("{shown} in {pieces:?}: {whole:?} in one piece, {read:?} in pieces"),
        }
    }
}

#[test]
fn good_lists() {
    for text in ["[]", " [ ] ", "[1]", "[-1 , 20,300\n]\r\n", "\u{feff}[1,2]", "[9007199254740993,0]"] {
        same(text.as_bytes(), int);
        assert!(in_one_piece(text.as_bytes(), int).is_ok(), "{text}");
    }
    for text in [
        r#"[{"n":1,"s":"a]b,c}d\"[{e\\"},{"s":null,"n":2,"more":[{"x":["]",{}]},"\\\""]}]"#,
        r#"[{"n":1,"n":2},{"n":3,"s":"\u00e9\ud83d\ude00"}]"#,
        "[{\"n\":1,\"s\":\"ä€😀\"} , {\"n\":2,\"s\":\"😀\"}]",
    ] {
        same(text.as_bytes(), item);
        assert!(in_one_piece(text.as_bytes(), item).is_ok(), "{text}");
    }
    same(b"[[1],[],[2,3]]", ints);
    same(br#"["","a,b","]"]"#, string);
    same(b"[true,false , true]", boolean);
}

#[test]
fn hostile_lists() {
    for text in [
        "",
        " ",
        "[",
        "[ ",
        "]",
        "[1",
        "[1,",
        "[1,]",
        "[,1]",
        "[1 2]",
        "[1}",
        "[1,2]]",
        "[1,2] x",
        "[1][2]",
        "[1],",
        "{}",
        "{\"a\":[1]}",
        "null",
        "7",
        "\"[1]\"",
        "[nul]",
        "[tru",
        "[01]",
        "[1.]",
        "[1e]",
        "[-]",
        "[+1]",
        "[1,,2]",
        "[1:2]",
        "\u{feff}\u{feff}[1]",
        "[\u{feff}1]",
        "[1]\u{0}",
        "[1]\u{a0}",
        "[/**/1]",
        "[1] // x",
    ] {
        same(text.as_bytes(), int);
        assert!(in_one_piece(text.as_bytes(), int).is_err(), "{text}");
    }
    for text in [
        "[{]",
        "[{}]",
        "[{\"n\":1}",
        "[{\"n\":1]}",
        "[{\"n\":1}}",
        "[{\"n\":1},{\"n\":\"2\"}]",
        "[{\"n\":1,}]",
        "[{\"n\":1 \"s\":null}]",
        "[{\"n\":1,\"s\":\"\n\"}]",
        "[{\"n\":1,\"s\":\"\\x\"}]",
        "[{\"n\":1,\"s\":\"\\ud800\"}]",
        "[{\"n\":1,\"s\":\"\\",
        "[{\"n\":1,\"s\":\"a]",
        "[{\"n\":1,\"x\":[}]}]",
        "[{n:1}]",
    ] {
        same(text.as_bytes(), item);
        assert!(in_one_piece(text.as_bytes(), item).is_err(), "{text}");
    }
    for bytes in [
        &b"[\"\xff\"]"[..],
        b"[\"a\xc3\"]",
        b"[\"a\xe2\x82\"]",
        b"[\"a\"]\xc3",
        b"[\"a\"\xe2\x82",
        b"\xef\xbb[\"a\"]",
        b"[\"\xed\xa0\x80\"]",
    ] {
        same(bytes, string);
        assert!(in_one_piece(bytes, string).is_err());
    }
}

#[test]
fn depth_is_bounded_as_in_one_piece() {
    let nested = |depth: usize| format!("[{}{}]", "[".repeat(depth), "]".repeat(depth));
    for (depth, fits) in [(127, true), (128, false), (5_000, false)] {
        let text = nested(depth);
        assert_eq!(in_one_piece(text.as_bytes(), anything).is_ok(), fits, "{depth}");
        for pieces in [text.as_bytes().chunks(1), text.as_bytes().chunks(50), text.as_bytes().chunks(20_000)]
        {
            assert_eq!(in_pieces(pieces, anything).is_ok(), fits, "{depth}");
        }
    }
}

/// Damage at every place of a good list: what is refused in one piece is refused in pieces, and the other way round.
#[test]
fn damaged_lists() {
    let good = r#" [ {"n":1,"s":"a\"]é"} , {"n":-20,"x":[1,{"y":null}]},{"n":3,"s":"\\"} ] "#;
    for at in 0..good.len() {
        for byte in [b'"', b'\\', b'[', b']', b'{', b'}', b',', b':', b' ', b'1', b'x', 0x00, 0x80, 0xc3] {
            let mut bytes = good.as_bytes().to_vec();
            if let Some(here) = bytes.get_mut(at) {
                *here = byte;
            }
            let whole = in_one_piece(&bytes, item).ok();
            let near = at.saturating_sub(1);
            for pieces in
                [bytes.chunks(1).collect(), bytes.chunks(7).collect(), vec![&bytes[..near], &bytes[near..]]]
            {
                assert_eq!(in_pieces(pieces, item).ok(), whole, "{}", String::from_utf8_lossy(&bytes));
            }
        }
        let cut = in_pieces(good.as_bytes()[..at].chunks(5), item);
        assert_eq!(cut.is_ok(), in_one_piece(&good.as_bytes()[..at], item).is_ok(), "cut at {at}");
    }
}

#[test]
fn faults_have_their_places() {
    let fault = |text: &str| {
        let faults = in_pieces(text.as_bytes().chunks(4), item).expect_err("it does not fit");
        faults.iter().map(|fault| format!("{} {}", fault.at, fault.message)).collect::<Vec<_>>().join("; ")
    };
    assert_eq!(fault(r#"[{"n":1},{"n":true}]"#), "body[1].n must be a whole number, not true or false");
    assert_eq!(fault(r#"[{"n":1},{"s":"a"}]"#), "body[1].n is missing");
    assert_eq!(fault(r#"{"n":1}"#), "body must be a list, not an object");
    assert_eq!(fault(r#"[{"n":1},]"#), "body[1] is not JSON at byte 9: a value is missing");
    assert_eq!(fault(r#"[{"n":1}"#), "body is not JSON at byte 8: a comma or an end is missing");
    assert_eq!(fault(r#"[{"n":1}] 5"#), "body is not JSON at byte 10: something follows the value");
    let faults = in_pieces([&b"[\"a\",\"\xff\"]"[..]], string).expect_err("it is no text");
    assert_eq!(faults, [FaultAt::new("body", "is not UTF-8 at byte 6")]);
}

/// What was read is not held, and an element that comes in many pieces is not read again with each of them.
#[test]
fn no_more_is_held_than_one_element_and_one_piece() {
    let mut list = Pieces::new(&[]);
    list.push(b"[");
    for _ in 0..10_000 {
        list.push(b"{\"n\":1,\"s\":\"");
        list.push(b"0123456789\"}, ");
        while list.next(item, &mut |item| assert_eq!(item.n, 1)) == Ok(Next::Elements) {}
        assert!(list.text.len() < 64, "{}", list.text.len());
    }
    let reads = std::cell::Cell::new(0);
    let counted = |from: &mut Reader<'_>| {
        reads.set(reads.get() + 1);
        item(from)
    };
    list.push(b"{\"n\":2,\"s\":\"");
    for _ in 0..1_000 {
        list.push(b"0123456789");
        assert_eq!(list.next(counted, &mut drop), Ok(Next::More));
    }
    list.push(b"\"}]");
    assert_eq!(list.next(counted, &mut drop), Ok(Next::Elements));
    assert_eq!(reads.get(), 2);
}

//! Both readers make the same tree of the same content, and positions are those of the text.

use std::sync::Arc;

use super::*;

fn tree(name: &str, text: &str) -> Tree {
    read(SourceId(0), name, Arc::from(text)).expect("the text is well-formed")
}

/// The tree in one line, with kinds: `{a:'x',b:[1,~]}`.
fn shown(tree: &Tree, id: NodeId) -> String {
    let text = || tree.scalar(id).unwrap_or_default().into_owned();
    match tree.kind(id) {
        Kind::Null => "~".to_owned(),
        Kind::True | Kind::False | Kind::Number => text(),
        Kind::Text | Kind::Quoted | Kind::Escaped | Kind::Made | Kind::Alias => format!("'{}'", text()),
        Kind::List => {
            let items: Vec<String> = tree.items(id).map(|item| shown(tree, item)).collect();
            format!("[{}]", items.join(","))
        }
        Kind::Map | Kind::Merged => {
            let entries: Vec<String> = tree
                .entries(id)
                .map(|(key, value)| {
                    format!("{}:{}", tree.scalar(key).unwrap_or_default(), shown(tree, value))
                })
                .collect();
            format!("{{{}}}", entries.join(","))
        }
    }
}

#[test]
fn json_and_yaml_make_the_same_tree() {
    let wanted = "{a:'x',b:[1,-2.5e3,true,~],c:{},d:'q\"\n'}";
    let json = tree("a.json", r#" {"a": "x", "b":[1,-2.5e3,true,null],"c":{},"d":"q\"\n"} "#);
    assert_eq!(shown(&json, json.root()), wanted);
    let yaml = tree("a.yaml", "a: x\nb: [1, -2.5e3, true, ~]\nc: {}\nd: \"q\\\"\\n\"\n");
    assert_eq!(shown(&yaml, yaml.root()), wanted);
    let in_yaml = tree("a.yaml", r#"{"a": "x", "b":[1,-2.5e3,true,null],"c":{},"d":"q\"\n"}"#);
    assert_eq!(shown(&in_yaml, in_yaml.root()), wanted, "JSON under the name of YAML");
    let flow = tree("a.yaml", "{a: x, b: [1, -2.5e3, true, null], c: {}, d: \"q\\\"\\n\",}");
    assert_eq!(shown(&flow, flow.root()), wanted, "YAML that looks like JSON at first");
}

#[test]
fn positions_are_those_of_the_text() {
    for (name, text) in [("a.json", "{\"k\": \"välue\", \"l\": [12]}"), ("a.yaml", "k: välue\nl:\n  - 12\n")]
    {
        let tree = tree(name, text);
        let (key, value) = tree.entry(tree.root(), "k").expect("it is there");
        let cut = |id: NodeId| text.get(tree.span(id).range()).unwrap_or("").trim_matches('"').to_owned();
        assert_eq!((cut(key).as_str(), cut(value).as_str()), ("k", "välue"));
        let list = tree.get(tree.root(), "l").expect("it is there");
        let item = tree.items(list).next().expect("it has one");
        assert_eq!(cut(item), "12");
        assert_eq!(tree.path_to(item), ["l", "0"]);
        assert_eq!(tree.parent(item), Some(list));
    }
}

#[test]
fn yaml_scalars_follow_the_core_schema() {
    let cases = [
        ("no", "'no'"),
        ("on", "'on'"),
        ("True", "True"),
        ("~", "~"),
        ("", "~"),
        ("'~'", "'~'"),
        ("1_000", "'1_000'"),
        ("007", "007"),
        ("0x1F", "0x1F"),
        ("0o17", "0o17"),
        (".5", ".5"),
        ("1.", "1."),
        (".inf", ".inf"),
        ("1e3", "1e3"),
        ("e3", "'e3'"),
        (".", "'.'"),
        ("1.2.3", "'1.2.3'"),
        ("2020-01-01", "'2020-01-01'"),
        ("!!str 12", "'12'"),
        ("|\n  a\n  b\n", "'a\nb\n'"),
        (">-\n  a\n  b\n", "'a b'"),
        ("'it''s'", "'it's'"),
    ];
    for (text, wanted) in cases {
        let tree = tree("a.yaml", &format!("k: {text}\n"));
        let value = tree.get(tree.root(), "k").expect("it is there");
        assert_eq!(shown(&tree, value), wanted, "{text}");
    }
}

#[test]
fn json_is_read_strictly() {
    let bad = [
        "{\"a\":1,}",
        "[1,]",
        "[1 2]",
        "{a:1}",
        "{\"a\" 1}",
        "[01]",
        "[1.]",
        "[-]",
        "[1e]",
        "[\"\\x\"]",
        "[\"\\u12\"]",
        "[\"\n\"]",
        "[tru]",
        "[\"a]",
        "{\"a\":1}}",
        "[+1]",
        "{\"a\":1]",
        "[",
        "{\"a\"",
        "['a']",
        "[\"é",
        "[é]",
    ];
    for text in bad {
        let found = read(SourceId(0), "a.json", Arc::from(text));
        assert!(matches!(found, Err(ReadError::Syntax { .. })), "{text}: {found:?}");
    }
    let escapes = tree("a.json", r#"["\ud83e\udd80\u00e9\/\\\b\f\n\r\t\"","\ud83e","\ud83ex"]"#);
    let wanted = "['🦀é/\\\u{8}\u{c}\n\r\t\"','\u{fffd}','\u{fffd}x']";
    assert_eq!(shown(&escapes, escapes.root()), wanted);
}

#[test]
fn aliases_stand_for_what_they_mean() {
    let tree = tree("a.yaml", "a: &x {k: [1]}\nb: *x\nc: &y t\nd: *y\n*y : e\n");
    assert_eq!(shown(&tree, tree.root()), "{a:{k:[1]},b:{k:[1]},c:'t',d:'t',t:'e'}");
    let (key, _) = tree.entries(tree.root()).last().expect("it has some");
    assert_eq!(tree.scalar(key).as_deref(), Some("t"), "an alias can be a key");
}

#[test]
fn merge_keys_fill_in_what_is_not_said() {
    let tree = tree(
        "a.yaml",
        "x: &x {a: 1, b: 2}\ny: &y {b: 3, c: 4}\nz:\n  b: 5\n  <<: [*x, *y]\nw: {<<: {q: 1}, r: 2}\n",
    );
    let at = |key| shown(&tree, tree.get(tree.root(), key).expect("it is there"));
    assert_eq!(at("z"), "{b:5,a:1,c:4}");
    assert_eq!(at("w"), "{r:2,q:1}");
}

#[test]
fn quoted_text_that_is_not_indented_enough_is_still_text() {
    let tree = tree("a.yaml", "k:\n  d: \"one\n\t\ttwo\n  three\"\n  e: 1\nl: 2\n");
    assert_eq!(shown(&tree, tree.root()), "{k:{d:'one two three',e:1},l:2}");
    assert!(tree.misindented.is_some());
    let last = tree.get(tree.root(), "l").expect("it is there");
    assert_eq!(tree.span(last).range(), 38..39, "places behind the repair are right");
    assert!(read(SourceId(0), "a.yaml", Arc::from("k:\n\tl: 1\n")).is_err(), "structure is never guessed");
}

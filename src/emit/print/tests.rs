//! What is printed, and what rustfmt would have made of it.

use quote::quote;

use super::*;

#[test]
fn comments_stand_on_lines_of_their_own() {
    let comments = Comments::default();
    let first = comments.comment("src/shop.flow:3\nfn evil() {}");
    let tokens = quote! { fn main() { #first let x = 1; drop(x); } };
    let text = file(tokens, &comments).expect("printed");
    assert_eq!(text, "fn main() {\n    // src/shop.flow:3 fn evil() {}\n    let x = 1;\n    drop(x);\n}\n");
}

#[test]
fn documentation_cannot_become_a_test() {
    let doc =
        doc("```\nlet x = 1;\n```\n# Examples */ #![feature(x)]\n-      let y\u{2028} = 1;\n\n    let z;");
    let text = file(quote! { #doc struct A; }, &Comments::default()).expect("printed");
    assert!(!text.contains("```") && !text.contains("  "), "{text}");
    assert!(text.contains("\n/// - let y = 1;\n///\n/// let z;\n"), "{text}");
}

#[test]
fn documentation_that_is_too_long_says_so() {
    let words = "word ".repeat(99);
    let lines = vec![format!("{words}https://example.com/"); MOST_LINES + 1].join("\n");
    let doc = doc(&lines);
    let text = file(quote! { #doc struct A; }, &Comments::default()).expect("printed");
    let shown: Vec<&str> = text.lines().collect();
    assert_eq!(shown.first(), Some(&format!("/// {words}…").as_str()), "{text}");
    assert_eq!((shown.len(), shown.get(MOST_LINES)), (MOST_LINES + 2, Some(&"/// …")), "{text}");
}

/// `layouts.txt` is what rustfmt made of one example of each rule. It is printed as it stands.
#[test]
fn code_is_laid_out_as_rustfmt_does_it() {
    let wanted = include_str!("layouts.txt");
    let tokens: TokenStream = wanted.parse().expect("Rust");
    let text = file(tokens, &Comments::default()).expect("printed");
    similar_lines(&text, wanted);
}

#[test]
fn comments_of_steps_have_an_empty_line_above() {
    let comments = Comments::default();
    let (first, second, third) =
        (comments.comment("one"), comments.comment("two"), comments.comment("three"));
    let tokens = quote! {
    use a::b; use c::{d, e}; fn f() { #first let x = async { #second y }; #third x } const A: i64 = 1; };
    let text = file(tokens, &comments).expect("printed");
    let wanted = "use a::b;\nuse c::{d, e};\n\nfn f() {\n    // one\n    let x = async {\n        // two\n        y\n    };\n\n    // three\n    x\n}\n\nconst A: i64 = 1;\n";
    similar_lines(&text, wanted);
}

/// Syntax that flowc does not emit is printed otherwise, and is what was meant all the same.
#[test]
fn what_is_not_known_is_printed_too() {
    let comments = Comments::default();
    let first = comments.comment("one");
    let tokens = quote! { trait T { fn f() { #first g() } } };
    let text = file(tokens, &comments).expect("printed");
    similar_lines(&text, "trait T {\n    fn f() {\n        // one\n        g()\n    }\n}\n");
}

fn similar_lines(text: &str, wanted: &str) {
    for (at, (line, wanted)) in text.lines().zip(wanted.lines()).enumerate() {
        assert_eq!(line, wanted, "line {}", at + 1);
    }
    assert_eq!(text.lines().count(), wanted.lines().count());
}

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

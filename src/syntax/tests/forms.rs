//! Every form of the language is read without a finding, as the tree that it means.

use super::findings;

const TASTE: &str = include_str!("taste.flow");

#[test]
fn the_taste_of_the_language_is_read() {
    assert_eq!(findings(TASTE), Vec::<String>::new());
}

//! What one call has for itself, and what tells its answers apart.

use super::settings::{Cache, Hedge, Retry};
use crate::codec::{Encode, Side, to_json};

/// What stands behind `with` at one call. Of each policy: nothing where the one of the backend counts, and then the
/// one in its place, or none.
#[derive(Clone, Debug, Default)]
pub struct Own {
    pub retry: Option<Option<Retry>>,
    pub hedge: Option<Option<Hedge>>,
    /// And a text that tells answers apart, where the parameters do not do it.
    pub cache: Option<(Option<Cache>, Option<String>)>,
}

/// Parameters as one text: no two lists of them look the same. Fields that only one side sees are written, too.
pub fn parameters(values: &[&dyn Encode]) -> String {
    let mut text = String::new();
    for value in values {
        for side in [Side::Caller, Side::Backend] {
            // There is no line break in JSON that is written without spaces.
            text.push_str(&String::from_utf8_lossy(&to_json(*value, side)));
            text.push('\n');
        }
    }
    text
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn no_two_lists_of_parameters_look_the_same() {
        let lists: [&[&dyn Encode]; 7] = [
            &[],
            &[&"a\nb"],
            &[&"a", &"b"],
            &[&"ab"],
            &[&"a\",\"b"],
            &[&None::<String>, &"a"],
            &[&"a", &None::<String>],
        ];
        let mut texts: Vec<String> = lists.iter().map(|list| parameters(list)).collect();
        texts.sort();
        texts.dedup();
        assert_eq!(texts.len(), lists.len(), "{texts:?}");
    }
}

//! What the tests of this folder have in common.

use crate::contract::{Contract, ReadFault, load};
use crate::source::Sources;

/// A contract of one text.
pub(super) fn contract(text: &str) -> Contract {
    let read = &mut |path: &str| match path {
        "api.yaml" => Ok(text.as_bytes().to_vec()),
        _ => Err(ReadFault::Missing),
    };
    load(&mut Sources::default(), "api.yaml", read).expect("the document is good as a whole")
}

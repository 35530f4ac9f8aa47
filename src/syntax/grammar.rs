//! The parser that pest makes of `grammar/flow.pest`. What its rules mean as a tree is in [`super::build`].

use pest_derive::Parser;

#[derive(Parser)]
#[grammar = "../grammar/flow.pest"]
pub(super) struct Grammar;

pub(super) type Pair<'t> = pest::iterators::Pair<'t, Rule>;
pub(super) type Pairs<'t> = pest::iterators::Pairs<'t, Rule>;

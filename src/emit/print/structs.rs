//! Fields in braces: of values and of patterns.

use syn::{ExprStruct, FieldPat, FieldValue, Member, PatStruct};

use super::cx::Cx;
use super::list::{self, Tactic, Trailing};
use super::shape::{STRUCT, Shape, is_multiline};
use super::{expr, pat, ty};

pub fn rewrite(cx: &Cx, of: &ExprStruct, shape: Shape) -> Option<String> {
    let path = ty::expr_path(cx, of.qself.as_ref(), &of.path, shape.less(2)?)?;
    if of.fields.is_empty() && of.dot2_token.is_none() {
        return Some(format!("{path} {{}}"));
    }
    let room = Room::new(&path, shape, 2)?;
    let mut fields: Vec<String> =
        of.fields.iter().map(|one| field(cx, one, room.nested.less(1)?)).collect::<Option<_>>()?;
    if let Some(rest) = &of.rest {
        fields.push(format!("..{}", expr::rewrite(cx, rest, room.nested.right(2)?)?));
    } else if of.dot2_token.is_some() {
        fields.push("..".to_owned());
    }
    let is_closed = of.dot2_token.is_none() && !cx.in_macro.get();
    let trailing = if is_closed { Trailing::IfVertical } else { Trailing::Never };
    let text = list::write(&fields, room.tactic(&fields), room.nested, trailing);
    Some(format!("{path} {{{}}}", room.wrap(&text)))
}

/// How wide fields may be on one line, and where they stand on several.
struct Room {
    outer: Shape,
    nested: Shape,
    one_line: Option<usize>,
}

impl Room {
    fn new(path: &str, shape: Shape, behind: usize) -> Option<Room> {
        let one_line = shape.width.checked_sub(path.len() + 3 + behind);
        Some(Room { outer: shape, nested: shape.nested(), one_line: one_line.map(|width| width.min(STRUCT)) })
    }

    fn tactic(&self, fields: &[String]) -> Tactic {
        match self.one_line {
            Some(width) => list::tactic(fields, width),
            None => Tactic::Vertical,
        }
    }

    fn is_vertical(&self, text: &str) -> bool {
        is_multiline(text) || text.len() > self.one_line.unwrap_or(0)
    }

    fn wrap(&self, text: &str) -> String {
        match self.is_vertical(text) {
            true => format!("{}{text}{}", self.nested.line(), self.outer.line()),
            false => format!(" {text} "),
        }
    }
}

pub fn member(of: &Member) -> String {
    match of {
        Member::Named(name) => name.to_string(),
        Member::Unnamed(at) => at.index.to_string(),
    }
}

fn field(cx: &Cx, of: &FieldValue, shape: Shape) -> Option<String> {
    let name = member(&of.member);
    if of.colon_token.is_none() {
        return Some(name);
    }
    let here = shape.right(name.len() + 2).and_then(|room| expr::rewrite(cx, &of.expr, room));
    if let Some(text) = here {
        return Some(format!("{name}: {text}"));
    }
    let below = shape.nested();
    Some(format!("{name}:{}{}", below.line(), expr::rewrite(cx, &of.expr, below)?))
}

pub fn pattern(cx: &Cx, of: &PatStruct, shape: Shape) -> Option<String> {
    let path = ty::expr_path(cx, of.qself.as_ref(), &of.path, shape.less(2)?)?;
    let has_rest = of.rest.is_some();
    if of.fields.is_empty() {
        return Some(if has_rest { format!("{path} {{ .. }}") } else { format!("{path} {{}}") });
    }
    let room = Room::new(&path, shape, if has_rest { 6 } else { 2 })?;
    let fields: Vec<String> =
        of.fields.iter().map(|one| field_pattern(cx, one, room.nested)).collect::<Option<_>>()?;
    let mut text = list::write(&fields, room.tactic(&fields), room.nested, Trailing::IfVertical);
    if has_rest {
        text = match (room.is_vertical(&text), text.ends_with(',')) {
            (true, true) => format!("{text}{}..", room.nested.line()),
            (true, false) => format!("{text},{}..", room.nested.line()),
            (false, _) => format!("{text}, .."),
        };
    }
    if has_rest && !is_multiline(&text) {
        return Some(format!("{path} {{ {text} }}"));
    }
    Some(format!("{path} {{{}}}", room.wrap(&text)))
}

fn field_pattern(cx: &Cx, of: &FieldPat, shape: Shape) -> Option<String> {
    let text = pat::rewrite(cx, &of.pat, shape)?;
    match of.colon_token {
        None => Some(text),
        Some(_) => {
            let name = member(&of.member);
            if name.len() + 2 + text.len() <= shape.width {
                return Some(format!("{name}: {text}"));
            }
            let below = shape.nested();
            Some(format!("{name}:{}{}", below.line(), pat::rewrite(cx, &of.pat, below)?))
        }
    }
}

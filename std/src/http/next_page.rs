//! Where a long list goes on: an operation that gives it in parts says so in a header, too (RFC 8288), so that whoever
//! wants all of it follows links and knows nothing of cursors. The link is a query and nothing else: it holds behind
//! gateways that have another path in front, and on the page of `flowc run`.
//!
//! It is made of the query as it was sent, so it goes back to nobody but the one who sent it. A key that shows who calls
//! is left out of it: headers of answers are written to more logs than anybody knows of.

use std::sync::Arc;

use super::log::{self, Level};
use super::router::Route;
use super::{Context, Response};
use crate::auth::Auth;
use crate::codec::percent::{decode_form, encode_into};

/// The parameter that says where to go on.
const CURSOR: &str = "cursor";
/// How long a link may be: what stands in front of services refuses answers with long heads, often from 4 kB on.
const LONGEST: usize = 2_048;

/// How a request asked for a part of a list, so that it can be told how to ask for the next one.
pub struct NextPage {
    context: Context,
    route: Arc<Route>,
    query: String,
}

impl NextPage {
    pub(super) fn new(context: Context, route: Arc<Route>, query: Option<&str>) -> NextPage {
        NextPage { context, route, query: query.unwrap_or_default().to_owned() }
    }

    /// The answer with the link to what comes next, if anything does.
    #[must_use]
    pub fn link(&self, response: Response, cursor: Option<&str>) -> Response {
        let Some(cursor) = cursor else { return response };
        let keys = self.route.endpoint.auth.iter().filter_map(Auth::query_name);
        let link = link(&self.query, &keys.collect::<Vec<_>>(), cursor);
        if link.len() <= LONGEST {
            return response.header("link", &link);
        }
        // Nothing of it: a cursor may be made of what nobody should read.
        let fields =
            [("request", self.context.request().id.as_str()), ("operation", self.context.operation())];
        log::say(Level::Warn, "the link to the next page was too long, and left out", &fields);
        response
    }
}

/// `left_out`: what is no part of the question.
fn link(query: &str, left_out: &[&str], cursor: &str) -> String {
    let stays = |part: &&str| {
        let name = decode_form(part.split('=').next().unwrap_or_default()).unwrap_or_default();
        !part.is_empty() && name != CURSOR && !left_out.contains(&name.as_str())
    };
    let mut link = String::with_capacity(query.len() + cursor.len() + 32);
    link.push_str("<?");
    for part in query.split('&').filter(stays) {
        push(&mut link, part);
        link.push('&');
    }
    link.push_str(CURSOR);
    link.push('=');
    encode_into(&mut link, cursor);
    link.push_str(">; rel=\"next\"");
    link
}

/// A part of a query as it was sent, with what cannot stand in one escaped: nothing ends the link before its end.
fn push(link: &mut String, part: &str) {
    for letter in part.chars() {
        if letter.is_ascii_alphanumeric() || "-._~%!$'()*+,;=:@/?".contains(letter) {
            link.push(letter);
        } else {
            encode_into(link, letter.encode_utf8(&mut [0; 4]));
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_link_asks_the_same_from_there_on() {
        for (query, cursor, wanted) in [
            ("", "b", "<?cursor=b>; rel=\"next\""),
            ("limit=2&tier=gold", "b", "<?limit=2&tier=gold&cursor=b>; rel=\"next\""),
            ("cursor=a&limit=2", "b", "<?limit=2&cursor=b>; rel=\"next\""),
            ("c%75rsor=a&&limit=2&", "b", "<?limit=2&cursor=b>; rel=\"next\""),
            ("cursor&cursors=a", "", "<?cursors=a&cursor=>; rel=\"next\""),
            ("q=a+b%26c&q=d%2Ce", "b", "<?q=a+b%26c&q=d%2Ce&cursor=b>; rel=\"next\""),
        ] {
            assert_eq!(link(query, &[], cursor), wanted, "{query}");
        }
    }

    #[test]
    fn a_key_is_no_part_of_a_link() {
        let all = ["key", "k2"];
        assert_eq!(link("a=1&key=s3&k%32=s4&b=2", &all, "c"), "<?a=1&b=2&cursor=c>; rel=\"next\"");
    }

    #[test]
    fn nothing_ends_a_link_before_its_end() {
        let cursors = (0..0x250).chain(0x20a0..0x20d0).filter_map(char::from_u32).collect::<String>();
        for (query, cursor) in [
            ("a=>; rel=\"next\", <https://evil.example>", "b"),
            ("a[b]=<\"\\^`{|}\u{e9}\u{1f600}", "a b&c=d>; rel=\"x\"\r\nset-cookie: e=f"),
            ("", cursors.as_str()),
        ] {
            let link = link(query, &[], cursor);
            let inside = link.strip_prefix("<?").and_then(|text| text.strip_suffix(">; rel=\"next\""));
            let inside = inside.unwrap_or_else(|| panic!("{link}"));
            let is_plain = |byte: u8| byte.is_ascii_alphanumeric() || b"-._~%!$'()*+,;=:@/?&".contains(&byte);
            assert!(inside.bytes().all(is_plain), "{link}");
            let (_, sent) = inside.rsplit_once("cursor=").expect("it has a cursor");
            match cursor.contains('\0') {
                true => assert!(sent.starts_with("%00%01"), "{sent}"),
                false => assert_eq!(decode_form(sent).as_deref(), Ok(cursor)),
            }
        }
    }
}

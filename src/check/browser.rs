//! Which web pages may call: what a service says of it is a promise to browsers, and one that reads otherwise than it
//! was meant lets the wrong pages in, or none.

use super::context::Context;
use super::route::is_header_name;
use super::security::{bare, field, items, written};
use super::typed::{Expr, ExprKind, Program};
use crate::diagnostic::{services, settings as findings};

pub fn check(cx: &mut Context<'_>, program: &Program) {
    for service in &program.services {
        let Some(cors) = service.settings.values.get("cors") else { continue };
        let has_cookies = field(&cors.value, "credentials")
            .is_some_and(|one| matches!(bare(one).kind, ExprKind::Bool(true)));
        for item in listed(&cors.value, "origins") {
            match written(item).as_deref() {
                None => {}
                Some("*") if has_cookies => cx.report(findings::every_origin_with_credentials(item.span)),
                Some(text) => {
                    text.split_whitespace()
                        .filter(|origin| *origin != "*" && !is_origin(origin))
                        .for_each(|origin| cx.report(findings::no_origin(item.span, origin)));
                }
            }
        }
        for item in ["headers", "exposes"].into_iter().flat_map(|name| listed(&cors.value, name)) {
            if let Some(name) = written(item).filter(|name| !is_header_name(name)) {
                cx.report(services::bad_header(item.span, &name));
            }
        }
    }
}

fn listed<'e>(record: &'e Expr, name: &str) -> Vec<&'e Expr> {
    field(record, name).map(items).unwrap_or_default()
}

/// A scheme and a host, perhaps with a port, and nothing behind them: what browsers send of a page. The runtime asks the
/// same of what it is told at start.
pub fn is_origin(text: &str) -> bool {
    let Some((scheme, authority)) = text.split_once("://") else { return false };
    let is_host = |byte: u8| byte.is_ascii_alphanumeric() || b"-._:[]".contains(&byte);
    scheme.starts_with(|first: char| first.is_ascii_alphabetic())
        && scheme.bytes().all(|byte| byte.is_ascii_alphanumeric() || b"+-.".contains(&byte))
        && !authority.is_empty()
        && authority.bytes().all(is_host)
}

//! How a call shows the backend who we are.

use super::{bare, field, is_none, key_place, text};
use crate::check::typed::{self, Expr as TypedExpr, ExprKind as Typed, Settings};
use crate::ir::lower::Lowering;
use crate::ir::model::{CredentialsPlace, Expr, OAuth2, OutboundAuth};

pub fn auth(cx: &mut Lowering<'_, '_>, settings: &Settings) -> OutboundAuth {
    let Some(setting) = settings.values.get("auth") else { return OutboundAuth::None };
    let Typed::Variant { name, payload } = &bare(&setting.value).kind else { return OutboundAuth::None };
    let known = match (name.as_str(), payload.as_deref()) {
        ("forward", _) => Some(OutboundAuth::Forward),
        (name, Some(payload)) => of_record(cx, name, payload),
        (_, None) => None,
    };
    // The checker lets nothing else through but what it has reported.
    known.unwrap_or(OutboundAuth::None)
}

fn of_record(cx: &mut Lowering<'_, '_>, name: &str, record: &TypedExpr) -> Option<OutboundAuth> {
    if !matches!(&bare(record).kind, Typed::Record { spreads, .. } if spreads.is_empty()) {
        cx.refuse(record.span, &format!("an `auth: {name}` that is not written out"));
        return None;
    }
    let mut part = |name: &str| field(record, name).map(|value| text(cx, value));
    match name {
        "bearer" => Some(OutboundAuth::Bearer { token: part("token")? }),
        "basic" => Some(OutboundAuth::Basic { user: part("user")?, password: part("password")? }),
        "mtls" => Some(OutboundAuth::Mtls { certificate: part("certificate")?, key: part("key")? }),
        "api_key" => {
            let key = part("key")?;
            Some(OutboundAuth::ApiKey { key, place: key_place(cx, field(record, "place")) })
        }
        "oauth2" => {
            let (token, client, secret) = (part("token")?, part("client")?, part("secret")?);
            let audience = part("audience");
            let scopes = scopes(cx, record);
            let credentials = match field(record, "credentials").map(|place| &place.kind) {
                Some(Typed::Variant { name, .. }) if name == "in_body" => CredentialsPlace::InBody,
                _ => CredentialsPlace::InHeader,
            };
            let all = OAuth2 { token, client, secret, scopes, audience, credentials };
            Some(OutboundAuth::OAuth2(Box::new(all)))
        }
        other => {
            cx.refuse(record.span, &format!("outbound `auth: {other}`"));
            None
        }
    }
}

fn scopes(cx: &mut Lowering<'_, '_>, record: &TypedExpr) -> Vec<Expr> {
    let Some(list) = field(record, "scopes").filter(|list| !is_none(list)) else { return Vec::new() };
    let Typed::List(items) = &list.kind else {
        cx.refuse(list.span, "`scopes` that are not written out");
        return Vec::new();
    };
    let scope = |item: &typed::ListItem| match item {
        typed::ListItem::Value(value) => Some(text(cx, value)),
        typed::ListItem::Spread(value) => {
            cx.refuse(value.span, "`scopes` that are not written out");
            None
        }
    };
    items.iter().filter_map(scope).collect()
}

//! Texts, and what they are the writing of: addresses, URIs, UUIDs.

use flow_std::{email, text, uri, uuid};

use super::Row;
use super::apply::{none, one, three, two};

pub const ROWS: &[Row] = &[
    ("email.toString", |args| one(args, email::to_string)),
    ("text.base64", |args| one(args, text::base64)),
    ("text.bytes", |args| one(args, text::bytes)),
    ("text.capitalize", |args| one(args, text::capitalize)),
    ("text.contains", |args| two(args, text::contains)),
    ("text.date", |args| two(args, text::date)),
    ("text.datetime", |args| three(args, text::datetime)),
    ("text.duration", |args| one(args, text::duration)),
    ("text.email", |args| one(args, text::email)),
    ("text.endsWith", |args| two(args, text::ends_with)),
    ("text.findMatch", |args| two(args, text::find_match)),
    ("text.fromBase64", |args| one(args, text::from_base64)),
    ("text.fromHex", |args| one(args, text::from_hex)),
    ("text.hash", |args| two(args, text::hash)),
    ("text.hmac", |args| three(args, text::hmac)),
    ("text.indexOf", |args| two(args, text::index_of)),
    ("text.isBlank", |args| one(args, text::is_blank)),
    ("text.isEmpty", |args| one(args, text::is_empty)),
    ("text.length", |args| one(args, text::length)),
    ("text.lines", |args| one(args, text::lines)),
    ("text.lower", |args| one(args, text::lower)),
    ("text.matches", |args| two(args, text::matches)),
    ("text.padLeft", |args| three(args, text::pad_left)),
    ("text.padRight", |args| three(args, text::pad_right)),
    ("text.parseJson", |args| one(args, text::parse_json)),
    ("text.phone", |args| two(args, text::phone)),
    ("text.removePrefix", |args| two(args, text::remove_prefix)),
    ("text.removeSuffix", |args| two(args, text::remove_suffix)),
    ("text.repeat", |args| two(args, text::repeat)),
    ("text.replace", |args| three(args, text::replace)),
    ("text.replaceMatches", |args| three(args, text::replace_matches)),
    ("text.slice", |args| three(args, text::slice)),
    ("text.split", |args| two(args, text::split)),
    ("text.startsWith", |args| two(args, text::starts_with)),
    ("text.time", |args| two(args, text::time)),
    ("text.toBool", |args| one(args, text::to_bool)),
    ("text.toDecimal", |args| one(args, text::to_decimal)),
    ("text.toFloat", |args| one(args, text::to_float)),
    ("text.toInt", |args| one(args, text::to_int)),
    ("text.trim", |args| one(args, text::trim)),
    ("text.truncate", |args| two(args, text::truncate)),
    ("text.upper", |args| one(args, text::upper)),
    ("text.uri", |args| one(args, text::uri)),
    ("text.urlDecode", |args| one(args, text::url_decode)),
    ("text.urlEncode", |args| one(args, text::url_encode)),
    ("text.uuid", |args| one(args, text::uuid)),
    ("text.zone", |args| one(args, text::zone)),
    ("uri.host", |args| one(args, uri::host)),
    ("uri.toString", |args| one(args, uri::to_string)),
    ("uuid.toString", |args| one(args, uuid::to_string)),
    ("uuid.uuid", |args| none(args, uuid::random)),
];

#[cfg(test)]
mod tests {
    use std::sync::Arc;

    use flow_std::value::{Pattern, Zone};

    use super::super::{Arg, Value, call};

    #[test]
    fn arguments_stand_where_they_belong() {
        let text = |text: &str| Arg::Value(Value::text(text));
        let number = |number| Arg::Value(Value::Int(number));
        assert_eq!(call("text.replace", vec![text("abc"), text("b"), text("x")]), Ok(Value::text("axc")));
        assert_eq!(call("text.padLeft", vec![text("7"), number(3), text("0")]), Ok(Value::text("007")));
        assert_eq!(call("text.slice", vec![text("abcdef"), number(1), number(3)]), Ok(Value::text("bc")));
        assert_eq!(call("text.indexOf", vec![text("abc"), text("x")]), Ok(Value::None));
    }

    #[test]
    fn a_moment_may_be_read_without_a_pattern() {
        let zone = || Arg::Value(Value::Zone(Arc::new(Zone::UTC)));
        let read =
            |text: &str, pattern| call("text.datetime", vec![Arg::Value(Value::text(text)), pattern, zone()]);
        let pattern = Arg::Value(Value::Pattern(Arc::new(Pattern::new("dd.MM.yyyy"))));
        let moment = read("2024-01-31T00:00:00Z", Arg::Value(Value::None));
        assert!(moment.is_ok());
        assert_eq!(read("31.01.2024", pattern), moment);
        assert!(read("31.01.2024", Arg::Value(Value::None)).is_err());
    }
}

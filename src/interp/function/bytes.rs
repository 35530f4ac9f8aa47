//! Bytes and their digests.

use flow_std::bytes;

use super::Row;
use super::apply::{one, three, two};

pub const ROWS: &[Row] = &[
    ("bytes.base64", |args| one(args, bytes::base64)),
    ("bytes.hash", |args| two(args, bytes::hash)),
    ("bytes.hex", |args| one(args, bytes::hex)),
    ("bytes.hmac", |args| three(args, bytes::hmac)),
    ("bytes.isEmpty", |args| one(args, bytes::is_empty)),
    ("bytes.length", |args| one(args, bytes::length)),
    ("bytes.text", |args| one(args, bytes::text)),
];

#[cfg(test)]
mod tests {
    use flow_std::value::{Bytes, HashAlgorithm};

    use super::super::{Arg, Value, call};

    #[test]
    fn the_key_and_the_algorithm_stand_where_they_belong() {
        let abc = || Value::Bytes(Bytes::new("abc"));
        let md5 = || Value::Choice(HashAlgorithm::Md5 as usize);
        let with = |name: &str, args: Vec<Value>| call(name, args.into_iter().map(Arg::Value).collect());
        let hash = with("bytes.hash", vec![abc(), md5()]);
        assert_eq!(hash, Ok(Value::text("900150983cd24fb0d6963f7d28e17f72")));
        let hmac = with("bytes.hmac", vec![abc(), Value::text("key"), md5()]);
        assert_eq!(hmac, with("text.hmac", vec![Value::text("abc"), Value::text("key"), md5()]));
        assert_ne!(hmac, hash);
        assert!(with("bytes.text", vec![Value::Bytes(Bytes::new(vec![0xff]))]).is_err());
    }
}

//! Functions of `uri`.

use crate::value::Uri;

pub fn to_string(uri: &Uri) -> String {
    uri.as_str().to_string()
}

/// The name of the host, if there is one.
pub fn host(uri: &Uri) -> Option<String> {
    uri.host().map(str::to_string)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn texts_and_hosts() {
        let uri = Uri::literal("https://example.com:8080/a");
        assert_eq!(to_string(&uri), "https://example.com:8080/a");
        assert_eq!(host(&uri).as_deref(), Some("example.com"));
    }
}

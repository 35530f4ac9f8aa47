//! Stand-ins for value types that are being written, so that what needs them can be built meanwhile.

/// Who called.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Caller {
    pub subject: String,
    pub scopes: Vec<String>,
}

/// What is known of a request besides its parameters.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct RequestInfo {
    pub id: String,
    pub address: String,
}

/// What an operation answers when it does not answer its success.
#[derive(Debug)]
pub struct Failure {
    pub status: u16,
}

impl Failure {
    pub fn late() -> Failure {
        Failure { status: 504 }
    }

    pub fn broken() -> Failure {
        Failure { status: 500 }
    }

    pub fn into_http(self) -> http::Response<axum::body::Body> {
        let status =
            http::StatusCode::from_u16(self.status).unwrap_or(http::StatusCode::INTERNAL_SERVER_ERROR);
        super::rejection::Rejection::new(status, "").into_response()
    }
}

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

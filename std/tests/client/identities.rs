//! Tokens from a real identity server.

use super::identity::{Identity, SECRET};

#[test]
fn it_gives_out_tokens() {
    let Some(identity) = Identity::start() else { return };
    let form =
        format!("grant_type=client_credentials&client_id=poster&client_secret={SECRET}&audience=urn:orders");
    assert_eq!(identity.given(&form).split('.').count(), 3, "a signed token");
    assert_eq!(identity.signed("{\"sub\":\"ada\"}").split('.').count(), 3, "a signed token");
    assert_eq!(identity.count("token"), 1);
}

//! Tokens of issuers against a service that is real but for its network: the forgeries of RFC 8725 and of the list of bad things
//! (`S036`, `S037`, `S038`), and where keys come from. Nothing here needs a server from elsewhere.

#![cfg(feature = "jwt")]

mod forgeries;
mod identity;
#[path = "../identity/mod.rs"]
mod openid;
mod real;
mod service;
mod signing;
mod sources;

//! The client against backends that misbehave, over real connections: each backend here is a socket with a script, so
//! that it can do what no library would let it do.

#[path = "client/answers.rs"]
mod answers;
#[path = "client/backend.rs"]
mod backend;
#[path = "client/connections.rs"]
mod connections;
#[path = "client/requests.rs"]
mod requests;
#[path = "client/services.rs"]
mod services;
#[path = "client/tls.rs"]
mod tls;

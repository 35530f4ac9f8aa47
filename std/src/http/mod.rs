//! The shell of a service: the accept loop and its bounds, the reading and checking of requests, who may call and how
//! often, and the answers, whatever happens. What is the same for each operation is here and compiled once.

mod accept;
mod audit;
mod body;
mod bounded;
mod command;
mod connection;
mod context;
mod cors;
mod date;
mod deprecation;
mod endpoint;
mod environment;
pub(crate) mod framing;
mod freshness;
mod head;
mod http1;
mod http2;
#[cfg(feature = "store")]
mod idempotent;
mod inlet;
mod kept;
mod keys;
mod limiter;
mod limits;
mod line;
pub(crate) mod log;
mod next_page;
mod operator;
mod outlet;
mod parameter;
mod patient;
mod perform;
mod proxies;
pub mod quantity;
mod query;
mod rejection;
mod request;
mod response;
mod revoked;
mod router;
mod secret;
mod service;
#[cfg(feature = "redis")]
mod shared_limits;
mod shed;
mod shell;
mod slow;
mod stream;
mod streamed;
mod template;
mod tls;
#[cfg(feature = "store")]
mod undos;
mod visit;
#[cfg(feature = "watch")]
mod watch;
mod who;

pub(crate) use audit::Entry;
#[cfg(feature = "store")]
pub(crate) use audit::Fate;
pub use audit::{Parameters, open as open_audit, wanted as wanted_audit};
pub use connection::Peer;
pub(crate) use context::service_of;
pub use context::{Context, Repeat, arrived};
pub use cors::{Cors, CorsSettings};
pub use deprecation::Deprecation;
pub use endpoint::{Answer, BodyKind, Endpoint, Handler};
pub use environment::Environment;
pub use freshness::Caching;
#[cfg(feature = "store")]
pub use idempotent::{answers_not_kept, want_within};
pub use kept::Kept;
pub use limiter::{Allowance, LimitBy, LimitSettings, Limiter, Rate, Turn};
pub use limits::Limits;
pub use log::{Level, flush as flush_log, open as open_log, say, wanted as wanted_log};
pub use next_page::NextPage;
#[cfg(feature = "store")]
pub use operator::Beside;
pub use operator::Operator;
pub use parameter::Parameter;
pub(crate) use perform::REPRIEVE;
pub use rejection::Rejection;
pub(crate) use rejection::{NOTHING_DONE, OUTCOME};
pub use request::Request;
#[cfg(feature = "store")]
pub use response::REPLAYED;
pub use response::Response;
pub use router::router;
pub(crate) use secret::looked_again;
pub use secret::{Live, Secret, look_at_secrets};
pub use service::{
    Service, attend_operators, keep_flushing, live, live_quietly, run, run_with, say_ended, serve,
};
#[cfg(feature = "redis")]
pub use shared_limits::SharedLimits;
pub use shell::{Counts, Shell};
pub use tls::{Pair, Tls, spoken};
pub(crate) use visit::{HUNG_UP, step_of};
#[cfg(feature = "watch")]
pub use watch::{GIVEN_UP, Seen, StepKind, Story, Watch, Watched};
pub(crate) use who::Who;

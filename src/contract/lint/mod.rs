//! What is odd in a contract, place by place. Lowering runs these checks on what it goes through; [`check`]
//! runs them over the whole document afterwards, so that unused corners are at least warned about. No check
//! follows a reference: what it leads to is looked at where it stands.

mod operation;
mod parts;
mod schema;
mod uninhabited;
mod walk;

pub(super) use operation::check_operation;
pub(super) use parts::{check_map, check_media_type, check_parameter, report_ref, wrong_kind};
pub(super) use schema::check_schema;
pub(super) use walk::check;

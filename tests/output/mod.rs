//! What is emitted, in memory: hostile contracts, and the same bytes everywhere.

mod data;
mod edge;
mod fields;
mod forms;
mod hostile;
mod matrix;
mod odd;
mod once;
mod outbound;
mod payloads;
mod policies;
mod rust;
mod streamed;
mod undos;
mod workbench;

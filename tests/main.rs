//! All integration tests in one program, because each program more is linked for seconds.

mod bad;
mod book;
mod check;
mod cli;
mod contracts;
mod emitted;
mod examples;
mod fuzz;
mod language;
mod layout;
mod mock;
mod native;
mod order;
mod output;
mod pages;
mod plan;
mod random;
mod readme;
mod reference;
mod rows;
mod semantics;
mod services;
mod simulation;
mod tidy;

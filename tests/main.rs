//! All integration tests in one program, because each program more is linked for seconds.

mod book;
mod cli;
mod contracts;
mod examples;
mod pages;
mod readme;
mod reference;
mod tidy;

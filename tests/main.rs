//! All integration tests in one program, because each program more is linked for seconds.

mod book;
mod cli;
mod pages;
mod reference;
mod tidy;

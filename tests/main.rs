//! All integration tests in one program, because each program more is linked for seconds.

mod cli;
mod pages;
mod tidy;

//! All integration tests in one program, because each program more is linked for seconds.

mod check;
mod cli;
mod fuzz;
mod pages;
mod tidy;

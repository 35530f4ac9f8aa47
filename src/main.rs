//! The executable: everything it does is in [`flowc::cli`].

/// The one of services: what `flowc run` serves is made of many small values, too.
#[global_allocator]
static ALLOCATOR: flow_std::Allocator = flow_std::Allocator;

fn main() -> std::process::ExitCode {
    flowc::cli::main()
}

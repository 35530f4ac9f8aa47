//! The executable: everything it does is in [`flowc::cli`].

fn main() -> std::process::ExitCode {
    flowc::cli::main()
}

//! Says which folders are embedded: the macro that embeds them cannot, and cargo would miss a new file.

fn main() {
    for folder in ["docs/errors", "src/cli/template"] {
        println!("cargo::rerun-if-changed={folder}");
    }
}

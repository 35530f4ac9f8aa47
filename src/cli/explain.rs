//! `flowc explain`: the pages of the codes travel with the program.

use include_dir::{Dir, include_dir};

use super::Exit;
use super::output::Output;
use crate::diagnostic::{all_codes, code_by_id, nearest, project};

static PAGES: Dir<'static> = include_dir!("$CARGO_MANIFEST_DIR/docs/errors");

pub fn explain(wanted: Option<&str>, output: &mut Output) -> Exit {
    let Some(wanted) = wanted else {
        for code in all_codes() {
            output.result(&format!("{}  {}\n", code.id, code.name));
        }
        return Exit::Clean;
    };
    match code_by_id(wanted) {
        Some(code) => {
            match page(code.id) {
                Some(page) => output.result(page),
                None => output
                    .result(&format!("# {} {}\n\nThere is no page for this code yet.\n", code.id, code.name)),
            }
            Exit::Clean
        }
        None => {
            let upper = wanted.to_uppercase();
            let known = || all_codes().flat_map(|code| [code.id, code.name]);
            let near = nearest(wanted, known()).or_else(|| nearest(&upper, known()));
            output.refusal(&project::no_such_page(wanted, near))
        }
    }
}

/// The page of `F0401` is `docs/errors/F0401.md`.
pub fn page(id: &str) -> Option<&'static str> {
    PAGES.get_file(format!("{id}.md"))?.contents_utf8()
}

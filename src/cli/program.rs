//! From a project to its program in the intermediate form: what is emitted, and what is run in process.

use std::path::Path;

use super::session::{self, Session};
use super::{files, stages};
use crate::diagnostic::render::{self, Summary};
use crate::ir::Program;

/// The program of a session. Nothing if there are errors; the session has them all.
pub fn lowered(session: &mut Session) -> Option<Program> {
    session::check(session);
    if Summary::of(&session.diagnostics).errors > 0 {
        return None;
    }
    match stages::build(session) {
        Ok(program) => Some(program),
        Err(found) => {
            session.diagnostics.extend(found);
            None
        }
    }
}

/// All findings of a session, a line for each.
pub fn shown(session: &Session) -> String {
    session.diagnostics.iter().map(|found| render::short(found, session.view())).collect()
}

/// For those who use flowc as a library: the program of a project, or everything that is wrong with it.
pub fn program(project: &Path) -> Result<Program, String> {
    let root = files::locate(project).map_err(|refusal| refusal.message)?;
    let mut session = session::open(root);
    lowered(&mut session).ok_or_else(|| shown(&session))
}

//! From a project to its program in the intermediate form: what is emitted, and what is run in process.

use std::path::Path;

use super::session::{self, Session};
use super::{files, stages};
use crate::check;
use crate::diagnostic::render::{self, Summary};
use crate::ir::Program;
use crate::plan::Plan;

/// The program of a session. Nothing if there are errors; the session has them all.
pub fn lowered(session: &mut Session) -> Option<Program> {
    made(session, stages::lowered)
}

/// The same, with the plans of all operations, for somebody who looks at them while they run.
pub fn planned(session: &mut Session) -> Option<(Program, Vec<Plan>)> {
    made(session, stages::planned)
}

fn made<T>(
    session: &mut Session,
    make: impl FnOnce(&mut check::Output<'_>, &Session) -> stages::Made<T>,
) -> Option<T> {
    let mut found = std::mem::take(&mut session.diagnostics);
    let (stages, made) = stages::made(session, make);
    found.extend(stages.diagnostics);
    session::conclude(session, found, &stages.texts);
    // What was read may be wrong where what was checked is not.
    let made = made.filter(|_| Summary::of(&session.diagnostics).errors == 0)?;
    made.map_err(|found| session.diagnostics.extend(found)).ok()
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

/// The same with its tests, to run them.
pub fn tested(project: &Path) -> Result<Program, String> {
    let root = files::locate(project).map_err(|refusal| refusal.message)?;
    let mut session = session::open(root);
    let (found, tested) = stages::tests(&mut session, "");
    session.diagnostics.extend(found.diagnostics);
    tested.map(|tested| tested.program).ok_or_else(|| shown(&session))
}

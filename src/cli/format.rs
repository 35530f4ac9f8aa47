//! `flowc fmt`. A file that does not parse is shown and left alone, and so is one whose meaning would change:
//! what was written is read again and compared before it takes the place of the old text.

use std::fs;
use std::io::{self, Write};
use std::path::{Path, PathBuf};
use std::time::Duration;

use similar::TextDiff;

use super::Exit;
use super::arguments::FormatArguments;
use super::files::{self, LARGEST_FLOW};
use super::output::Output;
use super::read::{self, Fault};
use crate::diagnostic::render::{Paint, Prefix, Summary, View, human, visible};
use crate::diagnostic::{Diagnostic, project};
use crate::fmt;
use crate::source::{SourceId, Sources, Span};
use crate::syntax;

pub fn format(arguments: &FormatArguments, output: &mut Output) -> Exit {
    let mode = match (arguments.diff, arguments.check) {
        (true, _) => Mode::Diff,
        (false, true) => Mode::Check,
        (false, false) => Mode::Write,
    };
    let mut exit = Exit::Clean;
    for path in &arguments.paths {
        let ended = if path == Path::new("-") { stdin(mode, output) } else { path_given(path, mode, output) };
        exit = worse(exit, ended);
    }
    exit
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Mode {
    Write,
    Check,
    Diff,
}

/// Of several files, the one that ended worst says how the command ends.
fn worse(left: Exit, right: Exit) -> Exit {
    let rank = |exit| match exit {
        Exit::Clean => 0,
        Exit::WouldChange => 1,
        Exit::Findings => 2,
        Exit::Usage => 3,
        Exit::Fault => 4,
        // No file is tested here.
        Exit::TestFailed => 5,
    };
    if rank(right) > rank(left) { right } else { left }
}

fn stdin(mode: Mode, output: &mut Output) -> Exit {
    let text = read::read_stdin(LARGEST_FLOW);
    match formatted("<stdin>", text, output) {
        Ok((old, new)) => match mode {
            Mode::Write => {
                output.result(&new);
                Exit::Clean
            }
            Mode::Check | Mode::Diff => compare("<stdin>", &old, &new, mode, output),
        },
        Err(exit) => exit,
    }
}

fn path_given(path: &Path, mode: Mode, output: &mut Output) -> Exit {
    if path.extension().is_some_and(|extension| extension == "flow") && !path.is_dir() {
        return file(path, mode, output);
    }
    let found = files::locate(path).and_then(|root| match path.canonicalize() {
        Ok(folder) if folder.is_dir() => Ok((root, folder)),
        _ => Err(project::not_a_project(&visible(&path.to_string_lossy()))),
    });
    let (root, folder) = match found {
        Ok(found) => found,
        Err(refusal) => return output.refusal(&refusal),
    };
    let mut sources = Sources::default();
    let (flows, faults) = files::flows_below(&folder, &root, &mut sources);
    show(&faults, &sources, output);
    let start = if faults.is_empty() { Exit::Clean } else { Exit::Findings };
    // Shown as the user named it: `shop` gives `shop/src/a.flow`.
    let named = |flow: PathBuf| match flow.strip_prefix(&folder) {
        Ok(below) if path == Path::new(".") => below.to_path_buf(),
        Ok(below) => path.join(below),
        Err(_) => flow.clone(),
    };
    flows.into_iter().fold(start, |exit, flow| worse(exit, file(&named(flow), mode, output)))
}

fn file(path: &Path, mode: Mode, output: &mut Output) -> Exit {
    let name = visible(&path.to_string_lossy()).replace('\\', "/");
    let (old, new) = match formatted(&name, read::read_text(path, LARGEST_FLOW), output) {
        Ok(texts) => texts,
        Err(exit) => return exit,
    };
    if mode != Mode::Write {
        return compare(&name, &old, &new, mode, output);
    }
    if old == new {
        return Exit::Clean;
    }
    match replace(path, &new) {
        Ok(()) => {
            output.progress("Formatted", &name);
            Exit::Clean
        }
        Err(error) => output.refusal(&project::unwritable(&name, &error.kind().to_string())),
    }
}

fn compare(name: &str, old: &str, new: &str, mode: Mode, output: &mut Output) -> Exit {
    if old == new {
        return Exit::Clean;
    }
    match mode {
        Mode::Write | Mode::Check => output.result(&format!("{name}\n")),
        Mode::Diff => {
            let diff = TextDiff::configure().timeout(PATIENCE).diff_lines(old, new);
            output.result(&diff.unified_diff().header(name, name).to_string());
        }
    }
    Exit::WouldChange
}

/// After this, a diff is still right, but no longer the shortest.
const PATIENCE: Duration = Duration::from_secs(2);

/// The old text and the new one, or how the file ended this.
fn formatted(name: &str, text: Result<String, Fault>, output: &mut Output) -> Result<(String, String), Exit> {
    let mut sources = Sources::default();
    let text = match text {
        Ok(text) => text,
        Err(Fault::Missing) => return Err(output.refusal(&project::no_such_path(name))),
        Err(fault) => {
            let id = sources.add(name, "");
            show(&[read::describe(&fault, Span::new(id, 0, 0), name)], &sources, output);
            return Err(Exit::Usage);
        }
    };
    let id = sources.add(name, text.as_str());
    let parsed = syntax::parse(id, &text);
    if Summary::of(&parsed.diagnostics).errors > 0 {
        show(&parsed.diagnostics, &sources, output);
        return Err(Exit::Findings);
    }
    let new = fmt::format(&parsed.file, &text);
    let again = syntax::parse(SourceId(id.0 + 1), &new);
    if Summary::of(&again.diagnostics).errors > 0 || !fmt::same_meaning(&parsed.file, &again.file) {
        output.complaint(&format!(
            "flowc would have changed what `{name}` means, and left it as it is: please tell us"
        ));
        return Err(Exit::Fault);
    }
    Ok((text, new))
}

fn show(diagnostics: &[Diagnostic], sources: &Sources, output: &mut Output) {
    let prefixes: &[Prefix] = &[];
    for diagnostic in diagnostics {
        output.result(&(human(diagnostic, View { sources, prefixes }, Paint::Coloured) + "\n"));
    }
}

/// The new text is complete before it takes the place of the old one. A link stays a link.
fn replace(path: &Path, text: &str) -> io::Result<()> {
    let real = path.canonicalize()?;
    let mut name = real.file_name().unwrap_or_default().to_os_string();
    name.push(format!(".flowc-{}", std::process::id()));
    let draft = real.with_file_name(name);
    let write = || {
        let mut file = fs::File::create_new(&draft)?;
        file.write_all(text.as_bytes())?;
        file.set_permissions(fs::metadata(&real)?.permissions())?;
        fs::rename(&draft, &real)
    };
    write().inspect_err(|_| {
        let _ = fs::remove_file(&draft);
    })
}

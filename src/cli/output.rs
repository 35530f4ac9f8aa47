//! The two streams. Standard output carries results, standard error progress and counts. A reader who goes
//! away (a closed pipe) is no fault: what is left is not written, and the exit code is what it would have been.

use std::io::{self, BufWriter, IsTerminal, Write};

use anstream::AutoStream;

use super::Exit;
use super::arguments::ColorChoice;
use crate::diagnostic::render::{Paint, View, human, visible};
use crate::diagnostic::{Diagnostic, Severity};

pub struct Output {
    results: BufWriter<AutoStream<io::Stdout>>,
    progress: AutoStream<io::Stderr>,
    quiet: bool,
    /// Set when nobody reads standard output any more.
    failed: Option<io::Error>,
}

/// The width of a bar.
const BAR: usize = 24;

/// Colours are stripped again where the terminal, `NO_COLOR` or the user does not want them.
pub fn output(color: ColorChoice, quiet: bool) -> Output {
    let color = match color {
        ColorChoice::Auto => anstream::ColorChoice::Auto,
        ColorChoice::Always => anstream::ColorChoice::Always,
        ColorChoice::Never => anstream::ColorChoice::Never,
    };
    let results = BufWriter::new(AutoStream::new(io::stdout(), color));
    Output { results, progress: AutoStream::new(io::stderr(), color), quiet, failed: None }
}

impl Output {
    pub fn result(&mut self, text: &str) {
        if self.failed.is_none() {
            self.failed = self.results.write_all(text.as_bytes()).err();
        }
    }

    /// `Checking shop (12 files, 5 contracts)`
    pub fn progress(&mut self, verb: &str, what: &str) {
        if !self.quiet {
            let bold = anstyle_bold();
            let _ = writeln!(self.progress, "{bold}{verb:>12}{bold:#} {}", visible(what));
        }
    }

    /// Whether a bar would be seen.
    pub fn has_bar(&self) -> bool {
        !self.quiet && io::stderr().is_terminal()
    }

    /// `   Compiling [=====>    ] 12/24: tokio`, in place of the bar before.
    pub fn bar(&mut self, verb: &str, done: usize, total: usize, what: &str) {
        if self.has_bar() {
            let bold = anstyle_bold();
            let filled = (done * BAR / total.max(1)).min(BAR);
            let bar = format!("{:<BAR$}", "=".repeat(filled) + if filled < BAR { ">" } else { "" });
            let what: String = visible(what).chars().take(32).collect();
            self.end_bar();
            let _ = write!(self.progress, "{bold}{verb:>12}{bold:#} [{bar}] {done}/{total}: {what}");
            let _ = self.progress.flush();
        }
    }

    /// Takes the bar away.
    pub fn end_bar(&mut self) {
        if self.has_bar() {
            let _ = write!(self.progress, "\r{:79}\r", "");
            let _ = self.progress.flush();
        }
    }

    /// A line such as `2 errors, 1 warning`.
    pub fn count(&mut self, text: &str) {
        self.flush();
        if !self.quiet {
            let _ = writeln!(self.progress, "{text}");
        }
    }

    pub fn is_quiet(&self) -> bool {
        self.quiet
    }

    /// What was found by a command whose results are something else. Whoever says it has asked whether that is wanted.
    pub fn beside(&mut self, text: &str) {
        self.flush();
        let _ = self.progress.write_all(text.as_bytes());
    }

    /// Why a command could not do what it was asked for. Quiet does not hide this.
    pub fn refusal(&mut self, diagnostic: &Diagnostic) -> Exit {
        self.flush();
        let sources = crate::source::Sources::default();
        let text = human(diagnostic, View { sources: &sources, prefixes: &[] }, Paint::Coloured);
        let _ = self.progress.write_all(text.as_bytes());
        Exit::Usage
    }

    /// A finding beside the results, which are something else.
    pub fn finding(&mut self, diagnostic: &Diagnostic, view: View<'_>) {
        if !self.quiet || diagnostic.severity == Severity::Error {
            self.flush();
            let _ = self.progress.write_all(human(diagnostic, view, Paint::Coloured).as_bytes());
        }
    }

    /// One line about what somebody else did wrong.
    pub fn warning(&mut self, text: &str) {
        self.flush();
        let bold = clap::builder::styling::AnsiColor::Yellow.on_default().bold();
        let _ = writeln!(self.progress, "{bold}warning{bold:#}: {}", visible(text));
    }

    /// One line about what went wrong.
    pub fn complaint(&mut self, text: &str) {
        self.flush();
        let _ = writeln!(self.progress, "error: {}", visible(text));
    }

    /// Whether somebody still reads the results.
    pub fn is_heard(&mut self) -> bool {
        self.flush();
        self.failed.is_none()
    }

    fn flush(&mut self) {
        if self.failed.is_none() {
            self.failed = self.results.flush().err();
        }
    }

    /// How the command ended, once everything is written. A reader who has gone away, such as `head`, is no fault;
    /// a disk that is full is one, because somebody would take half a report for the whole.
    pub fn ended(mut self, exit: Exit) -> Exit {
        self.flush();
        match self.failed.take() {
            Some(error) if error.kind() != io::ErrorKind::BrokenPipe => {
                self.complaint(&format!("the results could not be written: {error}"));
                Exit::Usage
            }
            _ => exit,
        }
    }
}

impl Drop for Output {
    fn drop(&mut self) {
        self.flush();
    }
}

fn anstyle_bold() -> clap::builder::styling::Style {
    clap::builder::styling::AnsiColor::Green.on_default().bold()
}

/// What clap has to say: the help and the version are results, everything else is a mistake in the usage.
pub fn usage(error: &clap::Error) -> Exit {
    let _ = error.print();
    if error.use_stderr() { Exit::Usage } else { Exit::Clean }
}

pub fn bad_environment(message: &str) -> Exit {
    let _ = writeln!(io::stderr(), "error: {}", visible(message));
    Exit::Usage
}

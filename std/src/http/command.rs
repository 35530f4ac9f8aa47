//! The command line of a service. Without arguments it serves; with `undo` it shows an operator what could not be
//! undone, and has it tried again or dropped.

use std::io::Write;
use std::process::ExitCode;

/// What a service is asked to do.
#[derive(Debug, PartialEq)]
pub enum Command {
    Serve,
    Help,
    Undo(Undo),
}

/// What an operator asks for.
#[derive(Debug, PartialEq)]
pub enum Undo {
    List,
    /// One run, or all that are left.
    Run(Option<String>),
    Drop {
        run: String,
        because: String,
    },
}

pub const USAGE: &str =
    "without arguments it serves; or: undo list | undo run [RUN] | undo drop RUN --because TEXT | --help";

/// What is told to who asks.
pub const HELP: &str = "\
Without arguments it serves, with what its environment says. While it does not serve:

  undo list                       shows what could not be undone
  undo run [RUN]                  tries it once more, of one run or of all; ends with 1 if something is left
  undo drop RUN --because TEXT    forgets a run that was undone by other means

For example: undo drop 01986b5e-1c5b-7d10-a0b7-3f2c4e1d9a55 --because \"released by hand\"
";

/// `None` for what is no command.
pub fn parse(arguments: &[String]) -> Option<Command> {
    let words: Vec<&str> = arguments.iter().map(String::as_str).collect();
    match words.as_slice() {
        [] => Some(Command::Serve),
        ["help" | "--help" | "-h"] | ["undo", "help" | "--help" | "-h"] => Some(Command::Help),
        ["undo", "list" | "run" | "drop", "--help" | "-h"] => Some(Command::Help),
        ["undo", "list"] => Some(Command::Undo(Undo::List)),
        ["undo", "run"] => Some(Command::Undo(Undo::Run(None))),
        ["undo", "run", run] => Some(Command::Undo(Undo::Run(Some((*run).to_owned())))),
        ["undo", "drop", run, "--because", because] if !because.trim().is_empty() => {
            Some(Command::Undo(Undo::Drop { run: (*run).to_owned(), because: (*because).to_owned() }))
        }
        _ => None,
    }
}

/// What a command says on stdout.
#[derive(Debug, PartialEq)]
pub struct Said {
    pub text: String,
    /// Whether nothing is left of what it was asked to do.
    pub is_done: bool,
}

impl Said {
    pub fn done(text: impl Into<String>) -> Said {
        Said { text: text.into(), is_done: true }
    }
}

/// What came of it: told on stdout, or why not.
pub fn told(service: &str, told: Result<Said, String>) -> ExitCode {
    match told {
        Ok(said) => {
            // Whoever reads it may have seen enough.
            let _ = std::io::stdout().write_all(said.text.as_bytes());
            if said.is_done { ExitCode::SUCCESS } else { ExitCode::FAILURE }
        }
        Err(message) => {
            eprintln!("{service}: {message}");
            ExitCode::FAILURE
        }
    }
}

#[cfg(feature = "store")]
pub use with_store::carry_out;

#[cfg(feature = "store")]
mod with_store {
    use super::{Said, Undo};
    use crate::http::operator::Beside;
    use crate::undo::{Desk, Left, Refusal};

    pub async fn carry_out(beside: &Beside, asked: &Undo) -> Result<Said, String> {
        let desk = beside.desk();
        match asked {
            Undo::List => {
                let left = desk.list().await.map_err(|error| error.to_string())?;
                Ok(Said::done(table(&left)))
            }
            Undo::Run(Some(run)) => one(&desk, run).await.map(|left| tried(&left)),
            Undo::Run(None) => all(&desk).await.map(|left| tried(&left)),
            Undo::Drop { run, because } => {
                desk.drop_run(run, because).await.map_err(|refusal| refused(run, &refusal))?;
                Ok(Said::done(format!("{run} is dropped\n")))
            }
        }
    }

    /// What is left behind a try was to be undone by it.
    fn tried(left: &[Left]) -> Said {
        Said { text: table(left), is_done: left.is_empty() }
    }

    /// One that cannot be run does not keep the others.
    async fn all(desk: &Desk) -> Result<Vec<Left>, String> {
        let mut runs: Vec<String> =
            desk.list().await.map_err(|error| error.to_string())?.into_iter().map(|left| left.run).collect();
        runs.dedup();
        let (mut left, mut faults) = (Vec::new(), Vec::new());
        for run in runs {
            match one(desk, &run).await {
                Ok(mut of_run) => left.append(&mut of_run),
                Err(message) => faults.push(message),
            }
        }
        if faults.is_empty() { Ok(left) } else { Err(faults.join("; ")) }
    }

    async fn one(desk: &Desk, run: &str) -> Result<Vec<Left>, String> {
        desk.run(run).await.map_err(|refusal| refused(run, &refusal))
    }

    fn refused(run: &str, refusal: &Refusal) -> String {
        match refusal {
            Refusal::NotFound => format!("there is no run {run}"),
            Refusal::UnderWay => format!("a running service works on {run}: ask it at /undos"),
            Refusal::Store(error) => error.to_string(),
        }
    }

    pub fn table(left: &[Left]) -> String {
        if left.is_empty() {
            return "nothing is left to undo\n".to_owned();
        }
        left.iter().map(line).collect()
    }

    fn line(left: &Left) -> String {
        let Left { run, operation, write, state, tries, reason, request, .. } = left;
        let tries = if *tries == 1 { "1 try".to_owned() } else { format!("{tries} tries") };
        let why = if reason.is_empty() { String::new() } else { format!("    {reason}\n") };
        format!("{run}  {}  {tries}  {operation}: {write}  request {request}\n{why}", state.as_str())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_what_is_meant_is_done() {
        let parsed = |line: &[&str]| parse(&line.iter().map(|word| (*word).to_owned()).collect::<Vec<_>>());
        assert_eq!(parsed(&[]), Some(Command::Serve));
        assert_eq!(parsed(&["undo", "run", "7"]), Some(Command::Undo(Undo::Run(Some("7".into())))));
        let dropped = Command::Undo(Undo::Drop { run: "7".into(), because: "by hand".into() });
        assert_eq!(parsed(&["undo", "drop", "7", "--because", "by hand"]), Some(dropped));
        for help in [&["--help"][..], &["-h"], &["help"], &["undo", "--help"], &["undo", "run", "-h"]] {
            assert_eq!(parsed(help), Some(Command::Help));
        }
        for nothing in
            [&["undo"][..], &["undo", "drop", "7"], &["undo", "drop", "7", "--because", " "], &["--helper"]]
        {
            assert_eq!(parsed(nothing), None);
        }
    }

    #[cfg(feature = "store")]
    #[test]
    fn a_line_for_the_reason_is_there_where_there_is_one() {
        use crate::undo::{Left, State};
        let left = |state, reason: &str| Left {
            run: "7".into(),
            operation: "Orders.place".into(),
            request: "r-1".into(),
            write: "Stock.reserve".into(),
            state,
            tries: 2,
            reason: reason.into(),
            at: std::time::Duration::ZERO,
        };
        let told = with_store::table(&[left(State::Done, ""), left(State::Refused, "status 409")]);
        let wanted = "7  done  2 tries  Orders.place: Stock.reserve  request r-1\n\
                      7  refused  2 tries  Orders.place: Stock.reserve  request r-1\n    status 409\n";
        assert_eq!(told, wanted);
    }
}

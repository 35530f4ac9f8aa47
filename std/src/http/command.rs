//! The command line of a service. Without arguments it serves; with `undo` it shows an operator what could not be
//! undone, and has it tried again or dropped.

use std::process::ExitCode;

/// What a service is asked to do.
#[derive(Debug, PartialEq)]
pub enum Command {
    Serve,
    List,
    /// One run, or all that are left.
    Run(Option<String>),
    Drop {
        run: String,
        because: String,
    },
}

pub const USAGE: &str =
    "without arguments it serves; or: undo list | undo run [RUN] | undo drop RUN --because TEXT";

/// `None` for what is no command.
pub fn parse(arguments: &[String]) -> Option<Command> {
    let words: Vec<&str> = arguments.iter().map(String::as_str).collect();
    match words.as_slice() {
        [] => Some(Command::Serve),
        ["undo", "list"] => Some(Command::List),
        ["undo", "run"] => Some(Command::Run(None)),
        ["undo", "run", run] => Some(Command::Run(Some((*run).to_owned()))),
        ["undo", "drop", run, "--because", because] if !because.trim().is_empty() => {
            Some(Command::Drop { run: (*run).to_owned(), because: (*because).to_owned() })
        }
        _ => None,
    }
}

/// What came of it: told on stdout, or why not.
pub fn told(service: &str, told: Result<String, String>) -> ExitCode {
    match told {
        Ok(text) => {
            print!("{text}");
            ExitCode::SUCCESS
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
    use super::Command;
    use crate::http::operator::Beside;
    use crate::undo::{Desk, Left, Refusal};

    pub async fn carry_out(beside: &Beside, command: &Command) -> Result<String, String> {
        let desk = beside.desk();
        match command {
            Command::Serve => Ok(String::new()),
            Command::List => desk.list().await.map(|left| table(&left)).map_err(|error| error.to_string()),
            Command::Run(Some(run)) => one(&desk, run).await.map(|left| table(&left)),
            Command::Run(None) => all(&desk).await,
            Command::Drop { run, because } => {
                desk.drop_run(run, because).await.map_err(|refusal| said(run, &refusal))?;
                Ok(format!("{run} is dropped\n"))
            }
        }
    }

    /// One that cannot be run does not keep the others.
    async fn all(desk: &Desk) -> Result<String, String> {
        let mut runs: Vec<String> =
            desk.list().await.map_err(|error| error.to_string())?.into_iter().map(|left| left.run).collect();
        runs.dedup();
        let (mut left, mut refused) = (Vec::new(), Vec::new());
        for run in runs {
            match one(desk, &run).await {
                Ok(mut of_run) => left.append(&mut of_run),
                Err(message) => refused.push(message),
            }
        }
        if refused.is_empty() { Ok(table(&left)) } else { Err(refused.join("; ")) }
    }

    async fn one(desk: &Desk, run: &str) -> Result<Vec<Left>, String> {
        desk.run(run).await.map_err(|refusal| said(run, &refusal))
    }

    fn said(run: &str, refusal: &Refusal) -> String {
        match refusal {
            Refusal::NotFound => format!("there is no run {run}"),
            Refusal::UnderWay => format!("a running service works on {run}: ask it at /undos"),
            Refusal::Store(error) => error.to_string(),
        }
    }

    fn table(left: &[Left]) -> String {
        if left.is_empty() {
            return "nothing is left to undo\n".to_owned();
        }
        left.iter().map(line).collect()
    }

    fn line(left: &Left) -> String {
        let Left { run, operation, write, state, tries, reason, request, .. } = left;
        let tries = if *tries == 1 { "1 try".to_owned() } else { format!("{tries} tries") };
        format!("{run}  {}  {tries}  {operation}: {write}  request {request}\n    {reason}\n", state.as_str())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_what_is_meant_is_done() {
        let parsed = |line: &[&str]| parse(&line.iter().map(|word| (*word).to_owned()).collect::<Vec<_>>());
        assert_eq!(parsed(&[]), Some(Command::Serve));
        assert_eq!(parsed(&["undo", "run", "7"]), Some(Command::Run(Some("7".into()))));
        let dropped = Command::Drop { run: "7".into(), because: "by hand".into() };
        assert_eq!(parsed(&["undo", "drop", "7", "--because", "by hand"]), Some(dropped));
        for nothing in
            [&["undo"][..], &["undo", "drop", "7"], &["undo", "drop", "7", "--because", " "], &["--help"]]
        {
            assert_eq!(parsed(nothing), None);
        }
    }
}

//! `flowc test`: runs the tests of a project. Nothing is emitted or compiled unless that is what is to be tested, and
//! nobody is called.

mod junit;
mod native;
mod report;

use std::time::{Duration, Instant};

use super::arguments::{Format, TestArguments};
use super::check::{conclude, refuse, scale, show};
use super::files;
use super::live::Live;
use super::options::Options;
use super::output::Output;
use super::session::{self, Session};
use super::{Exit, stages, watch};
use crate::diagnostic::render::{Summary, visible};
use crate::diagnostic::{build as findings, project};
use crate::interp::testing::{Failure, Outcome, Suite};
use crate::interp::{Coverage, Unseen};
use crate::ir::TestCase;
use crate::ir::lower::{TestSpans, Waiting};
use crate::parallel;
use crate::source::Span;

pub fn test(arguments: &TestArguments, options: &Options, output: &mut Output) -> Exit {
    let format = options.format.value;
    let root = match files::locate(&arguments.path) {
        Ok(root) => root,
        Err(refusal) => return refuse(refusal, format, output),
    };
    if arguments.watch {
        let again =
            &mut |_: &Live, output: &mut Output| once(session::open(root.clone()), arguments, format, output);
        return watch::watch(&root, "Tested", output, &|| false, again);
    }
    let session = session::open(root);
    output.progress("Testing", &scale(&session));
    once(session, arguments, format, output)
}

/// A test that was run.
pub struct Ran<'t> {
    pub test: &'t TestCase,
    pub spans: &'t TestSpans,
    pub outcome: Outcome,
    pub took: Duration,
}

impl Ran<'_> {
    /// Where the steps stand that were not as expected, and what is said there.
    pub fn faults(&self) -> Vec<(Span, &Failure)> {
        let span =
            |failure: &Failure| self.spans.steps.get(failure.step).copied().unwrap_or(self.spans.whole);
        self.outcome.failures.iter().map(|failure| (span(failure), failure)).collect()
    }

    pub fn has_failed(&self) -> bool {
        !self.outcome.failures.is_empty()
    }
}

fn once(mut session: Session, arguments: &TestArguments, format: Format, output: &mut Output) -> Exit {
    let mut found = std::mem::take(&mut session.diagnostics);
    let (stages, tested) = stages::tests(&mut session, arguments.filter.as_deref().unwrap_or_default());
    found.extend(stages.diagnostics);
    let Some(tested) = tested.filter(|_| Summary::of(&found).errors == 0) else {
        session::conclude(&mut session, found, &stages.texts);
        return conclude(&session, format, &[], output);
    };
    let nothing = tested.program.tests.is_empty() && tested.waiting.is_empty();
    if let Some(filter) = arguments.filter.as_ref().filter(|_| nothing) {
        return refuse(project::no_such_test(filter), format, output);
    }
    // Warnings are for `flowc check`.
    session.diagnostics = tested.refused;
    let built = match arguments.native.then(|| native::built(&mut session, &tested.program, output)) {
        None => None,
        Some(Ok(built)) => Some(built),
        Some(Err(native::Unbuilt::Findings)) => return conclude(&session, format, &[], output),
        Some(Err(native::Unbuilt::Refused(refusal))) => return refuse(refusal, format, output),
    };
    let suite = match arguments.coverage {
        true => Suite::looked_at(tested.program),
        false => Suite::new(tested.program),
    };
    let mut ran = run(&suite, &tested.spans, built.as_ref());
    let mut waiting = tested.waiting;
    ran.retain(|one| match &one.outcome.unable {
        None => true,
        Some(why) => {
            let (name, span) = (one.test.name.clone(), one.spans.whole);
            session.diagnostics.push(findings::not_natively(span, &name, why));
            waiting.push(Waiting { name, span });
            false
        }
    });
    let unwritten = arguments.junit.as_ref().and_then(|path| {
        let error = std::fs::write(path, junit::junit(&ran, &waiting, session.view())).err()?;
        Some(project::unwritable(&path.to_string_lossy(), &error.to_string()))
    });
    report(&mut session, &ran, &waiting, format, output);
    if arguments.coverage {
        told(&suite.coverage(), output);
    }
    let exit = ended(&ran, &waiting, output);
    // What came out has been told by then.
    unwritten.map_or(exit, |refusal| output.refusal(&refusal))
}

/// In the order of the sources, on all cores that are there.
pub(super) fn run<'t>(
    suite: &'t Suite,
    spans: &'t [TestSpans],
    built: Option<&native::Built>,
) -> Vec<Ran<'t>> {
    let tests: Vec<(usize, (&TestCase, &TestSpans))> = suite.tests().iter().zip(spans).enumerate().collect();
    parallel::map(&tests, &|(number, (test, spans))| {
        let start = Instant::now();
        let outcome = match built {
            None => suite.run(test),
            Some(built) => built.run(suite, *number),
        };
        Ran { test, spans, outcome, took: start.elapsed() }
    })
}

pub(super) fn report(
    session: &mut Session,
    ran: &[Ran<'_>],
    waiting: &[Waiting],
    format: Format,
    output: &mut Output,
) {
    match format {
        Format::Human => {
            show(session, format, output);
            for failed in ran.iter().filter(|ran| ran.has_failed()) {
                output.result(&(report::human(failed, session.view()) + "\n"));
            }
        }
        Format::Junit => output.result(&junit::junit(ran, waiting, session.view())),
        Format::Short | Format::Json | Format::Sarif | Format::Github | Format::Gitlab => {
            let failed = ran.iter().filter(|ran| ran.has_failed());
            session.diagnostics.extend(failed.map(report::finding));
            show(session, format, output);
        }
    }
}

/// Everything that no test has seen, and how much that is.
fn told(coverage: &Coverage, output: &mut Output) {
    for Unseen { place, what } in &coverage.unseen {
        output.result(&format!("{}:{}: no test has seen {}\n", place.file, place.line, visible(what)));
    }
    let all = coverage.seen + coverage.unseen.len();
    output.count(&format!("{} of {all} parts seen", coverage.seen));
}

/// Says how many tests there were, and how the command ends because of them.
fn ended(ran: &[Ran<'_>], waiting: &[Waiting], output: &mut Output) -> Exit {
    let failed = ran.iter().filter(|ran| ran.has_failed()).count();
    let count = |number: usize| match number {
        1 => "1 test".to_owned(),
        _ => format!("{number} tests"),
    };
    let mut parts = match (ran.len(), waiting.len()) {
        (0, 0) => vec!["no tests".to_owned()],
        (all, _) => vec![format!("{} passed", count(all - failed))],
    };
    if failed > 0 {
        parts.push(format!("{failed} failed"));
    }
    if !waiting.is_empty() {
        parts.push(format!("{} cannot be run yet", waiting.len()));
    }
    output.count(&parts.join(", "));
    match (failed, waiting.is_empty()) {
        (0, true) => Exit::Clean,
        (0, false) => Exit::Findings,
        _ => Exit::TestFailed,
    }
}

//! `flowc mutate`: changes a project in one place at a time, and says which changes no test notices. Nothing is written.

use std::time::Instant;

use super::arguments::{Format, MutateArguments};
use super::check::{conclude, refuse, scale, show};
use super::options::Options;
use super::output::Output;
use super::session::{self, Session};
use super::{Exit, files, stages, test};
use crate::diagnostic::render::{self, Summary};
use crate::diagnostic::testing::{self as findings, Whole};
use crate::diagnostic::{Diagnostic, project};
use crate::interp::testing::Suite;
use crate::mutate::{Kind, Mutant, Mutants, Says, SiteKind, Trial, Verdict, mutants, trial};

pub fn mutate(arguments: &MutateArguments, options: &Options, output: &mut Output) -> Exit {
    let format = options.format.value;
    let root = match files::locate(&arguments.path) {
        Ok(root) => root,
        Err(refusal) => return refuse(refusal, format, output),
    };
    let start = Instant::now();
    let mut session = session::open(root);
    output.progress("Changing", &scale(&session));
    let mut found = std::mem::take(&mut session.diagnostics);
    let (stages, tested) = stages::tests(&mut session, "");
    found.extend(stages.diagnostics);
    let Some(tested) = tested.filter(|_| Summary::of(&found).errors == 0) else {
        session::conclude(&mut session, found, &stages.texts);
        return conclude(&session, format, &[], output);
    };
    let suite = Suite::new(tested.program);
    let ran = test::run(&suite, &tested.spans, None);
    let failed = ran.iter().filter(|ran| ran.has_failed()).count();
    if failed > 0 {
        test::report(&mut session, &ran, &[], format, output);
        output.count(&format!(
            "{}: nothing is changed before all pass",
            count(failed, "test failed", "tests failed")
        ));
        return Exit::TestFailed;
    }
    let mut mutants = mutants(suite.program());
    if let Some(filter) = &arguments.filter {
        mutants.retain(filter);
        if mutants.all.is_empty() {
            return refuse(project::nothing_to_change(filter), format, output);
        }
    }
    let trial = trial(&suite, &mutants);
    let mut found = told(&session, &mutants, &trial);
    render::sort(&mut found, session.view());
    let all = found.len();
    session::conclude(&mut session, found, &[]);
    // What else the comments of the sources accept is for `flowc check`.
    session.diagnostics.retain(|found| findings::is_about_changes(found.code));
    if format != Format::Human {
        session.diagnostics.iter_mut().for_each(in_one_line);
    }
    show(&session, format, output);
    counted(&mutants, &trial, all - session.diagnostics.len(), output);
    if !tested.waiting.is_empty() {
        output.count(&count(tested.waiting.len(), "test cannot be run yet", "tests cannot be run yet"));
    }
    output.progress("Changed", &format!("{} in {:.2} s", scale(&session), start.elapsed().as_secs_f64()));
    match session.diagnostics.is_empty() {
        true => Exit::Clean,
        false => Exit::Findings,
    }
}

/// A finding for each change that no test notices, and for each part that none comes to.
fn told(session: &Session, mutants: &Mutants<'_>, trial: &Trial) -> Vec<Diagnostic> {
    let changes = mutants.all.iter().zip(&trial.verdicts);
    let unnoticed = changes.filter(|(_, verdict)| **verdict == Verdict::Unnoticed).map(|(mutant, _)| {
        findings::unnoticed(mutant.span, mutants.owner(mutant.site), &words(session, mutant))
    });
    let unreached = trial.unreached.iter().filter_map(|at| {
        let site = mutants.sites.get(*at)?;
        let whole = match site.kind {
            SiteKind::Owner => Whole::All,
            SiteKind::Auth => Whole::Setting("auth"),
            SiteKind::Allow => Whole::Setting("allow"),
            SiteKind::Part | SiteKind::Told => Whole::Part,
        };
        Some(findings::unreached(site.span, mutants.owner(*at), whole))
    });
    unnoticed.chain(unreached).collect()
}

/// Only people see a text beside its place.
fn in_one_line(finding: &mut Diagnostic) {
    if let Some(label) = finding.labels.first().filter(|label| !label.text.is_empty()) {
        finding.message = format!("{}: {}", finding.message, label.text);
    }
}

/// What was changed into what. The place itself is shown beside it.
fn words(session: &Session, mutant: &Mutant<'_>) -> String {
    const LONGEST: usize = 40;
    match &mutant.says {
        Says::Plain(text) => text.clone(),
        Says::Instead(span) => match session.sources.text(*span) {
            text if text.len() <= LONGEST && !text.contains('\n') => format!("`{text}` instead"),
            _ => "the next arm instead".to_owned(),
        },
    }
}

/// How many changes there were of each kind, and how many of them were noticed.
fn counted(mutants: &Mutants<'_>, trial: &Trial, accepted: usize, output: &mut Output) {
    let of = |kind: Option<Kind>, verdict: Option<Verdict>| {
        let changes = mutants.all.iter().zip(&trial.verdicts);
        let fits = changes.filter(|(mutant, of)| {
            kind.is_none_or(|kind| mutant.kind == kind) && verdict.is_none_or(|verdict| **of == verdict)
        });
        fits.count()
    };
    for kind in Kind::ALL {
        let (all, noticed) = (of(Some(kind), None), of(Some(kind), Some(Verdict::Noticed)));
        if all > 0 {
            output.count(&format!("{noticed:>6} of {all:>5}  {}", kind.name()));
        }
    }
    let (all, noticed) = (of(None, None), of(None, Some(Verdict::Noticed)));
    let unreached = of(None, Some(Verdict::Unreached));
    let mut parts = vec![format!("{noticed} of {} noticed", count(all, "change", "changes"))];
    if unreached > 0 {
        parts.push(format!("{unreached} where no test gets to"));
    }
    if accepted > 0 {
        parts.push(format!("{accepted} accepted"));
    }
    output.count(&parts.join(", "));
}

fn count(number: usize, one: &str, many: &str) -> String {
    match number {
        1 => format!("1 {one}"),
        _ => format!("{number} {many}"),
    }
}

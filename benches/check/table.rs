//! The figures as tables of Markdown.

use super::Case;

pub fn print(cases: &[Case]) {
    times(cases);
    growth(cases);
    stages(cases);
    edits(cases);
}

/// The middle one, the least and the most.
fn spread(mut values: Vec<f64>) -> Option<(f64, f64, f64)> {
    values.sort_by(f64::total_cmp);
    Some((*values.get(values.len() / 2)?, *values.first()?, *values.last()?))
}

fn time(case: &Case) -> Option<(f64, f64, f64)> {
    spread(case.runs.iter().map(|run| run.time.as_secs_f64() * 1e3).collect())
}

fn figures<'c>(case: &'c Case, word: &'c str) -> impl Iterator<Item = (&'c str, f64)> {
    let all = case.runs.iter().flat_map(|run| &run.figures);
    all.filter(move |(of, ..)| of == word).map(|(_, name, value)| (name.as_str(), *value))
}

fn peak(case: &Case) -> f64 {
    figures(case, "peak").map(|(_, value)| value).fold(0.0, f64::max)
}

fn is_whole(case: &&Case) -> bool {
    !["stages", "edits"].contains(&case.task)
}

fn times(cases: &[Case]) {
    println!("| case | size | median, ms | range, ms | lines a second | peak, MiB | |");
    println!("| --- | --- | ---: | ---: | ---: | ---: | --- |");
    for case in cases.iter().filter(is_whole) {
        let Some((median, first, last)) = time(case) else { continue };
        let rate = case.lines.map_or("–".to_owned(), |lines| format!("{:.0}k", lines as f64 / median));
        let remark = case.runs.first().map_or("", |run| run.remark.as_str());
        let peak = peak(case);
        println!(
            "| {} | {} | {median:.0} | {first:.0} to {last:.0} | {rate} | {peak:.0} | {remark} |",
            case.name, case.size
        );
    }
}

/// From each size to the next.
fn growth(cases: &[Case]) {
    println!("\n| growth | lines | time | peak memory |");
    println!("| --- | ---: | ---: | ---: |");
    for name in ["`flowc check`, a generated project", "`flowc build`, a generated project"] {
        let sizes: Vec<&Case> = cases.iter().filter(|case| case.name == name).collect();
        for pair in sizes.windows(2) {
            let [small, large] = pair else { continue };
            let (Some((before, ..)), Some((after, ..))) = (time(small), time(large)) else { continue };
            let (Some(few), Some(many)) = (small.lines, large.lines) else { continue };
            let (lines, time, peak) = (many as f64 / few as f64, after / before, peak(large) / peak(small));
            println!("| {name}, to {} | {lines:.2} | {time:.2} | {peak:.2} |", large.size);
        }
    }
}

fn stages(cases: &[Case]) {
    let of: Vec<&Case> = cases.iter().filter(|case| case.task == "stages").collect();
    let Some(run) = of.last().and_then(|case| case.runs.first()) else { return };
    let sizes: Vec<&str> = of.iter().map(|case| case.size.as_str()).collect();
    println!("\n| stage, median in ms | {} |", sizes.join(" | "));
    println!("| --- | {} |", vec!["---:"; of.len()].join(" | "));
    for (_, stage, _) in run.figures.iter().filter(|(word, ..)| word == "stage") {
        let median = |case: &&Case| {
            let values = figures(case, "stage").filter(|(name, _)| name == stage).map(|(_, value)| value);
            spread(values.collect()).map_or("–".to_owned(), |(median, ..)| format!("{median:.1}"))
        };
        println!("| {stage} | {} |", of.iter().map(median).collect::<Vec<_>>().join(" | "));
    }
}

fn edits(cases: &[Case]) {
    println!();
    for case in cases.iter().filter(|case| case.task == "edits") {
        for kind in ["body", "signature"] {
            let values = figures(case, "edit").filter(|(name, _)| *name == kind).map(|(_, value)| value);
            let Some((median, first, worst)) = spread(values.collect()) else { continue };
            let busy = figures(case, "edit-busy").filter(|(name, _)| *name == kind).map(|(_, value)| value);
            let busy = spread(busy.collect()).map_or(f64::NAN, |(median, ..)| median);
            println!(
                "- one edited file of {}, a {kind}: {median:.1} ms (least {first:.1}, worst {worst:.1}), {busy:.1} ms of a \
                 processor, {:.0} MiB",
                case.size,
                peak(case)
            );
        }
    }
}

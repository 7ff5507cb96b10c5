//! What a program gets depends neither on the seed nor on what else the machine does: one verdict on each scenario, one score,
//! and one set of causes.
//!
//! Without further ado a few programs are graded with two seeds. All of them, with as many seeds as you like, beside a busy
//! loop on every processor:
//!
//! ```text
//! LENGTHWISE_SEEDS=50 cargo test --release --test programs seeds::
//! ```

use std::collections::BTreeSet;
use std::env;
use std::path::Path;

use libtest_mimic::{Failed, Trial};
use serde_json::Value;

use crate::support::report::{grade, results};
use crate::support::whole::one_in;
use crate::trial;

const SEEDS: u64 = 2;
/// One in so many programs is graded unless the number of seeds was asked for.
const SAMPLED: usize = 24;

/// The number of seeds that was asked for.
pub(crate) fn asked() -> Option<u64> {
    env::var("LENGTHWISE_SEEDS").ok().map(|seeds| seeds.parse().expect("LENGTHWISE_SEEDS is a number"))
}

/// A trial for each of these programs, or for some of them: the name, and what makes the program, in a folder that it may use, and
/// gives the arguments of the harness that reach it.
pub(crate) fn trials<A>(programs: impl Iterator<Item = (String, A)>) -> impl Iterator<Item = Trial>
where
    A: Fn(&Path) -> Result<Vec<String>, String> + Send + 'static,
{
    let (seeds, step) = asked().map_or((SEEDS, one_in(SAMPLED)), |seeds| (seeds, 1));
    // One that spins keeps a processor busy for two deadlines in each scenario.
    let is_quick = move |name: &str| step == 1 || !name.contains("spins");
    programs.step_by(step).filter(move |(name, _)| is_quick(name)).map(move |(name, arguments)| {
        trial("seeds", &name, move || {
            let work = tempfile::tempdir()?;
            // What the program is made of may go when `arguments` does.
            is_steady(&arguments(work.path())?, seeds)
        })
    })
}

/// What must not vary: the verdicts, the points, and what is named as the cause.
fn outcome(run: &Value) -> BTreeSet<String> {
    let of_result = |result: &Value| {
        let [casting, id, verdict, points] = ["casting", "id", "verdict", "points"].map(|key| &result[key]);
        let cause = result["finding"]["cause"]["text"].as_str().unwrap_or_default();
        format!("{casting} {id} {verdict} {points} {cause}")
    };
    let whole = format!("{} {}", run["verdict"], run["score"]);
    results(run).iter().map(of_result).chain([whole]).collect()
}

/// What was found, in words and in bytes.
fn findings(run: &Value) -> Vec<String> {
    let found = results(run).iter().filter(|result| result["finding"].is_object());
    found.map(|result| format!("{} {} {}", result["casting"], result["id"], result["finding"])).collect()
}

fn is_steady(arguments: &[String], seeds: u64) -> Result<(), Failed> {
    let mut first = None;
    for seed in 1..=seeds {
        let seed = seed.to_string();
        let arguments: Vec<&str> = arguments.iter().map(String::as_str).chain(["--seed", &seed]).collect();
        let run = grade(&arguments);
        let outcome = outcome(&run);
        let (first, first_run) = first.get_or_insert_with(|| (outcome.clone(), run.clone()));
        if *first != outcome {
            let with_first: Vec<_> = first.difference(&outcome).collect();
            let with_this: Vec<_> = outcome.difference(first).collect();
            let found = [&*first_run, &run].map(findings);
            return Err(
                format!("with seed 1 {with_first:#?}, with seed {seed} {with_this:#?}: {found:#?}").into()
            );
        }
    }
    Ok(())
}

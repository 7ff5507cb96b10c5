//! The diagnosis, of programs that are right and of programs whose mistakes are known.

use arbitrary::{Result, Unstructured};

use super::played::{case, right_transcript, side};
use crate::bug;
use crate::conversation::Transcript;
use crate::diagnosis::{Cause, Instance, Observation, ObservedOutcome, Subject, investigate, predict};
use crate::judge::judge;
use crate::scenario::Case;
use crate::side::Side;
use crate::verdict::Verdict;

/// No more conversations are observed.
const CASES_MAX: usize = 3;

/// No mistake is named for a side that is right, not even where everything it did is to be explained; and what is named for one that
/// makes a mistake is something that its side can do.
pub fn diagnosis(data: &[u8]) {
    let _ = check(&mut Unstructured::new(data));
}

/// A side that cannot be asked anything more.
struct Gone;

impl Subject for Gone {
    fn next_instance(&self) -> Option<Instance> {
        None
    }

    fn play(&mut self, _: &Case) -> Option<Observation> {
        None
    }
}

fn check(input: &mut Unstructured<'_>) -> Result<()> {
    let side = side(input)?;
    let [mistake, variant]: [u8; 2] = input.arbitrary()?;
    let mut cases = Vec::new();
    while cases.len() < CASES_MAX && !input.is_empty() {
        cases.extend(case(input, side)?);
    }
    // Mistakes are those of one assignment.
    let Some(assignment) = cases.first().map(|case: &Case| case.assignment) else { return Ok(()) };
    cases.retain(|case| case.assignment == assignment);
    let bugs: Vec<_> = bug::catalogue_for(&assignment).collect();

    let right = cases.iter().filter_map(|case| {
        let transcript = right_transcript(case, side, variant.into())?;
        Some(Observation::new(case.clone(), ObservedOutcome::Exactly(transcript)))
    });
    let mut observations: Vec<_> = right.collect();
    let named = investigate(&bugs, &mut observations, side, &mut Gone);
    assert!(Cause::of(&named, &observations, side).is_none(), "{named:?} is named for a side that is right");

    let of_side: Vec<_> = bugs.iter().filter(|bug| bug.sides.contains(&side)).collect();
    let Some(bug) = of_side.get(usize::from(mistake) % of_side.len().max(1)) else { return Ok(()) };
    let program = bug.program();
    let mut observations = Vec::new();
    for case in cases {
        // What depends on timing is not known.
        let Some(transcript) = predict(&case, side, &program) else { return Ok(()) };
        let outcome = match fails(&case, side, &transcript) {
            true => ObservedOutcome::Exactly(transcript),
            false => ObservedOutcome::Pass,
        };
        observations.push(Observation::new(case, outcome));
    }
    // What is named may be another mistake that shows in the same way, or may show only where the network is slow.
    for hypothesis in investigate(&bugs, &mut observations, side, &mut Gone) {
        let are_of_side = hypothesis.bugs.iter().all(|bug| bug.sides.contains(&side));
        assert!(are_of_side && !hypothesis.bugs.is_empty(), "{:?}", hypothesis.bugs);
    }
    Ok(())
}

fn fails(case: &Case, side: Side, transcript: &Transcript) -> bool {
    matches!(judge(case, side.into(), transcript), Verdict::Fail(_))
}

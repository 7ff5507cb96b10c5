use super::*;
use crate::assignment::Assignment;
use crate::bug;
use crate::bug::pairs::pairs;

/// Which seed is no matter.
const SEED: u64 = 7;

fn scripts(casting: Casting) -> Vec<Script> {
    let scenarios = scenario::catalogue().filter(|scenario| scenario.castings.contains(&casting));
    let cast = scenarios.flat_map(|scenario| {
        let of = move |delivery: &_| Script::new(scenario, &Assignment::default(), *delivery, SEED);
        scenario.deliveries.iter().map(of)
    });
    cast.collect()
}

/// What a run sees of a side that runs `program`: each scenario under each of its deliveries, until one fails.
fn witnesses(program: &Program, casting: Casting) -> Vec<Witness> {
    let mut failed = "";
    let mut witnesses = Vec::new();
    for script in scripts(casting) {
        if script.scenario.id == failed {
            continue;
        }
        let witness = witness(script, program, casting);
        if let Seen::This(_) = witness.seen {
            failed = witness.script.scenario.id;
        }
        witnesses.push(witness);
    }
    witnesses
}

/// Where it depends on chance, the less that a read or a send brings, the more goes wrong.
fn witness(script: Script, program: &Program, casting: Casting) -> Witness {
    let transcript = play(&script, casting, program, Chance::Little).transcript;
    let seen = match judge(&script, casting, &transcript) {
        Verdict::Pass => Seen::Pass,
        _ => Seen::This(transcript),
    };
    Witness { script, seen }
}

/// A side that runs a program, without sockets.
struct Side<'a> {
    program: &'a Program,
    casting: Casting,
}

impl Witnessing for Side<'_> {
    fn may_stop(&self) -> Option<bool> {
        Some(true)
    }

    fn play(&mut self, script: &Script) -> Option<Transcript> {
        Some(play(script, self.casting, self.program, Chance::Little).transcript)
    }
}

/// Which of `bugs` a run comes to that has seen `witnesses`, with the conversations that it has at the end.
fn named_among(
    bugs: &[&'static Bug],
    witnesses: Vec<Witness>,
    program: &Program,
    casting: Casting,
) -> Vec<&'static str> {
    let suspects = inquire(bugs, witnesses, casting, &mut Side { program, casting });
    suspects.iter().map(|suspect| suspect.bug.id).collect()
}

fn named(program: &Program, casting: Casting) -> Vec<&'static str> {
    named_among(&bug::catalogue().collect::<Vec<_>>(), witnesses(program, casting), program, casting)
}

/// The bugs that explain what a run of all scenarios sees of a side that runs `program`.
fn explaining(program: &Program, casting: Casting) -> Vec<Suspect> {
    let of_side = bug::catalogue().filter(|bug| bug.sides.contains(&casting));
    suspects(of_side, &witnesses(program, casting), casting)
}

#[test]
fn who_is_right_has_no_cause() {
    for casting in [Casting::Server, Casting::Client] {
        for script in scripts(casting) {
            for style in Style::all() {
                let program = Program::RIGHT.in_style(style);
                let transcript = predict(&script, casting, &program);
                let verdict = transcript.map(|transcript| judge(&script, casting, &transcript));
                let is_careful = !play(&script, casting, &program, Chance::Most).met_failure;
                assert!(!is_careful || verdict == Some(Verdict::Pass), "{casting} {}", script.scenario.id);
            }
        }
        assert!(explaining(&Program::RIGHT, casting).is_empty());
    }
}

#[test]
fn the_true_cause_is_named_of_every_server_with_a_bug() {
    the_true_cause_is_named(Casting::Server);
}

#[test]
fn the_true_cause_is_named_of_every_client_with_a_bug() {
    the_true_cause_is_named(Casting::Client);
}

fn the_true_cause_is_named(casting: Casting) {
    let (mut all, mut alone) = (0, 0);
    for bug in bug::catalogue().filter(|bug| bug.sides.contains(&casting)) {
        let named = named(&bug.program, casting);
        assert!(named.contains(&bug.id), "{} ({casting}) is taken for {named:?}", bug.id);
        all += 1;
        alone += usize::from(named.len() == 1);
    }
    assert!(alone * 100 >= all * 95, "only {alone} of {all} are named alone");
}

/// The scenarios that a side which runs `program` fails.
fn failed(program: &Program, casting: Casting) -> Vec<&'static str> {
    let witnesses = witnesses(program, casting);
    let failed = witnesses.iter().filter(|witness| matches!(witness.seen, Seen::This(_)));
    failed.map(|witness| witness.script.scenario.id).collect()
}

#[test]
fn of_two_bugs_at_once_none_is_named_unless_it_explains_everything() {
    let mut unexplained = 0;
    for casting in [Casting::Server, Casting::Client] {
        for (bugs, both) in pairs(casting) {
            let suspects = explaining(&both, casting);
            unexplained += usize::from(suspects.is_empty());
            for suspect in suspects {
                let (predicted, seen) = (failed(&suspect.program, casting), failed(&both, casting));
                let ids = bugs.map(|bug| bug.id);
                assert_eq!(predicted, seen, "{casting} with {ids:?} is taken for {}", suspect.bug.id);
            }
        }
    }
    // The others hide each other: what makes every message wrong leaves nothing else to be seen.
    assert!(unexplained > 10, "only {unexplained} are left open");
}

//! The judge, on what happens when a case is played, and on what cannot have happened.

use arbitrary::{Result, Unstructured};

use super::played::{case, right_transcript, side};
use crate::assignment::Assignment;
use crate::bytes::is_unprintable;
use crate::conversation::{Answer, Ending, Entry, Transcript};
use crate::judge::{judge as judged, notes};
use crate::prose;
use crate::side::Casting;
use crate::silence::{KnownBy, Silence};
use crate::verdict::Verdict;

/// No transcript is changed in more places.
const CHANGES_MAX: usize = 8;

/// A program that is right passes, whatever is played. A byte that is changed in what it sent is noticed. And whatever stands in a
/// transcript, there is a verdict, which can be put into words.
pub fn judge(data: &[u8]) {
    let _ = check(&mut Unstructured::new(data));
}

fn check(input: &mut Unstructured<'_>) -> Result<()> {
    let side = side(input)?;
    let Some(case) = case(input, side)? else { return Ok(()) };
    let casting = Casting::from(side);
    let Some(transcript) = right_transcript(&case, side, input.arbitrary::<u8>()?.into()) else {
        return Ok(());
    };
    assert_eq!(judged(&case, casting, &transcript), Verdict::Pass, "{case:#?}\n{transcript:#?}");

    let mut entries = transcript.entries;
    for _ in 0..CHANGES_MAX {
        if input.is_empty() {
            break;
        }
        let [kind, place, value]: [u8; 3] = input.arbitrary()?;
        change(&mut entries, kind, place.into(), value);
    }
    for casting in Casting::ALL.iter().filter(|casting| case.suits(**casting)) {
        let transcript = Transcript::from(entries.clone());
        put_into_words(&judged(&case, *casting, &transcript), &case.assignment);
        for note in notes(&case, &transcript) {
            assert!(!prose::note(&note).is_empty());
        }
    }
    Ok(())
}

fn put_into_words(verdict: &Verdict, assignment: &Assignment) {
    if let Verdict::Fail(finding) = verdict {
        let summary = prose::summary(finding, assignment);
        assert!(!summary.is_empty() && !summary.chars().any(is_unprintable), "{summary:?}");
        let _ = prose::evidence(finding, assignment);
    }
}

/// Changes a transcript in one place.
fn change(entries: &mut Vec<Entry>, kind: u8, place: usize, value: u8) {
    let place = place % (entries.len() + 1);
    let silence =
        Silence { waited: std::time::Duration::from_secs(value.into()), known_by: KnownBy::Deadline };
    let connection = usize::from(value % 4);
    match (kind % 9, entries.get_mut(place)) {
        (0, Some(_)) => drop(entries.remove(place)),
        (1, Some(entry)) => {
            let again = entry.clone();
            entries.insert(place, again);
        }
        (2, Some(_)) => entries.truncate(place),
        (3, Some(Entry::Received { bytes, .. })) => match usize::from(value) % (bytes.len() + 1) {
            at if at < bytes.len() => bytes[at] ^= 1 << (value % 8),
            _ => bytes.push(value),
        },
        (4, Some(Entry::Received { bytes, .. })) => bytes.truncate(usize::from(value) % (bytes.len() + 1)),
        (3 | 4, Some(Entry::Answered { answer, .. })) => {
            *answer = match value % 4 {
                0 => Answer::Received { payload: "wrong".into(), received: true },
                1 => Answer::Error("\u{1b}[31mno".into()),
                2 => Answer::Silent(silence),
                _ => Answer::Forged,
            };
        }
        (5, _) => entries.insert(place, Entry::Received { connection, bytes: vec![value; 5] }),
        (6, _) => entries.insert(place, Entry::Silent { connection, silence }),
        (7, _) => {
            let ending = if value.is_multiple_of(2) { Ending::Closed } else { Ending::Reset };
            entries.insert(place, Entry::Ended { connection, ending });
        }
        (8, _) => entries.insert(place, Entry::Aborted),
        _ => {}
    }
}

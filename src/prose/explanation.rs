//! What is known of a mistake.

use crate::assignment::Assignment;
use crate::bug;
use crate::diagnosis::Symptom;

/// All that there is to say about the bug or the symptom with this id: each text under its heading, in the order in which they
/// help. Nothing where there is none: a recording may come from another version of the harness.
#[must_use]
pub fn explanation(id: &str, assignment: &Assignment) -> Option<Vec<(&'static str, String)>> {
    if let Some(bug) = bug::find(id) {
        return Some(bug.headings(assignment).to_vec());
    }
    let headings = Symptom::find(id)?.headings();
    Some(headings.map(|(heading, text)| (heading, text.to_owned())).to_vec())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::diagnosis::SYMPTOMS;

    #[test]
    fn bugs_and_symptoms_are_explained_and_nothing_else() {
        let assignment = Assignment::default();
        for id in bug::catalogue().map(|bug| bug.id).chain(SYMPTOMS.iter().map(|symptom| symptom.id)) {
            assert!(explanation(id, &assignment).is_some_and(|headings| headings.len() == 5), "{id}");
        }
        assert_eq!(explanation("nonsense", &assignment), None);
    }
}

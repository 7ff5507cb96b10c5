//! How a submission is reached, in the words of the person who named it.

use std::collections::BTreeMap;
use std::fmt;

use serde::{Deserialize, Serialize};

/// What is shown of a detail that is no part of what reaches the target: the version of what runs it, what was
/// taken for its files where they have other names, and what it lacks.
const CIRCUMSTANCES: &[(&str, &str)] =
    &[("python", "Python"), ("server_file", "server"), ("client_file", "client"), ("left_out", "without")];

/// The detail that names the layers which keep a submission apart. It has a line of its own.
const CONTAINMENT: &str = "contained_by";

/// What keeps a submission apart that the harness starts.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum ContainedBy<'d> {
    /// These layers, as in `landlock 7, own uid`.
    Layers(&'d str),
    /// Nothing: it can do whatever the user can who runs the harness.
    Nothing,
}

impl fmt::Display for ContainedBy<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Layers(layers) => layers,
            Self::Nothing => "nothing",
        })
    }
}

/// How a submission is reached: the kind of target, and what the user wrote to name it.
///
/// It is data, so that a new kind of target needs no new case here and in the reports.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct TargetDescription {
    kind: String,
    #[serde(flatten)]
    details: BTreeMap<String, Option<String>>,
}

impl TargetDescription {
    /// A target of this kind.
    #[must_use]
    pub fn new(kind: &str) -> Self {
        Self { kind: kind.into(), details: BTreeMap::new() }
    }

    /// The reference client and server, in the harness's own process.
    #[must_use]
    pub fn built_in() -> Self {
        Self::new("built-in")
    }

    /// Adds a detail.
    #[must_use]
    pub fn with(mut self, name: &str, value: impl fmt::Display) -> Self {
        self.details.insert(name.into(), Some(value.to_string()));
        self
    }

    /// Adds a detail that a target of this kind may have and this one has not.
    #[must_use]
    pub fn without(mut self, name: &str) -> Self {
        self.details.insert(name.into(), None);
        self
    }

    /// Says what the kernel keeps the submission from, in the names of the layers that hold; nothing where none does.
    #[must_use]
    pub fn contained_by(self, layers: Option<String>) -> Self {
        match layers {
            Some(layers) => self.with(CONTAINMENT, layers),
            None => self.without(CONTAINMENT),
        }
    }

    /// What keeps the submission apart, if it is started by the harness.
    #[must_use]
    pub fn containment(&self) -> Option<ContainedBy<'_>> {
        let layers = self.details.get(CONTAINMENT)?;
        Some(layers.as_deref().map_or(ContainedBy::Nothing, ContainedBy::Layers))
    }

    /// Whether the harness starts a program for it.
    #[must_use]
    pub fn starts_programs(&self) -> bool {
        self.details.contains_key(CONTAINMENT)
    }

    /// A detail, if the target has it.
    #[must_use]
    pub fn detail(&self, name: &str) -> Option<&str> {
        self.details.get(name)?.as_deref()
    }

    /// The kind of target.
    #[must_use]
    pub fn kind(&self) -> &str {
        &self.kind
    }

    /// The target in a line: `client.js and 127.0.0.1:9000`, `my-work  Python 3.13.1`.
    #[must_use]
    pub fn title(&self) -> String {
        let named = || self.details.iter().filter(|(name, _)| *name != CONTAINMENT);
        let known = || named().filter_map(|(name, value)| Some((&**name, value.as_deref()?)));
        let circumstance =
            |name: &str| CIRCUMSTANCES.iter().find(|(known, _)| *known == name).map(|(_, shown)| *shown);
        let reached: Vec<_> =
            known().filter(|(name, _)| circumstance(name).is_none()).map(|(_, value)| value).collect();
        let mut title = match reached.is_empty() {
            true => "the built-in reference client and server".to_owned(),
            false => reached.join(" and "),
        };
        // In the order of the table, whatever their names.
        let shown = CIRCUMSTANCES.iter().filter_map(|(name, shown)| {
            let value = self.details.get(*name)?.as_deref()?;
            Some((shown, value))
        });
        for (shown, value) in shown {
            title.push_str(&format!("  {shown} {value}"));
        }
        title
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    /// What a report's `target` is, and the line that a person reads.
    #[test]
    fn every_kind_keeps_its_form_and_is_read_back() {
        let client = || TargetDescription::new("client").with("command", "node c.js");
        for (description, form, title) in [
            (
                TargetDescription::built_in(),
                json!({ "kind": "built-in" }),
                "the built-in reference client and server",
            ),
            (
                TargetDescription::new("address").with("address", "[::1]:9000"),
                json!({ "kind": "address", "address": "[::1]:9000" }),
                "[::1]:9000",
            ),
            (
                client().without("server"),
                json!({ "kind": "client", "command": "node c.js", "server": null }),
                "node c.js",
            ),
            (
                client().with("server", "a:1"),
                json!({ "kind": "client", "command": "node c.js", "server": "a:1" }),
                "node c.js and a:1",
            ),
            (
                TargetDescription::new("submission").with("path", "work").with("python", "3.13.1"),
                json!({ "kind": "submission", "path": "work", "python": "3.13.1" }),
                "work  Python 3.13.1",
            ),
            (
                TargetDescription::new("submission")
                    .with("path", "work")
                    .with("left_out", "pipe (not readable)"),
                json!({ "kind": "submission", "path": "work", "left_out": "pipe (not readable)" }),
                "work  without pipe (not readable)",
            ),
        ] {
            assert_eq!(serde_json::to_value(&description).unwrap(), form);
            assert_eq!(serde_json::from_value::<TargetDescription>(form).unwrap(), description);
            assert_eq!(description.title(), title);
            assert_eq!(description.containment(), None);
        }
    }

    #[test]
    fn what_keeps_a_submission_apart_is_no_part_of_its_title() {
        let started = || TargetDescription::new("command").with("command", "s");
        for (layers, form, contained_by) in [
            (Some("landlock 7"), json!("landlock 7"), ContainedBy::Layers("landlock 7")),
            (None, json!(null), ContainedBy::Nothing),
        ] {
            let description = started().contained_by(layers.map(Into::into));
            let json = serde_json::to_value(&description).unwrap();
            assert_eq!(json, json!({ "kind": "command", "command": "s", "contained_by": form }));
            assert_eq!(description.containment(), Some(contained_by));
            assert_eq!(description.title(), "s");
        }
    }
}

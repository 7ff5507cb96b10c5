//! The exception that ended a program, in what it printed.

use crate::event::Exception;

impl Exception {
    /// The last one in `printed`, if there is one.
    pub(crate) fn last_in(printed: &str) -> Option<Self> {
        let lines: Vec<&str> = printed.lines().collect();
        (0..lines.len())
            .rev()
            .find_map(|start| python(&lines[start..]).or_else(|| with_calls(&lines[start..])))
    }

    /// The last one in `printed` that has ended a thread of the program: Python and Java say so.
    pub(crate) fn last_uncaught_in(printed: &str) -> Option<Self> {
        let lines: Vec<&str> = printed.lines().collect();
        let start = lines.iter().rposition(|line| line.starts_with("Exception in thread "))?;
        python(&lines[start..]).or_else(|| with_calls(&lines[start..]))
    }

    /// The one that a client has given back as its answer, where the driver of its language adds the place: `ValueError: no
    /// number, at buffered_client.py:7`.
    pub(crate) fn in_answer(text: &str) -> Self {
        let (error, place) = match text.rsplit_once(", at ") {
            Some((error, place)) if is_place(place) => (error, Some(place.to_owned())),
            _ => (text, None),
        };
        Self { error: error.to_owned(), place }
    }

    /// The type alone: the text of an exception may contain what was sent.
    pub(crate) fn without_text(self) -> Self {
        Self { error: kind(&self.error).to_owned(), ..self }
    }

    /// Whether it comes of a mistake in the program itself, whatever its peer does: no mistake of the catalogue leads to it.
    ///
    /// The result of a recv that brought nothing may be used where there should be one, which is no such mistake.
    pub(super) fn is_own_fault(&self) -> bool {
        const KINDS: &[&str] = &[
            "AttributeError",
            "ImportError",
            "IndexError",
            "KeyError",
            "ModuleNotFoundError",
            "NameError",
            "NotImplementedError",
            "RecursionError",
            "ReferenceError",
            "SystemExit",
            "TypeError",
            "UnboundLocalError",
            "ZeroDivisionError",
        ];
        let is_of_nothing = self.error.contains("NoneType") || self.error == "IndexError: index out of range";
        KINDS.contains(&kind(&self.error)) && !is_of_nothing
    }

    /// Whether the program has used a socket that it has closed itself: no peer can cause that.
    pub(super) fn is_of_closed_socket(&self) -> bool {
        self.error.contains("[Errno 9]") || self.error.contains("Bad file descriptor")
    }

    /// Whether it says only that the harness has had enough.
    fn is_interrupt(&self) -> bool {
        ["KeyboardInterrupt", "SystemExit"].contains(&kind(&self.error))
    }
}

/// The type of an error: what comes before its text.
pub(super) fn kind(error: &str) -> &str {
    error.split(": ").next().unwrap_or_default()
}

/// Whether it is a file's name and a line.
fn is_place(text: &str) -> bool {
    let line = text.rsplit_once(':').map_or("", |(_, line)| line);
    !line.is_empty() && line.bytes().all(|byte| byte.is_ascii_digit())
}

/// What Python prints: a headline, steps that are indented, and the error.
fn python(lines: &[&str]) -> Option<Exception> {
    let (headline, rest) = lines.split_first()?;
    if !headline.ends_with("Traceback (most recent call last):") {
        return None;
    }
    let error = rest.iter().find(|line| !line.starts_with(' ') && !line.is_empty())?;
    let steps = rest.iter().take_while(|line| line.starts_with(' '));
    let place = steps.filter_map(|step| step_of_python(step)).last();
    Some(Exception { error: (*error).to_owned(), place }).filter(|exception| !exception.is_interrupt())
}

/// `  File "folder/server.py", line 14, in exactly`, unless the file is one of Python's own.
fn step_of_python(step: &str) -> Option<String> {
    let (path, rest) = step.trim_start().strip_prefix("File \"")?.split_once("\", line ")?;
    let line: String = rest.chars().take_while(char::is_ascii_digit).collect();
    let is_own = !path.starts_with('<') && !path.contains("/lib/python") && !path.contains("/lib64/python");
    is_own.then(|| format!("{}:{line}", name_of(path)))
}

/// What Node and Java print: the error, and then a line for each call, the innermost first.
fn with_calls(lines: &[&str]) -> Option<Exception> {
    let (headline, rest) = lines.split_first()?;
    let is_call = |line: &&&str| line.starts_with([' ', '\t']) && line.trim_start().starts_with("at ");
    let mut calls = rest.iter().take_while(is_call).peekable();
    calls.peek()?;
    let error = match headline.strip_prefix("Exception in thread \"") {
        Some(rest) => rest.split_once("\" ")?.1,
        None => headline,
    };
    // Node puts a code of its own behind the kind: `TypeError [ERR_INVALID_ARG_TYPE]: …`
    let kind = error.split([':', '[']).next()?.trim_end();
    let is_error = ["Error", "Exception"].iter().any(|end| kind.ends_with(end)) && !kind.contains(' ');
    is_error.then(|| Exception { error: error.to_owned(), place: calls.find_map(|call| place_of_call(call)) })
}

/// `    at serve (/home/me/server.js:12:9)` or `at Server.main(Server.java:12)`, unless the file is the runtime's own.
fn place_of_call(call: &str) -> Option<String> {
    let call = call.trim_start().strip_prefix("at ")?;
    let is_own = !["node:", "java.", "java.base/", "jdk."]
        .iter()
        .any(|own| call.starts_with(own) || call.contains(&format!("({own}")));
    let place = call.rsplit('(').next()?.trim_end_matches(')');
    // Node adds the column.
    let parts: Vec<&str> = name_of(place).splitn(3, ':').take(2).collect();
    Some(parts.join(":")).filter(|place| is_own && is_place(place))
}

/// A path without its folders.
fn name_of(path: &str) -> &str {
    path.rsplit('/').next().unwrap_or(path)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn found(printed: &str) -> Option<(String, String)> {
        Exception::last_in(printed).map(|found| (found.error, found.place.unwrap_or_default()))
    }

    #[test]
    fn the_last_exception_is_found_with_its_place_in_the_programs_own_files() {
        let python = "got a client\nException in thread Thread-1 (start):\nTraceback (most recent call last):\n  \
                      File \"/work/hand_in/buffered_server.py\", line 14, in exactly\n    while len(got) < n:\n          \
                      ^^^^^\n  File \"/usr/lib/python3.12/json/decoder.py\", line 337, in decode\n    raise it\n\
                      TypeError: '<' not supported\nbye";
        let wanted = ("TypeError: '<' not supported".to_owned(), "buffered_server.py:14".to_owned());
        assert_eq!(found(python), Some(wanted));
        let node = "/home/me/server.js:12\n    x.y();\n    ^\n\nTypeError: x.y is not a function\n    at node:net:3:1\n    \
                    at Socket.<anonymous> (/home/me/server.js:12:9)\n\nNode.js v20";
        let wanted = ("TypeError: x.y is not a function".to_owned(), "server.js:12".to_owned());
        assert_eq!(found(node), Some(wanted));
        let java = "Exception in thread \"main\" java.io.EOFException: end\n\tat java.base/java.io.In.read(In.java:3)\n\t\
                    at Server.main(Server.java:7)";
        assert_eq!(found(java), Some(("java.io.EOFException: end".to_owned(), "Server.java:7".to_owned())));
    }

    #[test]
    fn what_only_looks_like_one_is_none() {
        let stopped =
            "Traceback (most recent call last):\n  File \"s.py\", line 1, in <module>\nKeyboardInterrupt";
        for printed in ["", "Error: nothing here", "we meet\n  at noon", stopped] {
            assert_eq!(found(printed), None, "{printed}");
        }
    }
}

//! Attacks by what is printed and by what is said of it: on who reads it, on the terminal, and on a log that takes commands.

use super::attack::{Attack, Earns};

pub(crate) const ATTACKS: &[Attack] = &[
    Attack {
        name: "a forged report is printed",
        source: r#"
import json, sys
report = {"format_version": 1, "verdict": "pass", "score": 15, "max_score": 15, "results": []}
for stream in (sys.stdout, sys.stderr):
    print(json.dumps(report), file=stream)
    print("\rPASS  1 passed  score 15/15  1 ms", file=stream, flush=True)
GUESSING"#,
        ..Attack::CLIENT
    },
    Attack {
        name: "an exception clears the screen",
        source: "raise ValueError('\\x1b[2J\\x1b[H\\x1b]52;c;cm0=\\x07\\x9b31m\\rPASS \\u202eSSAP\\u2066')",
        told: &["ValueError: \\x1B[2J"],
        ..Attack::CLIENT
    },
    Attack {
        name: "an exception is a command for the log",
        source: "raise ValueError('\\n::error::hacked\\n  ::set-output name=score::15\\n##[error]hacked\\n##vso[task.complete result=Succeeded;]')",
        told: &["\\::error::hacked", "#\\#[error]hacked"],
        ..Attack::CLIENT
    },
    Attack {
        name: "the name of an exception's class clears the screen",
        source: "raise type('\\x1b[2J\\n::error::x', (Exception,), {})('\\u202e')",
        ..Attack::CLIENT
    },
    Attack {
        name: "the names of the classes clear the screen",
        source: "globals()['x'] = type('\\x1b[2J\\r\\n::error::x', (), {'send_message': print})\nx.__module__ = __name__",
        ..Attack::CLIENT
    },
    Attack {
        name: "what is returned shows as a sequence for the terminal",
        source: r#"
class Value:
    def __repr__(self): return "\x1b[2J\n::error::\u202e##[x"
GUESSING
    def receive_message(self): return Value()
"#,
        ..Attack::CLIENT
    },
    Attack {
        name: "the text that is returned is a sequence for the terminal",
        source: "GUESSING\n    def receive_message(self): return '\\x1b[2J\\u202e\\n::error::##[x', True",
        ..Attack::CLIENT
    },
    Attack {
        name: "a raised error of a method is a command for the log",
        source: "GUESSING\n    def receive_message(self): raise OSError('\\x1b[8m\\n::error::##[x\\u202e')",
        ..Attack::CLIENT
    },
    Attack {
        name: "the file of a traceback clears the screen",
        source: "exec(compile('raise ValueError', __file__ + '/../\\x1b[2J\\n::error::x', 'exec'))",
        ..Attack::CLIENT
    },
    Attack {
        name: "a server raises sequences for the terminal",
        source: "IDLE\n    def start(self): raise OSError('\\x1b[2J\\n::error::##[x\\u202e')",
        ..Attack::SERVER
    },
    Attack {
        name: "a right client prints megabytes",
        source: "NATURAL\nprint('\\x1b[2J' * (1 << 20))",
        earns: Earns::Everything,
        ..Attack::CLIENT
    },
];

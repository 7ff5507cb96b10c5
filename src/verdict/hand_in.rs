//! Why a hand-in cannot be played with, where that is its own doing.

use std::time::Duration;

use serde::{Deserialize, Serialize};

use crate::silence::Silence;

/// What keeps a hand-in from being played with. Texts are those of its own language.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "kind", rename_all = "kebab-case")]
pub enum HandInFault {
    /// A file cannot be imported, or has no class that can be used.
    NotLoaded {
        /// Why, in a sentence with the place in the file. It is made by the program that imports the file, in the file's own
        /// language, where the exception and its traceback are at hand.
        why: String,
        /// The traceback.
        details: String,
    },
    /// The import of a file did not come to its end.
    ImportHung {
        /// The name of the file.
        file: String,
        /// How long was waited for it.
        #[serde(rename = "waited_ns", with = "crate::nanoseconds")]
        waited: Duration,
        /// Where it was, if it could be made to tell.
        place: Option<String>,
    },
    /// The import of a file closed the descriptors of the interpreter.
    ImportClosedDescriptors {
        /// The name of the file.
        file: String,
        /// How the interpreter ended.
        status: String,
    },
    /// The import of a file ended the interpreter.
    ImportEnded {
        /// The name of the file.
        file: String,
        /// How the interpreter ended.
        status: String,
    },
    /// The import of a file wrote to the harness's channel.
    ImportWroteToChannel {
        /// The name of the file.
        file: String,
    },
    /// The interpreter that had imported a file was ended.
    InterpreterEnded {
        /// The name of the file.
        file: String,
        /// At what time.
        during: GradingStage,
        /// How the interpreter ended.
        status: String,
    },
    /// The constructor of the server failed.
    ConstructorFailed {
        /// With which error.
        error: String,
    },
    /// The constructor of the server did not return.
    ConstructorHung {
        /// How long was waited for it.
        silence: Silence,
    },
    /// The constructor of the server ended the process.
    ConstructorEnded {
        /// How the process ended.
        status: String,
    },
    /// The server's `start()` ended before the server listened.
    StartEnded {
        /// The address that it had to listen on.
        address: String,
        /// How it ended.
        how: String,
    },
    /// Setting the flag that tells the server to stop raised an exception.
    StopRaised {
        /// Which one.
        error: String,
    },
    /// Setting the flag that tells the server to stop did not return.
    StopHung {
        /// How long was waited for it.
        silence: Silence,
    },
    /// The process of the server was gone before it was told to stop.
    EndedBeforeStop {
        /// How it ended.
        status: String,
    },
    /// The server does not listen on its port.
    NotListening {
        /// The address that it had to listen on.
        address: String,
        /// How long was waited for it.
        silence: Silence,
        /// The address that it listens on instead, if there is one.
        elsewhere: Option<String>,
    },
}

/// A stage of grading a hand-in.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum GradingStage {
    /// While its file was imported.
    Import,
    /// After that, before a scenario.
    BetweenScenarios,
    /// During a scenario.
    Scenario,
}

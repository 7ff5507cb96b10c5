//! Hand-ins that cannot be played with.

use super::silence;
use crate::english::ms;
use crate::side::Side;
use crate::verdict::{GradingStage, HandInFault};

/// What is wrong with a hand-in, in a sentence.
pub(super) fn hand_in(fault: &HandInFault) -> String {
    match fault {
        HandInFault::NotLoaded { why, .. } => why.clone(),
        HandInFault::ImportHung { file, waited, .. } => {
            format!("The import of {file} had not ended after {}.", ms(*waited))
        }
        HandInFault::ImportClosedDescriptors { file, .. } => {
            format!("The import of {file} closed descriptors that are not its own.")
        }
        HandInFault::ImportEnded { file, status } => {
            format!("The import of {file} ended the interpreter: {status}.")
        }
        HandInFault::ImportWroteToChannel { file } => {
            format!("While it was imported, {file} wrote to a descriptor that it had not opened.")
        }
        HandInFault::InterpreterEnded { file, during, status } => {
            let when = match during {
                GradingStage::Import => "by its import",
                GradingStage::BetweenScenarios => "before a scenario",
                GradingStage::Scenario => "during a scenario",
            };
            format!("The interpreter that had imported {file} was ended {when}: {status}.")
        }
        HandInFault::ConstructorFailed { .. } => "The constructor of the server failed.".into(),
        HandInFault::ConstructorHung { silence } => {
            silence::in_vain("The constructor of the server did not return", Side::Server, *silence)
        }
        HandInFault::ConstructorEnded { .. } => "The process of the server ended in its constructor.".into(),
        HandInFault::StartEnded { .. } => "The server's start() ended before it listened on its port.".into(),
        HandInFault::StopRaised { .. } => "Setting keep_running to False raised an exception.".into(),
        HandInFault::StopHung { silence } => {
            silence::in_vain("Setting keep_running to False did not return", Side::Server, *silence)
        }
        HandInFault::EndedBeforeStop { .. } => {
            "The process of the server ended before it was told to stop.".into()
        }
        HandInFault::NotListening { silence, .. } => {
            silence::in_vain("The server did not listen on its port", Side::Server, *silence)
        }
    }
}

/// What a hand-in has to do, and what it did.
pub(super) fn evidence(fault: &HandInFault) -> (String, String) {
    let constructed = || "an object, made from host, port and buffer size".to_owned();
    let listening = |address: &str| format!("start() listens on {address}");
    match fault {
        HandInFault::NotLoaded { details, .. } => (imported(), details.clone()),
        HandInFault::ImportHung { place: Some(place), .. } => (imported(), place.clone()),
        HandInFault::ImportHung { place: None, .. } => {
            (imported(), "nothing, not even where it is: it ignores the signal that asks for that".into())
        }
        HandInFault::ImportClosedDescriptors { status, .. } | HandInFault::ImportEnded { status, .. } => {
            (imported(), status.clone())
        }
        HandInFault::ImportWroteToChannel { .. } => (imported(), "bytes on the harness's channel".into()),
        HandInFault::InterpreterEnded { status, .. } => {
            ("a hand-in that leaves the processes around it alone".into(), status.clone())
        }
        HandInFault::ConstructorFailed { error } => (constructed(), error.clone()),
        HandInFault::ConstructorHung { .. } => (constructed(), "nothing".into()),
        HandInFault::ConstructorEnded { status } => (constructed(), status.clone()),
        HandInFault::StartEnded { address, how } => (listening(address), how.clone()),
        HandInFault::StopRaised { error } => (told_to_stop(), error.clone()),
        HandInFault::StopHung { .. } => (told_to_stop(), "nothing".into()),
        HandInFault::EndedBeforeStop { status } => {
            ("the server runs until it is told to stop".into(), status.clone())
        }
        HandInFault::NotListening { address, elsewhere, .. } => {
            let received =
                elsewhere.as_ref().map_or("nothing".into(), |other| format!("it listens on {other}"));
            (listening(address), received)
        }
    }
}

fn told_to_stop() -> String {
    "keep_running can be set to False while the server runs".into()
}

fn imported() -> String {
    "a file that can be imported, and has the class that the assignment names".into()
}

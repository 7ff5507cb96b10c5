//! The ways in which a program fails before its first reply, with texts about each for the person who wrote it.

/// A way in which a program fails before its first reply. It is a cause of its own where nothing that the program has sent
/// could show a mistake.
#[derive(Debug, PartialEq, Eq)]
pub struct Symptom {
    /// What the user types to have it explained.
    pub id: &'static str,
    text: &'static str,
    shows: &'static str,
    why: &'static str,
    find: &'static str,
    fix: &'static str,
}

impl Symptom {
    /// Everything there is to say about it: each text under its heading, in the order in which they help.
    #[must_use]
    pub const fn headings(&self) -> [(&'static str, &'static str); 5] {
        [
            ("What it is", self.text),
            ("How it shows", self.shows),
            ("Why it happens", self.why),
            ("How to find it", self.find),
            ("What to do", self.fix),
        ]
    }

    /// The symptom with this id.
    #[must_use]
    pub fn find(id: &str) -> Option<&'static Self> {
        SYMPTOMS.iter().copied().find(|symptom| symptom.id == id)
    }
}

/// Every symptom.
pub const SYMPTOMS: &[&Symptom] = &[
    &DIES_OF_A_SIGNAL,
    &RAISES_BEFORE_REPLY,
    &CLOSES_WITHOUT_REPLY,
    &NEVER_REPLIES,
    &NO_REPLY_IN_TIME,
    &ACCEPTS_INSTEAD,
    &SPINS,
    &SPEAKS_ANOTHER_PROTOCOL,
];

pub(super) const DIES_OF_A_SIGNAL: Symptom = Symptom {
    id: "dies-of-a-signal",
    text: "The program is ended by a signal before its first reply.",
    shows: "The connection ends without a single byte, and the program is gone.",
    why: "The system ends a program that touches memory that is not its own (SIGSEGV, SIGBUS), and abort or a failed \
          assert ends it with SIGABRT.",
    find: "Run it in a debugger, or compile it with -g -fsanitize=address,undefined, and send it one message.",
    fix: "Check every index and every length against the size of the buffer that it is used with.",
};

pub(super) const RAISES_BEFORE_REPLY: Symptom = Symptom {
    id: "raises-before-reply",
    text: "An exception is raised before the first reply.",
    shows: "No scenario gets a reply. The traceback is under \"printed\".",
    why: "Something is used as what it is not: unpack returns a tuple even for a single value, recv returns bytes \
          and not str, and a name may be spelled in two ways.",
    find: "Read the last line of the traceback, and look at the line of your own file that it names.",
    fix: "Fix that line first: nothing after it has run, so there may be more to find.",
};

pub(super) const CLOSES_WITHOUT_REPLY: Symptom = Symptom {
    id: "closes-without-reply",
    text: "The connection is closed before the first reply.",
    shows: "The client has sent a whole message, and finds the connection at its end or reset.",
    why: "The program leaves its loop, or catches an exception that it does not print, or ends. A connection that \
          is closed with bytes unread is reset.",
    find: "Print what each except catches, and follow one message to the line that closes the connection.",
    fix: "Send the reply before the connection is closed, and go on until the client closes it.",
};

pub(super) const NEVER_REPLIES: Symptom = Symptom {
    id: "never-replies",
    text: "No reply ever comes, although the connection stays open.",
    shows: "The client has sent a whole message, and waits forever.",
    why: "Either the program takes the message to be longer than it is and waits for the rest, or it has the whole \
          message and never sends anything, for example because it prints the reply instead, or because an except hides what \
          went wrong on the way.",
    find: "Print the length that was read, how many bytes have come, and what each except catches. If the two agree, look for the \
           send.",
    fix: "Once as many bytes have come as the length says, send the reply.",
};

pub(super) const NO_REPLY_IN_TIME: Symptom = Symptom {
    id: "no-reply-in-time",
    text: "No reply comes before the deadline, although the connection stays open.",
    shows: "The client has sent a whole message, and gives up waiting.",
    why: "Either the program looks now and then whether there is something to do, and never sees that there is, or it needs more \
          time than the harness gives it.",
    find: "Print the length that was read, and how many bytes have come. If they agree, look for the send, and at what happens \
           before it.",
    fix: "Once as many bytes have come as the length says, send the reply. If the program is right and only slow, give it more time \
          with --deadline.",
};

pub(super) const ACCEPTS_INSTEAD: Symptom = Symptom {
    id: "accepts-instead-of-replying",
    text: "The server waits for another client while the first one waits for its reply.",
    shows: "The connection stays open, and the server waits in accept.",
    why: "The loop around accept goes on before the client is served, or the thread that should serve it was never \
          started or has ended.",
    find: "Follow the connection that accept returns: which line passes it on?",
    fix: "Serve the client before accept is called again, or on a thread that is started for it.",
};

pub(super) const SPINS: Symptom = Symptom {
    id: "spins-without-reply",
    text: "The program loops forever before its first reply.",
    shows: "It keeps a processor busy, and neither reads nor sends anything.",
    why: "The condition of a loop never changes in it.",
    find: "Look at the loop that is shown under \"printed\", or interrupt the program and look where it is.",
    fix: "Make sure that each round of the loop brings its end closer.",
};

pub(super) const SPEAKS_ANOTHER_PROTOCOL: Symptom = Symptom {
    id: "speaks-another-protocol",
    text: "The server speaks another protocol, such as HTTP.",
    shows: "What it sends begins like that protocol and not with a length, or it sends nothing until a line has ended.",
    why: "The command starts a server of a library, for example http.server, or something else listens at this port.",
    find: "Look at what the command starts, and at what comes first in \"received\".",
    fix: "Accept connections of a plain TCP socket, and write the length and the payload yourself.",
};

//! Whether a case that was not made of a scenario can be played, and has an outcome that the assignment decides.

use std::borrow::Cow;
use std::collections::VecDeque;

use super::{Action, Case, CloseMode, Malformed, ReplyBatch};
use crate::english::{count, number};
use crate::limits::BUFFER_SIZE_MAX;
use crate::side::Casting;
use crate::wire::{Frame, Header};

/// Ids and titles stand in tables and file names.
const ID_LEN_MAX: usize = 80;
const TITLE_LEN_MAX: usize = 300;

/// What is wrong with a case.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Fault {
    /// The action that cannot be played, counted from 0; nothing where it is not about one.
    pub(super) action: Option<usize>,
    /// What is wrong, and what would be right.
    pub(super) why: String,
}

/// Looks at everything that a file can have and a case cannot.
pub(super) fn check(case: &Case) -> Result<(), Fault> {
    let of_case = |why: &str| Err(Fault { action: None, why: why.into() });
    let is_of_id = |char: char| char.is_ascii_alphanumeric() || "/-_.".contains(char);
    if !(1..=ID_LEN_MAX).contains(&case.id.len()) || !case.id.chars().all(is_of_id) {
        return of_case("an id is a short word of letters, digits, and the characters / - _ .");
    }
    if case.title.len() > TITLE_LEN_MAX || case.title.contains(char::is_control) {
        return of_case("the title is a line of at most 300 bytes");
    }
    if !(1..=BUFFER_SIZE_MAX).contains(&case.assignment.buffer_size) {
        return of_case("the buffer size of the assignment is out of range");
    }
    if case.actions.is_empty() {
        return of_case("there are no actions, so that nothing would be played");
    }
    let mut checker = Checker { case, clients: Vec::new(), turn: 0, stopped: false };
    let mut castings = Casting::ALL.to_vec();
    for (index, action) in case.actions.iter().enumerate() {
        let fault = |why: String| Fault { action: Some(index), why };
        checker.act(index, action).map_err(fault)?;
        castings.retain(|casting| action.suits(*casting));
        if castings.is_empty() {
            let why = "one side under test cannot be made to do this and what comes before it: no target could play the case";
            return Err(fault(why.into()));
        }
    }
    Ok(())
}

/// What has become of a connection.
#[derive(Clone, Copy, PartialEq, Eq)]
enum State {
    Open,
    /// The client sends no more.
    HalfClosed,
    /// Something was sent that is no message, so that no message can follow.
    Broken,
    /// The server is gone.
    ServerGone,
    /// The client was shut down.
    ShutDown,
    /// The client has left in another way.
    Left,
}

struct Client<'a> {
    state: State,
    /// The replies that it has not received.
    due: VecDeque<Cow<'a, str>>,
    /// How many of them are framed already where the harness is the server.
    framed: usize,
}

struct Checker<'a> {
    case: &'a Case,
    clients: Vec<Client<'a>>,
    turn: usize,
    /// Whether the server was told to stop.
    stopped: bool,
}

type Checked = Result<(), String>;

impl<'a> Checker<'a> {
    fn act(&mut self, index: usize, action: &'a Action) -> Checked {
        match action {
            Action::Connect if self.stopped => return Err("the server was told to stop before".into()),
            Action::Connect => {
                self.turn = self.clients.len();
                self.clients.push(Client { state: State::Open, due: VecDeque::new(), framed: 0 });
                return Ok(());
            }
            Action::SwitchClient { client } if *client < self.clients.len() => {
                self.turn = *client;
                return Ok(());
            }
            Action::SwitchClient { client } => {
                let connected = count(self.clients.len(), "client");
                return Err(format!(
                    "there is no client {client}: {connected} connected before, counted from 0"
                ));
            }
            Action::StopServer if self.stopped => return Err("the server was told to stop before".into()),
            Action::StopServer => {
                self.stopped = true;
                return Ok(());
            }
            _ => {}
        }
        let (case, stopped) = (self.case, self.stopped);
        let before = index.checked_sub(1).and_then(|before| case.actions.get(before));
        let Some(client) = self.clients.get_mut(self.turn) else {
            return Err("no client is connected: {\"do\": \"connect\"} has to come first".into());
        };
        match action {
            Action::Connect | Action::SwitchClient { .. } | Action::StopServer => Ok(()),
            Action::Send { messages, replies, cuts, .. } => {
                client.sends()?;
                check_send(case, messages, replies, cuts, case.actions.get(index + 1))?;
                client.due.extend(case.replies(action, Casting::CLIENT));
                Ok(())
            }
            Action::SendMalformed { kind, bytes, .. } => {
                client.sends()?;
                client.state = State::Broken;
                check_malformed(case, *kind, bytes)
            }
            Action::Receive { batch } | Action::ReceiveLate { batch } => {
                client.receives()?;
                client.receive(case, batch.as_ref(), usize::MAX)
            }
            Action::ReceiveUntilEnd { batch } => {
                client.receives()?;
                if !stopped {
                    return Err("the server does not end the connection: it was not told to stop".into());
                }
                client.receive(case, batch.as_ref(), 1)?;
                client.state = State::ServerGone;
                Ok(())
            }
            // Where no client is there, none comes for a while.
            Action::Pause => Ok(()),
            Action::ReceiveNothing if client.state == State::ServerGone => Ok(()),
            Action::ReceiveNothing => Err("a reply may still come: the server has not closed".into()),
            Action::SendInVain { messages, .. } => match client.state {
                State::ServerGone | State::ShutDown => check_texts(case, messages),
                _ => Err("this is no send in vain: the connection has not ended".into()),
            },
            Action::HalfClose => {
                client.sends()?;
                client.state = State::HalfClosed;
                Ok(())
            }
            Action::ShutDownClient => {
                client.is_there()?;
                client.state = State::ShutDown;
                Ok(())
            }
            Action::ResetClient { .. } => client.leave(),
            Action::CloseUnread | Action::CloseAtOnce => match before {
                Some(Action::Send { .. }) => client.leave(),
                _ => Err("a client leaves like this right after a send, and there is none before it".into()),
            },
            Action::ServerCloses { mode } => client.lose_server(case, *mode),
        }
    }
}

impl Client<'_> {
    fn is_there(&self) -> Checked {
        match self.state {
            State::ShutDown | State::Left => Err("this client has left already".into()),
            _ => Ok(()),
        }
    }

    fn sends(&self) -> Checked {
        self.is_there()?;
        match self.state {
            State::HalfClosed => Err("this client has closed its half, and sends no more".into()),
            State::Broken => Err("after what is no message this client can only leave".into()),
            State::ServerGone => Err("the server has closed the connection: this is a send-in-vain".into()),
            State::Open | State::ShutDown | State::Left => Ok(()),
        }
    }

    fn receives(&self) -> Checked {
        self.is_there()?;
        match self.state {
            State::ServerGone => {
                Err("the server has closed the connection: this is a receive-nothing".into())
            }
            _ => Ok(()),
        }
    }

    fn leave(&mut self) -> Checked {
        self.is_there()?;
        self.state = State::Left;
        Ok(())
    }

    /// Receives the oldest reply, with which up to `replies_max` are framed.
    fn receive(&mut self, case: &Case, batch: Option<&ReplyBatch>, replies_max: usize) -> Checked {
        let cuts = batch.map(|batch| batch.cuts.as_slice()).unwrap_or_default();
        if self.due.is_empty() {
            return Err("no reply is due: every message has been answered".into());
        }
        if self.framed > 0 && !cuts.is_empty() {
            return Err("the reply was framed with one before it, where the cuts have to stand".into());
        }
        if self.framed == 0 {
            let frames = self.due.iter().take(replies_max).map(|reply| case.frame(&**reply));
            check_cuts(cuts, &frames.collect::<Vec<_>>())?;
            self.framed = self.due.len().min(replies_max);
        }
        self.framed -= 1;
        self.due.pop_front();
        Ok(())
    }

    fn lose_server(&mut self, case: &Case, mode: CloseMode) -> Checked {
        self.sends()?;
        let reply = self.due.front().map(|reply| case.frame(&**reply).to_vec());
        let part = reply.as_ref().map_or(0, |reply| mode.part(reply, &case.assignment).len());
        let is_partial = matches!(mode, CloseMode::AfterPartialHeader | CloseMode::AfterPartialPayload);
        if is_partial && (part == 0 || reply.is_some_and(|reply| part == reply.len())) {
            return Err(
                "a server that closes inside a reply needs one that is due and can be cut there".into()
            );
        }
        self.state = State::ServerGone;
        Ok(())
    }
}

fn check_send(
    case: &Case,
    messages: &[String],
    replies: &[String],
    cuts: &[usize],
    after: Option<&Action>,
) -> Checked {
    if messages.is_empty() {
        return Err("no message is sent".into());
    }
    if !(replies.is_empty() || replies.len() == messages.len()) {
        let (messages, replies) = (count(messages.len(), "message"), count(replies.len(), "reply"));
        return Err(format!("there are {messages} and {replies}: each message has one, or none has"));
    }
    check_texts(case, messages)?;
    check_texts(case, replies)?;
    for message in messages {
        check_texts(case, &[case.reply_to(message).into_owned()])?;
    }
    let frames: Vec<_> = messages.iter().map(|message| case.frame(message.as_str())).collect();
    check_cuts(cuts, &frames)?;
    let ends_together = matches!(after, Some(Action::HalfClose | Action::CloseAtOnce));
    if ends_together && !cuts.is_empty() {
        return Err("what arrives together with the end of the connection cannot be cut".into());
    }
    Ok(())
}

/// Whether the texts can be encoded, and a header can declare how long they are.
fn check_texts(case: &Case, texts: &[String]) -> Checked {
    let assignment = &case.assignment;
    let len_max = assignment.payload_len_declarable().min(assignment.payload_len_max);
    for text in texts {
        if !assignment.charset.has(text) {
            let codec = assignment.charset.codec();
            return Err(format!("a text has a character that {codec} does not have"));
        }
        let len = assignment.charset.encode(text.as_str()).len() as u64;
        if len > len_max {
            let (len, len_max) = (number(len), number(len_max));
            return Err(format!("a text takes {len} bytes, and no payload may have more than {len_max}"));
        }
    }
    Ok(())
}

fn check_cuts(cuts: &[usize], frames: &[Frame<'_>]) -> Checked {
    let len: usize = frames.iter().map(Frame::len).sum();
    match cuts.is_sorted_by(|one, next| one < next) && cuts.iter().all(|cut| (1..len).contains(cut)) {
        true => Ok(()),
        false => Err(format!(
            "cuts are ascending offsets inside what is sent, which is {} long, lengths included",
            count(len, "byte")
        )),
    }
}

/// Whether the bytes are what they are called.
fn check_malformed(case: &Case, kind: Malformed, bytes: &[u8]) -> Checked {
    let assignment = &case.assignment;
    let header_len = assignment.header_width.bytes();
    let payload_len = bytes.len().saturating_sub(header_len) as u64;
    let declared = || {
        let declared = Header::declared(bytes, assignment);
        let declared = declared.and_then(|len| len.checked_sub(assignment.counted_header_len() as u64));
        declared.ok_or_else(|| {
            format!("these bytes are no whole header, which has {}", count(header_len, "byte"))
        })
    };
    match kind {
        Malformed::TruncatedHeader(len) if len == bytes.len() && (1..header_len).contains(&len) => Ok(()),
        Malformed::TruncatedHeader(_) => Err(format!(
            "part of a header is fewer than its {}, and as many as are named",
            count(header_len, "byte")
        )),
        Malformed::TruncatedPayload if payload_len < declared()? => Ok(()),
        Malformed::TruncatedPayload => {
            let declared = count(usize::try_from(declared()?).unwrap_or(usize::MAX), "byte");
            Err(format!(
                "the header declares {declared}, and {} follow: nothing is left out",
                number(payload_len)
            ))
        }
        Malformed::OversizedLength if payload_len < declared()? => Ok(()),
        Malformed::OversizedLength => Err("the header declares no more than what follows".into()),
        Malformed::InvalidUtf8 => {
            let declared = declared()?;
            let is_text = assignment.charset.chars(bytes.get(header_len..).unwrap_or_default()).is_some();
            match payload_len == declared && !is_text {
                true => Ok(()),
                false => Err("this is not one whole message whose payload is no text".into()),
            }
        }
    }
}

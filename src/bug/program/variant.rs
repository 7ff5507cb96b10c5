//! What programs do in different ways, because the assignment leaves it open.

use super::failure::Next;
use crate::assignment::Assignment;
use crate::side::Side;

/// One way to do what can be done in several ways.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub struct Variant {
    /// Whether a message whose length is over the limit is received all the same, instead of being refused.
    pub(super) awaits_too_long: bool,
    /// Whether what is no UTF-8 is decoded all the same, with a replacement character for each part that is wrong, as Java and
    /// JavaScript have it, instead of being refused.
    pub(super) replaces_no_text: bool,
    /// Whether a server that waits for a client notices that it is told to stop. One that blocks in `accept` does not:
    /// only a client makes that return.
    pub(super) stops_in_accept: bool,
    /// Whether a server that is done with a client waits for the next one before it closes the connection: one that never closes it,
    /// and has only one name for it. Where the client has left, nobody can tell.
    pub(super) forgets_connection: bool,
    /// Whether a server goes on when it has sent something to a client that has left: one with an event loop does, which is told of
    /// it later.
    pub(super) sends_in_vain: bool,
    /// What is left of a server that has crashed. A client passes the exception on to its caller.
    pub(super) after_crash: AfterCrash,
    /// Whether a client passes it on to its caller that a length or a text cannot be decoded, instead of reporting that nothing was
    /// received. A right client that talks to a right server has neither.
    pub(super) raises_no_text: bool,
    /// Whether a client that was shut down and has not closed its connection can still use it. One does whose `shutdown` does
    /// nothing, and one does not that forgets its socket there. A right client has no such connection.
    pub(super) keeps_socket: bool,
    /// The most that one read asks for.
    read_len: ReadLen,
}

/// The most that one read of a program asks for. It makes no difference to a program that makes no mistake when it reads.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
enum ReadLen {
    /// The buffer size that it was given.
    Buffer,
    /// That, and a length in front of it.
    BufferAndHeader,
    /// Its own choice: 2 KiB, and so on.
    Kib2,
    Kib4,
    Kib8,
    Kib16,
    Kib64,
}

impl ReadLen {
    const ALL: [Self; 7] =
        [Self::Buffer, Self::BufferAndHeader, Self::Kib2, Self::Kib4, Self::Kib8, Self::Kib16, Self::Kib64];
}

/// What is left of a server that has crashed.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub(super) enum AfterCrash {
    /// Nothing: its process has ended.
    Nothing,
    /// The port. Only the thread that serves has ended, and not the process.
    Port,
    /// The port and the connection, because both are kept in the server itself.
    PortAndConnection,
}

impl AfterCrash {
    const ALL: [Self; 3] = [Self::Nothing, Self::Port, Self::PortAndConnection];
}

impl Variant {
    /// The one that a program is unless more is known of it.
    pub const USUAL: Self = Self {
        awaits_too_long: false,
        replaces_no_text: false,
        stops_in_accept: true,
        forgets_connection: false,
        sends_in_vain: false,
        after_crash: AfterCrash::Nothing,
        raises_no_text: false,
        keeps_socket: false,
        read_len: ReadLen::Buffer,
    };

    /// This one, with each other length that its reads can ask for.
    pub(crate) fn with_other_reads(self) -> impl Iterator<Item = Self> {
        let others = ReadLen::ALL.into_iter().filter(move |read_len| *read_len != self.read_len);
        others.map(move |read_len| Self { read_len, ..self })
    }

    /// The same, without what shows only where a client leaves while something may still be sent to it, unless one `leaves`.
    pub(crate) const fn where_it_shows(self, leaves: bool) -> Self {
        Self { sends_in_vain: self.sends_in_vain && leaves, ..self }
    }

    /// Whether its reads ask for the buffer size that it was given.
    pub(crate) fn reads_by_buffer(self) -> bool {
        self.read_len == ReadLen::Buffer
    }

    /// The most that one read asks for, in bytes.
    pub(super) fn read_len(self, assignment: &Assignment) -> usize {
        match self.read_len {
            ReadLen::Buffer => assignment.buffer_size,
            ReadLen::BufferAndHeader => assignment.buffer_size + assignment.header_width.bytes(),
            ReadLen::Kib2 => 2 << 10,
            ReadLen::Kib4 => 4 << 10,
            ReadLen::Kib8 => 8 << 10,
            ReadLen::Kib16 => 16 << 10,
            ReadLen::Kib64 => 64 << 10,
        }
    }

    /// Every variant of a side that differs from this one in a single choice, and not in how much its reads ask for.
    pub(crate) fn neighbours(self, side: Side) -> impl Iterator<Item = Self> {
        let differs = move |other: &Self| {
            let differences = [
                self.awaits_too_long != other.awaits_too_long,
                self.replaces_no_text != other.replaces_no_text,
                self.stops_in_accept != other.stops_in_accept,
                self.forgets_connection != other.forgets_connection,
                self.sends_in_vain != other.sends_in_vain,
                self.after_crash != other.after_crash,
                self.raises_no_text != other.raises_no_text,
                self.keeps_socket != other.keeps_socket,
            ];
            differences.iter().filter(|differs| **differs).count() == 1
        };
        self.all_reading_alike(side).filter(differs)
    }

    /// This one and those that differ from it only in what shows once there is a mistake: where that makes a server crash, in what
    /// is left of it, and where it leaves a client's connection open, in whether that can still be used.
    pub(crate) fn with_mistake(
        self,
        side: Side,
        crashes: bool,
        leaves_open: bool,
    ) -> impl Iterator<Item = Self> {
        self.all_reading_alike(side).filter(move |other| {
            let after_crash = if crashes { other.after_crash } else { self.after_crash };
            let keeps_socket = if leaves_open { other.keeps_socket } else { self.keeps_socket };
            *other == Self { after_crash, keeps_socket, ..self }
        })
    }

    /// Every variant of a side whose reads ask for as much as those of this one.
    pub(crate) fn all_reading_alike(self, side: Side) -> impl Iterator<Item = Self> {
        Self::all(side).map(move |other| Self { read_len: self.read_len, ..other })
    }

    /// Every variant of a side whose reads ask for the buffer size: what only the other one does is done as usual.
    pub fn all(side: Side) -> impl Iterator<Item = Self> {
        let (choices, after_crash) = match side {
            Side::Server => (0..32, &AfterCrash::ALL[..]),
            Side::Client => (0..16, &AfterCrash::ALL[..1]),
        };
        choices.flat_map(move |choices| {
            let chosen = [1, 2, 4, 8, 16].map(|bit| choices & bit > 0);
            after_crash.iter().map(move |after_crash| match side {
                Side::Server => Self {
                    awaits_too_long: chosen[0],
                    stops_in_accept: chosen[1],
                    forgets_connection: chosen[2],
                    replaces_no_text: chosen[3],
                    sends_in_vain: chosen[4],
                    after_crash: *after_crash,
                    ..Self::USUAL
                },
                Side::Client => Self {
                    awaits_too_long: chosen[0],
                    raises_no_text: chosen[1],
                    keeps_socket: chosen[2],
                    replaces_no_text: chosen[3],
                    ..Self::USUAL
                },
            })
        })
    }

    /// What a server does that has crashed.
    pub(super) const fn after_crash(self) -> Next {
        match self.after_crash {
            AfterCrash::Nothing => Next::Nobody,
            AfterCrash::Port => Next::NobodyWhileListening,
            AfterCrash::PortAndConnection => Next::Nothing,
        }
    }
}

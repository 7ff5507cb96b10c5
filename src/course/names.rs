//! What the files, classes and methods of a hand-in are called.

use crate::side::Side;

/// What a hand-in is made of.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Names {
    /// The file of the server, and that of the client.
    pub server_file: String,
    /// See [`Names::server_file`].
    pub client_file: String,
    /// The classes in them; nothing where any class with the methods will do.
    pub server_class: Option<String>,
    /// See [`Names::server_class`].
    pub client_class: Option<String>,
    /// What a server is started with.
    pub start: String,
    /// What a server is shut down with once it has stopped.
    pub server_shutdown: String,
    /// The variable of a server that is set to `False` when it should stop.
    pub keep_running: String,
    /// What a client sends with.
    pub send_message: String,
    /// What a client receives with.
    pub receive_message: String,
    /// What a client is shut down with.
    pub client_shutdown: String,
    /// What the constructor of the server is given, in order.
    pub server_constructor: Vec<ConstructorValue>,
    /// What the constructor of the client is given, in order.
    pub client_constructor: Vec<ConstructorValue>,
}

/// A value that a constructor is given.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum ConstructorValue {
    /// Where to listen, or the server's host.
    Host,
    /// The server's port.
    Port,
    /// The most bytes that a read asks for.
    BufferSize,
}

impl ConstructorValue {
    /// Every value, in the order of the assignment.
    pub const ALL: [Self; 3] = [Self::Host, Self::Port, Self::BufferSize];

    /// What it is called in a file.
    #[must_use]
    pub const fn word(self) -> &'static str {
        match self {
            Self::Host => "host",
            Self::Port => "port",
            Self::BufferSize => "buffer-size",
        }
    }
}

impl Default for Names {
    /// Those of the assignment.
    fn default() -> Self {
        Self {
            server_file: "buffered_server.py".into(),
            client_file: "buffered_client.py".into(),
            server_class: None,
            client_class: None,
            start: "start".into(),
            server_shutdown: "shutdown".into(),
            keep_running: "keep_running".into(),
            send_message: "send_message".into(),
            receive_message: "receive_message".into(),
            client_shutdown: "shutdown".into(),
            server_constructor: ConstructorValue::ALL.into(),
            client_constructor: ConstructorValue::ALL.into(),
        }
    }
}

impl Names {
    /// The file of a side.
    #[must_use]
    pub fn file(&self, side: Side) -> &str {
        match side {
            Side::Server => &self.server_file,
            Side::Client => &self.client_file,
        }
    }

    /// The class of a side, if it has to have a name.
    #[must_use]
    pub fn class(&self, side: Side) -> Option<&str> {
        match side {
            Side::Server => self.server_class.as_deref(),
            Side::Client => self.client_class.as_deref(),
        }
    }

    /// The methods of a side, in the order in which they are used.
    #[must_use]
    pub fn methods(&self, side: Side) -> Vec<&str> {
        match side {
            Side::Server => vec![&self.start, &self.server_shutdown],
            Side::Client => vec![&self.send_message, &self.receive_message, &self.client_shutdown],
        }
    }

    /// What is called something else than in the assignment: how that has it, and what it is called here.
    pub fn own(&self) -> impl Iterator<Item = (&'static str, &str)> {
        let names = [
            ("start", &self.start, "start"),
            ("shutdown of the server", &self.server_shutdown, "shutdown"),
            ("keep_running", &self.keep_running, "keep_running"),
            ("send_message", &self.send_message, "send_message"),
            ("receive_message", &self.receive_message, "receive_message"),
            ("shutdown of the client", &self.client_shutdown, "shutdown"),
        ];
        let own = names.into_iter().filter(|(_, name, usual)| name != usual);
        own.map(|(part, name, _)| (part, name.as_str()))
    }

    /// What the constructor of a side is given.
    #[must_use]
    pub fn constructor(&self, side: Side) -> &[ConstructorValue] {
        match side {
            Side::Server => &self.server_constructor,
            Side::Client => &self.client_constructor,
        }
    }
}

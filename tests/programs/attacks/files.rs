//! Attacks by what lies in the folder, and on what lies beside it.

use std::ffi::OsStr;
use std::fs::{self, File};
use std::os::unix::ffi::OsStrExt;
use std::os::unix::fs::symlink;
use std::os::unix::net::UnixListener;

use rustix::fs::{CWD, Mode, mkfifoat};

use super::attack::{Attack, Earns};

pub(crate) const ATTACKS: &[Attack] = &[
    Attack {
        name: "the files of another student are executed",
        source: "exec(open('ROOM/class/alice/buffered_client.py').read())",
        needs_containment: true,
        ..Attack::CLIENT
    },
    Attack {
        name: "another student is found by the way up",
        source: r#"
import os, sys
for path in sys.path + sys.argv + [os.getcwd(), __file__]:
    for up in ["..", "../..", "../../..", "../../../.."]:
        for place, folders, files in os.walk(os.path.join(path, up)):
            folders[:] = folders[:20]
            if place.endswith("alice") and "buffered_client.py" in files:
                exec(open(place + "/buffered_client.py").read())
"#,
        needs_containment: true,
        ..Attack::CLIENT
    },
    Attack {
        name: "a link leads to another student",
        source: "from theirs import *",
        prepare: |folder| symlink("../alice/buffered_client.py", folder.join("theirs.py")).unwrap(),
        told: &["No module named 'theirs'"],
        ..Attack::CLIENT
    },
    Attack {
        name: "the file itself is a link to another student's",
        prepare: |folder| {
            fs::remove_file(folder.join("buffered_client.py")).unwrap();
            symlink("../alice/buffered_client.py", folder.join("buffered_client.py")).unwrap();
        },
        earns: Earns::NoGrade,
        told: &["is a link that leads out of the folder"],
        ..Attack::CLIENT
    },
    Attack {
        name: "the file itself is a FIFO",
        prepare: |folder| {
            fs::remove_file(folder.join("buffered_client.py")).unwrap();
            mkfifoat(CWD, folder.join("buffered_client.py"), Mode::RWXU).unwrap();
        },
        earns: Earns::NoGrade,
        ..Attack::CLIENT
    },
    Attack {
        name: "the file itself is an endless device",
        prepare: |folder| {
            fs::remove_file(folder.join("buffered_client.py")).unwrap();
            symlink("/dev/zero", folder.join("buffered_client.py")).unwrap();
        },
        earns: Earns::NoGrade,
        ..Attack::CLIENT
    },
    Attack {
        name: "what is no file lies beside a right client",
        source: "NATURAL",
        prepare: |folder| {
            mkfifoat(CWD, folder.join("fifo"), Mode::RWXU).unwrap();
            drop(UnixListener::bind(folder.join("socket")).unwrap());
            symlink("/dev/zero", folder.join("device")).unwrap();
            symlink(".", folder.join("loop")).unwrap();
            File::create(folder.join("sparse")).unwrap().set_len(1 << 40).unwrap();
            (0..200).fold(folder.to_owned(), |above, _| {
                let below = above.join("deeper");
                fs::create_dir(&below).unwrap();
                below
            });
        },
        earns: Earns::Everything,
        ..Attack::CLIENT
    },
    Attack {
        name: "names are sequences for the terminal and commands for a log",
        source: "NATURAL",
        prepare: |folder| {
            let names: [&[u8]; 5] =
                [b"\x1b[2Jx", b"a\n::error::b", b"##[error]c", b"\xff\xfe", b"\x1b]52;c;cm0gLXJm\x07"];
            for name in names {
                symlink("/dev/null", folder.join(OsStr::from_bytes(name))).unwrap();
            }
        },
        earns: Earns::Everything,
        told: &["links that lead nowhere or out of the folder"],
        ..Attack::CLIENT
    },
    Attack {
        name: "a right client removes its own files",
        source: "import os\nNATURAL\nfor name in os.listdir(): os.unlink(name)",
        earns: Earns::Everything,
        ..Attack::CLIENT
    },
    Attack {
        name: "its files and what is beside them are written to",
        source: r#"
import os
NATURAL
for path in [__file__, "ROOM/class/mallory/buffered_client.py", "ROOM/class/alice/buffered_client.py", "ROOM/home/secret",
             "ROOM/home/.pythonrc", "ROOM/class/alice/sitecustomize.py", "ROOM/reports/report", "ROOM/programs/harness",
             "/proc/sys/kernel/core_pattern", "/proc/self/oom_score_adj"]:
    try:
        with open(path, "a") as file:
            file.write("\nraise SystemExit")
    except OSError:
        pass
"#,
        earns: Earns::Everything,
        needs_containment: true,
        ..Attack::CLIENT
    },
    Attack {
        name: "a link is put where its own file was",
        source: r#"
import os
NATURAL
os.unlink(__file__)
os.symlink("ROOM/home/secret", __file__)
for directory in [os.environ["TMPDIR"], os.path.dirname(os.getcwd())]:
    for name in ["calls-1", "calls-2", "calls-3"]:
        try:
            os.symlink("ROOM/home/secret", os.path.join(directory, name))
        except OSError:
            pass
"#,
        earns: Earns::Everything,
        ..Attack::CLIENT
    },
    Attack {
        name: "nobody may enter its directories any more",
        source: "import os\nNATURAL\nos.makedirs('a/b/c')\nos.chmod('a/b', 0)\nos.chmod('a', 0)",
        earns: Earns::Everything,
        ..Attack::CLIENT
    },
];

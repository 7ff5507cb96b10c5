//! Attacks by what Python runs, loads or leaves out on its own.

use std::path::Path;
use std::process::Command;

use super::attack::{Attack, Earns};

/// Compiles `work.py` of the folder into what Python takes for the compiled source of `module`, without ever comparing the two.
fn compile(folder: &Path, module: &str, cache: &str) {
    let program = "import sys, py_compile; from importlib.util import cache_from_source\n\
                   from os.path import basename, join\n\
                   name = basename(cache_from_source(sys.argv[1] + '.py'))\n\
                   py_compile.compile('work.py', join(sys.argv[2], name), \
                   invalidation_mode=py_compile.PycInvalidationMode.UNCHECKED_HASH)";
    let status =
        Command::new("python3").args(["-c", program, module, cache]).current_dir(folder).status().unwrap();
    assert!(status.success());
    std::fs::remove_file(folder.join("work.py")).unwrap();
}

/// The work, which is right, to be compiled.
const WORK: &[(&str, &str)] = &[("work.py", "NATURAL")];

pub(crate) const ATTACKS: &[Attack] = &[
    Attack {
        name: "the work is in a cached file only",
        source: "# Nothing to see.",
        files: WORK,
        prepare: |folder| compile(folder, "buffered_client", "__pycache__"),
        told: &["it has no class"],
        ..Attack::CLIENT
    },
    Attack {
        name: "the work is in a cached file of another module",
        source: "from other import *",
        files: &[("work.py", "NATURAL"), ("other.py", "# Nothing to see.")],
        prepare: |folder| compile(folder, "other", "__pycache__"),
        told: &["buffered_client.py has no class"],
        ..Attack::CLIENT
    },
    Attack {
        name: "the cache is a link",
        source: "from other import *",
        files: &[("work.py", "NATURAL"), ("other.py", "# Nothing to see.")],
        prepare: |folder| {
            compile(folder, "other", "data");
            std::os::unix::fs::symlink("data", folder.join("__pycache__")).unwrap();
        },
        told: &["buffered_client.py has no class"],
        ..Attack::CLIENT
    },
    Attack {
        name: "a package has the name of the file",
        source: "# Nothing to see.",
        files: &[("buffered_client/__init__.py", "NATURAL")],
        told: &["it has no class"],
        ..Attack::CLIENT
    },
    Attack {
        name: "the work is in files that Python runs on its own",
        source: "# Nothing to see.",
        files: &[
            ("sitecustomize.py", "import builtins\nNATURAL\nraise SystemExit(0)"),
            ("usercustomize.py", "raise SystemExit(0)"),
            ("conftest.py", "raise SystemExit(0)"),
            ("setup.cfg", "[tool:pytest]"),
            ("work.pth", "import os; os._exit(0)"),
            ("pyvenv.cfg", "home = /nowhere"),
        ],
        told: &["it has no class"],
        ..Attack::CLIENT
    },
    Attack {
        name: "modules of Python's own names lie beside a right client",
        source: "NATURAL",
        files: &[
            ("traceback.py", "raise SystemExit(0)"),
            ("site.py", "raise SystemExit(0)"),
            ("threading.py", "import os; os._exit(0)"),
            ("posix.py", "import os; os._exit(0)"),
            ("_thread.py", "raise SystemExit(0)"),
            ("encodings/__init__.py", "raise SystemExit(0)"),
        ],
        earns: Earns::Everything,
        ..Attack::CLIENT
    },
    Attack {
        name: "a module of its own tells of its errors",
        source: "def fails():\n    raise ValueError('the truth')\nfails()\nGUESSING",
        files: &[
            ("traceback.py", "def format_exception(*_, **__): return ['all is well']"),
            ("linecache.py", "def getline(*_, **__): return 'all is well'"),
        ],
        told: &["ValueError: the truth", "    raise ValueError('the truth')", "in fails"],
        ..Attack::CLIENT
    },
    Attack {
        name: "what tells of its errors is put in place",
        source: r#"
import builtins, io, sys, types
GUESSING
fake = types.ModuleType("traceback")
fake.format_exception = lambda *_, **__: ["all is well"]
sys.modules["traceback"] = sys.modules["linecache"] = fake
class Finder:
    def find_spec(self, *_): raise SystemExit(0)
sys.meta_path[:] = [Finder()]
sys.path_hooks[:] = []
builtins.__import__ = lambda *_, **__: fake
builtins.isinstance = builtins.open = builtins.len = lambda *_: False
raise ValueError('the truth')
"#,
        told: &["ValueError: the truth", "    raise ValueError('the truth')"],
        ..Attack::CLIENT
    },
    Attack {
        name: "a right client changes the functions that everybody has",
        source: r#"
import builtins
NATURAL
for name in ("isinstance", "callable", "open", "print", "exec"):
    setattr(builtins, name, None)
"#,
        earns: Earns::Everything,
        ..Attack::CLIENT
    },
    Attack {
        name: "what sets up installed modules is its own",
        source: "import nowhere",
        files: &[("site.py", "def main():\n    import os\n    os._exit(0)")],
        told: &["No module named 'nowhere'"],
        ..Attack::CLIENT
    },
    Attack {
        name: "the interpreter is started anew with variables of its own",
        source: "import os, sys\nos.execve(sys.executable, [sys.executable, '-c', 'pass'], {'PYTHONSTARTUP': 'work.py', 'PYTHONPATH': '.'})",
        told: &["The import of buffered_client.py ended the interpreter"],
        ..Attack::CLIENT
    },
    Attack {
        name: "variables for the linker and the interpreter are set beside a right server",
        source: "import os\nos.environ.update(LD_PRELOAD='./evil.so', PYTHONPATH='.', PYTHONHOME='/', PYTHONINSPECT='1')\nNATURAL",
        earns: Earns::Everything,
        ..Attack::SERVER
    },
    Attack {
        name: "the constructor exits",
        source: "import os\nGUESSING\n    def __init__(self, host, port, buffer_size): os._exit(0)",
        ..Attack::CLIENT
    },
    Attack {
        name: "sending exits",
        source: "import os\nGUESSING\n    def send_message(self, message): os._exit(0)",
        ..Attack::CLIENT
    },
    Attack {
        name: "receiving exits",
        source: "import os\nGUESSING\n    def receive_message(self): os._exit(0)",
        ..Attack::CLIENT
    },
    Attack {
        name: "a server exits as it starts",
        source: "import os\nIDLE\n    def start(self): os._exit(0)",
        ..Attack::SERVER
    },
    Attack {
        name: "the end of the interpreter forges",
        source: "import atexit, sys\natexit.register(print, '{\"score\": 15}')\nGUESSING\n    def receive_message(self): sys.exit(0)",
        ..Attack::CLIENT
    },
    Attack {
        name: "each import is the hand-in's own",
        source: "import builtins\nGUESSING\ndef load(*_, **__): raise SystemExit(0)\nbuiltins.__import__ = load\nraise ValueError('the truth')",
        told: &["ValueError: the truth"],
        ..Attack::CLIENT
    },
    Attack {
        name: "fork returns twice",
        source: "import os, posix\nGUESSING\nposix.fork = os.fork = lambda: 0",
        ..Attack::CLIENT
    },
    Attack { name: "both of a fork go on", source: "import os\nos.fork()\nGUESSING", ..Attack::CLIENT },
    Attack {
        name: "recursion without end",
        source: "import sys\nsys.setrecursionlimit(10 ** 9)\ndef again(): again()\nagain()",
        ..Attack::CLIENT
    },
    Attack {
        name: "an error that cannot be shown",
        source: "class Error(Exception):\n    def __str__(self): raise SystemExit(0)\n    __repr__ = __str__\nraise Error",
        told: &["cannot be imported: Error"],
        ..Attack::CLIENT
    },
    Attack {
        name: "the work is that of the other side",
        source: "from buffered_server import *",
        told: &["has no class"],
        files: &[("buffered_server.py", "IDLE")],
        ..Attack::CLIENT
    },
];

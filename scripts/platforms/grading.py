"""Grades one submission on a platform: what the scripts that the platforms start have in common.

It lies beside the program `harness`, which it runs, and `grading.json`, which says with which options. Whatever becomes of the
harness, it leaves a document that tells the truth, and tells whoever looks after the grader what went wrong.
"""

import json
import os
import signal
import subprocess
import sys
import tempfile
from pathlib import Path

# The exit codes of a harness that has graded: all passed, something failed, not everything was decided.
GRADED = (0, 1, 3)
# How long the harness may take, in seconds, to write its reports once it was told to end.
GRACE = 5
# As much of what the harness says went wrong is passed on, in characters.
REASON_LEN_MAX = 4000


class Settings:
    """What the grader was packed with."""

    def __init__(self, folder):
        self.folder = Path(folder)
        with open(self.folder / "grading.json", encoding="utf-8") as file:
            settings = json.load(file)
        self.options = list(settings["options"])
        if settings["assignment"]:
            self.options += ["--assignment", str(self.folder / settings["assignment"])]
        # The environment has the last word: a platform may give less time than usual.
        self.seconds = float(os.environ.get("LENGTHWISE_SECONDS") or settings["seconds"])


class Outcome:
    """What became of the harness."""

    def __init__(self, code, reason):
        # Nothing where it did not end by itself.
        self.code = code
        # Why there is no grade, or why it may be of less than everything; empty where nothing went wrong.
        self.reason = reason


def grade(folder, submission, reports, is_quiet=False):
    """Runs the harness of a folder, which writes `reports`: a path for each format.

    What it shows, which is everything that a course hides from students, goes to standard output, unless it has to be quiet.
    """
    with tempfile.TemporaryDirectory() as own:
        try:
            settings = Settings(folder)
            program = executable(settings.folder / "harness", Path(own))
            command = [program, "--submission", submission, *settings.options]
            if is_quiet:
                command.append("--quiet")
            for name, path in reports.items():
                command += ["--report", f"{name}={path}"]
            return run([str(word) for word in command], settings.seconds)
        except (OSError, ValueError, LookupError) as error:
            return Outcome(None, f"The harness could not be started: {error}.")


def grade_into(results, name, folder, submission, without_grade):
    """Grades, and leaves a report of the format `name` in the file `results`, or what `without_grade` makes of a reason."""
    write_document(results, without_grade("The grader has only just started."))
    started = read(results)
    outcome = grade(folder, submission, {name: results})
    if read(results) in (None, started):
        write_document(results, without_grade(outcome.reason))
    if outcome.reason:
        print(outcome.reason)


def executable(program, folder):
    """The program, or a copy of it: what was unpacked may have lost the permission to be run."""
    if os.access(program, os.X_OK):
        return program
    copy = folder / program.name
    copy.write_bytes(program.read_bytes())
    copy.chmod(0o755)
    return copy


def run(command, seconds):
    process = subprocess.Popen(command, stdin=subprocess.DEVNULL, stderr=subprocess.PIPE)
    late = ""
    try:
        _, said = process.communicate(timeout=seconds)
    except subprocess.TimeoutExpired:
        late = f"It was ended after {seconds:g} seconds. "
        # It ends what it has started, and writes what there is.
        process.terminate()
        try:
            _, said = process.communicate(timeout=GRACE)
        except subprocess.TimeoutExpired:
            process.kill()
            _, said = process.communicate()
    said = said.decode("utf-8", "replace").strip()
    if said:
        print(said, file=sys.stderr)
    code = process.returncode
    if code < 0:
        name = signal.Signals(-code).name if -code in set(signal.Signals) else str(-code)
        hint = " The machine may have too little memory." if name == "SIGKILL" and not late else ""
        return Outcome(None, f"The harness was ended by {name}. {late}{hint}".strip())
    if code not in GRADED or late:
        return Outcome(code, f"{late}{said[-REASON_LEN_MAX:]}".strip() or f"The harness ended with the exit code {code}.")
    return Outcome(code, said[-REASON_LEN_MAX:])


def read(path):
    """The document that the harness has left, if it has left a whole one."""
    try:
        with open(path, encoding="utf-8") as file:
            document = json.load(file)
    except (OSError, ValueError):
        return None
    return document if isinstance(document, dict) else None


def write(path, text):
    """Puts a file in its place as a whole: whoever ends this at any moment finds the old one or the new one."""
    path = Path(path)
    path.parent.mkdir(parents=True, exist_ok=True)
    with tempfile.NamedTemporaryFile("w", encoding="utf-8", dir=path.parent, delete=False) as file:
        file.write(text)
    os.chmod(file.name, 0o644)
    os.replace(file.name, path)


def write_document(path, document):
    write(path, json.dumps(document, indent=2) + "\n")


def not_graded(reason):
    """What a student reads where there is no grade."""
    return (
        "There is no grade for this submission yet, because the grader did not get far enough. If what follows names a file of"
        " yours, or one that is missing, hand in again; else tell your instructor, for it is the grader's fault and not yours."
        f"\n\n{reason}"
    )

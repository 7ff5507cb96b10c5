"""Packs the harness for a platform: what the scripts that do that have in common."""

import argparse
import json
import os
import re
import shutil
import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent.parent
PLATFORMS = ROOT / "scripts" / "platforms"
# It needs nothing of the machine that it runs on.
STATIC = "x86_64-unknown-linux-musl"
# The C library of Ubuntu 22.04.
GLIBC_MAX = (2, 34)


def arguments(description, out, seconds):
    name = f"scripts/{Path(sys.argv[0]).name}"
    parser = argparse.ArgumentParser(prog=name, description=description.split("\n\n")[0])
    parser.add_argument("assignment", nargs="?", type=Path, help="the assignment file, if it is not the usual assignment")
    parser.add_argument("--out", type=Path, default=ROOT / "target" / out, help="where to write it [default: target/%s]" % out)
    parser.add_argument("--seconds", type=float, default=seconds, help="how long grading may take [default: %(default)g]")
    parser.add_argument("--harness", type=Path, help="a program to pack instead of building one")
    parser.add_argument("--option", action="append", default=[], help="an option of the harness, as in --option=--deadline=5s (repeatable)")
    chosen = parser.parse_args()
    for path in filter(None, [chosen.assignment, chosen.harness]):
        if not path.is_file():
            parser.error(f"there is no file {path}")
    return chosen


class Build:
    """How cargo builds the program: with which options, in which environment, and where it is then."""

    def __init__(self, folder, target=None, settings=None):
        self.folder = folder
        self.options = ["--locked", "--release", "--manifest-path", ROOT / "Cargo.toml", "--target-dir", folder]
        self.options += ["--target", target] if target else []
        self.environment = {**(settings or {}), **os.environ}
        self.program = folder / (target or "") / "release" / "harness"

    def run(self):
        command = ["cargo", "build", "--bin", "harness", *self.options]
        subprocess.run(command, check=True, cwd=ROOT, env=self.environment)
        return self.program


def portable_build():
    """A build that runs on other machines: linked statically where that is possible."""
    installed = subprocess.run(["rustup", "target", "list", "--installed"], capture_output=True, text=True).stdout.split()
    add = ["rustup", "target", "add", STATIC]
    is_static = STATIC in installed or subprocess.run(add, stdout=subprocess.DEVNULL).returncode == 0
    settings = {"CARGO_PROFILE_RELEASE_STRIP": "symbols"}
    if is_static and not shutil.which("musl-gcc"):
        # The part that is written in C needs nothing that the headers of the two libraries differ in.
        settings[f"CC_{STATIC.replace('-', '_')}"] = "cc"
    return Build(ROOT / "target" / "portable", STATIC if is_static else None, settings)


def portable_harness():
    """A program that runs on the platforms' machines."""
    program = portable_build().run()
    needed = max(glibc_versions(program), default=(0, 0))
    if needed > GLIBC_MAX:
        wanted, found = (".".join(map(str, version)) for version in (GLIBC_MAX, needed))
        sys.exit(
            f"{sys.argv[0]}: the program needs version {found} of the C library, and the platform has {wanted}:"
            f" run `rustup target add {STATIC}`, or build on Ubuntu 22.04"
        )
    return program


def glibc_versions(program):
    """The versions of glibc that the names in a program ask for."""
    found = re.findall(rb"GLIBC_(\d+)\.(\d+)", program.read_bytes())
    return [(int(major), int(minor)) for major, minor in found]


def pack(platform, folder, chosen):
    """Puts everything into a folder that takes part in grading."""
    folder.mkdir(parents=True, exist_ok=True)
    for file in [PLATFORMS / "grading.py", *sorted((PLATFORMS / platform).iterdir())]:
        if file.is_file():
            shutil.copy(file, folder)
    program = folder / "harness"
    shutil.copyfile(chosen.harness or portable_harness(), program)
    program.chmod(0o755)
    if chosen.assignment:
        shutil.copyfile(chosen.assignment, folder / "assignment.toml")
    settings = {
        "options": chosen.option,
        "assignment": "assignment.toml" if chosen.assignment else None,
        "seconds": chosen.seconds,
    }
    (folder / "grading.json").write_text(json.dumps(settings, indent=2) + "\n", encoding="utf-8")

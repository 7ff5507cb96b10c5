"""A class in shards, for the scripts that grade one on many machines."""

import argparse
import random
import sys
from pathlib import Path

# Of harness class, which also ends with it where a score needs a look: the shard is complete all the same.
INCOMPLETE = 3
# What a shard leaves says in its run.json whether everything of it was graded. In a shell, so that nothing else has to be there.
IS_COMPLETE = "grep -q '\"is_complete\": true'"


def parser(description):
    made = argparse.ArgumentParser(prog=f"scripts/{Path(sys.argv[0]).name}", description=description.split("\n\n")[0])
    made.add_argument("--shards", type=shards, default=4, metavar="N", help="in how many parts it is graded [default: %(default)s]")
    made.add_argument("--processors", type=positive, default=2, metavar="N", help="how many each part gets [default: %(default)s]")
    made.add_argument("--jobs", type=positive, metavar="N", help="how many hand-ins each part grades at a time [default: as many]")
    made.add_argument("--anonymous", action="store_true", help="leave names out of index.html")
    made.add_argument("--format", metavar="PLATFORM", choices=["canvas", "moodle", "gradescope"], help="write the grades for the import of a platform as well")
    made.add_argument(
        "--option", action="append", default=[], help="an option of harness class, as in --option=--deadline=5s (repeatable)"
    )
    return made


def positive(text):
    number = int(text)
    if number < 1:
        raise argparse.ArgumentTypeError("it is at least 1")
    return number


def shards(text):
    number = positive(text)
    if number > 100_000:
        raise argparse.ArgumentTypeError("harness class takes at most 100000 parts")
    return number


def seed():
    return random.randrange(2**32)


def documents(chosen):
    """The options of what is made of the class as a whole."""
    return (["--anonymous"] if chosen.anonymous else []) + ([f"--format={chosen.format}"] if chosen.format else [])

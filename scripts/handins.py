"""The harness and the hand-ins under tests, for the scripts that grade them."""

import json
import os
import subprocess
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
RIGHT = ROOT / "tests" / "handins" / "right"
MANIFEST = ["--locked", "--manifest-path", ROOT / "Cargo.toml"]


def harness():
    subprocess.run(["cargo", "build", "--quiet", "--release", "--bin", "harness", *MANIFEST], check=True)
    command = ["cargo", "metadata", "--format-version", "1", "--no-deps", *MANIFEST]
    metadata = json.loads(subprocess.run(command, check=True, stdout=subprocess.PIPE).stdout)
    return Path(metadata["target_directory"]) / "release" / "harness"


def write_wrong_ones(folder):
    """They are changes of the natural one, and a test can write them out."""
    test = ["cargo", "test", "--quiet", *MANIFEST, "--test", "handins"]
    environment = {**os.environ, "LENGTHWISE_KEEP_HANDINS": str(folder)}
    subprocess.run([*test, "each_can_be_written"], check=True, stdout=subprocess.DEVNULL, env=environment)

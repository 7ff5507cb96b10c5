"""Grades what the environment names, and tells GitHub Actions what came of it. Ends as the harness does."""

import json
import os
import shlex
import subprocess
import sys
import tempfile
from pathlib import Path


def data(text):
    """The text of a workflow command: a line break in it would begin another one, and older commands begin anywhere in a line."""
    shown = "".join(letter if letter.isprintable() or letter in "\r\n" else f"\\u{ord(letter):04x}" for letter in text)
    shown = shown.replace("##[", r"#\#[").replace("##vso[", r"#\#vso[")
    return shown.replace("%", "%25").replace("\r", "%0D").replace("\n", "%0A")


def value(text):
    """The value of a parameter of a workflow command, which ends at a comma or a colon."""
    return data(text).replace(":", "%3A").replace(",", "%2C")


def explained(cause, scenarios):
    """What explains these failures: of several mistakes those that account for any of them."""
    if not cause["text"]:
        return f"{len(scenarios)} scenarios fail, such as {scenarios[0]}."
    mistakes = [one["text"] for one in cause["mistakes"] if not set(one["scenarios"]).isdisjoint(scenarios)]
    return " ".join(mistakes) or cause["text"]


def annotations(report):
    """A workflow command for each explanation of failures that cost something: the rest is in the summary.

    Students can read the log, so that nothing that the course hides is in it.
    """
    shown = [result for result in report["results"] if not result["hidden"]]
    for cause in report["causes"]:
        of_cause = [one for one in shown if one["casting"] == cause["casting"] and one["id"] in cause["scenarios"]]
        lost = sum(one["max_points"] - one["points"] for one in of_cause)
        if not lost:
            continue
        title = f"{cause['casting']}: {lost} points lost"
        yield f"::error title={value(title)}::{data(explained(cause, [one['id'] for one in of_cause]))}"
    for result in shown:
        if result["max_points"] and result["reason"]:
            title = f"{result['casting']} {result['id']}: {result['verdict']}"
            yield f"::warning title={value(title)}::{data(result['reason'])}"


def append(variable, text):
    path = os.environ.get(variable)
    if path:
        with open(path, "a", encoding="utf-8") as file:
            file.write(text)


def main():
    built = Path(os.environ.get("RUNNER_TEMP", "."), "lengthwise", "release", "harness")
    harness = os.environ.get("LENGTHWISE_HARNESS") or built
    with tempfile.TemporaryDirectory() as folder:
        report, summary = Path(folder, "report.json"), Path(folder, "summary.md")
        command = [harness, "--quiet", "--submission", os.environ.get("LENGTHWISE_SUBMISSION") or "."]
        command += shlex.split(os.environ.get("LENGTHWISE_OPTIONS", ""))
        command += ["--report", f"json={report}", "--report", f"markdown={summary}"]
        code = subprocess.run(command, stdin=subprocess.DEVNULL).returncode
        if not report.exists():
            print("::error title=No grade::The harness has graded nothing; what it says stands above.")
            return code or 1
        append("GITHUB_STEP_SUMMARY", summary.read_text(encoding="utf-8"))
        graded = json.loads(report.read_text(encoding="utf-8"))
    for annotation in annotations(graded):
        print(annotation)
    outputs = {"score": graded["score"], "max-score": graded["max_score"], "verdict": graded["verdict"]}
    append("GITHUB_OUTPUT", "".join(f"{key}={number}\n" for key, number in outputs.items()))
    return code


if __name__ == "__main__":
    sys.exit(main())

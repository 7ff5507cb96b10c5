"""Grades the student's checkout, which is the working directory, and leaves result.json and release-body.md there.

Classroom 50 runs this once for each submission. It ends with 0 whatever the score, and also where there is no grade: the status that
it sets is then "error", and the text of the release says why.
"""

import datetime
import os
import sys
import tempfile
from pathlib import Path

HERE = Path(__file__).resolve().parent
sys.path.insert(0, str(HERE))
import grading  # noqa: E402

STATUS = {"pass": "success", "fail": "failure", "incomplete": "error"}


def identity():
    """Whose submission it is, and which. The runner sets the owner and the time once more."""
    now = datetime.datetime.now(datetime.timezone.utc)
    return {
        "classroom": os.environ["CLASSROOM"],
        "assignment": os.environ["ASSIGNMENT"],
        "submission": os.environ["SUBMISSION_TAG"],
        "commit": os.environ["COMMIT_URL"],
        "release": os.environ["RELEASE_URL"],
        "review": os.environ.get("REVIEW_URL") or os.environ["COMMIT_URL"],
        "datetime": now.strftime("%Y-%m-%dT%H:%M:%SZ"),
    }


def set_outputs(**outputs):
    path = os.environ.get("GITHUB_OUTPUT")
    if path:
        with open(path, "a", encoding="utf-8") as file:
            for key, value in outputs.items():
                print(f"{key}={' '.join(value.split())}", file=file)


def main():
    checkout = Path.cwd()
    with tempfile.TemporaryDirectory() as folder:
        # Not in the checkout, where the submission may have left anything.
        result, body = Path(folder, "result.json"), Path(folder, "release-body.md")
        # Students can read the log.
        outcome = grading.grade(HERE, checkout, {"classroom50": result, "markdown": body}, is_quiet=True)
        document = grading.read(result)
        if document is None:
            text = grading.not_graded(outcome.reason)
            document = {
                "schema": "classroom50/result/v1",
                "score": 0,
                "max-score": 0,
                "tests": [],
                "verdict": "incomplete",
                "summary": outcome.reason,
            }
            markdown = "## No grade\n\n" + "\n".join(f"    {line}" for line in text.splitlines()) + "\n"
        else:
            markdown = body.read_text(encoding="utf-8")
    grading.write_document(checkout / "result.json", {**document, **identity()})
    grading.write(checkout / "release-body.md", markdown)
    set_outputs(status=STATUS[document["verdict"]], summary=document["summary"])
    if outcome.reason:
        print(outcome.reason)


if __name__ == "__main__":
    main()

"""Reads documents with Python's own libraries, and prints for each how many tests passed, how many failed, and how many did neither.

usage: reader.py FORMAT FILE...
"""

import json
import sys
from xml.etree import ElementTree


def load(path):
    with open(path, encoding="utf-8") as file:
        return json.load(file)


def junit(path):
    root = ElementTree.parse(path).getroot()
    tests = [test for suite in root for test in suite.iter("testcase")]
    names = {(test.get("classname"), test.get("name")) for test in tests}
    assert len(names) == len(tests), "a name that is there twice"
    found = {state: sum(test.find(state) is not None for test in tests) for state in ("failure", "error", "skipped")}
    for element in [root, *root]:
        own = list(element.iter("testcase"))
        assert int(element.get("tests")) == len(own), "the wrong number of tests"
    assert int(root.get("failures")) == found["failure"] and int(root.get("errors")) == found["error"]
    yield from ("failed" if test.find("failure") is not None else "passed" if len(test) == 0 else "other" for test in tests)


def gradescope(path):
    document = load(path)
    assert document["score"] == sum(test.get("score", 0) for test in document["tests"])
    assert all(test.get("visibility", "visible") == "visible" for test in document["tests"])
    yield from (test.get("status", "other") for test in document["tests"])


def prairielearn(path):
    """As the element that shows the results tells them apart: by the points."""
    for test in load(path)["tests"]:
        points, max_points = test["points"], test["max_points"]
        # What decides without points (where the harness was told so) is told apart by its message alone.
        yield "other" if max_points == 0 else "passed" if points == max_points else "failed"


def classroom50(path):
    document = load(path)
    tests = document["tests"]
    assert document["score"] == sum(test["score"] for test in tests)
    assert document["max-score"] == sum(test["max-score"] for test in tests)
    assert len({test["test-name"] for test in tests}) == len(tests)
    yield from ("passed" if test["passed"] else "failed" for test in tests)


def check50(path):
    results = load(path)["results"]
    assert len({result["name"] for result in results}) == len(results)
    yield from ({True: "passed", False: "failed", None: "other"}[result["passed"]] for result in results)


for path in sys.argv[2:]:
    states = list(globals()[sys.argv[1]](path))
    print(states.count("passed"), states.count("failed"), states.count("other"))

"""Reads the documents of one run with libraries that have to be installed first: see `scripts/read-formats`.

It reads the action for GitHub as well, which nothing else here does.

usage: installed.py FOLDER SCHEMAS
"""

import json
import sys
from pathlib import Path

import jsonschema
import yaml
from junitparser import Error, Failure, JUnitXml, Skipped
from lxml import etree
from markdown_it import MarkdownIt
from tap.parser import Parser

FOLDER, SCHEMAS = map(Path, sys.argv[1:])


def load(path):
    return json.loads(path.read_text(encoding="utf-8"))


def main():
    results = load(FOLDER / "json")["results"]

    for name in ["gradescope", "prairielearn", "classroom50", "check50"]:
        jsonschema.Draft202012Validator(load(SCHEMAS / f"{name}.json")).validate(load(FOLDER / name))
        print(f"jsonschema: {name} is valid")

    schema = etree.XMLSchema(etree.parse(str(SCHEMAS / "junit.xsd")))
    schema.assertValid(etree.parse(str(FOLDER / "junit")))
    junit = JUnitXml.fromfile(str(FOLDER / "junit"))
    tests = [test for suite in junit for test in suite]
    assert len(tests) == len(results)
    counted = [sum(any(isinstance(one, kind) for one in test.result) for test in tests) for kind in (Failure, Error, Skipped)]
    assert counted == [junit.failures, junit.errors, junit.skipped], counted
    print("junitparser: %d tests, %d failed, %d errors, %d skipped" % (len(tests), *counted))

    lines = list(Parser().parse_text((FOLDER / "tap").read_text(encoding="utf-8").replace("version 14", "version 13", 1)))
    points = [line for line in lines if line.category == "test"]
    assert len(points) == len(results)
    failed = [point for point in points if not point.ok and not point.todo]
    assert len(failed) == junit.failures, failed
    print(f"tap.py: {len(points)} tests, {len(failed)} failed")

    markdown = MarkdownIt("commonmark").enable("table").parse((FOLDER / "markdown").read_text(encoding="utf-8"))
    kinds = {token.type for block in markdown for token in [block, *(block.children or [])]}
    assert {"table_open", "fence"} <= kinds and not {"link_open", "image"} & kinds, kinds
    print("markdown-it: a table, and no link")

    action = yaml.safe_load((SCHEMAS.parent.parent / ".github/actions/grade/action.yml").read_text(encoding="utf-8"))
    steps = action["runs"]["steps"]
    assert action["runs"]["using"] == "composite" and all(step["shell"] == "bash" for step in steps)
    # What is put into a script becomes a part of it.
    assert not any("${{" in step["run"] for step in steps)
    print(f"yaml: an action of {len(steps)} steps")


if __name__ == "__main__":
    main()

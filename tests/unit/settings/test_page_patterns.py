#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
"""The `page` flag of tests/data/sip-settings.json against the patterns that the vendor's page
prints, searched as JSON Schema searches: so that each deviation listed there is a real one."""
import json
import os
import re
import sys

NAME = r"([0-9]*[A-Za-z+\-_]+[0-9]*)((\.([0-9]*[A-Za-z+\-_]+[0-9]*))+\b)"
ADDRESS = r"\b((25[0-5]|2[0-4][0-9]|[01]?[0-9][0-9]?%s)(\.|$)){4}\b"
PORT = r"(?::\d{1,5})?"
PATTERNS = {
    "proxy": r"^sip:(" + ADDRESS % PORT + ")|" + NAME + PORT + "$",
    "realm": r"^" + ADDRESS % PORT + "|" + NAME + PORT + "$",
    "stun.ip": r"^" + ADDRESS % "" + "|" + NAME + "$",
}


def searches(pattern, text):
    # As in ECMAScript: ASCII classes, and `$` is the very end, not before a last line feed.
    return re.search(pattern.replace("$", r"\Z"), text, re.ASCII) is not None


def main():
    with open(os.path.join(os.environ["PORTERO_TEST_DATA"], "sip-settings.json")) as file:
        cases = [case for case in json.load(file)["cases"] if "page" in case]
    print(f"1..{len(cases)}")
    bad = 0
    for number, case in enumerate(cases, 1):
        good = searches(PATTERNS[case["field"]], case["value"]) == case["page"]
        bad += not good
        print(f"{'ok' if good else 'not ok'} {number} - {case['name'].encode('ascii', 'replace')}")
    return 1 if bad or not cases else 0


sys.exit(main())

#!/usr/bin/env python3
"""Adds up JUnit reports: names what failed and what was skipped and why; last line N passed, N failed, N skipped.

report.py one NAME STATUS FILE   writes a report of one test out of an exit status
report.py sum FILE... [--cases FOLDER]
                                 adds them up; exit 1 where anything failed or nothing ran. A test unit.T is a program
                                 with cases of its own: those in FOLDER/unit.T.xml count, not the program
"""
import pathlib
import sys
import xml.etree.ElementTree as xml


def write_one(name, status, path):
    suite = xml.Element("testsuite", name=name)
    case = xml.SubElement(suite, "testcase", name=name, status="run" if status == "0" else "fail")
    if status != "0":
        xml.SubElement(case, "failure", message=f"exit status {status}")
    xml.ElementTree(suite).write(path)


def reason_of(case):
    """Why a test was skipped: its own last line that says so."""
    output = (case.findtext("system-out") or "").strip().splitlines()
    told = [line for line in output if "skip" in line.lower()]
    return (told or output or ["no reason told"])[-1].strip()


def outcome_of(case):
    if case.find("failure") is not None or case.find("error") is not None or case.get("status") == "fail":
        return "failed"
    if case.find("skipped") is not None or case.get("status") in ("notrun", "disabled"):
        return "skipped"
    return "passed"


def tests_in(path, cases_folder):
    """Name, outcome and why for each test of a report, and for each case of a test that is a program with cases."""
    for test in xml.parse(path).getroot().iter("testcase"):
        cases_path = cases_folder / f"{test.get('name')}.xml" if cases_folder else None
        if not cases_path or not cases_path.is_file():
            # A program of cases that left no report did not end well, whatever its exit status was.
            lost = cases_folder and test.get("name").startswith("unit.")
            yield test.get("name"), "failed" if lost else outcome_of(test), reason_of(test)
            continue
        outcomes = set()
        for case in xml.parse(cases_path).getroot().iter("testcase"):
            skipped = case.find("skipped")
            outcomes.add(outcome_of(case))
            yield (f"{test.get('name')}: {case.get('classname')}.{case.get('name')}", outcome_of(case),
                   "" if skipped is None else skipped.get("message", "").strip().split("\n")[-1])
        # It ended badly after its last case, as a sanitizer ends it that found a leak; or had no case to run.
        if not outcomes or (outcome_of(test) == "failed" and "failed" not in outcomes):
            yield test.get("name"), "failed", ""


def add_up(paths, cases_folder):
    passed, failed, skipped = 0, [], []
    for path in paths:
        for name, outcome, reason in tests_in(path, cases_folder):
            if outcome == "failed":
                failed.append(name)
            elif outcome == "skipped":
                skipped.append((name, reason))
            else:
                passed += 1
    for name in failed:
        print(f"failed: {name}")
    for name, reason in skipped:
        print(f"skipped: {name}: {reason}")
    print(f"{passed} passed, {len(failed)} failed, {len(skipped)} skipped")
    return 1 if failed or not passed else 0


if __name__ == "__main__":
    if sys.argv[1:2] == ["one"] and len(sys.argv) == 5:
        write_one(*sys.argv[2:])
    elif sys.argv[1:2] == ["sum"] and len(sys.argv) > 2:
        arguments = sys.argv[2:]
        folder = None
        if "--cases" in arguments[:-1]:
            at = arguments.index("--cases")
            folder = pathlib.Path(arguments[at + 1])
            del arguments[at : at + 2]
        sys.exit(add_up(arguments, folder))
    else:
        sys.exit(__doc__)

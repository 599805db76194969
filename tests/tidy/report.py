#!/usr/bin/env python3
"""Adds up JUnit reports: names what failed and what was skipped and why; last line N passed, N failed, N skipped.

report.py one NAME STATUS FILE   writes a report of one test out of an exit status
report.py sum FILE...            adds them up; exit 1 where anything failed or nothing ran
"""
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


def add_up(paths):
    passed, failed, skipped = 0, [], []
    for path in paths:
        for case in xml.parse(path).getroot().iter("testcase"):
            name = case.get("name")
            if case.find("failure") is not None or case.find("error") is not None or case.get("status") == "fail":
                failed.append(name)
            elif case.find("skipped") is not None or case.get("status") in ("notrun", "disabled"):
                skipped.append((name, reason_of(case)))
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
        sys.exit(add_up(sys.argv[2:]))
    else:
        sys.exit(__doc__)

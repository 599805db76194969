#!/usr/bin/env python3
"""docs/rfc.md, docs/rfc-lmtp.md and tests/transcripts/ name each other, sections too, and every duty of the server names a test against the live server."""
import pathlib
import re
import sys

ROOT = pathlib.Path(sys.argv[1])
FOLDER = ROOT / "tests" / "transcripts"
CLIENTS_END = "## The client's end"  # its tests play the server
LIVE_TEST = re.compile(r"\b(e2e|interop)\.(\w+)\.(\w+)\b")
faults = []


def rows(page):
    """(section, cells) of each row of the page's tables."""
    section = ""
    for line in (ROOT / "docs" / page).read_text(encoding="utf-8").splitlines():
        if line.startswith("## "):
            section = line
        elif line.startswith("| ") and not set(line) <= set("| -"):
            yield section, [cell.strip() for cell in line.strip("|").split("|")]


def is_there(folder, module, test):
    path = ROOT / "tests" / folder / f"{module}.py"
    return path.exists() and f"def test_{test}(" in path.read_text(encoding="utf-8")


def live_pop3():
    """The dialogues that tests/transcripts/live_server_test.cpp has with the live server."""
    return {name for name in all_pop3() if not re.search(r"^live: no", (FOLDER / name).read_text(encoding="utf-8"), re.M)}


def all_pop3():
    return {path.relative_to(FOLDER).as_posix() for path in FOLDER.rglob("*.pop3")}


def live_lmtp():
    """Those that tests/e2e/mail_in_dialogues.py has with it, as it chooses them itself."""
    sys.path.insert(0, str(ROOT / "tests" / "support"))
    import mail_in_dialogue
    return {path.stem for path in (FOLDER / "lmtp").glob("*.lmtp") if mail_in_dialogue.read(path).not_live is None}


def check(page, live, test_column):
    for section, cells in rows(page):
        tests = cells[test_column] if len(cells) > test_column else ""
        if section == CLIENTS_END or tests in ("test", ""):
            continue
        named = LIVE_TEST.findall(tests)
        missing = [".".join(each) for each in named if not is_there(*each)]
        for each in missing:
            faults.append(f"docs/{page}: there is no test {each}")
        if not (named or set(re.findall(r"[\w/-]+(?:\.pop3)?", tests)) & live):
            faults.append(f"docs/{page}: no test against the live server: {' | '.join(cells)}")


def check_marks():
    """Each section that a line `rfc` of a dialogue names has a row that names the dialogue."""
    named_by = {}
    for section, cells in rows("rfc.md"):
        heading = re.match(r"## RFC (\d+)", section)
        if heading and len(cells) > 2:
            words = cells[0].split(";")[0].split()
            where = " ".join(words if len(words) > 1 else [heading[1], *words])
            named_by.setdefault(where, set()).update(re.findall(r"[\w-]+/[\w-]+\.pop3", cells[2]))
    for name in sorted(all_pop3()):
        for mark in set(re.findall(r"^rfc: (\d+ \S+)$", (FOLDER / name).read_text(encoding="utf-8"), re.M)):
            if name not in named_by.get(mark, ()):
                faults.append(f"{name} says rfc: {mark}, and no row of docs/rfc.md for it names the file")
    for path in sorted((FOLDER / "lmtp").glob("*.lmtp")):
        marks = re.findall(r"^# rfc: (.+)$", path.read_text(encoding="utf-8"), re.M)
        if not marks:
            faults.append(f"lmtp/{path.name} has no line '# rfc: number section' or '# rfc: none reason'")
        for number, section in {tuple(mark.split()) for mark in marks if not mark.startswith("none ")}:
            if not any(path.stem in re.findall(r"[\w/-]+", cells[2]) and re.search(rf"\b{number}, [^;]*\b{re.escape(section)}\b", cells[1])
                       for _, cells in rows("rfc-lmtp.md") if len(cells) > 2):
                faults.append(f"lmtp/{path.name} says rfc: {number} {section}, and no row of docs/rfc-lmtp.md for it names the file")


there = all_pop3()
named = set(re.findall(r"[\w-]+/[\w-]+\.pop3", (ROOT / "docs" / "rfc.md").read_text(encoding="utf-8")))
faults += [f"docs/rfc.md names {name}, which is not in {FOLDER}" for name in sorted(named - there)]
faults += [f"{name} is not named in docs/rfc.md" for name in sorted(there - named)]
if not there:
    faults.append(f"no transcript in {FOLDER}")
check("rfc.md", live_pop3(), 2)
check("rfc-lmtp.md", live_lmtp(), 2)
check_marks()
print("\n".join(faults))
sys.exit(1 if faults else 0)

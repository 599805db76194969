#!/usr/bin/env python3
"""How a file must read: a first line that says what it is, no unfinished places, no sleep in a test, docs that point somewhere
and name files that are there."""
import pathlib
import re
import sys

ROOT = pathlib.Path(sys.argv[1] if len(sys.argv) > 1 else ".").resolve()
CODE = ("*.cpp", "*.hpp")
LINE_MAX = 120
BELOW_THE_WIRE = [("src", module) for module in ("base", "disk", "store", "auth")]
# Words that were replaced, and what replaces them (docs/decisions/0203). The decisions may name them.
REPLACED = {r"programmes?": "program", r"restante_room": "restante_module", r"life_journal": "unique_id_journal", r"closing_account": "fetch_report",
            r"job_line": "serial_queue", r"sync_crew": "sync_pool", r"sound_note": "shutdown_marker", r"quiet_run": "no_op_run",
            r"onlooker": "header_reader", r"take_leave": "quit_session", r"hold_on": "set_busy"}
FILE_LINES_MAX = 600  # a ratchet, not a goal: above it look for the second subject


def files(*patterns):
    for folder in ("src", "tests", "bench", "conformance", "examples"):
        for pattern in patterns:
            yield from sorted((ROOT / folder).rglob(pattern))


def code_faults():
    for path in files(*CODE):
        where, lines = path.relative_to(ROOT), path.read_text(errors="replace").splitlines()
        if not lines or not lines[0].startswith("// "):
            yield f"{where}:1: the first line must say what the file is"
        if len(lines) > FILE_LINES_MAX:
            yield f"{where}: {len(lines)} lines; is there a second subject in it?"
        if path.suffix == ".hpp" and "#pragma once" not in lines[:30]:
            yield f"{where}: no #pragma once"
        for number, line in enumerate(lines, 1):
            if len(line) > LINE_MAX and "http" not in line and 'R"' not in line:
                yield f"{where}:{number}: {len(line)} columns (at most {LINE_MAX})"
            if re.search(r"\b(TODO|FIXME|XXX)\b", line):
                yield f"{where}:{number}: an unfinished place"
            if "tests" in where.parts[:1] and re.search(r"sleep_for|usleep\(|std::this_thread::sleep", line):
                yield f"{where}:{number}: a sleep in a test"
            if where.parts[:2] in BELOW_THE_WIRE and re.search(r'peer_text = "', line):
                yield f"{where}:{number}: prose for peers; the wire modules have it, by the error's kind"
            if where.parts[0] == "src" and re.search(r"\b(strcpy|strcat|sprintf|gets|strtok|atoi|system)\s*\(", line) \
                    and "std::error" not in line:
                yield f"{where}:{number}: a banned function"


def replaced_words():
    """In what people read, and in the sources; test data is other people's text."""
    word = re.compile(r"\b(?:" + "|".join(REPLACED) + r")\b", re.IGNORECASE)
    pages = [*ROOT.glob("*.md"), *(ROOT / "docs").glob("*.md"), *(ROOT / "packaging").rglob("*"), *ROOT.rglob("CMakeLists.txt"), *(ROOT / "cmake").glob("*")]
    for path in [*files(*CODE), *(page for page in pages if page.is_file() and "build" not in page.relative_to(ROOT).parts)]:
        for number, line in enumerate(path.read_text(errors="replace").splitlines(), 1):
            for found in word.findall(line):
                by = next(new for old, new in REPLACED.items() if re.fullmatch(old, found, re.IGNORECASE))
                yield f'{path.relative_to(ROOT)}:{number}: "{found}": say {by}'


def conditions_that_await():
    """g++ 12 lays the frame of a coroutine out wrongly where a condition awaits and nothing else is kept, and may destroy
    twice what stands beside it in a call."""
    for path in sorted((ROOT / "src").rglob("*.[ch]pp")):
        text = path.read_text(errors="replace")
        for number, line in enumerate(text.splitlines(), 1):
            if re.search(r"\w\((?:[^()]*, )?co_await ", line):
                yield f"{path.relative_to(ROOT)}:{number}: a call's argument awaits: name what it awaits before it"
        for found in re.finditer(r"\b(?:if|while|switch) \(", text):
            depth, end = 1, found.end()
            while depth > 0 and end < len(text):
                depth += {"(": 1, ")": -1}.get(text[end], 0)
                end += 1
            if "co_await" in text[found.end():end]:
                line = text.count("\n", 0, found.start()) + 1
                yield f"{path.relative_to(ROOT)}:{line}: a condition awaits: name what it awaits before it"


def broken_links():
    pages = [ROOT / "README.md", ROOT / "ARCHITECTURE.md", ROOT / "CONTRIBUTING.md", *sorted((ROOT / "docs").rglob("*.md"))]
    for page in pages:
        if not page.exists():
            yield f"{page.relative_to(ROOT)} is missing"
            continue
        for text, target in re.findall(r"([^\[\]]*)\]\(([^)#\s]+)(?:#[^)]*)?\)", page.read_text()):
            number = re.search(r"\b(0\d{3})$", text)
            if number and not target.split("/")[-1].startswith(number[1]):
                yield f"{page.relative_to(ROOT)}: the link {number[1]} leads to {target}"
            if not re.match(r"[a-z]+:", target) and not (page.parent / target).exists():
                yield f"{page.relative_to(ROOT)}: the link to {target} leads nowhere"


def names_a_file(name, folder):
    """A file with or without its ending, a folder with a '/', in the folder or below it; `*` is any part of a name. A path begins at src/ or there."""
    pattern = name.rstrip("/")
    if not name.endswith("/") and not pathlib.PurePath(name).suffix:
        pattern += ".[ch]pp"
    return any(next(start.rglob(pattern), None) for start in ({folder, ROOT / "src"} if "/" in pattern else {folder}))


def stale_tables():
    """The first column of a table of files names those of the page's module, or of the folder that the heading names: all of src/cli in
    docs/cli.md, all of src/collector below "file of `collector/`"."""
    for page in sorted((ROOT / "docs").glob("*.md")):
        where, folder = page.relative_to(ROOT), None
        for number, line in enumerate(page.read_text().splitlines(), 1):
            first = line.split(" | ")[0]
            heading = re.fullmatch(r"\| file(?: of `([\w/]+)/`)?", first)
            if heading:
                folder = ROOT / "src" / (heading[1] or page.stem)
                if heading[1] and not folder.is_dir():
                    yield f"{where}:{number}: there is no src/{heading[1]}"
            elif not line.startswith("|"):
                folder = None
            elif folder and folder.is_dir():
                for name in re.findall(r"`([^`]+)`", first):
                    if not names_a_file(name, folder):
                        yield f"{where}:{number}: {folder.relative_to(ROOT)} has no file {name}"


def decisions_without_a_row():
    index = ROOT / "docs/decisions/README.md"
    listed = index.read_text() if index.exists() else ""
    for page in sorted((ROOT / "docs/decisions").glob("0*.md")):
        if f"[{page.name[:4]}]({page.name})" not in listed:
            yield f"{page.relative_to(ROOT)}: has no row in docs/decisions/README.md"


def wide_prose():
    """Prose of a page has the width of a source; tables, blocks of code, lists that a program makes and what cannot be broken may be
    wider."""
    for page in [*ROOT.glob("*.md"), *sorted((ROOT / "docs").rglob("*.md"))]:
        code = generated = False
        for number, line in enumerate(page.read_text().splitlines(), 1):
            code ^= line.lstrip().startswith("```")
            if line.startswith("<!--"):
                generated = "begin" in line
            prose = not code and not generated and not re.match(r"\s*[|<]|    ", line)
            if prose and len(line) > LINE_MAX and " " in line[:LINE_MAX].strip():
                yield f"{page.relative_to(ROOT)}:{number}: {len(line)} columns (at most {LINE_MAX})"


def files_of_the_map():
    """What ARCHITECTURE.md names of src/ by a path with an ending is there."""
    for number, line in enumerate((ROOT / "ARCHITECTURE.md").read_text().splitlines(), 1):
        for name in re.findall(r"`([a-z_0-9]+(?:/[a-z_0-9]+)+\.[ch]pp)`", line):
            if not (ROOT / "src" / name).exists():
                yield f"ARCHITECTURE.md:{number}: there is no src/{name}"


found = [*code_faults(), *decisions_without_a_row(), *wide_prose(), *files_of_the_map(), *replaced_words(), *conditions_that_await(), *broken_links(), *stale_tables()]
print("\n".join(found) or "the text reads well")
sys.exit(1 if found else 0)

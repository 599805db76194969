#!/usr/bin/env python3
"""The test of the picture itself: a page whose picture lacks an arrow, or has one that is no include, must be refused."""
import pathlib
import subprocess
import sys
import tempfile

HERE = pathlib.Path(__file__).resolve().parent
BEGIN, END = "<!-- The picture begins: tests/tidy/picture.py draws it. -->\n", "<!-- The picture ends. -->\n"
SOURCES = {"server/a.cpp": '#include "pop3/a.hpp"\n#include "base/a.hpp"\n', "pop3/a.hpp": '#include "base/a.hpp"\n', "base/a.hpp": "\n"}
DRAWN = "```mermaid\ngraph TD\n    server --> pop3\n    pop3 --> base\n```\n"
PAGES = {
    "what is included": (BEGIN + DRAWN + END, 0),
    "an arrow is missing": (BEGIN + DRAWN.replace("    pop3 --> base\n", "") + END, 1),
    "an arrow follows from others": (BEGIN + DRAWN.replace("    server --> pop3", "    server --> base\n    server --> pop3") + END, 1),
    "no picture": (BEGIN + END, 1),
    "no place for it": ("", 1),
}


def verdict(page, *options):
    with tempfile.TemporaryDirectory() as folder:
        root = pathlib.Path(folder)
        (root / "ARCHITECTURE.md").write_text(page)
        for name, text in SOURCES.items():
            path = root / "src" / name
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_text(text)
        code = subprocess.run([sys.executable, HERE / "picture.py", root, *options], capture_output=True).returncode
        return code, (root / "ARCHITECTURE.md").read_text()


failed = [name for name, (page, code) in PAGES.items() if verdict(page)[0] != code]
if verdict(BEGIN + END, "--write") != (0, BEGIN + DRAWN + END):
    failed.append("it is not written")
print("wrong: " + "; ".join(failed) if failed else f"{len(PAGES) + 1} pages judged")
sys.exit(1 if failed else 0)

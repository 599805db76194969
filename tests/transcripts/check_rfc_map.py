#!/usr/bin/env python3
"""docs/rfc.md and tests/transcripts/ name each other: no file it names is missing, no transcript is left out."""
import pathlib
import re
import sys

root = pathlib.Path(sys.argv[1])
folder = root / "tests" / "transcripts"
there = {path.relative_to(folder).as_posix() for path in folder.rglob("*.pop3")}
named = set(re.findall(r"[\w-]+/[\w-]+\.pop3", (root / "docs" / "rfc.md").read_text(encoding="utf-8")))

for name in sorted(named - there):
    print(f"docs/rfc.md names {name}, which is not in {folder}")
for name in sorted(there - named):
    print(f"{name} is not named in docs/rfc.md")
if not there:
    print(f"no transcript in {folder}")
sys.exit(0 if there and named == there else 1)

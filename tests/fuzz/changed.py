#!/usr/bin/env python3
"""changed.py NAME: prints "same" where the fuzzer NAME, its corpus, and what it includes are as in the commit in .ci/passed.

A file that was moved is compared with what it was. What is no code does not count: comments, includes, and the names of
modules. Where that commit is not in the history, and with RESTANTE_WHOLE=yes, everything has changed.
"""
import os
import pathlib
import re
import subprocess
import sys

ROOT = pathlib.Path(__file__).resolve().parents[2]
INCLUDE = re.compile(r'^#include "(?!support/)([\w/]+)\.hpp"$', re.MULTILINE)
NO_CODE = re.compile(r"^\s*(//|#include |namespace \w|} // namespace).*$|\s//.*$", re.MULTILINE)


def git(*words):
    return subprocess.run(["git", *words], cwd=ROOT, capture_output=True)


def code_of(path, octets):
    if not path.endswith(("pp")):
        return octets
    modules = "|".join(folder.name for folder in (ROOT / "src").iterdir())
    text = NO_CODE.sub("", octets.decode(errors="replace"))
    return re.sub(rf"\b(?:{modules})::|\s+", "", text)


def read_by(name):
    """The fuzzer's files, relative to the root: its own, its corpus, and the headers that it includes with their sources."""
    own = [f"tests/fuzz/{name}.cpp", f"tests/fuzz/{name}.dict"]
    corpus = [str(path.relative_to(ROOT)) for path in sorted((ROOT / "tests/fuzz/corpus" / name).glob("*"))]
    included = INCLUDE.findall((ROOT / own[0]).read_text())
    return own + corpus + [f"src/{stem}.{end}" for stem in included for end in ("hpp", "cpp")]


def has_changed(name, passed):
    moved = git("diff", "-M40%", "--name-status", "--diff-filter=R", passed)
    if moved.returncode != 0:
        return True
    before = {new: old for _, old, new in (line.split("\t") for line in moved.stdout.decode().splitlines())}
    for path in read_by(name):
        was = git("show", f"{passed}:{before.get(path, path)}")
        is_here = (ROOT / path).exists()
        if is_here != (was.returncode == 0):
            return True
        if is_here and code_of(path, was.stdout) != code_of(path, (ROOT / path).read_bytes()):
            return True
    return False


def main():
    whole = os.environ.get("RESTANTE_WHOLE") == "yes"
    print("changed" if whole or has_changed(sys.argv[1], (ROOT / ".ci/passed").read_text().strip()) else "same")


if __name__ == "__main__":
    main()

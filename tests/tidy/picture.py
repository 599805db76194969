#!/usr/bin/env python3
"""The picture of the modules in ARCHITECTURE.md, drawn from the includes: an arrow leads from a module to one that it includes, unless
another arrow's module includes that one already.

picture.py ROOT           fails where the page has another picture
picture.py ROOT --write   writes it into the page
"""
import pathlib
import re
import sys

ROOT = pathlib.Path(sys.argv[1] if len(sys.argv) > 1 else ".").resolve()
PAGE = ROOT / "ARCHITECTURE.md"
BEGIN, END = "<!-- The picture begins: tests/tidy/picture.py draws it. -->\n", "<!-- The picture ends. -->\n"


def included():
    """Each module, and those that its files include."""
    modules = sorted(folder.name for folder in (ROOT / "src").iterdir() if folder.is_dir())
    found = {module: set() for module in modules}
    for module in modules:
        for path in (ROOT / "src" / module).rglob("*.[ch]pp"):
            for name in re.findall(r'^#include "(\w+)/', path.read_text(errors="replace"), re.MULTILINE):
                if name in found and name != module:
                    found[module].add(name)
    return found


def reached(graph, module, seen):
    for below in graph[module]:
        if below not in seen:
            seen.add(below)
            reached(graph, below, seen)
    return seen


def picture():
    graph = included()
    lines = ["```mermaid", "graph TD"]
    for module in sorted(graph, key=lambda name: (-len(reached(graph, name, set())), name)):
        hidden = set().union(*(reached(graph, below, set()) for below in graph[module])) if graph[module] else set()
        lines += [f"    {module} --> {below}" for below in sorted(graph[module] - hidden)]
    return "\n".join([*lines, "```"]) + "\n"


text = PAGE.read_text()
if text.count(BEGIN) != 1 or text.count(END) != 1:
    sys.exit("ARCHITECTURE.md has no place for the picture of the modules")
before, rest = text.split(BEGIN)
drawn, after = rest.split(END)
if "--write" in sys.argv[2:]:
    PAGE.write_text(before + BEGIN + picture() + END + after)
elif drawn != picture():
    sys.exit("the picture of the modules in ARCHITECTURE.md is not that of the includes: tests/tidy/picture.py . --write")
else:
    print("the picture is that of the includes")

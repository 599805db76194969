#!/usr/bin/env python3
"""Nothing is declared in src/ and never used by a program, and nothing is declared and never defined. Tests are no programs.

used.py ROOT [BUILD]
First by names: what is reached from main() through the text of src/ and bench/. Then, where BUILD is a complete build, by symbols: names
that several classes share are told apart there. tests/tidy/unused.txt lists what stays all the same, with its reason.
"""
import collections
import pathlib
import re
import subprocess
import sys

sys.dont_write_bytecode = True
from declarations import ROOT as MAIN, reader  # noqa: E402

# What the standard library and other libraries call or look for by these names.
CALLED_BY_LIBRARIES = {"is_transparent"}


def read_sources(root):
    for folder in ("src", "bench"):
        for path in sorted((root / folder).rglob("*.[ch]pp")):
            yield reader(str(path.relative_to(root)), path.read_text(errors="replace"))


def room_of(path):
    parts = path.split("/")
    return parts[1] if parts[0] == "src" else parts[0]


def reached_names(readers):
    """Every name that stands in the text of something that is reached itself, from main() on."""
    enumerators = {found.name for one in readers for found in one.declarations if found.kind == "enumerator"}
    used_in = collections.defaultdict(set)
    for one in readers:
        for use in one.uses:
            if not (use.described and use.name in enumerators):
                used_in[use.context].add(use.name)
    reached, left = {MAIN}, [MAIN]
    while left:
        for name in used_in[left.pop()] - reached:
            reached.add(name)
            left.append(name)
    return reached


def text_of(found):
    return f"{found.owner}::{found.name}" if found.owner else found.name


def never_used(readers):
    reached = reached_names(readers)
    for one in readers:
        for found in one.declarations:
            if found.path.startswith("src/") and found.path.endswith(".hpp") and found.name not in reached | CALLED_BY_LIBRARIES:
                yield found.path, found.line, f"no program uses the {found.kind} {text_of(found)}"


def never_written(readers):
    """What a program sets of a session's policy, it sets by name: what none sets stays its default for ever."""
    members, written = [], set()
    for one in readers:
        members += [found for found in one.declarations if found.owner == "session_policy" and found.path.startswith("src/")]
        variable = module = None
        words = [word for word, _ in one.tokens]
        for at, word in enumerate(words[:-3]):
            if word == "session_policy" and words[at - 1] == "::" and words[at + 2] in (";", "{}", "{"):
                variable, module = words[at + 1], words[at - 2]
            elif word == variable and words[at + 1] == "." and words[at + 3] == "=":
                written.add((module, words[at + 2]))
    for found in members:
        if (room_of(found.path), found.name) not in written:
            yield found.path, found.line, f"no program sets the member {text_of(found)}"


def never_defined(readers):
    declared, definitions = collections.defaultdict(list), collections.Counter()
    for one in readers:
        for found in one.declarations:
            if found.kind == "function":
                key = room_of(found.path), found.owner, found.name
                if found.defined:
                    definitions[key] += 1
                elif found.path.endswith(".hpp"):
                    declared[key].append(found)
    for key, places in declared.items():
        if len(places) > definitions[key]:
            yield places[-1].path, places[-1].line, f"{text_of(places[-1])} is declared {len(places)} times and defined {definitions[key]} times"


def sources_of(item, build, root):
    """build/src/auth/CMakeFiles/restante_auth.dir/log_in.cpp.o is of src/auth/log_in.cpp; a unit is of all that it includes."""
    if "/Unity/" in str(item):
        included = re.findall(r'^#include "(.*)"$', item.with_suffix("").read_text(), re.MULTILINE)
        return [str(pathlib.Path(path).relative_to(root)) for path in included]
    return [re.sub(r"CMakeFiles/[^/]+/", "", str(item.relative_to(build)))[:-2]]


def symbols(objects):
    """The functions that each object defines for all, without those that the code or the tables of some object refer to. A
    symbol that is asked for is referred to in its own object, too: code that others may replace (-fPIC) is called by name."""
    defined, wanted = {}, set()
    table = subprocess.run(["nm", "-g", "-A", *map(str, objects)], check=True, capture_output=True, text=True).stdout
    for line in table.splitlines():
        item, _, rest = line.partition(":")
        kind, name = rest.split()[-2:]
        if kind == "T":
            defined[name] = item
    # Not what only describes code, as .eh_frame and .debug_info do.
    code = False
    for line in subprocess.run(["readelf", "-rW", *map(str, objects)], check=True, capture_output=True, text=True).stdout.splitlines():
        if line.startswith("Relocation section"):
            code = line.split("'")[1].startswith((".rela.text", ".rela.data", ".rela.rodata", ".rela.init_array"))
        elif code and len(words := line.split()) > 4:
            wanted.add(words[4])
    return {name: item for name, item in defined.items() if name not in wanted}


def names_of(mangled):
    table = subprocess.run(["c++filt", "-p"], input="\n".join(mangled), check=True, capture_output=True, text=True).stdout.splitlines()
    return [re.sub(r"\[abi:\w+\]", "", name) for name in table]


def never_linked(readers, build, root):
    """A function that nothing refers to must be used in its own file, where the compiler may have put it in place."""
    by_path = {one.path: one for one in readers}
    functions = [found for one in readers if one.path.startswith("src/") and one.path.endswith(".hpp")
                 for found in one.declarations if found.kind == "function"]
    places = {(room_of(found.path), found.owner, found.name): found for found in functions}
    called_by_table = {(room_of(found.path), found.owner, found.name) for found in functions if found.virtual}
    classes = {found.name for one in readers for found in one.declarations if found.kind == "type"}
    sources = {str(item): [path for path in sources_of(item, build, root) if path in by_path]
               for folder in ("src", "bench") for item in sorted((build / folder).rglob("*.c*.o"))}
    objects = [item for item, paths in sources.items() if paths]
    missing = {path for path in by_path if path.startswith("src/") and path.endswith(".cpp")} - {path for item in objects for path in sources[item]}
    if missing:
        yield str(build), 0, f"has no object of {', '.join(sorted(missing)[:3])}: build everything first"
        return
    alone = symbols(objects)
    for name, item in zip(names_of(alone), alone.values()):
        parts = name.split("::")
        key = parts[0], parts[-2] if parts[-2:-1] and parts[-2] in classes else "", parts[-1]
        own = [by_path[path] for path in sources[item]]
        own = [one for one in own if any((found.owner, found.name) == key[1:] for found in one.declarations)] or own
        if key in places and key not in called_by_table and not any(use.name == parts[-1] for one in own for use in one.uses):
            yield places[key].path, places[key].line, f"no program uses the function {name}"


def without_excused(faults, path, complete):
    """Faults without those that the list excuses; what it excuses in vain is a fault itself, where all faults are known."""
    rows = [line.partition(": ") for line in path.read_text().splitlines() if line and not line.startswith("#")] if path.exists() else []
    for name, _, reason in rows:
        excused = {fault for fault in faults if re.search(rf"[ :]{re.escape(name)}\b", fault[2])}
        if (complete and not excused) or not reason:
            faults = faults | {(path.name, 0, f"{name} is used, or has no reason")}
        faults = faults - excused
    return faults


def main():
    root = pathlib.Path(sys.argv[1] if len(sys.argv) > 1 else ".").resolve()
    readers = list(read_sources(root))
    faults = {*never_used(readers), *never_written(readers), *never_defined(readers)}
    if len(sys.argv) > 2:
        told = {(path, line) for path, line, _ in faults}
        faults |= {fault for fault in never_linked(readers, pathlib.Path(sys.argv[2]).resolve(), root) if fault[:2] not in told}
    faults = without_excused(faults, root / "tests/tidy/unused.txt", len(sys.argv) > 2)
    print("\n".join(f"{path}:{line}: {why}" for path, line, why in sorted(faults)) or "all that is declared is used")
    return 1 if faults else 0


if __name__ == "__main__":
    sys.exit(main())

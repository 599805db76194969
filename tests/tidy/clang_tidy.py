#!/usr/bin/env python3
"""clang-tidy over src/: clean, or the test fails. What was clean and has not changed since is not read again.

Nor is, but with --whole, what is the same as at the commit in .ci/passed, which this check in CI found clean: neither a source of the unit nor a header
of src/ that it includes, nor the checks, nor the flags of its target: where CMake's files changed, that commit is configured once more, and the flags are
compared. Where that commit is not in the history, all is read.

It reads what the build compiles: where that is a unit of several sources (CMAKE_UNITY_BUILD), the headers of the standard library and
of Asio, which are most of the work, are read once for all of them. What clang-tidy looks for in the file it is given alone, and not in
what that includes, is seen to here: clang_tidy_can_fail.py plants such faults.
"""
import argparse
import collections
import concurrent.futures
import dataclasses
import hashlib
import json
import os
import pathlib
import re
import shlex
import shutil
import subprocess
import sys
import tempfile
import time

TOOL = "clang-tidy-19"
# The commands are g++'s: clang knows not all of its warnings, and has no use for its precompiled headers.
CLANG_FLAGS = ("-Wno-unknown-warning-option", "-Wno-unused-command-line-argument", "-Wno-ignored-gch")
# Clang's analyzer follows the paths of an included .cpp only where the file that includes it is called so.
UNIT_NAME = "UnifiedSource"
# Looks at the file it is given alone, so that sources with such a declaration are read once more, by themselves.
ALONE = "misc-unused-using-decls"
ALONE_NEEDED = re.compile(r"^\s*using (typename )?[\w:]+::\w+;", re.MULTILINE)
INCLUDED = re.compile(r'^#include "(.*)"$', re.MULTILINE)
OWN_INCLUDE = re.compile(r'^#include "([\w/]+\.[hc]pp)"', re.MULTILINE)
TARGET = re.compile(r"CMakeFiles/(restante[^/]*)\.dir/")
FAULT = re.compile(r"^(?P<where>/.*?:\d+:\d+): error: (?P<what>.*) \[(?P<check>[^\],]+)[^\]]*\]$")


def common_inputs(root):
    """What every verdict rests on: the tool, the checks, and every header of the project."""
    sha = hashlib.sha256(subprocess.run([TOOL, "--version"], capture_output=True, check=True).stdout)
    shared = [path for pattern in (".clang-tidy", "*.hpp") for path in sorted((root / "src").rglob(pattern))]
    for path in (root / ".clang-tidy", pathlib.Path(__file__), *shared):
        sha.update(path.read_bytes())
    return sha.digest()


def changed_files(root):
    """What differs from the last commit that CI found clean, relative to the root; None where there is no such commit here."""
    passed = root / ".ci/passed"
    if not passed.exists() or not shutil.which("git"):
        return None
    files = set()
    for words in (["diff", "--name-only", passed.read_text().strip()], ["ls-files", "--others", "--exclude-standard"]):
        done = subprocess.run(["git", *words], cwd=root, capture_output=True, text=True)
        if done.returncode != 0:
            return None
        files |= set(done.stdout.splitlines())
    return files


def is_of_cmake(path):
    return path.endswith((".cmake", "CMakeLists.txt")) or path == "CMakePresets.json"


def flags_by_target(build, root):
    """What the compiler is told in this build of each target of ours, but for the names of files."""
    flags = {}
    for one in json.loads((build / "compile_commands.json").read_text()):
        if target := TARGET.search(one["command"]):
            words = shlex.split(one["command"])
            kept = [word for before, word in zip([""] + words, words) if not {before, word} & {"-o", "-c"}]
            flags.setdefault(target[1], set()).add(" ".join(kept).replace(str(root), ""))
    return flags


def has_flags_of(commit, build, root):
    """Has each target the flags that it has where that commit is configured as this build was?"""
    with tempfile.TemporaryDirectory() as folder:
        tree = pathlib.Path(folder).resolve()
        archive = subprocess.run(["git", "archive", commit], cwd=root, capture_output=True)
        subprocess.run(["tar", "-x", "-C", tree], input=archive.stdout, capture_output=True)
        done = subprocess.run(["cmake", "--preset", build.name, "-DRESTANTE_TESTS=ON"], cwd=tree, capture_output=True)
        if archive.returncode != 0 or done.returncode != 0:
            return False
        before = flags_by_target(tree / "build" / build.name, tree)
    return all(before.get(target) == flags for target, flags in flags_by_target(build, root).items())


def reaches_all(changed, build, root):
    """Does a change of these files concern every verdict?"""
    if any(path.endswith(".clang-tidy") for path in changed):
        return True
    return any(map(is_of_cmake, changed)) and not has_flags_of((root / ".ci/passed").read_text().strip(), build, root)


def with_headers(sources, root):
    """The sources and the headers of src/ that they include, theirs too; relative to the root."""
    known, left = set(), [source.relative_to(root) for source in sources]
    while left:
        path = left.pop()
        if path in known or not (root / path).is_file():
            continue
        known.add(path)
        left += [pathlib.Path("src") / name for name in OWN_INCLUDE.findall((root / path).read_text())]
    return {str(path) for path in known}


@dataclasses.dataclass
class unit:
    """What one call of the compiler reads: a source of src/, or the file that includes some of them."""
    file: pathlib.Path
    command: str
    sources: list
    checks: str = ""  # empty: all of them

    @property
    def octets(self):
        return sum(source.stat().st_size for source in self.sources)

    def verdict_of(self, common):
        sha = hashlib.sha256(common + self.checks.encode() + self.command.encode())
        for source in self.sources:
            sha.update(source.read_bytes())
        return sha.hexdigest()


def own_unit(one, cache):
    """The same in a file of our own; in that of the build each include of a source would be a fault."""
    own = cache / f"{UNIT_NAME}-{hashlib.sha256(str(one.file).encode()).hexdigest()[:16]}.cxx"
    text = "".join(f'// NOLINTNEXTLINE(bugprone-suspicious-include)\n#include "{source}"\n' for source in one.sources)
    if not own.exists() or own.read_text() != text:
        own.write_text(text)
    return unit(own, one.command.replace(str(one.file), str(own)), one.sources)


def alone(one):
    """The sources of a unit that must be read by themselves, too."""
    for source in one.sources:
        if ALONE_NEEDED.search(source.read_text()):
            yield unit(source, one.command.replace(str(one.file), str(source)), [source], f"-*,{ALONE}")


def units_of(build, root, cache):
    """What of the build compiles sources of src/, the longest first, so that the last to end is a short one."""
    units = []
    for one in json.loads((build / "compile_commands.json").read_text()):
        file = pathlib.Path(one["file"])
        is_unit = file.parent.name == "Unity"
        included = INCLUDED.findall(file.read_text()) if is_unit else [file]
        found = unit(file, one["command"], [source for source in map(pathlib.Path, included) if source.is_relative_to(root / "src")])
        if found.sources:
            units += [own_unit(found, cache), *alone(found)] if is_unit else [found]
    return sorted(units, key=lambda one: (not one.checks, one.octets), reverse=True)


def configuration_of(one):
    """The .clang-tidy nearest to the sources; a unit itself lies in the build folder."""
    nearest = {next(folder / ".clang-tidy" for folder in source.parents if (folder / ".clang-tidy").exists()) for source in one.sources}
    if len(nearest) != 1:
        raise SystemExit(f"{one.file} includes sources that have not one .clang-tidy in common")
    return nearest.pop()


def run_tool(one, commands):
    flags = [f"--extra-arg={flag}" for flag in CLANG_FLAGS] + ([f"--checks={one.checks}"] if one.checks else [])
    command = [TOOL, "--quiet", "-p", commands, f"--config-file={configuration_of(one)}", *flags, one.file]
    return subprocess.run(list(map(str, command)), capture_output=True, text=True)


def main():
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("build", type=pathlib.Path, help="a build folder with compile_commands.json")
    parser.add_argument("--jobs", type=int, default=os.cpu_count())
    parser.add_argument("--whole", action="store_true", help="also what is as CI last passed it")
    arguments = parser.parse_args()
    root = pathlib.Path(__file__).resolve().parents[2]
    build = arguments.build.resolve()
    cache = build / "clang-tidy"
    cache.mkdir(exist_ok=True)
    units = units_of(build, root, cache)
    (cache / "compile_commands.json").write_text(
        json.dumps([{"directory": str(build), "file": str(one.file), "command": one.command} for one in units]))
    left_out = {*(root / "src").rglob("*.cpp")} - {source for one in units if not one.checks for source in one.sources}
    if left_out:
        print("the build does not compile, so nothing was checked of: " + ", ".join(sorted(str(path.relative_to(root)) for path in left_out)))
        return 1
    changed = None if arguments.whole or os.environ.get("RESTANTE_WHOLE") == "yes" else changed_files(root)
    if changed is not None and reaches_all(changed, build, root):
        changed = None
    common = common_inputs(root)
    began = time.monotonic()

    def check(one):
        if changed is not None and not changed & with_headers(one.sources, root):
            return one, "passed before", ""
        stamp = cache / one.verdict_of(common)
        if stamp.exists():
            return one, "unchanged", ""
        done = run_tool(one, cache)
        if done.returncode == 0:
            stamp.touch()
            return one, "clean", ""
        return one, "faulty", done.stdout + "\n".join(l for l in done.stderr.splitlines() if "error:" in l)

    counts, by_check, told = collections.Counter(), collections.Counter(), set()
    with concurrent.futures.ThreadPoolExecutor(arguments.jobs) as pool:
        for one, verdict, text in pool.map(check, units):
            counts[verdict] += 1
            if verdict != "faulty":
                continue
            faults = [match for match in map(FAULT.match, text.splitlines()) if match]
            if not faults:  # it did not get as far as a check: a missing file, a crash
                print(f"{one.file.relative_to(root)}: {TOOL} failed:\n{text}", flush=True)
            for fault in faults:  # a header's fault is told once, not for each unit that includes it
                if fault.group() not in told:
                    told.add(fault.group())
                    by_check[fault["check"]] += 1
                    print(fault.group().replace(f"{root}/", "").replace(",-warnings-as-errors", ""), flush=True)
    for name, times in by_check.most_common():
        print(f"{times:5} {name}")
    files = sum(len(one.sources) for one in units if not one.checks)
    print(f"{files} files in {len(units)} readings, {time.monotonic() - began:.0f} s: {counts['clean']} clean, "
          f"{counts['unchanged']} unchanged since they were clean, {counts['passed before']} as CI passed them, {counts['faulty']} with faults")
    return 1 if counts["faulty"] else 0


if __name__ == "__main__":
    sys.exit(main())

#!/usr/bin/env python3
"""clang-tidy over src/: clean, or the test fails. What was clean and has not changed since is not read again.

It reads what the build compiles: where that is a unit of several sources (CMAKE_UNITY_BUILD), the headers of the standard library and
of Asio, which are most of the work, are read once for all of them. The analyzer and the checks take an included .cpp for a source.
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
import subprocess
import sys
import time

TOOL = "clang-tidy-19"
# The commands are g++'s: clang knows not all of its warnings, and has no use for its precompiled headers.
CLANG_FLAGS = ("-Wno-unknown-warning-option", "-Wno-unused-command-line-argument", "-Wno-ignored-gch")
INCLUDED = re.compile(r'^#include "(.*)"$', re.MULTILINE)
FAULT = re.compile(r"^(?P<where>/.*?:\d+:\d+): error: (?P<what>.*) \[(?P<check>[^\],]+)[^\]]*\]$")


def common_inputs(root):
    """What every verdict rests on: the tool, the checks, and every header of the house."""
    sha = hashlib.sha256(subprocess.run([TOOL, "--version"], capture_output=True, check=True).stdout)
    shared = [path for pattern in (".clang-tidy", "*.hpp") for path in sorted((root / "src").rglob(pattern))]
    for path in (root / ".clang-tidy", pathlib.Path(__file__), *shared):
        sha.update(path.read_bytes())
    return sha.digest()


@dataclasses.dataclass
class unit:
    """What one call of the compiler reads: a source of src/, or the file that includes some of them."""
    file: pathlib.Path
    command: str
    sources: list

    @property
    def octets(self):
        return sum(source.stat().st_size for source in self.sources)

    def verdict_of(self, common):
        sha = hashlib.sha256(common + self.command.encode())
        for source in self.sources:
            sha.update(source.read_bytes())
        return sha.hexdigest()


def units_of(build, root):
    """What of the build compiles sources of src/, the longest first, so that the last to end is a short one."""
    units = []
    for one in json.loads((build / "compile_commands.json").read_text()):
        file = pathlib.Path(one["file"])
        included = INCLUDED.findall(file.read_text()) if file.parent.name == "Unity" else [file]
        sources = [source for source in map(pathlib.Path, included) if source.is_relative_to(root / "src")]
        if sources:
            units.append(unit(file, one["command"], sources))
    return sorted(units, key=lambda one: one.octets, reverse=True)


def configuration_of(one):
    """The .clang-tidy nearest to the sources; a unit itself lies in the build folder."""
    nearest = {next(folder / ".clang-tidy" for folder in source.parents if (folder / ".clang-tidy").exists()) for source in one.sources}
    if len(nearest) != 1:
        raise SystemExit(f"{one.file} includes sources that have not one .clang-tidy in common")
    return nearest.pop()


def run_tool(build, one):
    flags = [f"--extra-arg={flag}" for flag in CLANG_FLAGS]
    command = [TOOL, "--quiet", "-p", build, f"--config-file={configuration_of(one)}", *flags, one.file]
    return subprocess.run(list(map(str, command)), capture_output=True, text=True)


def main():
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("build", type=pathlib.Path, help="a build folder with compile_commands.json")
    parser.add_argument("--jobs", type=int, default=os.cpu_count())
    arguments = parser.parse_args()
    root = pathlib.Path(__file__).resolve().parents[2]
    build = arguments.build.resolve()
    units = units_of(build, root)
    left_out = {*(root / "src").rglob("*.cpp")} - {source for one in units for source in one.sources}
    if left_out:
        print("the build does not compile, so nothing was checked of: " + ", ".join(sorted(str(path.relative_to(root)) for path in left_out)))
        return 1
    cache = build / "clang-tidy"
    cache.mkdir(exist_ok=True)
    common = common_inputs(root)
    began = time.monotonic()

    def check(one):
        stamp = cache / one.verdict_of(common)
        if stamp.exists():
            return one, "unchanged", ""
        done = run_tool(build, one)
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
    print(f"{sum(len(one.sources) for one in units)} files in {len(units)} units, {time.monotonic() - began:.0f} s: {counts['clean']} clean, "
          f"{counts['unchanged']} unchanged since they were clean, {counts['faulty']} with faults")
    return 1 if counts["faulty"] else 0


if __name__ == "__main__":
    sys.exit(main())

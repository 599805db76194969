#!/usr/bin/env python3
"""clang-tidy over src/: clean, or the test fails. What was clean and has not changed since is not read again."""
import argparse
import collections
import concurrent.futures
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
FAULT = re.compile(r"^(?P<where>/.*?:\d+:\d+): error: (?P<what>.*) \[(?P<check>[^\],]+)[^\]]*\]$")


def common_inputs(root):
    """What every verdict rests on: the tool, the checks, and every header of the house."""
    sha = hashlib.sha256(subprocess.run([TOOL, "--version"], capture_output=True, check=True).stdout)
    shared = [path for pattern in (".clang-tidy", "*.hpp") for path in sorted((root / "src").rglob(pattern))]
    for path in (root / ".clang-tidy", pathlib.Path(__file__), *shared):
        sha.update(path.read_bytes())
    return sha.digest()


def sources_of(build, root):
    """Each source under src/ with the command that compiles it."""
    commands = json.loads((build / "compile_commands.json").read_text())
    return {pathlib.Path(one["file"]): one["command"] for one in commands
            if pathlib.Path(one["file"]).is_relative_to(root / "src")}


def run_tool(build, source):
    flags = [f"--extra-arg={flag}" for flag in CLANG_FLAGS]
    return subprocess.run([TOOL, "--quiet", "-p", str(build), *flags, str(source)], capture_output=True, text=True)


def main():
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("build", type=pathlib.Path, help="a build folder with compile_commands.json")
    parser.add_argument("--jobs", type=int, default=os.cpu_count())
    arguments = parser.parse_args()
    root = pathlib.Path(__file__).resolve().parents[2]
    sources = sources_of(arguments.build, root)
    if not sources:
        print("no sources in compile_commands.json: nothing was checked")
        return 1
    cache = arguments.build / "clang-tidy"
    cache.mkdir(exist_ok=True)
    common = common_inputs(root)
    began = time.monotonic()

    def check(source):
        stamp = cache / hashlib.sha256(common + sources[source].encode() + source.read_bytes()).hexdigest()
        if stamp.exists():
            return source, "unchanged", ""
        done = run_tool(arguments.build, source)
        if done.returncode == 0:
            stamp.touch()
            return source, "clean", ""
        return source, "faulty", done.stdout + "\n".join(l for l in done.stderr.splitlines() if "error:" in l)

    counts, by_check, told = collections.Counter(), collections.Counter(), set()
    with concurrent.futures.ThreadPoolExecutor(arguments.jobs) as pool:
        for source, verdict, text in pool.map(check, sorted(sources)):
            counts[verdict] += 1
            if verdict != "faulty":
                continue
            faults = [match for match in map(FAULT.match, text.splitlines()) if match]
            if not faults:  # it did not get as far as a check: a missing file, a crash
                print(f"{source.relative_to(root)}: {TOOL} failed:\n{text}", flush=True)
            for fault in faults:  # a header's fault is told once, not for each source that includes it
                if fault.group() not in told:
                    told.add(fault.group())
                    by_check[fault["check"]] += 1
                    print(fault.group().replace(f"{root}/", "").replace(",-warnings-as-errors", ""), flush=True)
    for name, times in by_check.most_common():
        print(f"{times:5} {name}")
    print(f"{len(sources)} files in {time.monotonic() - began:.0f} s: {counts['clean']} clean, "
          f"{counts['unchanged']} unchanged since they were clean, {counts['faulty']} with faults")
    return 1 if counts["faulty"] else 0


if __name__ == "__main__":
    sys.exit(main())

#!/usr/bin/env python3
"""Every source stands as clang-format-19 would write it, or the test fails and names the file."""
import concurrent.futures
import os
import pathlib
import re
import subprocess
import sys

TOOL = "clang-format-19"
AT_ONCE = 40  # files for one process: its start takes longer than reading a file
FAULT = re.compile(r"^(.*?):\d+:\d+: error: ", re.MULTILINE)


def faulty_of(sources):
    """Those that the tool would change. Where it fails without naming one, all of them."""
    done = subprocess.run([TOOL, "--dry-run", "-Werror", *map(str, sources)], capture_output=True, text=True)
    named = set(map(pathlib.Path, FAULT.findall(done.stderr)))
    return named or set(sources if done.returncode != 0 else ())


def main():
    root = pathlib.Path(sys.argv[1] if len(sys.argv) > 1 else ".").resolve()
    sources = sorted(path for folder in ("src", "tests", "bench", "conformance", "examples") for pattern in ("*.cpp", "*.hpp")
                     for path in (root / folder).rglob(pattern))
    if not sources:
        print(f"no sources under {root}: nothing was checked")
        return 1
    with concurrent.futures.ThreadPoolExecutor(os.cpu_count()) as pool:
        groups = [sources[at:at + AT_ONCE] for at in range(0, len(sources), AT_ONCE)]
        faulty = sorted(set().union(*pool.map(faulty_of, groups)))
    for path in faulty:
        print(f"{path.relative_to(root)}: run {TOOL} -i on it")
    print(f"{len(sources)} files, {len(faulty)} of them not formatted")
    return 1 if faulty else 0


if __name__ == "__main__":
    sys.exit(main())

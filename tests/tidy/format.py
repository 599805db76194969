#!/usr/bin/env python3
"""Every source stands as clang-format-19 would write it, or the test fails and names the file."""
import concurrent.futures
import os
import pathlib
import subprocess
import sys

TOOL = "clang-format-19"


def is_formatted(source):
    return subprocess.run([TOOL, "--dry-run", "-Werror", str(source)], stderr=subprocess.DEVNULL).returncode == 0


def main():
    root = pathlib.Path(sys.argv[1] if len(sys.argv) > 1 else ".").resolve()
    sources = sorted(path for folder in ("src", "tests", "bench") for pattern in ("*.cpp", "*.hpp")
                     for path in (root / folder).rglob(pattern))
    if not sources:
        print(f"no sources under {root}: nothing was checked")
        return 1
    with concurrent.futures.ThreadPoolExecutor(os.cpu_count()) as pool:
        faulty = [path for path, good in zip(sources, pool.map(is_formatted, sources)) if not good]
    for path in faulty:
        print(f"{path.relative_to(root)}: run {TOOL} -i on it")
    print(f"{len(sources)} files, {len(faulty)} of them not formatted")
    return 1 if faulty else 0


if __name__ == "__main__":
    sys.exit(main())

#!/usr/bin/env python3
"""clang-tidy over src/: clean, or the test fails. What was clean and has not changed since is not read again."""
import argparse
import concurrent.futures
import hashlib
import json
import os
import pathlib
import subprocess
import sys

TOOL = "clang-tidy-19"


def digest_of_inputs(root, source, headers):
    """A file's verdict holds while it, every header of the house and the checks are the same."""
    sha = hashlib.sha256(headers)
    sha.update((root / ".clang-tidy").read_bytes())
    sha.update(source.read_bytes())
    return sha.hexdigest()


def main():
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("build", type=pathlib.Path, help="a build folder with compile_commands.json")
    parser.add_argument("--jobs", type=int, default=os.cpu_count())
    arguments = parser.parse_args()
    root = pathlib.Path(__file__).resolve().parents[2]
    cache = arguments.build / "clang-tidy"
    cache.mkdir(exist_ok=True)
    headers = b"".join(path.read_bytes() for path in sorted((root / "src").rglob("*.hpp")))
    commands = json.loads((arguments.build / "compile_commands.json").read_text())
    sources = sorted({pathlib.Path(c["file"]) for c in commands if pathlib.Path(c["file"]).is_relative_to(root / "src")})
    if not sources:
        print("no sources in compile_commands.json: nothing was checked")
        return 1

    def check(source):
        stamp = cache / digest_of_inputs(root, source, headers)
        if stamp.exists():
            return source, "unchanged", ""
        done = subprocess.run([TOOL, "--quiet", "-p", str(arguments.build), "--extra-arg=-Wno-unknown-warning-option",
                               "--extra-arg=-Wno-unused-command-line-argument", str(source)],
                              capture_output=True, text=True)
        if done.returncode == 0:
            stamp.touch()
            return source, "clean", ""
        return source, "faulty", done.stdout + "\n".join(l for l in done.stderr.splitlines() if "error:" in l)

    counts = {"unchanged": 0, "clean": 0, "faulty": 0}
    with concurrent.futures.ThreadPoolExecutor(arguments.jobs) as pool:
        for source, verdict, text in pool.map(check, sources):
            counts[verdict] += 1
            if verdict == "faulty":
                print(f"--- {source.relative_to(root)}\n{text}", flush=True)
    print(f"{len(sources)} files: {counts['clean']} clean, {counts['unchanged']} unchanged since they were clean, "
          f"{counts['faulty']} with faults")
    return 1 if counts["faulty"] else 0


if __name__ == "__main__":
    sys.exit(main())

#!/usr/bin/env python3
"""clang_tidy.py itself: what it must refuse it refuses in the last source of a unit, too, and no source may be left out."""
import json
import pathlib
import shutil
import subprocess
import sys
import tempfile

HERE = pathlib.Path(__file__).resolve().parent
FIRST = """namespace base {
int first(const int* number)
{
    return number ? *number : 0;
}
} // namespace base
"""
LAST = """namespace base {
struct thing {};
int last(int number)
{
    return number + 1;
}
} // namespace base
"""
# What comes behind the last source's text: a fault of the syntax, one of the analyzer's, and those that are looked for, unless told
# otherwise, in the file that is given to the tool and in none that it includes.
FAULTS = {
    "bugprone-branch-clone": "int twice(int n)\n{\n    if (n > 1)\n        n = 2;\n    else\n        n = 2;\n    return n;\n}\n",
    "clang-analyzer-core.NullDereference": "int none(int n)\n{\n    const int* nothing = nullptr;\n    return n > 1 ? *nothing : 0;\n}\n",
    "modernize-deprecated-headers": "#include <string.h>\n",
    "misc-unused-using-decls": "namespace other {\nusing base::thing;\n}\n",
}


def git(root, *words):
    subprocess.run(["git", "-c", "user.name=ann", "-c", "user.email=ann@example.org", *words], cwd=root, check=True, capture_output=True)


PROJECT = """cmake_minimum_required(VERSION 3.25)
project(sound CXX)
set(CMAKE_EXPORT_COMPILE_COMMANDS ON)
include(cmake/flags.cmake)
add_library(restante_base src/base/first.cpp src/base/last.cpp)
"""
PRESETS = {"version": 4, "configurePresets": [{"name": "release", "generator": "Ninja", "binaryDir": "${sourceDir}/build/release"}]}


def configured(flags):
    """What the check says of two sources, one of which has a fault and which CI passed, where CMake's files have these flags since."""
    with tempfile.TemporaryDirectory() as folder:
        root = pathlib.Path(folder).resolve()
        for path in (root / "src/base", root / "tests/tidy", root / "cmake", root / ".ci"):
            path.mkdir(parents=True)
        shutil.copy(HERE / "clang_tidy.py", root / "tests/tidy")
        shutil.copy(HERE.parents[1] / ".clang-tidy", root)
        for path, text in {"src/base/first.cpp": FIRST, "src/base/last.cpp": LAST + BRANCHES, "CMakeLists.txt": PROJECT,
                           "CMakePresets.json": json.dumps(PRESETS), "cmake/flags.cmake": ""}.items():
            (root / path).write_text(text)
        git(root, "init", "-q")
        git(root, "add", ".")
        git(root, "commit", "-qm", "passed")
        (root / ".ci/passed").write_text((root / ".git" / (root / ".git/HEAD").read_text().split()[1]).read_text())
        (root / "cmake/flags.cmake").write_text(flags)
        subprocess.run(["cmake", "--preset", "release"], cwd=root, check=True, capture_output=True)
        done = subprocess.run([sys.executable, root / "tests/tidy/clang_tidy.py", root / "build/release"], capture_output=True, text=True)
        return done.returncode, done.stdout + done.stderr


def checked(last, left_out=False, passed=None):
    """What the check says of the two sources; where `passed` is given, CI passed them, and then `passed` changed them."""
    with tempfile.TemporaryDirectory() as folder:
        root = pathlib.Path(folder).resolve()
        build = root / "build"
        unit = build / "src/base/CMakeFiles/x.dir/Unity/unity_0_cxx.cxx"
        for path in (root / "src/base", root / "tests/tidy", unit.parent):
            path.mkdir(parents=True)
        shutil.copy(HERE / "clang_tidy.py", root / "tests/tidy")
        shutil.copy(HERE.parents[1] / ".clang-tidy", root)
        sources = {root / "src/base/first.cpp": FIRST, root / "src/base/last.cpp": last}
        for path, text in sources.items():
            path.write_text(text)
        included = list(sources)[:1] if left_out else sources
        unit.write_text("".join(f'#include "{path}"\n' for path in included))
        (build / "compile_commands.json").write_text(json.dumps(
            [{"directory": str(build), "file": str(unit), "command": f"c++ -std=c++20 -I{root}/src -o unit.o -c {unit}"}]))
        if passed:
            git(root, "init", "-q")
            git(root, "add", "src", ".clang-tidy")
            git(root, "commit", "-qm", "passed")
            (root / ".ci").mkdir()
            (root / ".ci/passed").write_text((root / ".git" / (root / ".git/HEAD").read_text().split()[1]).read_text())
            passed(root)
        done = subprocess.run([sys.executable, root / "tests/tidy/clang_tidy.py", build], capture_output=True, text=True)
        return done.returncode, done.stdout + done.stderr


failed = []
for check, fault in FAULTS.items():
    status, told = checked(LAST + fault)
    if status != 1 or "src/base/last.cpp:" not in told or f"[{check}]" not in told:
        failed.append(f"{check} was not noticed: {told}")
status, told = checked(LAST, left_out=True)
if status != 1 or "src/base/last.cpp" not in told:
    failed.append(f"a source that the build leaves out was not noticed: {told}")
BRANCHES = FAULTS["bugprone-branch-clone"]
status, told = checked(LAST + BRANCHES, passed=lambda root: None)
if status != 0 or "as CI passed them" not in told:
    failed.append(f"what CI passed was read again: {told}")
status, told = checked(LAST, passed=lambda root: (root / "src/base/last.cpp").write_text(LAST + BRANCHES))
if status != 1:
    failed.append(f"a fault in a source that changed since CI passed it was not noticed: {told}")
status, told = checked('#include "base/own.hpp"\n' + LAST, passed=lambda root: (root / "src/base/own.hpp").write_text(BRANCHES))
if status != 1:
    failed.append(f"a fault in a header that changed since CI passed it was not noticed: {told}")
status, told = checked(LAST + BRANCHES, passed=lambda root: (root / "CMakeLists.txt").write_text("no project"))
if status != 1:
    failed.append(f"a build that cannot be compared was taken for the same: {told}")
status, told = configured("# what compiles nothing\n")
if status != 0 or "as CI passed them" not in told:
    failed.append(f"the same flags were taken for others: {told}")
status, told = configured("add_compile_options(-Wall)\n")
if status != 1:
    failed.append(f"other flags since CI passed were not noticed: {told}")
status, told = checked(LAST)
if status != 0:
    failed.append(f"sound sources were refused: {told}")
print("\n".join(failed) if failed else f"{len(FAULTS) + 5} faults noticed")
sys.exit(1 if failed else 0)

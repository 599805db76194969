#!/usr/bin/env python3
"""The text test itself: a project with one fault of each kind must be refused."""
import pathlib
import subprocess
import sys
import tempfile

HERE = pathlib.Path(__file__).resolve().parent
SOUND = {"README.md": "# A\n", "ARCHITECTURE.md": "# B\n", "CONTRIBUTING.md": "# C\n", "src/pop3/a.hpp": "// A header.\n#pragma once\n",
         "docs/pop3.md": "# pop3\n\n| file | is |\n|---|---|\n| `a.hpp` | the header |\n", "docs/decisions/0001-a.md": "# 0001 A programme\n",
         "docs/decisions/README.md": "# Decisions\n\n- [0001](0001-a.md) A\n"}
FAULTS = {
    "no first line": ("src/pop3/b.cpp", "#include <string>\n"),
    "a header without a guard": ("src/pop3/b.hpp", "// A header.\n"),
    "a long line": ("src/pop3/b.cpp", "// " + "x" * 120 + "\n"),
    "an unfinished place": ("src/pop3/b.cpp", "// A source.\n// " + "TO" + "DO: later\n"),
    "a sleep": ("tests/unit/b.cpp", "// A test.\nvoid f() { std::this_thread::sleep" + "_for(one); }\n"),
    "a banned function": ("src/pop3/b.cpp", "// A source.\nvoid f() { strcpy(a, b); }\n"),
    "prose below the wire": ("src/base/b.cpp", '// A source.\nvoid f() { peer_text = "no"; }\n'),
    "a condition that awaits": ("src/pop3/b.cpp", "// A source.\nvoid f() { if (co_await g()) h(); }\n"),
    "an argument that awaits": ("src/pop3/b.cpp", "// A source.\nvoid f() { h(co_await g()); }\n"),
    "a word that was replaced, in a source": ("src/pop3/b.cpp", "// The pro" + "gramme.\n"),
    "a word that was replaced, in a page": ("docs/b.md", "# The Pro" + "gramme\n"),
    "a link that leads nowhere": ("docs/b.md", "# B\n\n[c](c.md)\n"),
    "a number that leads elsewhere": ("docs/b.md", "# B\n\n[0002](decisions/0001-a.md)\n"),
    "a file that is not there": ("docs/pop3.md", "# pop3\n\n| file | is |\n|---|---|\n| `z.hpp` | nothing |\n"),
    "a decision that the index lacks": ("docs/decisions/0002-b.md", "# 0002 B\n"),
    "a file that the map names and nobody has": ("ARCHITECTURE.md", "# B\n\n`pop3/b.cpp`\n"),
    "wide prose": ("docs/b.md", "# B\n\n" + "word " * 25 + "\n"),
    "a file that grew": ("src/pop3/b.cpp", "// A source.\n" + "int f();\n" * 600),
}


def verdict(files):
    with tempfile.TemporaryDirectory() as folder:
        root = pathlib.Path(folder)
        for name, text in [*SOUND.items(), *files]:
            path = root / name
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_text(text)
        return subprocess.run([sys.executable, HERE / "text.py", root], capture_output=True, text=True)


sound = verdict([])
if sound.returncode != 0:
    sys.exit("a sound project was refused: " + sound.stdout + sound.stderr)
failed = [name for name, file in FAULTS.items() if verdict([file]).returncode != 1]
print("not noticed: " + "; ".join(failed) if failed else f"{len(FAULTS)} faults noticed")
sys.exit(1 if failed else 0)

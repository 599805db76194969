#!/usr/bin/env python3
"""The floors test itself: a house with one breach of each kind must be refused."""
import pathlib
import shutil
import subprocess
import sys
import tempfile

HERE = pathlib.Path(__file__).resolve().parent
BREACHES = {
    "pop3 up to server": ("pop3/a.cpp", '#include "server/post_office.hpp"\n'),
    "pop3 and store meet": ("pop3/a.cpp", '#include "store/store.hpp"\n'),
    "a pure room opens a file": ("mail/a.cpp", "#include <fstream>\n"),
    "a pure room knows Asio": ("lmtp/a.hpp", "#include <boost/asio/awaitable.hpp>\n"),
    "server names a backend": ("server/a.cpp", '#include "store/maildir/maildir_store.hpp"\n'),
    "a part of server includes what composes it": ("server/office.hpp", '#include "server/post_office.hpp"\n'),
    "a library outside its room": ("auth/a.cpp", "#include <openssl/ssl.h>\n"),
    "a room without a floor": ("common/a.cpp", "\n"),
}


def verdict(files):
    with tempfile.TemporaryDirectory() as folder:
        root = pathlib.Path(folder)
        (root / "tests/tidy").mkdir(parents=True)
        shutil.copy(HERE / "floors.txt", root / "tests/tidy/floors.txt")
        (root / "src/base").mkdir(parents=True)
        for name, text in files:
            path = root / "src" / name
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_text(text)
        return subprocess.run([sys.executable, HERE / "floors.py", root], capture_output=True, text=True).returncode


failed = [name for name, file in BREACHES.items() if verdict([file]) != 1]
if verdict([("pop3/a.cpp", '#include "mail/listing.hpp"\n')]) != 0:
    failed.append("a lawful house was refused")
print("not noticed: " + "; ".join(failed) if failed else f"{len(BREACHES)} breaches noticed")
sys.exit(1 if failed else 0)

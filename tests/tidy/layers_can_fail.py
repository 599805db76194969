#!/usr/bin/env python3
"""The layers test itself: a project with one breach of each kind must be refused."""
import pathlib
import shutil
import subprocess
import sys
import tempfile

HERE = pathlib.Path(__file__).resolve().parent
# A backend of the store, and what puts it through the conformance suite; rolls_backend.cpp is not built.
SOUND = {"src/store/tapes/tape_store.hpp": "#pragma once\n",
         "tests/store/CMakeLists.txt": "SOURCES tapes_backend.cpp\n",
         "tests/store/tapes_backend.cpp": "INSTANTIATE_TEST_SUITE_P(tapes, store_conformance, make);\n",
         "tests/store/rolls_backend.cpp": "INSTANTIATE_TEST_SUITE_P(rolls, store_conformance, make);\n"}
BREACHES = {
    "pop3 up to server": ("pop3/a.cpp", '#include "server/post_office.hpp"\n'),
    "pop3 and store meet": ("pop3/a.cpp", '#include "store/store.hpp"\n'),
    "a pure module opens a file": ("mail/a.cpp", "#include <fstream>\n"),
    "a pure module knows Asio": ("lmtp/a.hpp", "#include <boost/asio/awaitable.hpp>\n"),
    "server names a backend": ("server/a.cpp", '#include "store/tapes/tape_store.hpp"\n'),
    "a backend without the suite": ("store/discs/disc_store.hpp", "#pragma once\n"),
    "a backend whose suite is not built": ("store/rolls/roll_store.hpp", "#pragma once\n"),
    "a part of server includes what composes it": ("server/shared_state.hpp", '#include "server/post_office.hpp"\n'),
    "a library outside its module": ("auth/a.cpp", "#include <openssl/ssl.h>\n"),
    "net opens a file": ("net/tls/a.cpp", "#include <fcntl.h>\n"),
    "net has OpenSSL open a file": ("net/tls/a.cpp", "bool trust() { return SSL_CTX_load_verify_file(context, path) == 1; }\n"),
    "net opens a file without the header": ("net/a.cpp", "int look() { return ::open(path, 0); }\n"),
    "collector up to cli": ("collector/a.cpp", '#include "cli/terminal.hpp"\n'),
    "collector prints": ("collector/a.cpp", 'void tell() { fmt::print("{}", 1); }\n'),
    "collector prints to a stream": ("collector/a.cpp", "void tell() { std::cerr << 1; }\n"),
    "collector writes to standard output": ("collector/a.cpp", "void tell() { ::write(1, text, 2); }\n"),
    "collector writes to standard error": ("collector/a.cpp", "void tell() { write(STDERR_FILENO, text, 2); }\n"),
    "collector asks whether there is a terminal": ("collector/a.hpp", "inline bool seen() { return isatty(0) != 0; }\n"),
    "a module without a layer": ("common/a.cpp", "\n"),
}


def verdict(files):
    with tempfile.TemporaryDirectory() as folder:
        root = pathlib.Path(folder)
        (root / "tests/tidy").mkdir(parents=True)
        shutil.copy(HERE / "layers.txt", root / "tests/tidy/layers.txt")
        (root / "src/base").mkdir(parents=True)
        for name, text in [*SOUND.items(), *((f"src/{name}", text) for name, text in files)]:
            path = root / name
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_text(text)
        return subprocess.run([sys.executable, HERE / "layers.py", root], capture_output=True, text=True).returncode


failed = [name for name, file in BREACHES.items() if verdict([file]) != 1]
LAWFUL = {
    "a module below": ("pop3/a.cpp", '#include "mail/listing.hpp"\n'),
    "net gives a Unix socket its mode": ("net/listen/listening_socket.cpp", "#include <sys/stat.h>\n"),
    "net opens a listener": ("net/a.cpp", "auto made = listener::open(where, address);\n"),
    "cli prints": ("cli/a.cpp", "#include <iostream>\nvoid tell() { std::cerr << 1; }\n"),
    "collector writes a file": ("collector/a.cpp", "void keep() { ::write(file.get(), octets.data(), octets.size()); } // not std::cout\n"),
}
failed += [f"{name} was refused" for name, file in LAWFUL.items() if verdict([file]) != 0]
print("not noticed: " + "; ".join(failed) if failed else f"{len(BREACHES)} breaches noticed")
sys.exit(1 if failed else 0)

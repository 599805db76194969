#!/usr/bin/env python3
"""The layers: no module includes one that layers.txt does not put below it, the pure modules stay pure, and every backend of the store
goes through the conformance suite."""
import pathlib
import re
import sys

ROOT = pathlib.Path(sys.argv[1] if len(sys.argv) > 1 else ".").resolve()
LAYERS = ROOT / "tests/tidy/layers.txt"

# What a pure module must not know (design: no Asio, no file, no clock, no random source).
PURE = {"pop3", "lmtp", "mail", "sasl"}
IMPURE = re.compile(r"<(boost/asio|boost/beast|fstream|filesystem|thread|mutex|unistd\.h|fcntl\.h|sys/|random>|iostream)")
# Libraries that one module, or one file of a module, alone may know.
# A Unix socket has a name and a mode among the files.
UNIX_SOCKETS = "net/listen/listening_socket.cpp"
OWNERS = {
    r"<boost/(asio|beast)": {"net", "server", "cli"},
    r"<openssl/ssl": {"net"},
    r"<rados/": {"store"},
    r"<gsasl": {"sasl", "auth"},
    r"<(argon2|crypt)\.h": {"auth"},
    r"<toml\+\+": {"config"},
    r"<CLI/": {"cli"},
    r"<prometheus/": {"server"},
    r"<sqlite3": {"disk", "ledger", "search"},
    r"<(gmime|libxml)/": {"mail"},
    r"<sodium": {"disk"},
    r"<curl/|<libsecret/": {"credentials"},
    r"<boost/json": {"server", "credentials", "config", "cli"},
    r"<(fcntl|dirent)\.h|<sys/stat\.h|<filesystem|<fstream": {"disk", "credentials", "collector", "cli", UNIX_SOCKETS},
}
# net is given contents. OpenSSL would open files by itself, but for its own default places.
BY_PATH = re.compile(
    r"\b(SSL_(CTX_)?(load_verify_(file|dir|locations)|use_\w+_file)|SSL_load_client_CA_file\w*|SSL_add_(file|dir)_cert_\w+|X509_(STORE_load|load_\w+_file)\w*"
    r"|BIO_(new_file|read_filename)|f(re)?open)\(|(?<!\w)::open(at2?)?\("
)
OPENS_NOTHING = {"net"}
# collector/ returns values, and cli/ prints them: it has no standard output, no standard error and no terminal. <iostream> is their streams.
SILENT = {"collector"}
PRINTS = re.compile(
    r"<(iostream|termios\.h|print|ostream|cstdio|stdio\.h|boost/json)|\bstd::(cout|cerr|clog|cin|print|println|printf|fprintf|puts)\b|\bfmt::(print|println)\b"
    r"|\b(STDIN|STDOUT|STDERR)_FILENO\b|\bisatty\s*\(|\b(write|read|dprintf)\s*\(\s*[012]\s*,|\b(printf|fprintf|puts|perror)\s*\(|\b(stdout|stderr|stdin)\b|/dev/(tty|std)"
)
# server/ knows the contract of the store, never a backend: each folder in src/store/ is one.
BACKENDS = sorted(path.name for path in (ROOT / "src/store").glob("*/"))
BACKEND = re.compile(rf'"store/({"|".join(BACKENDS)})/') if BACKENDS else re.compile("(?!)")

# What composes a module stands above all of it: no other source of the module includes it.
TOPS = {"server/post_office.hpp": ("server/post_office.cpp", "server/post_office.hpp")}


def read_floors():
    below = {}
    for line in LAYERS.read_text().splitlines():
        line = line.split("#")[0].strip()
        if line:
            module, _, rest = line.partition(":")
            below[module.strip()] = set(rest.split())
    return below


def breaches(below):
    for room_folder in sorted((ROOT / "src").iterdir()):
        module = room_folder.name
        if module not in below:
            yield f"src/{module}: no layer in tests/tidy/layers.txt"
            continue
        for path in sorted(room_folder.rglob("*.[ch]pp")):
            where = path.relative_to(ROOT)
            for number, line in enumerate(path.read_text(errors="replace").splitlines(), 1):
                if module in OPENS_NOTHING and BY_PATH.search(line.split("//")[0]):
                    yield f"{where}:{number}: {module} opens no file: whoever may hands it the contents"
                if module in SILENT and PRINTS.search(line.split("//")[0]):
                    yield f"{where}:{number}: {module} prints nothing and asks nobody: cli does, by what {module} returns or calls"
                found = re.match(r'\s*#\s*include\s+(["<][^">]+[">])', line)
                if not found:
                    continue
                name = found.group(1)
                if name.startswith('"'):
                    target = name[1:].split("/")[0]
                    if "/" not in name:
                        yield f'{where}:{number}: includes {name} without its module: write "{module}/…"'
                    elif target != module and target not in below[module]:
                        yield f"{where}:{number}: {module} may not include {target}"
                    top = TOPS.get(name[1:-1])
                    if top and target == module and str(where.relative_to("src")) not in top:
                        yield f"{where}:{number}: {name} stands above the rest of {module}"
                    if BACKEND.match(name) and module not in {"store", "collector", "cli"}:
                        yield f"{where}:{number}: only collector and cli name a store's backend"
                if module in PURE and IMPURE.match(name):
                    yield f"{where}:{number}: {module} is pure and may not include {name}"
                for pattern, modules in OWNERS.items():
                    if re.match(pattern, name) and not {module, str(where.relative_to("src"))} & modules:
                        yield f"{where}:{number}: {name} belongs to {', '.join(sorted(modules))}, not to {module}"


def backends_without_suite():
    tests = ROOT / "tests/store"
    built = (tests / "CMakeLists.txt").read_text() if tests.exists() else ""
    text = "".join(path.read_text() for path in sorted(tests.glob("*.cpp")) if path.name in built)
    for name in BACKENDS:
        if not re.search(rf"\bINSTANTIATE_TEST_SUITE_P\({name},\s*store_conformance\b", text):
            yield f"src/store/{name}: no source of tests/store puts this backend through store_conformance"


def main():
    found = [*breaches(read_floors()), *backends_without_suite()]
    print("\n".join(found) or "the layers hold")
    return 1 if found else 0


if __name__ == "__main__":
    sys.exit(main())

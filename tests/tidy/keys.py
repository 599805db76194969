#!/usr/bin/env python3
"""Every setting can be set, and every key that a document names exists: src/config/schema.cpp against the settings and the documents.

tests/tidy/settings_without_key.txt lists the settings that no key sets, each with its reason.
"""
import pathlib
import re
import sys

sys.dont_write_bytecode = True
from declarations import reader  # noqa: E402

ROOT = pathlib.Path(sys.argv[1] if len(sys.argv) > 1 else ".").resolve()
# Where the structures stand that config::configuration is made of.
HEADERS = ("src/config/configuration.hpp", "src/server/settings.hpp", "src/store/store.hpp")
WITHOUT_KEY = ROOT / "tests/tidy/settings_without_key.txt"
SAMPLE = "packaging/restanted.toml.sample"


def members():
    """Structure to its members: (name, type)."""
    found = {}
    for header in HEADERS:
        for one in reader(header, (ROOT / header).read_text()).declarations:
            if one.kind == "value" and one.owner:
                found.setdefault(one.owner, []).append((one.name, one.type))
    return found


def settings(structures, owner="configuration", before=""):
    """Every setting as its path from config::configuration: "site.limits.connections_max"."""
    for name, kind in structures[owner]:
        if kind in structures:
            yield from settings(structures, kind, f"{before}{name}.")
        else:
            yield before + name


def reasons():
    rows = [line.partition(":") for line in WITHOUT_KEY.read_text().splitlines() if line and not line.startswith("#")]
    return {path.strip(): reason.strip() for path, _, reason in rows}


def documents():
    yield from (ROOT / name for name in ("README.md", "ARCHITECTURE.md", "CONTRIBUTING.md"))
    for folder, pattern in (("docs", "*.md"), ("packaging", "*.[1-8]"), ("packaging", "*.sample"), ("packaging", "*.service")):
        yield from sorted((ROOT / folder).rglob(pattern))


def plain(text):
    """Without roff's escapes, that hide a name's hyphens and font."""
    return re.sub(r"\\f[A-Z]|\\&", "", text).replace("\\-", "-")


def tests():
    """Names of tests and transcripts, such as tls.never_performs_a_command: documents name them beside keys."""
    cases = {f"{suite}.{case}" for path in (ROOT / "tests").rglob("*.cpp")
             for suite, case in re.findall(r"\bTEST(?:_F|_P)?\(\s*(\w+),\s*(\w+)\s*\)", path.read_text(errors="replace"))}
    return cases | {path.name for path in (ROOT / "tests").rglob("*.pop3")}


def keys_of_toml(text):
    """(line within the text, key) of TOML that may be commented out."""
    table = ""
    for number, line in enumerate(text.splitlines()):
        heading = re.match(r'#? ?\[([\w.]+)(\."[^"]+")?\]', line)
        setting = re.match(r"#? ?([a-z_0-9]+) = ", line)
        if heading:
            table = heading.group(1) + (".*." if heading.group(2) else ".")  # a name in quotes is a person's choice
        elif setting:
            yield number, table + setting.group(1)


def named_keys(path, text, tables):
    """(line, key) for each key that a document names."""
    for number, line in enumerate(text.splitlines(), 1):
        for name in re.findall(rf"(?<![\w./:-])(?:{'|'.join(tables)})\.[a-z_0-9]+(?![\w*(])", line):
            if not re.search(r"\.(md|[ch]pp|py|txt|toml|pem|log)$", name):
                yield number, name
    if path.name == "restanted.toml.sample":
        yield from ((number + 1, name) for number, name in keys_of_toml(text))
    for block in re.finditer(r"^```toml\n(.*?)^```", text, re.DOTALL | re.MULTILINE):
        first = text[:block.start(1)].count("\n") + 1
        yield from ((first + number, name) for number, name in keys_of_toml(block.group(1)))


def faults():
    schema = (ROOT / "src/config/schema.cpp").read_text()
    keys = set(re.findall(r'^ +\{\s*"([\w.]+)",', schema, re.MULTILINE))
    of_domains = ROOT / "src/config/domain_keys.cpp"
    if of_domains.exists():
        keys |= {f"domains.*.{name}" for name in re.findall(r'^ +\{"(\w+)", "[\w.]+",', of_domains.read_text(), re.MULTILINE)}
    tables = sorted({key.partition(".")[0] for key in keys if "." in key})
    reached = set(re.findall(r"\bAT\(([\w.]+)\)", schema))
    paths, excused = list(settings(members())), reasons()
    without = [path for path in paths if path not in reached]
    for path in without:
        if path not in excused:
            yield f"config::configuration: no key of src/config/schema.cpp sets {path}"
    for path, reason in excused.items():
        if path not in without:
            yield f"{WITHOUT_KEY.relative_to(ROOT)}: {path} is no setting without a key (any more)"
        if not reason:
            yield f"{WITHOUT_KEY.relative_to(ROOT)}: {path} has no reason"
    known_tests = tests()
    hidden = [path.rpartition(".")[2] for path in without if "_" in path.rpartition(".")[2]]
    hidden = [name for name in hidden if not any(key.rpartition(".")[2] == name for key in keys)]
    for page in documents():
        text, where = plain(page.read_text()), page.relative_to(ROOT)
        for number, key in named_keys(page, text, tables):
            if key not in keys and key not in known_tests:
                yield f"{where}:{number}: {key} is no key of src/config/schema.cpp"
        for number, line in enumerate(text.splitlines(), 1):
            for name in hidden:
                if re.search(rf"\b{name}\b", line):
                    yield f"{where}:{number}: names the setting {name}, which no key sets"


def main():
    found = list(faults())
    print("\n".join(found) or "every setting has its key, and every key that is named exists")
    return 1 if found else 0


if __name__ == "__main__":
    sys.exit(main())

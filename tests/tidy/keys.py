#!/usr/bin/env python3
"""Every setting can be set, and every key that a document names exists: the tables of keys in src/config against the settings and
the documents.

A row sets what its AT(member) names, and all that is in it. What a domain may have of its own has a row in domain_keys.cpp. tests/tidy/settings_without_key.txt lists the settings that no key
sets, each with its reason.
"""
import pathlib
import re
import sys

sys.dont_write_bytecode = True
from declarations import reader  # noqa: E402

ROOT = pathlib.Path(sys.argv[1] if len(sys.argv) > 1 else ".").resolve()
# Each structure that a table of keys fills: the file of the table, what its settings are called in settings_without_key.txt, and where
# the structures stand that it is made of.
OF_ACCOUNTS = ("src/config/account_configuration.hpp", "src/config/rule_keys.hpp", "src/archive/settings.hpp",
               "src/client/pop3_server.hpp", "src/net/dial/dial.hpp", "src/net/tls/client.hpp", "src/net/tls/context.hpp")
FILLED = {
    "configuration": ("src/config/schema.cpp", "", ("src/config/configuration.hpp", "src/server/settings.hpp")),
    "archive_configuration": ("src/config/archive_configuration.cpp", "restante.toml:", ("src/config/archive_configuration.hpp",)),
    "account_configuration": ("src/config/account_configuration.cpp", "account:", OF_ACCOUNTS),
    "rule": ("src/config/rule_keys.cpp", "rule:", OF_ACCOUNTS),
    "rule_test": ("src/config/rule_keys.cpp", "test:", OF_ACCOUNTS),
    "target_entry": ("src/config/rule_keys.cpp", "target:", OF_ACCOUNTS),
}
WITHOUT_KEY = ROOT / "tests/tidy/settings_without_key.txt"
SAMPLE = "packaging/restanted.toml.sample"


def members(headers):
    """Structure to its members: (name, type)."""
    found = {}
    for header in headers:
        for one in reader(header, (ROOT / header).read_text()).declarations:
            if one.kind == "value" and one.owner:
                found.setdefault(one.owner, []).append((one.name, one.type))
    return found


def settings(structures, owner, before=""):
    """Every setting as its path from the structure that is filled: "site.limits.connections_max"."""
    for name, kind in structures[owner]:
        if kind in structures and kind != owner:
            yield from settings(structures, kind, f"{before}{name}.")
        else:
            yield before + name


def reached(table, structure):
    """What the rows for this structure set: the members in each AT() between its #define and the #undef."""
    text = (ROOT / table).read_text()
    parts = re.findall(r"#define AT\(member\).*?static_cast<(?:\w+::)*(\w+)\*>(.*?)(?=#undef AT|\Z)", text, re.DOTALL)
    return {path for filled, part in parts if filled == structure for path in re.findall(r"\bAT\(([\w.]+)\)", part)}


def is_reached(path, by):
    """By itself, or as a part of what is set."""
    words = path.split(".")
    return any(".".join(words[:length]) in by for length in range(1, len(words) + 1))


def without_key():
    """(name in settings_without_key.txt, table) of each setting that no row sets."""
    for structure, (table, called, headers) in FILLED.items():
        by = reached(table, structure)
        for path in settings(members(headers), structure):
            if not is_reached(path, by):
                yield called + path, table


def reasons():
    rows = [line.rpartition(": ") for line in WITHOUT_KEY.read_text().splitlines() if line and not line.startswith("#")]
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
        for name in re.findall(rf"(?<![\w./:-])(?:{'|'.join(tables)})\.[a-z_0-9]+(?![\w*(…])", line):
            if not re.search(r"\.(md|[ch]pp|py|txt|toml|pem|log)$", name):
                yield number, name
    if path.name == "restanted.toml.sample":
        yield from ((number + 1, name) for number, name in keys_of_toml(text))
    for block in re.finditer(r"^```toml\n(.*?)^```", text, re.DOTALL | re.MULTILINE):
        first = text[:block.start(1)].count("\n") + 1
        yield from ((first + number, name) for number, name in keys_of_toml(block.group(1)))


def keys_of_restanted():
    keys = set(re.findall(r'^ +\{\s*"([\w.]+)",', (ROOT / "src/config/schema.cpp").read_text(), re.MULTILINE))
    of_domains = ROOT / "src/config/domain_keys.cpp"
    if of_domains.exists():
        keys |= {f"domains.*.{name}" for name in re.findall(r'^ +\{"(\w+)", "[\w.]+",', of_domains.read_text(), re.MULTILINE)}
    return keys


def keys_of_restante():
    return {key for table in ("src/config/archive_configuration.cpp", "src/config/account_configuration.cpp")
            for key in re.findall(r'^ +\{\s*"([\w.]+)",', (ROOT / table).read_text(), re.MULTILINE)}


# What a domain may have of its own, and the texts without which it is no key or holds for nobody.
OWN_SETTINGS = ("src/server/settings.hpp", "own_settings")
PLACES_OF_OWN = {"src/config/domain_keys.cpp": (r"\bsettings\.{}\s*=", r"\bown\.{}\b"), "src/server/policies.cpp": (r"\b(?:own\.|domain->){}\b",)}


def own_without_key():
    header, structure = OWN_SETTINGS
    body = re.search(rf"struct {structure} {{(.*?)\n}};", (ROOT / header).read_text(), re.DOTALL)
    text = re.sub(r"//.*|friend [^;]*;|<[^;]*>", "", body.group(1)) if body else ""
    names = re.findall(r"\b(\w+)(?:\{[^}]*\})?\s*[,;]", text)
    if not names:
        yield f"{header}: {structure} has no members that can be read"
    for name in names:
        for place, patterns in PLACES_OF_OWN.items():
            if not all(re.search(pattern.format(name), (ROOT / place).read_text()) for pattern in patterns):
                yield f"{place}: says nothing of what a domain may have of its own, {structure}::{name}"


def faults():
    yield from own_without_key()
    keys = keys_of_restanted()
    both = keys | keys_of_restante()
    tables = sorted({key.partition(".")[0] for key in both if "." in key})
    both |= {key.rpartition(".")[0] for key in both}  # a table in a table
    excused, without = reasons(), dict(without_key())
    for path, table in without.items():
        if path not in excused:
            yield f"{table}: no key sets {path}"
    for path, reason in excused.items():
        if path not in without:
            yield f"{WITHOUT_KEY.relative_to(ROOT)}: {path} is no setting without a key (any more)"
        if not reason:
            yield f"{WITHOUT_KEY.relative_to(ROOT)}: {path} has no reason"
    known_tests = tests()
    hidden = [path.rpartition(".")[2] for path, table in without.items() if table == "src/config/schema.cpp" and "_" in path]
    hidden = [name for name in hidden if "_" in name and not any(key.rpartition(".")[2] == name for key in both)]
    for page in documents():
        text, where = plain(page.read_text()), page.relative_to(ROOT)
        for number, key in named_keys(page, text, tables):
            if key not in both and key not in known_tests:
                yield f"{where}:{number}: {key} is no key of either program"
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

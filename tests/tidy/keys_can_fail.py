#!/usr/bin/env python3
"""The keys test itself: a tree with one fault of each kind must be refused."""
import pathlib
import subprocess
import sys
import tempfile

HERE = pathlib.Path(__file__).resolve().parent
MACRO = "#define AT(member) ([](void* owner) -> auto& {{ return static_cast<{}*>(owner)->member; }})\n"
SOUND = {
    "src/config/configuration.hpp": "struct configuration {\n    std::string root;\n    server::settings site;\n};\n",
    "src/server/settings.hpp": "struct limit_settings {\n    std::size_t users_max = 8;\n    std::vector<int> kept{1};\n};\n"
                               "struct own_settings {\n    std::optional<int> name{};\n    std::optional<int> delay{};\n};\n"
                               "struct settings {\n    server::limit_settings limits;\n    std::string version;\n};\n",
    "src/store/values.hpp": "",
    "src/config/domain_keys.cpp": '    {"name", "name", [] { settings.name = read.name; }, [] { return own.name; }, "x"},\n'
                                  '    {"delay", "delay", [] { settings.delay = read.delay; }, [] { return own.delay; }, "x"},\n',
    "src/server/policies.cpp": "return domain->name.value_or(1) + own.delay.value_or(2);\n",
    "src/config/schema.cpp": MACRO.format("configuration") +
                             '    {"root", text{AT(root)}, "x"},\n    {"limits.users_max", number{AT(site.limits.users_max)}, "x"},\n'
                             '    {"limits.kept", number{AT(site.limits.kept)}, "x"},\n#undef AT\n',
    "src/config/archive_configuration.hpp": "struct archive_configuration {\n    bool encrypted = false;\n};\n",
    "src/config/archive_configuration.cpp": MACRO.format("archive_configuration") + '    {"encrypted", flag{AT(encrypted)}, "x"},\n#undef AT\n',
    "src/config/account_configuration.hpp": "struct target_configuration {\n    std::string to;\n};\nstruct account_configuration {\n"
                                            "    archive::account_settings archive;\n    client::patience patience;\n};\n",
    "src/archive/settings.hpp": "struct rule_test {\n    bool negated = false;\n};\nstruct rule {\n    bool skip = false;\n};\n"
                                "struct account_settings {\n    std::string name{};\n    int keep{};\n};\n",
    "src/client/pop3_server.hpp": "struct patience {\n    int reply{};\n    int octets{};\n};\n",
    "src/net/dial/dial.hpp": "", "src/net/tls/client.hpp": "", "src/net/tls/context.hpp": "",
    "src/config/account_configuration.cpp": MACRO.format("account_configuration") +
                                   '    {"keep.policy", number{AT(archive.keep)}, "x"},\n    {"fetch.timeout", parsed{AT(patience)}, "x"},\n#undef AT\n',
    "src/config/rule_keys.hpp": "struct target_entry {\n    target_configuration target{};\n    bool instead = false;\n};\n",
    "src/config/rule_keys.cpp": MACRO.format("rule_test") + '    {"not", flag{AT(negated)}, "x"},\n#undef AT\n' +
                                MACRO.format("archive::rule") + '    {"skip", flag{AT(skip)}, "x"},\n#undef AT\n' +
                                MACRO.format("target_entry") + '    {"to", text{AT(target.to)}, "x"},\n    {"instead", flag{AT(instead)}, "x"},\n#undef AT\n',
    "tests/tidy/settings_without_key.txt": "site.version: the program's own\naccount:archive.name: the file's name\n",
    "README.md": "Set `limits.users_max`, `keep.policy`.\n\n```toml\nroot = \"/srv\"\n[limits]\nusers_max = 3\n```\n",
    "ARCHITECTURE.md": "", "CONTRIBUTING.md": "",
    "packaging/man/x.5": "\\fBlimits.users_max\\fR\n",
    "packaging/restanted.toml.sample": "#root = \"/srv\"\n[limits]\n#users_max = 8\n",
}
FAULTS = {
    "a setting of the archive without a key": ("src/config/archive_configuration.hpp", "bool encrypted", "bool lost = false;\n    bool encrypted"),
    "a setting of an account without a key": ("src/config/account_configuration.hpp", "client::patience", "int lost{};\n    client::patience"),
    "a setting in a structure of an account without a key": ("src/archive/settings.hpp", "int keep{}", "int lost{};\n    int keep{}"),
    "a setting of a rule without a key": ("src/archive/settings.hpp", "bool skip", "bool lost = false;\n    bool skip"),
    "a setting of a test without a key": ("src/archive/settings.hpp", "bool negated", "bool lost = false;\n    bool negated"),
    "a setting of a target without a key": ("src/config/account_configuration.hpp", "std::string to;", "std::string lost;\n    std::string to;"),
    "a key of another structure": ("src/config/rule_keys.cpp", "AT(negated)", "AT(skip)"),
    "an exception of an account that is none any more": ("tests/tidy/settings_without_key.txt", "account:archive.name", "account:patience.reply: why\naccount:archive.name"),
    "a page names a key of an account that is none": ("README.md", "`keep.policy`", "`keep.polices`"),
    "a setting without a key": ("src/server/settings.hpp", "std::size_t users_max", "bool lost = false;\n    std::size_t users_max"),
    "a setting of a domain without a key": ("src/server/settings.hpp", "delay{};", "delay{}, lost;"),
    "a setting of a domain that is never written": ("src/config/domain_keys.cpp", "return own.delay;", "return true;"),
    "a setting of a domain that holds for nobody": ("src/server/policies.cpp", "own.delay", "own.name"),
    "a setting in no structure of its own": ("src/config/configuration.hpp", "std::string root;", "std::string root;\n    int lost{};"),
    "an exception that is none any more": ("tests/tidy/settings_without_key.txt", "site.version", "root: why\nsite.version"),
    "an exception without a reason": ("tests/tidy/settings_without_key.txt", "the program's own", ""),
    "a page names a key that is none": ("README.md", "Set `limits.users_max`", "Set `limits.user_max`"),
    "a page's TOML has a key that is none": ("README.md", "users_max = 3", "user_max = 3"),
    "a page names a setting without a key": ("README.md", "Set ", "Set `held_max` and "),
    "a manual page names a key that is none": ("packaging/man/x.5", "\\fBlimits.users_max\\fR", "\\fBlimits.\\fRuser_max"),
    "the sample has a key that is none": ("packaging/restanted.toml.sample", "#users_max", "#user_max"),
}
EXTRA = {"a page names a setting without a key": [
    ("src/server/settings.hpp", "std::size_t users_max", "bool held_max = false;\n    std::size_t users_max"),
    ("tests/tidy/settings_without_key.txt", "site.version", "site.limits.held_max: not yet\nsite.version")]}


def refused(changes):
    with tempfile.TemporaryDirectory() as folder:
        files = dict(SOUND)
        for name, old, new in changes:
            assert old in files[name], f"{old} is not in {name}"
            files[name] = files[name].replace(old, new)
        for name, text in files.items():
            path = pathlib.Path(folder) / name
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_text(text)
        return subprocess.run([sys.executable, HERE / "keys.py", folder], capture_output=True, text=True)


failed = [name for name, change in FAULTS.items() if refused([change, *EXTRA.get(name, [])]).returncode != 1]
sound = refused([])
if sound.returncode != 0:
    failed.append(f"a sound tree was refused: {sound.stdout}{sound.stderr}")
print("not noticed: " + "; ".join(failed) if failed else f"{len(FAULTS)} faults noticed")
sys.exit(1 if failed else 0)

#!/usr/bin/env python3
"""The keys test itself: a tree with one fault of each kind must be refused."""
import pathlib
import subprocess
import sys
import tempfile

HERE = pathlib.Path(__file__).resolve().parent
SOUND = {
    "src/config/configuration.hpp": "struct configuration {\n    std::string root;\n    server::settings site;\n};\n",
    "src/server/settings.hpp": "struct limit_settings {\n    std::size_t users_max = 8;\n    std::vector<int> kept{1};\n};\n"
                               "struct settings {\n    server::limit_settings limits;\n    std::string version;\n};\n",
    "src/store/store.hpp": "",
    "src/config/schema.cpp": '    {"root", text{AT(root)}, "x"},\n    {"limits.users_max", number{AT(site.limits.users_max)}, "x"},\n'
                          '    {"limits.kept", number{AT(site.limits.kept)}, "x"},\n',
    "tests/tidy/settings_without_key.txt": "site.version: the program's own\n",
    "README.md": "Set `limits.users_max`.\n\n```toml\nroot = \"/srv\"\n[limits]\nusers_max = 3\n```\n",
    "ARCHITECTURE.md": "", "CONTRIBUTING.md": "",
    "packaging/man/x.5": "\\fBlimits.users_max\\fR\n",
    "packaging/restanted.toml.sample": "#root = \"/srv\"\n[limits]\n#users_max = 8\n",
}
FAULTS = {
    "a setting without a key": ("src/server/settings.hpp", "std::size_t users_max", "bool lost = false;\n    std::size_t users_max"),
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

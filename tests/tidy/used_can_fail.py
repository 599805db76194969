#!/usr/bin/env python3
"""The test for what is never used, itself: sources with one fault of each kind must be refused, in their text or in their objects."""
import pathlib
import subprocess
import sys
import tempfile

HERE = pathlib.Path(__file__).resolve().parent
HEADER = """#pragma once
namespace base {
enum class phrase { hello, bye };
struct text {
    const char* words;
};
class speaker {
public:
    virtual ~speaker() = default;
    virtual text say(phrase what) const = 0;
    int spoken() const;
};
class listener {
public:
    int spoken() const;
    static constexpr int heard_max = 3;
};
struct session_policy {
    int words_max = 7;
};
text text_of(phrase what);
const speaker& english();
} // namespace base
"""
# A table of keys.
KEYS_HEADER = """#pragma once
namespace config {
struct settings {
    int volume = 0;
    int pitch = 0;
};
struct key {
    int& (*at)(settings&);
};
const key* keys();
} // namespace config
"""
KEYS = """#include "config/keys.hpp"
namespace config {
#define AT(member) [](settings& owner) -> int& { return owner.member; }
constexpr key table[] = {{AT(volume)}, {AT(pitch)}};
const key* keys()
{
    return table;
}
} // namespace config
"""
SOURCE = """#include "base/a.hpp"
namespace base {
struct row {
    phrase what;
    const char* words;
};
constexpr row rows[] = {{phrase::hello, "hello"}, {phrase::bye, "bye"}};
text text_of(phrase what)
{
    return {rows[what == phrase::hello ? 0 : 1].words};
}
int speaker::spoken() const
{
    return 1;
}
int listener::spoken() const
{
    return heard_max;
}
struct englishman : speaker {
    text say(phrase what) const override { return text_of(what); }
};
const speaker& english()
{
    static const englishman one;
    return one;
}
} // namespace base
"""
MAIN = """#include "base/a.hpp"
#include "config/keys.hpp"
int main()
{
    const auto& one = base::english();
    base::listener other;
    config::settings settings;
    config::keys()[0].at(settings) = 3;
    base::session_policy policy;
    policy.words_max = settings.volume + settings.pitch;
    return one.say(base::phrase::bye).words[policy.words_max] + one.spoken() + other.spoken();
}
"""
SOUND = {"src/base/a.hpp": HEADER, "src/base/a.cpp": SOURCE, "src/config/keys.hpp": KEYS_HEADER, "src/config/keys.cpp": KEYS, "src/cli/main.cpp": MAIN,
         "bench/none.hpp": "#pragma once\n", "tests/tidy/unused.txt": ""}
IN_TEXT = {
    "a method that nothing calls": ("src/base/a.hpp", "class listener {\npublic:", "class listener {\npublic:\n    int never() const { return 3; }"),
    "a function that calls itself alone": ("src/base/a.hpp", "text text_of", "inline int turn(int n) { return n ? turn(n - 1) : 0; }\ntext text_of"),
    "two functions that call each other": ("src/base/a.hpp", "text text_of", "int two(int n);\ninline int twin(int n) { return two(n); }\n"
                                           "inline int two(int n) { return twin(n); }\ntext text_of"),
    "a method without a body": ("src/base/a.hpp", "class listener {\npublic:", "class listener {\npublic:\n    int spoken(int louder) const;"),
    "an enumerator that has a text and no use": ("src/cli/main.cpp", "phrase::bye", "phrase::hello"),
    "a constant": ("src/base/a.hpp", "text text_of", "constexpr int most = 3;\ntext text_of"),
    "a type": ("src/base/a.hpp", "text text_of", "struct forgotten {};\ntext text_of"),
    "a member": ("src/base/a.hpp", "const char* words;", "const char* words;\n    int loudness = 0;"),
    "a member that only the row of its key names": ("src/cli/main.cpp", " + settings.pitch", ""),
    "a member of a session's policy that no program sets": ("src/cli/main.cpp", "policy.words_max = ", "int(policy.words_max) - "),
}
IN_OBJECTS = {
    # Its name is used, of another class: the text cannot tell them apart.
    "a method whose name another class uses": ("src/cli/main.cpp", "one.spoken() + ", ""),
    "an exception that is none any more": ("tests/tidy/unused.txt", "", "text_of: why\n"),
}


def checked(change, compiled):
    with tempfile.TemporaryDirectory() as folder:
        root, build = pathlib.Path(folder), pathlib.Path(folder) / "build"
        for name, text in SOUND.items():
            path = root / name
            path.parent.mkdir(parents=True, exist_ok=True)
            if change and name == change[0]:
                assert change[1] in text, f"{change[1]} is not in {name}"
                text = text.replace(change[1], change[2])
            path.write_text(text)
        sources = {build / pathlib.Path(name).parent / "CMakeFiles/x.dir" / pathlib.Path(name).name: root / name
                   for name in SOUND if name.endswith(".cpp")}
        if compiled == "as one unit":
            unit = build / "src/base/CMakeFiles/x.dir/Unity/unity_0_cxx.cxx"
            unit.parent.mkdir(parents=True)
            unit.write_text("".join(f'#include "{path}"\n' for path in sources.values()))
            sources = {unit: unit}
        for item, source in sources.items() if compiled else ():
            item.parent.mkdir(parents=True, exist_ok=True)
            subprocess.run(["c++", "-std=c++20", "-O1", "-fPIC", "-c", source, "-I", root / "src", "-o", f"{item}.o"], check=True)
        return subprocess.run([sys.executable, HERE / "used.py", root, *([build] if compiled else [])], capture_output=True, text=True)


WAYS = ("each by itself", "as one unit")
failed = [name for name, change in IN_TEXT.items() if checked(change, "").returncode != 1]
failed += [name for name, change in IN_OBJECTS.items() if checked(change, "").returncode != 0]
failed += [f"{name}, compiled {way}" for name, change in IN_OBJECTS.items() for way in WAYS if checked(change, way).returncode != 1]
for compiled in ("", *WAYS):
    sound = checked(None, compiled)
    if sound.returncode != 0:
        failed.append(f"sound sources were refused, compiled {compiled or 'not at all'}: {sound.stdout}{sound.stderr}")
print("not noticed: " + "; ".join(failed) if failed else f"{len(IN_TEXT) + len(IN_OBJECTS)} faults noticed")
sys.exit(1 if failed else 0)

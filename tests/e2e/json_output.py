#!/usr/bin/env python3
"""Every command of the real `restante` with --json prints what docs/json.md says, and nothing else; errors too."""
import json
import pathlib
import re
import shlex
import subprocess
import sys
import tempfile
import unittest

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parents[1] / "support"))
import script_test  # noqa: E402
from collector import PROGRAM, Collector  # noqa: E402
from post_office import PASSWORD, PostOffice  # noqa: E402

PAGE = pathlib.Path(__file__).resolve().parents[2] / "docs/json.md"
KINDS = {"text": str, "number": int, "boolean": bool, "list": list, "object": dict, "null": type(None)}
ROW = re.compile(r"^\| (\w+) \| (.+?) \|", re.MULTILINE)
USER, ACCOUNT = "ann@example.org", "work"
LETTER = b"From: bob@example.org\r\nTo: ann@example.org\r\nSubject: tea %d\r\nDate: Tue, 3 Mar 2026 10:00:00 +0000\r\nMessage-ID: <%d@example.org>\r\n%s\r\n"
MIXED = (b"MIME-Version: 1.0\r\nContent-Type: multipart/mixed; boundary=b\r\n\r\n--b\r\n\r\nwords\r\n--b\r\n"
         b"Content-Type: application/pdf\r\nContent-Disposition: attachment; filename=bill.pdf\r\n\r\nx\r\n--b--\r\n")


def documented():
    """By type, what each key may be and which keys may be left out."""
    schema = {}
    for section in PAGE.read_text().split("\n## ")[1:]:
        rows = dict(ROW.findall(section)[1:])  # below the heading
        schema[section.split("\n")[0]] = {key: (tuple(KINDS[kind] for kind in said.removesuffix(", optional").split(" or ")), said.endswith("optional"))
                                         for key, said in rows.items()}
    return schema


class JsonOutput(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        cls.schema = documented()
        cls.seen = set()
        cls.office = cls.enterClassContext(PostOffice(users=[USER]))
        for place in ("new", "cur", "tmp"):
            (cls.office.maildir(USER) / place).mkdir(parents=True)
        for number in range(3):
            octets = LETTER % (number, number, MIXED if number == 0 else b"")
            (cls.office.maildir(USER) / "new" / f"1770000000.{number}.here").write_bytes(octets.replace(b"\r\n", b"\n"))
        cls.collector = cls.enterClassContext(Collector())

    def objects(self, text):
        for line in text.decode().splitlines():
            told = json.loads(line)
            keys = self.schema[told.pop("type")]
            for key, value in told.items():
                self.assertIn(key, keys, line)
                self.assertIs(type(value), next((kind for kind in keys[key][0] if type(value) is kind), None), (key, line))
            missing = {key for key, (_, optional) in keys.items() if not optional} - set(told)
            self.assertFalse(missing, line)
            yield json.loads(line)

    def told(self, *words, code=0):
        """What a command prints: its objects, then its errors and notices, each held against the page."""
        done = self.collector.run(*words, "--json", "--verbose", codes=(code,))
        out, complaints = list(self.objects(done.stdout)), list(self.objects(done.stderr))
        self.seen.update(each["type"] for each in out + complaints)
        # A code that is not 0 has its reason in an object: an error, or a verdict.
        reasons = [each for each in out + complaints if each.get("exit") == code or False in (each.get("well"), each.get("whole")) or each.get("left")]
        self.assertTrue(code == 0 or reasons, (words, out, complaints))
        return out + complaints

    def test_every_command(self):
        with tempfile.TemporaryDirectory(prefix="restante-json-") as folder:
            self.told("account", "add", ACCOUNT, "--server", f"127.0.0.1:{self.office.pop3}", "--tls", "none", "--user", USER,
                      "--password-command", "printf %s " + shlex.quote(PASSWORD), "--keep", "none", "--yes")
            for words in (("account", "list"), ("account", "show", ACCOUNT), ("account", "test", ACCOUNT), ("fetch", "--dry-run"), ("fetch", "--yes"),
                          ("list",), ("search", "tea"), ("search", "nothing"), ("folders",), ("status",), ("verify",), ("rebuild",), ("adopt", ACCOUNT)):
                self.told(*words)
            listed = self.told("list")
            self.assertEqual({each["message_id"] for each in listed}, {f"{number}@example.org" for number in range(3)})
            number = next(each["number"] for each in listed if each["attachment_count"] == 1)
            shown = self.told("show", number, "--peek")[0]
            self.assertEqual(shown["message_id"], "0@example.org")
            self.assertRegex(" ".join(shown["unique_ids"]), "^[!-~]+$")  # one
            for words in (("show", number), ("show", number, "--raw"), ("show", number, "--headers"), ("save", number, "--to", folder),
                          ("mark", "flagged", number), ("tag", "work", number), ("tags",), ("untag", "work", number), ("move", "Bills", number), ("explain", number), ("restore",)):
                self.told(*words)
            self.assertIn("verified_at", self.told("explain", number)[-1])
            (self.collector.archive / ACCOUNT / "new" / "1770000009.stray").write_bytes(LETTER.replace(b"\r\n", b"\n") % (9, 9, b""))
            self.assertIn("strays-adopted", [each["log"]["event"] for each in self.told("fetch") if each["type"] == "log"])
            self.told("export", "--mbox", f"{folder}/all.mbox")
            self.told("import", ACCOUNT, "--mbox", f"{folder}/all.mbox")
            uidls = pathlib.Path(folder) / ".fetchids"
            uidls.write_text(f"{USER}@127.0.0.1 some-id\n")
            self.told("take-over", ACCOUNT, uidls)
            for file in self.collector.archive.glob(f"{ACCOUNT}/**/cur/*"):
                file.unlink()
            self.told("verify", code=65)
            self.told("restore", code=65)
            self.told("account", "remove", ACCOUNT)
        # These take another server or another disk; init is among the errors' test.
        self.assertEqual(set(self.schema) - self.seen, {"archive", "sign_in", "signed_in", "second_copy", "error"} - self.seen)

    def test_the_shell_completes_names_of_accounts(self):
        """It reads them out of what `account list --json` prints."""
        completion = pathlib.Path(__file__).resolve().parents[2] / "packaging/completion/restante.bash"
        with Collector() as other:
            other.add("first", 1, "ann", "x", options=("--no-check",))
            script = f'restante() {{ {shlex.quote(str(PROGRAM))} "$@"; }}; . {completion}; COMP_WORDS=(restante -a {other.archive} fetch f); COMP_CWORD=4; _restante; echo "${{COMPREPLY[@]}}"'
            done = subprocess.run(["bash", "-c", script], capture_output=True, text=True, check=True)
        self.assertEqual(done.stdout.split(), ["first"], done.stderr)

    def test_errors(self):
        with Collector() as self.collector:
            self.told("status", code=77)
            self.told("init")
            self.told("fetch", code=64)
            self.told("fetch", "nobody", code=67)
            self.told("show", "1", code=65)
            self.told("list", "--nonsense", code=64)
            for words in (("nonsense",), ("--json", "nonsense"), ("--archive", "somewhere", "nonsense"), ("account", "nonsense")):
                self.assertIn('"nonsense"', self.told(*words, code=64)[-1]["error"])
            self.told("mark", "green", "1", code=64)
            for words in (("export",), ("import", "nobody"), ("account", "add", "bad/name"), ("account", "add", "a", "--server", "localhost:99999"),
                          ("account", "add", "a", "--server", "localhost", "--keep", "never")):
                self.assertEqual(self.told(*words, code=64)[-1]["exit"], 64)
            self.collector.add("away", 1, "ann", "x", options=("--no-check",))
            self.assertIn("error", [each["type"] for each in self.told("fetch", "away", code=75)])
            self.told("import", "nobody", "--mbox", "/nonexistent", code=67)


if __name__ == "__main__":
    script_test.main()

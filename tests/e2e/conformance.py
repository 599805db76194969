#!/usr/bin/env python3
"""restante-conformance against restanted: no deviation, in every mode; and that it finds those of a server that has some."""
import json
import os
import pathlib
import re
import socketserver
import subprocess
import sys
import tempfile
import threading
import unittest
import xml.etree.ElementTree

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parents[1] / "support"))
import post_office as support  # noqa: E402
import raw_lmtp  # noqa: E402
import script_test  # noqa: E402

PROGRAM = pathlib.Path(os.environ.get("RESTANTE_CONFORMANCE", support.ROOT / "build/release/bin/restante-conformance"))
BUILD = pathlib.Path(os.environ.get("RESTANTE_BUILD", support.ROOT / "build/release"))
TRANSCRIPTS = support.ROOT / "tests/transcripts"
USER = "ann@example.org"
# All questions come from one address, and many of them are wrong passwords on purpose.
CONFIGURATION = '[limits]\nexempt_networks = ["127.0.0.0/8"]\n'


def ask(*words, password=support.PASSWORD):
    command = [PROGRAM, "--transcripts", TRANSCRIPTS, "--user", USER, *words]
    environment = {name: value for name, value in os.environ.items() if name != "RESTANTE_PASSWORD"}
    if password is not None:
        environment["RESTANTE_PASSWORD"] = password
    return subprocess.run([str(word) for word in command], env=environment, capture_output=True, timeout=200)


class Restanted(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        cls.open, cls.strict = (support.PostOffice(users=[USER], configuration=CONFIGURATION, plaintext=plaintext) for plaintext in (True, False))
        for office in (cls.open, cls.strict):
            cls.addClassCleanup(office.__exit__, None, None, None)
            office.__enter__()

    def questions(self, office, port, *words):
        return ask("--lmtp", f"127.0.0.1:{office.lmtp}", "--json", *words, f"127.0.0.1:{port}")

    def check(self, done, at_least):
        found = json.loads(done.stdout)
        self.assertEqual([each for each in found["outcomes"] if each["verdict"] == "deviates"], [])
        self.assertEqual((done.returncode, found["deviations"], done.stderr), (0, 0, b""))
        passed = {each["dialogue"] for each in found["outcomes"] if each["verdict"] == "passed"}
        self.assertGreater(len(passed), 25)
        self.assertLessEqual(at_least, passed)
        for each in found["outcomes"]:
            self.assertEqual("reason" in each, each["verdict"] == "skipped", each)
        asked = {each["dialogue"] for each in (*found["outcomes"], *found["not_asked"])}
        there = {path.relative_to(TRANSCRIPTS).with_suffix("").as_posix() for path in TRANSCRIPTS.rglob("*.[pl]*") if path.suffix in (".pop3", ".lmtp")}
        self.assertEqual(asked, there)  # what was left out has its reason

    def test_plain(self):
        self.check(self.questions(self.open, self.open.pop3), {"framing/dots", "session/top", "stls/upgrade", "session/no-quit-no-update", "lmtp/chunks", "lmtp/dots", "lmtp/one_message", "lmtp/starttls"})

    def test_behind_stls(self):
        self.check(self.questions(self.strict, self.strict.pop3, "--stls"), {"auth/cleartext-refused", "stls/implicit-tls"})

    def test_inside_tls(self):
        self.check(self.questions(self.strict, self.strict.pop3s, "--tls"), {"stls/implicit-tls", "utf8/utf8-before-log-in"})

    def test_without_delivery_what_wants_mail_is_skipped_with_its_reason(self):
        done = ask("--json", f"127.0.0.1:{self.open.pop3}")
        self.assertEqual(done.returncode, 0)
        rows = {each["dialogue"]: each for each in json.loads(done.stdout)["outcomes"]}
        self.assertIn("--lmtp or --deliver-command", rows["session/top"]["reason"])
        self.assertEqual(rows["framing/keywords"]["verdict"], "passed")

    def test_a_command_delivers(self):
        command = f"{support.PROGRAM} deliver --root {self.open.root} {USER}"
        done = ask("--deliver-command", command, "--only", "rfc1939-example", f"127.0.0.1:{self.open.pop3}")
        self.assertEqual((done.returncode, done.stderr), (0, b""), done.stdout)
        self.assertRegex(done.stdout.decode(), r"(?m)^RFC 1939, section 5 +1 +0 +0$")

    def test_junit_and_password_file(self):
        with tempfile.TemporaryDirectory() as folder:
            secret, junit = pathlib.Path(folder, "secret"), pathlib.Path(folder, "junit.xml")
            secret.write_text(support.PASSWORD + "\n")
            done = ask("--password-file", secret, "--junit", junit, "--only", "auth/", f"127.0.0.1:{self.open.pop3}", password=None)
            self.assertEqual(done.returncode, 0, done.stderr)
            suite = xml.etree.ElementTree.parse(junit).getroot()
        cases = suite.findall("testcase")
        self.assertEqual((suite.get("failures"), suite.get("tests")), ("0", str(len(cases))))
        self.assertEqual(suite.get("skipped"), str(len(suite.findall("testcase/skipped"))))
        self.assertIn(("RFC 5034, section 4", "auth/cancel"), {(case.get("classname"), case.get("name")) for case in cases})

    def test_mail_that_lies_there_is_not_deleted_unasked(self):
        raw_lmtp.post(self.open.lmtp, [USER], b"Subject: dear\r\n\r\nto somebody\r\n")
        done = ask("--only", "session/top", f"127.0.0.1:{self.open.pop3}")
        self.assertEqual(done.returncode, 2)
        self.assertIn(b"--empty-maildrop", done.stderr)
        done = self.questions(self.open, self.open.pop3, "--only", "session/top", "--empty-maildrop")
        self.assertEqual(done.returncode, 0, done.stdout)


class Words(unittest.TestCase):
    def test_what_cannot_be_asked_ends_with_2(self):
        with support.PostOffice(users=[USER], configuration=CONFIGURATION) as office:
            port = office.pop3
            wrong = ask(f"127.0.0.1:{port}", password="wrong")
        self.assertEqual((wrong.returncode, wrong.stdout), (2, b""))
        self.assertIn(b"cannot sign in", wrong.stderr)
        for words in ((f"127.0.0.1:{port}",), (), ("--tls", "--stls", "localhost"), ("--timeout", "x", "localhost"), ("localhost:pop",)):
            done = ask(*words)
            self.assertEqual((done.returncode, done.stdout), (2, b""), words)
        self.assertEqual(ask("localhost", password=None).returncode, 2)

    def test_list_and_help(self):
        done = ask("--list", "--only", "session/top")
        self.assertEqual((done.returncode, done.stdout.count(b"\n")), (0, 1))
        self.assertTrue(done.stdout.startswith(b"session/top  [1939 7]  TOP sends"))
        self.assertIn(b"Exit status:", ask("--help").stdout)

    def test_an_installed_one_finds_its_transcripts(self):
        with tempfile.TemporaryDirectory() as prefix:
            subprocess.run(["cmake", "--install", BUILD, "--prefix", prefix], check=True, capture_output=True, timeout=100)
            done = subprocess.run([f"{prefix}/bin/restante-conformance", "--list"], capture_output=True, timeout=60)
        self.assertEqual((done.returncode, done.stdout), (0, ask("--list").stdout), done.stderr)

    def test_manual_page_and_completion_have_every_option(self):
        told = ask("--help").stdout.decode()
        options = set(re.findall(r"(?<![\w-])--[a-z0-9-]+", told.split("Options:", 1)[1].split("The account must", 1)[0]))
        self.assertGreater(len(options), 12)
        page = (support.ROOT / "packaging/man/restante-conformance.1").read_text().replace("\\-", "-")
        completion = (support.ROOT / "packaging/completion/restante-conformance.bash").read_text()
        for where, text in (("man page", page), ("completion", completion)):
            self.assertEqual(set(re.findall(r"(?<![\w-])--[a-z0-9-]+", text)) - {"--"}, options, where)


def listing(word, messages):
    return [b"%d %s" % (number, b"id%d" % number if word == b"UIDL" else b"%d" % (len(message) - 1)) for number, message in enumerate(messages, 1)]


class Careless(socketserver.StreamRequestHandler):
    """A server that takes NOOP, USER and PASS anywhere, whose sizes are too small by one, and that stuffs no dots."""

    def say(self, *lines):
        self.wfile.write(b"".join(line + b"\r\n" for line in lines))

    def handle(self):
        self.say(b"+OK")
        marked, signed_in = set(), False
        files = sorted(self.server.folder.iterdir())
        messages = [path.read_bytes() for path in files]
        for line in self.rfile:
            word, _, rest = line.rstrip(b"\r\n").partition(b" ")
            word = word.upper()
            if word == b"QUIT":
                for number in marked:
                    files[number - 1].unlink()
                return self.say(b"+OK")
            if word == b"CAPA":
                self.say(b"+OK", b"USER", b"UIDL", b"PIPELINING", b".")
            elif word in (b"NOOP", b"USER"):
                self.say(b"+OK")
            elif word == b"PASS":
                signed_in = rest == b"secret"
                self.say(b"+OK" if signed_in else b"-ERR")
            elif not signed_in or not re.fullmatch(rb"\d*", rest) or word not in (b"STAT", b"LIST", b"UIDL", b"RETR", b"DELE", b"RSET"):
                self.say(b"-ERR")
            elif rest and not 1 <= int(rest) <= len(messages):
                self.say(b"-ERR")
            elif word == b"STAT":
                self.say(b"+OK %d %d" % (len(messages), sum(map(len, messages)) - len(messages)))
            elif word in (b"LIST", b"UIDL"):
                self.say(b"+OK " + listing(word, messages)[int(rest) - 1]) if rest else self.say(b"+OK", *listing(word, messages), b".")
            elif word == b"RETR":
                self.say(b"+OK")
                self.wfile.write(messages[int(rest) - 1] + b".\r\n")
            else:
                marked = marked | {int(rest)} if word == b"DELE" else set()
                self.say(b"+OK")


class CarelessServer(socketserver.ThreadingTCPServer):
    daemon_threads = True
    folder = None  # of the messages

    def handle_error(self, request, client_address):
        """The client may leave at any time."""


class Deviations(unittest.TestCase):
    def test_they_are_found(self):
        with CarelessServer(("127.0.0.1", 0), Careless) as server, tempfile.TemporaryDirectory() as folder:
            server.folder = pathlib.Path(folder)
            threading.Thread(target=server.serve_forever, daemon=True).start()
            done = ask("--json", "--deliver-command", f"cat >{folder}/$(date +%s%N)", f"127.0.0.1:{server.server_address[1]}", password="secret")
            server.shutdown()
        self.assertEqual(done.returncode, 1, done.stderr)
        rows = {(each["rfc"] + " " + each["section"], each["dialogue"]): each for each in json.loads(done.stdout)["outcomes"]}
        wrong_state = rows["1939 3", "session/wrong-state"]
        self.assertEqual([each["sent"] for each in wrong_state["deviations"]], ["NOOP", "USER ann", "PASS secret"])
        self.assertEqual(rows["1939 3", "framing/dots"]["verdict"], "deviates")
        self.assertLessEqual({"STAT", "LIST"}, {each["sent"] for each in rows["1939 5", "session/rfc1939-example"]["deviations"]})
        self.assertEqual(rows["1939 7", "session/top"]["reason"], "the server does not announce TOP")


if __name__ == "__main__":
    script_test.main()

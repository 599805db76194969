#!/usr/bin/env python3
"""What scripts and people may rely on in `restante`: its fixed points, exit codes, refusals, and that it keeps secrets."""
import json
import os
import pathlib
import shlex
import shutil
import signal
import socket
import subprocess
import sys
import tempfile
import time
import unittest

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parents[1] / "support"))
import collector as collecting  # noqa: E402
import post_office as support  # noqa: E402
import raw_lmtp  # noqa: E402
import script_test  # noqa: E402

USER = "ann@example.org"
SECONDS_MAX = 60
ANY = range(256)
WORD = "wombat"


def letter(n):
    return (f"From: Bob <bob@example.net>\r\nTo: {USER}\r\nSubject: number {n}\r\nMessage-ID: <{n}@example.net>\r\n\r\n"
            f"A {WORD} of {n}.\r\n").encode()


def tree(folder):
    """Every file below a folder and its octets; what SQLite makes while it is open left out."""
    return {path.relative_to(folder): path.read_bytes() for path in sorted(folder.rglob("*"))
            if path.is_file() and not path.name.endswith(("-wal", "-shm"))}


class CollectorContract(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        cls.office = support.PostOffice(users=[USER])
        cls.office.__enter__()
        cls.addClassCleanup(cls.office.__exit__)

    def setUp(self):
        self.collector = collecting.Collector()
        self.addCleanup(self.collector.__exit__)
        self.archive = self.collector.archive
        for place in ("new", "cur"):
            for path in (self.office.maildir(USER) / place).glob("*"):
                path.unlink()

    def post(self, *numbers):
        for n in numbers:
            self.assertTrue(raw_lmtp.post(self.office.lmtp, [USER], letter(n))[0].startswith(b"250"))

    def on_server(self):
        return [path for place in ("new", "cur") for path in (self.office.maildir(USER) / place).glob("*")]

    def add(self, name="work", password=support.PASSWORD, **how):
        return self.collector.add(name, self.office.pop3, USER, password, **how)

    def run_it(self, *arguments, **how):
        return self.collector.run(*arguments, check=False, **how)

    # Fixed points (what every script may rely on).

    def test_add_and_fetch_over_tls(self):
        self.post(1, 2, 3)
        for name, port, tls in (("implicit", self.office.pop3s, "implicit"), ("starttls", self.office.pop3, "starttls")):
            self.collector.add(name, port, USER, support.PASSWORD, tls=tls, host="localhost",
                               options=("--ca", self.office.certificate))
            done = self.collector.run("fetch", name, "--json")
            told = json.loads(done.stdout)
            self.assertEqual(done.stdout.count(b"\n"), 1)
            self.assertEqual((told["account"], told["on_server"], told["sums_agree"], told["well"]), (name, 3, True, True))
            for place in ("cur", "new", "tmp"):
                self.assertTrue((self.archive / name / place).is_dir())
            self.assertEqual(self.collector.canonical(name), sorted(support.canonical(path.read_bytes()) for path in self.on_server()))
            again = self.collector.fetch(name)
            self.assertEqual((again["stored"], again["stored_before"]), (0, 3))

    def test_policies(self):
        for keep, left in (("all", 3), ("newest=1", 1), ("days=1", 3), ("none", 0)):
            with self.subTest(keep):
                self.doCleanups()
                self.setUp()
                self.post(1, 2, 3)
                self.add(keep=keep)
                self.collector.fetch("work", options=("--yes",))
                self.assertEqual(len(self.on_server()), left)
                self.assertEqual(len(self.collector.messages("work")), 3)

    def test_exit_codes(self):
        self.post(1)
        self.assertEqual(self.run_it("fetch").returncode, 77)  # no archive: perhaps a disk that is not mounted
        self.assertFalse(self.archive.exists())
        self.add()
        self.add("wrong", password="another", options=("--no-check",))
        self.collector.add("away", support.free_ports(1)[0], USER, "x", options=("--no-check",))
        self.collector.add("untrusted", self.office.pop3s, USER, support.PASSWORD, tls="implicit", options=("--no-check",))
        for arguments, code in ((("fetch", "work"), 0), (("fetch", "wrong"), 77), (("fetch", "away"), 75), (("fetch", "untrusted"), 77),
                                (("fetch", "nobody"), 67), (("fetch", "--nonsense"), 64), (("nonsense",), 64), ((), 64),
                                (("mark", "purple", "1"), 64), (("show", "999"), 65), (("export",), 64), (("init",), 73)):
            with self.subTest(arguments):
                done = self.run_it(*arguments)
                self.assertEqual(done.returncode, code, done)
                self.assertTrue(code == 0 or done.stderr, "a failure without a word")
        for option, value in (("keep", "some"), ("tls", "maybe")):
            self.assertEqual(self.add("other", **{option: value}, codes=ANY).returncode, 64)
        self.assertEqual(self.add("../other", codes=ANY).returncode, 64)
        self.assertEqual(self.add("work", codes=ANY).returncode, 73)
        self.assertEqual(self.add("other", password="another", codes=ANY).returncode, 77)
        self.assertFalse((self.archive / "other.toml").exists())

    def test_a_self_made_certificate_is_refused_with_the_options_that_help(self):
        done = self.collector.add("work", self.office.pop3s, USER, support.PASSWORD, tls="implicit", codes=(77,))
        for option in (b"--pin sha256/", b"--first-use", b"--ca FILE"):
            self.assertIn(option, done.stderr)

    def test_what_is_imported_must_be_there(self):
        none = self.archive.parent / "none"
        done = self.run_it("import", "work", "--mbox", none)
        self.assertIn(b"restante init", done.stderr)
        self.add()
        for form in ("--mbox", "--eml", "--maildir"):
            done = self.run_it("import", "work", form, none)
            self.assertEqual((done.returncode, str(none).encode() in done.stderr), (66, True), done)

    def test_a_word_that_must_not_be_there_stands_behind_two_hyphens(self):
        self.post(1, 2)
        self.add()
        self.collector.fetch("work")
        every = self.collector.run("search", "--json", "--", WORD).stdout.splitlines()
        self.assertGreater(len(every), 0)
        self.assertEqual(self.collector.run("search", "--json", "--", WORD, "-" + WORD).stdout, b"")

    def test_accounts_side_by_side(self):
        """Some fail at once, others still work: each is told, and the worst tells the exit code."""
        self.post(*range(20))
        self.add("a")
        for n in range(4):
            self.collector.add(f"away{n}", support.free_ports(1)[0], USER, "x", options=("--no-check",))
        done = self.run_it("fetch", "--json")
        self.assertEqual(done.returncode, 75, done)
        told = {one["account"]: one for one in map(json.loads, done.stdout.splitlines())}
        self.assertEqual(sorted(told), ["a", "away0", "away1", "away2", "away3"])
        self.assertEqual(told["a"]["stored"], 20)

    def test_every_fault_of_an_account_is_told(self):
        self.add()
        (self.archive / "bad.toml").write_text('[server]\nhost = ""\nport = 99999\ntsl = "none"\n[sign_in]\nuser = "x"\n'
                                               'password = "hunter2hunter2"\n[keep]\npolicy = "sometimes"\n')
        done = self.run_it("fetch", "bad")
        self.assertIn(done.returncode, (65, 78))
        for line in (2, 3, 4, 7, 9):
            self.assertIn(f"bad.toml:{line}:".encode(), done.stderr)
        self.assertNotIn(b"hunter2", done.stderr + done.stdout)

    def test_login_delay_counts_from_the_trial_of_account_add(self):
        def wait_for_fraction_of_second(fraction):
            time.sleep((fraction - time.time()) % 1)

        with support.PostOffice(users=[USER], configuration='[pop3]\nlogin_delay = "3s"\n') as strict:
            # A whole second that is rounded down at both ends makes the wait too short by nearly one.
            wait_for_fraction_of_second(0.8)
            self.collector.add("work", strict.pop3, USER, support.PASSWORD)
            wait_for_fraction_of_second(0.0)
            done = self.run_it("fetch", "work")
            self.assertEqual(0, done.returncode, done.stderr)
            self.assertIn(b"waiting", done.stderr)

    def test_one_at_a_time(self):
        self.add()
        # A password command that waits holds a run where it is.
        gate = self.archive / "gate"
        os.mkfifo(gate)
        text = (self.archive / "work.toml").read_text()
        held = [line for line in text.splitlines() if line.startswith("password_command")][0]
        (self.archive / "work.toml").write_text(text.replace(held, f'password_command = "read x < {gate}; printf %s {shlex.quote(support.PASSWORD)}"'))
        first = subprocess.Popen([collecting.PROGRAM, "--archive", str(self.archive), "fetch", "work", "--json"],
                                 stdout=subprocess.PIPE, stderr=subprocess.PIPE)
        with open(gate, "w") as opened:  # opens once the first one reads, so it holds the account
            second = self.run_it("fetch", "work")
            opened.write("x\n")
        out, err = first.communicate(timeout=SECONDS_MAX)
        self.assertEqual(second.returncode, 75, second)
        self.assertIn(b"another restante", second.stderr)
        self.assertEqual(first.returncode, 0, err)

    def test_dry_run_changes_nothing(self):
        self.post(1, 2, 3)
        self.add(keep="none")
        here, there = tree(self.archive), {path: path.read_bytes() for path in self.on_server()}
        told = self.collector.fetch("work", options=("--dry-run",))
        self.assertEqual((told["dry_run"], told["stored"], told["deleted"]), (True, 3, 3))
        after = tree(self.archive)
        ledger = pathlib.Path(".restante/ledger.sqlite")
        self.assertEqual({name: octets for name, octets in after.items() if name != ledger and name.suffix != ".lock"},
                         {name: octets for name, octets in here.items() if name != ledger and name.suffix != ".lock"})
        self.assertEqual({path: path.read_bytes() for path in self.on_server()}, there)

    def test_the_guard(self):
        self.post(*range(20))
        self.add(keep="all")
        self.collector.fetch("work")
        path = self.archive / "work.toml"
        path.write_text(path.read_text().replace('policy = "all"', 'policy = "newest=2"'))
        stopped = self.run_it("fetch", "work")
        self.assertEqual(stopped.returncode, 1, stopped)
        self.assertEqual(len(self.on_server()), 20)
        self.assertRegex(stopped.stdout + stopped.stderr, rb"\b18\b")
        self.collector.run("fetch", "work", "--yes")
        self.assertEqual(len(self.on_server()), 2)

    def test_an_empty_server_takes_nothing_from_here(self):
        self.post(1, 2, 3)
        self.add()
        self.collector.fetch("work")
        held = self.collector.canonical("work")
        for path in self.on_server():
            path.unlink()
        self.run_it("fetch", "work")
        self.assertEqual(self.collector.canonical("work"), held)

    def test_a_lost_state_folder_is_a_missing_disk(self):
        self.post(1)
        self.add()
        self.collector.fetch("work")
        shutil.rmtree(self.archive / ".restante")
        before = tree(self.archive)
        done = self.run_it("fetch", "work")
        self.assertEqual(done.returncode, 77)
        self.assertIn(b"mounted", done.stderr)
        self.assertEqual(tree(self.archive), before)

    # Reading offline.

    def test_reading(self):
        self.post(1, 2, 3)
        self.add()
        self.collector.fetch("work")
        lines = [json.loads(line) for line in self.collector.run("search", WORD, "--json").stdout.splitlines()]
        self.assertEqual(len(lines), 3)
        number = str(lines[0]["number"])
        raw = self.collector.run("show", number, "--raw", "--peek").stdout
        self.assertIn(raw, self.collector.canonical("work"))
        self.assertFalse(self.collector.run("search", "unicorn", "--json").stdout)
        self.collector.run("mark", "flagged", number)
        self.collector.run("move", "Lists", number)
        flagged = [json.loads(line) for line in self.collector.run("list", "--flagged", "--json").stdout.splitlines()]
        self.assertEqual([one["folder"] for one in flagged], ["Lists"])
        with tempfile.TemporaryDirectory() as out:
            self.collector.run("export", "--mbox", out + "/all.mbox")
            told = json.loads(self.collector.run("import", "work", "--mbox", out + "/all.mbox", "--json").stdout)
            self.assertEqual((told["found"], told["stored"], told["duplicates"]), (3, 0, 3))
        for command in ("verify", "status", "rebuild", "folders", "explain " + number, "account list", "account show work", "account test work"):
            done = self.collector.run(*command.split(), "--json")
            self.assertTrue(done.stdout, command)
            for line in done.stdout.splitlines():
                json.loads(line)
        self.assertEqual(len(self.collector.messages("work")), 3)

    def test_an_encrypted_archive_tells_nothing(self):
        self.post(1, 2, 3)
        secret = "a passphrase of some length"
        self.collector.run("init", "--encrypted", "--passphrase-command", f"printf %s {shlex.quote(secret)}")
        self.add()
        self.assertEqual(self.collector.fetch("work")["stored"], 3)
        self.assertEqual(self.collector.fetch("work")["stored_before"], 3)
        self.assertEqual(len(self.collector.run("search", WORD, "--json").stdout.splitlines()), 3)
        self.assertIn(b" 0 differences", self.collector.run("verify").stdout)
        number = str(json.loads(self.collector.run("list", "--json").stdout.splitlines()[0])["number"])
        self.assertIn(WORD.encode(), self.collector.run("show", number).stdout)
        for path, octets in tree(self.archive).items():
            for word in (WORD.encode(), b"bob@example.net", b"Message-ID"):
                self.assertNotIn(word, octets, path)
        configuration = self.archive / "restante.toml"
        configuration.write_text(configuration.read_text().replace("of some length", "of another length"))
        wrong = self.run_it("list")
        self.assertEqual(wrong.returncode, 77, wrong)
        self.assertIn(b"passphrase", wrong.stderr)

    # Trust and secrets.

    def test_first_use_remembers_the_key(self):
        self.post(1)
        self.collector.add("work", self.office.pop3s, USER, support.PASSWORD, tls="implicit", options=("--first-use",))
        self.collector.fetch("work")
        with support.PostOffice(users=[USER]) as other:
            path = self.archive / "work.toml"
            path.write_text(path.read_text().replace(str(self.office.pop3s), str(other.pop3s)))
            changed = self.run_it("fetch", "work")
        self.assertEqual(changed.returncode, 77, changed)
        self.assertIn(b"work", changed.stderr)
        self.assertIn(b"key", changed.stderr)

    def test_the_password_is_nowhere(self):
        self.post(1)
        password = pathlib.Path(self.archive.parent / "password")
        password.touch(mode=0o600)
        password.write_text(support.PASSWORD)
        self.collector.run("account", "add", "work", "--server", f"127.0.0.1:{self.office.pop3}", "--tls", "none", "--user", USER,
                           "--password-file", password, "--yes")
        trace = self.archive.parent / "trace"
        done = self.collector.run("fetch", "work", "--verbose", wrapper=["strace", "-f", "-e", "trace=execve", "-v", "-s", "9999", "-o", trace])
        for octets in (done.stdout, done.stderr, trace.read_bytes(), *tree(self.archive).values()):
            self.assertNotIn(support.PASSWORD.encode(), octets)
        password.chmod(0o644)
        open_to_all = self.run_it("fetch", "work")
        self.assertEqual(open_to_all.returncode, 77, open_to_all)

    # The daemon, and stopping.

    def test_watch_fetches_what_comes_between_rounds(self):
        self.add()
        told = self.archive.parent / "told"
        script = self.archive.parent / "tell"
        script.write_text(f'#!/bin/sh\necho "$@" >> {told}\ncat >> {told}\n')
        script.chmod(0o755)
        (self.archive / "restante.toml").write_text(f'[notify]\ncommand = ["{script}"]\n')
        manager = self.enterContext(socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM))
        manager.bind(str(self.archive.parent / "notify"))
        manager.settimeout(SECONDS_MAX)
        watching = subprocess.Popen([collecting.PROGRAM, "--archive", str(self.archive), "watch", "work", "--every", "1s", "--rounds", "3", "--json"],
                                    stdout=subprocess.PIPE, stderr=subprocess.PIPE, stdin=subprocess.DEVNULL,
                                    env=os.environ | {"NOTIFY_SOCKET": str(self.archive.parent / "notify")})
        self.assertEqual(manager.recv(100), b"READY=1")
        first = json.loads(watching.stdout.readline())
        self.post(1)
        out, err = watching.communicate(timeout=SECONDS_MAX)
        self.assertEqual(watching.returncode, 0, err)
        self.assertEqual(first["stored"], 0)
        self.assertEqual(sum(json.loads(line)["stored"] for line in out.splitlines()), 1)
        self.assertIn("work", told.read_text())

    def test_an_interrupt_keeps_what_is_whole(self):
        big = b"Subject: big\r\n\r\n" + b"0123456789" * 7 + b"\r\n"
        big += (b"x" * 70 + b"\r\n") * 20000
        for _ in range(40):
            self.assertTrue(raw_lmtp.post(self.office.lmtp, [USER], big)[0].startswith(b"250"))
        expected = {support.canonical(path.read_bytes()) for path in self.on_server()}
        self.add(keep="none")
        running = subprocess.Popen([collecting.PROGRAM, "--archive", str(self.archive), "fetch", "work", "--json"],
                                   stdout=subprocess.PIPE, stderr=subprocess.PIPE)
        # The first message under way is the moment.
        deadline = time.monotonic() + SECONDS_MAX
        while not list((self.archive / "work").glob("*/*")) and running.poll() is None and time.monotonic() < deadline:
            pass
        running.send_signal(signal.SIGINT)
        out, err = running.communicate(timeout=SECONDS_MAX)
        self.assertGreaterEqual(running.returncode, 0, err)
        told = json.loads(out)
        self.assertTrue(told["sums_agree"], told)
        here = set(self.collector.canonical("work"))
        there = {support.canonical(path.read_bytes()) for path in self.on_server()}
        self.assertEqual(here | there, expected)
        self.assertEqual(self.collector.run("verify").returncode, 0)
        self.collector.fetch("work")
        self.assertEqual(set(self.collector.canonical("work")), expected)
        self.assertEqual(len(self.collector.messages("work")), 40)


if __name__ == "__main__":
    script_test.main()

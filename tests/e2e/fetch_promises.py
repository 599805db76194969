#!/usr/bin/env python3
"""What the guide promises of a fetch: a dry run says what the run then does, an interrupt ends it soon, a full disk takes what fits, and what
adopt() could not tell apart is compared by the next run."""
import contextlib
import json
import os
import pathlib
import pty
import signal
import socket
import subprocess
import sys
import threading
import time
import unittest

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parents[1] / "support"))
import collector as collecting  # noqa: E402
import raw_lmtp  # noqa: E402
import script_test  # noqa: E402
from post_office import PASSWORD, PostOffice  # noqa: E402

USER, ACCOUNT = "ann@example.org", "work"
DISK_OCTETS = 4 << 20


def letter(n, text="text", date="Tue, 3 Mar 2026 10:00:01 +0100"):
    return (f"From: ann@example.org\r\nSubject: letter {n}\r\nDate: {date}\r\nMessage-ID: <{n}@case.example>\r\n\r\n{text}\r\n").encode()


class SlowServer:
    """Answers one command at a time, in its own time; counts the RETRs that it has read."""

    def __init__(self, letters, seconds):
        self.letters, self.seconds, self.retrieved = dict(enumerate(letters, 1)), seconds, 0
        self.listener = socket.create_server(("127.0.0.1", 0))
        self.port = self.listener.getsockname()[1]

    def __enter__(self):
        self.thread = threading.Thread(target=self.serve, daemon=True)
        self.thread.start()
        return self

    def __exit__(self, *_):
        with contextlib.suppress(OSError):
            self.listener.shutdown(socket.SHUT_RDWR)
        self.listener.close()

    def serve(self):
        while True:
            try:
                line, _ = self.listener.accept()
            except OSError:
                return
            with contextlib.suppress(OSError), line:
                self.talk(line, line.makefile("rb"))

    def talk(self, line, commands):
        marked = set()
        line.sendall(b"+OK ready\r\n")
        for command in commands:
            verb, *words = command.split()
            verb = verb.upper()
            if verb == b"CAPA":
                line.sendall(b"+OK\r\nUSER\r\nUIDL\r\nTOP\r\nPIPELINING\r\n.\r\n")
            elif verb in (b"UIDL", b"LIST"):
                line.sendall(b"+OK\r\n" + b"".join(b"%d %s\r\n" % (n, b"u%d" % n if verb == b"UIDL" else b"%d" % len(octets))
                                                   for n, octets in self.letters.items()) + b".\r\n")
            elif verb == b"RETR":
                self.retrieved += 1
                time.sleep(self.seconds)
                line.sendall(b"+OK\r\n" + self.letters[int(words[0])] + b".\r\n")
            elif verb == b"TOP":
                line.sendall(b"+OK\r\n" + self.letters[int(words[0])].partition(b"\r\n\r\n")[0] + b"\r\n\r\n.\r\n")
            elif verb == b"DELE":
                marked.add(int(words[0]))
                line.sendall(b"+OK\r\n")
            elif verb == b"QUIT":
                self.letters = {n: octets for n, octets in self.letters.items() if n not in marked}
                line.sendall(b"+OK\r\n")
                return
            else:
                line.sendall(b"+OK\r\n")


class Promises(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        cls.office = cls.enterClassContext(PostOffice(users=[USER]))

    def setUp(self):
        self.collector = self.enterContext(collecting.Collector())
        for path in self.on_server():
            path.unlink()

    def add(self, port=None, keep="all", options=()):
        self.collector.add(ACCOUNT, port or self.office.pop3, USER, PASSWORD, keep=keep, options=("--no-check", *options))

    def on_server(self):
        return list(self.office.maildir(USER).glob("[nc][eu][wr]/*"))

    def post(self, octets):
        self.assertTrue(raw_lmtp.post(self.office.lmtp, [USER], octets)[0].startswith(b"250"))

    def put(self, unique_id, octets):
        """Without a trace field of the office."""
        folder = self.office.maildir(USER) / "new"
        folder.mkdir(parents=True, exist_ok=True)
        (folder / unique_id).write_bytes(octets)

    def set(self, old, new):
        path = self.collector.archive / f"{ACCOUNT}.toml"
        self.assertIn(old, path.read_text())
        path.write_text(path.read_text().replace(old, new))

    def kept(self):
        return sorted((self.collector.archive / ACCOUNT).glob("[nc][eu][wr]/*"), key=lambda path: path.read_bytes())

    def both(self, codes=(0, 1)):
        """How many deletions a dry run says, and the run makes."""
        dry = self.collector.fetch(ACCOUNT, options=("--dry-run", "--yes"), codes=codes)
        return dry, self.collector.fetch(ACCOUNT, options=("--yes",), codes=codes)

    # A dry run.

    def test_a_dry_run_reads_what_would_be_deleted(self):
        self.add()
        for n in range(6):
            self.post(letter(n))
        self.assertEqual(self.collector.fetch(ACCOUNT)["stored"], 6)
        gone, damaged, cut, moved, *_ = self.kept()
        gone.unlink()
        damaged.write_bytes(damaged.read_bytes().replace(b"text", b"tExt"))
        os.truncate(cut, cut.stat().st_size // 2)
        (moved.parent.parent / "cur").mkdir(exist_ok=True)
        moved.rename(moved.parent.parent / "cur" / "1795970903.other.host:2,S")
        self.set('policy = "all"', 'policy = "none"')
        before = self.state()
        dry = self.collector.fetch(ACCOUNT, options=("--dry-run", "--yes"))
        self.assertEqual(before, self.state())
        run = self.collector.fetch(ACCOUNT, options=("--yes",), codes=(0, 1))
        self.assertEqual((dry["deleted"], run["deleted"]), (3, 3), dry)
        self.assertTrue(any("1 is gone" in text and "2 are damaged" in text for text in dry["warnings"]), dry)

    def test_a_dry_run_looks_at_the_dates_of_new_messages(self):
        self.add(keep="days=30", options=("--clock", "message"))
        for n, date in enumerate(("Thu, 1 Jan 2015 00:00:00 +0000", "Fri, 2 Jan 2015 00:00:00 +0000", "Mon, 1 Jan 2125 00:00:00 +0000", "none")):
            self.post(letter(n, date=date))
        dry, run = self.both()
        self.assertEqual((dry["deleted"], run["deleted"], len(dry["deletions"])), (2, 2, 2), dry)

    def state(self):
        """All files of the archive but locks and what SQLite makes to read, with their contents."""
        return {path: path.read_bytes() for path in self.collector.archive.rglob("*")
                if path.is_file() and path.suffix not in (".lock",) and not path.name.endswith(("-shm", "-wal", ".sound", "sound"))}

    def test_a_dry_run_leaves_a_hurt_ledger_alone(self):
        self.add()
        self.post(letter(1))
        self.collector.fetch(ACCOUNT)
        ledger = self.collector.archive / ".restante/ledger.sqlite"
        whole = ledger.read_bytes()
        for name, hurt in (("garbage", lambda: ledger.write_bytes(b"x" * len(whole))), ("cut", lambda: ledger.write_bytes(whole[:len(whole) // 2])),
                           ("gone", lambda: ledger.unlink())):
            with self.subTest(name):
                hurt()
                before = self.state()
                done = self.collector.run("fetch", ACCOUNT, "-n", codes=(65,))
                self.assertRegex(done.stderr, rb"restante (status|rebuild)")
                self.assertEqual(before, self.state())
        self.collector.run("status", codes=(0, 1))
        self.assertEqual(self.collector.fetch(ACCOUNT, options=("-n",))["stored"], 0)

    # Interrupts.

    def test_an_interrupt_asks_for_no_further_message(self):
        for how in (signal.SIGINT, signal.SIGTERM):
            with self.subTest(how), collecting.Collector() as self.collector, SlowServer([letter(n) for n in range(120)], 0.03) as server:
                self.add(server.port, keep="none")
                self.set("[server]\n", "[server]\nwindow = 4\n")
                running = subprocess.Popen([collecting.PROGRAM, "--archive", self.collector.archive, "fetch", ACCOUNT, "--json", "--yes"],
                                           stdout=subprocess.PIPE, stderr=subprocess.PIPE)
                while server.retrieved < 10:
                    time.sleep(0.01)
                running.send_signal(how)
                at_signal = server.retrieved
                out, _ = running.communicate(timeout=10)
                told = json.loads(out)
                self.assertLessEqual(server.retrieved, at_signal + 6)
                self.assertEqual((running.returncode, told["stopped"], told["stored"] + told["not_reached"], told["failed"]), (1, True, 120, []), told)
                self.assertEqual((told["stored"], told["deleted"]), (server.retrieved, server.retrieved), told)
                server.seconds = 0
                again = self.collector.fetch(ACCOUNT, options=("--yes",))
                self.assertEqual((again["stored"], len(server.letters)), (told["not_reached"], 0), again)

    def test_an_interrupt_at_the_guards_question_means_no(self):
        for how in (signal.SIGINT, signal.SIGTERM):
            with self.subTest(how), collecting.Collector() as self.collector, SlowServer([letter(n) for n in range(12)], 0) as server:
                self.add(server.port, keep="none")
                self.set("[keep]\n", "[keep]\nguard_messages = 5\n")
                ours, terminal = pty.openpty()
                running = subprocess.Popen([collecting.PROGRAM, "--archive", self.collector.archive, "fetch", ACCOUNT], stdin=terminal, stderr=terminal,
                                           stdout=subprocess.PIPE)
                os.close(terminal)
                seen = b""
                while b"[y/N]" not in seen:
                    seen += os.read(ours, 4096)
                running.send_signal(how)
                out, _ = running.communicate(timeout=5)  # nothing is typed
                os.close(ours)
                self.assertEqual((running.returncode, len(server.letters)), (1, 12), out)
                self.assertIn(b"12 stored", out)

    # What adopt() left.

    def test_what_is_ambiguous_is_compared_by_the_next_fetch(self):
        self.add(keep="all")
        same_header = [b"From: cron@case.example\nSubject: daily\n\nday %d\n" % n for n in range(3)]
        for n, octets in enumerate(same_header):
            self.put(f"17000000{n}.M1P1.x", octets)
        listed = {path.name for path in self.on_server()}
        known = self.collector.archive.parent / "uidls"
        known.write_text(f" {len(listed)} 127.0.0.1 {USER}\n" + "".join(f"{name}\n" for name in sorted(listed)))
        box = self.collector.archive.parent / "box"
        # As mpop stores them, with a field of its own at the top.
        box.write_bytes(b"".join(b"From x Tue Mar  3 10:00:01 2026\nReceived: from x by y; Tue, 3 Mar 2026 10:00:01 +0100\n" + octets + b"\n" for octets in same_header))
        for first in ("take-over", "import"):
            for command in sorted((("take-over", ACCOUNT, known), ("import", ACCOUNT, "--mbox", box)), key=lambda words: words[0] != first):
                self.collector.run(*command)
        adopted = json.loads(self.collector.run("adopt", ACCOUNT, "--json", codes=(0, 1)).stdout)
        self.assertEqual(adopted["ambiguous"], 3, adopted)
        told = self.collector.fetch(ACCOUNT)
        self.assertEqual((told["stored"], told["stored_before"]), (0, 3), told)
        self.assertEqual(len(self.kept()), 3)
        again = json.loads(self.collector.run("adopt", ACCOUNT, "--json").stdout)
        self.assertEqual((again["ambiguous"], again["known"]), (0, 3), again)
        self.set('policy = "all"', 'policy = "none"')
        self.assertEqual(self.collector.fetch(ACCOUNT)["deleted"], 3)


class FullDisk(unittest.TestCase):
    def test_what_fits_is_stored(self):
        with PostOffice(users=[USER]) as office, collecting.Collector() as collector:
            scratch = collector.archive.parent / "disk"
            scratch.mkdir()
            mounted = subprocess.run(["mount", "-t", "tmpfs", "-o", f"size={DISK_OCTETS}", "tmpfs", scratch], capture_output=True)
            if mounted.returncode != 0:
                self.skipTest(f"a small disk cannot be mounted: {mounted.stderr.decode(errors='replace').strip()}")
            try:
                collector.archive = scratch / "archive"
                collector.add(ACCOUNT, office.pop3, USER, PASSWORD, options=("--no-check",))
                for n in range(180):
                    raw_lmtp.post(office.lmtp, [USER], letter(n, "words and words\r\n" * 350))
                disk = os.statvfs(scratch)
                (scratch / "ballast").write_bytes(bytes(disk.f_bavail * disk.f_frsize - (870 << 10)))
                done = collector.run("fetch", ACCOUNT, codes=(75,))
                stored = len(list((collector.archive / ACCOUNT).glob("[nc][eu][wr]/*")))
                print(f"full disk: {stored} of 180 stored")
                self.assertGreater(stored, 30, done)
                said = done.stdout + done.stderr
                self.assertEqual(said.count(b"is full"), 1, done)
                self.assertIn(str(collector.archive).encode(), said)
                self.assertIn(b"make room", said)
                self.assertLess(len(said.splitlines()), 6, done)
                (scratch / "ballast").unlink()
                told = collector.fetch(ACCOUNT)
                self.assertEqual((told["stored"] + told["stored_before"], len(collector.messages(ACCOUNT))), (180, 180), told)
                self.assertIn(b" 0 differences", collector.run("verify").stdout)
            finally:
                subprocess.run(["umount", scratch], check=True)


if __name__ == "__main__":
    script_test.main()

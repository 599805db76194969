#!/usr/bin/env python3
"""Trouble under the real program: system calls that fail, locks, clocks, storms of signals and reloads (docs/testing.md).

strace makes the n-th call of each thread fail; one disk thread, so that n means the same each time.
"""
import contextlib
import os
import pathlib
import re
import signal
import subprocess
import sys
import threading
import time
import unittest

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parents[1] / "support"))
import post_office as support  # noqa: E402
import raw_lmtp  # noqa: E402
import raw_pop3  # noqa: E402
import script_test  # noqa: E402
from watch import Watch  # noqa: E402

USER, OTHER = "ann@example.org", "bob@example.org"
LETTER = b"Subject: a letter\r\n\r\n" + b"".join(b"line %d\r\n" % number for number in range(9_000))
ONE_THREAD = "threads = 1\ndisk_threads = 1\n"
DELETED_AT_ONCE = '[maildrops]\nheld_for = "0"\n'


class Injection:
    """While it is open, the n-th `call` of each thread of the daemon fails with `error`."""

    def __init__(self, office, call, error, nth):
        self.office = office
        self.record = office.root / "strace"
        self.process = subprocess.Popen(["strace", "-f", "-qq", "-o", str(self.record), "-p", str(office.process.pid), "-e", f"trace={call}",
                                         "-e", f"inject={call}:error={error}:when={nth}", "-e", "signal=none"], stderr=subprocess.PIPE, text=True)

    def __enter__(self):
        # -qq says nothing of attaching: the kernel tells who traces whom.
        tasks = pathlib.Path(f"/proc/{self.office.process.pid}/task")
        give_up = time.monotonic() + 30
        while not all(f"TracerPid:\t{self.process.pid}\n" in (task / "status").read_text() for task in tasks.iterdir()):
            if self.process.poll() is not None or time.monotonic() > give_up:
                raise AssertionError(f"strace could not attach: {self.process.stderr.read()}")
        return self

    def __exit__(self, *_):
        if self.process.poll() is None:
            self.process.send_signal(signal.SIGINT)
        self.process.communicate(timeout=30)

    def happened(self):
        """After the end: did any call fail?"""
        return "(INJECTED)" in self.record.read_text(errors="replace")


class Office(unittest.TestCase):
    configuration = ONE_THREAD

    def setUp(self):
        self.office = support.PostOffice(users=[USER, OTHER], configuration=self.configuration)
        self.office.__enter__()
        self.addCleanup(self.office.__exit__, None, None, None)
        self.open = contextlib.ExitStack()
        self.addCleanup(self.open.close)

    def client(self):
        return self.open.enter_context(raw_pop3.Client(self.office.pop3))

    def post(self, octets=LETTER, user=USER):
        """The verdict: a delivery may be put off at any of its commands."""
        with raw_lmtp.Dialogue(self.office.lmtp) as lmtp:
            lmtp.command(b"LHLO client.example.net")
            reply = b""
            for step in (b"MAIL FROM:<sender@example.net>\r\n", b"RCPT TO:<" + user.encode() + b">\r\n", b"DATA\r\n", raw_lmtp.stuffed(octets)):
                lmtp.send(step)
                reply = lmtp.reply()
                if reply[:1] not in (b"2", b"3"):
                    break
            return reply

    def empty(self):
        for where in ("new", "cur"):
            for path in (self.office.maildir(USER) / where).glob("*"):
                path.unlink()

    def kept(self, user=USER):
        """All messages on the disk, as canonical octets without the trace."""
        folder = self.office.maildir(user)
        return sorted(support.without_trace(support.canonical(path.read_bytes()))
                      for where in ("new", "cur") if (folder / where).exists() for path in (folder / where).iterdir())

    def subjects(self, user=USER):
        return [re.match(rb"Subject: ([^\r]*)", octets)[1].decode() for octets in self.kept(user)]


class Deliveries(Office):
    def one_delivery(self, call, error, nth):
        """A delivery in trouble, then one without. Whether the trouble came to it, and what was answered."""
        self.empty()
        self.assertTrue(self.post(b"Subject: before\r\n\r\nbody\r\n").startswith(b"250"))
        before = self.kept()
        with Injection(self.office, call, error, nth) as injection:
            reply = self.post()
        self.assertRegex(reply, rb"^(250|4\d\d) ", "neither taken nor put off")
        after = self.kept()
        if reply.startswith(b"250"):
            self.assertEqual(after, sorted([*before, LETTER]))
        else:
            self.assertIn(after, (before, sorted([*before, LETTER])), "half a letter is there, or another is gone")
            if call != "unlinkat":
                self.assertEqual(after, before, "a refused letter is there")
        self.assertTrue(self.post().startswith(b"250"), "the next delivery failed too")
        self.assertIsNone(self.office.process.poll())
        return injection.happened(), reply

    def test_a_call_that_fails_puts_the_letter_off(self):
        refused = {}
        for call, errors in {"write": ("ENOSPC", "EDQUOT", "EIO"), "fsync": ("EIO", "ENOSPC", "EDQUOT"), "openat": ("EMFILE", "EIO", "ENOSPC"),
                             "renameat2": ("EIO", "ENOSPC", "EROFS"), "unlinkat": ("EIO", "EROFS"), "close": ("EIO",)}.items():
            for error in errors:
                for nth in range(1, 12):
                    with self.subTest(call=call, error=error, nth=nth):
                        happened, reply = self.one_delivery(call, error, nth)
                        refused[call] = refused.get(call, 0) + reply.startswith(b"4")
                        if not happened:
                            break
        print(f"deliveries put off, by the call that failed: {refused}")
        for call in ("write", "fsync", "openat", "renameat2"):
            self.assertGreater(refused[call], 0, f"no {call} failed that mattered: does the injection work?")

    def test_a_second_fsync_after_one_that_failed_is_not_believed(self):
        self.assertTrue(self.post(b"Subject: before\r\n\r\nbody\r\n").startswith(b"250"))
        # The first delivery fails at its fsync. Were it tried again and believed, the answer would be 250.
        for nth in (1, 2):
            with self.subTest(nth=nth), Injection(self.office, "fsync", "EIO", nth):
                reply = self.post()
                self.assertTrue(reply.startswith(b"4"), reply)
        self.assertEqual(self.subjects(), ["before"])


class Quits(Office):
    configuration = ONE_THREAD + DELETED_AT_ONCE
    SUBJECTS = ["0", "1", "2", "3", "4"]
    MARKED = {"1", "3"}

    def one_quit(self, call, error, nth, repeat=""):
        self.empty()
        for subject in self.SUBJECTS:
            self.assertTrue(self.post(b"Subject: " + subject.encode() + b"\r\n\r\nbody\r\n").startswith(b"250"))
        pop = self.client().log_in(USER)
        for subject in self.MARKED:
            pop.command(b"DELE %d" % (int(subject) + 1))
        with Injection(self.office, call, error, f"{nth}{repeat}") as injection:
            pop.send(b"QUIT\r\n")
            reply = pop.line()
        left = set(self.subjects())
        self.assertFalse(set(self.SUBJECTS) - self.MARKED - left, "an unmarked letter is gone")
        if reply.startswith(b"+OK"):
            self.assertFalse(left & self.MARKED, "+OK, and a marked letter is left")
        else:
            self.assertTrue(reply.startswith(b"-ERR [SYS/TEMP]"), reply)
        with self.client().log_in(USER) as again:  # the lock is free and what is left is served
            self.assertEqual(int(again.command(b"STAT").split()[1]), len(left))
            again.command(b"QUIT")
        return injection.happened(), reply

    def sweep(self, calls):
        refused = 0
        for call, errors in calls.items():
            for error in errors:
                for nth in range(1, 12):
                    with self.subTest(call=call, error=error, nth=nth):
                        happened, reply = self.one_quit(call, error, nth)
                        refused += reply.startswith(b"-ERR")
                        if not happened:
                            break
        self.assertGreater(refused, 0, "no failure mattered: does the injection work?")

    def test_a_call_that_fails_is_told_and_nothing_unmarked_is_lost(self):
        self.sweep({"unlinkat": ("EIO", "EROFS", "EACCES"), "fsync": ("EIO",)})

    def test_ok_is_not_said_where_the_removal_is_not_durable(self):
        happened, reply = self.one_quit("fsync", "EIO", 1)
        self.assertTrue(happened)
        self.assertTrue(reply.startswith(b"-ERR [SYS/TEMP]"), reply)

    def test_all_of_them_failing_leaves_all(self):
        happened, reply = self.one_quit("unlinkat", "EROFS", 1, "+")
        self.assertTrue(happened)
        self.assertTrue(reply.startswith(b"-ERR [SYS/TEMP]"), reply)
        self.assertEqual(sorted(self.subjects()), self.SUBJECTS)


class HeldQuits(Quits):
    """As above, where deleted mail is held for a while: renamed, not unlinked."""

    configuration = ONE_THREAD

    def test_a_call_that_fails_is_told_and_nothing_unmarked_is_lost(self):
        self.sweep({"renameat2": ("EIO", "ENOSPC"), "fsync": ("EIO",), "openat": ("EMFILE",), "mkdirat": ("ENOSPC",)})

    def test_all_of_them_failing_leaves_all(self):
        happened, reply = self.one_quit("renameat2", "EROFS", 1, "+")
        self.assertTrue(happened)
        self.assertTrue(reply.startswith(b"-ERR [SYS/TEMP]"), reply)
        self.assertEqual(sorted(self.subjects()), self.SUBJECTS)


class Locks(Office):
    def test_the_lock_is_the_kernels(self):
        self.post()
        holder = self.client().log_in(USER)
        begun = time.monotonic()
        other = self.client()
        other.command(b"USER " + USER.encode())
        other.command(b"PASS " + support.PASSWORD.encode(), b"-ERR [IN-USE]")
        self.assertLess(time.monotonic() - begun, 10)
        # Deliveries need no lock, and a stranger's program does not get one by a file of its name.
        self.assertTrue(self.post().startswith(b"250"))
        self.office.stop(signal.SIGKILL)
        self.assertEqual(holder.line(), b"")
        self.office.start()
        begun = time.monotonic()
        self.client().log_in(USER).command(b"QUIT")
        self.assertLess(time.monotonic() - begun, 1.5, "a stale lock was waited for")

    def test_no_program_started_meanwhile_inherits_a_descriptor(self):
        self.client().log_in(USER)
        for number in os.listdir(f"/proc/{self.office.process.pid}/fd"):
            flags = pathlib.Path(f"/proc/{self.office.process.pid}/fdinfo/{number}").read_text()
            if int(number) > 2:
                octal = int(re.search(r"flags:\s+(\d+)", flags)[1], 8)
                target = os.readlink(f"/proc/{self.office.process.pid}/fd/{number}")
                self.assertTrue(octal & os.O_CLOEXEC, f"descriptor {number} ({target}) outlives an exec")

    def test_one_of_many_daemons_started_at_once_wins(self):
        self.office.stop()
        starts = [subprocess.Popen([support.PROGRAM, "serve", "--root", self.office.root, "--pop3s", "127.0.0.1:0"], stdin=subprocess.DEVNULL,
                                   stdout=subprocess.PIPE, stderr=subprocess.PIPE) for _ in range(5)]
        winners = [one for one in starts if one.stdout.readline() == b"ready\n"]
        for one in starts:
            if one not in winners:
                self.assertNotEqual(one.wait(30), 0)
                self.assertIn(b"already", one.stderr.read())
        self.assertEqual(len(winners), 1)
        winners[0].terminate()
        self.assertEqual(winners[0].wait(40), 0)
        for one in starts:
            one.communicate()


class Storms(Office):
    configuration = "# the defaults\n"  # a file there is, so that it can be changed

    def test_signals_by_the_hundred_disturb_nobody(self):
        self.post()
        pop = self.client().log_in(USER)
        for _ in range(300):
            for each in (signal.SIGHUP, signal.SIGPIPE):
                self.office.process.send_signal(each)
        self.assertIn(b"line 8999", pop.message(1)[0])
        pop.command(b"DELE 1")
        pop.command(b"QUIT")
        self.assertEqual(self.kept(), [])
        self.assertTrue(self.post().startswith(b"250"))

    def test_many_signals_to_end_are_one(self):
        self.post()
        pop = self.client().log_in(USER)
        pop.command(b"DELE 1")
        for each in (signal.SIGHUP, signal.SIGTERM, signal.SIGHUP, signal.SIGTERM, signal.SIGINT, signal.SIGTERM) * 20:
            with contextlib.suppress(ProcessLookupError):
                self.office.process.send_signal(each)
        self.assertEqual(self.office.process.wait(40), 0)
        self.office.stop()
        self.assertEqual(self.kept(), [LETTER])
        self.office.start()
        self.client().log_in(USER).command(b"QUIT")

    def test_reloads_under_load_disturb_nobody(self):
        configuration = self.office.root / "restanted.toml"
        stop = threading.Event()
        faults, rounds = [], [0, 0]

        def collect():
            while not stop.is_set():
                with raw_pop3.Client(self.office.pop3) as pop:
                    pop.log_in(USER)
                    count = int(pop.command(b"STAT").split()[1])
                    for number in range(1, count + 1):
                        pop.message(number)
                        pop.command(b"DELE %d" % number)
                    pop.command(b"QUIT")
                rounds[0] += 1

        def deliver():
            while not stop.is_set():
                reply = self.post(b"Subject: under load\r\n\r\nbody\r\n")
                if not reply.startswith(b"250"):
                    raise AssertionError(reply)
                rounds[1] += 1

        def guarded(work):
            try:
                work()
            except Exception as fault:  # told by the main thread
                faults.append(fault)

        lasting = self.client().log_in(OTHER)
        threads = [threading.Thread(target=guarded, args=(work,)) for work in (collect, deliver)]
        for one in threads:
            one.start()
        took = {True: 0, False: 0}
        until = time.monotonic() + 5
        try:
            while time.monotonic() < until:
                for text, accepted in (('[pop3]\nbad_commands_after_login = 7\n', True), ('[pop3]\nbad_commands_after_login = "many"\n', False),
                                       ('', True), ('[mailrops\n', False)):
                    configuration.write_text(text)
                    done = self.office.run("reload", check=False)
                    self.assertEqual(done.returncode == 0, accepted, done.stderr)
                    if not accepted:
                        self.assertRegex(done.stderr.decode(), r"\b[12]\b", "the line is not told")
                    took[accepted] += 1
                    lasting.command(b"NOOP")
        finally:
            stop.set()
            for one in threads:
                one.join(60)
        self.assertEqual(faults, [])
        print(f"reloads taken {took[True]}, refused {took[False]}; sessions {rounds[0]}, deliveries {rounds[1]}")
        self.assertGreater(min(*rounds, *took.values()), 3)
        lasting.command(b"QUIT")


if __name__ == "__main__":
    script_test.main()

#!/usr/bin/env python3
"""kill -9 at every system call of the real daemon, through a delivery and a QUIT, and of `restanted deliver` (T37, T41, T42).

strace counts a thread's calls of one kind from the moment it attaches, and kills at the n-th; for each kind n grows until a whole
run sees no kill.
What must hold after each: an answered 250 means the message is there, whole; no answer means absent or whole; no message
that was not marked is ever gone; after the +OK to QUIT, no marked one is left.
"""
import os
import pathlib
import poplib
import re
import signal
import subprocess
import sys
import tempfile
import threading
import unittest

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parents[1] / "support"))
import post_office as support  # noqa: E402
import raw_lmtp  # noqa: E402
import script_test  # noqa: E402

USER = "ann@example.org"
# Every call in which something happens; not those in which a thread waits, where strace finds it when it attaches.
STEPS = ("accept4", "close", "fcntl", "fdatasync", "fstat", "fsync", "getdents64", "linkat", "lseek", "mkdirat", "newfstatat", "openat",
         "pread64", "pwrite64", "read", "recvfrom", "recvmsg", "renameat", "renameat2", "sendmsg", "sendto", "shutdown", "unlinkat",
         "utimensat", "write")
POINTS_MAX = 200  # of one kind; a bound for the loop, far above what a run needs
# One thread for each kind of work, so that the calls come in the same order in every run.
CONFIGURATION = "threads = 1\ndisk_threads = 1\nhash_threads = 1\n"
LETTER = b"Subject: a letter\r\n\r\n" + b"".join(b"line %d\r\n" % n for n in range(400))


def bodies(office):
    """Every message that waits, as canonical octets without our trace, straight from the disk."""
    maildir = office.maildir(USER)
    found = []
    for folder in ("new", "cur"):
        if (maildir / folder).exists():
            for path in (maildir / folder).iterdir():
                if not path.name.startswith("."):
                    found.append(support.without_trace(support.canonical(path.read_bytes())))
    return found


class Tracer:
    """strace on every thread of the daemon, killing it at the n-th system call of one kind."""

    def __init__(self, daemon, call, point):
        self.process = subprocess.Popen(["strace", "-f", "-o", "/dev/null", "-p", str(daemon.pid), "-e",
                                         f"inject={call}:signal=SIGKILL:when={point}"], stderr=subprocess.PIPE, text=True)
        # A daemon that is killed must be buried at once: strace waits for that.
        self.mourner = threading.Thread(target=daemon.wait)
        self.mourner.start()
        threads = len(os.listdir(f"/proc/{daemon.pid}/task"))
        attached = 0
        for line in self.process.stderr:
            # "Process N attached with M threads", or one line a thread
            with_threads = re.search(r"attached with (\d+) threads", line)
            attached += int(with_threads.group(1)) if with_threads else "attached" in line
            if attached >= threads:
                break

    def end(self, daemon, answered):
        """Lets go of the daemon; True where it was killed. One that did not answer is dead or dying."""
        if self.process.poll() is None:
            self.process.send_signal(signal.SIGINT)
        try:
            self.process.communicate(timeout=10)
        except subprocess.TimeoutExpired:
            self.process.kill()
            self.process.communicate()
        self.mourner.join(0.3 if answered else 10)
        return not self.mourner.is_alive() and daemon.returncode == -signal.SIGKILL


class KillPoints(unittest.TestCase):
    def sweep(self, what, calls, one_run):
        """For each kind of call, calls one_run(call, point) until it was not killed; tells how many points were tried."""
        killed = 0
        for call in calls:
            for point in range(1, POINTS_MAX):
                if not one_run(call, point):
                    break
                killed += 1
            else:
                self.fail(f"{what}: still killed at {call} number {POINTS_MAX}")
        print(f"{what}: killed at {killed} points, every promise held")
        self.assertGreater(killed, 10, "hardly anything was killed: does the injection work?")

    def test_daemon_delivery(self):
        def one_run(call, point):
            with support.PostOffice(users=[USER], configuration=CONFIGURATION) as office:
                tracer = Tracer(office.process, call, point)
                answered = False
                try:
                    answered = raw_lmtp.post(office.lmtp, [USER], LETTER)[0].startswith(b"250")
                except (OSError, AssertionError, IndexError):
                    pass  # the daemon died under the sender
                killed = tracer.end(office.process, answered)
                if not killed:
                    self.assertTrue(answered, office.log())
                found = bodies(office)
                self.assertIn(found, [[LETTER]] if answered else [[], [LETTER]], f"killed at {call} number {point}")
                if killed:
                    office.start()
                    self.assertTrue(raw_lmtp.post(office.lmtp, [USER], LETTER)[0].startswith(b"250"), "the retry must succeed")
                    self.assertIn(LETTER, bodies(office))
                return killed

        self.sweep("a delivery by LMTP", STEPS, one_run)

    def test_daemon_quit(self):
        letters = [b"Subject: %d\r\n\r\nbody %d\r\n" % (n, n) for n in range(1, 6)]
        marked = {letters[0], letters[2]}

        def one_run(call, point):
            with support.PostOffice(users=[USER], configuration=CONFIGURATION) as office:
                for letter in letters:
                    self.assertTrue(raw_lmtp.post(office.lmtp, [USER], letter)[0].startswith(b"250"))
                pop = poplib.POP3("127.0.0.1", office.pop3, timeout=30)
                pop.user(USER)
                pop.pass_(support.PASSWORD)
                pop.dele(1)
                pop.dele(3)
                tracer = Tracer(office.process, call, point)
                answered = False
                try:
                    answered = pop.quit().startswith(b"+OK")
                except (OSError, EOFError, poplib.error_proto):
                    pop.close()
                killed = tracer.end(office.process, answered)
                left = set(bodies(office))
                self.assertFalse(set(letters) - marked - left, f"an unmarked message is gone, killed at {call} number {point}")
                if answered:
                    self.assertFalse(left & marked, f"+OK was said and a marked message is left, killed at {call} number {point}")
                if not killed:
                    self.assertTrue(answered, office.log())
                else:
                    office.start()
                    again = poplib.POP3("127.0.0.1", office.pop3, timeout=30)
                    again.user(USER)
                    self.assertTrue(again.pass_(support.PASSWORD).startswith(b"+OK"), "the lock outlived its holder")
                    again.quit()
                return killed

        self.sweep("a QUIT with marks", STEPS, one_run)

    def test_deliver_command(self):
        with tempfile.TemporaryDirectory(prefix="restante-kill-") as folder:
            office = support.PostOffice(users=[USER], root=folder)
            office.add_user(USER)

            def one_run(call, point):
                before = len(bodies(office))
                done = subprocess.run(["strace", "-f", "-o", "/dev/null", "-e", f"inject={call}:signal=SIGKILL:when={point}",
                                       str(support.PROGRAM), "deliver", "--root", folder, USER], input=LETTER, capture_output=True)
                found = bodies(office)
                self.assertTrue(all(body == LETTER for body in found), f"a partial message, killed at {call} number {point}")
                if done.returncode == 0:
                    self.assertEqual(len(found), before + 1)
                else:
                    self.assertIn(len(found), (before, before + 1))
                return done.returncode != 0

            self.sweep("restanted deliver", self.calls_of_a_delivery(folder), one_run)

    def calls_of_a_delivery(self, folder):
        """Every kind of system call that an undisturbed delivery makes."""
        trace = pathlib.Path(folder) / "trace"
        subprocess.run(["strace", "-f", "-o", str(trace), str(support.PROGRAM), "deliver", "--root", folder, USER], input=LETTER, check=True,
                       capture_output=True)
        names = set(re.findall(r"^\d+ +(\w+)\(", trace.read_text(errors="replace"), re.M))
        return sorted(names - {"execve", "exit_group", "exit"})


if __name__ == "__main__":
    script_test.main()

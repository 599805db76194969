#!/usr/bin/env python3
"""kill -9 at every system call of the real daemon, through a delivery and a QUIT, and of `restanted deliver` (T37, T41, T42).

strace counts each thread's calls from the moment it attaches, and kills at the n-th; n grows until a whole run sees no kill.
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
import unittest

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parents[1] / "support"))
import post_office as support  # noqa: E402
import raw_lmtp  # noqa: E402
import script_test  # noqa: E402

USER = "ann@example.org"
POINTS_MAX = 400  # a bound for the loop, far above what a run needs
QUIET_RUNS = 3    # so many runs without a kill end the loop: threads share the work differently each time
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
    """strace on every thread of the daemon, killing it at the n-th system call of any thread."""

    def __init__(self, pid, point):
        self.process = subprocess.Popen(["strace", "-f", "-o", "/dev/null", "-p", str(pid), "-e", f"inject=all:signal=SIGKILL:when={point}"],
                                        stderr=subprocess.PIPE, text=True)
        threads = len(os.listdir(f"/proc/{pid}/task"))
        attached = 0
        for line in self.process.stderr:
            # "Process N attached with M threads", or one line a thread
            with_threads = re.search(r"attached with (\d+) threads", line)
            attached += int(with_threads.group(1)) if with_threads else "attached" in line
            if attached >= threads:
                return
        raise AssertionError("strace could not attach")

    def end(self):
        """Lets go of the daemon where it still lives."""
        if self.process.poll() is None:
            self.process.send_signal(signal.SIGINT)
        self.process.communicate(timeout=30)


class KillPoints(unittest.TestCase):
    def sweep(self, what, one_run):
        """Calls one_run(point) until QUIET_RUNS runs in a row were not killed; tells how many points were tried."""
        killed, quiet = 0, 0
        for point in range(1, POINTS_MAX):
            if one_run(point):
                killed, quiet = killed + 1, 0
            else:
                quiet += 1
            if quiet == QUIET_RUNS:
                break
        else:
            self.fail(f"{what}: still killed at point {POINTS_MAX}")
        print(f"{what}: killed at {killed} points, every promise held")
        self.assertGreater(killed, 10, "hardly anything was killed: does the injection work?")

    def test_daemon_delivery(self):
        def one_run(point):
            with support.PostOffice(users=[USER]) as office:
                tracer = Tracer(office.process.pid, point)
                answered = False
                try:
                    answered = raw_lmtp.post(office.lmtp, [USER], LETTER)[0].startswith(b"250")
                except (OSError, AssertionError, IndexError):
                    pass  # the daemon died under the sender
                tracer.end()
                killed = office.process.poll() is not None and office.process.wait() == -signal.SIGKILL
                if not killed:
                    self.assertTrue(answered, office.log())
                found = bodies(office)
                self.assertIn(found, [[LETTER]] if answered else [[], [LETTER]], f"killed at system call {point}")
                if killed:
                    office.start()
                    self.assertTrue(raw_lmtp.post(office.lmtp, [USER], LETTER)[0].startswith(b"250"), "the retry must succeed")
                    self.assertIn(LETTER, bodies(office))
                return killed

        self.sweep("a delivery by LMTP", one_run)

    def test_daemon_quit(self):
        letters = [b"Subject: %d\r\n\r\nbody %d\r\n" % (n, n) for n in range(1, 6)]
        marked = {letters[0], letters[2]}

        def one_run(point):
            with support.PostOffice(users=[USER]) as office:
                for letter in letters:
                    self.assertTrue(raw_lmtp.post(office.lmtp, [USER], letter)[0].startswith(b"250"))
                pop = poplib.POP3("127.0.0.1", office.pop3, timeout=30)
                pop.user(USER)
                pop.pass_(support.PASSWORD)
                pop.dele(1)
                pop.dele(3)
                tracer = Tracer(office.process.pid, point)
                answered = False
                try:
                    answered = pop.quit().startswith(b"+OK")
                except (OSError, EOFError, poplib.error_proto):
                    pop.close()
                tracer.end()
                killed = office.process.poll() is not None and office.process.wait() == -signal.SIGKILL
                left = set(bodies(office))
                self.assertFalse(set(letters) - marked - left, f"an unmarked message is gone, killed at system call {point}")
                if answered:
                    self.assertFalse(left & marked, f"+OK was said and a marked message is left, killed at {point}")
                if not killed:
                    self.assertTrue(answered, office.log())
                else:
                    office.start()
                    again = poplib.POP3("127.0.0.1", office.pop3, timeout=30)
                    again.user(USER)
                    self.assertTrue(again.pass_(support.PASSWORD).startswith(b"+OK"), "the lock outlived its holder")
                    again.quit()
                return killed

        self.sweep("a QUIT with marks", one_run)

    def test_deliver_command(self):
        with tempfile.TemporaryDirectory(prefix="restante-kill-") as folder:
            office = support.PostOffice(users=[USER], root=folder)
            office.add_user(USER)

            def one_run(point):
                before = len(bodies(office))
                done = subprocess.run(["strace", "-f", "-o", "/dev/null", "-e", f"inject=all:signal=SIGKILL:when={point}",
                                       str(support.PROGRAM), "deliver", "--root", folder, USER], input=LETTER, capture_output=True)
                found = bodies(office)
                self.assertTrue(all(body == LETTER for body in found), f"a partial message, killed at system call {point}")
                if done.returncode == 0:
                    self.assertEqual(len(found), before + 1)
                else:
                    self.assertIn(len(found), (before, before + 1))
                return done.returncode != 0

            # The program's own loading is a few hundred calls in which nothing of ours runs: begin near the delivery.
            total = self.system_calls(folder)
            first = max(1, total - 150)
            self.sweep_from(first, one_run)

    def sweep_from(self, first, one_run):
        killed = sum(one_run(point) for point in range(first, first + 200))
        print(f"restanted deliver: killed at {killed} points, every promise held")
        self.assertGreater(killed, 100)

    def system_calls(self, folder):
        """How many system calls the main thread of an undisturbed delivery makes."""
        trace = pathlib.Path(folder) / "trace"
        subprocess.run(["strace", "-o", str(trace), str(support.PROGRAM), "deliver", "--root", folder, USER], input=LETTER, check=True,
                       capture_output=True)
        return len(trace.read_text(errors="replace").splitlines())


if __name__ == "__main__":
    script_test.main()

#!/usr/bin/env python3
"""kill -9, EIO and ENOSPC at the system calls of a real `restante fetch` with keep = none: fetch, store, ledger, DELE, QUIT (T45, T46).

An undisturbed run under strace tells how often each call is made; then each of them is the one at which the program is killed
or told an error. Calls that change nothing outside the program are taken one in STEP, since a kill at one of them
is no other than a kill at the next that does, and so are those about the index; RESTANTE_KILL_POINTS=all takes them all.

What must hold after each: every message is on the server or in the archive; the next run brings every one into the archive
exactly once, and its sums agree; `verify` finds no difference. After an error: no DELE for anything that may not be durable,
and a run that is not whole says so by exit code and by the account's name.
"""
import os
import pathlib
import re
import signal
import subprocess
import sys
import tempfile
import unittest

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parents[1] / "support"))
import script_test  # noqa: E402
from fetch_desk import ACCOUNT, Desk, spread  # noqa: E402

WORKERS = 2
STEP = 1 if os.environ.get("RESTANTE_KILL_POINTS") == "all" else 12
ERRORS = ("EIO", "ENOSPC")
# Calls that change a file, a folder or what the server knows.
CHANGES = ("connect", "fchown", "fdatasync", "fsync", "ftruncate", "link", "linkat", "mkdir", "mkdirat", "openat", "pwrite64", "recvfrom",
           "rename", "renameat", "renameat2", "sendto", "unlink", "unlinkat", "write")
# Those that a disk may answer with an error.
FAILING = ("fdatasync", "fsync", "ftruncate", "link", "linkat", "mkdir", "mkdirat", "openat", "pwrite64", "rename", "renameat", "renameat2",
           "write")
# Never killed at: strace cannot, or the program waits there for as long as others please.
LEFT_OUT = {"execve", "exit", "exit_group", "futex", "poll", "rt_sigtimedwait"}
BEGIN = "umask"  # the program's own first call; all before it is the loader's


def traced(desk, *options):
    """A fetch under strace; what it did, then, is in desk.trace."""
    desk.trace = desk.archive.with_name(desk.archive.name + ".trace")
    return desk.fetch(["strace", "-f", "-y", "-s", "24", "-o", desk.trace, *options])


def survey(desk):
    """Every call that the program's main thread makes after the loader's, as (name, its count, whether it is about the index)."""
    desk.begin()
    done = traced(desk)
    if done.returncode != 0:
        raise AssertionError(f"the undisturbed run ended with {done.returncode}: {done.stdout} {done.stderr}")
    lines = re.findall(r"^(\d+) +(\w+)\((.*)", desk.trace.read_text(errors="replace"), re.M)
    counts, found = {}, []
    for thread, name, rest in lines:
        if thread != lines[0][0] or name in LEFT_OUT:
            continue
        counts[name] = counts.get(name, 0) + 1
        found.append((name, counts[name], "/index.sqlite" in rest))
        if name == BEGIN:
            found.clear()
    return found


def chosen(calls, all_of):
    """Those calls of the kinds `all_of` that are not about the index, which can be made again; of the rest one in STEP."""
    weighty = [(call, n) for call, n, of_index in calls if call in all_of and not of_index]
    rest = [(call, n) for call, n, of_index in calls if call not in all_of or of_index]
    return weighty, rest


class FetchKillPoints(unittest.TestCase):
    def setUp(self):
        scratch = tempfile.TemporaryDirectory(prefix="restante-fetch-kill-")
        self.addCleanup(scratch.cleanup)
        self.desks = [Desk(scratch.name) for _ in range(WORKERS)]
        for desk in self.desks:
            self.addCleanup(desk.close)

    def test_kill_points(self):
        changing, others = chosen(survey(self.desks[0]), CHANGES)

        def kill(desk, point):
            call, number = point
            desk.begin()
            done = traced(desk, "--seccomp-bpf", "-e", f"trace={call}", "-e", f"inject={call}:signal=KILL:when={number}")
            killed = done.returncode == -signal.SIGKILL
            lost = desk.lost()
            if lost:
                return killed, f"killed at {call} number {number}: {len(lost)} messages are lost"
            wrong = desk.finish()
            return killed, wrong and f"killed at {call} number {number}: {wrong}"

        answers = spread(self.desks, changing + others[::STEP], kill)
        killed = sum(1 for was_killed, _ in answers if was_killed)
        wrong = [text for _, text in answers if text]
        print(f"fetch: killed at {killed} points ({len(changing)} of {len(changing)} calls that change something here or there, "
              f"{len(others[::STEP])} of {len(others)} others), {len(wrong)} promises broken")
        self.assertFalse(wrong)
        self.assertGreater(killed, 0.9 * len(answers), "hardly anything was killed: does the injection work?")

    def test_disk_errors(self):
        calls = [each for each in survey(self.desks[0]) if each[0] in FAILING]
        those, of_index = chosen(calls, FAILING)
        points = [(call, n, error) for call, n in those + of_index[::STEP] for error in (ERRORS if STEP == 1 else (ERRORS[n % 2],))]

        def fail(desk, point):
            call, number, error = point
            desk.begin()
            done = traced(desk, "-e", f"trace={call},sendto", "-e", f"inject={call}:error={error}:when={number}")
            trace = desk.trace.read_text(errors="replace")
            hit = next((line for line in trace.splitlines() if "(INJECTED)" in line), "")
            what = f"{error} at {call} number {number}, {hit}"
            if desk.lost():
                return hit, f"{what}: messages are lost"
            asked_later = re.search(r'"(?:[^"]*\\n)?DELE', trace[trace.find("(INJECTED)"):]) if hit else None
            fetching = "RETR" in trace[:trace.find("(INJECTED)")]  # before that, the ledger holds nothing that a DELE leans on
            if fetching and call in ("fsync", "fdatasync") and (f"/{ACCOUNT}/" in hit or ".uids" in hit or "ledger.sqlite-wal" in hit) and asked_later:
                return hit, f"{what}: DELE after a sync that failed"
            if done.returncode == 0 and (desk.collector.canonical(ACCOUNT) != desk.expected or desk.on_server()):
                return hit, f"{what}: exit code 0, and not all is done: {done.stdout}"
            # Before the run has come to the account there is only the archive to name.
            names = f"{ACCOUNT}:".encode(), f'"{ACCOUNT}"'.encode(), str(desk.archive).encode(), b"ledger.sqlite"
            if done.returncode != 0 and not any(name in done.stdout + done.stderr for name in names):
                return hit, f"{what}: exit {done.returncode} without the account's name: {done.stdout} {done.stderr}"
            if done.returncode < 0 or done.returncode > 78:
                return hit, f"{what}: exit {done.returncode}: {done.stderr}"
            if os.environ.get("RESTANTE_TELL_POINTS"):
                print(f"{what}: exit {done.returncode} {done.stderr.decode(errors='replace').strip()[:300]}", flush=True)
            wrong = desk.finish()
            return hit, wrong and f"{what}: {wrong}"

        answers = spread(self.desks, points, fail)
        injected = sum(1 for hit, _ in answers if hit)
        wrong = [text for _, text in answers if text]
        print(f"fetch: {injected} disk errors at {len(those)} calls of {len(those)}, and at {len(of_index[::STEP])} of {len(of_index)} about the index; {len(wrong)} promises broken")
        self.assertFalse(wrong)
        self.assertGreater(injected, 0.9 * len(answers), "hardly any error was injected")


if __name__ == "__main__":
    script_test.main()

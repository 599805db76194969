#!/usr/bin/env python3
"""kill -9, EIO and ENOSPC at the system calls of a real `restante fetch` with keep = none: fetch, store, ledger, DELE, QUIT (T45, T46).

An undisturbed run under strace tells which calls there are; then each of them is the one at which the program is killed or told an
error. Taken are those that change a file, a folder or what the server knows: between two of these, one kill is as good as
another. RESTANTE_KILL_POINTS=all takes the rest too. strace counts for each thread by itself; the syncs of a group's files are shared
out among threads, so which of those files an error meets differs from run to run.

What must hold after each: every message is on the server or in the archive; the next run brings every one into the archive
exactly once, and its sums agree; `verify` finds no difference. After an error: no DELE for anything that may not be durable,
and a run that is not whole says so by exit code and by the account's name.
"""
import os
import pathlib
import re
import signal
import sys
import tempfile
import unittest

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parents[1] / "support"))
import script_test  # noqa: E402
from fetch_desk import ACCOUNT, FEW_LETTERS, Desk, spread  # noqa: E402

WORKERS = 2
ALL = os.environ.get("RESTANTE_KILL_POINTS") == "all"
NO_SPACE_EVERY = 1 if ALL else 3
ON_DISK = {"fdatasync", "fsync", "ftruncate", "link", "linkat", "mkdir", "mkdirat", "openat", "pwrite64", "rename", "renameat", "renameat2",
           "sync_file_range", "syncfs", "unlink", "unlinkat", "write"}
TO_SERVER = {"connect", "sendto"}
# Never killed at: strace cannot, or the program waits there for as long as others please.
LEFT_OUT = {"execve", "exit", "exit_group", "futex", "poll", "rt_sigtimedwait"}
BEGIN = "umask"  # the program's own first call; all before it is the loader's


def traced(desk, *options):
    """A fetch under strace; what it did, then, is in desk.trace."""
    desk.trace = desk.archive.with_name(desk.archive.name + ".trace")
    return desk.fetch(["strace", "-f", "-y", "-s", "24", "-o", desk.trace, *options])


def changes(name, rest):
    """Whether a call changes anything that outlives the program. The -shm file of SQLite does not."""
    if name not in ON_DISK | TO_SERVER or "ledger.sqlite-shm" in rest or "EEXIST" in rest:
        return False
    return name != "openat" or "O_CREAT" in rest


def survey(desk):
    """The calls of every thread after the loader's, as (name, its number in its thread): those that change something, and the others."""
    desk.begin()
    done = traced(desk)
    if done.returncode != 0:
        raise AssertionError(f"the undisturbed run ended with {done.returncode}: {done.stdout} {done.stderr}")
    counts, weighty, others, begun = {}, {}, {}, False
    for thread, name, rest in re.findall(r"^(\d+) +(\w+)\((.*)", desk.trace.read_text(errors="replace"), re.M):
        number = counts[thread, name] = counts.get((thread, name), 0) + 1
        begun = begun or name == BEGIN
        if begun and name not in LEFT_OUT:
            (weighty if changes(name, rest) else others)[name, number] = rest
    return list(weighty), [point for point in others if point not in weighty]


def only(call, number, what, *beside):
    """What makes strace do `what` at that call."""
    return "-e", f"trace={','.join({call, *beside})}", "-e", f"inject={call}:{what}:when={number}"


def ends_badly(desk, done):
    """What a run says of itself when it met an error: what is wrong with that, or None."""
    if done.returncode == 0 and (desk.collector.canonical(ACCOUNT) != desk.expected or desk.on_server()):
        return f"exit code 0, and not all is done: {done.stdout}"
    if done.returncode < 0 or done.returncode > 78:
        return f"exit {done.returncode}: {done.stderr}"
    # Before the run has come to the account there is only the archive to name.
    names = f"{ACCOUNT}:".encode(), f'"{ACCOUNT}"'.encode(), str(desk.archive).encode(), b"ledger.sqlite"
    # Calls are counted in each thread: what failed may have been the telling, too.
    told = not re.search(r"write\([12]<.*\(INJECTED\)", desk.trace.read_text(errors="replace"))
    if done.returncode != 0 and told and not any(name in done.stdout + done.stderr for name in names):
        return f"exit {done.returncode} without the account's name: {done.stdout} {done.stderr}"
    return None


def dele_after_failed_sync(trace, hit):
    """A sync of messages or of what the ledger records failed, and a DELE followed."""
    before, _, after = trace.partition("(INJECTED)")
    fetching = "RETR" in before  # until then nothing that a DELE leans on was written
    leaned_on = f"/{ACCOUNT}/" in hit or ".uids" in hit or "ledger.sqlite-wal" in hit
    return fetching and leaned_on and re.search(r'"(?:[^"]*\\n)?DELE', after) is not None


class FetchKillPoints(unittest.TestCase):
    def setUp(self):
        scratch = tempfile.TemporaryDirectory(prefix="restante-fetch-kill-")
        self.addCleanup(scratch.cleanup)
        self.desks = [Desk(scratch.name, letters=FEW_LETTERS) for _ in range(WORKERS)]
        for desk in self.desks:
            self.addCleanup(desk.close)

    def sweep(self, points, one, what):
        answers = spread(self.desks, points, one)
        met = sum(1 for hit, _ in answers if hit)
        wrong = [text for _, text in answers if text]
        print(f"fetch: {what} at {met} of {len(points)} points, {len(wrong)} promises broken", flush=True)
        self.assertFalse(wrong)
        self.assertGreater(met, 0.9 * len(points), "hardly anything was injected")

    def test_kill_points(self):
        weighty, others = survey(self.desks[0])

        def kill(desk, point):
            call, number = point
            desk.begin()
            done = traced(desk, *only(call, number, "signal=KILL"))
            killed = done.returncode == -signal.SIGKILL
            lost = desk.lost()
            if lost:
                return killed, f"killed at {call} number {number}: {len(lost)} messages are lost"
            wrong = desk.finish()
            return killed, wrong and f"killed at {call} number {number}: {wrong}"

        self.sweep(weighty + (others if ALL else []), kill, "kill -9")

    def test_disk_errors(self):
        weighty, _ = survey(self.desks[0])
        on_disk = [point for point in weighty if point[0] in ON_DISK]
        points = [(*point, "EIO") for point in on_disk] + [(*point, "ENOSPC") for point in on_disk[::NO_SPACE_EVERY]]

        def fail(desk, point):
            call, number, error = point
            desk.begin()
            done = traced(desk, *only(call, number, f"error={error}", "sendto"))
            trace = desk.trace.read_text(errors="replace")
            hit = next((line for line in trace.splitlines() if "(INJECTED)" in line), "")
            what = f"{error} at {call} number {number}, {hit}"
            if desk.lost():
                return hit, f"{what}: messages are lost"
            if call in ("fsync", "fdatasync") and dele_after_failed_sync(trace, hit):
                return hit, f"{what}: DELE after a sync that failed"
            wrong = ends_badly(desk, done)
            if os.environ.get("RESTANTE_TELL_POINTS"):
                print(f"{what}: exit {done.returncode} {done.stderr.decode(errors='replace').strip()[:300]}", flush=True)
            wrong = wrong or desk.finish()
            return hit, wrong and f"{what}: {wrong}"

        self.sweep(points, fail, "EIO and ENOSPC")


if __name__ == "__main__":
    script_test.main()

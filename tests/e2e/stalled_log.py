#!/usr/bin/env python3
"""A log that nobody reads, or that has no room, stops nothing: log-ins, status, mail and SIGTERM go on, and what is lost is counted."""
import fcntl
import json
import os
import pathlib
import poplib
import re
import signal
import smtplib
import subprocess
import sys
import tempfile
import time
import unittest
import urllib.request

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parents[1] / "support"))
import post_office as support  # noqa: E402
import script_test  # noqa: E402

USER = "ann@example.org"
SECONDS_MAX = 10   # for anything that must not wait for the log
UNHINDERED = '[limits]\nexempt_networks = ["127.0.0.0/8"]\n'  # unknown recipients make nobody wait
STRANGERS = 60     # recipients that do not exist: a log line each, more than a pipe of one page holds


class Unread(support.PostOffice):
    """Standard error is a pipe of one page that nobody reads."""

    def launch(self, command, log):
        self.reading, writing = os.pipe()
        fcntl.fcntl(writing, fcntl.F_SETPIPE_SZ, 4096)
        try:
            return super().launch(command, writing)
        finally:
            os.close(writing)


def ask_for_strangers(port, count=STRANGERS):
    """SMTP connections of a few recipients each, so that no limit of a single one is met."""
    for first in range(0, count, 4):
        with smtplib.SMTP("127.0.0.1", port, timeout=SECONDS_MAX) as smtp:
            smtp.ehlo("client.example.net")
            smtp.mail("sender@example.net")
            for number in range(first, first + 4):
                smtp.rcpt(f"nobody-{number}-{'x' * 200}@example.org")


def log_in(office, user=USER):
    pop = poplib.POP3_SSL("localhost", office.pop3s, context=office.tls_context(), timeout=SECONDS_MAX)
    pop.user(user)
    pop.pass_(support.PASSWORD)
    pop.quit()


class Log(unittest.TestCase):
    def everything_works(self, office):
        for _ in range(4):  # each network thread gets some
            log_in(office)
        ask_for_strangers(office.smtp)
        for _ in range(4):
            log_in(office)
        told = json.loads(office.run("status", "--json").stdout)
        self.assertEqual(told["stopping"], False)
        metrics = urllib.request.urlopen(f"http://127.0.0.1:{office.metrics}/metrics", timeout=SECONDS_MAX).read().decode()
        self.assertIn("restante_log_lines_dropped_total", metrics)
        return told["log_lines_dropped"], int(re.search(r"^restante_log_lines_dropped_total (\d+)", metrics, re.M)[1])

    def ends_soon(self, office):
        begun = time.monotonic()
        self.assertEqual(office.stop(signal.SIGTERM), 0)
        self.assertLess(time.monotonic() - begun, SECONDS_MAX)


class StalledLog(Log):
    def test_standard_error_that_nobody_reads(self):
        with Unread(users=[USER], configuration=UNHINDERED + '[log]\nlevel = "debug"\n') as office:
            self.everything_works(office)
            self.ends_soon(office)
            self.assertLessEqual(len(os.read(office.reading, 1 << 20)), 4096, "the pipe was never full: the test shows nothing")
            os.close(office.reading)

    def test_a_fifo_that_nobody_reads(self):
        with tempfile.TemporaryDirectory() as folder:
            fifo = f"{folder}/log"
            os.mkfifo(fifo)
            reading = os.open(fifo, os.O_RDONLY | os.O_NONBLOCK)
            self.addCleanup(os.close, reading)
            fcntl.fcntl(reading, fcntl.F_SETPIPE_SZ, 4096)
            with support.PostOffice(users=[USER], configuration=UNHINDERED + f'[log]\ntarget = "file"\nfile = "{fifo}"\n') as office:
                self.everything_works(office)
                self.ends_soon(office)


class FullDisk(Log):
    def test_a_full_disk_and_then_room_again(self):
        folder = tempfile.mkdtemp()
        self.addCleanup(os.rmdir, folder)
        mounted = subprocess.run(["mount", "-t", "tmpfs", "-o", "size=64k", "none", folder], capture_output=True)
        if mounted.returncode != 0:
            self.skipTest("no right to mount a small disk: " + mounted.stderr.decode(errors="replace").strip())
        self.addCleanup(subprocess.run, ["umount", folder], check=True)
        log, filler = pathlib.Path(folder, "log"), pathlib.Path(folder, "filler")
        with support.PostOffice(users=[USER], configuration=UNHINDERED + f'[log]\ntarget = "file"\nfile = "{log}"\n') as office:
            self.fill(filler)
            dropped, counted = self.everything_works(office)
            self.assertGreater(dropped, 0)
            self.assertGreaterEqual(counted, dropped)
            filler.unlink()
            log_in(office)
            script_test.until(lambda: "log-lines-dropped" in log.read_text(), "the report of lost lines", SECONDS_MAX)
            self.ends_soon(office)
        lines = log.read_text().splitlines()
        self.assertGreaterEqual(sum(int(count) for count in re.findall(r"log-lines-dropped count=(\d+)", log.read_text())), dropped)
        self.assertRegex(lines[-1], r"\bstopped\b")

    def fill(self, path):
        with open(path, "wb", buffering=0) as file, self.assertRaises(OSError):
            while True:
                file.write(b"x" * 4096)


if __name__ == "__main__":
    script_test.main()

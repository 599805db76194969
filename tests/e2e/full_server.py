#!/usr/bin/env python3
"""Out of descriptors: clients hear that the server is full, the operator hears why; and nobody can use up those of others."""
import concurrent.futures
import contextlib
import json
import os
import pathlib
import re
import resource
import socket
import subprocess
import sys
import tempfile
import time
import unittest
import urllib.request

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parents[1] / "support"))
import post_office as support  # noqa: E402
import raw_lmtp  # noqa: E402
import script_test  # noqa: E402

NOBODY = 65534
SECONDS_MAX = 30
DESCRIPTORS = 300
AT_ONCE = 16         # log-ins
FLOOD = 600          # connections to the metrics port


class Limited(support.PostOffice):
    """Under `ulimit -n`, and no right to raise it. Each user has a maildrop of his own."""

    def __init__(self, descriptors, users, configuration):
        self.memory = tempfile.TemporaryDirectory(prefix="restante-test-", dir="/dev/shm")  # some disks take a minute to remove so many folders
        super().__init__(users=[], root=self.memory.name, uid=NOBODY, configuration=configuration)
        self.descriptors, self.names = descriptors, users

    def __enter__(self):
        lines = "".join(f"u{number}@example.org:{{PLAIN}}{support.PASSWORD}\n" for number in range(self.names))
        (self.root / "users").write_text(lines)
        os.chmod(self.root / "users", 0o600)
        return super().__enter__()

    def __exit__(self, *why):
        super().__exit__(*why)
        self.memory.cleanup()

    def launch(self, command, log):
        return super().launch(["prlimit", f"--nofile={self.descriptors}:{self.descriptors}", *command], log)


def log_in(office, number):
    """The connection, and the first line that was no +OK, from an address of its own."""
    wire = socket.create_connection(("127.0.0.1", office.pop3), timeout=SECONDS_MAX, source_address=(f"127.{1 + number // 250}.{number % 250 + 1}.1", 0))
    with wire.makefile("rb") as lines:
        for command in (None, f"USER u{number}@example.org", f"PASS {support.PASSWORD}"):
            if command:
                try:
                    wire.sendall(command.encode() + b"\r\n")
                except OSError:
                    return wire, b""
            line = lines.readline()
            if not line.startswith(b"+OK"):
                return wire, line
    return wire, None


@unittest.skipUnless(os.geteuid() == 0, "only root can start it as another user")
class OutOfDescriptors(unittest.TestCase):
    def fill(self, office, sessions):
        """Idle log-ins, none of which is ended: the connections, and what was answered to those that found no place."""
        with concurrent.futures.ThreadPoolExecutor(AT_ONCE) as pool:
            answers = list(pool.map(lambda number: log_in(office, number), range(sessions)))
        self.wires = [wire for wire, _ in answers]
        self.addCleanup(self.let_go)
        return [refused for _, refused in answers if refused is not None]

    def let_go(self):
        while self.wires:
            self.wires.pop().close()

    def idle_log_ins_until_it_is_full(self, descriptors, sessions, at_least, configuration=""):
        with Limited(descriptors, sessions, configuration) as office:
            self.assertRegex(office.complete_log(), rf"warning open-files-limit wanted=\d+ got={descriptors} remedy=.*LimitNOFILE")
            began = time.monotonic()
            refusals = self.fill(office, sessions)
            print(f"after {time.monotonic() - began:.1f} s {sessions - len(refusals)} of {sessions} log-ins fit into {descriptors} descriptors")
            self.assertGreater(sessions - len(refusals), at_least)
            self.assertGreater(len(refusals), 0, "it was never full: the test shows nothing")
            for line in refusals:
                self.assertRegex(line, rb"^-ERR \[SYS/TEMP\] [Ss]erver full, try again later\r\n$")
            status = json.loads(office.run("status", "--json").stdout)
            self.assertTrue(status["ok"])
            self.let_go()
            told = office.complete_log()
            self.assertRegex(told, r"warning server-full times=\d+ why=.*open files.*LimitNOFILE")
            self.assertLess(told.count("server-full"), 5, "one line a minute")
            self.assertNotIn("storage error", told)
            wire, refused = log_in(office, 0)
            wire.close()
            self.assertIsNone(refused, "there is room again")

    def test_a_small_server(self):
        self.idle_log_ins_until_it_is_full(DESCRIPTORS, 120, 15, "disk_threads = 2\n")

    def test_six_thousand_under_twenty_thousand(self):
        resource.setrlimit(resource.RLIMIT_NOFILE, (resource.getrlimit(resource.RLIMIT_NOFILE)[1],) * 2)
        self.idle_log_ins_until_it_is_full(20_000, 6000, 3500)

    def test_silent_strangers_leave_room_for_mail_and_the_operator(self):
        with Limited(DESCRIPTORS, 1, "disk_threads = 2\n") as office:
            self.wires = []
            self.addCleanup(self.let_go)
            for port in (office.pop3, office.pop3s, office.smtp):
                for number in range(140):
                    with contextlib.suppress(OSError):
                        self.wires.append(socket.create_connection(("127.0.0.1", port), timeout=SECONDS_MAX, source_address=(f"127.9.{number}.1", 0)))
            self.assertTrue(json.loads(office.run("status", "--json").stdout)["ok"])
            replies = raw_lmtp.post(office.lmtp, ["u0@example.org"], b"Subject: x\r\n\r\nbody\r\n")
            self.assertTrue(replies[0].startswith(b"250"), replies)

    def test_check_warns(self):
        with support.PostOffice(users=[]) as office:
            done = subprocess.run(["prlimit", f"--nofile={DESCRIPTORS}:{DESCRIPTORS}", str(support.PROGRAM), "check", "--root", str(office.root)],
                                  capture_output=True)
            self.assertEqual(done.returncode, 0, done.stderr)
            self.assertRegex(done.stderr, rb"warning: limits.connections_max = \d+ can take \d+ open files, and the limit here is 300")


class Flood(unittest.TestCase):
    """Whoever connects to the metrics port, as any local user can."""

    def descriptors(self, office):
        return len(os.listdir(f"/proc/{office.process.pid}/fd"))

    def test_silent_connections_take_no_descriptors_and_delay_nobody(self):
        with support.PostOffice(users=[], configuration='watch_every = "50ms"\n') as office:
            before = self.descriptors(office)
            wires = []
            try:
                for _ in range(FLOOD):
                    wires.append(socket.create_connection(("127.0.0.1", office.metrics), timeout=SECONDS_MAX))
                deadline = time.monotonic() + SECONDS_MAX
                while (now := self.descriptors(office)) > before + 40:
                    self.assertLess(time.monotonic(), deadline, f"{now} descriptors, {before} before")
                    time.sleep(0.01)
                begun = time.monotonic()
                self.assertTrue(json.loads(office.run("status", "--json").stdout)["ok"])
                office.run("reload")
                text = urllib.request.urlopen(f"http://127.0.0.1:{office.metrics}/metrics", timeout=SECONDS_MAX).read().decode()
                self.assertTrue(re.search(r"^restante_reloads_total\{outcome=\"done\"\} 1", text, re.M))
                self.assertLess(time.monotonic() - begun, SECONDS_MAX)
            finally:
                for wire in wires:
                    wire.close()

    def test_a_silent_admin_connection_holds_up_nothing(self):
        with support.PostOffice(users=[]) as office:
            wires = []
            for _ in range(12):
                wire = socket.socket(socket.AF_UNIX)
                wire.settimeout(SECONDS_MAX)
                wire.connect(str(office.root / "run/admin.sock"))
                wires.append(wire)
            office.run("status")
            begun = time.monotonic()
            self.assertEqual(office.stop(), 0)
            self.assertLess(time.monotonic() - begun, SECONDS_MAX)
            for wire in wires:
                wire.close()


if __name__ == "__main__":
    script_test.main()

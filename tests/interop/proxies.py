#!/usr/bin/env python3
"""Collecting through real proxies from Debian: microsocks (SOCKS5) and tinyproxy (HTTP CONNECT)."""
import pathlib
import shutil
import socket
import subprocess
import sys
import tempfile
import time
import unittest

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parents[1] / "support"))
import post_office as support  # noqa: E402
import raw_lmtp  # noqa: E402
import script_test  # noqa: E402
from collector import Collector  # noqa: E402

USER = "ann@example.org"
START_SECONDS_MAX = 30
NAME, SECRET, NO_SECRET = "proxy-user", "right-and-told-to-nobody", "wrong-and-told-to-nobody"


class ThroughProxy:
    def setUp(self):
        if not shutil.which(self.program):
            self.skipTest(f"{self.program} is not installed")
        self.scratch = pathlib.Path(self.keep(tempfile.TemporaryDirectory(prefix="restante-proxy-")))
        self.office = self.keep(support.PostOffice(users=[USER]))
        self.collector = self.keep(Collector())
        self.letters = support.samples()
        for _, octets in self.letters:
            raw_lmtp.post(self.office.lmtp, [USER], octets)
        self.port, = support.free_ports(1)

    def keep(self, manager):
        value = manager.__enter__()
        self.addCleanup(manager.__exit__, None, None, None)
        return value

    def start(self, *credentials):
        process = subprocess.Popen([str(word) for word in self.command(*credentials)], stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL,
                                   stderr=subprocess.DEVNULL)
        self.addCleanup(process.wait)
        self.addCleanup(process.kill)
        deadline = time.monotonic() + START_SECONDS_MAX
        while True:
            try:
                socket.create_connection(("127.0.0.1", self.port), timeout=5).close()
                return process
            except OSError:
                if process.poll() is not None or time.monotonic() > deadline:
                    raise AssertionError(f"{self.program} did not start")

    def add(self, name, tls, credentials=""):
        port = self.office.pop3s if tls == "implicit" else self.office.pop3
        self.collector.add(name, port, USER, support.PASSWORD, tls=tls, host="localhost",
                           options=("--ca", self.office.certificate, "--no-check", "--proxy",
                                    f"{self.scheme}://{credentials}127.0.0.1:{self.port}"))

    def test_collects_through_it_and_not_past_it(self):
        process = self.start()
        for tls in ("implicit", "starttls"):
            with self.subTest(tls):
                self.add(tls, tls)
                told = self.collector.fetch(tls)
                self.assertEqual((told["on_server"], told["well"]), (len(self.letters), True), told)
                got = [support.without_trace(octets) for octets in self.collector.canonical(tls)]
                self.assertEqual(sorted(got), sorted(octets for _, octets in self.letters))
        process.kill()
        process.wait()
        self.collector.fetch("implicit", codes=(75,))

    def test_signs_in_at_the_proxy(self):
        self.start(NAME, SECRET)
        self.add("right", "implicit", f"{NAME}:{SECRET}@")
        self.assertEqual(self.collector.fetch("right")["stored"], len(self.letters))
        for name, credentials in (("wrong", f"{NAME}:{NO_SECRET}@"), ("none", "")):
            with self.subTest(name):
                self.add(name, "implicit", credentials)
                done = self.collector.run("fetch", name, "--json", check=False)
                self.assertNotEqual(done.returncode, 0)
                self.assertNotIn(NO_SECRET.encode(), done.stdout + done.stderr, "a proxy's secret was told")


class Microsocks(ThroughProxy, unittest.TestCase):
    program, scheme = "microsocks", "socks5"

    def command(self, *credentials):
        options = ("-u", credentials[0], "-P", credentials[1]) if credentials else ()
        return ["microsocks", "-i", "127.0.0.1", "-p", self.port, *options]


class Tinyproxy(ThroughProxy, unittest.TestCase):
    program, scheme = "tinyproxy", "http"

    def command(self, *credentials):
        configuration = self.scratch / "tinyproxy.conf"
        configuration.write_text(f"""Port {self.port}
Listen 127.0.0.1
Timeout 60
Allow 127.0.0.1
LogFile "{self.scratch}/tinyproxy.log"
MaxClients 20
ConnectPort {self.office.pop3}
ConnectPort {self.office.pop3s}
""" + ("BasicAuth {} {}\n".format(*credentials) if credentials else ""))
        return ["tinyproxy", "-d", "-c", configuration]


if __name__ == "__main__":
    script_test.main()

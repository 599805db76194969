#!/usr/bin/env python3
"""Moving from fetchmail, getmail and mpop: the state that the real programs wrote is taken over, and nothing comes twice."""
import pathlib
import sys
import unittest

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parent))
sys.path.insert(0, str(pathlib.Path(__file__).resolve().parents[1] / "support"))
import clients  # noqa: E402
import post_office as support  # noqa: E402
import raw_lmtp  # noqa: E402
import script_test  # noqa: E402
from collector import Collector  # noqa: E402


class TakeOver:
    """The other program collects what waits; then restante takes over."""

    def setUp(self):
        self.other = self.client(self.collect)  # the client's own test, as a tool
        self.addCleanup(self.other.doCleanups)
        self.other.setUp()
        collector = Collector()
        self.addCleanup(collector.__exit__)
        self.collector = collector
        self.office = self.other.office
        self.collector.add("mail", self.office.pop3s, clients.USER, support.PASSWORD, tls="implicit", host="localhost", keep="none",
                           options=("--ca", self.office.certificate))

    def take_over(self, state):
        before = self.other.waiting()
        self.assertGreater(before, 0)
        told = self.collector.run("take-over", "mail", state).stdout.decode()
        self.assertRegex(told, rf"mail: {self.fetched} messages that {self.program} fetched")
        dry = self.collector.fetch("mail", options=("--dry-run",))
        self.assertEqual((dry["stored"], dry["deleted"]), (before - self.fetched, 0), dry)
        done = self.collector.fetch("mail", options=("--yes",))
        # What it did not fetch is fetched now; of what it did, nothing is, and nothing is deleted that we do not hold.
        self.assertEqual((done["stored"], done["deleted"]), (before - self.fetched, before - self.fetched), done)
        self.assertEqual(self.other.waiting(), self.fetched)
        raw_lmtp.post(self.office.lmtp, [clients.USER], b"Subject: new\r\n\r\nnew\r\n")
        last = self.collector.fetch("mail", options=("--yes",))
        self.assertEqual((last["stored"], last["deleted"], last["failed"], last["warnings"]), (1, 1, [], []), last)
        self.assertEqual(self.other.waiting(), self.fetched)
        self.assertEqual(self.collector.fetch("mail", options=("--yes",))["stored"], 0)


class Fetchmail(TakeOver, unittest.TestCase):
    client, collect, program = clients.Fetchmail, "fetchmail", "fetchmail"

    def test_takes_over(self):
        self.fetched = len(self.other.fetchmail("--keep", "--uidl"))
        self.take_over(self.other.scratch / ".fetchids")


class Getmail(TakeOver, unittest.TestCase):
    client, collect, program = clients.Getmail, "getmail", "getmail"

    def test_takes_over(self):
        self.fetched = len(self.other.getmail("false"))
        state, = self.other.scratch.glob("oldmail-*")
        self.take_over(state)


class Mpop(TakeOver, unittest.TestCase):
    client, collect, program = clients.Mpop, "mpop", "mpop"

    def test_takes_over(self):
        self.fetched = len(self.other.mpop("user"))
        self.take_over(self.other.scratch / "uidls-user")


if __name__ == "__main__":
    script_test.main()

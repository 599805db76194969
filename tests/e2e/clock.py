#!/usr/bin/env python3
"""A clock that jumped, by faketime under the real program: a policy of days deletes nothing too early, whichever way it went
(docs/collector.md, "A clock that jumped"; decision 0156)."""
import json
import pathlib
import sys
import unittest

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parents[1] / "support"))
import collector as collecting  # noqa: E402
import post_office as support  # noqa: E402
import raw_lmtp  # noqa: E402
import script_test  # noqa: E402

USER = "ann@example.org"


class ClockThatJumped(unittest.TestCase):
    def setUp(self):
        self.office = support.PostOffice(users=[USER])
        self.office.__enter__()
        self.addCleanup(self.office.__exit__)
        self.collector = collecting.Collector()
        self.addCleanup(self.collector.__exit__)
        for number in range(3):
            raw_lmtp.post(self.office.lmtp, [USER], b"Subject: letter %d\r\n\r\ntext\r\n" % number)
        self.collector.add("work", self.office.pop3, USER, support.PASSWORD, keep="days=7")

    def fetch(self, when, *options, code=0):
        """As if it were then, such as "+8d"; for a cron job, that agrees to what the guard asks."""
        done = self.collector.run("fetch", "work", "--json", "--yes", *options, codes=(code,),
                                  wrapper=("faketime", "-f", when), environment={"FAKETIME_DONT_FAKE_MONOTONIC": "1"})
        told = json.loads(done.stdout.splitlines()[0])
        self.assertEqual((told["failed"], told["sums_agree"]), ([], True), told)
        return told

    def assert_jump_is_told(self, told):
        self.assertEqual((told["clock_jumped"], told["deleted"]), (True, 0), told)
        self.assertTrue(any("clock" in warning for warning in told["warnings"]), told)

    def test_without_a_jump_it_deletes_after_the_days(self):
        self.assertEqual(self.fetch("+0d")["stored"], 3)
        self.assertEqual(self.fetch("+6d")["deleted"], 0)
        self.assertEqual(self.fetch("+8d")["deleted"], 3)

    def test_a_clock_that_was_a_year_behind(self):
        self.assertEqual(self.fetch("-365d")["stored"], 3)
        self.assert_jump_is_told(self.fetch("+0d", code=1))
        # From then on each stays as long as the policy says; a cron job goes on by itself.
        self.assertEqual(self.fetch("+6d")["deleted"], 0)
        self.assertEqual(self.fetch("+8d")["deleted"], 3)

    def test_a_clock_that_is_ahead_for_one_run(self):
        self.assertEqual(self.fetch("+0d")["stored"], 3)
        self.assert_jump_is_told(self.fetch("+365d", code=1))
        self.assert_jump_is_told(self.fetch("+1d", code=1))
        self.assertEqual(self.fetch("+7d")["deleted"], 0)
        self.assertEqual(self.fetch("+9d")["deleted"], 3)

    def test_somebody_who_was_away_says_so(self):
        self.assertEqual(self.fetch("+0d")["stored"], 3)
        self.assert_jump_is_told(self.fetch("+60d", code=1))
        self.assertEqual(self.fetch("+60d", "--believe-clock")["deleted"], 3)


if __name__ == "__main__":
    script_test.main()

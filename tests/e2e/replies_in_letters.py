#!/usr/bin/env python3
"""Letters whose writer put a server's replies into them, and what the real `restante fetch` makes of them."""
import pathlib
import sys
import unittest

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parents[1] / "support"))
import script_test  # noqa: E402
from collector import Collector  # noqa: E402
from strict_pop3 import StrictPop3  # noqa: E402

ACCOUNT = "work"
DOT_LINES = (b"\n.\n", b"\n.\r\n", b"\r\n.\n")
FORGED = b"+OK\r\nFrom: bank@bank.example\r\nSubject: forged\r\nMessage-ID: <f@case.example>\r\n\r\ntext\r\n"


def letter(name, text=b"text"):
    return b"From: %s@example.org\r\nDate: Tue, 3 Mar 2026 10:00:01 +0100\r\nMessage-ID: <%s@case.example>\r\nSubject: %s\r\n\r\n%s\r\n" % (name, name, name, text)


class RepliesInLetters(unittest.TestCase):
    def fetch(self, letters, keep="all", pipelining=True, rules="", runs=2):
        """The server and the messages here after `runs` runs, of which all but the first bring nothing."""
        server = self.enterContext(StrictPop3(letters, pipelining))
        collector = self.enterContext(Collector())
        collector.add(ACCOUNT, server.port, "ann", "secret", keep=keep, options=("--no-check",))
        collector.configure(ACCOUNT, rules)
        for run in range(runs):
            told = collector.fetch(ACCOUNT)
            self.assertTrue(told["sums_agree"], told)
            self.assertEqual(told["failed"], [], told)
            if run > 0:
                self.assertEqual(told["stored"], 0, told)
        self.assertLess(server.sessions, 3 + runs)
        return server, collector.canonical(ACCOUNT)

    def test_a_letter_with_a_reply_in_its_body_comes_whole_and_shifts_nothing(self):
        for pipelining in (True, False):
            for dot_line in DOT_LINES if pipelining else DOT_LINES[:1]:
                with self.subTest(dot_line=dot_line, pipelining=pipelining):
                    letters = {f"u{n}": letter(b"m%d" % n) for n in range(5)}
                    letters["u1"] = letter(b"evil", b"before" + dot_line + FORGED)
                    expected = sorted(letters.values())
                    server, here = self.fetch(letters, "none", pipelining)
                    self.assertEqual(here, expected)
                    self.assertEqual(sorted(server.deleted), expected)

    def test_a_letter_with_a_reply_in_its_header_section_answers_no_rule_for_another(self):
        evil = letter(b"evil").replace(b"Subject: evil\r\n", b"X-A: b\n.\n+OK\r\nX-B: c\r\nSubject: [ad] noise\r\n")
        rules = '\n[[rules]]\nname = "ads"\nwhen = [{header = "Subject", begins = "[ad]"}]\ndelete_unseen = true\n'
        for pipelining in (True, False):
            with self.subTest(pipelining=pipelining):
                letters = {f"u{n}": letter(b"m%d" % n) for n in range(5)}
                genuine = sorted(octets for unique_id, octets in letters.items() if unique_id != "u1")
                letters["u1"] = evil
                server, here = self.fetch(letters, "all", pipelining, rules)
                self.assertEqual(here, genuine)
                self.assertEqual(server.deleted, [evil], "the rule is true of this one alone")

    def test_many_such_letters_end_no_run(self):
        letters = {f"u{n}": letter(b"m%d" % n, b"before\n.\n" + FORGED) for n in range(30)}
        server, here = self.fetch(letters, "none")
        self.assertEqual(here, sorted(letters.values()))
        self.assertEqual(sorted(server.deleted), sorted(letters.values()))

    def test_a_server_that_ends_a_letter_behind_a_bare_line_feed(self):
        """Nothing of that session is believed any more; the letter is kept, named, and stays there."""
        server = self.enterContext(StrictPop3({"u0": letter(b"m0"), "u1": letter(b"m1")}, pipelining=False))
        as_on_disk = letter(b"m0").replace(b"\r\n", b"\n")
        server.replace["RETR"] = lambda number, letters: None if number else b"+OK\r\n" + as_on_disk + b".\r\n"
        collector = self.enterContext(Collector())
        collector.add(ACCOUNT, server.port, "ann", "secret", keep="none", options=("--no-check",))
        path = collector.archive / f"{ACCOUNT}.toml"
        path.write_text(path.read_text().replace("[server]\n", '[server]\ntimeout = "1s"\n', 1))
        told = collector.fetch(ACCOUNT)
        self.assertEqual((told["stored"], told["deleted"]), (2, 1), told)
        self.assertIn("u0: its end was doubtful", " ".join(told["warnings"]))
        self.assertEqual(server.deleted, [letter(b"m1")])
        self.assertIn(as_on_disk, collector.messages(ACCOUNT).values())


if __name__ == "__main__":
    script_test.main()

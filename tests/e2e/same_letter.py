#!/usr/bin/env python3
"""What a server has under a known unique-id, and what the real `restante fetch` takes it for.

restanted takes a file's base name for its unique-id, so a file put there by hand has the unique-id that the test wants.
"""
import pathlib
import sys
import unittest

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parents[1] / "support"))
import script_test  # noqa: E402
from collector import Collector  # noqa: E402
from post_office import PASSWORD, PostOffice  # noqa: E402
from strict_pop3 import StrictPop3  # noqa: E402

USER, ACCOUNT = "ann@example.org", "work"
DAYS, LETTERS = 10, 3


def machine_letter(text):
    return b"Subject: sensor\nDate: Thu, 1 Jan 2026 00:00:00 +0000\n\n" + text.encode() + b"\n"


def letter(name, fields=b""):
    return b"From: %s@example.org\nDate: Tue, 3 Mar 2026 10:00:01 +0100\nMessage-ID: <%s@case.example>\n%s\ntext\n" % (name, name, fields)


class SameLetter(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        cls.office = cls.enterClassContext(PostOffice(users=[USER]))
        for place in ("new", "cur", "tmp"):
            (cls.office.maildir(USER) / place).mkdir(parents=True)

    def setUp(self):
        self.collector = self.enterContext(Collector())
        self.collector.add(ACCOUNT, self.office.pop3, USER, PASSWORD, options=("--no-check",))
        self.clear()

    def clear(self):
        for path in self.files():
            path.unlink()

    def files(self):
        return [path for place in ("new", "cur") for path in (self.office.maildir(USER) / place).iterdir()]

    def on_server(self):
        return sorted(path.name.split(":")[0] for path in self.files())

    def put(self, unique_id, octets):
        maildir = self.office.maildir(USER)
        for path in self.files():
            if path.name.split(":")[0] == unique_id:
                path.unlink()
        (maildir / "tmp" / unique_id).write_bytes(octets)
        (maildir / "tmp" / unique_id).rename(maildir / "new" / unique_id)

    def keep(self, policy):
        path = self.collector.archive / f"{ACCOUNT}.toml"
        lines = [f'policy = "{policy}"' if line.startswith("policy = ") else line for line in path.read_text().splitlines()]
        path.write_text("\n".join(lines) + "\n")

    def kept(self):
        return sorted(octets.replace(b"\r\n", b"\n") for octets in self.collector.messages(ACCOUNT).values())

    def test_every_letter_is_kept_where_unique_ids_come_again(self):
        self.keep("none")
        expected = []
        for day in range(DAYS):
            for n in range(LETTERS):
                expected.append(machine_letter(f"day {day}, letter {n}" + "!" * (day % 2)))
                self.put(f"1700000000.M{n}P1.x", expected[-1])
            told = self.collector.fetch(ACCOUNT)
            self.assertEqual((told["stored"], told["deleted"], told["sums_agree"]), (LETTERS, LETTERS, True), told)
        self.assertEqual(self.kept(), sorted(expected))

    def test_a_second_letter_is_fetched_under_every_policy(self):
        for policy in ("all", "none", "days=7", "newest=2"):
            with self.subTest(policy):
                unique_id = "1700000001.M1P1." + policy.replace("=", "-")
                self.clear()
                self.keep("none")
                self.put(unique_id, machine_letter(policy + " first"))
                self.assertEqual(self.collector.fetch(ACCOUNT)["deleted"], 1)
                self.keep(policy)
                self.put(unique_id, machine_letter(policy + " other"))
                self.assertEqual(self.collector.fetch(ACCOUNT)["stored"], 1)
                self.put(unique_id, machine_letter(policy + " other"))
                self.assertEqual(self.collector.fetch(ACCOUNT)["stored"], 0)
                self.assertIn(machine_letter(policy + " first"), self.kept())
                self.assertIn(machine_letter(policy + " other"), self.kept())
        self.assertEqual(len(self.kept()), 8)

    def test_the_servers_own_fields_make_no_other_letter(self):
        names = (b"m1", b"m2", b"m3")
        for name in names:
            self.put("u" + name.decode(), letter(name))
        self.assertEqual(self.collector.fetch(ACCOUNT)["stored"], 3)
        for name in names:
            self.put("u" + name.decode(), letter(name, b"Status: RO\n"))
        self.keep("newest=1")
        for deleted in (2, 0):
            told = self.collector.fetch(ACCOUNT)
            self.assertEqual((told["stored"], told["deleted"]), (0, deleted), told)
        self.assertEqual(self.kept(), [letter(name) for name in names])
        self.assertEqual(self.on_server(), ["um3"])

    def test_what_was_adopted_with_a_damaged_body_stays_on_the_server(self):
        for name in (b"good", b"bad"):
            self.put("u" + name.decode(), letter(name))
        self.collector.fetch(ACCOUNT)
        folder = self.collector.archive
        damaged = next(path for path in (folder / ACCOUNT).glob("new/*") if b"<bad@" in path.read_bytes())
        damaged.write_bytes(damaged.read_bytes().replace(b"\ntext\n", b"\ntexT\n"))
        for path in [*(folder / ".restante").glob("*.sqlite*"), folder / ".restante" / f"{ACCOUNT}.uids"]:
            path.unlink()
        self.collector.run("rebuild")
        self.collector.run("adopt", ACCOUNT)
        self.keep("none")
        told = self.collector.fetch(ACCOUNT)
        self.assertEqual((told["stored"], told["deleted"]), (1, 1), told)
        self.assertEqual(self.on_server(), ["ubad"])
        told = self.collector.fetch(ACCOUNT)
        self.assertEqual((told["stored"], told["deleted"]), (0, 1), told)
        self.assertEqual(len(self.kept()), 3)
        self.assertIn(letter(b"bad"), self.kept())


class SameHeaderSection(unittest.TestCase):
    """A server that may say anything, for what restanted never does."""

    def begin(self, letters, keep):
        self.server = self.enterContext(StrictPop3(letters))
        self.collector = self.enterContext(Collector())
        self.collector.add(ACCOUNT, self.server.port, USER, PASSWORD, keep=keep, options=("--no-check",))

    def keep(self, policy):
        path = self.collector.archive / f"{ACCOUNT}.toml"
        path.write_text(path.read_text().replace('policy = "all"', f'policy = "{policy}"'))

    def letters(self, text):
        return {f"u{n}": letter(b"m%d" % n).replace(b"\n", b"\r\n").replace(b"text", text) for n in range(12)}

    def test_another_body_of_the_same_size_is_fetched_and_not_deleted(self):
        for policy, looked_at in (("none", 12), ("days=0", 12), ("newest=2", 10)):
            for constant in (False, True):
                with self.subTest(policy, constant=constant):
                    self.begin(self.letters(b"AAAA"), "all")
                    other = self.letters(b"a longer body" if constant else b"BBBB")
                    if constant:
                        self.server.replace["LIST"] = lambda number, letters: b"+OK\r\n" + b"".join(b"%d 1000\r\n" % (n + 1) for n in range(len(letters))) + b".\r\n"
                    self.collector.fetch(ACCOUNT)
                    self.server.letters = dict(other)
                    self.keep(policy)
                    told = self.collector.fetch(ACCOUNT, options=("--yes",))
                    self.assertEqual((told["stored"], told["deleted"]), (looked_at, 0), told)
                    kept = self.collector.canonical(ACCOUNT)
                    self.assertEqual([octets for octets in list(other.values())[:looked_at] if octets not in kept], [])
                    self.collector.fetch(ACCOUNT, options=("--yes",))
                    kept = self.collector.canonical(ACCOUNT)
                    self.assertEqual([octets for octets in self.server.deleted if octets not in kept], [])

    def test_a_unique_id_that_comes_again_after_a_quit_without_an_answer(self):
        first, other = self.letters(b"AAAA"), self.letters(b"BBBB")
        self.begin(first, "none")
        self.server.replace["QUIT"] = lambda number, letters: b"-ERR some are left\r\n"
        told = self.collector.fetch(ACCOUNT, codes=(75,))
        self.assertEqual(told["deletion_unknown"], 12)
        self.assertNotIn("did not answer", str(told))
        self.server.replace.clear()
        self.server.letters = dict(other)
        self.assertEqual(self.collector.fetch(ACCOUNT)["stored"], 12)
        self.assertEqual(self.collector.canonical(ACCOUNT), sorted([*first.values(), *other.values()]))

    def test_a_server_that_does_not_list_is_not_said_to_have_nothing(self):
        self.begin(self.letters(b"AAAA"), "all")
        self.server.replace["UIDL"] = lambda number, letters: b"-ERR not now\r\n"
        said = self.collector.run("fetch", ACCOUNT, codes=(75,)).stdout.decode()
        self.assertNotIn("0 on the server", said)
        self.assertIn("did not show what it has", said)
        self.server.replace.clear()
        self.assertEqual(self.collector.fetch(ACCOUNT)["stored"], 12)


if __name__ == "__main__":
    script_test.main()

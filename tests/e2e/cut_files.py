#!/usr/bin/env python3
"""Files that are not as long as their own names say, and copies that are not what they were: no letters, in the archive, in its second copy and in a
Maildir that is imported; and good octets that come again heal what is damaged here. With the real `restante`."""
import json
import os
import pathlib
import sys
import unittest

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parents[1] / "support"))
import collector as collecting  # noqa: E402
import post_office as support  # noqa: E402
import raw_lmtp  # noqa: E402
import script_test  # noqa: E402
from exchange_desk import Exchange, letter  # noqa: E402

USER = "ann@example.org"
CUT = "not as long as its name says"


class Imported(Exchange):
    """Six letters, imported: no journal knows their hashes."""

    def setUp(self):
        super().setUp()
        for n in range(6):
            self.put(f"cur/{n}.a:2,S", letter(str(n), text="text\n" * (100 + n)))
        self.take("--maildir", self.tree)

    def files(self, folder=None):
        return sorted((folder or self.collector.archive / "old").glob("[nc][eu][wr]/*"))

    def forget(self):
        for path in (self.collector.archive / ".restante").glob("*"):
            if path.name.partition(".")[0] in ("ledger", "index", "old") and path.is_file():
                path.unlink()

    def told(self, *command, code=0):
        return [json.loads(line) for line in self.collector.run(*command, "--json", codes=(code,)).stdout.splitlines()]

    def empty_one_and_cut_another(self, folder=None):
        """Their base names."""
        emptied, cut = self.files(folder)[:2]
        os.truncate(emptied, 0)
        os.truncate(cut, 60)
        return {path.name.partition(":")[0] for path in (emptied, cut)}

    def test_in_the_archive_without_a_ledger(self):
        hurt = self.empty_one_and_cut_another()
        self.forget()
        self.assertEqual({row["key"] for row in self.told("verify", code=65) if row["type"] == "difference" and row["kind"] == "unreadable"}, hurt)
        rebuilt = self.told("rebuild", code=65)[0]
        self.assertEqual((set(rebuilt["cut_keys"]), rebuilt["hashed"], rebuilt["unreadable"]), (hurt, 4, 2))
        said = self.collector.run("rebuild", codes=(65,)).stdout.decode()
        self.assertEqual(said.count(CUT), 2, said)
        self.assertEqual(len(self.told("verify", "--repair", code=65)), 3, "they are not entered either")
        self.collector.run("rebuild", "--believe-files")
        self.assertIn(b" 0 differences", self.collector.run("verify").stdout)

    def with_second_copy(self):
        copy = self.scratch / "copy"
        path = self.collector.archive / "old.toml"
        path.write_text(path.read_text().replace("[keep]\n", f'[keep]\nsecond_copy = "{copy}"\nsecond_copy_same_disk = true\n'))
        self.collector.run("second-copy", "init", copy)
        self.collector.run("verify", "--repair")
        self.assertEqual(len(self.files(copy)), 6)
        return copy

    def test_in_the_second_copy(self):
        copy = self.with_second_copy()
        hurt = self.empty_one_and_cut_another(copy)
        restored = self.collector.run("restore", "--all", codes=(65,)).stdout.decode()
        self.assertIn("0 messages restored", restored)
        self.assertTrue(all(key in restored for key in hurt), restored)
        self.collector.run("verify", "--repair")
        self.assertEqual({path.name for path in (copy / "restante-damaged").iterdir()}, hurt)
        self.assertEqual(self.told("verify")[-1]["second_copy"]["verified"], 6)

    def test_in_the_second_copy_of_an_archive_that_was_lost(self):
        copy = self.with_second_copy()
        hurt = self.empty_one_and_cut_another(copy)
        for path in self.files():
            path.unlink()
        self.forget()
        restored = self.collector.run("restore", codes=(65,)).stdout.decode()
        self.assertIn("4 messages restored", restored)
        self.assertTrue(all(key in restored for key in hurt) and CUT in restored, restored)
        self.assertEqual(len(self.files()), 4)
        self.collector.run("verify", "--repair", codes=(65,))
        self.assertEqual(len(self.files(copy)), 6, "what is left of a letter that nobody has stays where it is")

    def test_in_a_maildir_that_is_imported(self):
        octets = letter("dovecot", text="text\n" * 100)
        size = len(octets)
        self.put(f"new/10.M1P1.h,S={size}", octets)
        self.put(f"new/11.M1P1.h,S={size}", b"")
        self.put(f"cur/12.M1P1.h,S={size},W=9999:2,S", letter("cut", text="text\n" * 99))
        self.put(f"cur/13.M1P1.h,S={size};2,S", letter("longer", text="text\n" * 101))
        self.put("cur/14.M1P1.h,S=0:2,", b"")
        for stored in (3, 0):
            told, said = self.take("--maildir", self.tree, code=65)
            self.assertEqual((told["stored"], told["not_taken"], told["cut"], told["not_mail"]), (stored, 1, 2, 1), said)
            for name in (f"cur/12.M1P1.h,S={size},W=9999:2,S", f"cur/13.M1P1.h,S={size};2,S"):
                self.assertIn(f"taken, but perhaps cut: {self.tree / name}: its name says {size} octets", said)
            self.assertIn(f"not taken: {self.tree}/new/11.M1P1.h,S={size}: empty", said)
        self.assertEqual({"dovecot", "cut", "longer"} - set(self.kept()), set())

    def test_an_import_heals(self):
        emptied, changed, gone = self.files()[:3]
        os.truncate(emptied, 0)
        changed.write_bytes(changed.read_bytes() + b"x\n")
        gone.unlink()
        told, _ = self.take("--maildir", self.tree)
        self.assertEqual((told["stored"], told["replaced"], told["duplicates"]), (3, 2, 3))
        self.assertEqual(set(self.kept()), set("012345"))
        self.assertEqual({path.name for path in (self.collector.archive / ".restante/damaged/old").iterdir()},
                         {path.name.partition(":")[0] for path in (emptied, changed)})
        self.assertIn(b" 0 differences", self.collector.run("verify").stdout)
        self.assertEqual(self.take("--maildir", self.tree)[0]["duplicates"], 6)
        box = self.scratch / "mbox"
        self.collector.run("export", "--mbox", box)
        hurt = self.files()[0]
        octets = hurt.read_bytes().replace(b"text", b"TEXT")
        hurt.write_bytes(octets)
        self.assertIn("1 damaged here was replaced", self.collector.run("import", "old", "--mbox", box).stdout.decode())
        self.assertIn(b" 0 differences", self.collector.run("verify").stdout)


class Fetched(unittest.TestCase):
    def test_what_comes_again_heals(self):
        octets = [b"Subject: %d\r\n\r\n" % n + b"text\r\n" * 100 for n in range(3)]
        with support.PostOffice(users=[USER]) as office, collecting.Collector() as collector:
            for each in octets:
                raw_lmtp.post(office.lmtp, [USER], each)
            collector.add("ann", office.pop3, USER, support.PASSWORD)
            collector.fetch("ann")
            there = [path for place in ("new", "cur") for path in (office.maildir(USER) / place).iterdir()]
            for n, path in enumerate(there):
                path.rename(path.with_name(f"{n}{path.name}"))  # another unique-id
            emptied, changed, _ = sorted((collector.archive / "ann/new").iterdir())
            os.truncate(emptied, 0)
            changed.write_bytes(changed.read_bytes().replace(b"text", b"TEXT"))
            told = collector.fetch("ann")
            self.assertEqual((told["stored"], told["same_as_others"]), (2, 1), told)
            self.assertEqual(len([text for text in told["warnings"] if "its octets came again" in text]), 2, told)
            self.assertEqual(len(collector.messages("ann")), 3)
            self.assertIn(b" 0 differences", collector.run("verify").stdout)
            self.assertEqual(len(list((collector.archive / ".restante/damaged/ann").iterdir())), 2)
            self.assertEqual(collector.fetch("ann")["well"], True)


if __name__ == "__main__":
    script_test.main()

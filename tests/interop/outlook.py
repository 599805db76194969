#!/usr/bin/env python3
"""`restante import --pst` with Debian's readpst: folders, marks, nothing twice, and an account of what is damaged or is no mail."""
import pathlib
import sys
import time
import unittest

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parents[1] / "support"))
import exchange_desk  # noqa: E402
import script_test  # noqa: E402
from outlook_file import UTF_16, OutlookFile  # noqa: E402


def header(subject):
    return (f"From: ann@example.org\r\nTo: bob@example.org\r\nSubject: {subject}\r\nDate: Tue, 3 Mar 2026 10:00:00 +0000\r\n"
            "Status: RO, said the sender\r\n")


class Outlook(exchange_desk.Exchange):
    def setUp(self):
        super().setUp()
        self.outlook = OutlookFile()
        self.inbox = self.outlook.folder("Inbox")
        self.path = self.scratch / "mail.pst"

    def take_outlook(self, octets, code=0):
        self.path.write_bytes(octets)
        left = set(pathlib.Path("/tmp").glob("restante-pst-*"))
        told = self.take("--pst", self.path, code=code)
        self.assertEqual(set(pathlib.Path("/tmp").glob("restante-pst-*")) - left, set())
        return told

    def test_takes_folders_and_marks_once(self):
        lists = self.outlook.folder("Lists/C++", self.inbox)
        self.outlook.message(self.inbox, header("read"), "Grüße — Привет\r\n")
        self.outlook.message(self.inbox, header("new"), "new\r\n", read=False)
        self.outlook.message(lists, header("in a folder"), "a list\r\n")
        self.outlook.item(self.inbox, "IPM.Contact", (0x3001, UTF_16, "Bob"), (0x3A06, UTF_16, "Bob"), (0x3A11, UTF_16, "Builder"))
        told, said = self.take_outlook(self.outlook.octets())
        self.assertEqual((told["stored"], told["not_taken"], told["not_mail"], said), (3, 0, 1, ""))
        self.assertEqual({name: (each["folder"], each["seen"]) for name, each in self.kept().items()},
                         {"read": ("", True), "new": ("", False), "in a folder": ("Lists_C++", True)})
        raw = self.raw("read")
        self.assertIn("Grüße — Привет".encode(), raw)
        self.assertEqual(raw.count(b"Status: "), 1)
        # readpst seeds its lots with the second of the day.
        begun = int(time.time())
        while int(time.time()) == begun:
            time.sleep(0.05)
        self.assertEqual(self.take_outlook(self.outlook.octets())[0]["duplicates"], 3)

    def test_what_is_damaged_inside_is_told(self):
        self.outlook.message(self.inbox, header("whole"), "whole\r\n")
        self.outlook.message(self.inbox, header("broken"), "broken\r\n")
        octets = bytearray(self.outlook.octets())
        # The mark of the heap in which the message lies.
        octets[octets.rfind(b"\xec\xbc", 0, octets.find("broken".encode("utf-16-le")))] = 0
        told, said = self.take_outlook(octets, code=65)
        self.assertEqual((told["found"], told["stored"], set(self.kept())), (2, 1, {"whole"}))
        self.assertIn(f"not taken: {self.path}: Inbox: 1 items", said)

    def test_what_is_no_outlook_file(self):
        self.outlook.message(self.inbox, header("whole"), "whole\r\n")
        whole = self.outlook.octets()
        for octets in (b"", b"!BDN", b"From: ann@example.org\n\n", whole[:len(whole) // 2], b"!BDN" + bytes(5000)):
            self.path.write_bytes(octets)
            done = self.collector.run("import", "old", "--pst", self.path, codes=(65,))
            self.assertIn(f"{self.path}: readpst could not read it".encode(), done.stderr)


if __name__ == "__main__":
    script_test.main()

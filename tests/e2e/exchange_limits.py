#!/usr/bin/env python3
"""What an import could cut or pass over without a word is refused by name or taken whole; what a letter says of itself moves it nowhere."""
import pathlib
import sys

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parents[1] / "support"))
import script_test  # noqa: E402
from exchange_desk import SEPARATOR, Exchange, letter  # noqa: E402

LIST = b'<?xml version="1.0"?>\n<plist/>'


class NothingIsCut(Exchange):
    def test_the_length_of_an_emlx_must_end_before_the_property_list(self):
        message = letter("short", text="all that mattered")
        self.put("1.emlx", b"%d\n%s%s" % (len(message), message, LIST))
        for number, length in enumerate((0, 10, len(message) - 3), 2):
            self.put(f"{number}.emlx", b"%d\n%s%s" % (length, message, LIST))
        told, said = self.take("--eml", self.tree, code=65)
        self.assertEqual((told["stored"], told["not_taken"]), (1, 3), said)
        self.assertIn("too few octets", said)

    def test_the_length_of_an_emlx_without_the_last_line_ends(self):
        for name, ending, left_out in (("lf", b"\n", 1), ("crlf", b"\r\n", 2), ("half", b"\r\n", 1), ("blank line", b"\n\n", 1), ("right", b"\n", 0),
                                       ("no end", b"", 0), ("no list", b"\n", 1)):
            message = letter(name, text="all of it")[:-1] + ending
            if b"\r" in ending:
                message = message[:-len(ending)].replace(b"\n", b"\r\n") + ending
            self.put(f"{name}.emlx", b"%d\n%s%s" % (len(message) - left_out, message, b"" if name == "no list" else LIST))
            with self.subTest(name):
                self.take("--eml", self.tree / f"{name}.emlx")
                self.assertEqual(self.raw(name), message.replace(b"\r\n", b"\n").replace(b"\n", b"\r\n"))

    def test_an_eml_that_is_an_mbox(self):
        both = SEPARATOR + letter("one") + b"\n" + SEPARATOR + letter("two")
        self.put("two.eml", both)
        self.put("crlf.EML", both.replace(b"\n", b"\r\n"))
        self.put("lone.eml", SEPARATOR + letter("alone"))
        told, said = self.take("--eml", self.tree, code=65)
        self.assertEqual((told["stored"], told["not_taken"]), (1, 2), said)
        self.assertIn("--mbox", said)

    def test_each_number_of_mh_is_a_letter(self):
        for folder, also in (("known", {".mh_sequences": b"unseen: 2\n", "notes.txt": b"x"}), ("numbers", {})):
            for name, octets in {"1": letter(f"usual {folder}"), "2": b"X-Foo: %s\n\ntext\n" % folder.encode(), "3": b"\n%s\n" % folder.encode(),
                                 **also}.items():
                self.put(f"{folder}/{name}", octets)
        self.put("elsewhere/1", b"X-Foo: bar\n\na file among others\n")
        self.put("elsewhere/readme", b"text\n")
        told, said = self.take("--eml", self.tree)
        self.assertEqual((told["stored"], told["not_mail"]), (6, 4), said)


class ThereAndBack(Exchange):
    def test_fields_of_the_letter_are_the_letters(self):
        own = {"folder": "X-Restante-Folder: Evil/Folder", "status": "Status: RO", "more": "X-Status: AF", "keywords": "X-Keywords: todo",
               "labels": "X-Gmail-Labels: Sent,Opened", "mozilla": "X-Mozilla-Status: 0009"}
        letters = {f"{name} {flags}": field.encode() + b"\n" + letter(f"{name} {flags}") for name, field in own.items() for flags in ("F", "plain")}
        letters["late"] = letter("late", *own.values())
        letters["block"] = b"".join(f"{field}\n".encode() for field in ("Status: O", "X-Status: ", own["keywords"], own["folder"])) + letter("block")
        for number, (name, octets) in enumerate(letters.items()):
            self.put(f"cur/{number}:2,{'F' if name.endswith('F') else ''}", octets)
        self.take("--maildir", self.tree)
        before = self.kept()
        self.collector.run("export", "--account", "old", "--mbox", self.scratch / "out")
        self.add("back")
        self.take("--mbox", self.scratch / "out", account="back")
        after = self.kept("back")
        self.assertEqual(set(after), set(letters))
        for name in letters:
            self.assertEqual([before[name][key] for key in ("folder", "seen", "flagged", "answered", "tags", "octets")],
                             [after[name][key] for key in ("folder", "seen", "flagged", "answered", "tags", "octets")], name)


del Exchange  # what both stand on is no test

if __name__ == "__main__":
    script_test.main()

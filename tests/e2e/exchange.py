#!/usr/bin/env python3
"""`restante import` and `export`: an account of all that lay there, marks and folders, exit codes, nothing twice. No server."""
import gzip
import json
import mailbox
import os
import pathlib
import struct
import sys
import unittest

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parents[1] / "support"))
import collector as collecting  # noqa: E402
import script_test  # noqa: E402
from exchange_desk import SEPARATOR, Exchange, letter  # noqa: E402


class Imports(Exchange):
    def test_maildirs_in_every_layout(self):
        for path in ("cur/1.a;2,FS", ".Top.Sub/cur/1.b:2,R", "Plain/Sub/new/1.c", "Thunder.sbd/Sub/cur/1.d!2,S",
                     ".kmail.directory/Sub/cur/1.e\uf03a2,F", "new/1.a", "Gr&APYA3w-e/cur/1.f", "v1.2/cur/1.g", "INBOX/cur/1.h"):
            self.put(path, letter(path))
        self.put("dovecot-uidlist", b"3 V1 N1\n")
        told, said = self.take("--maildir", self.tree)
        self.assertEqual((told["stored"], told["not_taken"], told["not_mail"], said), (9, 0, 1, ""))
        kept = self.kept()
        self.assertEqual({path: each["folder"] for path, each in kept.items()}, {
            "cur/1.a;2,FS": "", ".Top.Sub/cur/1.b:2,R": "Top/Sub", "Plain/Sub/new/1.c": "Plain/Sub",
            "Thunder.sbd/Sub/cur/1.d!2,S": "Thunder/Sub", ".kmail.directory/Sub/cur/1.e\uf03a2,F": "kmail/Sub", "new/1.a": "",
            "Gr&APYA3w-e/cur/1.f": "Größe", "v1.2/cur/1.g": "v1_2", "INBOX/cur/1.h": ""})
        self.assertTrue(kept["cur/1.a;2,FS"]["seen"] and kept["cur/1.a;2,FS"]["flagged"])
        self.assertTrue(kept[".Top.Sub/cur/1.b:2,R"]["answered"] and kept["Thunder.sbd/Sub/cur/1.d!2,S"]["seen"])
        self.assertFalse(kept["new/1.a"]["seen"])
        self.assertEqual(self.take("--maildir", self.tree)[0]["duplicates"], 9)

    def test_inbox_is_the_main_folder(self):
        folders = {".INBOX/cur/1.a": "", "INBOX.Sent/cur/1.b": "Sent", ".inbox.Sent/cur/1.c": "Sent", "Inbox/Sub/cur/1.d": "Sub",
                   "inbox.sbd/Sub/cur/1.e": "Sub", "Inbox.Sent.Old/cur/1.f": "Sent/Old", "INBOXES/cur/1.g": "INBOXES",
                   "Sub/INBOX/cur/1.h": "Sub/INBOX", ".INBOX/INBOX.Sent/cur/1.i": "Sent"}
        for path in folders:
            self.put(path, letter(path))
        self.take("--maildir", self.tree)
        self.assertEqual({path: each["folder"] for path, each in self.kept().items()}, folders)

    def test_inbox_in_any_case_is_the_main_folder(self):
        self.put("a.eml", letter("a"))
        self.take("--eml", self.tree / "a.eml", "--folder", "inBox")
        main = self.collector.archive / "old"
        self.put_by_another_program(main / ".INBOX" / "cur" / "1.b:2,S", letter("b"))
        self.put_by_another_program(main / ".INBOX.Sent" / "cur" / "1.c:2,S", letter("c"))
        self.assertEqual({name: each["folder"] for name, each in self.kept().items()}, {"a": "", "b": "", "c": "Sent"})
        run = self.collector.run
        for words in (("--folder", "INBOX"), ("--folder", "Inbox"), ("--folder", ""), ("folder:inbox",), ('folder:""',)):
            command = "list" if words[0] == "--folder" else "search"
            with self.subTest(words):
                self.assertEqual(len(run(command, "--json", *words).stdout.splitlines()), 2)
        number = str(self.kept()["a"]["number"])
        moves = [self.moved(number, to) for to in ("INBOX/Sent", "Inbox", "Sent")]
        self.assertEqual(moves, ["Sent", "", "Sent"])
        self.assertEqual(len(run("search", "--json", "folder:INBOX/Sent").stdout.splitlines()), 2)
        self.assertFalse([each.name for each in main.iterdir() if each.name.startswith(".inBox")])
        run("export", "--folder", "INBOX", "--eml", self.scratch / "out")
        self.assertEqual(len(list((self.scratch / "out").glob("*.eml"))), 1)

    def test_one_letter_in_two_folders(self):
        twice = letter("twice")
        for path, octets in (("cur/1.a:2,S", twice), (".Sent/cur/2.b:2,F", twice), ("cur/3.c:2,", twice), (".Sent/cur/4.d:2,", letter("once"))):
            self.put(path, octets)
        kept, left = ("Sent", "the folder Sent"), ("cur/1.a:2,S", "cur/3.c:2,")  # the first by name of its path
        told, said = self.take("--maildir", self.tree, "--verbose")
        self.assertEqual((told["found"], told["stored"], told["duplicates"], told["in_another_folder"]), (4, 2, 2, 2))
        notices = [json.loads(line)["notice"] for line in said.splitlines()]
        self.assertEqual(notices, [f"here already, in {kept[1]}: {self.tree / path}" for path in left])
        self.assertEqual(self.kept()["twice"]["folder"], kept[0])
        self.assertEqual(self.take("--maildir", self.tree)[0]["in_another_folder"], 2)
        plain = self.collector.run("import", "old", "--maildir", self.tree).stdout.decode()
        self.assertIn("4 found = 0 stored + 4 here already + 0 not taken (0B); 2 of those here already lie in another folder (--verbose", plain)

    def test_files_in_folders(self):
        for path in ("a.eml", "1", "deep/er/B.EML", "mail-without-ending"):
            self.put(path, letter(path))
        message = letter("emlx")
        self.put("X.mbox/Messages/1.emlx", b"%-10d\n%s<plist><key>flags</key><integer>1</integer></plist>" % (len(message), message))
        self.assertEqual(self.take("--eml", self.tree)[0]["stored"], 5)
        kept = self.kept()
        self.assertEqual((kept["deep/er/B.EML"]["folder"], kept["emlx"]["folder"], kept["emlx"]["seen"]), ("deep/er", "X", True))
        self.assertEqual(self.raw("emlx"), message.replace(b"\n", b"\r\n"))

    def test_line_ends_of_files(self):
        for number, octets in enumerate((letter("lf", text="a\rb"), letter("crlf", text="a\rb").replace(b"\n", b"\r\n"),
                                         letter("mixed", text="a").replace(b"\n", b"\r\n") + b"b\nc\r\n")):
            self.put(f"{number}.eml", octets)
        self.take("--eml", self.tree)
        self.assertEqual(self.raw("lf"), letter("lf", text="a\rb").replace(b"\n", b"\r\n"))
        self.assertEqual(self.raw("crlf"), (self.tree / "1.eml").read_bytes())
        self.assertEqual(self.raw("mixed"), (self.tree / "2.eml").read_bytes())

    def marks(self):
        return {name: (each["folder"], *(mark for mark in ("seen", "flagged", "answered") if each[mark])) for name, each in self.kept().items()}

    def test_marks_of_mh(self):
        top = mailbox.MH(self.tree)
        for path, sequences in (("inbox", {"unseen": [1, 2, 4], "flagged": [3, 4, 5], "replied": [5]}), ("Work/deep er", {"cur": [1]})):
            *above, last = path.split("/")
            at = top
            for name in above:
                at = at.add_folder(name)
            at = at.add_folder(last)
            for number in range(1, 6):
                at.add(letter(f"{path} {number}"))
            at.set_sequences(sequences)
        self.put("inbox/,6", letter("deleted"))
        self.put("inbox/#7", letter("deleted too"))
        self.put("no sequences/1", letter("unmarked"))
        self.put("context", b"Current-Folder: inbox\n")
        told, said = self.take("--eml", self.tree)
        self.assertEqual((told["stored"], told["not_taken"], said.count("\n")), (11, 0, 2))
        for name in (",6", "#7"):
            self.assertIn(f"passed over: {self.tree}/inbox/{name}: deleted by its user", said)
        self.assertEqual(self.marks(), {
            "inbox 1": ("",), "inbox 2": ("",), "inbox 3": ("", "seen", "flagged"), "inbox 4": ("", "flagged"),
            "inbox 5": ("", "seen", "flagged", "answered"), "unmarked": ("no sequences",),
            **{f"Work/deep er {number}": ("Work/deep er", "seen") for number in range(1, 6)}})

    def test_marks_of_claws_mail(self):
        for order, name in (("<", ".claws_mark"), (">", ".sylpheed_mark")):
            folder = name[1:]
            for number in range(1, 6):
                self.put(f"{folder}/{number}", letter(f"{folder} {number}"))
            # New and unread; read; starred, twice; replied to and forwarded; deleted but not yet gone. See procmsg.h there.
            records = [(1, 3), (3, 2), (2, 0), (3, 4), (4, 48), (5, 8)]
            self.put(f"{folder}/{name}", struct.pack(f"{order}{1 + 2 * len(records)}I", 2, *(number for each in records for number in each)))
            self.put(f"{folder}/.mh_sequences", b"unseen: 1-5\n")
        self.take("--eml", self.tree)
        self.assertEqual(self.marks(), {f"{folder} {number}": marks for folder in ("claws_mark", "sylpheed_mark") for number, marks in (
            (1, (folder,)), (2, (folder, "seen")), (3, (folder, "seen", "flagged")), (4, (folder, "seen", "answered")),
            (5, ("Trash", "seen")))})

    def test_marks_that_nobody_can_read(self):
        for number, octets in enumerate((b"", b"\0", b"\xff" * 50, b"\2\0\0\0\1\0")):
            self.put(f"{number}/1", letter(f"{number}"))
            self.put(f"{number}/.claws_mark", octets)
        self.put("4/1", letter("4"))
        self.put("4/.mh_sequences", b"unseen: x 1- -3 18446744073709551616 9-2\xff\nflagged 1\n:\n")
        self.put("5/1", letter("5"))
        os.mkfifo(self.tree / "5" / ".mh_sequences")
        told, said = self.take("--eml", self.tree, code=65)
        self.assertEqual((told["stored"], told["not_taken"]), (6, 1))
        self.assertIn("5/.mh_sequences: not a regular file", said)

    def test_what_is_not_taken_is_named(self):
        self.put("cur/1.a:2,S", letter("taken"))
        self.put("cur/2.zip:2,SZ", gzip.compress(letter("packed")))
        self.put("cur/3.secret", b"CRYPTED\x03\x07...")
        self.put("tmp/4.half", letter("half"))
        self.put("archive.mbox", SEPARATOR + letter("in an mbox"))
        self.put("mails.pst", b"!BDN....")
        self.put("notes.txt", b"no mail")
        os.symlink("1.a:2,S", self.tree / "cur" / "5.link")
        told, said = self.take("--maildir", self.tree, code=65)
        self.assertEqual((told["stored"], told["not_taken"], told["not_mail"]), (1, 5, 2))
        for word in ("cur/2.zip:2,SZ: compressed (gzip", "cur/3.secret: encrypted", "archive.mbox: an mbox: import it with --mbox",
                     "mails.pst: Outlook's PST", "cur/5.link: a symbolic link", "tmp/4.half", "notes.txt: no mail"):
            self.assertIn(word, said)
        self.assertEqual(set(self.kept()), {"taken"})

    def test_nothing_found_is_no_success(self):
        self.put("a.txt", b"words")
        _, said = self.take("--maildir", self.tree, code=65)
        self.assertIn(f"{self.tree}: no mail was found in 1 file;", said)
        for octets in (b"no mbox\n", gzip.compress(SEPARATOR + letter("x"))):
            (self.scratch / "mbox").write_bytes(octets)
            done = self.collector.run("import", "old", "--mbox", self.scratch / "mbox", codes=(65,))
            self.assertIn(str(self.scratch / "mbox").encode(), done.stderr)
        (self.scratch / "empty").mkdir()
        self.assertEqual(self.take("--maildir", self.scratch / "empty")[0]["found"], 0)

    def test_missing_paths(self):
        missing = self.scratch / "away" / "mail"
        for arguments in (("import", "old", "--mbox"), ("import", "old", "--maildir"), ("import", "old", "--eml"), ("import", "old", "--pst"),
                          ("take-over", "old")):
            done = self.collector.run(*arguments, missing, codes=(66,))
            self.assertIn(str(missing).encode(), done.stderr)
        self.assertFalse(missing.parent.exists())

    def test_mbox_marks(self):
        self.mbox(b"\xef\xbb\xbf\n" + b"".join(SEPARATOR + letter(*each) for each in (
            ("read", "Status: RO"), ("old", "Status: O", "X-Status: AFT"), ("thunderbird", "X-Mozilla-Status: 0007"),
            ("expunged", "X-Mozilla-Status: 0009"), ("deleted", "X-Status: D"), ("new",))))
        kept = self.kept()
        marks = {name: [mark for mark in ("seen", "flagged", "answered") if each[mark]] for name, each in kept.items()}
        self.assertEqual(marks, {"read": ["seen"], "old": ["flagged", "answered"], "thunderbird": ["seen", "flagged", "answered"],
                                 "expunged": ["seen"], "deleted": [], "new": []})
        self.assertEqual({name for name, each in kept.items() if each["folder"] == "Trash"}, {"expunged", "deleted"})

    def test_gmail_labels(self):
        self.mbox(b"".join(b"From 1@xxx Tue Mar 03 10:00:00 +0000 2026\r\n" + letter(*each).replace(b"\n", b"\r\n") for each in (
            ("new", "X-Gmail-Labels: Inbox,Unread,Category Updates"), ("star", "X-Gmail-Labels: Opened,Starred,Work/C++,Money"),
            ("sent", "X-Gmail-Labels: Sent,Opened"), ("gone", "X-Gmail-Labels: Trash,Opened"))))
        self.assertEqual({name: (each["folder"], each["seen"], each["flagged"]) for name, each in self.kept().items()},
                         {"new": ("", False, False), "star": ("Work/C++", True, True), "sent": ("Sent", True, False),
                          "gone": ("Trash", True, False)})

    def test_gmail_labels_in_german(self):
        labels = {"neu": "Posteingang,Ungelesen", "gelesen": "=?UTF-8?Q?Posteingang,Ge=C3=B6ffnet,Markiert?=", "weg": "Papierkorb,Archiviert",
                  "eigen": 'Archiviert,"Dr. Maier, alt/2024"', "punkt": "Archiviert,v1.2//x\x01y/" + "z" * 300}
        told, said = self.mbox(b"".join(SEPARATOR + letter(name, f"X-Gmail-Labels: {value}") for name, value in labels.items()))
        self.assertEqual({name: (each["folder"], each["seen"], each["flagged"]) for name, each in self.kept().items() if name != "punkt"},
                         {"neu": ("", False, False), "gelesen": ("", True, True), "weg": ("Trash", True, False),
                          "eigen": ("Dr_ Maier, alt/2024", True, False)})
        self.assertTrue(self.kept()["punkt"]["folder"].startswith("v1_2/xy/zz"), self.kept()["punkt"])

    def test_mbox_is_cut_at_separators(self):
        inner = b"forwarded:\n\n" + SEPARATOR + b"Subject: inner\n\nwords\n"
        told, _ = self.mbox(SEPARATOR + letter("prose", text="a\n\nFrom my side\nall: well\n\nFrom March 3 10:00:00 on") +
                            b"From - Tue Mar  3 10:00 2026\n" + letter("near", text="no empty line behind") + SEPARATOR +
                            letter("counted", f"Content-Length: {len(inner)}")[:-5] + inner + b"\n" + SEPARATOR + letter("last"))
        self.assertEqual((told["stored"], set(self.kept())), (4, {"prose", "near", "counted", "last"}))
        self.assertIn(b"Subject: inner\r\n\r\nwords\r\n", self.raw("counted"))
        self.assertTrue(self.raw("prose").endswith(b"all: well\r\n\r\nFrom March 3 10:00:00 on\r\n"))
        old_mac = (SEPARATOR + letter("mac") + b"\n" + SEPARATOR + letter("mac 2")).replace(b"\n", b"\r")
        self.assertEqual(self.mbox(old_mac)[0]["stored"], 2)
        told, said = self.mbox(b"Subject: torn off\n\nwords\n\n" + SEPARATOR + letter("whole"), code=65)
        self.assertIn(": 26 octets before the first line", said)
        self.assertEqual((told["found"], told["stored"], told["not_taken"]), (1, 1, 0), told)
        self.assertIn("whole", self.kept())

    def test_outlook_takes_readpst(self):
        (self.scratch / "x.pst").write_bytes(b"!BDN")
        tools = self.scratch / "tools"
        tools.mkdir()
        done = self.collector.run("import", "old", "--pst", self.scratch / "x.pst", codes=(69,), environment={"PATH": str(tools)})
        self.assertIn(b"pst-utils", done.stderr)

    def test_tags_go_along(self):
        self.add("own")
        for name in ("a", "b", "c"):
            self.put(f"cur/{name}:2,", letter(name))
        self.take("--maildir", self.tree, account="own")
        for name, tags in (("a", "work,urgent"), ("b", "work")):
            self.collector.run("tag", tags, str(self.kept("own")[name]["number"]))
        before = {name: each["tags"] for name, each in self.kept("own").items()}
        self.assertEqual(before, {"a": ["urgent", "work"], "b": ["work"], "c": []})
        for form in ("maildir", "eml", "mbox"):
            self.collector.run("export", "--account", "own", f"--{form}", self.scratch / form)
            self.add(form)
            told, said = self.take(f"--{form}", self.scratch / form, account=form)
            self.assertEqual((told["stored"], said, {name: each["tags"] for name, each in self.kept(form).items()}), (3, "", before), form)
        self.collector.run("untag", "work", str(self.kept("own")["b"]["number"]))
        self.collector.run("export", "--account", "own", "--eml", self.scratch / "eml")
        self.assertEqual((self.scratch / "eml/restante-tags").read_text().count("\n"), 2, "the head, and a's")

    def test_the_mail_of_a_removed_account(self):
        self.add("own")
        self.put("a.eml", letter("a"))
        self.take("--eml", self.tree, account="own")
        self.assertIn("restante list --account own shows it", self.collector.run("account", "remove", "own").stdout.decode())
        self.assertEqual(list(self.kept("own")), ["a"])
        self.assertIn(b"1 message written", self.collector.run("export", "--account", "own", "--mbox", self.scratch / "out").stdout)
        self.collector.run("export", "--account", "nobody", "--mbox", self.scratch / "none", codes=(67,))


class Exports(Exchange):
    def setUp(self):
        super().setUp()
        for number in range(3):
            self.put(f"cur/170000000{number}.M1P1.h:2,{'S' * (number == 0)}", letter(f"m{number}"))
        self.put(".Lists/cur/1700000009.M1P1.h:2,FR", letter("m9", text="From here"))
        self.take("--maildir", self.tree)

    def export(self, *how, codes=(0,)):
        return self.collector.run("export", *how, codes=codes)

    def files(self, folder):
        return sorted(path for path in folder.rglob("*") if path.is_file() and path.parent.name != "tmp")

    def test_marks_and_folders_come_back(self):
        self.export("--mbox", self.scratch / "all.mbox")
        self.export("--maildir", self.scratch / "all")
        self.export("--eml", self.scratch / "eml")
        for account, how, path in (("by-mbox", "--mbox", "all.mbox"), ("by-maildir", "--maildir", "all"), ("by-eml", "--eml", "eml")):
            self.add(account)
            self.assertEqual(self.take(how, self.scratch / path, account=account)[0]["stored"], 4)
            self.assertEqual(self.collector.canonical(account), self.collector.canonical("old"))
            told = self.kept(account)
            self.assertEqual(told["m9"]["folder"], "Lists")
            if account != "by-eml":
                for name, each in self.kept().items():
                    self.assertEqual([told[name][mark] for mark in ("seen", "flagged", "answered")],
                                     [each[mark] for mark in ("seen", "flagged", "answered")])

    def test_twice_is_once(self):
        for how in ("--eml", "--maildir"):
            into = self.scratch / how
            self.export(how, into)
            before = self.files(into)
            self.assertIn(b"4 lay there already", self.export(how, into).stdout)
            self.assertEqual(self.files(into), before)

    def test_limit(self):
        self.export("--eml", self.scratch / "one", "--limit", "1")
        self.assertEqual([path.read_bytes().split(b"Subject: ")[1][:2] for path in self.files(self.scratch / "one")], [b"m9"])

    def test_standard_output(self):
        done = self.export("--mbox", "-")
        self.assertEqual(done.stdout.count(b"\nSubject: m"), 4)
        self.assertTrue(done.stdout.startswith(b"From ") and b"4 messages written" in done.stderr)
        self.assertFalse(pathlib.Path("-").exists())

    def test_damage_is_told(self):
        path = next(path for path in self.files(self.collector.archive / "old") if b"m1" in path.read_bytes())
        path.write_bytes(path.read_bytes()[:-3])
        for how, into in (("--mbox", "m"), ("--eml", "e"), ("--maildir", "d")):
            done = self.export(how, self.scratch / into, codes=(65,))
            self.assertIn(path.name.split(":")[0].encode(), done.stderr)
            self.assertIn(b"4 messages written", done.stdout)

    def test_damage_in_an_encrypted_archive_ends_nothing(self):
        sealed = collecting.Collector()
        self.addCleanup(sealed.__exit__)
        sealed.run("init", "--encrypted", "--passphrase-command", "echo secret")
        self.collector = sealed
        self.add("old")
        self.take("--maildir", self.tree)
        path = self.files(sealed.archive / "old")[0]
        octets = bytearray(path.read_bytes())
        octets[-1] ^= 1
        path.write_bytes(octets)
        done = self.export("--eml", self.scratch / "eml", codes=(65,))
        self.assertIn(b"damaged, not written: " + path.name.split(":")[0].encode(), done.stderr)
        self.assertEqual(len(self.files(self.scratch / "eml")), 3)


del Exchange  # what both stand on is no test

if __name__ == "__main__":
    script_test.main()

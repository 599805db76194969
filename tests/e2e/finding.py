#!/usr/bin/env python3
"""What `restante` finds again in kept mail: also what other programs changed, in every script, and after an index of an older version."""
import email.message
import json
import pathlib
import re
import sqlite3
import subprocess
import sys
import time
import unittest

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parents[1] / "support"))
import collector as collecting  # noqa: E402
import script_test  # noqa: E402

ACCOUNT = '[server]\nhost = "pop.example.org"\n[sign_in]\nuser = "ann"\npassword_command = "echo x"\n'
LETTERS = {
    "tea": "Subject: tea\r\nFrom: Bob <bob@example.net>\r\n\r\nGreen tea by the river.\r\n",
    "chinese": "Subject: 本月通知\r\n\r\n北京市朝阳区电力公司2025年账单\r\n",
    "folded": "Subject: ＡＢＣ１２３\r\n\r\nΟ Ὀδυσσεύς, ёлка, שָׁלוֹם, عَلَيْكُمْ, Donau\u00addampf\u200bschiff\r\n",
}
FOUND = {"tea": ["tea", "gre*", "from:bob", '"by the river"'], "chinese": ["朝阳区", "电力公司", "subject:通知", "2025", "账*"],
         "folded": ["abc123", "οδυσσευς", "елка", "שלום", "عليكم", "Donaudampfschiff", "subject:abc*"]}


def age(maildir):
    """Makes the folders look as if nothing had been changed for a while: else they are listed each time, and no test shows anything."""
    deadline = time.time() + 60
    while any(max(part.stat().st_mtime, part.stat().st_ctime) + 2 > time.time() for part in (maildir / "cur", maildir / "new")):
        if time.time() > deadline:
            raise AssertionError("the folders never come to rest")
        time.sleep(0.05)


class Finding(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        cls.collector = cls.enterClassContext(collecting.Collector())
        cls.collector.run("init")
        (cls.collector.archive / "work.toml").write_text(ACCOUNT)
        letters = cls.collector.archive.parent / "letters"
        letters.mkdir()
        for name, text in LETTERS.items():
            head, body = text.split("\r\n\r\n", 1)
            (letters / f"{name}.eml").write_bytes((head + "\r\nMIME-Version: 1.0\r\nContent-Type: text/plain; charset=utf-8\r\n\r\n" + body).encode())
        cls.collector.run("import", "work", "--eml", letters)
        cls.maildir = cls.collector.archive / "work"

    def asked(self, *words, codes=(0,)):
        return [json.loads(line) for line in self.collector.run(*words, "--json", codes=codes).stdout.splitlines()]

    def subjects(self, *words):
        return sorted(each["subject"] for each in self.asked(*words))

    def rest(self):
        """So that the next command trusts what the index knows."""
        age(self.maildir)
        self.asked("list")

    def test_words_of_every_script(self):
        for name, words in FOUND.items():
            subject = {"tea": "tea", "chinese": "本月通知", "folded": "ＡＢＣ１２３"}[name]
            for word in words:
                self.assertEqual(self.subjects("search", word), [subject], word)
        self.assertIn("朝阳区", self.asked("search", "朝阳区")[0]["excerpt"])

    def test_what_other_programs_do_is_seen_at_once(self):
        new, cur = self.maildir / "new", self.maildir / "cur"
        self.rest()
        (new / "1700000000.M1P1.other").write_bytes(b"Subject: planted\n\nwombat\n")
        self.assertEqual(self.subjects("search", "wombat"), ["planted"])
        self.rest()
        (new / "1700000000.M1P1.other").rename(cur / "1700000000.M1P1.other:2,FS")
        told = self.asked("search", "wombat")[0]
        self.assertTrue(told["flagged"])
        self.rest()
        (cur / "1700000000.M1P1.other:2,FS").rename(cur / "1700000000.M1P1.other:2,S")
        self.assertFalse(self.asked("search", "wombat")[0]["flagged"])
        self.rest()
        for part in ("cur", "new", "tmp"):
            (self.maildir / ".Lists" / part).mkdir(parents=True)
        self.rest()
        (cur / "1700000000.M1P1.other:2,S").rename(self.maildir / ".Lists/cur/1700000000.M1P1.other:2,S")
        self.assertEqual(self.asked("search", "wombat")[0]["folder"], "Lists")
        self.assertIn(b"wombat", self.collector.run("show", str(told["number"]), "--raw").stdout)
        age(self.maildir / ".Lists")
        self.rest()
        (self.maildir / ".Lists/cur/1700000000.M1P1.other:2,S").unlink()
        self.assertEqual(self.subjects("search", "wombat"), [])

    def test_what_is_not_there_is_told(self):
        for words in (("list", "--account", "nobody"), ("search", "tea", "--account", "nobody"), ("folders", "nobody"), ("explain", "x", "--account", "nobody")):
            self.assertIn(b"nobody", self.collector.run(*words, codes=(67,)).stderr, words)
        for words in (("list", "--folder", "nofolder"), ("search", "tea", "--folder", "nofolder")):
            self.assertIn(b"nofolder", self.collector.run(*words, codes=(65,)).stderr, words)
        for words, code in ((("search", "account:nobody"), 67), (("search", "tea OR folder:nofolder"), 65), (("search", "tea -folder:nofolder"), 65),
                            (("export", "--eml", self.collector.archive.parent / "out", "folder:nofolder"), 65)):
            self.assertRegex(self.collector.run(*words, codes=(code,)).stderr, b"no (account nobody|folder \"nofolder\")")
        for words in (("search", "account:work", "folder:INBOX", "tea"), ("search", 'folder:"" tea')):
            self.assertEqual(self.subjects(*words), ["tea"])
        for words in (("search", "nowhere"), ("search", "nowhere", "--json"), ("search", "tea", "--flagged", "--folder", "")):
            done = self.collector.run(*words)
            self.assertEqual(done.stdout, b"", words)
            self.assertIn(b"nothing found", done.stderr, words)
        self.assertEqual(self.collector.run("search", "nowhere", "--quiet").stderr, b"")

    def test_counts_and_times_as_people_write_them(self):
        for count in ("-1", "x", "", "0", "1.5", "0x10", "99999999999999999999", "+5"):
            for words in (("--limit", count), (f"--limit={count}",))[:2 if count else 1]:
                told = self.collector.run("list", *words, codes=(64,)).stderr.decode()
                self.assertRegex(told, rf'--limit.*"{re.escape(count)}" is not a number', words)
        self.assertEqual(len(self.asked("list", "--limit", "010")), min(10, len(self.asked("list"))))  # no octal number
        dates = [each["date"] for each in self.asked("list", "--oldest-first")]
        self.assertEqual(dates, sorted(dates))
        self.assertEqual([each["date"] for each in self.asked("list", "--oldest-first", "--limit", "1")], dates[:1])
        day = dates[-1][:10]
        for words, found in ((("--before", day[:4]), 0), (("--since", day[:7]), len(dates)), (("--after", day[:4]), len(dates)), (("--before", "1990-05"), 0),
                             (("--since", "today", "--before", day[:4]), 0)):
            self.assertEqual(len(self.asked("list", *words)), found, words)
        for wrong in ("2010-13", "20", "soon", "2010-02-30"):
            self.assertIn(b"is not a time", self.collector.run("list", "--before", wrong, codes=(65,)).stderr)

    def test_numbers_are_there_before_the_first_list(self):
        for path in (self.collector.archive / ".restante").glob("index.sqlite*"):
            path.unlink()
        self.assertIn(b"no server history", self.collector.run("explain", "1").stderr)

    def test_a_search_in_its_own_language(self):
        self.assertEqual(self.subjects("search", "from:bob (river OR sea) -lake is:unread smaller:1K date:2000.."), ["tea"])
        self.assertEqual(self.subjects("search", "green OR 通知"), ["tea", "本月通知"])
        self.assertIn(b'at "(river" (octet 5)', self.collector.run("search", "tea (river", codes=(65,)).stderr)

    def test_tags_stay_with_the_message(self):
        number = str(self.asked("search", "chaoyang OR 朝阳区")[0]["number"])
        other = str(self.asked("search", "subject:tea")[0]["number"])
        self.assertEqual(self.asked("tag", "work,Todo", number, other)[0]["tags"], ["Todo", "work"])
        self.asked("untag", "TODO", other)
        self.assertEqual(self.subjects("search", "tag:WORK"), ["tea", "本月通知"])
        self.assertEqual(self.subjects("search", "tag:work -tag:todo"), ["tea"])
        self.assertEqual({each["tag"]: each["messages"] for each in self.asked("tags")}, {"Todo": 1, "work": 2})
        self.assertIn("Todo work", self.collector.run("list").stdout.decode())
        self.assertIn(b"Tags: Todo work", self.collector.run("show", number, "--peek").stdout)
        self.collector.run("move", "Bills", number)
        self.assertEqual(self.subjects("search", "tag:todo folder:Bills"), ["本月通知"])
        state = self.collector.archive / ".restante"
        for lost in (["index.sqlite"], ["ledger.sqlite"], ["index.sqlite", "ledger.sqlite"], ["tags-state"], []):
            for path in (path for name in lost for path in state.glob(name + "*")):
                path.unlink()
            if not lost:
                self.collector.run("rebuild")
            self.assertEqual(self.subjects("search", "tag:work"), ["tea", "本月通知"], lost)
        self.collector.run("export", "--mbox", self.collector.archive.parent / "tagged.mbox")
        (self.collector.archive / "copy.toml").write_text(ACCOUNT)
        self.collector.run("import", "copy", "--mbox", self.collector.archive.parent / "tagged.mbox")
        self.assertEqual(self.subjects("search", "tag:todo account:copy folder:Bills"), ["本月通知"])
        for wrong in ("-x", "two words", "", "a,,b", "x*", "x" * 65):
            self.assertIn(b"is not a tag", self.collector.run("tag", "--", wrong, other, codes=(64,)).stderr)
        self.collector.run("tag", "x", "12345", codes=(65,))
        self.collector.run("move", "", number)
        for file in (self.collector.archive / "copy").glob("**/*.*.*"):
            file.unlink() if file.is_file() else None
        self.assertEqual(self.subjects("search", "account:copy"), [])
        (self.collector.archive / "copy.toml").unlink()

    def test_saved_searches(self):
        with (self.collector.archive / "restante.toml").open("a") as file:
            file.write('[searches]\ngreen = "tea OR wombat"\n"in chinese" = "账单"\n')
        self.assertEqual(self.subjects("search", "saved:green", "is:unread"), ["tea"])
        self.assertEqual(self.subjects("search", 'saved:green OR saved:"in chinese"'), ["tea", "本月通知"])
        self.assertIn("river", self.asked("search", "saved:green river")[0]["excerpt"])
        self.assertIn(b"expected a saved search: green, in chinese", self.collector.run("search", "saved:gren", codes=(65,)).stderr)
        self.assertIn(b'Subject: tea', self.collector.run("export", "--mbox", "-", "saved:green").stdout)

    def test_threads(self):
        new = self.maildir / "new"
        ids = {"plan": ("<1@x>", ""), "other": ("<9@x>", ""), "Re: plan": ("<2@x>", "In-Reply-To: <1@x>\n"), "Aw: plan": ("<3@x>", "References: <1@x> <2@x>\n")}
        for day, (subject, (name, link)) in enumerate(ids.items(), 1):
            (new / f"170000001{day}.M1P1.thread").write_bytes(
                f"Subject: {subject}\nMessage-ID: {name}\n{link}Date: Mon, 0{day} Dec 2025 12:00:00 +0000\n\nzebra\n".encode())
        told = {each["subject"]: each for each in self.asked("search", "zebra", "--threads")}
        self.assertEqual({subject: each["thread_messages"] for subject, each in told.items()}, {"Aw: plan": 3, "other": 1})
        self.assertEqual([each["subject"] for each in self.asked("show", str(told["Aw: plan"]["number"]), "--thread", "--peek")], ["plan", "Re: plan", "Aw: plan"])
        self.assertEqual(self.subjects("search", f"zebra -thread:{told['Aw: plan']['number']}"), ["other"])
        self.assertIn("MESSAGES", self.collector.run("list", "--threads").stdout.decode())
        self.collector.run("show", "1", "--thread", "--raw", codes=(64,))
        for file in new.glob("*.thread"):
            file.unlink()

    def test_words_in_attachments_by_programs(self):
        stream = b"BT /F1 12 Tf 72 720 Td (hippopotamus) Tj ET"
        pdf = (b"%%PDF-1.4\n1 0 obj<</Type/Catalog/Pages 2 0 R>>endobj\n2 0 obj<</Type/Pages/Kids[3 0 R]/Count 1>>endobj\n"
               b"3 0 obj<</Type/Page/Parent 2 0 R/MediaBox[0 0 612 792]/Contents 4 0 R/Resources<</Font<</F1<</Type/Font/Subtype/Type1"
               b"/BaseFont/Helvetica>>>>>>>>endobj\n4 0 obj<</Length %d>>stream\n%s\nendstream endobj\ntrailer<</Root 1 0 R>>\n" % (len(stream), stream))
        letter = email.message.EmailMessage()
        letter["Subject"] = "enclosed"
        letter.set_content("see there")
        letter.add_attachment(pdf, maintype="application", subtype="pdf", filename="animal.pdf")
        letter.add_attachment(b"okapi\n", maintype="application", subtype="octet-stream", filename="Notes.TAP")
        for name in ("endless.log", "a.bad", "b.bad", "none.gone"):
            letter.add_attachment(b"x", maintype="application", subtype="octet-stream", filename=name)
        file = self.maildir / "new/1700000020.M1P1.enclosed"
        file.write_bytes(letter.as_bytes())
        self.assertEqual(self.subjects("search", "hippopotamus"), [])
        configuration = self.collector.archive / "restante.toml"
        before = configuration.read_text()
        # A file that may be read twice and from its middle, and no shell.
        configuration.write_text(before + '[text_of]\n"application/pdf" = ["pdftotext", "-q", "/dev/stdin", "-"]\n".tap" = ["tail", "-c", "6", "/dev/stdin"]\n'
                                 '".log" = ["yes", "giraffe"]\n".bad" = ["false", "$(touch x)"]\n".gone" = ["/nonexistent/reader"]\n')
        told = self.collector.run("search", "hippopotamus", "--json")
        self.assertEqual([json.loads(line)["subject"] for line in told.stdout.splitlines()], ["enclosed"])
        self.assertEqual(told.stderr.count(b"false could not read an attachment (exit status 1)"), 1, told.stderr)
        self.assertEqual(told.stderr.count(b"/nonexistent/reader could not read an attachment"), 1)
        for words in ("okapi", "giraffe", "attachment:hippopotamus", "there -body:okapi"):
            self.assertEqual(self.subjects("search", words), ["enclosed"], words)
        self.assertEqual(self.subjects("search", "tea"), ["tea"])
        configuration.write_text(before)
        self.assertEqual(self.subjects("search", "hippopotamus"), [])
        file.unlink()

    def test_a_damaged_index_is_made_again(self):
        """Wherever it is damaged, `rebuild` helps; where a command meets it, it helps itself."""
        self.rest()
        index = self.collector.archive / ".restante" / "index.sqlite"
        before = {each["number"]: each["subject"] for each in self.asked("list")}
        good = index.read_bytes()
        for page in range(0, len(good) // 4096, 3):
            with self.subTest(page=page):
                for name in ("index.sqlite-wal", "index.sqlite-shm"):
                    (index.parent / name).unlink(missing_ok=True)
                index.write_bytes(good[:page * 4096] + b"\xa5" * 200 + good[page * 4096 + 200:])
                self.collector.run("rebuild")
                self.assertEqual(sorted(each["subject"] for each in self.asked("list")), sorted(before.values()))
                self.assertEqual(self.subjects("search", "朝阳区"), ["本月通知"])

    def test_a_folder_that_is_not_there_is_no_empty_export(self):
        target = self.collector.archive.parent / "none.mbox"
        done = self.collector.run("export", "--mbox", target, "--folder", "Nope", codes=(65,))
        self.assertIn(b'there is no folder "Nope"', done.stderr)
        self.assertFalse(target.exists())

    def test_standard_output_that_takes_no_more_is_an_error(self):
        with open("/dev/full", "wb") as full:
            done = subprocess.run([collecting.PROGRAM, "--archive", self.collector.archive, "list"], stdout=full, stderr=subprocess.PIPE, text=True)
        self.assertEqual((done.returncode, "No space left on device" in done.stderr), (75, True), done.stderr)

    def test_an_index_of_an_older_version_is_made_again_with_the_same_numbers(self):
        before = {each["key"]: each["number"] for each in self.asked("list")}
        index = sqlite3.connect(self.collector.archive / ".restante/index.sqlite")
        index.execute("PRAGMA user_version = 1")
        index.commit()
        index.close()
        after = {each["key"]: each["number"] for each in self.asked("list")}
        self.assertEqual(after, before)
        self.assertEqual(self.subjects("search", "通知"), ["本月通知"])


if __name__ == "__main__":
    script_test.main()

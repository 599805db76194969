"""What the store keeps: sizes that agree on every road in, put-back mail that stays, a full disk that still lets delete."""
import os
import pathlib
import shutil
import subprocess
import sys
import tempfile
import time
import unittest

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parents[1] / "support"))
import raw_lmtp
from post_office import PostOffice, canonical
from raw_pop3 import Client

DISK_OCTETS = 8 * 1024 * 1024
DISK_INODES = 200
LETTERS = 40
HEADER = b"Subject: x\r\n\r\n"
OPTIONS = """[maildrops]
expire = "1d"
held_for = "7d"
"""


def sizes(office, user):
    """What STAT and LIST say of a maildrop, and what RETR sends."""
    with Client(office.pop3) as client:
        client.log_in(user)
        count, total = map(int, client.command(b"STAT").split()[1:3])
        listed = [int(line.split()[1]) for line in client.listed(b"LIST")]
        sent = [len(client.message(number + 1)[0]) for number in range(count)]
        client.command(b"QUIT")
    return total, listed, sent


def deliver_by_bdat(office, user, body):
    with raw_lmtp.Dialogue(office.lmtp) as lmtp:
        lmtp.command(b"LHLO client.example.net")
        lmtp.command(b"MAIL FROM:<>")
        lmtp.command(b"RCPT TO:<" + user.encode() + b">")
        lmtp.send(b"BDAT %d LAST\r\n" % len(body) + body)
        lmtp.expect(b"250")
        lmtp.command(b"QUIT", b"221")


def mark_all_and_quit(office, user):
    with Client(office.pop3) as client:
        client.log_in(user)
        count = int(client.command(b"STAT").split()[1])
        for number in range(count):
            client.command(b"DELE %d" % (number + 1))
        client.command(b"QUIT")
    return count


def ask(office, command, *words):
    """What a sub-command says under this office's configuration."""
    return office.run(command, "--config", office.root / "restanted.toml", *words).stdout.decode()


class Keeping(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        cls.office = cls.enterClassContext(PostOffice(configuration=OPTIONS))

    def ask(self, *words):
        return ask(self.office, *words)

    def expect_agreement(self, user):
        total, listed, sent = sizes(self.office, user)
        self.assertEqual(listed, sent)
        self.assertEqual(total, sum(sent))
        return sent

    def test_sizes_agree_on_every_road_in(self):
        for end in (b"", b"no end", b"bare CR\r", b"bare LF\n", b"a\nb", b"two\r\r\n", b"good\r\n"):
            deliver_by_bdat(self.office, "ann@example.org", HEADER + end)
            self.office.run("deliver", "ann@example.org", input=HEADER + end)
        self.assertEqual(len(self.expect_agreement("ann@example.org")), 14)
        now = int(time.time())
        maildir = self.office.maildir("ann@example.org")
        lf = HEADER.replace(b"\r\n", b"\n")
        contents = [lf + b"no end", lf + b"end\n", HEADER + b"no end", HEADER + b"end\r\n"]
        names = []
        for number, stored in enumerate(contents):
            wire = canonical(stored)
            for kind, (size, virtual) in enumerate([(len(stored), len(wire) - 2), (len(stored), len(wire)), (len(stored) + 7, len(wire)),
                                                    (len(stored), len(stored)), (len(stored), len(wire) - 1)]):
                names.append(f"{now}.M{number}P{kind}.foreign,S={size},W={virtual}")
                (maildir / "new" / names[-1]).write_bytes(stored)
            names.append(f"{now}.M{number}P9.bare")
            (maildir / "new" / names[-1]).write_bytes(stored)
        # As this program named what it took before it kept the end of the last line, in LF form and as received.
        for number, (stored, virtual) in enumerate([(lf + b"no end", len(HEADER) + 6), (b"a\nb", 3), (b"a\n", 2)]):
            (maildir / "new" / f"{now}.M{number}P1RAbCdEfGhIjK.host,S={len(stored)},W={virtual}").write_bytes(stored)
        sent = self.expect_agreement("ann@example.org")
        self.assertEqual(len(sent), 14 + len(names) + 3)
        self.assertEqual(self.expect_agreement("ann@example.org"), sent, "out of the cache")

    def test_put_back_mail_stays(self):
        user = "bob@example.org"
        new = self.office.maildir(user) / "new"
        raw_lmtp.post(self.office.lmtp, [user], HEADER + b"young\r\n")
        old = f"{int(time.time()) - 200_000}.M1P1.host"
        (new / old).write_bytes(b"Subject: old\n\nold\n")
        self.assertEqual(len(self.expect_agreement(user)), 1, "it has expired")
        answer = self.ask("undelete", user, "--since", "1h")
        self.assertIn("1 message put back; not to expire before ", answer)
        for _ in range(2):
            self.assertEqual(len(self.expect_agreement(user)), 2)
            self.ask("sweep", user)
            with Client(self.office.pop3) as client:
                client.log_in(user)
                self.assertIn(f"1 {old}".encode(), client.listed(b"UIDL"))
                client.command(b"QUIT")
            self.office.stop()
            self.office.start()
        answer = self.ask("sweep", "--held", user)
        self.assertIn("0 held messages removed, 0 octets freed", answer)
        mark_all_and_quit(self.office, user)
        answer = self.ask("sweep", "--held-older-than", "1h", user)
        self.assertIn("0 held messages removed", answer)
        answer = self.ask("sweep", "--held", user)
        self.assertRegex(answer, "2 held messages removed, [1-9][0-9]+ octets freed")
        self.assertIn(": 0 messages put back", self.ask("undelete", user))


class FullDisk(unittest.TestCase):
    def setUp(self):
        self.mail = pathlib.Path(tempfile.mkdtemp(prefix="restante-full-"))
        self.addCleanup(shutil.rmtree, self.mail, ignore_errors=True)
        options = f"size={DISK_OCTETS},nr_inodes={DISK_INODES},mode=700"
        mounted = subprocess.run(["mount", "-t", "tmpfs", "-o", options, "tmpfs", self.mail], capture_output=True)
        if mounted.returncode != 0:
            self.skipTest(f"a small disk cannot be mounted: {mounted.stderr.decode(errors='replace').strip()}")
        self.addCleanup(subprocess.run, ["umount", self.mail], check=True)

    def fill(self):
        """To the brim: no octet and no name more."""
        with open(self.mail / "ballast", "wb") as ballast:
            try:
                while True:
                    ballast.write(bytes(64 * 1024))
                    ballast.flush()
            except OSError:
                pass
        number = 0
        try:
            while True:
                (self.mail / f"ballast.{number}").touch()
                number += 1
        except OSError:
            pass

    def test_deleting_goes_on_and_makes_room(self):
        for held_for in ("7d", "0"):
            with self.subTest(held_for=held_for):
                user = "ann@example.org"
                office = PostOffice(users=[user], configuration=f'[maildrops]\nfolder = "{self.mail}"\nheld_for = "{held_for}"\n')
                with office:
                    for _ in range(LETTERS):
                        raw_lmtp.post(office.lmtp, [user], HEADER + b"x" * 50_000 + b"\r\n")
                    sizes(office, user)  # the files that a first log-in makes
                    self.fill()
                    before = os.statvfs(self.mail)
                    self.assertEqual(before.f_bfree, 0)
                    self.assertEqual(before.f_ffree, 0)
                    self.assertTrue(raw_lmtp.post(office.lmtp, [user], HEADER + b"x" * 50_000 + b"\r\n")[0].startswith(b"452"))
                    self.assertEqual(mark_all_and_quit(office, user), LETTERS)
                    after = os.statvfs(self.mail)
                    self.assertGreater((after.f_bfree - before.f_bfree) * after.f_frsize, LETTERS * 50_000)
                    self.assertTrue(raw_lmtp.post(office.lmtp, [user], HEADER + b"x" * 50_000 + b"\r\n")[0].startswith(b"250"))
                    answer = ask(office, "undelete", user)
                    self.assertIn(": 0 messages put back", answer)
                    if held_for == "7d":
                        self.assertIn(f"{LETTERS} messages could not be held", answer)
                        self.assertRegex(office.complete_log(), f"messages-not-held.*messages={LETTERS}")
                    mark_all_and_quit(office, user)
                    ask(office, "sweep", "--held")
                for ballast in self.mail.glob("ballast*"):
                    ballast.unlink()
                for left in self.mail.iterdir():
                    shutil.rmtree(left) if left.is_dir() else left.unlink()


if __name__ == "__main__":
    unittest.main(verbosity=2)

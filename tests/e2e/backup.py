"""restanted backup while mail comes and goes; restore into a new root; every message, unique-id, user and held letter compared."""
import json
import os
import pathlib
import shutil
import subprocess
import sys
import tempfile
import threading
import unittest

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parents[1] / "support"))
import raw_lmtp
from post_office import PostOffice
from raw_pop3 import Client

ANN, BOB = "ann@example.org", "bob@example.org"
LETTERS = 60
NOBODY = 65534


def letters(office, user):
    """Unique-id to octets of all that waits."""
    with Client(office.pop3) as client:
        client.log_in(user)
        ids = [line.split() for line in client.listed(b"UIDL")]
        out = {uid: client.message(int(number))[0] for number, uid in ids}
        client.command(b"QUIT")
    return out


def post(office, user, text):
    replies = raw_lmtp.post(office.lmtp, [user], b"Subject: x\r\n\r\n" + text + b"\r\n")
    assert replies[0].startswith(b"250"), replies


class Backup(unittest.TestCase):
    def setUp(self):
        self.scratch = pathlib.Path(tempfile.mkdtemp(prefix="restante-backup-"))
        self.addCleanup(shutil.rmtree, self.scratch, ignore_errors=True)
        self.copy = self.scratch / "copy"

    def restored(self):
        return PostOffice(users=(), root=self.scratch / "restored")

    def test_comes_back_whole_while_mail_comes_goes_and_is_renamed(self):
        with PostOffice(users=(ANN, BOB)) as office:
            for number in range(LETTERS):
                post(office, ANN, b"ann %d" % number)
                post(office, BOB, b"bob %d" % number)
            maildir = office.maildir(ANN)
            first = sorted((maildir / "new").iterdir())[0].name
            (maildir / "restante-unique-ids").write_text(f"restante-unique-ids 1\nimported-1 {first}\n")
            held = self.delete(office, BOB, 3)
            before = letters(office, ANN)
            self.assertIn(b"imported-1", before)
            ended = threading.Event()
            busy = [threading.Thread(target=self.keep_busy, args=(office, ended)), threading.Thread(target=self.rename, args=(maildir, ended))]
            for one in busy:
                one.start()
            try:
                answer = office.run("backup", self.copy).stdout.decode()
            finally:
                ended.set()
                for one in busy:
                    one.join()
            self.assertIn("files with", answer)
            after = letters(office, BOB)
            users = (office.root / "users").read_bytes()
            self.assertNotEqual(office.run("backup", self.copy, check=False).returncode, 0, "nothing is written over")
            self.assertEqual(office.run("backup", office.root / "inside", check=False).returncode, 65)
        self.restore()
        with self.restored() as office:
            self.assertEqual((office.root / "users").read_bytes(), users)
            self.assertEqual(letters(office, ANN), before, "renamed all the while, never added to or deleted")
            for uid, octets in letters(office, BOB).items():
                if uid in after:
                    self.assertEqual(octets, after[uid])
            # Whatever waited from the beginning to the end is there.
            there = letters(office, BOB)
            for uid in self.stayed & set(after):
                self.assertIn(uid, there)
            self.assertEqual(office.run("undelete", BOB, "--session", "test").returncode, 0)
            office.run("undelete", BOB)
            there = letters(office, BOB)
            for uid, octets in held.items():
                self.assertEqual(there.get(uid), octets)

    def test_damage_is_found_and_nothing_is_written_over(self):
        with PostOffice(users=(ANN,)) as office:
            post(office, ANN, b"whole")
            office.run("backup", self.copy)
            self.assertNotEqual(office.run("restore", self.copy, check=False).returncode, 0, "the root is not empty")
        victim = next((self.copy / "mail/example.org/ann/new").iterdir())
        whole = victim.read_bytes()
        victim.write_bytes(whole[:-1] + b"X")
        done = self.restore(check=False)
        self.assertEqual(PostOffice(users=(), root=self.scratch / "restored").run("restore", self.scratch / "nowhere", check=False).returncode, 66)
        self.assertEqual(done.returncode, 65)
        self.assertIn(victim.name, done.stderr.decode())
        shutil.rmtree(self.scratch / "restored")
        victim.unlink()
        self.assertEqual(self.restore(check=False).returncode, 65)
        shutil.rmtree(self.scratch / "restored")
        victim.write_bytes(whole)
        manifest = self.copy / "restante-backup"
        text = manifest.read_text()
        for bad in (text[:-5], text.replace("mail/example.org", "mail/../../example.org"), "", text.replace("restante-backup 1", "other", 1)):
            manifest.write_text(bad)
            self.assertEqual(self.restore(check=False).returncode, 65)
            shutil.rmtree(self.scratch / "restored", ignore_errors=True)
        manifest.write_text(text)
        self.assertIn('{"files":', self.restore("--json").stdout.decode())

    def test_what_lies_outside_is_told_and_not_copied(self):
        users, certificates = self.scratch / "users", self.scratch / "certificates"
        certificates.mkdir()
        users.touch(mode=0o600)
        configuration = f'[tls]\nnames = "{certificates}"\nclient_ca = "ca.pem"\n[auth]\nusers = "{users}"\n'
        with PostOffice(users=(ANN,)) as plain:
            plain.stop()
            with open(plain.root / "restanted.toml", "w") as file:
                file.write(configuration)
            done = plain.run("backup", self.copy, "--config", plain.root / "restanted.toml")
            told = done.stderr.decode().splitlines()
            self.assertEqual(len(told), 2, told)
            for path, key in ((certificates, "tls.names"), (users, "auth.users")):
                self.assertTrue([line for line in told if str(path) in line and key in line], told)
            shutil.rmtree(self.copy)
            done = plain.run("backup", self.copy, "--json", "--config", plain.root / "restanted.toml")
            self.assertEqual(sorted(json.loads(done.stdout)["outside"]), sorted(map(str, (users, certificates))))
            shutil.rmtree(self.copy)
            done = plain.run("backup", self.copy, "--json")
            self.assertEqual((json.loads(done.stdout)["outside"], done.stderr), ([], b""))

    @unittest.skipUnless(os.geteuid() == 0, "only root gives files away")
    def test_the_owner_of_the_root_is_given_nothing_else(self):
        """While root fills it for him he puts a link in the place of the mail folder."""
        with PostOffice(users=(ANN,)) as office:
            for number in range(LETTERS):
                post(office, ANN, b"ann %d" % number)
            office.run("backup", self.copy)
        self.scratch.chmod(0o755)
        victim, root = self.scratch / "victim", self.scratch / "restored"
        victim.mkdir()
        (victim / "shadow").write_text("x")
        root.mkdir(mode=0o700)
        os.chown(root, NOBODY, NOBODY)
        swap = f"""
import os, time
while True:
    try:
        os.rename({str(root / 'mail')!r}, {str(root / 'moved')!r})
        os.symlink({str(victim)!r}, {str(root / 'mail')!r})
    except OSError:
        pass
"""
        owner = subprocess.Popen(["setpriv", f"--reuid={NOBODY}", f"--regid={NOBODY}", "--clear-groups", sys.executable, "-c", swap])
        try:
            done = self.restore(check=False)
        finally:
            owner.kill()
            owner.wait()
        self.assertEqual({path.stat().st_uid for path in (victim, victim / "shadow")}, {0}, done.stderr)

    @unittest.skipUnless(os.geteuid() == 0, "only root gives files away")
    def test_all_of_it_belongs_to_the_owner_of_the_root(self):
        with PostOffice(users=(ANN,)) as office:
            post(office, ANN, b"whole")
            office.run("backup", self.copy)
        root = self.scratch / "restored"
        root.mkdir(mode=0o700)
        os.chown(root, NOBODY, NOBODY)
        self.restore()
        everything = [root, *root.rglob("*")]
        self.assertGreater(len(everything), 8)
        self.assertEqual({path.lstat().st_uid for path in everything}, {NOBODY})
        self.assertNotEqual(self.restore(check=False).returncode, 0, "nothing is written over")
        self.assertEqual(root.stat().st_uid, NOBODY)

    def restore(self, *options, check=True):
        return PostOffice(users=(), root=self.scratch / "restored").run("restore", self.copy, *options, check=check)

    def delete(self, office, user, count):
        with Client(office.pop3) as client:
            client.log_in(user)
            ids = dict(line.split() for line in client.listed(b"UIDL"))
            out = {}
            for number in range(1, count + 1):
                out[ids[b"%d" % number]] = client.message(number)[0]
                client.command(b"DELE %d" % number)
            client.command(b"QUIT")
        self.stayed = set(ids.values()) - set(out)
        return out

    def keep_busy(self, office, ended):
        """New mail for bob, and his oldest deleted, until it is over; at least once."""
        while True:
            post(office, BOB, b"meanwhile")
            with Client(office.pop3) as client:
                client.log_in(BOB)
                client.command(b"DELE 1")
                client.command(b"QUIT")
            if ended.is_set():
                return

    def rename(self, maildir, ended):
        """An IMAP server moves ann's mail to cur/ and changes flags."""
        turn = 0
        while True:
            turn += 1
            for folder in ("new", "cur"):
                for file in sorted((maildir / folder).iterdir()):
                    file.rename(maildir / "cur" / (file.name.split(":")[0] + (":2,S" if turn % 2 else ":2,FS")))
            if ended.is_set():
                return


if __name__ == "__main__":
    unittest.main(verbosity=2)

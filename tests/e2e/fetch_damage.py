#!/usr/bin/env python3
"""An archive that is full, damaged or put back, and the real `restante fetch` on it.

FullDisk (T46) and SmallBlocks: the disk is full at one point after another. Damage (T48, T49): the ledger, its journal, and the messages are deleted, cut,
changed or put back, and the server gives a unique-id to another message. What must hold: nothing is lost, nothing is
stored twice, and nothing is deleted on the server but what is proved to be here.
"""
import json
import os
import pathlib
import random
import shutil
import subprocess
import sys
import tempfile
import unittest

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parents[1] / "support"))
import collector as collecting  # noqa: E402
import post_office  # noqa: E402
import raw_lmtp  # noqa: E402
import script_test  # noqa: E402
from fetch_desk import ACCOUNT, FEW_LETTERS, USER, Desk, letters  # noqa: E402

DISK_OCTETS = 4 << 20
ROOM_MAX, ROOM_STEP = 640 << 10, 32 << 10  # from nothing to enough, through messages and ledger
FLIPS = 12  # ledgers with turned bits
BITS = 8  # in each


class FullDisk(unittest.TestCase):
    def setUp(self):
        self.scratch = pathlib.Path(tempfile.mkdtemp(prefix="restante-fetch-full-"))
        self.addCleanup(shutil.rmtree, self.scratch, ignore_errors=True)
        mounted = subprocess.run(["mount", "-t", "tmpfs", "-o", f"size={DISK_OCTETS}", "tmpfs", self.scratch], capture_output=True)
        if mounted.returncode != 0:
            self.skipTest(f"a small disk cannot be mounted: {mounted.stderr.decode(errors='replace').strip()}")
        self.addCleanup(subprocess.run, ["umount", self.scratch], check=True)
        self.desk = Desk(self.scratch, letters=letters(1, 500, 4000, 8000))
        self.addCleanup(self.desk.close)

    def test_room_ends_anywhere(self):
        ballast = self.scratch / "ballast"
        stopped, whole = [], 0
        for room in range(0, ROOM_MAX, ROOM_STEP):
            with self.subTest(room=room):
                self.desk.begin()
                disk = os.statvfs(self.scratch)
                ballast.write_bytes(bytes(disk.f_bavail * disk.f_frsize - room))
                done = self.desk.fetch()
                told = done.stdout + done.stderr
                self.assertEqual(self.desk.lost(), [])
                self.assertIn(done.returncode, (0, 74, 75), done)
                if done.returncode == 0:
                    whole += 1
                    self.assertEqual(self.desk.collector.canonical(ACCOUNT), self.desk.expected)
                else:
                    stopped.append(room)
                    self.assertTrue(f"{ACCOUNT}:".encode() in told or f'"{ACCOUNT}"'.encode() in told or b"ledger.sqlite" in told, done)
                    self.assertRegex(told, rb"(?i)space|full|SQLite code", done)
                ballast.unlink()
                self.assertIsNone(self.desk.finish())
        print(f"full disk: {len(stopped)} runs were stopped, {whole} had room")
        self.assertTrue(whole and len(stopped) > 3, stopped)


class SmallBlocks(unittest.TestCase):
    """A file system of 1 KiB blocks, as mkfs.ext4 makes small ones: a page of SQLite's shared memory may have holes there."""

    def setUp(self):
        self.scratch = pathlib.Path(tempfile.mkdtemp(prefix="restante-small-blocks-"))
        self.addCleanup(shutil.rmtree, self.scratch, ignore_errors=True)
        image, self.disk = self.scratch / "image", self.scratch / "disk"
        self.disk.mkdir()
        with open(image, "wb") as file:
            file.truncate(DISK_OCTETS)
        for command in (("mkfs.ext4", "-q", "-b", "1024", "-O", "^has_journal", "-m", "0", image), ("mount", "-o", "loop", image, self.disk)):
            try:
                done = subprocess.run(command, capture_output=True)
            except FileNotFoundError as missing:
                self.skipTest(str(missing))
            if done.returncode != 0:
                self.skipTest(f"a disk of small blocks cannot be made: {done.stderr.decode(errors='replace').strip()}")
        self.addCleanup(subprocess.run, ["umount", self.disk], check=True)
        self.desk = Desk(self.disk, letters=letters(1, 30))
        self.addCleanup(self.desk.close)

    def test_no_signal_ends_a_command(self):
        ballast = self.disk / "ballast"
        ended = {0: 0, 75: 0}
        for room in range(4 << 10, 88 << 10, 12 << 10):
            for command in (("fetch", ACCOUNT), ("list",), ("status",), ("search", "line")):
                with self.subTest(room=room, command=command[0]):
                    self.desk.begin()
                    if command[0] != "fetch":
                        self.assertEqual(self.desk.fetch().returncode, 0)
                    with open(ballast, "wb") as file:
                        disk = os.statvfs(self.disk)
                        os.posix_fallocate(file.fileno(), 0, max(1, disk.f_bavail * disk.f_frsize - room))
                    done = self.desk.collector.run(*command, check=False)
                    ballast.unlink()
                    self.assertIn(done.returncode, ended, done)
                    ended[done.returncode] += 1
                    if done.returncode:
                        self.assertRegex(done.stdout + done.stderr, rb"(?i)space|full")
                        self.assertLess(len(done.stderr.splitlines()), 3, done)
                    self.assertEqual(self.desk.lost(), [])
                    for path in self.desk.office.maildir(USER).glob("[nc][eu][wr]/*"):
                        path.unlink()
        print(f"small blocks: {ended[75]} commands were stopped, {ended[0]} had room")
        self.assertTrue(all(ended.values()), ended)


class Damage(unittest.TestCase):
    def setUp(self):
        scratch = tempfile.TemporaryDirectory(prefix="restante-fetch-damage-")
        self.addCleanup(scratch.cleanup)
        self.desk = Desk(scratch.name)
        self.addCleanup(self.desk.close)
        self.dice = random.Random(49)

    # What all begin with: every letter is here and there.

    def keep(self, policy):
        path = self.desk.archive / f"{ACCOUNT}.toml"
        lines = [f'policy = "{policy}"' if line.startswith("policy = ") else line for line in path.read_text().splitlines()]
        path.write_text("\n".join(lines) + "\n")

    def settled(self):
        self.clear_server()
        self.desk.begin()
        self.keep("all")
        self.assertEqual(self.fetch()["stored"], len(FEW_LETTERS))
        state = self.desk.archive / ".restante"
        self.ledger, self.journal = state / "ledger.sqlite", state / f"{ACCOUNT}.uids"
        self.assertTrue(self.ledger.exists() and self.journal.exists())
        self.assertFalse((state / "ledger.sqlite-wal").exists())

    def fetch(self, codes=(0,)):
        done = self.desk.fetch()
        self.assertIn(done.returncode, codes, done)
        return json.loads(done.stdout)

    def files_on_server(self):
        found = self.desk.office.maildir(USER).glob("[nc][eu][wr]/*")
        return sorted(found, key=lambda path: path.stat().st_size)

    def clear_server(self):
        for path in self.files_on_server():
            path.unlink()

    def files_here(self):
        return sorted((self.desk.archive / ACCOUNT).glob("[nc][eu][wr]/*"), key=lambda path: path.stat().st_size)

    # The ledger.

    def flip(self, path):
        octets = bytearray(path.read_bytes())
        for _ in range(BITS):
            octets[self.dice.randrange(len(octets))] ^= 1 << self.dice.randrange(8)
        path.write_bytes(octets)

    def overwrite(self, path, place, octets):
        with path.open("r+b") as file:
            file.seek(place)
            file.write(octets)

    def hurts(self):
        def cut(path, part):
            os.truncate(path, int(path.stat().st_size * part))

        yield "deleted", lambda: self.ledger.unlink()
        yield "deleted with its journal", lambda: (self.ledger.unlink(), self.journal.unlink())
        yield "the journal alone deleted", lambda: self.journal.unlink()
        for part in (0, 0.1, 0.5, 0.9):
            yield f"cut to {part}", lambda: cut(self.ledger, part)
        for place in (18, 19):  # the versions of its form, which SQLite takes for a file that may not be written or read
            yield f"octet {place} of its header", lambda: self.overwrite(self.ledger, place, b"\xff")
        yield "both cut to half", lambda: (cut(self.ledger, 0.5), cut(self.journal, 0.5))
        yield "no database", lambda: self.ledger.write_bytes(self.dice.randbytes(self.ledger.stat().st_size))

    def test_a_hurt_ledger(self):
        tried = 0
        for name, hurt in self.hurts():
            with self.subTest(name):
                self.settled()
                hurt()
                self.check_after(name)
                tried += 1
        print(f"hurt ledgers: {tried} tried")

    def test_bits_turn_in_the_ledger(self):
        """Some turned bits no check can see. None may lose or double anything, and no ledger may stay one that stops every run."""
        replaced = 0
        for n in range(FLIPS):
            with self.subTest(n):
                self.settled()
                self.flip(self.ledger)
                if n % 2:
                    self.flip(self.journal)
                self.fetch()
                self.assertEqual(sorted(self.desk.on_server()), self.desk.expected)
                self.assertEqual(self.desk.collector.canonical(ACCOUNT), self.desk.expected)
                self.keep("none")
                for _ in range(2):
                    self.fetch()
                    self.assertEqual(self.desk.lost(), [])
                replaced += bool(list(self.ledger.parent.glob("*.damaged-*")))
                self.desk.collector.run("rebuild")
                self.fetch()
                self.assertEqual(self.desk.lost(), [])
                self.assertEqual(self.desk.collector.canonical(ACCOUNT), self.desk.expected)
        print(f"turned bits: {FLIPS} ledgers, {replaced} of them made anew")

    def test_an_old_ledger_is_put_back(self):
        for name, files in (("ledger", ("ledger",)), ("ledger and journal", ("ledger", "journal"))):
            with self.subTest(name):
                self.settled()
                first = {file: getattr(self, file).read_bytes() for file in files}
                old = self.desk.expected
                self.assertTrue(self.post_again())
                self.assertEqual(self.fetch()["stored"], 1)
                self.desk.expected = sorted(self.desk.on_server())
                self.assertEqual(len(self.desk.expected), len(old) + 1)
                for file, octets in first.items():
                    getattr(self, file).write_bytes(octets)
                self.check_after(name)

    def post_again(self):
        return raw_lmtp.post(self.desk.office.lmtp, [USER], b"Subject: one more\r\n\r\nand more\r\n")[0].startswith(b"250")

    def check_after(self, name):
        """A fetch that keeps all stores nothing; one that keeps none deletes what is here, and not what changed under its unique-id."""
        told = self.fetch()
        self.assertEqual((told["stored"], told["deleted"], told["sums_agree"]), (0, 0, True), name)
        self.assertEqual(self.desk.collector.canonical(ACCOUNT), self.desk.expected, name)
        self.assertEqual(sorted(self.desk.on_server()), self.desk.expected, name)
        changed = self.files_on_server()[1]
        changed.write_bytes(changed.read_bytes().replace(b"Subject: letter", b"Subject: rettel", 1))
        before = self.desk.expected
        self.desk.expected = sorted({*before, *self.desk.on_server()})
        self.assertEqual(len(self.desk.expected), len(before) + 1)
        self.keep("none")
        for _ in range(2):
            self.fetch()
            self.assertEqual(self.desk.lost(), [], name)
        self.assertEqual(self.desk.collector.canonical(ACCOUNT), self.desk.expected, name)
        self.assertEqual(self.desk.on_server(), [], name)
        self.assertIn(b" 0 differences", self.desk.collector.run("verify", check=False).stdout, name)

    # The messages.

    def test_messages_removed_and_changed_by_hand(self):
        self.settled()
        gone, changed, cut = self.files_here()
        gone.unlink()
        octets = bytearray(changed.read_bytes())
        octets[-3] ^= 1
        changed.write_bytes(octets)
        os.truncate(cut, cut.stat().st_size // 2)
        self.keep("none")
        told = self.fetch(codes=(0, 1))
        self.assertEqual((told["on_server"], told["deleted"]), (3, 0))
        self.assertTrue(told["warnings"], told)
        self.assertEqual(sorted(self.desk.on_server()), self.desk.expected)
        # Damaged ones are fetched again and go then; what a person removed is neither fetched nor deleted.
        for _ in range(2):
            self.fetch(codes=(0, 1))
            self.assertEqual(self.desk.lost(), [])
        self.assertEqual(len(self.desk.on_server()), 1)

    def lose(self, policy, count):
        """So many copies are gone here; the runs of this policy that meet it."""
        self.settled()
        lost = self.files_here()[:count]
        for path in lost:
            path.unlink()
        self.keep(policy)
        told, again = self.fetch(), self.fetch()
        self.assertEqual((told["removed_here"], again["removed_here"]), (count, count))
        named = [text for text in told["warnings"] if "not here any more" in text]
        self.assertEqual((len(named), again["warnings"]), (1, []), "reported once")
        self.assertTrue(any(path.name.split(":")[0] in named[0] for path in lost), named)
        for command in ("restante restore ", "restante rebuild "):
            self.assertIn(command, named[0])
        self.assertEqual(len(self.desk.on_server()), len(FEW_LETTERS) if policy == "all" else count)

    def test_a_message_that_vanished_stays_known_and_comes_back(self):
        for policy, count in (("none", 1), ("none", len(FEW_LETTERS)), ("octets=1", 1)):
            with self.subTest(policy=policy, count=count):
                self.lose(policy, count)
                checked = self.desk.collector.run("verify", check=False)
                self.assertEqual((checked.returncode, checked.stdout.count(b"it is not in the mail")), (65, count), checked)
                restored = self.desk.collector.run("restore", "--from-server").stdout
                self.assertIn(b": %d message%s restored, " % (count, b"s" if count > 1 else b""), restored)
                self.assertEqual(self.desk.collector.canonical(ACCOUNT), self.desk.expected)
                self.assertIn(b" 0 differences", self.desk.collector.run("verify").stdout)
                self.assertEqual(self.fetch()["deleted"], count)

    def test_a_message_that_a_person_removed_is_accepted(self):
        for policy in ("all", "none"):
            with self.subTest(policy):
                self.lose(policy, 1)
                self.desk.collector.run("rebuild")
                self.assertIn(b" 0 differences", self.desk.collector.run("verify").stdout)
                told = self.fetch()
                self.assertEqual((told["removed_here"], told["deleted"], told["warnings"]), (1, 0, []))
                self.assertEqual(len(self.desk.on_server()), len(FEW_LETTERS) if policy == "all" else 1)


class Sealed(unittest.TestCase):
    def test_a_damaged_message_of_an_encrypted_archive_is_fetched_again(self):
        with post_office.PostOffice(users=[USER]) as office, collecting.Collector() as collector:
            collector.run("init", "--encrypted", "--passphrase-command", "echo secret")
            collector.add(ACCOUNT, office.pop3, USER, post_office.PASSWORD)
            for octets in (b"Subject: 1\r\n\r\none\r\n", b"Subject: 2\r\n\r\ntwo\r\n"):
                raw_lmtp.post(office.lmtp, [USER], octets)
            self.assertEqual(collector.fetch(ACCOUNT)["stored"], 2)
            path = next((collector.archive / ACCOUNT).glob("new/*"))
            octets = bytearray(path.read_bytes())
            octets[-1] ^= 1
            path.write_bytes(octets)
            settings = collector.archive / f"{ACCOUNT}.toml"
            settings.write_text(settings.read_text().replace('policy = "all"', 'policy = "none"'))
            told = collector.fetch(ACCOUNT, options=("--yes",), codes=range(256))
            self.assertIn("damaged", str(told["warnings"]))
            again = collector.fetch(ACCOUNT, options=("--yes",), codes=range(256))
            self.assertEqual((told["deleted"] + again["deleted"], told["stored"] + again["stored"]), (2, 1), (told, again))


if __name__ == "__main__":
    script_test.main()

#!/usr/bin/env python3
"""The second copy, the way back, and what is told of both, with the real `restante`.

Each test has a disk of its own beside the archive's: a tmpfs, that is mounted and taken away as a person would.
"""
import json
import pathlib
import shutil
import subprocess
import sys
import tempfile
import unittest

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parents[1] / "support"))
import collector as collecting  # noqa: E402
import post_office as support  # noqa: E402
import raw_lmtp  # noqa: E402
import script_test  # noqa: E402

USER = "ann@example.org"
LETTERS = 3


def letter(n):
    return b"Subject: number %d\r\n\r\nThis is letter %d.\r\n" % (n, n)


class Desk(unittest.TestCase):
    """An office with a few letters, and an account to be."""

    @classmethod
    def setUpClass(cls):
        cls.office = support.PostOffice(users=[USER])
        cls.office.__enter__()
        cls.addClassCleanup(cls.office.__exit__)

    def setUp(self):
        scratch = tempfile.TemporaryDirectory(prefix="restante-second-copy-")
        self.addCleanup(scratch.cleanup)
        self.scratch = pathlib.Path(scratch.name)
        self.collector = collecting.Collector(self.scratch / "archive")
        self.archive = self.collector.archive
        for path in self.on_server():
            path.unlink()
        self.post(range(LETTERS))
        self.expected = sorted(support.canonical(path.read_bytes()) for path in self.on_server())

    def post(self, numbers):
        for n in numbers:
            self.assertTrue(raw_lmtp.post(self.office.lmtp, [USER], letter(n))[0].startswith(b"250"))

    def on_server(self):
        return [path for place in ("new", "cur") for path in (self.office.maildir(USER) / place).glob("*")]

    def add(self, *options, keep="none", codes=(0,)):
        return self.collector.add("ann", self.office.pop3, USER, support.PASSWORD, keep=keep, options=options, codes=codes)

    def run_it(self, *arguments, code=0, **how):
        done = self.collector.run(*arguments, check=False, **how)
        self.assertEqual(done.returncode, code, done)
        return (done.stdout + done.stderr).decode()

    def told(self, *arguments, code=0):
        done = self.collector.run(*arguments, "--json", check=False)
        self.assertEqual(done.returncode, code, done)
        return [json.loads(line) for line in done.stdout.splitlines()]

    def files(self, folder=None):
        return sorted(path for place in ("new", "cur") for path in ((folder or self.archive / "ann") / place).glob("*"))

    def known_ids(self):
        return sorted({line.split(" ")[-1] for line in (self.archive / ".restante/ann.uids").read_text().splitlines()})

    def hurt(self, path):
        octets = bytearray(path.read_bytes())
        octets[-3] ^= 1
        path.write_bytes(octets)

    def expect_whole(self):
        self.assertEqual(self.collector.canonical("ann"), self.expected)


class OneDisk(Desk):
    """What needs no second disk."""

    def test_a_folder_on_the_same_disk_is_no_second_copy(self):
        copy = self.scratch / "copy"
        self.assertIn("same disk", self.add("--second-copy", copy, codes=(75,)).stderr.decode())
        self.assertFalse(copy.exists())
        self.add()
        (self.archive / "restante.toml").write_text(f'second_copy = "{copy}"\n')
        self.run_it("fetch", "--yes", code=75)
        self.assertEqual((len(self.on_server()), copy.exists()), (LETTERS, False), "nothing is made, fetched or deleted")
        self.run_it("second-copy", "init", copy, code=75)
        copy.mkdir()
        self.run_it("fetch", "--yes", code=75)
        (self.archive / "restante.toml").write_text(f'second_copy = "{copy}"\nsecond_copy_same_disk = true\n')
        self.run_it("fetch", "--yes", code=75)
        self.run_it("second-copy", "init", copy)
        self.run_it("fetch", "--yes")
        self.assertEqual((len(self.on_server()), len(self.files(copy / "ann"))), (0, LETTERS))
        self.assertTrue(all(path.stat().st_nlink == 1 for path in self.files(copy / "ann")), "copies, not second names")
        state = self.told("status")[0]
        self.assertEqual((state["at_risk_messages"], state["in_second_copy"]), (LETTERS, 0))
        self.assertIn("same disk", self.run_it("status"))

    def test_a_copy_that_vanished_under_keep_none_comes_back(self):
        self.add(keep="all")
        copy = self.scratch / "copy"
        (self.archive / "restante.toml").write_text(f'second_copy = "{copy}"\nsecond_copy_same_disk = true\n')
        self.run_it("second-copy", "init", copy)
        self.run_it("fetch", "--yes")
        settings = self.archive / "ann.toml"
        settings.write_text(settings.read_text().replace('policy = "all"', 'policy = "none"'))
        self.files()[0].unlink()
        self.run_it("fetch", "--yes")
        self.assertEqual(len(self.on_server()), 1)
        self.assertIn("1 message restored", self.run_it("restore"))
        self.expect_whole()

    def test_relative_paths_are_made_absolute(self):
        (self.scratch / "secret").touch(mode=0o600)
        (self.scratch / "secret").write_text(support.PASSWORD + "\n")
        program = [str(collecting.PROGRAM), "--archive", "archive", "account", "add", "ann", "--server", f"127.0.0.1:{self.office.pop3}", "--tls",
                   "none", "--user", USER, "--password-file", "secret", "--ca", "ca.pem", "--second-copy", "copy", "--second-copy-same-disk",
                   "--no-check", "--yes"]
        subprocess.run(program, cwd=self.scratch, check=True, capture_output=True)
        text = (self.archive / "ann.toml").read_text()
        for name in ("secret", "ca.pem", "copy"):
            self.assertIn(f'"{self.scratch / name}"', text)
        self.assertTrue((self.scratch / "copy/restante-second-copy").exists())

    def test_a_removed_account_tells_of_its_password_in_the_keyring(self):
        self.add()
        path = self.archive / "ann.toml"
        lines = ["password_keyring = true" if line.startswith("password_command") else line for line in path.read_text().splitlines()]
        path.write_text("\n".join(lines) + "\n")
        nobody = {"DBUS_SESSION_BUS_ADDRESS": "", "XDG_RUNTIME_DIR": str(self.scratch)}
        self.assertIn('stays in the keyring, as "Restante: ann"', self.run_it("account", "remove", "ann", code=1, environment=nobody))
        self.assertFalse(path.exists())

    def test_from_the_server(self):
        self.add(keep="all")
        self.run_it("fetch")
        gone, hurt, _ = self.files()
        gone.unlink()
        self.hurt(hurt)
        fetched = self.told("fetch")[0]
        self.assertEqual((fetched["stored_before"], fetched["removed_here"], fetched["sums_agree"]), (LETTERS - 1, 1, True))
        self.assertIn(gone.name, " ".join(fetched["warnings"]))
        self.assertEqual(self.told("fetch")[0]["warnings"], [], "told once")
        self.assertIn("no second copy", self.run_it("restore", code=65))
        self.assertIn("restante restore --from-server", self.run_it("verify", code=65))
        self.assertEqual([row for row in self.told("restore", "--from-server")],
                         [{"type": "restoration", "account": "ann", "restored": 2, "moved": 0, "put_aside": 1, "left": 0}])
        self.expect_whole()
        self.assertEqual(len(list((self.archive / ".restante/damaged/ann").iterdir())), 1)
        self.assertIn(" 0 differences", self.run_it("verify"))
        self.assertEqual(self.told("fetch")[0]["stored_before"], LETTERS)

    def test_the_server_gives_other_octets(self):
        self.add(keep="all")
        self.run_it("fetch")
        self.files()[0].unlink()
        for path in self.on_server():
            path.write_bytes(path.read_bytes().replace(b"letter", b"LETTER"))
        self.assertIn("other octets", self.run_it("restore", "--from-server", code=65))
        self.assertEqual(len(self.files()), LETTERS - 1)

    def test_a_changed_file_never_becomes_the_truth(self):
        self.add(keep="all")
        self.run_it("fetch")
        hurt = self.files()[0]
        self.hurt(hurt)
        for ledger in (self.archive / ".restante/ledger.sqlite", None):
            rebuilt = self.run_it("rebuild", code=65)
            self.assertIn(hurt.name.partition(":")[0], rebuilt)
            self.assertIn("1 changed", rebuilt)
            self.assertIn(" 1 difference", self.run_it("verify", code=65))
            ids = [path.name.partition(":")[0] for path in self.on_server()]
            self.assertIn("OTHER OCTETS", "".join(self.run_it("explain", unique_id) for unique_id in ids))
            if ledger:
                ledger.unlink()  # the journal knows still
        self.run_it("rebuild", "--believe-files")
        self.assertIn(" 0 differences", self.run_it("verify"))

    def test_a_damaged_ledger(self):
        self.add(keep="all")
        box = self.scratch / "box.mbox"
        box.write_bytes(b"".join(b"From a@b Thu Jan  1 00:00:00 2026\nSubject: import %d\n\n%d\n\n" % (n, n) for n in range(40)))
        self.run_it("import", "ann", "--mbox", box)
        ledger = self.archive / ".restante/ledger.sqlite"
        for command, code in (("status", 0), ("verify", 0), ("explain", 65)):
            with self.subTest(command):
                with open(ledger, "r+b") as file:
                    file.seek(4096)
                    file.write(b"\xee" * 4096)
                told = self.run_it(command, *(["nobody"] if command == "explain" else []), code=code)
                self.assertIn("the ledger was damaged", told)
                self.assertLess(len(told.splitlines()), 20)
                state = self.told("status")[0]
                self.assertEqual((state["messages"], state["at_risk_messages"]), (40, 40))
        self.assertIn(" 0 differences", self.run_it("verify"))

    def test_a_lost_ledger_does_not_know_the_server(self):
        self.add()
        self.run_it("fetch", "--yes")
        self.assertEqual(self.on_server(), [])
        ids = self.known_ids()
        for loss in ("removed", "damaged"):
            with self.subTest(loss):
                ledger = self.archive / ".restante/ledger.sqlite"
                ledger.write_bytes(b"no ledger" * 1000) if loss == "damaged" else ledger.unlink()
                state = self.told("status")[0]
                self.assertEqual((state["on_server"], state["at_risk_messages"]), (0, LETTERS))
                self.assertIn("nothing is known to be on the server", self.run_it("status"))
                self.assertIn("the next fetch lists it", self.run_it("explain", ids[0]))
                self.assertIn("empty maildrop", " ".join(self.told("fetch")[0]["warnings"]))
                state = self.told("status")[0]
                self.assertEqual((state["on_server"], state["at_risk_messages"]), (0, LETTERS), "a listing that is not believed shows nothing")
                self.assertIn("the last listing did not show it", self.run_it("explain", ids[0]))

    def test_what_is_listed_is_on_the_server(self):
        self.add(keep="all")
        self.run_it("fetch")
        (self.archive / ".restante/ledger.sqlite").unlink()
        self.assertEqual(self.told("status")[0]["on_server"], 0)
        for _ in range(2):
            self.run_it("fetch")
            self.assertEqual((self.told("status")[0]["on_server"], self.told("status")[0]["at_risk_messages"]), (LETTERS, 0))

    def test_a_refusal_names_the_option_that_allows(self):
        refused = self.add("--second-copy", self.scratch / "copy", codes=(75,)).stderr.decode()
        self.assertIn("say --second-copy-same-disk", refused)

    def test_equal_findings_are_summed_up(self):
        self.add(keep="all")
        self.run_it("fetch")
        for n in range(40):
            (self.archive / "ann/new" / f"1700000000.M{n}P1.host").write_bytes(b"Subject: %d\n\n%d\n" % (n, n))
        told = self.run_it("verify", code=65)
        self.assertIn("and 30 more", told)
        self.assertLess(len(told.splitlines()), 30)
        self.assertEqual(len(self.told("verify", code=65)), 41)


class Moved(Desk):
    """What another program moved or renamed between two runs: one archive through all that looks at its files."""

    def all_files(self):
        return [path for place in ("new", "cur", ".Work/cur") for path in sorted((self.archive / "ann" / place).glob("*"))]

    def move(self):
        """One into another folder, the others where they are, all under new base names: none has the length in it any more."""
        work = self.archive / "ann/.Work"  # as a copy that left its empty directories out
        (work / "cur").mkdir(parents=True, exist_ok=True)
        for path in self.all_files():
            self.moves += 1
            folder = path.parent if self.moves % LETTERS else work / "cur"
            path.rename(folder / f"17960414{self.moves:02}.R{self.moves}.mutt.host:2,S")

    def verify(self, moved=0):
        self.assertEqual([(each["moved"], each["differences"]) for each in self.told("verify")], [(moved, 0)])
        here = sorted(support.canonical(octets) for octets in self.collector.messages("ann").values())
        self.assertEqual(here, self.expected, "none is here twice")

    def test_what_was_moved_is_found_by_its_content(self):
        self.moves = 0
        self.add(keep="all")
        copy = self.scratch / "copy"
        (self.archive / "restante.toml").write_text(f'second_copy = "{copy}"\nsecond_copy_same_disk = true\n')
        self.run_it("second-copy", "init", copy)
        self.run_it("fetch", "--yes")
        known = self.known_ids()[0]
        for command in (("verify", "--repair"), ("restore",), ("restore", "--all"), ("restore", "--from-server"), ("rebuild",)):
            with self.subTest(command):
                self.move()
                self.verify(moved=LETTERS)
                self.assertIn("its octets lie under another name", self.run_it("explain", known))
                self.assertIn("This is letter", self.run_it("show", "--peek", known))
                self.assertEqual(self.told(*command)[-1]["moved"], LETTERS)
                self.verify()
                self.assertIn("the file has these octets", self.run_it("explain", known))
                self.assertEqual(self.told("status")[0]["messages"], LETTERS)
        # What is really gone is missing, until it comes back by an import, too.
        key = self.all_files()[0].name.split(":")[0]
        self.move()
        gone = self.all_files()[0]
        octets = gone.read_bytes()
        gone.unlink()
        told = self.told("verify", code=65)
        self.assertEqual([(each["kind"], each["key"]) for each in told[:-1]], [("missing", key)])
        self.assertEqual(told[-1]["moved"], LETTERS - 1)
        (self.scratch / "letter.eml").write_bytes(octets)
        self.run_it("import", "ann", "--eml", self.scratch / "letter.eml")
        self.verify()
        self.all_files()[0].unlink()
        self.assertEqual(self.told("rebuild")[-1]["forgotten"], 1)
        settings = self.archive / "ann.toml"
        settings.write_text(settings.read_text().replace('policy = "all"', 'policy = "none"'))
        self.run_it("fetch", "--yes")
        self.assertEqual(len(self.on_server()), 1, "the policy of those that were moved goes on")
        # What another file here has needs neither second copy nor server.
        (self.archive / "restante.toml").write_text("")
        path = self.all_files()[0]
        shutil.copy(path, path.with_name("1796041500.R1.mutt.host:2,"))
        self.hurt(path)
        self.assertEqual([(each["restored"], each["put_aside"], each["left"]) for each in self.told("restore")], [(0, 1, 0)])
        self.assertEqual((self.told("verify")[0]["differences"], path.exists()), (0, False))


class TwoDisks(Desk):
    """What a second disk is good for."""

    def setUp(self):
        super().setUp()
        self.disk = self.scratch / "disk"
        self.disk.mkdir()
        self.mount()
        self.addCleanup(lambda: subprocess.run(["umount", "-l", self.disk], capture_output=True))

    def mount(self):
        mounted = subprocess.run(["mount", "-t", "tmpfs", "-o", "size=16m", "tmpfs", self.disk], capture_output=True)
        if mounted.returncode != 0:
            self.skipTest(f"a second disk cannot be mounted: {mounted.stderr.decode(errors='replace').strip()}")

    def take_away(self):
        subprocess.run(["umount", self.disk], check=True)

    def begin(self):
        self.copy = self.disk / "ann"
        self.add("--second-copy", self.copy)
        self.run_it("fetch", "--yes")
        self.assertEqual((len(self.on_server()), len(self.files(self.copy))), (0, LETTERS))

    def test_a_disk_that_is_away(self):
        self.begin()
        self.take_away()
        self.post([7])
        for _ in range(2):
            done = self.run_it("fetch", "--yes", code=75)
            self.assertIn("second copy not reachable", done)
            self.assertEqual((len(self.on_server()), len(self.files()), list(self.disk.iterdir())), (1, LETTERS, []))
            self.copy.mkdir(exist_ok=True)  # as on a mount point where somebody once wrote
            self.copy.rmdir()
        self.mount()  # an empty one in its place
        self.run_it("fetch", "--yes", code=75)
        self.copy.mkdir()
        self.assertIn("no restante-second-copy", self.run_it("fetch", "--yes", code=75))
        self.assertEqual(len(self.on_server()), 1)
        state = self.told("status", code=1)[0]
        self.assertEqual((state["at_risk_messages"], state["second_copy"]["state"], state["second_copy"]["messages"]), (LETTERS, "away", LETTERS))
        self.assertIn("second copy not reachable: " + str(self.copy), self.run_it("status", code=1))
        self.assertIn("second copy not reachable", self.run_it("verify", code=75))
        # A person's word: a new disk. What was proved of the old one counts no more.
        self.run_it("second-copy", "init", self.copy)
        self.run_it("fetch", "--yes")
        self.assertEqual((len(self.on_server()), len(self.files(self.copy))), (0, 1))
        self.assertEqual(self.told("status")[0]["at_risk_messages"], LETTERS)
        self.assertIn("3 copied now", self.run_it("verify", "--repair"))
        self.assertEqual((len(self.files(self.copy)), self.told("status")[0]["at_risk_messages"]), (LETTERS + 1, 0))

    def test_another_archives_disk(self):
        self.begin()
        other = collecting.Collector(self.scratch / "other")
        refused = other.add("ann", self.office.pop3, USER, support.PASSWORD, options=("--second-copy", self.copy), codes=(73,))
        self.assertIn("another archive", refused.stderr.decode())
        other.add("ann", self.office.pop3, USER, support.PASSWORD)
        (other.archive / "restante.toml").write_text(f'second_copy = "{self.disk}"\n')
        other.run("second-copy", "init", self.disk)
        other.run("second-copy", "init", self.disk)
        other.run("fetch", codes=(0,))
        self.run_it("fetch")
        (self.archive / ".restante/second-copies").unlink()
        self.assertIn("another archive", self.run_it("fetch", code=75))
        self.run_it("second-copy", "init", "--take-over", self.copy)
        self.run_it("fetch")

    def test_verify_reads_it_and_status_tells_when(self):
        self.begin()
        state = self.told("status")[0]
        self.assertEqual((state["at_risk_messages"], state["in_second_copy"]), (0, LETTERS))
        self.assertNotIn("verified_at", state["second_copy"])
        verified = self.told("verify")[-1]
        self.assertEqual((verified["whole"], verified["second_copy"]["verified"]), (True, LETTERS))
        self.assertIn("verified_at", self.told("status")[0]["second_copy"])
        gone, hurt, _ = self.files(self.copy)
        gone.unlink()
        self.hurt(hurt)
        kinds = sorted(row["kind"] for row in self.told("verify", code=65) if "kind" in row)
        self.assertEqual(kinds, ["copy-damaged", "copy-missing", "copy-missing"])
        self.assertEqual(self.told("status")[0]["at_risk_messages"], 2)
        told = self.run_it("verify", "--repair")
        self.assertIn("2 copied now", told)
        self.assertIn("the damaged file lies in " + str(self.copy / "restante-damaged"), told)
        self.assertEqual((hurt.exists(), len(list((self.copy / "restante-damaged").iterdir()))), (False, 1))
        self.assertEqual(self.told("verify")[-1]["whole"], True)
        self.assertEqual(self.told("status")[0]["at_risk_messages"], 0)

    def explained(self):
        return "".join(self.run_it("explain", unique_id) for unique_id in self.known_ids())

    def test_a_new_disk_is_believed_nothing(self):
        self.begin()
        self.assertIn("a second copy was found equal\n", self.explained())
        self.take_away()
        self.assertIn("found equal, but it cannot be reached now", self.explained())
        self.assertEqual(self.told("fetch", "--yes", code=75)[0]["well"], False)
        state = self.told("status", code=1)[0]
        self.assertEqual((state["last_run_well"], state["at_risk_messages"]), (False, LETTERS), "a run that could not begin shows")
        self.assertIn("not reachable", state["last_run_text"])
        self.mount()
        self.run_it("second-copy", "init", self.copy)
        state = self.told("status", code=1)[0]
        self.assertEqual((state["at_risk_messages"], state["in_second_copy"], state["second_copy"]["messages"]), (LETTERS, 0, 0))
        self.assertNotIn("second copy was found", self.explained())

    def test_an_older_disk_put_back(self):
        self.begin()
        other = self.scratch / "other-disk"
        other.mkdir()
        subprocess.run(["mount", "-t", "tmpfs", "-o", "size=16m", "tmpfs", other], check=True)
        self.addCleanup(lambda: subprocess.run(["umount", "-l", other], capture_output=True))
        shutil.copytree(self.copy, other / "ann")
        (other / "ann/restante-second-copy").unlink()
        self.swap(other)
        self.run_it("second-copy", "init", "--take-over", self.copy)
        self.assertEqual(self.told("status")[0]["in_second_copy"], 0)
        self.run_it("verify")
        self.assertEqual(self.told("status")[0]["in_second_copy"], LETTERS)
        self.swap(other)
        told = self.run_it("fetch", code=75)
        self.assertIn("holds an older second copy of this archive", told)
        state = self.told("status", code=1)[0]
        self.assertEqual((state["second_copy"]["state"], state["in_second_copy"]), ("older", 0))
        self.run_it("second-copy", "init", self.copy)
        self.assertEqual(self.told("status", code=1)[0]["in_second_copy"], 0, "read anew before it counts")
        self.run_it("fetch", "--yes")
        self.run_it("verify")
        self.assertEqual(self.told("status")[0]["in_second_copy"], LETTERS)

    def swap(self, other):
        """Each disk where the other was."""
        aside = self.scratch / "aside"
        aside.mkdir(exist_ok=True)
        for place, to in ((self.disk, aside), (other, self.disk), (aside, other)):
            subprocess.run(["mount", "--move", place, to], check=True)

    def test_after_a_rebuild_the_copy_was_not_read(self):
        self.begin()
        self.run_it("verify")
        self.run_it("rebuild")
        self.assertIn("0 messages verified there; not read whole yet", self.run_it("status"))

    def fill(self):
        filler = self.disk / "filler"
        with self.assertRaises(OSError), open(filler, "wb", buffering=0) as file:
            while True:
                file.write(bytes(4096))
        self.assertEqual(shutil.disk_usage(self.disk).free, 0)
        return filler

    def test_a_full_disk(self):
        self.begin()
        self.post(range(10, 14))
        filler = self.fill()
        run = self.told("fetch", "--yes", code=75)[0]
        self.assertEqual((run["well"], run["uncopied"], run["stored"], run["deleted"], len(self.on_server())), (False, 4, 4, 0, 4))
        self.assertEqual(len([text for text in run["warnings"] if "second copy" in text]), 1, run)
        self.assertIn("No space left", " ".join(run["warnings"]))
        state = self.told("status", code=1)[0]
        self.assertEqual((state["last_run_well"], state["in_second_copy"], state["on_server"]), (False, LETTERS, 4))
        told = self.run_it("fetch", "--yes", code=75)
        self.assertEqual(told.count("No space left"), 1, told)
        found = self.told("verify", code=1)[-1]
        self.assertEqual((found["whole"], found["second_copy"]["whole"], found["second_copy"]["lacking"]), (False, False, 4))
        told = self.run_it("verify", "--repair", code=75)
        self.assertEqual(told.count("No space left"), 1, told)
        self.assertNotIn("never copied", told)
        filler.unlink()
        self.run_it("verify", "--repair")
        self.run_it("fetch", "--yes")
        self.assertEqual((len(self.on_server()), self.told("status")[0]["at_risk_messages"]), (0, 0))

    def test_what_could_not_be_copied_is_owed(self):
        self.begin()
        settings = self.archive / "ann.toml"
        settings.write_text(settings.read_text().replace('policy = "none"', 'policy = "all"'))
        self.post(range(10, 13))
        filler = self.fill()
        for stored in (3, 0, 0):
            run = self.told("fetch", code=75)[0]
            self.assertEqual((run["well"], run["uncopied"], run["stored"]), (False, 3, stored))
            self.assertFalse(self.told("status", code=1)[0]["last_run_well"])
        filler.unlink()
        run = self.told("fetch")[0]
        self.assertEqual((run["well"], run["uncopied"], len(self.files(self.copy))), (True, 0, LETTERS + 3))
        self.assertEqual(self.told("status")[0]["in_second_copy"], LETTERS + 3)
        self.assertTrue(self.told("fetch")[0]["well"])

    def test_what_comes_under_new_unique_ids_is_copied_once(self):
        copy = self.disk / "ann"
        self.add("--second-copy", copy, keep="all")
        self.run_it("fetch")
        for n, path in enumerate(self.on_server()):
            path.rename(path.with_name(f"1795970903.M{n}P1.renumbered"))
        run = self.told("fetch")[0]
        self.assertEqual((run["stored"], run["same_as_others"], len(self.files(copy))), (0, LETTERS, LETTERS), run)

    def test_a_disk_that_cannot_be_written(self):
        self.begin()
        self.post([10])
        subprocess.run(["mount", "-o", "remount,ro", self.disk], check=True)
        told = self.run_it("fetch", "--yes", code=75)
        self.assertEqual(told.count("Read-only"), 1, told)
        self.assertEqual(len(self.on_server()), 1)
        subprocess.run(["mount", "-o", "remount,rw", self.disk], check=True)
        self.run_it("fetch", "--yes")
        self.assertEqual(len(self.on_server()), 0)

    def test_a_damaged_copy_is_no_new_letter(self):
        self.begin()
        changed, cut, whole = self.files(self.copy)
        self.hurt(changed)
        cut.write_bytes(cut.read_bytes()[:-7])
        for path in self.files():
            path.unlink()
        told = self.run_it("restore", "--all", code=65)
        self.assertIn("1 message restored", told)
        self.assertEqual(told.count("it is damaged, and is not taken"), 2, told)
        self.assertEqual(len(self.files()), 1)
        self.assertEqual({path.name for path in self.files(self.copy)} >= {changed.name, cut.name}, True)
        self.run_it("verify", "--repair", code=65)
        self.assertTrue(changed.exists() and cut.exists(), "where no good copy is, a damaged one stays")

    def test_imported_mail_lacks_until_it_is_copied(self):
        self.begin()
        box = self.scratch / "box.mbox"
        box.write_bytes(b"From a@b Thu Jan  1 00:00:00 2026\nSubject: import\n\ntext\n")
        self.run_it("import", "ann", "--mbox", box)
        self.assertIn("1 message is not in it", self.run_it("verify", code=1))
        self.assertIn("1 copied now", self.run_it("verify", "--repair"))
        self.assertEqual(self.told("verify")[-1]["whole"], True)

    def test_an_encrypted_archive_comes_back(self):
        key = "restante-second-copy-key"
        self.run_it("init", "--encrypted", "--passphrase-command", "echo secret")
        self.begin()
        kept = self.copy / key
        self.assertEqual((kept.read_bytes(), kept.stat().st_mode & 0o777), ((self.archive / ".restante/key").read_bytes(), 0o600))
        kept.unlink()
        state = self.told("status")[0]
        self.assertEqual((state["at_risk_messages"], state["second_copy"]["counts"]), (LETTERS, False))
        self.assertIn("the key of this archive is not there", self.run_it("status"))
        self.run_it("tag", "work", self.told("list")[0]["number"])
        self.run_it("verify")
        self.assertEqual((kept.exists(), self.told("status")[0]["at_risk_messages"]), (True, 0))
        self.assertNotIn(b"work", (self.copy / "restante-tags").read_bytes())
        shutil.rmtree(self.archive)
        # An archive with a key of its own may not take the folder: the old key would go with that.
        self.run_it("init", "--encrypted", "--passphrase-command", "echo other")
        before = kept.read_bytes()
        self.assertIn("another encrypted archive", self.run_it("second-copy", "init", "--take-over", self.copy, code=73))
        self.assertEqual(kept.read_bytes(), before)
        shutil.rmtree(self.archive)
        self.run_it("init", "--encrypted", "--key", kept, "--passphrase-command", "echo wrong", code=77)
        self.assertFalse(self.archive.exists())
        self.run_it("init", "--key", kept, code=64)
        self.run_it("init", "--encrypted", "--key", self.scratch / "nothing", "--passphrase-command", "echo secret", code=66)
        self.run_it("init", "--encrypted", "--key", kept, "--passphrase-command", "echo secret")
        self.run_it("second-copy", "init", "--take-over", self.copy)
        self.add("--second-copy", self.copy)
        self.assertIn(f"{LETTERS} messages restored", self.run_it("restore"))
        self.assertEqual([each["tags"] for each in self.told("list") if each["tags"]], [["work"]])
        exported = self.scratch / "exported"
        self.run_it("export", "--eml", exported)
        self.assertEqual(sorted(support.canonical(path.read_bytes()) for path in exported.rglob("*.eml")), self.expected)
        self.run_it("verify")
        self.assertEqual(self.told("status")[0]["at_risk_messages"], 0)

    def test_nothing_is_deleted_on_the_word_of_an_old_proof(self):
        self.copy = self.disk / "ann"
        self.add("--second-copy", self.copy, keep="all")
        self.run_it("fetch", "--yes")
        for path in self.files(self.copy):
            path.unlink()
        text = (self.archive / "ann.toml").read_text()
        (self.archive / "ann.toml").write_text(text.replace('policy = "all"', 'policy = "none"'))
        self.run_it("fetch", "--yes")
        self.assertEqual((len(self.on_server()), len(self.files(self.copy))), (0, LETTERS), "made anew before the server's went")

    def test_the_way_back(self):
        self.begin()
        gone, hurt, _ = self.files()
        gone.unlink()
        self.hurt(hurt)
        told = self.run_it("verify", code=65)
        self.assertIn("restante restore brings it back", told)
        self.assertIn("2 messages restored, 1 damaged file put aside, 0 could not be restored", self.run_it("restore"))
        self.expect_whole()
        self.assertIn(" 0 differences", self.run_it("verify"))
        self.assertIn("0 messages restored", self.run_it("restore"), "nothing is left to do")

    def test_a_whole_archive_comes_back(self):
        self.begin()
        number = self.told("list")[0]["number"]
        self.run_it("tag", "work", number)
        self.run_it("verify")
        shutil.rmtree(self.archive)
        self.add(keep="all")
        text = (self.archive / "ann.toml").read_text()
        (self.archive / "ann.toml").write_text(text.replace("[keep]\n", f'[keep]\nsecond_copy = "{self.copy}"\n'))
        self.run_it("restore", code=75)  # another archive's, as far as this one knows
        self.run_it("second-copy", "init", "--take-over", self.copy)
        self.assertIn(f"{LETTERS} messages restored", self.run_it("restore"))
        self.expect_whole()
        state = self.told("status")[0]
        self.assertEqual((state["in_second_copy"], state["at_risk_messages"]), (LETTERS, 0), "read there and here just now")
        self.assertEqual([each["tags"] for each in self.told("list") if each["tags"]], [["work"]])
        self.assertEqual(self.told("verify")[-1]["second_copy"]["verified"], LETTERS)


if __name__ == "__main__":
    script_test.main()

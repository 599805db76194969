"""Mail for the benchmark: the same octets in every run and for every server, with a list of what each maildrop holds."""
import hashlib
import math
import os
import pathlib
import random
import shutil

PASSWORD = "benchpass"
MEDIAN_OCTETS = 6 * 1024
MEAN_OCTETS = 26_000
LARGEST_OCTETS = 5_000_000
FIRST_SECOND = 1_700_000_000  # in names, so that every server lists alike


class Sizes:
    """How much mail there is."""

    def __init__(self, quick):
        self.users, self.messages = (200, 20) if quick else (2000, 20)
        self.big = 20_000 if quick else 100_000
        self.huge, self.huge_octets = (20 if quick else 200), 25 << 20
        self.fetched = 2_000 if quick else 10_000
        self.posted = 200  # users that only get mail

    def __str__(self):
        return f"{self.users}x{self.messages},{self.big},{self.huge}x{self.huge_octets},{self.fetched}"


class Text:
    """Lines of a text, cut to size."""

    def __init__(self):
        source = random.Random(1939)
        lines = []
        for number in range(20_000):
            words = " ".join("".join(source.choices("etaoinshrdlucmfwypvbgkjqxz", k=source.randint(1, 11))) for _ in range(source.randint(1, 11)))
            lines.append(("." if number % 50 == 0 else "") + words)
        self.octets = "\n".join(lines).encode() + b"\n"

    def message(self, source, number, octets):
        head = b"From: bench@localhost\nTo: you@localhost\nSubject: message %d\nMessage-ID: <%d.%d@localhost>\n\n" % (number, number, source.getrandbits(48))
        pieces = [head]
        left = octets - len(head)
        while left > 0:
            start = source.randrange(len(self.octets))
            piece = self.octets[start:start + left]
            pieces.append(piece)
            left -= len(piece)
        return b"".join(pieces).rstrip(b"\n") + b"\n"


def lognormal(source):
    spread = math.sqrt(2 * math.log(MEAN_OCTETS / MEDIAN_OCTETS))
    return min(LARGEST_OCTETS, max(300, int(source.lognormvariate(math.log(MEDIAN_OCTETS), spread))))


class Maildrops:
    """One folder of Maildirs, made once and copied by hard links for each server, for servers leave indexes in them."""

    def __init__(self, folder, sizes):
        self.folder, self.sizes = pathlib.Path(folder), sizes
        self.expected = self.folder / "expected"
        names = [f"u{n:05}" for n in range(sizes.users)]
        self.groups = {"users": names, "big": ["big"], "huge": ["huge"], "fetched": ["fetched"], "posted": [f"d{n:05}" for n in range(sizes.posted)]}
        self.everyone = [name for group in self.groups.values() for name in group]

    def make(self):
        stamp = self.folder / "made"
        if stamp.exists() and stamp.read_text() == str(self.sizes):
            return
        shutil.rmtree(self.folder, ignore_errors=True)
        (self.folder / "mail").mkdir(parents=True)
        text = Text()
        with open(self.expected, "w") as expected:
            for name in self.groups["users"]:
                self._fill(name, text, self.sizes.messages, lognormal, expected)
            self._fill("big", text, self.sizes.big, lambda source: 400, expected)
            self._fill("huge", text, self.sizes.huge, lambda source: self.sizes.huge_octets, expected)
            self._fill("fetched", text, self.sizes.fetched, lognormal, expected)
            for name in self.groups["posted"]:
                self._fill(name, text, 0, lognormal, expected)
        for group, names in self.groups.items():
            (self.folder / group).write_text("".join(f"{name}:{PASSWORD}\n" for name in names))
        stamp.write_text(str(self.sizes))

    def _fill(self, user, text, count, size_of, expected):
        source = random.Random(user)  # seeded by its text: the same in each run
        maildir = self.folder / "mail" / user
        for place in ("new", "cur", "tmp"):
            (maildir / place).mkdir(parents=True)
        digests, total = [], 0
        for number in range(count):
            stored = text.message(source, number, size_of(source))
            canonical = stored.replace(b"\n", b"\r\n")
            name = f"{FIRST_SECOND + number}.M{number:06}P1R{source.getrandbits(64):016x}.bench,S={len(stored)},W={len(canonical)}"
            (maildir / "cur" / f"{name}:2,S").write_bytes(stored)
            digests.append(hashlib.sha256(canonical).digest())
            total += len(canonical)
        expected.write(f"{user} {count} {total} {hashlib.sha256(b''.join(sorted(digests))).hexdigest()}\n")

    def copy(self, to, owner):
        """A server's own Maildirs: the same files, other directories."""
        shutil.rmtree(to, ignore_errors=True)
        os.makedirs(to)
        for user in self.everyone:
            self.copy_one(user, to, owner)
        if owner is not None:
            os.chown(to, owner, owner)

    def copy_one(self, user, to, owner):
        shutil.rmtree(pathlib.Path(to) / user, ignore_errors=True)
        for folder, _, files in os.walk(self.folder / "mail" / user):
            target = pathlib.Path(to) / os.path.relpath(folder, self.folder / "mail")
            target.mkdir()
            for name in files:
                os.link(os.path.join(folder, name), target / name)
                if owner is not None:
                    os.chown(target / name, owner, owner)
            os.utime(target, (FIRST_SECOND, FIRST_SECOND))  # as mail that has been there for long
            if owner is not None:
                os.chown(target, owner, owner)

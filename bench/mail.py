"""Mail for the benchmark: the same octets in every run and for every server, with a list of what each maildrop holds."""
import hashlib
import math
import os
import pathlib
import random
import shutil
import subprocess

PASSWORD = "benchpass"
UID = 5555  # whose mail it is, where we are root: Dovecot serves none of root's
MEDIAN_OCTETS = 6 * 1024
MEAN_OCTETS = 26_000
LARGEST_OCTETS = 5_000_000
FORM = 4  # of what lies in the folder: another one is made anew
FIRST_SECOND = 1_700_000_000  # in names, so that every server lists alike


class Sizes:
    """How much mail there is, and how long the runs are."""

    def __init__(self, quick):
        self.users, self.messages = (500, 20) if quick else (2000, 20)
        self.small, self.big = 1_000, 20_000 if quick else 100_000
        self.huge, self.huge_octets = (8 if quick else 200), 25 << 20
        self.fetched = 500 if quick else 10_000
        self.posted = 200  # users that only get mail
        self.drained = 150 if quick else 2000  # sessions; and so on
        self.log_ins = 1_500 if quick else 10_000
        self.posts = 300 if quick else 4_000

    def __str__(self):
        return f"{self.users}x{self.messages},{self.small},{self.big},{self.huge}x{self.huge_octets},{self.fetched},{self.posted}"


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
        self.owner = UID if os.geteuid() == 0 else None  # None: our own
        self.mail, self.expected = self.folder / "mail", self.folder / "expected"
        self.state = f"{FORM} {sizes} {self.owner}"  # of what lies there
        self.groups = {"users": [f"u{n:05}" for n in range(sizes.users)], "small": ["small"], "big": ["big"], "bare": ["bare"],
                       "huge": ["huge"], "fetched": ["fetched"], "posted": [f"d{n:05}" for n in range(sizes.posted)]}
        self.everyone = [name for group in self.groups.values() for name in group]

    def make(self):
        stamp = self.folder / "made"
        if stamp.exists() and stamp.read_text() == self.state:
            return
        shutil.rmtree(self.folder, ignore_errors=True)
        self.mail.mkdir(parents=True)
        text = Text()
        with open(self.expected, "w") as expected:
            for name in self.groups["users"]:
                self._fill(name, text, self.sizes.messages, lognormal, expected)
            self._fill("small", text, self.sizes.small, lambda source: 400, expected)
            self._fill("big", text, self.sizes.big, lambda source: 400, expected)
            self._fill("huge", text, self.sizes.huge, lambda source: self.sizes.huge_octets, expected)
            self._fill("fetched", text, self.sizes.fetched, lognormal, expected)
            for name in self.groups["posted"]:
                self._fill(name, text, 0, lognormal, expected)
        self._link_bare()
        self._age()
        for group in self.groups:
            self.write_users(group, self.folder / group)
        stamp.write_text(self.state)

    def write_users(self, group, to, most=None):
        """The file that restante-bench reads: the first `most` users of a group, or all."""
        to.write_text("".join(f"{name}:{PASSWORD}\n" for name in self.groups[group][:most]))

    def _make_maildir(self, user):
        for place in ("new", "cur", "tmp"):
            (self.mail / user / place).mkdir(parents=True)
        return self.mail / user

    def _fill(self, user, text, count, size_of, expected):
        source = random.Random(user)  # seeded by its text: the same in each run
        maildir = self._make_maildir(user)
        digests, total = [], 0
        for number in range(count):
            stored = text.message(source, number, size_of(source))
            canonical = stored.replace(b"\n", b"\r\n")
            # As restanted names what it delivers: then it believes the sizes, as Dovecot believes any name's.
            name = f"{FIRST_SECOND + number}.M{number:06}P1E{source.getrandbits(44):011x}.bench,S={len(stored)},W={len(canonical)}"
            (maildir / "cur" / f"{name}:2,S").write_bytes(stored)
            digests.append(hashlib.sha256(canonical).digest())
            total += len(canonical)
        expected.write(f"{user} {count} {total} {hashlib.sha256(b''.join(sorted(digests))).hexdigest()}\n")

    def _age(self):
        """As mail that has been there for long, with its owner."""
        for folder, _, _ in os.walk(self.mail):
            os.utime(folder, (FIRST_SECOND, FIRST_SECOND))
        if self.owner is not None:
            subprocess.run(["chown", "-R", f"{self.owner}:{self.owner}", self.mail], check=True)

    def _link_bare(self):
        """The big maildrop again, under names that tell no sizes."""
        maildir = self._make_maildir("bare")
        for path in (self.mail / "big" / "cur").iterdir():
            os.link(path, maildir / "cur" / (path.name.split(",")[0] + ":2,S"))

    def copy(self, to, groups=None):
        """A server's own Maildirs, of some groups or all: the same files, other directories, and times and owners as they were."""
        shutil.rmtree(to, ignore_errors=True)
        to.mkdir()
        if self.owner is not None:
            os.chown(to, self.owner, self.owner)
        for group in groups or self.groups:
            self.copy_group(group, to)

    def copy_group(self, group, to):
        """The same for one group: as nobody has touched it yet."""
        for user in self.groups[group]:
            shutil.rmtree(to / user, ignore_errors=True)
        subprocess.run(["cp", "-a", "--link", *(self.mail / user for user in self.groups[group]), to], check=True)

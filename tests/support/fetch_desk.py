"""One post office, one archive that fetches from it with keep = none, and what must hold whatever happens to a fetch."""
import pathlib
import queue
import shutil
import threading
import time

import collector as collecting
import post_office as support
import raw_lmtp

USER = "ann@example.org"
ACCOUNT = "work"
TRIES_MAX = 50  # of the run after a broken one, a tenth of a second apart: the server must first see that the old line is dead


def letters(*lines):
    """Letters of so many lines each."""
    return [b"Subject: letter %d\r\n\r\n" % n + b"".join(b"line %d of %d\r\n" % (line, n) for line in range(count))
            for n, count in enumerate(lines)]


FEW_LETTERS = letters(1, 60, 400)


class Desk:
    """`begin()` puts fresh letters on the server and an empty archive here; after trouble: `lost()`, then `finish()`."""

    def __init__(self, folder, port=None, letters=FEW_LETTERS):
        """`port`: of somebody between the two; the office's own where it is None."""
        self.letters = letters
        self.office = support.PostOffice(users=[USER])
        self.office.__enter__()
        folder = pathlib.Path(folder)
        password = folder / f"password-{self.office.pop3}"
        password.touch(mode=0o600)
        password.write_text(support.PASSWORD)
        self.template = folder / f"template-{self.office.pop3}"
        self.archive = folder / f"archive-{self.office.pop3}"
        collecting.Collector(self.template).run(
            "account", "add", ACCOUNT, "--server", f"127.0.0.1:{port or self.office.pop3}", "--tls", "none", "--user", USER,
            "--password-file", password, "--keep", "none", "--no-check", "--yes")

    def close(self):
        self.office.__exit__()

    def begin(self):
        shutil.rmtree(self.archive, ignore_errors=True)
        shutil.copytree(self.template, self.archive)
        self.collector = collecting.Collector(self.archive)
        for letter in self.letters:
            if not raw_lmtp.post(self.office.lmtp, [USER], letter)[0].startswith(b"250"):
                raise AssertionError("a letter was not taken")
        self.expected = sorted(self.on_server())

    def on_server(self):
        """What the server would send, as it lies there."""
        maildir = self.office.maildir(USER)
        found = []
        for place in ("new", "cur"):
            for path in (maildir / place).iterdir():
                try:
                    found.append(support.canonical(path.read_bytes()))
                except FileNotFoundError:
                    pass  # a QUIT that the dead run sent is still being worked on
        return found

    def fetch(self, wrapper=()):
        return self.collector.run("fetch", ACCOUNT, "--json", check=False, wrapper=wrapper)

    def lost(self):
        """Messages that are nowhere. The server is looked at first: what it deletes meanwhile must be here by now."""
        there = self.on_server()
        here = self.collector.canonical(ACCOUNT)
        return [message for message in self.expected if message not in there and message not in here]

    def finish(self):
        """The next run, undisturbed. Returns what is wrong after it, or None."""
        for _ in range(TRIES_MAX):
            done = self.fetch()
            if done.returncode != 75:
                break
            time.sleep(0.1)
        if done.returncode != 0:
            return f"the next run ended with {done.returncode}: {done.stdout} {done.stderr}"
        if b'"sums_agree":true' not in done.stdout:
            return f"the sums of the next run do not agree: {done.stdout}"
        if self.collector.canonical(ACCOUNT) != self.expected:
            return f"{len(self.collector.messages(ACCOUNT))} messages instead of {len(self.expected)}, or others: {done.stdout}"
        if self.on_server():
            return f"messages are left on the server: {done.stdout}"
        checked = self.collector.run("verify", check=False)
        if checked.returncode != 0 or b" 0 differences" not in checked.stdout:
            return f"verify: {checked.stdout} {checked.stderr}"
        return None


def spread(desks, points, one):
    """one(desk, point) for all points, by all desks at once; raises what that raised.

    It answers a pair: anything, and what is wrong or None, which is printed at once. Returns all pairs, in no order.
    """
    waiting = queue.SimpleQueue()
    for point in points:
        waiting.put(point)
    answers, troubles = [], []

    def work(desk):
        while not troubles:
            try:
                point = waiting.get_nowait()
            except queue.Empty:
                return
            try:
                answers.append(one(desk, point))
                if answers[-1][1]:
                    print(answers[-1][1], flush=True)
            except BaseException as trouble:  # raised again in the test's own thread
                troubles.append(AssertionError(f"{point}: {trouble!r}"))

    crew = [threading.Thread(target=work, args=(desk,)) for desk in desks]
    for each in crew:
        each.start()
    for each in crew:
        each.join()
    if troubles:
        raise troubles[0]
    return answers

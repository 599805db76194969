"""A restante of one's own for a test: a fresh archive, the real program, ends with the test."""
import json
import os
import pathlib
import shlex
import subprocess
import tempfile

ROOT = pathlib.Path(__file__).resolve().parents[2]
PROGRAM = pathlib.Path(os.environ.get("RESTANTE", ROOT / "build/release/bin/restante"))
SECONDS_MAX = 300


class Collector:
    """`with Collector() as collector:` — .archive is its folder; .run() any command, .fetch() the closing account."""

    def __init__(self, archive=None):
        self._scratch = None if archive else tempfile.TemporaryDirectory(prefix="restante-archive-")
        self.archive = pathlib.Path(archive or self._scratch.name + "/archive")

    def __enter__(self):
        return self

    def __exit__(self, *_):
        if self._scratch:
            self._scratch.cleanup()

    def run(self, *arguments, check=True, input=b"", codes=(0,), environment=None, wrapper=()):
        """A command on this archive; with `check` its exit code must be one of `codes`."""
        command = [*wrapper, PROGRAM, "--archive", self.archive, *arguments]
        done = subprocess.run([str(a) for a in command], input=input, capture_output=True, timeout=SECONDS_MAX,
                              env={**os.environ, **(environment or {})})
        if check and done.returncode not in codes:
            raise AssertionError(f"{shlex.join(str(a) for a in command)}: exit {done.returncode}\n{done.stdout.decode(errors='replace')}{done.stderr.decode(errors='replace')}")
        return done

    def add(self, name, port, user, password, tls="none", host="127.0.0.1", keep="all", options=(), codes=(0,)):
        """`restante account add` as a script would: no terminal."""
        return self.run("account", "add", name, "--server", f"{host}:{port}", "--tls", tls, "--user", user,
                        "--password-command", "printf %s " + shlex.quote(password), "--keep", keep, "--yes", *options, codes=codes)

    def fetch(self, *accounts, options=(), codes=(0,)):
        """The closing account of `restante fetch --json`; a list where more than one account was fetched."""
        done = self.run("fetch", *accounts, "--json", *options, codes=codes)
        told = [json.loads(line) for line in done.stdout.splitlines()]
        return told[0] if len(accounts) == 1 else told

    def configure(self, name, text):
        """Adds lines to an account's file."""
        path = self.archive / f"{name}.toml"
        path.write_text(path.read_text() + text)

    def messages(self, name):
        """Every message of an account, its stored octets by file name."""
        folder = self.archive / name
        files = [f for place in folder.glob("**/") if place.name in ("new", "cur") for f in place.iterdir()]
        return {f.name: f.read_bytes() for f in files}

    def canonical(self, name):
        """The messages as a server would send them, sorted."""
        return sorted(to_canonical(file_name, octets) for file_name, octets in self.messages(name).items())


def to_canonical(file_name, octets):
    """From the stored form to CRLF: W= tells the canonical size; where it equals the stored one, it is kept as received."""
    size = next((int(part[2:]) for part in file_name.split(":")[0].split(",") if part.startswith("W=")), None)
    if size is None or size == len(octets):
        return octets
    return octets.replace(b"\r\n", b"\n").replace(b"\n", b"\r\n")

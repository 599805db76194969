"""A machine of its own for a test: systemd booted on a copy-on-write view of this one, with a network of its own. Nothing on this one changes.

Takes root, and the right to mount overlays and to make name spaces; where a machine has not got it, `NotToBeHad` says so (decision 0135)."""
import contextlib
import os
import pathlib
import re
import socket
import subprocess
import sys
import tempfile
import threading

BOOT_SECONDS_MAX = 60
STEP_SECONDS_MAX = 180


class NotToBeHad(Exception):
    """No right to mount, or systemd does not boot here."""


def in_own_mount_namespace():
    """Starts the calling program again where its mounts are its own, and end with it."""
    if os.geteuid() != 0:
        raise NotToBeHad("only root can boot a machine of its own")
    if os.environ.get("RESTANTE_OWN_MOUNTS") != str(os.getpid()):
        os.environ["RESTANTE_OWN_MOUNTS"] = str(os.getpid())  # unshare keeps the process's number
        os.execvp("unshare", ["unshare", "--mount", "--propagation", "private", sys.executable, *sys.argv])


def run(*command, **options):
    done = subprocess.run([str(word) for word in command], capture_output=True, text=True, **options)
    if done.returncode != 0:
        raise NotToBeHad(f"{' '.join(map(str, command))}: {done.stderr.strip()}")
    return done.stdout


class Machine:
    """`with Machine(source, build) as machine:` — the checkout `source` lies there at its own path, without its build folder;
    the finished build at /ready. `without` are packages that a fresh machine has not got."""

    def __init__(self, source, build, without=()):
        self.source, self.build, self.without = pathlib.Path(source), pathlib.Path(build), without
        self._scratch = tempfile.TemporaryDirectory(prefix="restante-machine-")
        self.scratch = pathlib.Path(self._scratch.name)
        self.root = self.scratch / "root"
        self.name = f"restante-{os.getpid()}"
        self.process = self.leader = self.console = None

    def _overlay(self, name, lower, at):
        upper, work = self.scratch / "changes" / name, self.scratch / "changes" / f"{name}.work"
        upper.mkdir()
        work.mkdir()
        run("mount", "-t", "overlay", "overlay", "-o", f"lowerdir={lower},upperdir={upper},workdir={work}", at)

    def _furnish(self):
        changes = self.scratch / "changes"
        changes.mkdir()
        self.root.mkdir()
        run("mount", "-t", "tmpfs", "-o", "mode=755", "tmpfs", changes)  # an overlay cannot lie on an overlay
        self._overlay("root", "/", self.root)
        inside = self.root / self.source.relative_to("/")
        inside.mkdir(parents=True, exist_ok=True)
        self._overlay("source", self.source, inside)
        (inside / "build").mkdir(exist_ok=True)
        run("mount", "-t", "tmpfs", "tmpfs", inside / "build")
        (self.root / "ready").mkdir()
        self._overlay("build", self.build, self.root / "ready")
        (self.root / "usr/sbin/policy-rc.d").unlink(missing_ok=True)
        (self.root / "etc/tmpfiles.d/tmp.conf").touch()  # a boot empties /tmp, where the source may be
        there = [name for name in self.without
                 if subprocess.run(["dpkg-query", "-W", name], capture_output=True).returncode == 0]
        if there:
            run("chroot", self.root, "dpkg", "--force-depends", "--purge", *there)

    def __enter__(self):
        try:
            self._furnish()
            self._boot()
        except BaseException:
            self.__exit__()
            raise
        return self

    def _boot(self):
        # basic.target: what is installed here for other tests is not started.
        command = ["systemd-nspawn", "--quiet", f"--machine={self.name}", f"--directory={self.root}", "--register=no", "--keep-unit",
                   "--private-network", "--console=pipe", "--resolv-conf=off", "--notify-ready=yes", "--boot", "systemd.unit=basic.target"]
        with socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM) as told:
            told.bind(str(self.scratch / "notify"))
            told.settimeout(BOOT_SECONDS_MAX)
            self.console = open(self.scratch / "console", "wb+")
            self.process = subprocess.Popen(command, stdin=subprocess.DEVNULL, stdout=self.console, stderr=self.console,
                                            env={**os.environ, "NOTIFY_SOCKET": str(self.scratch / "notify"),
                                                 "SYSTEMD_NSPAWN_TMPFS_TMP": "0"})
            threading.Thread(target=self._tell_of_the_end, daemon=True).start()
            ready = False
            try:
                while not (ready and self.leader):
                    message = told.recv(4096).decode()
                    ready = ready or "READY=1" in message.split("\n")
                    leader = re.search(r"X_NSPAWN_LEADER_PID=(\d+)", message)
                    self.leader = int(leader.group(1)) if leader else self.leader
                    if message == "ended":
                        raise NotToBeHad(f"systemd does not boot here: {(self.scratch / 'console').read_text(errors='replace')[-500:]}")
            except TimeoutError:
                raise NotToBeHad(f"systemd does not boot here within {BOOT_SECONDS_MAX} s") from None

    def _tell_of_the_end(self):
        self.process.wait()
        with contextlib.suppress(OSError), socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM) as end:
            end.sendto(b"ended", str(self.scratch / "notify"))

    def __exit__(self, *_):
        if self.process:
            if self.process.poll() is None and self.leader:
                self.run("systemctl --force --force poweroff", check=False)
            try:
                self.process.wait(20)
            except subprocess.TimeoutExpired:
                self.process.kill()
                self.process.wait()
            self.console.close()
        for place in sorted(self._mounts(), reverse=True):
            subprocess.run(["umount", "--lazy", place], capture_output=True)
        self._scratch.cleanup()
        with contextlib.suppress(OSError):
            os.rmdir(f"/run/systemd/nspawn/propagate/{self.name}")

    def _mounts(self):
        places = [line.split()[4] for line in pathlib.Path("/proc/self/mountinfo").read_text().splitlines()]
        return [place for place in places if place.startswith(f"{self.scratch}/")]

    def run(self, script, check=True, input=None, folder="/"):
        """Runs a shell script as the machine's root, every line of which must succeed; gives its status and all that it wrote."""
        environment = {"PATH": "/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin", "HOME": "/root", "LC_ALL": "C.UTF-8", "TERM": "dumb"}
        command = ["nsenter", f"--target={self.leader}", "--mount", "--uts", "--ipc", "--net", "--pid", "--root", "--wd", "bash", "-ec",
                   f"cd {folder}\n{script}"]
        done = subprocess.run(command, input=input, stdin=None if input else subprocess.DEVNULL, stdout=subprocess.PIPE,
                              stderr=subprocess.STDOUT, text=True, errors="replace", env=environment, timeout=STEP_SECONDS_MAX)
        if check and done.returncode != 0:
            raise AssertionError(f"{script}\nended with {done.returncode}: {done.stdout[-4000:]}")
        return done.returncode, done.stdout

    def write(self, path, text, mode=0o644):
        self.run(f"install -m {mode:o} /dev/stdin {path}", input=text)

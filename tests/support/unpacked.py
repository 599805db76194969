"""Debian packages unpacked into a folder, with all that they stand on, to be run in a chroot there: for mail servers that exclude each other.

Takes root and a Debian mirror, but neither mounts nor name spaces; nothing on the machine changes (decision 0076)."""
import concurrent.futures
import os
import shutil
import subprocess

DOWNLOAD_SECONDS_MAX = 240


class NotToBeHad(Exception):
    """No mirror, or no right to make devices."""


def unpack(packages, root, scratch):
    """Into `root`, which is made; `scratch` holds the archives meanwhile, and apt-get's log."""
    archives, status, log = scratch / "archives", scratch / "status", scratch / "apt.log"
    (archives / "partial").mkdir(parents=True)
    root.mkdir()
    status.touch()
    # With an empty list of what is installed, apt-get fetches everything down to libc6.
    options = [f"Dir::State::status={status}", f"Dir::Cache::archives={archives}/", "Debug::NoLocking=1"]
    command = ["apt-get", "-q", "-y", "--no-install-recommends", "--download-only", *(word for o in options for word in ("-o", o)),
               "install", "dash", "coreutils", *packages]
    with open(log, "wb") as output:
        done = subprocess.run(command, stdin=subprocess.DEVNULL, stdout=output, stderr=output, timeout=DOWNLOAD_SECONDS_MAX)
    if done.returncode != 0:
        raise NotToBeHad(f"no Debian mirror has {packages[0]}: {log.read_text(errors='replace')[-300:]}")
    with concurrent.futures.ThreadPoolExecutor(os.cpu_count()) as unpackers:
        list(unpackers.map(lambda archive: subprocess.run(["dpkg", "-x", archive, root], check=True), sorted(archives.glob("*.deb"))))
    shutil.rmtree(archives)


def furnish(root, accounts):
    """What the packages' scripts and a boot would have made; `accounts` are (name, uid, gid)."""
    for folder in ("dev", "run", "tmp", "proc"):
        (root / folder).mkdir(exist_ok=True)
    (root / "tmp").chmod(0o1777)
    for name, minor in (("null", 3), ("zero", 5), ("random", 8), ("urandom", 9)):
        try:
            os.mknod(root / "dev" / name, 0o020666, os.makedev(1, minor))
        except PermissionError as refusal:
            raise NotToBeHad("devices cannot be made here, so no chroot can be furnished") from refusal
        (root / "dev" / name).chmod(0o666)
    users = "".join(f"{name}:x:{uid}:{gid}::/:/bin/sh\n" for name, uid, gid in (("root", 0, 0), *accounts))
    groups = "".join(f"{name}:x:{gid}:\n" for name, gid in {**{"root": 0, "mail": 8}, **{n: g for n, _, g in accounts if g != 8}}.items())
    (root / "etc/passwd").write_text(users)
    (root / "etc/group").write_text(groups)
    (root / "etc/hosts").write_text("127.0.0.1 localhost\n")
    (root / "etc/nsswitch.conf").write_text("passwd: files\ngroup: files\nhosts: files\nservices: files\n")
    (root / "etc/services").write_text("pop3 110/tcp\npop3s 995/tcp\nimap 143/tcp\n")

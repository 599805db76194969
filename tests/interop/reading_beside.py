#!/usr/bin/env python3
"""How `restante` and another reader read the same messages: reading_beside.py READER FOLDER [--tell N]

READER is `python` (its `email`) or `dovecot` (`doveadm fetch`). FOLDER holds one message a file. Compared are the subject, the words of
the text and, with Python, the authors, the names of attachments and the date. Prints how many differ, and the first N of each;
docs/mail.md says which do in a large collection, and why. Exit 1 where one differs.
"""
import argparse
import collections
import datetime
import email
import email.policy
import hashlib
import json
import os
import pathlib
import re
import subprocess
import sys
import tempfile
import unicodedata

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parents[1] / "support"))
import collector as collecting  # noqa: E402


def identity(octets):
    return hashlib.sha256(octets.replace(b"\r\n", b"\n")).hexdigest()


def without_controls(text):
    return "".join(c for c in text if c in "\t\r\n" or unicodedata.category(c) not in ("Cc", "Cf"))


def one_line(text):
    """As restante shows a line: no controls, white space as one blank."""
    return " ".join(without_controls(text).split())


def careful(work):
    """What Python says, or that it could not."""
    try:
        return work()
    except Exception as trouble:  # noqa: BLE001: any of them is an answer
        return f"({type(trouble).__name__})"


def python_date(message):
    when = message["date"].datetime if message["date"] is not None else None
    if when is None:
        return None
    return when.replace(tzinfo=when.tzinfo or datetime.timezone.utc).astimezone(datetime.timezone.utc).strftime("%Y-%m-%dT%H:%M:%SZ")


def python_authors(message):
    return [one_line(each.display_name + " " + each.addr_spec) for each in message["from"].addresses] if message["from"] is not None else []


def python_names(message):
    return [one_line(part.get_filename()) for part in message.walk() if not part.is_multipart() and part.get_filename()]


def python_words(message):
    part = message.get_body(("plain",))
    return without_controls(part.get_content()).split() if part is not None else None


def read_one_by_python(octets):
    message = email.message_from_bytes(octets, policy=email.policy.default)
    return {"subject": careful(lambda: one_line(str(message["subject"] or ""))), "authors": careful(lambda: python_authors(message)),
            "names": careful(lambda: python_names(message)), "words": careful(lambda: python_words(message)), "date": careful(lambda: python_date(message))}


def read_by_python(paths):
    return {path: read_one_by_python(path.read_bytes()) for path in paths}


DOVECOT = """base_dir = {0}/base
state_dir = {0}/state
log_path = /dev/stderr
protocols =
ssl = no
stats_writer_socket_path =
first_valid_uid = 1
mail_uid = nobody
mail_gid = nogroup
mail_location = maildir:{0}/mail:INDEX=MEMORY
"""


def read_by_dovecot(paths):
    """`text.utf8` is the header and the text of all parts, HTML with its tags among them: words are compared where there is one part of plain text."""
    with tempfile.TemporaryDirectory(prefix="restante-dovecot-") as folder:
        folder = pathlib.Path(folder)
        for part in ("mail/cur", "mail/new", "mail/tmp"):
            (folder / part).mkdir(parents=True)
        names = {f"{number}.beside": path for number, path in enumerate(paths)}
        for name, path in names.items():
            (folder / "mail/cur" / f"{name}:2,").write_bytes(path.read_bytes())
        subprocess.run(["chown", "-R", "nobody:nogroup", folder], check=True)
        (folder / "dovecot.conf").write_text(DOVECOT.format(folder))

        def fetch(*query):
            done = subprocess.run(["doveadm", "-c", folder / "dovecot.conf", "-f", "json", "fetch", "guid hdr.subject.utf8 imap.bodystructure text.utf8", *query],
                                  env={**os.environ, "USER": "nobody", "HOME": str(folder)}, capture_output=True)
            return json.loads(done.stdout.decode("utf-8", "replace")) if done.returncode == 0 else None

        # doveadm 2.3 ends with a panic at a field without a name: then each message has a run of its own.
        out = {}
        for told in fetch("all") or [each for uid in range(1, len(names) + 1) for each in fetch("uid", str(uid)) or []]:
            body = re.split(r"\r?\n\r?\n", told["text.utf8"], maxsplit=1)[1:]
            plain = re.match(r'"text" "plain"', told["imap.bodystructure"])
            out[names[told["guid"]]] = {"subject": one_line(told["hdr.subject.utf8"]),
                                        "words": without_controls("".join(body)).split() if plain else None}
        return out


READERS = {"python": read_by_python, "dovecot": read_by_dovecot}


def authors_in(line):
    """From a list as restante writes it."""
    found = re.findall(r'(?:"((?:[^"\\]|\\.)*)"|([^<>,:;"]*))\s*<([^<>]*)>|([^\s,<>:;]+@[^\s,<>;]+)', line)
    return [one_line(re.sub(r"\\(.)", r"\1", quoted or plain) + " " + (bracketed or bare)) for quoted, plain, bracketed, bare in found]


def read_by_restante(collector, listed):
    told = json.loads(collector.run("show", "--peek", "--json", str(listed["number"])).stdout)
    return {"subject": one_line(listed["subject"]), "authors": authors_in(listed["from"]), "date": listed["date"],
            "names": [one_line(each["name"]) for each in told["attachments"] if each["name"]], "words": without_controls(told["text"]).split()}


def differ(kind, theirs, ours):
    if kind == "words":  # ours has the texts of all parts
        return theirs is not None and ours[:len(theirs)] != theirs
    if kind == "date":  # ours falls back upon other dates
        return theirs is not None and theirs != ours
    return theirs != ours


def main():
    wanted = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    wanted.add_argument("reader", choices=READERS)
    wanted.add_argument("folder", type=pathlib.Path)
    wanted.add_argument("--tell", type=int, default=3)
    wanted = wanted.parse_args()
    messages = {identity(path.read_bytes()): path for path in sorted(wanted.folder.iterdir()) if path.suffix == ".eml"}
    read_there = READERS[wanted.reader](messages.values())
    different = collections.defaultdict(list)
    compared = 0
    with collecting.Collector() as collector, tempfile.TemporaryDirectory(prefix="restante-beside-") as folder:
        for path in messages.values():
            (pathlib.Path(folder) / path.name).write_bytes(path.read_bytes())
        collector.add("mail", 1, "ann@example.org", "not asked for", options=("--no-check",))
        collector.run("import", "mail", "--eml", folder)
        paths = {name.split(":")[0]: messages.get(identity(octets)) for name, octets in collector.messages("mail").items()}
        for line in collector.run("list", "--json", "--limit", "1000000").stdout.splitlines():
            listed = json.loads(line)
            path = next((path for name, path in paths.items() if name.split(",")[0] == listed["key"].split(",")[0]), None)
            if path is None:
                continue
            compared += 1
            theirs, ours = read_there.get(path, {}), read_by_restante(collector, listed)
            for kind in theirs:
                if differ(kind, theirs[kind], ours[kind]):
                    different[kind].append((path.name, theirs[kind], ours[kind]))
    print(f"{compared} of {len(messages)} messages compared; {len(messages) - len(read_there)} that {wanted.reader} cannot read")
    for kind, cases in different.items():
        print(f"{len(cases)} differ in their {kind}")
        for name, theirs, ours in cases[:wanted.tell]:
            print(f"  {name}\n    {wanted.reader}: {str(theirs)[:300]}\n    restante: {str(ours)[:300]}")
    sys.exit(1 if different or compared < len(messages) else 0)


if __name__ == "__main__":
    main()

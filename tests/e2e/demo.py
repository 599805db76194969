#!/usr/bin/env python3
"""The demo: a post office with its defaults, real messages in by LMTP, out by POP3S to curl and to restante, compared octet by octet."""
import csv
import hashlib
import pathlib
import smtplib
import subprocess
import sys
import tempfile
import time

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parents[1] / "support"))
import collector  # noqa: E402
import post_office as support  # noqa: E402

USER = "ann@example.org"
SENDER = "sender@example.net"
CORPUS = support.ROOT.parent / "shared/corpus"
KINDS = [("utf8hdr", "UTF-8 in the header"), ("8bitbody", "8-bit bodies"), ("nul", "NUL octets"), ("cr", "bare CRs"),
         ("line>998", "lines over 998 octets"), ("dotline", "lines that begin with a dot"), ("lone-dot", "lines of one dot"),
         ("nested-mp", "nested multiparts"), ("no-final-eol", "no line end at the end"), (">1MiB", "over 1 MiB")]


def messages():
    """(traits, canonical octets) of what the demo posts, and where it came from."""
    manifest = CORPUS / "MANIFEST.tsv"
    if not manifest.exists():
        return [(name.removesuffix(".eml"), octets) for name, octets in support.samples()], "the project's own samples"
    with open(manifest, newline="") as rows:
        found = [row for row in csv.DictReader(rows, delimiter="\t", quoting=csv.QUOTE_NONE) if row["file"].startswith("msgs/")]
    return [(row["traits"], support.canonical((CORPUS / row["file"]).read_bytes())) for row in found], "shared/corpus"


def post(office, letters):
    """Python's smtplib speaks LMTP; each message must be answered with 250 before the next goes."""
    with smtplib.LMTP("127.0.0.1", office.lmtp) as sender:
        for number, (_, octets) in enumerate(letters, 1):
            sender.sendmail(SENDER, [USER], octets)
            progress("posted", number, len(letters))


def collect(office, count):
    """curl, over implicit TLS, with the post office's own certificate as the only one it trusts."""
    with tempfile.TemporaryDirectory() as folder:
        secret = pathlib.Path(folder) / "curl.conf"
        secret.touch(mode=0o600)
        secret.write_text(f'user = "{USER}:{support.PASSWORD}"\n')
        curl = ["curl", "--silent", "--show-error", "--fail", "--config", secret, "--cacert", office.certificate]
        # The certificate names localhost; the listener is on 127.0.0.1.
        address = ["--resolve", f"localhost:{office.pop3s}:127.0.0.1"]
        url = f"pop3s://localhost:{office.pop3s}/"
        subprocess.run([*curl, *address, f"{url}[1-{count}]", "--output", f"{folder}/#1.eml"], check=True)
        return [(pathlib.Path(folder) / f"{number}.eml").read_bytes() for number in range(1, count + 1)]


def fetch(office, archive):
    """restante, into an archive of its own: the closing account, and every message of the Maildir in canonical form."""
    mine = collector.Collector(archive)
    mine.add("ann", office.pop3s, USER, support.PASSWORD, tls="implicit", host="localhost", options=["--ca", office.certificate])
    return mine.fetch("ann"), mine.canonical("ann")


def progress(what, done, all_of_them):
    if sys.stderr.isatty() and (done % 20 == 0 or done == all_of_them):
        print(f"\r{what} {done} of {all_of_them}", end="\n" if done == all_of_them else "", file=sys.stderr, flush=True)


def show(letters, collected, source, seconds_in, seconds_out):
    """The table of what curl got; True where everything that went in came back."""
    same = [support.came_back(back, octets) for (_, octets), back in zip(letters, collected)]
    rows = [("all of them", range(len(letters)))]
    rows += [(text, [i for i, (traits, _) in enumerate(letters) if kind in traits.split(",")]) for kind, text in KINDS]
    print(f"\n{len(letters)} messages from {source}: posted in {seconds_in:.1f} s, collected in {seconds_out:.1f} s\n")
    print(f"  {'what':<28} {'messages':>8} {'octets':>12}   came back equal")
    for text, members in rows:
        if members:
            octets = sum(len(letters[i][1]) for i in members)
            print(f"  {text:<28} {len(members):>8} {octets:>12,}   {sum(same[i] for i in members)} of {len(members)}")
    posted = hashlib.sha256(b"".join(octets for _, octets in letters)).hexdigest()
    back = hashlib.sha256(b"".join(got[-len(octets):] for (_, octets), got in zip(letters, collected))).hexdigest()
    print(f"\n  SHA-256 of all that went in   {posted}\n  SHA-256 of all that came out  {back}")
    print("\n  Equal means: every octet, behind the three header lines (Return-Path, Delivered-To, Received) that delivery adds.")
    return all(same) and len(collected) == len(letters)


def show_archive(collected, closing, kept, seconds):
    """What restante says it did, and whether its archive holds just what curl got; True where it does."""
    equal = sorted(kept) == sorted(collected)
    print(f"\n  restante fetched them too, in {seconds:.1f} s: {closing['on_server']} on the server = {closing['stored']} stored + "
          f"{closing['stored_before']} stored before + {len(closing['skipped'])} skipped + {len(closing['failed'])} failed")
    print(f"  Its archive holds {'just what curl got, to the octet' if equal else 'NOT what curl got'}.")
    return equal and closing["well"]


def how_to_connect(office, stays):
    print(f"""
{'Connect your own mail program now' if stays else 'With ./demo --stay you can connect your own mail program'}:
  server      127.0.0.1, port {office.pop3s}, POP3 with SSL/TLS
  user        {USER}
  password    {support.PASSWORD}
  certificate self-made: {office.certificate}
  send to it  LMTP on 127.0.0.1:{office.lmtp}, SMTP on 127.0.0.1:{office.smtp}""", flush=True)


def main():
    stays = "--stay" in sys.argv[1:]
    letters, source = messages()
    with support.PostOffice(users=[USER], plaintext=False, configuration=support.AS_IT_CAME) as office:
        begun = time.monotonic()
        post(office, letters)
        between = time.monotonic()
        collected = collect(office, len(letters))
        equal = show(letters, collected, source, between - begun, time.monotonic() - between)
        with tempfile.TemporaryDirectory() as folder:
            begun = time.monotonic()
            closing, kept = fetch(office, f"{folder}/archive")
            equal = show_archive(collected, closing, kept, time.monotonic() - begun) and equal
        how_to_connect(office, stays)
        if stays:
            print("\nserving until Ctrl-C", flush=True)
            try:
                office.process.wait()
            except KeyboardInterrupt:
                pass
    print("\nEverything came back as it went in." if equal else "\nNOT everything came back as it went in.")
    return 0 if equal else 1


if __name__ == "__main__":
    sys.exit(main())

#!/usr/bin/env python3
"""What a client without UTF8 receives for an internationalised message (RFC 6856, section 2.1), and one with it: sizes that agree, whatever the road in."""
import os
import pathlib
import sys
import unittest

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parents[1] / "support"))
import post_office as support  # noqa: E402
import raw_lmtp  # noqa: E402
import raw_pop3  # noqa: E402
import script_test  # noqa: E402

USER = "ann@example.org"
MESSAGE = ("From: Jürgen Groß <juergen@example.net>\r\nTo: ann@example.org\r\nSubject: Grüße aus Köln\r\nX-Plain: yes\r\n\r\n"
           "Schöne Grüße\r\n.dot\r\n").encode()
FOREIGN = "Subject: Ein Gruß\nX-Plain: yes\n\nkein Zeilenende: ä".encode()
PLAIN = "Subject: plain\r\n\r\nbödy\r\n".encode()


def post_internationalised(port, octets, hello=b"LHLO"):
    with raw_lmtp.Dialogue(port) as mail:
        mail.command(hello + b" client.example.net")
        mail.command("MAIL FROM:<jürgen@müller.example> SMTPUTF8 BODY=8BITMIME".encode())
        mail.command(b"RCPT TO:<" + USER.encode() + b">")
        mail.command(b"DATA", b"354")
        mail.send(raw_lmtp.stuffed(octets))
        mail.expect(b"250")


class Internationalised(unittest.TestCase):
    def setUp(self):
        office = support.PostOffice(users=[USER])
        self.office = office.__enter__()
        self.addCleanup(office.__exit__, None, None, None)

    def session(self, utf8=False):
        client = raw_pop3.Client(self.office.pop3)
        self.addCleanup(client.close)
        if utf8:
            client.command(b"UTF8")
        return client.log_in(USER)

    def collect(self, utf8=False):
        """All messages, after comparing STAT, LIST, RETR and TOP with each other to the octet."""
        client = self.session(utf8)
        messages, octets = [], int(client.command(b"STAT").split()[2])
        for line in client.listed(b"LIST"):
            number, size = map(int, line.split())
            message, told = client.message(number)
            self.assertEqual((len(message), told), (size, size), f"message {number}: {message!r}")
            client.send(b"TOP %d 1000000\r\n" % number)
            client.expect(b"+OK")
            top = b"".join(l[1:] if l.startswith(b".") else l for l in iter(client.file.readline, b".\r\n"))
            self.assertEqual(top, message)
            messages.append(message)
        self.assertEqual(octets, sum(map(len, messages)))
        client.command(b"QUIT")
        client.close()
        return messages

    def expect_both_ways(self):
        for message in self.collect():
            header, _, body = message.partition(b"\r\n\r\n")
            self.assertTrue(header.isascii(), header)
            self.assertIn(b"Subject: ", header)
            self.assertTrue(body.isascii() or "ö".encode() in body or "ä".encode() in body, "bodies stay as they came")
        posted, by_smtp, plain, foreign = self.collect(utf8=True)
        self.assertTrue(posted.endswith(MESSAGE) and by_smtp.endswith(MESSAGE) and plain.endswith(PLAIN))
        self.assertEqual(foreign, support.canonical(FOREIGN))

    def test_a_client_without_utf8_gets_a_surrogate_and_sizes_agree(self):
        post_internationalised(self.office.lmtp, MESSAGE)
        post_internationalised(self.office.smtp, MESSAGE, b"EHLO")
        raw_lmtp.post(self.office.lmtp, [USER], PLAIN)
        maildir = self.office.maildir(USER)
        (maildir / "new/9900000000.foreign").write_bytes(FOREIGN)
        os.chown(maildir / "new/9900000000.foreign", maildir.stat().st_uid, maildir.stat().st_gid)
        self.expect_both_ways()
        self.expect_both_ways()  # out of memory
        surrogate = self.collect()[0]
        self.assertIn(b"X-Plain: yes\r\n", surrogate)
        self.assertIn(b"<juergen@example.net>", surrogate)
        self.assertTrue(surrogate.endswith(MESSAGE.partition(b"\r\n\r\n")[2]))
        self.office.stop()
        self.office.start()
        self.expect_both_ways()  # maybe out of the cache file
        self.office.stop()
        for cache in maildir.glob(".restante-snapshot*"):
            cache.unlink()
        self.office.start()
        self.expect_both_ways()

    def test_utf8_behind_the_log_in_gives_the_message_as_it_came(self):
        post_internationalised(self.office.lmtp, MESSAGE)
        client = self.session()
        before = int(client.command(b"LIST 1").split()[2])
        self.assertEqual(len(client.message(1)[0]), before)
        client.command(b"UTF8")
        after = int(client.command(b"LIST 1").split()[2])
        message, told = client.message(1)
        self.assertEqual((len(message), told), (after, after))
        self.assertNotEqual(before, after)
        self.assertTrue(message.endswith(MESSAGE))


class OtherFallbacks(unittest.TestCase):
    def test_refuse_and_as_is_remain(self):
        for word, expected in (("refuse", b"-ERR [UTF8]"), ("as-is", b"+OK")):
            with self.subTest(word), support.PostOffice(users=[USER], configuration=f'[pop3]\nutf8_fallback = "{word}"\n') as office:
                post_internationalised(office.lmtp, MESSAGE)
                with raw_pop3.Client(office.pop3).log_in(USER) as client:
                    client.command(b"RETR 1", expected)


if __name__ == "__main__":
    script_test.main()

"""Writes small Outlook data files (.pst) for tests: folders with plain messages, as [MS-PST] has them in Unicode files, without the
maps of free space and the checksums, which readers do not look at."""
import struct

PAGE = 512
UTF_16, NUMBER, BINARY = 0x001F, 0x0003, 0x0102
MESSAGE_STORE, TOP_FOLDER = 0x21, 0x2142  # the second as in every file
FOLDER, MESSAGE = 2, 4  # the low five bits of a node's id


def heap(client, *values):
    """A heap on a node ([MS-PST] 2.3.1); the first value is its root."""
    body, ends = b"", []
    for value in values:
        ends.append(12 + len(body))
        body += value
    ends.append(12 + len(body))
    body += b"\0" * (len(body) % 2)
    page_map = struct.pack("<HH", len(values), 0) + b"".join(struct.pack("<H", end) for end in ends)
    return struct.pack("<HBBI4x", 12 + len(body), 0xEC, client, 1 << 5) + body + page_map


def property_context(entries):
    """`entries`: (id, type, value); a property context ([MS-PST] 2.3.3)."""
    records, values = b"", []
    for number, kind, value in sorted(entries):
        if kind == NUMBER:
            records += struct.pack("<HHI", number, kind, value)
            continue
        values.append(value.encode("utf-16-le") if kind == UTF_16 else value)
        records += struct.pack("<HHI", number, kind, (2 + len(values)) << 5)
    return heap(0xBC, struct.pack("<BBBBI", 0xB5, 2, 6, 0, 2 << 5), records, *values)


class OutlookFile:
    def __init__(self):
        self.nodes = []  # id, parent's id, octets
        self.next = 0x400
        self._add(MESSAGE_STORE, 0, [(0x3001, UTF_16, "Personal Folders"),
                                     (0x35E0, BINARY, bytes(4) + bytes(16) + struct.pack("<I", TOP_FOLDER))])
        self._add(TOP_FOLDER, TOP_FOLDER, self._folder("Top of Personal Folders"))

    def folder(self, name, above=TOP_FOLDER):
        """Its id, for what lies in it."""
        return self._add(self._id(FOLDER), above, self._folder(name))

    def message(self, folder, header, body, read=True):
        """As a server would have brought it: `header` with CRLF."""
        fields = dict(line.split(": ", 1) for line in header.split("\r\n") if ": " in line)
        self.item(folder, "IPM.Note", (0x0037, UTF_16, fields["Subject"]), (0x007D, UTF_16, header + "\r\n"),
                  (0x0C1A, UTF_16, fields["From"]), (0x0E07, NUMBER, int(read)), (0x1000, UTF_16, body))

    def item(self, folder, kind, *entries):
        """Anything: a class such as "IPM.StickyNote", and properties."""
        self._add(self._id(MESSAGE), folder, [(0x001A, UTF_16, kind), *entries])

    def octets(self):
        out = bytearray(PAGE * 2)
        blocks = []
        for index, (_, _, octets) in enumerate(self.nodes):
            blocks.append(((index + 1) * 4, len(out), len(octets)))
            trailer = struct.pack("<HHIQ", len(octets), 0, 0, (index + 1) * 4)
            out += octets + bytes(-(len(octets) + len(trailer)) % 64) + trailer
        out += bytes(-len(out) % PAGE)
        pages = []
        for kind, entries in ((0x80, [struct.pack("<QQHHI", block, at, octets, 2, 0) for block, at, octets in blocks]),
                              (0x81, [struct.pack("<QQQII", node, (index + 1) * 4, 0, above, 0)
                                      for index, (node, above, _) in sorted(enumerate(self.nodes), key=lambda each: each[1][0])])):
            size = len(entries[0])
            page = b"".join(entries)
            assert len(page) <= 488, "more than a page has room for"
            number = 0x1000 + len(pages) * 4
            pages.append((number, len(out)))
            out += page.ljust(488, b"\0") + struct.pack("<BBBB4xBBHIQ", len(entries), 488 // size, size, 0, kind, kind, 0, 0, number)
        (blocks_number, blocks_at), (nodes_number, nodes_at) = pages
        struct.pack_into("<4sI2sHH", out, 0, b"!BDN", 0, b"SM", 23, 19)
        struct.pack_into("<Q", out, 0xB8, len(out))
        struct.pack_into("<QQQQ", out, 0xD8, nodes_number, nodes_at, blocks_number, blocks_at)
        out[0x200] = 0x80
        return bytes(out)

    @staticmethod
    def _folder(name):
        return [(0x3001, UTF_16, name), (0x3602, NUMBER, 1), (0x3603, NUMBER, 0), (0x3613, UTF_16, "IPF.Note")]

    def _id(self, kind):
        self.next += 1
        return self.next << 5 | kind

    def _add(self, node, above, entries):
        self.nodes.append((node, above, property_context(entries)))
        return node

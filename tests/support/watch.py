"""What a running restanted uses, and waiting until something holds: each look is a round trip to it, never a sleep."""
import http.client
import os
import time

import post_office

KIB = 1024
MIB = 1024 * KIB


class Watch:
    def __init__(self, office: post_office.PostOffice):
        self.office = office
        self.http = http.client.HTTPConnection("127.0.0.1", office.metrics, timeout=30)
        self.round_trip()

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.close()

    def close(self):
        self.http.close()

    def round_trip(self, path="/health"):
        self.http.request("GET", path)
        return self.http.getresponse().read().decode()

    def until(self, holds, what, seconds=30):
        """Looks again and again until holds() is true."""
        give_up = time.monotonic() + seconds
        while not holds():
            if time.monotonic() > give_up:
                raise AssertionError(f"waited {seconds} s in vain: {what}\n{self.office.log()[-4000:]}")
            self.round_trip()

    def until_logged(self, text, times=1, seconds=30):
        self.until(lambda: self.office.log().count(text) >= times, f"{times} times in the log: {text}", seconds)

    def descriptors(self):
        return len(os.listdir(f"/proc/{self.office.process.pid}/fd"))

    def memory(self):
        """Octets in use now (VmRSS)."""
        with open(f"/proc/{self.office.process.pid}/status") as status:
            return next(int(line.split()[1]) * KIB for line in status if line.startswith("VmRSS:"))

    def processor_seconds(self):
        with open(f"/proc/{self.office.process.pid}/stat") as stat:
            fields = stat.read().rsplit(")", 1)[1].split()
        return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")

# SPDX-License-Identifier: MIT
"""RTP by hand: sound of known content to the panel, what it sends, and keys as telephone events."""

import math
import random
import socket
import struct
import threading
import time

from . import Failure, check

FRAME, RATE = 160, 8000
PCMU, PCMA, EVENT = 0, 8, 101


def encode(sample):
    """G.711 A-law."""
    magnitude = min(abs(sample), 32767) >> 3
    segment = max(0, magnitude.bit_length() - 5)
    code = segment << 4 | (magnitude >> max(1, segment) & 15)
    return (code | (0x80 if sample >= 0 else 0)) ^ 0x55


def decode(byte):
    byte ^= 0x55
    segment, step = byte >> 4 & 7, byte & 15
    magnitude = 2 * step + 1 if segment == 0 else (2 * (step + 16) + 1) << segment - 1
    return magnitude * 8 if byte & 0x80 else -magnitude * 8


DECODED = [decode(byte) for byte in range(256)]


def tone_share(samples, hz):
    """How much of the power is at hz: near 1 is that tone and nothing else."""
    power = sum(s * s for s in samples)
    w = 2 * math.pi * hz / RATE
    real = sum(s * math.cos(w * i) for i, s in enumerate(samples))
    imaginary = sum(s * math.sin(w * i) for i, s in enumerate(samples))
    return 2 * (real * real + imaginary * imaginary) / len(samples) / power if power else 0.0


class Stream:
    """RTP on an even port, RTCP on the next one. What comes is read by a thread."""

    def __init__(self, address='127.0.0.1'):
        self.rtp, self.rtcp = self.open(address)
        self.port = self.rtp.getsockname()[1]
        self.packets = []   # (monotonic s, source, TOS, bytes)
        self.reports = []   # RTCP, likewise
        self.ssrc = random.getrandbits(32)
        self.sequence, self.timestamp = random.getrandbits(15), random.getrandbits(31)
        self.target = None
        self.is_over = False
        self.threads = [threading.Thread(target=self.read, args=(s, into), daemon=True)
                        for s, into in ((self.rtp, self.packets), (self.rtcp, self.reports))]
        for thread in self.threads:
            thread.start()
        self.talker = None

    @staticmethod
    def open(address):
        for _ in range(200):
            port = random.SystemRandom().randrange(10000, 30000) & ~1
            pair = [socket.socket(socket.AF_INET, socket.SOCK_DGRAM) for _ in range(2)]
            try:
                for i, s in enumerate(pair):
                    s.bind((address, port + i))
                    s.setsockopt(socket.IPPROTO_IP, socket.IP_RECVTOS, 1)
                    s.settimeout(0.2)
                return pair
            except OSError:
                for s in pair:
                    s.close()
        raise Failure('no free pair of ports')

    def read(self, s, into):
        while not self.is_over:
            try:
                data, extra, _, source = s.recvmsg(2048, 256)
            except socket.timeout:
                continue
            except OSError:
                return
            tos = next((x[0] for level, kind, x in extra
                        if (level, kind) == (socket.IPPROTO_IP, socket.IP_TOS)), None)
            into.append((time.monotonic(), source, tos, data))

    def finish(self, passed):
        self.is_over = True
        for thread in self.threads + ([self.talker] if self.talker else []):
            thread.join(2)
        self.rtp.close()
        self.rtcp.close()

    # -- sending

    def to(self, address, port):
        self.target = (address, port)
        return self

    def send(self, payload, kind=PCMA, is_marked=False, timestamp=None):
        self.sequence = (self.sequence + 1) & 0xffff
        head = struct.pack('!BBHII', 0x80, kind | (0x80 if is_marked else 0), self.sequence,
                           self.timestamp if timestamp is None else timestamp, self.ssrc)
        self.rtp.sendto(head + payload, self.target)

    def talk(self, hz=700, level=3000):
        """A tone, from now on, by a thread."""
        def run():
            at, n = time.monotonic(), 0
            while not self.is_over:
                self.send(bytes(encode(round(level * math.sin(2 * math.pi * hz * (n + i) / RATE)))
                                for i in range(FRAME)))
                self.timestamp = (self.timestamp + FRAME) & 0xffffffff
                n += FRAME
                at += FRAME / RATE
                time.sleep(max(0.0, at - time.monotonic()))
        self.talker = threading.Thread(target=run, daemon=True)
        self.talker.start()

    def be_silent(self):
        """No more of talk()."""
        self.is_over, talker = True, self.talker
        talker.join(2)
        self.talker, self.is_over = None, False

    def key(self, digit, is_marked=True, skip=0, n=5, n_ends=3, kind=EVENT):
        """A telephone event of n packets and n_ends ends, the first `skip` of them lost."""
        code = '0123456789*#ABCD'.index(digit)
        timestamp = self.timestamp
        for i in range(1, n + n_ends + 1):
            is_end, length = i > n, min(i, n + 1) * FRAME
            if i > skip:
                self.send(struct.pack('!BBH', code, (0x80 if is_end else 0) | 10, length), kind,
                          is_marked and i == 1, timestamp)
                time.sleep(0.002)
            else:
                self.sequence = (self.sequence + 1) & 0xffff
        self.timestamp = (timestamp + 20 * FRAME) & 0xffffffff
        time.sleep(0.02)

    # -- what came

    def wait(self, n, within_s, what='RTP of the panel'):
        start, deadline = len(self.packets), time.monotonic() + within_s
        while len(self.packets) - start < n:
            check(time.monotonic() < deadline, '%s: %d packets of %d within %.1f s' % (
                what, len(self.packets) - start, n, within_s))
            time.sleep(0.01)
        return self.packets[start:]

    def silent(self, for_s, grace_s=0.1):
        """None comes any more, after a short grace."""
        time.sleep(grace_s)
        before = len(self.packets)
        time.sleep(for_s)
        check(len(self.packets) == before, '%d packets of sound too many' % (len(self.packets) - before))

    def check_tone(self, hz=440, n=20):
        """The last n packets are this tone in A-law."""
        packets = [p[3] for p in self.packets[-n:]]
        check(len(packets) == n and all(p[1] & 0x7f == PCMA for p in packets), 'not %d of A-law' % n,
              [p[1] for p in packets])
        share = tone_share([DECODED[b] for p in packets for b in p[12:]], hz)
        check(share > 0.9, 'what the panel sends is no tone of %d Hz: %.2f' % (hz, share))

# SPDX-License-Identifier: MIT
"""RTP by hand: sound of known content to the panel, what it sends, and keys as telephone events."""

import math
import random
import socket
import struct
import threading
import time

from . import Failure, check, slack_s, wait_for

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
        self.lock = threading.Lock()    # talk() and key() go on at once
        self.is_over = False
        self.threads = [threading.Thread(target=self.read, args=(s, into), daemon=True)
                        for s, into in ((self.rtp, self.packets), (self.rtcp, self.reports))]
        for thread in self.threads:
            thread.start()
        self.talker = None

    @staticmethod
    def open(address):
        for _ in range(200):
            port = random.SystemRandom().randrange(20000, 30000) & ~1
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
        with self.lock:
            self.sequence = (self.sequence + 1) & 0xffff
            head = struct.pack('!BBHII', 0x80, kind | (0x80 if is_marked else 0), self.sequence,
                               self.timestamp if timestamp is None else timestamp, self.ssrc)
            self.rtp.sendto(head + payload, self.target)

    def pass_time(self, n):
        with self.lock:
            self.timestamp = (self.timestamp + n) & 0xffffffff
            return self.timestamp

    def talk(self, hz=700, level=3000):
        """A tone, from now on, by a thread."""
        def run():
            at, n = time.monotonic(), 0
            while not self.is_over:
                self.send(bytes(encode(round(level * math.sin(2 * math.pi * hz * (n + i) / RATE)))
                                for i in range(FRAME)))
                self.pass_time(FRAME)
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
        timestamp = self.pass_time(20 * FRAME) - 20 * FRAME & 0xffffffff
        for i in range(1, n + n_ends + 1):
            is_end, length = i > n, min(i, n + 1) * FRAME
            if i > skip:
                self.send(struct.pack('!BBH', code, (0x80 if is_end else 0) | 10, length), kind,
                          is_marked and i == 1, timestamp)
                time.sleep(0.002)
            else:
                with self.lock:
                    self.sequence = (self.sequence + 1) & 0xffff
        time.sleep(0.02)

    # -- what came

    def wait(self, n, within_s, what='RTP of the panel'):
        start = len(self.packets)
        wait_for(lambda: len(self.packets) - start >= n, within_s,
                 lambda: '%s: %d packets of %d' % (what, len(self.packets) - start, n), 0.01)
        return self.packets[start:]

    def silent(self, for_s, grace_s=0.1):
        """None comes any more for so long, after a short grace; on a busy machine some may be late."""
        deadline = time.monotonic() + grace_s + slack_s()
        time.sleep(grace_s)
        while True:
            before = len(self.packets)
            time.sleep(for_s)
            if len(self.packets) == before:
                return
            check(time.monotonic() < deadline + for_s, '%d packets of sound too many' % (
                len(self.packets) - before))

    def check_tone(self, hz=440, n=20, within_s=3):
        """n packets in a row are this tone in A-law: the last ones, or soon those after them, as a panel
        that stood still for a second leaves out what it did not say."""
        seen = []

        def is_tone():
            packets = [p[3] for p in self.packets[-n:]]
            kinds = [p[1] & 0x7f for p in packets]
            share = tone_share([DECODED[b] for p in packets for b in p[12:]], hz)
            seen[:] = kinds, share
            return kinds == [PCMA] * n and share > 0.9
        wait_for(is_tone, within_s, lambda: 'a tone of %d Hz in %d packets of A-law: payload types %s, '
                 '%.2f of it is that' % (hz, n, *seen), 0.1)

# SPDX-License-Identifier: MIT
"""A name server that says what the test wants, on a loopback port; it counts the questions."""

import ipaddress
import socket
import struct
import threading
import time

from . import free_port

A, AAAA, SRV = 1, 28, 33
TYPES = {'A': A, 'AAAA': AAAA, 'SRV': SRV}
NAMES = {number: name for name, number in TYPES.items()}
SERVFAIL, NXDOMAIN, REFUSED = 2, 3, 5
SILENCE = 'silence'


def pack_name(name):
    out = b''
    for label in name.rstrip('.').split('.'):
        out += bytes([len(label)]) + label.encode() if label else b''
    return out + b'\0'


def unpack_question(packet):
    """(name, type, where it ends)"""
    labels, at = [], 12
    while packet[at]:
        labels.append(packet[at + 1:at + 1 + packet[at]].decode('ascii', 'replace'))
        at += 1 + packet[at]
    kind, _ = struct.unpack('!HH', packet[at + 1:at + 5])
    return '.'.join(labels).lower(), kind, at + 5


class Dns:
    """Names that were never given do not exist (NXDOMAIN); a name without the asked type has no
    such record. fault: SERVFAIL, NXDOMAIN, REFUSED or SILENCE, for all names, or in faults for
    one. questions: (seconds, name, type) as they came."""

    def __init__(self, address='127.0.0.1'):
        self.records = {}   # (name, type number) -> [(data, ttl)]
        self.questions = []
        self.fault = None
        self.faults = {}
        self.port = free_port(address)
        self.address = '%s:%d' % (address, self.port)
        self.socket = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
        self.socket.bind((address, self.port))
        self.thread = threading.Thread(target=self.run, daemon=True)
        self.thread.start()

    def finish(self, passed):
        self.socket.sendto(b'', self.socket.getsockname())
        self.thread.join(5)
        self.socket.close()

    # -- what it knows

    def add(self, name, kind, data, ttl):
        key = (name.lower(), TYPES[kind])
        self.records[key] = self.records.get(key, []) + [(data, ttl)]

    def a(self, name, *addresses, ttl=60):
        for address in addresses:
            self.add(name, 'A', ipaddress.IPv4Address(address).packed, ttl)

    def aaaa(self, name, *addresses, ttl=60):
        for address in addresses:
            self.add(name, 'AAAA', ipaddress.IPv6Address(address).packed, ttl)

    def srv(self, name, target, port, priority=0, weight=0, ttl=60):
        self.add(name, 'SRV', struct.pack('!HHH', priority, weight, port) + pack_name(target),
                 ttl)

    def forget(self, name, kind):
        self.records.pop((name.lower(), TYPES[kind]), None)

    def count(self, name=None, kind=None):
        return len([1 for _, n, k in self.questions
                    if (name is None or n == name) and (kind is None or k == kind)])

    # -- its work

    def run(self):
        while True:
            packet, peer = self.socket.recvfrom(4096)
            if not packet:
                return
            answer = self.answer(packet)
            if answer:
                self.socket.sendto(answer, peer)

    def answer(self, packet):
        name, kind, end = unpack_question(packet)
        self.questions.append((time.monotonic(), name, NAMES.get(kind, str(kind))))
        fault = self.faults.get(name, self.fault)
        if fault == SILENCE:
            return None
        found = [] if fault else self.records.get((name, kind), [])
        code = fault or 0
        if not fault and not any(known == name for known, _ in self.records):
            code = NXDOMAIN
        head = packet[:2] + struct.pack('!HHHHH', 0x8580 | code, 1, len(found), 0, 0)
        body = b''.join(b'\xc0\x0c' + struct.pack('!HHIH', kind, 1, ttl, len(data)) + data
                        for data, ttl in found)
        return head + packet[12:end] + body

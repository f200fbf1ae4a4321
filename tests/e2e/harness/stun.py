# SPDX-License-Identifier: MIT
"""STUN servers: coturn, and one that answers what it is told (RFC 5389)."""

import os
import shutil
import signal
import socket
import struct
import subprocess
import threading

from . import Failure, Skip, free_port, wait_for
from .portero import die_with_parent

COOKIE = 0x2112a442
BINDING, SUCCESS, ERROR = 0x0001, 0x0101, 0x0111


def request(mark):
    return struct.pack('!HHI', BINDING, 0, COOKIE) + mark


def message(kind, mark, attributes):
    body = b''
    for number, value in attributes:
        body += struct.pack('!HH', number, len(value)) + value + b'\0' * (-len(value) % 4)
    return struct.pack('!HHI', kind, len(body), COOKIE) + mark + body


def xor_mapped(address, port):
    ip = struct.unpack('!I', socket.inet_aton(address))[0]
    return 0x0020, struct.pack('!BBHI', 0, 1, port ^ (COOKIE >> 16), ip ^ COOKIE)


class Coturn:
    """coturn, STUN only. Never on 127.0.0.1: to the panel that means off."""

    def __init__(self, test, address='127.0.0.2'):
        if not shutil.which('turnserver'):
            raise Skip('coturn is not installed (tools/packages test)')
        self.dir = test.new_dir('coturn')
        self.address, self.port = address, free_port(address)
        self.log_path = os.path.join(self.dir, 'log')
        self.process = None

    def start(self):
        with open(self.log_path, 'ab') as log:
            self.process = subprocess.Popen(
                ['turnserver', '-n', '-S', '-L', self.address, '-p', str(self.port), '-m', '1',
                 '--no-tls', '--no-dtls', '--no-cli', '--no-tcp', '--log-file', 'stdout',
                 '--pidfile', os.path.join(self.dir, 'pid'),
                 '--userdb', os.path.join(self.dir, 'db')],
                stdin=subprocess.DEVNULL, stdout=log, stderr=log, preexec_fn=die_with_parent)
        client = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
        client.settimeout(0.2)
        try:
            wait_for(lambda: self.answers(client), 30, lambda: 'coturn up\n' + self.log())
        finally:
            client.close()

    def answers(self, client):
        if self.process.poll() is not None:
            raise Failure('coturn ended with %d\n%s' % (self.process.returncode, self.log()))
        client.sendto(request(os.urandom(12)), (self.address, self.port))
        try:
            return client.recv(2048)[:2] == struct.pack('!H', SUCCESS)
        except OSError:
            return False

    def log(self):
        with open(self.log_path, 'rb') as f:
            return f.read().decode('utf-8', 'replace')[-2000:]

    def stop(self):
        if self.process:
            self.process.send_signal(signal.SIGTERM)
            try:
                self.process.wait(10)
            except subprocess.TimeoutExpired:
                self.process.kill()
                self.process.wait(10)
            self.process = None

    def finish(self, passed):
        self.stop()

    def settings(self):
        return {'ip': self.address, 'port': self.port}


class StunMock:
    """answer(mark, peer) gives the bytes to send back, or None. May be changed at any time."""

    def __init__(self, answer=None, address='127.0.0.2', port=None):
        self.answer = answer or StunMock.truth
        self.peers = []   # who asked, in order
        self.error = None
        self.address, self.port = address, port or free_port(address)
        self.socket = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
        self.socket.bind((address, self.port))
        self.thread = threading.Thread(target=self.run, daemon=True)
        self.thread.start()

    @staticmethod
    def truth(mark, peer):
        return message(SUCCESS, mark, [xor_mapped(*peer)])

    @staticmethod
    def says(address, port):
        """An answer function: everybody is seen as address:port."""
        return lambda mark, peer: message(SUCCESS, mark, [xor_mapped(address, port)])

    def run(self):
        try:
            while True:
                packet, peer = self.socket.recvfrom(2048)
                if not packet:
                    return
                if len(packet) < 20 or struct.unpack('!HHI', packet[:8])[::2] != (BINDING, COOKIE):
                    continue
                self.peers.append(peer)
                out = self.answer(packet[8:20], peer)
                if out:
                    self.socket.sendto(out, peer)
        except Exception as error:  # told to the test by finish()
            self.error = error

    def finish(self, passed):
        self.socket.sendto(b'', self.socket.getsockname())
        self.thread.join(5)
        self.socket.close()
        if self.error:
            raise self.error

    def settings(self):
        return {'ip': self.address, 'port': self.port}

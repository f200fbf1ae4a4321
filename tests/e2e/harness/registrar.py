# SPDX-License-Identifier: MIT
"""A registrar that does as it is told: for the answers no well-behaved server gives.

script(registrar, request) is called for each REGISTER (not for its retransmissions) and returns
bytes, a list of them, or None for silence. Without a script it is a correct registrar."""

import random
import select
import socket
import ssl
import threading
import time

from . import free_port, wait_for
from . import sip


class Registrar:
    def __init__(self, script=None, passwords=None, algorithms=('MD5',), challenge=401,
                 granted_s=None, realm='portero.test', address='127.0.0.1', port=None, certificate=None):
        self.address = address
        self.script = script or Registrar.well_behaved
        self.passwords = passwords or {'101': 'pw-One-4711'}
        self.algorithms = algorithms
        self.challenge_code = challenge
        self.granted_s = granted_s
        self.realm = realm
        self.requests = []   # REGISTERs as they came, retransmissions left out
        self.others = []     # whatever else came
        self.retransmissions = 0
        self.pings = []      # (seconds, address and port, bytes) of what is only line ends
        self.is_answering_options = True
        self.options_code = 200
        self.nonces = {}     # nonce -> the algorithms offered with it
        self.bindings = {}   # contact URI -> expires
        self.error = None
        self.lock = threading.Lock()
        self.tls = None
        if certificate:      # (file, key file): what comes by TCP is TLS
            self.tls = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
            self.tls.load_cert_chain(*certificate)
        self.open(port)

    # -- sockets

    def open(self, port=None):
        self.port = port or free_port(self.address)
        family = socket.AF_INET6 if ':' in self.address else socket.AF_INET
        self.udp = socket.socket(family, socket.SOCK_DGRAM)
        self.udp.bind((self.address, self.port))
        self.tcp = socket.socket(family, socket.SOCK_STREAM)
        self.tcp.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        self.tcp.bind((self.address, self.port))
        self.tcp.listen(16)
        self.connections = {}
        self.seen = {}
        self.wake_read, self.wake_write = socket.socketpair()
        self.thread = threading.Thread(target=self.run, daemon=True)
        self.thread.start()

    def close(self):
        """Down: the port refuses, connections are closed."""
        self.wake_write.send(b'x')
        self.thread.join(10)
        for s in [self.udp, self.tcp, self.wake_read, self.wake_write] + list(self.connections):
            s.close()

    def reopen(self):
        self.open(self.port)

    def finish(self, passed):
        if self.thread.is_alive():
            self.close()
        if self.error:
            raise self.error

    def run(self):
        try:
            while True:
                ready, _, _ = select.select(
                    [self.udp, self.tcp, self.wake_read] + list(self.connections), [], [])
                if self.wake_read in ready:
                    return
                for s in ready:
                    self.read(s)
        except Exception as error:  # told to the test by finish() and wait_*()
            self.error = error

    def read(self, s):
        if s is self.tcp:
            self.accept(s)
        elif s is self.udp:
            data, peer = s.recvfrom(65535)
            if data.strip():
                self.handle(data, peer, lambda out: self.send_to(out, peer))
            else:
                self.pings.append((time.monotonic(), peer[:2], data))
        else:
            self.read_stream(s)

    def send_to(self, out, peer):
        try:
            self.udp.sendto(out, peer)
        except OSError:   # the test has taken the way there: lost, as in any network
            pass

    @staticmethod
    def send_down(s, out):
        try:
            s.sendall(out)
        except OSError:   # closed by the panel meanwhile; the next read tells
            pass

    def accept(self, s):
        connection, peer = s.accept()
        if self.tls:
            connection.settimeout(5)
            try:
                connection = self.tls.wrap_socket(connection, server_side=True)
            except OSError:   # it does not like our certificate
                connection.close()
                return
            connection.settimeout(None)
        self.connections[connection] = [peer, b'']

    def send_all(self, data):
        """Down every TCP or TLS connection."""
        for connection in list(self.connections):
            connection.sendall(data)

    def read_stream(self, s):
        try:
            data = s.recv(65535)
        except OSError:
            data = b''
        if not data:
            del self.connections[s]
            s.close()
            return
        peer, waiting = self.connections[s]
        waiting += data
        while waiting:
            if waiting.startswith(b'\r\n\r\n'):   # RFC 5626 ping: answer with a pong
                self.pings.append((time.monotonic(), peer[:2], waiting[:4]))
                self.send_down(s, b'\r\n')
                waiting = waiting[4:]
                continue
            if waiting == b'\r\n':
                self.pings.append((time.monotonic(), peer[:2], waiting))
                waiting = b''
                break
            head, mark, _ = waiting.partition(b'\r\n\r\n')
            if not mark:
                break
            size = len(head) + 4 + int(sip.Message(head + mark).get('Content-Length', '0'))
            if len(waiting) < size:
                break
            message, waiting = waiting[:size], waiting[size:]
            self.handle(message, peer, lambda out: self.send_down(s, out))
        self.connections[s][1] = waiting

    # -- SIP

    def handle(self, raw, peer, send):
        message = sip.Message(raw)
        message.source = peer
        if message.method != 'REGISTER':
            with self.lock:
                self.others.append(message)
                if message.method == 'OPTIONS' and self.is_answering_options:
                    send(self.reply(message, self.options_code))
            return
        key = message.get('Via')
        with self.lock:
            if key in self.seen:
                self.retransmissions += 1
                for out in self.seen[key]:
                    send(out)
                return
            self.requests.append(message)
            answer = self.script(self, message)
            answer = [] if answer is None else [answer] if isinstance(answer, bytes) else answer
            self.seen[key] = answer
            for out in answer:
                send(out)

    def well_behaved(self, request):
        if not self.is_authorized(request):
            return self.challenge(request)
        return self.ok(request)

    def reply(self, request, code, reason=None, headers=()):
        return sip.response(request, code, reason, headers, source=request.source)

    def challenge(self, request, algorithms=None, code=None, stale=False, extra=(), qop=True):
        """One challenge an algorithm, in this order; None gives one without `algorithm`."""
        code = code or self.challenge_code
        name = 'WWW-Authenticate' if code == 401 else 'Proxy-Authenticate'
        headers = list(extra)
        for algorithm in algorithms or self.algorithms:
            nonce = '%016x' % random.getrandbits(64)
            self.nonces[nonce] = algorithm
            value = 'Digest realm="%s", nonce="%s"' % (self.realm, nonce)
            if qop:
                value += ', qop="auth"'
            if algorithm:
                value += ', algorithm=' + algorithm
            if stale:
                value += ', stale=true'
            headers.append((name, value))
        return self.reply(request, code, headers=headers)

    def credentials(self, request):
        """Those for a challenge of ours, if there are several; else the first; else None."""
        values = request.all('Authorization') + request.all('Proxy-Authorization')
        for value in values:
            if any('nonce="%s"' % nonce in value for nonce in self.nonces):
                return value
        return values[0] if values else None

    def is_authorized(self, request):
        """True only for a right response to a nonce of ours."""
        value = self.credentials(request)
        if not value:
            return False
        p = {k: sip.unquote(v) for k, v in sip.digest_parameters(value).items()}
        wanted_header = 'Authorization' if self.challenge_code == 401 else 'Proxy-Authorization'
        return (p['nonce'] in self.nonces and p['realm'] == self.realm and
                p['uri'] == request.uri and request.get(wanted_header) is not None and
                p['username'] in self.passwords and
                (self.nonces[p['nonce']] or 'MD5') == p.get('algorithm', 'MD5') and
                sip.digest_is_right(value, 'REGISTER', self.passwords[p['username']]))

    def ok(self, request, contacts=None, expires=None, headers=()):
        """200; contacts: Contact values to list instead of the true ones. expires: a header."""
        asked = request.expires()
        if request.contacts() == ['*']:
            self.bindings.clear()
        for contact in request.contacts():
            if contact == '*':
                continue
            uri = sip.address_uri(contact)
            own = sip.header_parameter(contact, 'expires')
            seconds = int(own) if own is not None else int(request.get('Expires', asked or 3600))
            if seconds == 0:
                self.bindings.pop(uri, None)
            else:
                self.bindings[uri] = self.granted_s or seconds
        lines = list(headers)
        if contacts is None:
            contacts = ['<%s>;expires=%d' % pair for pair in self.bindings.items()]
        lines += [('Contact', contact) for contact in contacts]
        if expires is not None:
            lines.append(('Expires', str(expires)))
        return self.reply(request, 200, headers=lines)

    # -- what a test asks

    def account(self, transport='udp', **changes):
        user = next(iter(self.passwords))
        account = {
            'proxy': 'sip:%s:%d' % (self.address, self.port), 'realm': 'pbx.example.com', 'user': user,
            'password': self.passwords[user], 'transport': transport, 'user_id': '',
            'stun': {'ip': '127.0.0.1', 'port': 3478}, 'registration_interval': 60,
        }
        account.update(changes)
        return account

    def bound(self):
        """The URIs that are bound, as they are before or after a request, never in its midst."""
        with self.lock:
            return list(self.bindings)

    def wait_requests(self, count, within_s):
        """The first count REGISTERs, once they have come."""
        def enough():
            if self.error:
                raise self.error
            return len(self.requests) >= count
        wait_for(enough, within_s, lambda: '%d REGISTERs, only %d came: %s' % (
            count, len(self.requests), self.requests))
        return self.requests[:count]

    def quiet(self, seconds):
        """How many REGISTERs come within so many seconds from now."""
        before = len(self.requests)
        time.sleep(seconds)
        return len(self.requests) - before

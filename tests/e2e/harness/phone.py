# SPDX-License-Identifier: MIT
"""A small SIP client: another phone on the server, and the proof that the peers work."""

import random
import socket
import ssl
import time

from . import sip


class Phone:
    """transport: udp, tcp or tls. ca: the file to trust for tls."""

    def __init__(self, server, transport='udp', ca=None):
        self.server, self.transport = server, transport
        if transport == 'udp':
            self.socket = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
            self.socket.connect(server)
        else:
            self.socket = socket.create_connection(server, 5)
            if transport == 'tls':
                context = ssl.create_default_context(cafile=ca)
                self.socket = context.wrap_socket(self.socket, server_hostname=server[0])
        self.socket.settimeout(5)
        self.address = self.socket.getsockname()
        self.call_id = '%016x@phone' % random.getrandbits(64)
        self.instance = '%08x-0000-4000-8000-000000000000' % random.getrandbits(32)
        self.cseq = 0

    def send(self, method, uri, from_uri, headers):
        self.cseq += 1
        self.socket.sendall(sip.request(
            method, uri, '%s %s:%d' % ((self.transport.upper(),) + self.address), headers,
            from_uri=from_uri, call_id=self.call_id, cseq=self.cseq))

    def receive(self):
        deadline = time.monotonic() + 5
        while time.monotonic() < deadline:
            answer = sip.Message(self.socket.recv(65535))
            if answer.status is not None and answer.status >= 200 and \
                    answer.cseq() == self.cseq:
                return answer
        raise socket.timeout()

    def register(self, user, password, domain, expires_s=60, user_in_uri=None):
        """The final answer to a REGISTER, credentials given when asked for."""
        uri, aor = 'sip:' + domain, 'sip:%s@%s' % (user_in_uri or user, domain)
        headers = [('Contact', '<sip:phone@%s:%d;transport=%s>;reg-id=1;'
                    '+sip.instance="<urn:uuid:%s>"' % (self.address + (self.transport,
                                                                       self.instance))),
                   ('Supported', 'path, outbound'), ('Expires', str(expires_s))]
        # From and To are the same for REGISTER; the builder puts the request URI into To.
        raw_to = ('To', '<%s>' % aor)
        answer = self.exchange(uri, aor, headers, raw_to)
        if answer.status in (401, 407):
            headers = headers + [self.credentials(answer, uri, user, password)]
            answer = self.exchange(uri, aor, headers, raw_to)
        return answer

    def exchange(self, uri, aor, headers, to):
        self.cseq += 1
        raw = sip.request('REGISTER', uri, '%s %s:%d' % ((self.transport.upper(),) +
                                                         self.address), headers,
                          from_uri=aor, call_id=self.call_id, cseq=self.cseq)
        raw = raw.replace(b'To: <%s>' % uri.encode(), b'To: ' + to[1].encode(), 1)
        self.socket.sendall(raw)
        return self.receive()

    @staticmethod
    def credentials(answer, uri, user, password):
        p = {k: sip.unquote(v) for k, v in
             sip.digest_parameters(answer.get('WWW-Authenticate') or
                                   answer.get('Proxy-Authenticate')).items()}
        algorithm = p.get('algorithm', 'MD5')
        params = {'nonce': p['nonce'], 'nc': '00000001', 'cnonce': 'c0ffee'}
        params['qop'] = 'auth' if 'qop' in p else None
        response = sip.digest_response(algorithm, user, p['realm'], password, 'REGISTER', uri,
                                       params)
        value = 'Digest username=%s, realm="%s", nonce="%s", uri="%s", response="%s", ' \
            'algorithm=%s' % (sip.quote(user), p['realm'], p['nonce'], uri, response, algorithm)
        if params['qop']:
            value += ', qop=auth, nc=00000001, cnonce="c0ffee"'
        name = 'Authorization' if answer.status == 401 else 'Proxy-Authorization'
        return name, value

    def close(self):
        self.socket.close()

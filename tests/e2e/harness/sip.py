# SPDX-License-Identifier: MIT
"""SIP messages and digest arithmetic for the tests: written from the RFCs, sharing nothing
with the daemon, so that both have to agree with the standard and not with each other."""

import hashlib
import random
import socket
import time

COMPACT = {
    'f': 'From', 't': 'To', 'm': 'Contact', 'v': 'Via', 'i': 'Call-ID', 'l': 'Content-Length',
    'k': 'Supported', 'c': 'Content-Type', 's': 'Subject', 'e': 'Content-Encoding',
}

REASONS = {
    100: 'Trying', 200: 'OK', 302: 'Moved Temporarily', 401: 'Unauthorized', 403: 'Forbidden',
    404: 'Not Found', 407: 'Proxy Authentication Required', 423: 'Interval Too Brief',
    481: 'Call/Transaction Does Not Exist', 486: 'Busy Here', 500: 'Server Internal Error',
    503: 'Service Unavailable',
}


class Message:
    """One request or response. Header names compare without case, long form."""

    def __init__(self, raw):
        head, _, self.body = raw.partition(b'\r\n\r\n')
        self.raw = raw
        self.time = time.monotonic()
        lines = head.decode('utf-8', 'replace').split('\r\n')
        self.first = lines[0]
        self.headers = []
        for line in lines[1:]:
            if line[:1] in ' \t' and self.headers:
                name, value = self.headers[-1]
                self.headers[-1] = (name, value + ' ' + line.strip())
                continue
            name, _, value = line.partition(':')
            name = COMPACT.get(name.strip().lower(), name.strip())
            self.headers.append((name, value.strip()))
        parts = self.first.split(' ', 2)
        if self.first.startswith('SIP/2.0 '):
            self.status, self.method, self.uri = int(parts[1]), None, None
            self.reason = parts[2] if len(parts) > 2 else ''
        else:
            self.status, self.method, self.uri = None, parts[0], parts[1]

    def all(self, name):
        return [value for key, value in self.headers if key.lower() == name.lower()]

    def get(self, name, default=None):
        values = self.all(name)
        return values[0] if values else default

    def cseq(self):
        return int(self.get('CSeq').split()[0])

    def contacts(self):
        found = []
        for value in self.all('Contact'):
            found += split_list(value)
        return found

    def expires(self):
        """What a REGISTER asks for: its first Contact's parameter, else Expires."""
        for contact in self.contacts():
            value = header_parameter(contact, 'expires')
            if value is not None:
                return int(value)
        value = self.get('Expires')
        return None if value is None else int(value)

    def __repr__(self):
        return '<%s>' % self.first


def split_list(value):
    """Split at commas that are neither in quotes nor in angle brackets."""
    items, item, quoted, angle, escaped = [], '', False, False, False
    for c in value:
        if escaped:
            escaped = False
        elif quoted and c == '\\':
            escaped = True
        elif c == '"':
            quoted = not quoted
        elif not quoted and c == '<':
            angle = True
        elif not quoted and c == '>':
            angle = False
        elif c == ',' and not quoted and not angle:
            items.append(item.strip())
            item = ''
            continue
        item += c
    if item.strip():
        items.append(item.strip())
    return items


def address_uri(value):
    """The URI in a name-addr or addr-spec."""
    quoted = False
    for i, c in enumerate(value):
        if c == '"' and value[i - 1:i] != '\\':
            quoted = not quoted
        elif c == '<' and not quoted:
            return value[i + 1:value.index('>', i)]
    return value.split(';')[0].strip()


def header_parameter(value, name):
    """A parameter behind the address; None if there is none."""
    tail = value[value.index('>', value.index('<')) + 1:] if '<' in value else value
    for part in split_parameters(tail):
        key, _, text = part.partition('=')
        if key.strip().lower() == name.lower():
            return text.strip().strip('"')
    return None


def split_parameters(tail):
    parts, part, quoted = [], '', False
    for c in tail:
        if c == '"':
            quoted = not quoted
        if c == ';' and not quoted:
            parts.append(part)
            part = ''
        else:
            part += c
    parts.append(part)
    return [p for p in parts if p.strip()]


def digest_parameters(value):
    """Parameters of an Authorization or WWW-Authenticate value, as they stand (with their
    quotes), by lower-case name. Raises ValueError if it is no digest."""
    scheme, _, rest = value.partition(' ')
    if scheme.lower() != 'digest':
        raise ValueError('not a digest: ' + value)
    found = {}
    for part in split_list(rest):
        name, equals, text = part.partition('=')
        if not equals or name.strip().lower() in found:
            raise ValueError('bad digest parameter: ' + part)
        found[name.strip().lower()] = text.strip()
    return found


def unquote(text):
    """The value of a quoted string, quoted pairs resolved; a token as it is."""
    if not text.startswith('"'):
        return text
    out, escaped = '', False
    for c in text[1:-1]:
        if not escaped and c == '\\':
            escaped = True
        else:
            out += c
            escaped = False
    return out


def quote(text):
    return '"' + text.replace('\\', '\\\\').replace('"', '\\"') + '"'


def digest_response(algorithm, username, realm, password, method, uri, params):
    """RFC 7616; params: nonce and, with qop, cnonce, nc, qop."""
    def h(text):
        make = {'MD5': hashlib.md5, 'SHA-256': hashlib.sha256}[algorithm.upper()]
        return make(text.encode()).hexdigest()

    ha1 = h('%s:%s:%s' % (username, realm, password))
    ha2 = h('%s:%s' % (method, uri))
    if params.get('qop'):
        return h(':'.join((ha1, params['nonce'], params['nc'], params['cnonce'],
                           params['qop'], ha2)))
    return h(':'.join((ha1, params['nonce'], ha2)))


def digest_is_right(value, method, password):
    """Check an Authorization value by arithmetic alone."""
    p = digest_parameters(value)
    plain = {name: unquote(text) for name, text in p.items()}
    want = digest_response(plain.get('algorithm', 'MD5'), plain['username'], plain['realm'],
                           password, method, plain['uri'], plain)
    return want == plain['response']


def response(request, code, reason=None, headers=(), source=None):
    """Bytes of a response to request. source: (address, port) for received and rport."""
    lines = ['SIP/2.0 %d %s' % (code, reason or REASONS.get(code, 'Whatever'))]
    first_via = True
    for via in request.all('Via'):
        if first_via and source:
            if ';rport' in via and ';rport=' not in via:
                via = via.replace(';rport', ';rport=%d' % source[1], 1)
            via += ';received=' + source[0]
        first_via = False
        lines.append('Via: ' + via)
    to = request.get('To')
    if ';tag=' not in to and code > 100:
        to += ';tag=%08x' % random.getrandbits(32)
    lines += ['From: ' + request.get('From'), 'To: ' + to,
              'Call-ID: ' + request.get('Call-ID'), 'CSeq: ' + request.get('CSeq')]
    lines += ['%s: %s' % header for header in headers]
    lines += ['Content-Length: 0', '', '']
    return '\r\n'.join(lines).encode()


def request(method, uri, via, headers=(), body=b'', from_uri='sip:stranger@127.0.0.1',
            call_id=None, cseq=1, to_tag=None):
    """Bytes of a request from a stranger."""
    mark = '%012x' % random.getrandbits(48)
    lines = ['%s %s SIP/2.0' % (method, uri),
             'Via: SIP/2.0/%s;branch=z9hG4bK%s;rport' % (via, mark),
             'Max-Forwards: 70',
             'From: <%s>;tag=%s' % (from_uri, mark),
             'To: <%s>%s' % (uri, ';tag=' + to_tag if to_tag else ''),
             'Call-ID: ' + (call_id or mark + '@test'),
             'CSeq: %d %s' % (cseq, method)]
    lines += ['%s: %s' % header for header in headers]
    lines += ['Content-Length: %d' % len(body), '', '']
    return '\r\n'.join(lines).encode() + body


class UdpClient:
    """Somebody with a UDP socket: a phone, a scanner, a stranger. source: where it is."""

    def __init__(self, server, source='127.0.0.1'):
        self.server = server
        self.socket = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
        self.socket.bind((source, 0))
        self.address = self.socket.getsockname()

    def send(self, method, uri=None, **more):
        uri = uri or 'sip:panel@%s:%d' % self.server
        raw = request(method, uri, 'UDP %s:%d' % self.address, **more)
        self.socket.sendto(raw, self.server)
        return raw

    def send_raw(self, raw):
        self.socket.sendto(raw, self.server)

    def receive(self, timeout_s):
        """The next response, or None."""
        self.socket.settimeout(timeout_s)
        try:
            return Message(self.socket.recv(65535))
        except socket.timeout:
            return None

    def ask(self, method, timeout_s=4, **more):
        """The final response to a new request, or None."""
        self.send(method, **more)
        deadline = time.monotonic() + timeout_s
        while time.monotonic() < deadline:
            answer = self.receive(max(0.01, deadline - time.monotonic()))
            if answer and answer.status is not None and answer.status >= 200:
                return answer
        return None

    def close(self):
        self.socket.close()

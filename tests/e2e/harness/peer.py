# SPDX-License-Identifier: MIT
"""The other end of a call, told message by message what to do: for orders and contents that no phone
would send. One UDP socket, one thread; nothing is answered that the test does not answer."""

import random
import socket
import time

from . import Failure, sip, slack_s

CRLF = '\r\n'
SDP = 'application/sdp'


def tag():
    return '%012x' % random.getrandbits(48)


def description(port, address='127.0.0.1', formats='8 101', direction='', connection=None, more=()):
    """An SDP body: G.711 and telephone events as `formats` say."""
    names = {'0': 'PCMU/8000', '8': 'PCMA/8000', '9': 'G722/8000', '101': 'telephone-event/8000'}
    ip = 'IP6' if ':' in address else 'IP4'
    lines = ['v=0', 'o=- %d 1 IN %s %s' % (random.getrandbits(31), ip, address), 's=-',
             'c=IN %s %s' % (ip, connection or address), 't=0 0', 'm=audio %d RTP/AVP %s' % (port, formats)]
    lines += ['a=rtpmap:%s %s' % (f, names[f]) for f in formats.split() if f in names]
    lines += ['a=' + direction] if direction else []
    return CRLF.join(lines + list(more) + ['']).encode()


def audio_of(message):
    """(address, port, formats, direction) of the sound in a body of the panel."""
    lines = message.body.decode().split(CRLF)
    address = next(x.split()[2] for x in lines if x.startswith('c='))
    media = next(x.split() for x in lines if x.startswith('m=audio'))
    direction = [x[2:] for x in lines if x[2:] in ('sendrecv', 'sendonly', 'recvonly', 'inactive')]
    return address, int(media[1]), media[3:], direction[0] if direction else 'sendrecv'


class Peer:
    def __init__(self, address='127.0.0.1', port=0, seconds=None):
        """seconds: how long a wait for N seconds is here (Test.seconds)."""
        self.seconds = seconds or (lambda s: s)
        self.socket = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
        self.socket.setsockopt(socket.IPPROTO_IP, socket.IP_RECVTOS, 1)
        self.socket.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 1 << 20)
        self.socket.bind((address, port))
        self.address = self.socket.getsockname()
        self.uri = 'sip:102@%s:%d' % self.address
        self.all = []       # whatever came, in its order
        self.waiting = []   # of these what expect() has not looked at
        self.raws = set()

    def finish(self, passed):
        if not passed:
            print('came to the peer at port %d:' % self.address[1])
            for message in self.all[-12:]:
                print('  ' + message.raw.decode('utf-8', 'replace').replace('\r\n', '\n  '))
        self.socket.close()

    def send(self, raw, to):
        self.socket.sendto(raw, to)

    def receive(self, timeout_s):
        self.socket.settimeout(max(0.001, timeout_s))
        try:
            raw, extra, _, source = self.socket.recvmsg(65535, 256)
        except socket.timeout:
            return None
        message = sip.Message(raw)
        message.source = source[:2]
        message.tos = next((data[0] for level, kind, data in extra
                            if (level, kind) == (socket.IPPROTO_IP, socket.IP_TOS)), None)
        message.is_repeated = raw in self.raws
        self.raws.add(raw)
        self.all.append(message)
        return message

    @staticmethod
    def is_what(message, what):
        """what: 'BYE', 200, or (200, 'INVITE')."""
        if isinstance(what, tuple):
            return message.status == what[0] and message.get('CSeq').split()[1] == what[1]
        return message.method == what or message.status == what

    def maybe(self, what, within_s, again=False):
        """The next such message, or None; what comes before it is put aside for good. again: one that
        is sent again counts, too."""
        return self.next(lambda m: self.is_what(m, what) and (again or not m.is_repeated),
                         time.monotonic() + within_s)

    def next(self, is_it, deadline):
        while True:
            message = self.waiting.pop(0) if self.waiting else self.receive(deadline - time.monotonic())
            if message and is_it(message):
                return message
            if not message and time.monotonic() >= deadline:
                return None

    def expect(self, what, within_s=3, again=False):
        message = self.maybe(what, self.seconds(within_s) + slack_s(), again)
        if not message:
            raise Failure('no %s came within %.1f s; came: %s' % (what, within_s, self.all[-10:]))
        return message

    def expect_final(self, method, cseq, within_s=3):
        message = self.next(lambda m: m.status and m.status >= 200 and
                            m.get('CSeq') == '%d %s' % (cseq, method),
                            time.monotonic() + self.seconds(within_s) + slack_s())
        if not message:
            raise Failure('no answer to %s %d; came: %s' % (method, cseq, self.all[-10:]))
        return message

    def absent(self, what, for_s):
        """Neither anew nor again. While the panel has not read what we sent last, it may rightly send
        again what it has sent before."""
        message = None
        if any(self.is_what(m, what) for m in self.all):
            message = self.behind(self.all[-1].source,
                                  lambda m: self.is_what(m, what) and not m.is_repeated)
        message = message or self.maybe(what, for_s, again=True)
        if message:
            raise Failure('%s came, and should not have:\n%s' % (what, message.raw.decode()))

    def behind(self, panel, is_it=lambda m: False):
        """Until the panel at (address, port) has read all that was sent to it: then it answers what comes
        behind that. Returns the first message before that which is_it, or None."""
        asked = Dialog(self, target=panel)
        asked.remote += ';tag=unknown'
        request = asked.build('BYE', cseq=4711)   # there is no such call, and it says so
        deadline = time.monotonic() + self.seconds(10) + slack_s()
        while time.monotonic() < deadline:
            self.send(request, panel)   # once more, as it may be lost behind many
            message = self.next(lambda m: is_it(m) or m.get('Call-ID') == asked.call_id,
                                time.monotonic() + 0.5)
            if message:
                return None if message.get('Call-ID') == asked.call_id else message
        raise Failure('the panel at port %d does not say that it has read all' % panel[1])

    def collect(self, for_s):
        """All that comes within so long."""
        deadline, found = time.monotonic() + for_s, self.waiting
        self.waiting = []
        while time.monotonic() < deadline:
            message = self.receive(deadline - time.monotonic())
            if message:
                found.append(message)
        return found

    # -- calls

    def take(self, within_s=3):
        """The dialog that the next INVITE asks for."""
        return Dialog(self, invite=self.expect('INVITE', within_s))

    def call(self, target, body=None, **more):
        """Send an INVITE to the panel at target (address, port)."""
        dialog = Dialog(self, target=target)
        dialog.invite(body, **more)
        return dialog


class Dialog:
    """One call at one peer. Of an INVITE that came, or of one to send."""

    def __init__(self, peer, invite=None, target=None):
        self.peer = peer
        self.tag = tag()
        self.cseq = 100
        self.first = invite        # the INVITE
        self.sent = None           # the last request of ours, as it was sent
        self.remote_tag = ''
        if invite:
            self.call_id = invite.get('Call-ID')
            self.local, self.remote = invite.get('To') + ';tag=' + self.tag, invite.get('From')
            self.uri, self.to = sip.address_uri(invite.get('Contact')), invite.source
        else:
            self.call_id = tag() + '@peer'
            self.local = '<%s>;tag=%s' % (peer.uri, self.tag)
            self.uri, self.to = 'sip:panel@%s:%d' % target, target
            self.remote = '<%s>' % self.uri

    # -- answers

    def answer(self, code, body=b'', request=None, headers=(), tag=None, contact=None, kind=SDP,
               record_route=None, peer=None):
        """Answer request (else the INVITE). tag: another fork's."""
        request = request or self.first
        to = request.get('To')
        if ';tag=' not in to and code > 100:
            to += ';tag=' + (tag or self.tag)
        lines = ['SIP/2.0 %d %s' % (code, sip.REASONS.get(code, 'Whatever'))]
        lines += ['Via: ' + via for via in request.all('Via')]
        lines += ['From: ' + request.get('From'), 'To: ' + to, 'Call-ID: ' + request.get('Call-ID'),
                  'CSeq: ' + request.get('CSeq')]
        if request.method == 'INVITE' and code < 400:
            lines.append('Contact: <%s>' % (contact or (peer or self.peer).uri))
        lines += ['Record-Route: ' + record_route] if record_route else []
        lines += ['%s: %s' % header for header in headers]
        lines += ['Content-Type: ' + kind] if body else []
        raw = (CRLF.join(lines + ['Content-Length: %d' % len(body), '', ''])).encode() + body
        (peer or self.peer).send(raw, request.source)
        return raw

    # -- requests

    def build(self, method, body=b'', headers=(), cseq=None, branch=None, kind=SDP, to=None, via=None,
              uri=None):
        if cseq is None:
            if method not in ('ACK', 'CANCEL'):
                self.cseq += 1
            cseq = self.cseq
        self.branch = branch or 'z9hG4bK' + tag()
        lines = ['%s %s SIP/2.0' % (method, uri or self.uri),
                 'Via: SIP/2.0/UDP %s:%d;branch=%s;rport' % ((via or self.peer.address) + (self.branch,)),
                 'Max-Forwards: 70', 'From: ' + self.local, 'To: ' + (to or self.remote),
                 'Call-ID: ' + self.call_id, 'CSeq: %d %s' % (cseq, method),
                 'Contact: <%s>' % self.peer.uri]
        lines += ['%s: %s' % header for header in headers]
        lines += ['Content-Type: ' + kind] if body else []
        return (CRLF.join(lines + ['Content-Length: %d' % len(body), '', ''])).encode() + body

    def send(self, method, body=b'', **more):
        self.sent = self.build(method, body, **more)
        self.peer.send(self.sent, self.to)
        return self.sent

    def invite(self, body=None, **more):
        self.send('INVITE', description(self.peer.address[1] + 1) if body is None else body, **more)
        self.invite_branch, self.invite_cseq = self.branch, self.cseq
        return self.sent

    def cancel(self):
        return self.send('CANCEL', branch=self.invite_branch, cseq=self.invite_cseq)

    def ack(self, response, body=b'', **more):
        """For any final answer to our INVITE."""
        self.remote = response.get('To')
        if response.status < 300:
            self.uri = sip.address_uri(response.get('Contact'))
            return self.send('ACK', body, cseq=response.cseq(), **more)
        return self.send('ACK', cseq=response.cseq(), branch=self.invite_branch)

    def ask(self, method, body=b'', within_s=3, **more):
        """A request and its final answer."""
        self.send(method, body, **more)
        cseq = self.cseq
        answer = self.peer.expect_final(method, cseq, within_s)
        if method == 'INVITE':
            branch = self.branch if answer.status >= 300 else None
            self.send('ACK', cseq=cseq, branch=branch)
        return answer


class Server(Peer):
    """A peer that is the account's server: REGISTER and OPTIONS are answered whenever it is looked at.
    Calls are the test's. Realm, user and password are as in its account()."""

    realm, user, password = 'portero.test', '101', 'pw-One-4711'

    def account(self, **changes):
        account = {
            'proxy': 'sip:%s:%d' % self.address, 'realm': 'pbx.example.com', 'user': self.user,
            'password': self.password, 'transport': 'udp', 'user_id': '',
            'stun': {'ip': '127.0.0.1', 'port': 3478}, 'registration_interval': 60,
        }
        return dict(account, **changes)

    def challenge(self, realm=None):
        """(name, value) of a header that asks for credentials, each time with another nonce."""
        return 'Proxy-Authenticate', 'Digest realm="%s", nonce="%s", qop="auth", algorithm=MD5' % (
            realm or self.realm, tag())

    def receive(self, timeout_s):
        message = super().receive(timeout_s)
        if message and message.method == 'REGISTER':
            self.on_register(message)
        elif message and message.method == 'OPTIONS':
            self.send(sip.response(message, 200, source=message.source), message.source)
        else:
            return message
        return None

    def on_register(self, message):
        if not message.get('Proxy-Authorization'):
            raw = sip.response(message, 407, headers=[self.challenge()], source=message.source)
        else:
            headers = [('Contact', '<%s>;expires=60' % sip.address_uri(message.contacts()[0]))]
            if message.expires() == 0:
                headers = []
            raw = sip.response(message, 200, headers=headers, source=message.source)
        self.send(raw, message.source)

    def register(self, daemon, **changes):
        """Until the panel is registered here."""
        daemon.set_sip(self.account(**changes))
        deadline = time.monotonic() + self.seconds(5) + slack_s()
        while daemon.status()['sip_status'] != 'OK':
            self.waiting += self.collect(0.1)
            if time.monotonic() > deadline:
                raise Failure('not registered: %s' % daemon.status())

    def answer_challenge_is_right(self, message, method=None):
        value = message.get('Proxy-Authorization')
        return bool(value) and sip.digest_is_right(value, method or message.method, self.password)

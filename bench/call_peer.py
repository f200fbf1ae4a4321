# SPDX-License-Identifier: MIT
"""The other end of the calls that are measured: registrar, phone and its sound in one, for the panel
and for baresip alike. Stamps in ns of CLOCK_REALTIME: the kernel's for what comes, ours just before the
system call for what goes.

Its threads, and the script's, run before all other work on their core: what else is measured there
(wrk, a login) does not delay a stamp."""

import array
import ctypes
import heapq
import http.client
import json
import os
import random
import select
import socket
import struct
import subprocess
import sys
import threading
import time
import wave

import common
from harness import Failure, baresip, sip
from harness.peer import SDP, audio_of, description, tag
from harness.stream import DECODED, FRAME, PCMA, RATE, encode

ANSWER_AFTER_S = 0.05   # 180, then so long until 200, and up to a packet more: somebody takes it
CHALLENGE_AFTER_S = 0.005  # a server is not on the same machine
PTIME_S = FRAME / RATE
LOUD = 8000             # a sample that is part of a click or tone of ours, and of nothing else
SILENCE = bytes([encode(0)]) * FRAME
CLICK = bytes([encode(30000)]) + SILENCE[1:]


def now_ns():
    return time.clock_gettime_ns(time.CLOCK_REALTIME)


def go_first():
    """This thread before others on its core; what it starts is as usual again."""
    try:
        os.sched_setscheduler(0, os.SCHED_FIFO | os.SCHED_RESET_ON_FORK, os.sched_param(10))
    except PermissionError:
        pass


def open_udp(port=0):
    s = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
    s.setsockopt(socket.SOL_SOCKET, common.SO_TIMESTAMPNS, 1)
    s.bind(('127.0.0.1', port))
    return s


def stamp_ns(ancillary):
    for level, kind, value in ancillary:
        if level == socket.SOL_SOCKET and kind == common.SO_TIMESTAMPNS:
            return int.from_bytes(value[:8], sys.byteorder) * 10**9 + \
                int.from_bytes(value[8:16], sys.byteorder)
    raise Failure('the kernel gives no time stamps')


class Sound(threading.Thread):
    """RTP that comes, with the kernel's time; and goes, one packet each 20 ms."""

    def __init__(self):
        super().__init__(daemon=True)
        self.socket, self.reports = self.open_pair()
        self.port = self.socket.getsockname()[1]
        self.packets = []   # (ns, bytes)
        self.sent = []      # (ns, payload)
        self.talker = None
        self.is_over = self.is_silent = False
        self.target = None
        self.sequence, self.timestamp, self.ssrc = 1, 0, 0
        self.lock = threading.Lock()
        self.start()

    @staticmethod
    def open_pair():
        for _ in range(100):
            port = common.free_port() & ~1
            try:
                return open_udp(port), open_udp(port + 1)
            except OSError:
                continue
        raise Failure('no free pair of ports')

    def run(self):
        go_first()
        while not self.is_over:
            for s in select.select([self.socket, self.reports], [], [], 0.2)[0]:
                data, ancillary, _, _ = s.recvmsg(2048, 256)
                if s is self.socket:
                    self.packets.append((stamp_ns(ancillary), data))

    def prepare(self, address):
        """For the next call, whose other side has its sound there."""
        self.target = address
        self.packets, self.sent = [], []
        self.ssrc += 0x1000

    def send(self, payload, kind=PCMA, timestamp=None, is_marked=False):
        with self.lock:
            self.sequence = (self.sequence + 1) & 0xffff
            head = struct.pack('!BBHII', 0x80, kind | (0x80 if is_marked else 0), self.sequence,
                               self.timestamp if timestamp is None else timestamp, self.ssrc)
            at = now_ns()
            self.socket.sendto(head + payload, self.target)
            return at

    def talk(self, payload_of, after_s=0):
        """payload_of(n): the nth packet; the first one goes out at once, or after_s later."""
        def run():
            go_first()
            time.sleep(after_s)
            start, n = time.monotonic(), 0
            while not self.is_silent:
                payload = payload_of(n)
                self.sent.append((self.send(payload), payload))
                self.timestamp = (self.timestamp + FRAME) & 0xffffffff
                n += 1
                time.sleep(max(0.0, start + n * PTIME_S - time.monotonic()))
        self.is_silent = False
        self.talker = threading.Thread(target=run, daemon=True)
        self.talker.start()

    def be_silent(self):
        if self.talker:
            self.is_silent = True
            self.talker.join()
            self.talker = None

    def wait(self, n, within_s=5):
        common.wait_for(lambda: len(self.packets) >= n, within_s, '%d RTP packets' % n, 0.005)

    def finish(self):
        self.be_silent()
        self.is_over = True
        self.join()
        self.socket.close()
        self.reports.close()


def loud_at(samples):
    """Where the first loud sample is, or None."""
    return next((i for i, s in enumerate(samples) if abs(s) > LOUD), None)


def decoded(packet):
    """Samples of an RTP packet of A-law; none of any other."""
    return [DECODED[b] for b in packet[12:]] if packet[1] & 0x7f == PCMA else []


class Call:
    """What happened when. at: invite, challenged, invite_again, ok, ack, over."""

    def __init__(self, invite):
        self.invite, self.tag, self.at = invite, tag(), {}
        self.cseq = 0
        self.local, self.remote, self.uri, self.to = '', '', '', None


class CallPeer(threading.Thread):
    """Takes every REGISTER, asks each INVITE for credentials if it is to, and answers it."""

    def __init__(self, challenges=True, rings=True, payload_of=None, is_any_phase=False):
        """payload_of: what it says from the answer on (Sound.talk), or None. is_any_phase: not at the
        same moment as the answer, but up to a packet later."""
        super().__init__(daemon=True)
        self.is_any_phase = is_any_phase
        self.challenges, self.rings, self.payload_of = challenges, rings, payload_of
        self.socket = open_udp()
        self.address, self.port = '127.0.0.1', self.socket.getsockname()[1]
        self.sound = Sound()
        self.condition = threading.Condition()
        self.calls = []
        self.due = []       # (monotonic s, number, what to do)
        self.counter = 0
        self.answers = {}   # Call-ID and CSeq of our requests: the final answer
        self.seen = set()
        self.is_over = False
        self.start()

    def port_of(self, transport):
        return self.port

    # -- its thread

    def run(self):
        go_first()
        while not self.is_over:
            wait_s = min(0.2, self.due[0][0] - time.monotonic()) if self.due else 0.2
            if select.select([self.socket], [], [], max(0.0, wait_s))[0]:
                data, ancillary, _, source = self.socket.recvmsg(65535, 256)
                if data.strip(b'\r\n\0'):
                    self.take(sip.Message(data), stamp_ns(ancillary), source)
            while self.due and self.due[0][0] <= time.monotonic():
                heapq.heappop(self.due)[2]()

    def take(self, message, at, source):
        message.source = source
        key = (message.get('Via'), message.method, message.status)
        is_repeated, _ = key in self.seen, self.seen.add(key)
        if message.method == 'REGISTER':
            self.socket.sendto(common.accept_register(message), source)
        elif message.method == 'INVITE' and not is_repeated:
            self.on_invite(message, at)
        elif message.method == 'ACK' and self.calls and 'ok' in self.calls[-1].at:
            self.note(ack=at)
        elif message.method == 'BYE':
            self.socket.sendto(sip.response(message, 200, source=source), source)
            self.note(over=at)
        elif message.status and message.status >= 200:
            with self.condition:
                self.answers[message.get('Call-ID'), message.get('CSeq')] = message
                self.condition.notify_all()

    def note(self, **at):
        with self.condition:
            for name, ns in at.items():
                self.calls[-1].at.setdefault(name, ns)
            self.condition.notify_all()

    def on_invite(self, invite, at):
        if not self.challenges or invite.get('Proxy-Authorization'):
            return self.on_good_invite(invite, at)
        challenge = 'Digest realm="portero.test", nonce="%s", qop="auth", algorithm=MD5' % tag()
        raw = sip.response(invite, 407, headers=[('Proxy-Authenticate', challenge)],
                           source=invite.source)
        with self.condition:
            self.calls.append(Call(invite))
        self.note(invite=at)
        self.later(CHALLENGE_AFTER_S, lambda: self.challenge(raw, invite.source))

    def later(self, after_s, act):
        self.counter += 1
        heapq.heappush(self.due, (time.monotonic() + after_s, self.counter, act))

    def challenge(self, raw, source):
        at = now_ns()
        self.socket.sendto(raw, source)
        self.note(challenged=at)

    def on_good_invite(self, invite, at):
        with self.condition:
            if not self.challenges:
                self.calls.append(Call(invite))
            call = self.calls[-1]
            call.invite = invite
            call.at.setdefault('invite', at)
            call.at['invite_again'] = at
            self.condition.notify_all()
        call.local, call.remote = invite.get('To') + ';tag=' + call.tag, invite.get('From')
        call.uri, call.to = sip.address_uri(invite.get('Contact')), invite.source
        self.sound.prepare(audio_of(invite)[:2])
        if self.rings:
            self.socket.sendto(self.answer(call, 180), invite.source)
            self.later(ANSWER_AFTER_S + random.random() * PTIME_S, lambda: self.accept(call))
        else:
            self.accept(call)

    def answer(self, call, code, body=b''):
        lines = ['SIP/2.0 %d %s' % (code, 'OK' if code == 200 else 'Ringing')]
        lines += ['Via: ' + via for via in call.invite.all('Via')]
        lines += ['From: ' + call.remote, 'To: ' + call.local,
                  'Call-ID: ' + call.invite.get('Call-ID'), 'CSeq: ' + call.invite.get('CSeq'),
                  'Contact: <sip:102@127.0.0.1:%d>' % self.port]
        lines += ['Content-Type: ' + SDP] if body else []
        return '\r\n'.join(lines + ['Content-Length: %d' % len(body), '', '']).encode() + body

    def accept(self, call):
        raw = self.answer(call, 200, description(self.sound.port))
        call.at['ok'] = now_ns()
        self.socket.sendto(raw, call.to)
        if self.payload_of:
            self.sound.talk(self.payload_of, random.random() * PTIME_S * self.is_any_phase)

    # -- the script's thread

    def wait(self, what, number, within_s=5):
        """The number-th call, counted from 0, once it has come so far."""
        with self.condition:
            if not self.condition.wait_for(lambda: len(self.calls) > number and
                                           what in self.calls[number].at, within_s):
                raise Failure('no %s of call %d: %s' % (
                    what, number, [list(call.at) for call in self.calls]))
            return self.calls[number]

    def send(self, call, method, body=b'', kind=None):
        """A request in the dialog. Returns (CSeq, just before it went)."""
        call.cseq += 1
        cseq = '%d %s' % (call.cseq, method)
        lines = ['%s %s SIP/2.0' % (method, call.uri),
                 'Via: SIP/2.0/UDP 127.0.0.1:%d;branch=z9hG4bK%s;rport' % (self.port, tag()),
                 'Max-Forwards: 70', 'From: ' + call.local, 'To: ' + call.remote,
                 'Call-ID: ' + call.invite.get('Call-ID'), 'CSeq: ' + cseq]
        lines += ['Content-Type: ' + kind] if kind else []
        raw = '\r\n'.join(lines + ['Content-Length: %d' % len(body), '', '']).encode() + body
        at = now_ns()
        self.socket.sendto(raw, call.to)
        return cseq, at

    def ask(self, call, method, **more):
        """A request that must be answered 200; not sent again. Returns when it went."""
        cseq, at = self.send(call, method, **more)
        key = call.invite.get('Call-ID'), cseq
        with self.condition:
            if not self.condition.wait_for(lambda: key in self.answers, 5):
                raise Failure('no answer to ' + cseq)
            if self.answers[key].status != 200:
                raise Failure('%s: %s' % (cseq, self.answers[key].first))
        return at

    def hang_up(self, call):
        self.sound.be_silent()
        self.ask(call, 'BYE')

    def finish(self, passed):
        self.is_over = True
        self.join()
        self.sound.finish()
        self.socket.close()


# -- files of the panel's simulated devices

IN_MODIFY, IN_CLOEXEC = 0x2, 0o2000000


class LoudspeakerFile:
    """Tells when each sample in it was written to the device. The device writes the file's header when
    it is opened (seen by inotify), and the nth period when n + 1 periods are over since then."""

    def __init__(self, path):
        self.path, self.opened_ns = path, None
        open(path, 'w').close()
        self.libc = ctypes.CDLL(None, use_errno=True)
        self.fd = self.libc.inotify_init1(IN_CLOEXEC)
        if self.fd < 0 or self.libc.inotify_add_watch(self.fd, path.encode(), IN_MODIFY) < 0:
            raise OSError(ctypes.get_errno(), 'inotify')
        threading.Thread(target=self.run, daemon=True).start()

    def run(self):
        go_first()
        while True:
            os.read(self.fd, 4096)
            at = now_ns()
            if self.opened_ns is None and os.path.getsize(self.path):
                self.opened_ns = at

    def watch(self):
        """From now on for the next call."""
        os.truncate(self.path, 0)
        time.sleep(0.01)
        self.opened_ns = None

    def loud_ns(self):
        """When loud samples were written, in the call that is over; the time of their periods."""
        with open(self.path, 'rb') as f:
            samples = array.array('h', f.read()[44:])
        found = []
        for start in range(0, len(samples), FRAME):
            if loud_at(samples[start:start + FRAME]) is not None:
                found.append(self.opened_ns + (start // FRAME + 1) * PTIME_S * 1e9)
        return found

    def first_loud_ns(self):
        return self.loud_ns()[0]

    def finish(self, passed):
        pass  # its thread ends with the script


def write_wav(path, samples):
    with wave.open(path, 'wb') as f:
        f.setnchannels(1)
        f.setsampwidth(2)
        f.setframerate(RATE)
        f.writeframes(array.array('h', samples).tobytes())


# -- who calls

KEPT_S = 5  # a connection without a request


class Panel:
    """Our side: starts calls by its API, over one connection that stays."""

    loudspeaker = None  # a LoudspeakerFile, if it has one

    def __init__(self, bench, peer, **options):
        self.peer = peer
        self.daemon = bench.portero(**options)
        self.daemon.set_sip(common.account(peer.port))
        self.daemon.wait_status('OK')
        self.daemon.login()
        self.http, self.used = None, 0
        self.post('/api/v1/device/settings/volume', {'volume_level': 6})
        self.post('/api/v1/device/settings/mic', {'mic_gain_level': 6})

    def post(self, path, value):
        """(just before it was sent, the answer's JSON)"""
        if self.http is None or time.monotonic() - self.used > KEPT_S:
            self.http = http.client.HTTPConnection(*self.daemon.http, timeout=10)
            self.http.connect()
        self.used = time.monotonic()
        body = json.dumps(value).encode()
        headers = {'Authorization': 'Bearer ' + self.daemon.token}
        at = now_ns()
        self.http.request('POST', path, body, headers)
        answer = self.http.getresponse()
        text = answer.read()
        if answer.status != 200:
            raise Failure('%s: %d %r' % (path, answer.status, text))
        return at, json.loads(text)

    def press(self):
        return self.post('/api/v1/system/debug/call/start', {'number': '102'})[0]

    def press_key(self):
        return self.post('/api/portero/v1/sim/keypad', {'keys': ['1', '0', '2', 'call']})[0]

    def wait_over(self):
        common.wait_for(lambda: self.daemon.api('GET', '/system/call/status').json['state'] == 'ended',
                        5, 'call over')


PHONE_MODULES = ('g711.so', 'account.so', 'menu.so', 'ctrl_tcp.so', 'aubridge.so')

PHONE_CONFIG = '''poll_method epoll
sip_listen 127.0.0.1:{port}
ctrl_tcp_listen 127.0.0.1:{control}
audio_player aubridge,loop
audio_source aubridge,loop
audio_alert aubridge,alert
audio_path {dir}
ringback_disabled yes
ausrc_srate 8000
ausrc_channels 1
auplay_srate 8000
auplay_channels 1
ausrc_format s16
auplay_format s16
rtp_tos 184
rtp_ports 20000-29999
rtcp_mux no
rtp_stats no
net_interface 127.0.0.1
module_path {modules}
{module_lines}
'''


class Phone(baresip.Baresip):
    """baresip, registered at the peer. What it hears it says: its loudspeaker is its microphone."""

    loudspeaker = None

    def __init__(self, bench, peer):
        super().__init__(bench, common.USER, common.PASSWORD, peer, codecs='pcma')
        self.write('config', PHONE_CONFIG.format(
            port=self.port, control=self.control, dir=self.dir, modules=self.module_path(),
            module_lines='\n'.join('module ' + name for name in PHONE_MODULES)))
        self.write('accounts', '<sip:%s@127.0.0.1:%d>;auth_pass=%s;regint=900;audio_codecs=pcma\n'
                   % (common.USER, peer.port, common.PASSWORD))
        self.number = '102'
        bench.own(self)
        self.start()

    def launch(self, log):
        # A session of its own, as the panel: the kernel shares out the core by sessions.
        return subprocess.Popen(['baresip', '-f', self.dir, '-v'], stdin=subprocess.DEVNULL,
                                stdout=log, stderr=log, preexec_fn=common.on_server_core,
                                cwd=self.dir, start_new_session=True)

    def press(self):
        text = json.dumps({'command': 'dial', 'params': self.number, 'token': 'x'}).encode()
        at = now_ns()
        self.socket.sendall(b'%d:%s,' % (len(text), text))
        return at

    def wait_over(self):
        self.wait_event('CALL_CLOSED')

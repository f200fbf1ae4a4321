# SPDX-License-Identifier: MIT
"""baresip: a real phone. Its microphone is a tone, its loudspeaker a WAV file, so that what is heard
can be proved; it is steered and watched over its control socket."""

import glob
import json
import os
import re
import shutil
import socket
import subprocess
import time

from . import Failure, check, free_port, reserve_port, slack_s, wait_for
from .portero import die_with_parent

# Codecs before the account that names them. sndfile writes what is heard.
MODULES = ('g711.so', 'account.so', 'menu.so', 'ctrl_tcp.so', 'ausine.so', 'aubridge.so', 'sndfile.so')

CONFIG = '''
poll_method epoll
sip_listen {address}:{port}
sip_certificate {certificate}
sip_verify_server no
ctrl_tcp_listen 127.0.0.1:{control}
call_local_timeout 120
call_max_calls 4
audio_player aubridge,sink
snd_path {dir}
audio_source ausine,{tone_hz}
audio_alert aubridge,alert
ausrc_srate 48000
ausrc_channels 2
auplay_srate 8000
auplay_channels 1
ausrc_format s16
auplay_format s16
rtp_tos 184
rtp_ports 20000-29999
rtcp_mux no
jitter_buffer_delay 2-10
rtp_stats no
net_interface {interface}
module_path {modules}
{module_lines}
'''


class Baresip:
    """user, password, server: of a Kamailio to register at; server None: direct calls only.
    answer: "auto", "manual". dtmf: "rtpevent" or "info", how it sends digits."""

    def __init__(self, test, user, password=None, server=None, transport='udp', answer='manual',
                 dtmf='rtpevent', tone_hz=700, codecs='pcma,pcmu', address='127.0.0.1', more=''):
        check(shutil.which('baresip'), 'baresip is not installed (tools/packages test)')
        self.test, self.user, self.address = test, user, address
        self.dir = test.new_dir('baresip')
        # TLS listens on the port above.
        self.port, self.control = self.free_ports(address), free_port()
        self.log_path = os.path.join(self.dir, 'log')
        self.has_server = server is not None
        self.process = self.socket = None
        self.buffer = b''
        self.events = []
        domain = '%s:%d' % (server.address, server.port_of(transport)) if server else \
            '%s:%d' % (address if ':' not in address else '[%s]' % address, self.port)
        account = '<sip:%s@%s;transport=%s>;answermode=%s;audio_codecs=%s;dtmfmode=%s' % (
            user, domain, transport, answer, codecs, dtmf)
        account += ';auth_pass=%s;regint=60' % password if server else ';regint=0'
        certificate = ''
        if transport == 'tls':
            authority = test.certificates()
            chain, key = authority.server()
            certificate = os.path.join(self.dir, 'certificate.pem')
            with open(certificate, 'w') as out:
                out.write(open(key).read() + open(chain).read())
        self.write('accounts', account + more + '\n')
        self.write('config', CONFIG.format(
            address=address if ':' not in address else '[%s]' % address, interface=address,
            port=self.port,
            control=self.control, dir=self.dir, tone_hz=tone_hz, certificate=certificate,
            modules=self.module_path(),
            module_lines='\n'.join('module %s' % name for name in MODULES)))
        self.write('contacts', '')

    @staticmethod
    def free_ports(address):
        for _ in range(100):
            port = free_port(address)
            if port % 2 == 0 and reserve_port(port + 1):
                return port
        raise Failure('no free even port')

    @staticmethod
    def module_path():
        for path in ('/usr/lib/baresip/modules', '/usr/lib/x86_64-linux-gnu/baresip/modules',
                     '/usr/lib/aarch64-linux-gnu/baresip/modules'):
            if os.path.isdir(path):
                return path
        raise Failure('no baresip modules')

    def write(self, name, text):
        with open(os.path.join(self.dir, name), 'w') as f:
            f.write(text)

    @property
    def heard(self):
        """The WAV file of what came out of the loudspeaker in the last call."""
        files = sorted(glob.glob(os.path.join(self.dir, 'dump-*-dec.wav')))
        check(files, 'baresip %s has heard nothing\n%s' % (self.user, self.log()[-3000:]))
        return files[-1]

    @property
    def uri(self):
        host = self.address if ':' not in self.address else '[%s]' % self.address
        return 'sip:%s@%s:%d' % (self.user, host, self.port)

    def start(self):
        with open(self.log_path, 'ab') as log:
            self.process = self.launch(log)
        self.socket = wait_for(self.connect, 30, lambda: 'baresip up\n' + self.log())
        if self.has_server:
            wait_for(lambda: re.search(r'\{0/.*\} 200 OK', self.log()), 30,
                     lambda: 'baresip registered\n' + self.log())

    def launch(self, log):
        return subprocess.Popen(['baresip', '-f', self.dir, '-v'], stdin=subprocess.DEVNULL,
                                stdout=log, stderr=log, preexec_fn=die_with_parent, cwd=self.dir)

    def connect(self):
        check(self.process.poll() is None, 'baresip ended\n' + self.log())
        try:
            return socket.create_connection(('127.0.0.1', self.control), 1)
        except OSError:
            return None

    def log(self):
        with open(self.log_path, errors='replace') as f:
            return f.read()

    # -- control

    def read(self, within_s):
        """One netstring of JSON, or None."""
        deadline = time.monotonic() + within_s
        while True:
            head = re.match(rb'(\d+):', self.buffer)
            if head:
                end = head.end() + int(head[1])
                if len(self.buffer) > end:
                    text, self.buffer = self.buffer[head.end():end], self.buffer[end + 1:]
                    return json.loads(text)
            left = deadline - time.monotonic()
            if left <= 0:
                return None
            self.socket.settimeout(left)
            try:
                data = self.socket.recv(65536)
            except socket.timeout:
                return None
            if not data:
                raise Failure('baresip has closed its control socket\n' + self.log())
            self.buffer += data

    def command(self, command, params=''):
        token = str(time.monotonic())
        text = json.dumps({'command': command, 'params': params, 'token': token}).encode()
        self.socket.sendall(b'%d:%s,' % (len(text), text))
        deadline = time.monotonic() + 15
        while time.monotonic() < deadline:
            message = self.read(deadline - time.monotonic())
            if message and message.get('response'):
                return message
            if message:
                self.events.append(message)
        raise Failure('no answer to %s\n%s' % (command, self.log()))

    def wait_event(self, kind, within_s=5):
        """The next event of this type; events before it are dropped."""
        deadline = time.monotonic() + self.test.seconds(within_s) + slack_s()
        while True:
            while self.events:
                event = self.events.pop(0)
                if event.get('type') == kind:
                    return event
            left = deadline - time.monotonic()
            if left <= 0:
                raise Failure('no %s from baresip within %.0f s\n%s' % (kind, within_s,
                                                                        self.log()[-4000:]))
            message = self.read(left)
            if message and message.get('event'):
                self.events.append(message)

    def accept(self):
        self.command('accept')

    def dial(self, uri):
        self.command('dial', uri)

    def hang_up(self):
        self.command('hangup')

    def hold(self):
        self.command('hold')

    def resume(self):
        self.command('resume')

    def type_digit(self, digit):
        """Press and release a key."""
        self.command('sndcode', digit)

    def stop(self):
        if self.process and self.process.poll() is None:
            self.process.terminate()
            try:
                self.process.wait(5)
            except subprocess.TimeoutExpired:
                self.process.kill()
                self.process.wait()
        if self.socket:
            self.socket.close()
        self.process = self.socket = None

    def finish(self, passed):
        if not passed:
            print('baresip %s:\n%s' % (self.user, self.log()[-3000:]))
        self.stop()

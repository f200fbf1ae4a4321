# SPDX-License-Identifier: MIT
"""The daemon under test: starts it, speaks to its API, stops it and looks at what it left."""

import contextlib
import ctypes
import hashlib
import http.client
import json
import os
import re
import select
import signal
import subprocess
import time

from . import ROOT, Failure, check, check_equal, slack_s, wait_for

PASSWORD = 'e2e-Admin-7'
PR_SET_PDEATHSIG = 1
libc = ctypes.CDLL(None, use_errno=True)

BAD_LOG = [
    (re.compile(r'AddressSanitizer|LeakSanitizer|runtime error:|UndefinedBehavior'),
     'a sanitizer report'),
    (re.compile(r'[Aa]ssertion .*failed|stack smashing|free\(\): |double free|corrupted'),
     'a broken assertion or heap'),
]
SLOW_LINE = re.compile(r'loop: .* took (\d+) ms')


def binary():
    path = os.environ.get('PORTERO', os.path.join('build', 'portero'))
    return path if os.path.isabs(path) else os.path.join(ROOT, path)


def die_with_parent():
    """In the child, before exec: a killed test leaves no daemon behind."""
    libc.prctl(PR_SET_PDEATHSIG, signal.SIGKILL)


def environment():
    env = dict(os.environ)
    env.setdefault('ASAN_OPTIONS', 'detect_leaks=1:halt_on_error=1')
    env.setdefault('UBSAN_OPTIONS', 'halt_on_error=1:print_stacktrace=1')
    for name in ('STATE_DIRECTORY', 'NOTIFY_SOCKET', 'INVOCATION_ID', 'JOURNAL_STREAM'):
        env.pop(name, None)
    return env


def run_binary(arguments, timeout_s=30, **more):
    """Run it to its end. Returns (exit code, stdout, stderr)."""
    try:
        done = subprocess.run([binary()] + list(arguments), stdin=subprocess.DEVNULL,
                              stdout=subprocess.PIPE, stderr=subprocess.PIPE, timeout=timeout_s,
                              env=environment(), preexec_fn=die_with_parent, **more)
    except subprocess.TimeoutExpired as expired:
        raise Failure('still running after %.0f s: portero %s\n%s' % (
            timeout_s, ' '.join(arguments), (expired.stderr or b'').decode()))
    return done.returncode, done.stdout.decode(), done.stderr.decode()


class Answer:
    def __init__(self, status, headers, body):
        self.status, self.headers, self.body = status, headers, body

    @property
    def json(self):
        return json.loads(self.body)

    def __repr__(self):
        return '%d %s' % (self.status, self.body.decode('utf-8', 'replace')[:500])


class Portero:
    """One daemon on one state directory. It can be stopped or killed and started again."""

    def __init__(self, test, state=None, sip_ca=None, password=PASSWORD, sip='127.0.0.1:0',
                 http_address='127.0.0.1:0', extra=(), before_exec=None, allow_slow=False,
                 config=None, namespace=None, environ=None):
        self.test = test
        self.state = state or test.new_dir('state')
        self.password = password
        self.arguments = ['run', '--state', self.state, '--http', http_address, '--simulate']
        if sip:
            self.arguments += ['--sip', sip]
        if password:
            self.arguments += ['--factory-password', password]
        if sip_ca:
            self.arguments += ['--sip-ca', sip_ca]
        if config:  # a configuration file with these keys
            self.arguments += ['--config', self.write_config(config)]
        self.arguments += list(extra)
        self.before_exec = before_exec
        self.environ = environ or {}
        self.namespace = namespace   # where it runs (harness.netns), and we when we speak to it
        self.allow_slow = allow_slow
        self.process = None
        self.token = None
        self.starved_ms = 0   # how long it has waited for a processor
        self.log_path = test.path('portero-%d.log' % len(test.things))
        self.answers = []  # (request line, body) of every API answer, for the secrets test

    def write_config(self, config):
        path = self.test.path('portero-%d.ini' % len(self.test.things))
        with open(path, 'w') as f:
            f.writelines('%s = %s\n' % pair for pair in config.items())
        return path

    def inside(self):
        return self.namespace.enter() if self.namespace else contextlib.nullcontext()

    # -- life

    def start(self):
        check(self.process is None, 'started twice')

        def prepare():
            die_with_parent()
            if self.before_exec:
                self.before_exec()

        self.token = None
        with open(self.log_path, 'ab') as log, self.inside():
            self.process = subprocess.Popen(
                [binary()] + self.arguments, stdin=subprocess.DEVNULL, stdout=subprocess.PIPE,
                stderr=log, env=dict(environment(), **self.environ), start_new_session=True,
                preexec_fn=prepare)
        line = self.read_line(self.test.at_most(10))
        match = re.fullmatch(r'ready http=(127[.\d]+):(\d+) sip=(\S+):(\d+) '
                             r'(?:https=(127[.\d]+):(\d+) )?pid=(\d+)\n', line)
        check(match, 'odd ready line: %r' % line, self.log_tail())
        check_equal(int(match[7]), self.process.pid, 'pid in the ready line')
        self.http = (match[1], int(match[2]))
        self.sip = (match[3], int(match[4]))
        self.https = (match[5], int(match[6])) if match[5] else None

    def read_line(self, within_s):
        line, deadline = b'', time.monotonic() + within_s
        fd = self.process.stdout.fileno()
        while not line.endswith(b'\n'):
            left = deadline - time.monotonic()
            if left <= 0 or not select.select([fd], [], [], left)[0]:
                self.kill9()
                raise Failure('no ready line within %.0f s\n%s' % (within_s, self.log_tail()))
            byte = os.read(fd, 1)
            if not byte:
                code = self.process.wait(10)
                self.process.stdout.close()
                self.process = None
                raise Failure('ended with %d before its ready line (%r)\n%s' %
                              (code, line, self.log_tail()))
            line += byte
        return line.decode()

    def stop(self, within_s=3):
        """SIGTERM; exit code 0 in time, nothing more on stdout, nothing left running."""
        process = self.process
        if process.poll() is not None:
            self.process = None
            raise Failure('had ended by itself with %d\n%s' % (process.returncode,
                                                               self.log_tail()))
        self.note_starved()
        started = time.monotonic()
        process.send_signal(signal.SIGTERM)
        try:
            code = process.wait(self.test.at_most(within_s))
        except subprocess.TimeoutExpired:
            self.kill9()
            raise Failure('no exit within %.0f s of SIGTERM\n%s' % (within_s, self.log_tail()))
        took_s = time.monotonic() - started
        self.process = None
        rest = process.stdout.read()
        process.stdout.close()
        check_equal(code, 0, 'exit code after SIGTERM\n' + self.log_tail())
        check_equal(rest, b'', 'stdout after the ready line')
        self.check_no_leftovers(process.pid)
        self.check_log()
        return took_s

    def kill9(self):
        if self.process is None:
            return
        self.note_starved()
        process, self.process = self.process, None
        process.kill()
        process.wait(10)
        process.stdout.close()

    def note_starved(self):
        try:
            with open('/proc/%d/schedstat' % self.process.pid) as f:
                self.starved_ms += int(f.read().split()[1]) / 1e6
        except (OSError, ValueError, IndexError):
            pass  # not told by this kernel

    @staticmethod
    def check_no_leftovers(session):
        left = []
        for pid in filter(str.isdigit, os.listdir('/proc')):
            try:
                with open('/proc/%s/stat' % pid) as f:
                    fields = f.read().rpartition(')')[2].split()
            except OSError:
                continue
            if int(fields[3]) == session and fields[0] != 'Z':
                left.append(pid)
        check(not left, 'processes left behind: ' + ' '.join(left))

    def finish(self, passed):
        if self.process is None:
            self.check_log()
        elif passed:
            self.stop()
        else:
            self.kill9()

    # -- its log

    def log(self):
        with open(self.log_path, 'rb') as f:
            return f.read().decode('utf-8', 'replace')

    def log_tail(self, lines=25):
        return 'the end of its log:\n  | ' + '\n  | '.join(self.log().splitlines()[-lines:])

    def check_log(self):
        log = self.log()
        for pattern, what in BAD_LOG:
            check(not pattern.search(log), what + ' in the log', self.log_tail(60))
        if self.allow_slow:
            return
        # The daemon tells of 100 ms and more, by the clock on the wall: on a busy machine some of
        # that is waiting for a processor.
        limit_ms = 100 + 3 * self.test.stalls.worst_ms + self.starved_ms + (
            900 if self.test.sanitized else 0)
        for match in SLOW_LINE.finditer(log):
            check(int(match[1]) < limit_ms, 'a slow handler: %s (limit here: %d)' % (match[0],
                                                                                    limit_ms))

    # -- its API

    def request(self, method, path, body=None, headers=None, timeout_s=None):
        """One HTTP request as it stands, without credentials of our own."""
        connection = http.client.HTTPConnection(
            *self.http, timeout=self.test.seconds(timeout_s or 10))
        try:
            with self.inside():
                connection.connect()
            connection.request(method, path, body=body, headers=headers or {})
            answer = connection.getresponse()
            answer = Answer(answer.status, answer.headers, answer.read())
        finally:
            connection.close()
        self.answers.append((method + ' ' + path, answer.status,
                             str(answer.headers).encode() + answer.body))
        return answer

    def api(self, method, path, value=None, token=True, base='/api/v1', **more):
        """path below base; value goes out as JSON. token: True uses (or gets) our own, None
        sends none, a string is sent."""
        headers = {}
        if token is True:
            token = self.token or self.login()
        if token:
            headers['Authorization'] = 'Bearer ' + token
        body = None
        if value is not None:
            body = value if isinstance(value, (bytes, str)) else json.dumps(value)
            headers['Content-Type'] = 'application/json'
        if isinstance(body, str):
            body = body.encode('utf-8')
        return self.request(method, base + path, body, headers, **more)

    def must_post(self, path, value=None, base='/api/v1'):
        """POST that must be answered 200. Returns its answer."""
        answer = self.api('POST', path, value, base=base)
        check(answer.status == 200, 'POST %s refused: %r' % (path, answer))
        return answer.json

    def login(self, password=None):
        digest = hashlib.md5((password or self.password).encode()).hexdigest()
        answer = self.request('GET', '/api/v1/login?username=admin&password=' + digest)
        check_equal(answer.status, 200, 'login: %r' % answer)
        self.token = answer.json['token']
        return self.token

    def set_sip(self, account):
        answer = self.api('POST', '/device/sip/settings', account)
        check(answer.status == 200, 'settings refused: %r' % answer, json.dumps(account))
        check_equal(answer.json, {}, 'answer to the settings')

    def get_sip(self):
        answer = self.api('GET', '/device/sip/settings')
        check_equal(answer.status, 200, 'GET settings')
        return answer.json

    def enable_sip(self, on):
        answer = self.api('POST', '/device/sip/enable', {'sip_enable': on})
        check_equal(answer.status, 200, 'enable: %r' % answer)

    def status(self):
        answer = self.api('GET', '/sip/status')
        check_equal(answer.status, 200, 'status: %r' % answer)
        return answer.json

    def wait_status(self, want, within_s=5, reason=None):
        """Poll until sip_status is want (and the reason holds every text of reason; a code only as
        such, and not as a part of a port's number). Returns the whole status."""
        seen = []

        def holds(text, word):
            return re.search(r'\b%s\b' % word, text) if word.isdigit() else word.lower() in text

        def ready():
            status = self.status()
            if not seen or seen[-1] != status:
                seen.append(status)
            words = [reason] if isinstance(reason, str) else (reason or [])
            text = status['detail']['reason'].lower()
            if status['sip_status'] == want and all(holds(text, w) for w in words):
                return status
            return None

        return wait_for(ready, self.test.seconds(within_s),
                        lambda: 'status %s %r; seen:\n    %s\n%s' % (
                            want, reason or '', '\n    '.join(map(json.dumps, seen[-8:])),
                            self.log_tail()))

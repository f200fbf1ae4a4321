# SPDX-License-Identifier: MIT
"""What the benches share: cores, a clean environment, statistics, our daemon, baresip, results.

Server and load run on different cores: SERVER_CORE is the server's, LOAD_CORE is this script's
and the load's. The daemon is $PORTERO, else build/portero."""

import glob
import json
import math
import os
import platform
import shutil
import signal
import socket
import subprocess
import sys
import tempfile
import threading
import time

HERE = os.path.dirname(os.path.abspath(__file__))
ROOT = os.path.dirname(HERE)
RESULTS = os.path.join(HERE, 'results')
sys.dont_write_bytecode = True
sys.path.insert(0, os.path.join(ROOT, 'tests', 'e2e'))

# Before the harness copies the environment: where certificates are is part of what a start costs.
for _name in ('SSL_CERT_FILE', 'SSL_CERT_DIR', 'NIX_SSL_CERT_FILE', 'LD_PRELOAD'):
    os.environ.pop(_name, None)

import harness  # noqa: E402
from harness.portero import Portero, die_with_parent  # noqa: E402
from harness.sip import Message  # noqa: E402

CORES = sorted(os.sched_getaffinity(0))
SERVER_CORE, LOAD_CORE = CORES[0], CORES[-1]
PASSWORD = 'pw-Bench-1'
USER = '101'
free_port = harness.free_port
wait_for = harness.wait_for


# -- statistics

def median(values):
    values = sorted(values)
    middle = len(values) // 2
    return values[middle] if len(values) % 2 else (values[middle - 1] + values[middle]) / 2


def interval(values):
    """(low, high): the 95 % interval of the median by order statistics. No assumption about the
    distribution. With less than 6 values no such interval has 95 %: then the extremes."""
    values, n = sorted(values), len(values)
    below, k = 0.5 ** n, 0  # below: the chance that k or fewer values are under the true median
    while k + 1 <= n // 2 and 2 * (below + math.comb(n, k + 1) * 0.5 ** n) <= 0.05:
        k += 1
        below += math.comb(n, k) * 0.5 ** n
    return values[k], values[n - 1 - k]


def summary(values):
    low, high = interval(values)
    return {'median': median(values), 'low': low, 'high': high, 'n': len(values),
            'values': [round(v, 4) for v in values]}


def abba(rounds, *sides):
    """The order of runs: A B B A A B B A ..., each side `rounds` times."""
    for number in range(rounds):
        yield from sides if number % 2 == 0 else reversed(sides)


# -- results

def machine():
    model = 'unknown'
    with open('/proc/cpuinfo') as f:
        for line in f:
            if line.startswith('model name'):
                model = line.split(':', 1)[1].strip()
                break
    return {'cpu': model, 'cores': len(CORES), 'kernel': platform.release(),
            'load_before': os.getloadavg()[0]}


class Figure:
    """One bench's results: rows of ours beside a peer's, printed and written as JSON."""

    def __init__(self, name, title):
        self.data = {'figure': name, 'title': title, 'rows': [],
                     'date': time.strftime('%Y-%m-%d %H:%M', time.gmtime()) + ' UTC',
                     'machine': machine(), 'commit': commit()}
        print('%s: %s' % (name, title), flush=True)

    def row(self, what, unit, ours, peer=None, peer_name='', target='', is_met=None,
            is_paired=True):
        """ours, peer: lists of values, the nth of one beside the nth of the other if paired."""
        row = {'what': what, 'unit': unit, 'ours': summary(ours), 'target': target,
               'verdict': verdict_text(is_met)}
        if peer:
            row['peer'], row['peer_name'] = summary(peer), peer_name
            if is_paired and len(ours) == len(peer) and all(peer):
                row['ratio'] = summary([a / b for a, b in zip(ours, peer)])
        self.data['rows'].append(row)
        print('  ' + row_text(row), flush=True)

    def note(self, text):
        self.data.setdefault('notes', []).append(text)
        print('  ' + text, flush=True)

    def save(self):
        self.data['machine']['load_after'] = os.getloadavg()[0]
        os.makedirs(RESULTS, exist_ok=True)
        path = os.path.join(RESULTS, self.data['figure'] + '.json')
        with open(path, 'w') as f:
            json.dump(self.data, f, indent=1)
        print('  load before/after %.1f/%.1f; %s' % (
            self.data['machine']['load_before'], self.data['machine']['load_after'],
            os.path.relpath(path, ROOT)), flush=True)


def verdict_text(is_met):
    """is_met: True, False, None (no target), or a text of its own."""
    if is_met is None or isinstance(is_met, str):
        return is_met or ''
    return 'met' if is_met else 'missed'


def compare(ours, peer, is_more_better=False):
    """The verdict on "no worse than the peer" from paired runs."""
    ratios = [b / a if is_more_better else a / b for a, b in zip(ours, peer)]
    if median(ratios) <= 1:
        return True
    return 'even (1 is in the interval)' if interval(ratios)[0] <= 1 else False


def number_text(value):
    if abs(value) >= 1000:
        return '%d' % round(value)
    return '%.3g' % value


def summary_text(part):
    return '%s [%s, %s]' % tuple(number_text(part[k]) for k in ('median', 'low', 'high'))


def row_text(row):
    text = '%-44s %s %s' % (row['what'], summary_text(row['ours']), row['unit'])
    if 'peer' in row:
        text += '; %s %s' % (row['peer_name'], summary_text(row['peer']))
    if 'ratio' in row:
        text += '; ratio ' + summary_text(row['ratio'])
    if row['target']:
        text += '; to reach: ' + row['target']
    if row['verdict']:
        text += ' - ' + row['verdict']
    return text


def commit():
    done = subprocess.run(['git', '-C', ROOT, 'rev-parse', '--short', 'HEAD'],
                          stdout=subprocess.PIPE, stderr=subprocess.DEVNULL)
    return done.stdout.decode().strip()


# -- processes

def need(*programs):
    for program in programs:
        if not shutil.which(program):
            raise SystemExit('%s is not installed' % program)


def pin_self(core=LOAD_CORE):
    os.sched_setaffinity(0, {core})


def on_server_core():
    """In a child before exec."""
    die_with_parent()
    os.sched_setaffinity(0, {SERVER_CORE})


def cpu_s(pid):
    """User and system time of the process, all its threads; in ns, not in the ticks of stat."""
    total = 0
    for path in glob.glob('/proc/%d/task/*/schedstat' % pid):
        with open(path) as f:
            total += int(f.read().split()[0])
    return total / 1e9


def cores_busy_s():
    """Time that all cores have spent on anything, also what a hypervisor took away."""
    with open('/proc/stat') as f:
        fields = [int(v) for v in f.readline().split()[1:9]]
    user, nice, system, _, _, irq, softirq, steal = fields
    return (user + nice + system + irq + softirq + steal) / os.sysconf('SC_CLK_TCK')


def memory_kb(pid):
    """(RssAnon, RSS) in KiB."""
    found = {}
    with open('/proc/%d/status' % pid) as f:
        for line in f:
            name, _, value = line.partition(':')
            if name in ('RssAnon', 'VmRSS'):
                found[name] = int(value.split()[0])
    return found['RssAnon'], found['VmRSS']


class NoStalls:
    worst_ms = 0.0


class Bench(harness.Test):
    """The tests' context without what disturbs a measurement; a `with` block stops it all."""

    def __init__(self):
        self.tmp = tempfile.mkdtemp(prefix='portero-bench-')
        self.sanitized = False
        self.things, self.counter, self.stalls = [], 0, NoStalls

    def __enter__(self):
        return self

    def __exit__(self, kind, error, trace):
        troubles = self.finish(kind is None)
        shutil.rmtree(self.tmp, ignore_errors=True)
        for trouble in troubles:
            print(trouble, file=sys.stderr)

    def portero(self, **options):
        options.setdefault('before_exec', lambda: os.sched_setaffinity(0, {SERVER_CORE}))
        return super().portero(allow_slow=True, **options)

    def baresip(self, **options):
        return self.own(Baresip(self, **options))


def account(port, transport='udp', interval_s=900, user=USER, password=PASSWORD,
            address='127.0.0.1'):
    """SIP settings of a panel at a server."""
    return {'proxy': 'sip:%s:%d' % (address, port), 'realm': '%s:%d' % (address, port), 'user': user,
            'password': password, 'transport': transport, 'user_id': '',
            'stun': {'ip': '127.0.0.1', 'port': 3478}, 'registration_interval': interval_s}


class Baresip:
    """A headless baresip with only what a registration needs. port None: no account."""

    def __init__(self, bench, port, transport='udp', interval_s=900, user=USER,
                 password=PASSWORD, address='127.0.0.1', interface='127.0.0.1', sip='127.0.0.1'):
        self.dir = bench.new_dir('baresip')
        self.sip_port = free_port()
        self.process = None
        modules = [d for d in glob.glob('/usr/lib/*/baresip/modules') + ['/usr/lib/baresip/modules']
                   if os.path.isdir(d)]
        self.write('config', 'poll_method epoll\nsip_listen %s:%d\n'
                   'net_interface %s\nmodule_path %s\nmodule_app account.so\n'
                   % (sip, self.sip_port, interface, modules[0]))
        self.write('contacts', '')
        self.write('accounts', '' if port is None else
                   '<sip:%s@%s:%d;transport=%s>;auth_pass=%s;regint=%d\n'
                   % (user, address, port, transport, password, interval_s))
        self.arguments = [shutil.which('baresip'), '-4', '-f', self.dir]

    def write(self, name, text):
        with open(os.path.join(self.dir, name), 'w') as f:
            f.write(text)

    def start(self):
        self.process = subprocess.Popen(self.arguments, stdin=subprocess.DEVNULL,
                                        stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL,
                                        preexec_fn=on_server_core)

    def finish(self, passed):
        if self.process:
            self.process.kill()
            self.process.wait(10)
            self.process = None


# -- a registrar that only takes the time

SO_TIMESTAMPNS = getattr(socket, 'SO_TIMESTAMPNS', 35)


def accept_register(message):
    """The 200 for a REGISTER (or anything else)."""
    expires = message.expires()
    lines = ['SIP/2.0 200 OK']
    lines += ['Via: ' + v for v in message.all('Via')]
    lines += ['From: ' + message.get('From'), 'To: %s;tag=bench' % message.get('To'),
              'Call-ID: ' + message.get('Call-ID'), 'CSeq: ' + message.get('CSeq')]
    if expires:
        lines += ['Contact: %s;expires=%d' % (c, expires) for c in message.all('Contact')
                  if 'expires=0' not in c]
    lines += ['Content-Length: 0', '', '']
    return '\r\n'.join(lines).encode()


def is_binding(message):
    return message.method == 'REGISTER' and message.expires() != 0


class UdpRegistrar(threading.Thread):
    """Answers 200 at once. arrivals: (kernel's receive time in ns of CLOCK_REALTIME, Message)."""

    def __init__(self, address='127.0.0.1'):
        super().__init__(daemon=True)
        self.socket = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
        self.socket.setsockopt(socket.SOL_SOCKET, SO_TIMESTAMPNS, 1)
        self.socket.bind((address, 0))
        self.port = self.socket.getsockname()[1]
        self.arrivals = []
        self.keepalives = 0
        self.condition = threading.Condition()
        self.start()

    def run(self):
        while True:
            try:
                data, ancillary, _, source = self.socket.recvmsg(65535, 256)
            except OSError:
                return
            stamp = [int.from_bytes(value[:8], sys.byteorder) * 10**9 +
                     int.from_bytes(value[8:16], sys.byteorder)
                     for level, kind, value in ancillary
                     if level == socket.SOL_SOCKET and kind == SO_TIMESTAMPNS]
            if data.strip(b'\r\n\0') == b'':
                self.keepalives += 1
                continue
            message = Message(data)
            if message.method is None:
                continue
            self.socket.sendto(accept_register(message), source)
            with self.condition:
                self.arrivals.append((stamp[0], message))
                self.condition.notify_all()

    def wait_binding(self, after_ns, within_s=10):
        """The arrival time in ns of the first REGISTER after after_ns that asks for a binding."""
        def found():
            return [t for t, m in self.arrivals if t >= after_ns and is_binding(m)]
        with self.condition:
            if not self.condition.wait_for(found, within_s):
                raise harness.Failure('no REGISTER within %.0f s' % within_s)
            return found()[0]

    def finish(self, passed):
        # close() alone would leave the thread in recvmsg.
        try:
            self.socket.shutdown(socket.SHUT_RDWR)
        except OSError:
            pass
        self.socket.close()


def terminate(pid, within_s=5):
    """SIGTERM to our own child pid and wait for its end; SIGKILL if it takes too long."""
    os.kill(pid, signal.SIGTERM)
    deadline = time.monotonic() + within_s
    while time.monotonic() < deadline:
        if os.waitpid(pid, os.WNOHANG)[0]:
            return
        time.sleep(0.002)
    os.kill(pid, signal.SIGKILL)
    os.waitpid(pid, 0)

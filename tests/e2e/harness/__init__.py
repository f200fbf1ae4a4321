# SPDX-License-Identifier: MIT
"""The end-to-end tests' tools: the daemon, its peers, and the context a test gets.

A test is a function test_something(t) in tests/e2e/NN-area-behaviour.py; t is a Test. What t
starts, t stops. A test fails by an exception; check() gives one that says what was wrong."""

import os
import random
import socket
import threading
import time
import traceback

ROOT = os.path.dirname(os.path.dirname(os.path.dirname(os.path.dirname(
    os.path.abspath(__file__)))))
DATA = os.path.join(ROOT, 'tests', 'data')
OUTPUT = os.path.join(ROOT, 'tests', 'output')


class Failure(AssertionError):
    pass


class Skip(Exception):
    """This machine cannot run the test; its text says why."""


def check(condition, text, *values):
    if not condition:
        raise Failure(text + ''.join('\n    ' + str(v) for v in values))


def check_equal(got, want, what):
    if got != want:
        raise Failure('%s:\n    got  %r\n    want %r' % (what, got, want))


stalls = None   # of the test that runs in this process


def slack_s():
    """What a busy machine may add to any time: threads of it stand still for a second, and nobody is to
    blame; longer if that has been seen."""
    return 1 + (3 * stalls.worst_ms / 1000 if stalls else 0)


def wait_for(condition, within_s, what, pause_s=0.02):
    """Poll until condition() is true and return its value; fail after within_s and slack_s(). What is
    waited for has to last: a state that passes may pass between two looks."""
    started = time.monotonic()
    while True:
        looked = time.monotonic()
        value = condition()
        if value:
            return value
        if looked >= started + within_s + slack_s():
            raise Failure('not within %.1f s: %s' % (within_s, what() if callable(what) else what))
        time.sleep(pause_s)


def cases(*rows):
    """One test a row: cases(('udp_md5', 'udp', 'MD5'), ...) calls test(t, 'udp', 'MD5')."""
    def mark(function):
        function.cases = rows
        return function
    return mark


def slow(seconds):
    """For the runner: about how long the test takes, so that it starts early."""
    def mark(function):
        function.slow_s = seconds
        return function
    return mark


def local_port_range():
    try:
        with open('/proc/sys/net/ipv4/ip_local_port_range') as f:
            return int(f.read().split()[0])
    except (OSError, ValueError):
        return 32768


FIRST_PORT, TOP_PORT = 10000, 16384   # above are those of sound
reservations = []


def reserve_port(port):
    """Until this process ends no other test gets it, whether or not somebody is there."""
    mark = socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM)
    try:
        mark.bind('\0portero-e2e-port-%d' % port)
    except OSError:
        mark.close()
        return False
    reservations.append(mark)
    return True


def free_port(address='127.0.0.1'):
    """A port of a loopback address, free for UDP and TCP, and of this test alone: no other gets it before
    the server on it has started, nor while it is down. Below the ports that the kernel hands out by
    itself, and below those of sound."""
    family = socket.AF_INET6 if ':' in address else socket.AF_INET
    top = max(min(local_port_range(), TOP_PORT), FIRST_PORT + 2000)
    for _ in range(1000):
        port = random.SystemRandom().randrange(FIRST_PORT, top)
        if not reserve_port(port):
            continue
        tcp = socket.socket(family, socket.SOCK_STREAM)
        udp = socket.socket(family, socket.SOCK_DGRAM)
        try:
            tcp.bind((address, port))
            udp.bind((address, port))
            return port
        except OSError:
            continue
        finally:
            tcp.close()
            udp.close()
    raise Failure('no free port')


def own_address():
    """An address of loopback that nobody else uses, for a server on port 0 that closes its socket and
    opens it again: at 127.0.0.1 the kernel may give that port to anybody meanwhile."""
    dice = random.SystemRandom()
    return '127.%d.%d.%d' % tuple(dice.randrange(2, 250) for _ in range(3))


class StallMeter(threading.Thread):
    """How long this machine lets a thread wait that only wanted to sleep: what a handler of the
    daemon may look slow by without being so."""

    def __init__(self):
        super().__init__(daemon=True)
        self.worst_ms = 0.0
        self.start()

    def run(self):
        while True:
            before = time.monotonic()
            time.sleep(0.005)
            self.worst_ms = max(self.worst_ms, (time.monotonic() - before) * 1000 - 5)


class Test:
    """What a test works with. tmp is its own directory, gone afterwards."""

    def __init__(self, tmp, sanitized):
        self.tmp = tmp
        self.sanitized = sanitized
        self.things = []
        self.counter = 0
        global stalls
        self.stalls = stalls = StallMeter()

    def seconds(self, limit_s):
        """A time limit, longer where the daemon is slowed down by sanitizers."""
        return limit_s * 3 if self.sanitized else limit_s

    def at_most(self, limit_s):
        """The same for a time that was measured, and not waited for."""
        return self.seconds(limit_s) + slack_s()

    def path(self, name):
        return os.path.join(self.tmp, name)

    def new_dir(self, name):
        self.counter += 1
        path = self.path('%s-%d' % (name, self.counter))
        os.mkdir(path, 0o700)
        return path

    def own(self, thing):
        """thing.finish(passed) is called at the end, last one first."""
        self.things.append(thing)
        return thing

    def portero(self, **options):
        """Start the daemon and wait for its ready line."""
        from .portero import Portero
        daemon = self.own(Portero(self, **options))
        daemon.start()
        return daemon

    def baresip(self, *arguments, **options):
        """A real phone: see harness/baresip.py."""
        from .baresip import Baresip
        phone = self.own(Baresip(self, *arguments, **options))
        phone.start()
        return phone

    def sipp(self, scenario, target, **options):
        """SIPp playing a scenario: see harness/sipp.py."""
        from .sipp import Sipp
        sipp = self.own(Sipp(self, scenario, target, **options))
        sipp.start()
        return sipp

    def kamailio(self, **options):
        from .kamailio import Kamailio
        server = self.own(Kamailio(self, **options))
        server.start()
        return server

    def registrar(self, script=None, **options):
        from .registrar import Registrar
        return self.own(Registrar(script, **options))

    def dns(self, **options):
        from .dns import Dns
        return self.own(Dns(**options))

    def coturn(self, **options):
        from .stun import Coturn
        server = self.own(Coturn(self, **options))
        server.start()
        return server

    def stun_mock(self, answer=None, **options):
        from .stun import StunMock
        return self.own(StunMock(answer, **options))

    def namespace(self):
        from .netns import Namespace
        return self.own(Namespace())

    def certificates(self):
        from .certificates import Certificates
        return Certificates(self.new_dir('certificates'))

    def stranger(self, server, source='127.0.0.1'):
        from .sip import UdpClient
        client = UdpClient(server, source)

        class Closer:
            @staticmethod
            def finish(passed):
                client.close()

        self.own(Closer)
        return client

    def finish(self, passed):
        """Stop everything. Returns texts of what went wrong while stopping."""
        troubles = []
        for thing in reversed(self.things):
            try:
                thing.finish(passed)
            except Exception:
                troubles.append(traceback.format_exc())
        return troubles

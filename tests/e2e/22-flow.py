# SPDX-License-Identifier: MIT
"""The flow to the server: kept alive, found dead; servers that close, hang or never answer."""

import re
import socket
import threading
import time

from harness import cases, check, check_equal, free_port, slow, wait_for

PING, PONG = b'\r\n\r\n', b'\r\n'


def quick(t, **more):
    """A daemon that keeps alive every second."""
    return t.portero(config=dict({'keepalive_s': 1}, **more))


@cases(('udp', 'udp'), ('tcp', 'tcp'))
def test_crlf_keepalive(t, transport):
    """Every 0.8 to 1 s, from the socket that registered."""
    mock = t.registrar()
    daemon = quick(t)
    daemon.set_sip(mock.account(transport))
    daemon.wait_status('OK', within_s=3)
    wait_for(lambda: len(mock.pings) >= 6, t.seconds(12), lambda: 'pings: %r' % mock.pings)
    pings = mock.pings[:6]
    check_equal({peer for _, peer, _ in pings}, {mock.requests[-1].source[:2]}, 'where from')
    check_equal({data for _, _, data in pings}, {PING}, 'what')
    took_s = pings[-1][0] - pings[0][0]
    check(2.5 <= took_s <= t.at_most(7), '5 more pings took %.1f s' % took_s)
    check_equal(len(mock.requests), 2, 'REGISTERs')
    check_equal(daemon.status()['sip_status'], 'OK', 'status')


@cases(('udp', 'udp'), ('tcp', 'tcp'))
def test_keepalive_off(t, transport):
    mock = t.registrar()
    daemon = t.portero(config={'keepalive_s': 0})
    daemon.set_sip(mock.account(transport))
    daemon.wait_status('OK', within_s=3)
    time.sleep(2.5)
    check_equal((mock.pings, mock.others), ([], []), 'what came')


def test_keepalive_ends_with_the_registration(t):
    mock = t.registrar()
    daemon = quick(t)
    daemon.set_sip(mock.account())
    daemon.wait_status('OK', within_s=3)
    wait_for(lambda: mock.pings, t.seconds(3), 'a ping')
    daemon.enable_sip(False)
    wait_for(lambda: not mock.bindings, t.seconds(3), 'the goodbye')
    time.sleep(0.5)
    count = len(mock.pings)
    time.sleep(2)
    check_equal(len(mock.pings), count, 'pings after the end')


def test_options_keepalive(t):
    """An OPTIONS each second, each answered."""
    mock = t.registrar()
    daemon = quick(t, keepalive_options='yes')
    daemon.set_sip(mock.account())
    daemon.wait_status('OK', within_s=3)
    wait_for(lambda: len({q.get('Call-ID') for q in list(mock.others)}) >= 4, t.seconds(8),
             lambda: '4 OPTIONS, each with a Call-ID of its own: %r' % mock.others)
    check_equal({q.method for q in mock.others}, {'OPTIONS'}, 'methods')
    check_equal({q.source for q in mock.others}, {mock.requests[-1].source}, 'where from')
    check_equal(daemon.status()['sip_status'], 'OK', 'status')


@slow(40)
def test_options_that_is_not_answered(t):
    """The server has died: known after 32 s, not at the next refresh in 13 minutes."""
    mock = t.registrar()
    daemon = quick(t, keepalive_options='yes')
    daemon.set_sip(mock.account(registration_interval=900))
    daemon.wait_status('OK', within_s=3)
    wait_for(lambda: mock.others, t.seconds(4), 'an OPTIONS')
    mock.is_answering_options = False
    mock.script = lambda r, q: None
    started = time.monotonic()
    daemon.wait_status('ERROR', within_s=38, reason='no answer')
    check(time.monotonic() - started > 25, 'given up too soon')
    check('sip_registration_lost' in daemon.log(), 'no event', daemon.log_tail())
    mock.is_answering_options = True
    mock.script = type(mock).well_behaved
    daemon.wait_status('OK', within_s=38)


@cases(('401', 401), ('404', 404), ('405', 405), ('503', 503))
def test_options_refused_is_an_answer(t, code):
    """Whatever it says, it lives."""
    mock = t.registrar()
    mock.options_code = code
    daemon = quick(t, keepalive_options='yes')
    daemon.set_sip(mock.account())
    daemon.wait_status('OK', within_s=3)
    wait_for(lambda: len(mock.others) >= 3, t.seconds(8), lambda: 'OPTIONS: %r' % mock.others)
    check_equal(daemon.status()['sip_status'], 'OK', 'status')
    check_equal(len(mock.requests), 2, 'REGISTERs')


def test_ping_of_the_server_is_answered(t):
    """RFC 5626: CRLF CRLF from the server gives CRLF back, once each."""
    mock = t.registrar()
    daemon = t.portero(config={'keepalive_s': 0})
    daemon.set_sip(mock.account('tcp'))
    daemon.wait_status('OK', within_s=3)
    for count in (1, 2, 3):
        mock.send_all(PING)
        wait_for(lambda: len(mock.pings) >= count, t.seconds(2), 'pong %d' % count)
    check_equal([data for _, _, data in mock.pings], [PONG] * 3, 'pongs')
    mock.send_all(PONG)   # a pong nobody asked for
    time.sleep(0.3)
    check_equal(len(mock.pings), 3, 'answers to a pong')
    check_equal(daemon.status()['sip_status'], 'OK', 'status')


# ---- servers that are there and are not ----

class TcpServer:
    """Does with each connection what act(socket) does; keeps it open if that returns."""

    def __init__(self, t, act):
        self.act, self.times, self.kept = act, [], []
        self.port = free_port()
        self.socket = socket.socket()
        self.socket.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        self.socket.bind(('127.0.0.1', self.port))
        self.socket.listen(16)
        self.thread = threading.Thread(target=self.run, daemon=True)
        self.thread.start()
        t.own(self)

    def run(self):
        while True:
            try:
                connection, _ = self.socket.accept()
            except OSError:
                return
            self.times.append(time.monotonic())
            try:
                self.act(connection)
            except OSError:
                pass
            self.kept.append(connection)

    @property
    def count(self):
        return len(self.times)

    def account(self, t, transport, **changes):
        account = {
            'proxy': 'sip:127.0.0.1:%d' % self.port, 'realm': 'pbx.example.com', 'user': '101',
            'password': 'pw-One-4711', 'transport': transport, 'user_id': '',
            'stun': {'ip': '127.0.0.1', 'port': 3478}, 'registration_interval': 60}
        account.update(changes)
        return account

    def finish(self, passed):
        self.socket.shutdown(socket.SHUT_RDWR)
        self.socket.close()
        for connection in self.kept:
            connection.close()


def reset(connection):
    connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, b'\1\0\0\0\0\0\0\0')
    connection.close()


def read_and_close(connection):
    connection.settimeout(2)
    connection.recv(4096)
    connection.close()


@cases(('tcp_close', 'tcp', lambda c: c.close()), ('tcp_reset', 'tcp', reset),
       ('tcp_read_close', 'tcp', read_and_close), ('tls_close', 'tls', lambda c: c.close()),
       ('tls_reset', 'tls', reset), ('tls_read_close', 'tls', read_and_close))
def test_closes_right_after_accept(t, transport, act):
    """Said as it is, and tried again with growing pauses."""
    server = TcpServer(t, act)
    daemon = t.portero()
    daemon.set_sip(server.account(t, transport))
    detail = daemon.wait_status('ERROR', within_s=3, reason='clos')['detail']
    check('127.0.0.1:%d' % server.port in detail['reason'], 'does not name it', detail)
    time.sleep(2.5)
    check(2 <= server.count <= 4, '%d connections in 3 s' % server.count)


def test_tls_server_that_is_none(t):
    """Plain text where TLS is wanted."""
    server = TcpServer(t, lambda c: c.sendall(b'220 mail.portero.test ESMTP\r\n' * 4))
    daemon = t.portero()
    daemon.set_sip(server.account(t, 'tls'))
    daemon.wait_status('ERROR', within_s=3, reason='does not speak TLS')


@slow(9)
def test_tls_handshake_that_hangs(t):
    server = TcpServer(t, lambda c: None)
    daemon = t.portero()
    started = time.monotonic()
    daemon.set_sip(server.account(t, 'tls'))
    daemon.wait_status('ERROR', within_s=8, reason='no TLS handshake')
    check(time.monotonic() - started > 4, 'given up too soon')


@slow(40)
def test_accepts_and_never_answers(t):
    server = TcpServer(t, lambda c: None)
    daemon = t.portero()
    started = time.monotonic()
    daemon.set_sip(server.account(t, 'tcp'))
    daemon.wait_status('ERROR', within_s=38, reason=['no answer', 'in 32 s',
                                                     '127.0.0.1:%d' % server.port])
    check(time.monotonic() - started > 30, 'given up too soon')
    check_equal(len([at for at in server.times if at < server.times[0] + 30]), 1, 'connections')
    wait_for(lambda: server.count > 1, t.seconds(4), 'another attempt over a new connection')


def trickle(connection):
    """Half an answer, and never the other half."""
    connection.settimeout(2)
    connection.recv(4096)
    connection.sendall(b'SIP/2.0 200 OK\r\nVia: SIP/2.0/TCP 127.0.0.1')


@slow(40)
def test_answer_that_never_ends(t):
    server = TcpServer(t, trickle)
    daemon = t.portero()
    daemon.set_sip(server.account(t, 'tcp'))
    daemon.wait_status('ERROR', within_s=38, reason='no answer')


@cases(('tcp', 'tcp'), ('tls', 'tls'))
def test_connection_closed_by_the_server_in_between(t, transport):
    """Noticed at once, and a new connection is made."""
    authority = t.certificates()
    mock = t.registrar(certificate=authority.server() if transport == 'tls' else None)
    daemon = t.portero(sip_ca=authority.ca)
    daemon.set_sip(mock.account(transport, registration_interval=900))
    daemon.wait_status('OK', within_s=4)
    mock.close()
    # The status says so for a second only: then that nobody takes a new connection.
    wait_for(lambda: re.search('sip_registration_lost.*closed the connection', daemon.log()),
             t.seconds(1), daemon.log_tail)
    daemon.wait_status('ERROR', within_s=0)
    mock.reopen()
    daemon.wait_status('OK', within_s=6)


@cases(('403_tcp', 403, 'tcp'), ('503_tcp', 503, 'tcp'), ('503_tls', 503, 'tls'))
def test_connection_closed_after_a_refusal(t, code, transport):
    """The server says how long to wait, and hangs up: that is what counts, not the hanging up."""
    authority = t.certificates()
    mock = t.registrar(lambda r, q: r.reply(q, code, headers=[('Retry-After', '600')]),
                       certificate=authority.server() if transport == 'tls' else None)
    daemon = t.portero(sip_ca=authority.ca)
    daemon.set_sip(mock.account(transport))
    before = daemon.wait_status('ERROR', within_s=4, reason=str(code))
    left_s = before['detail']['next_attempt_at'] - time.time()
    check(590 <= left_s <= 601, 'pause of %.0f s' % left_s)
    mock.close()
    time.sleep(0.5)
    check_equal(daemon.status(), before, 'after the connection was closed')
    mock.reopen()
    time.sleep(2.5)   # longer than the first pause after a lost connection
    check_equal(len(mock.requests), 1, 'REGISTERs')
    check_equal(daemon.status(), before, 'when the server is back')


# ---- half-open: the other end is gone and nobody says so ----

@slow(25)
def test_half_open_connection(t):
    """From one moment on nothing comes through: the keep-alive's bytes stay unanswered by the
    kernel opposite, and 10 s after that the connection counts as dead."""
    network = t.namespace()
    with network.enter():
        mock = t.registrar()
        daemon = t.portero(namespace=network, config={'keepalive_s': 2})
        daemon.set_sip(mock.account('tcp', registration_interval=900))
        daemon.wait_status('OK', within_s=3)
        network.filter_input('tcp dport %d drop' % mock.port, 'tcp sport %d drop' % mock.port)
        started = time.monotonic()
        status = daemon.wait_status('ERROR', within_s=18,
                                    reason=['nothing that we sent', '127.0.0.1:%d' % mock.port,
                                            'for 10 s'])
        check(time.monotonic() - started > 5, 'given up too soon', status)
        network.run('nft flush ruleset')
        daemon.wait_status('OK', within_s=15)


@slow(25)
def test_server_that_forgot_the_connection(t):
    """As after a crash with no goodbye: the next byte is answered by a reset."""
    network = t.namespace()
    with network.enter():
        mock = t.registrar()
        daemon = t.portero(namespace=network, config={'keepalive_s': 2})
        daemon.set_sip(mock.account('tcp', registration_interval=900))
        daemon.wait_status('OK', within_s=3)
        network.filter_input('tcp dport %d ct state established reject with tcp reset' % mock.port)
        try:
            daemon.wait_status('ERROR', within_s=6)
        finally:
            network.run('nft flush ruleset')
        daemon.wait_status('OK', within_s=6)

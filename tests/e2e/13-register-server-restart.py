# SPDX-License-Identifier: MIT
"""The server goes away and comes back; it is not there yet; it is silent."""

import time

from harness import cases, check, check_equal, free_port, slow


@cases(('tcp', 'tcp'), ('tls', 'tls'))
def test_restart_is_noticed_at_once(t, transport):
    server = t.kamailio()
    daemon = t.portero(sip_ca=server.ca)
    daemon.set_sip(server.account(transport, registration_interval=900))
    daemon.wait_status('OK', within_s=3)
    for _ in range(2):
        server.stop()
        gone = time.monotonic()
        daemon.wait_status('ERROR', within_s=1)
        check('sip_registration_lost' in daemon.log(), 'no event in the log', daemon.log_tail())
        server.start()
        daemon.wait_status('OK', within_s=max(1, 5 - (time.monotonic() - gone)))
        server.wait_bindings({'101': 1})


@slow(32)
def test_restart_under_udp(t):
    """UDP cannot tell: the next refresh finds out (interval 30: after 25 s)."""
    server = t.kamailio()
    daemon = t.portero()
    daemon.set_sip(server.account('udp', registration_interval=30))
    daemon.wait_status('OK', within_s=3)
    server.restart()
    check_equal(server.bindings(), {}, 'bindings after the restart')
    server.wait_bindings({'101': 1}, within_s=29)
    daemon.wait_status('OK', within_s=1)


@cases(('tcp', 'tcp'), ('tls', 'tls'))
def test_down_at_start(t, transport):
    server = t.kamailio()
    daemon = t.portero(sip_ca=server.ca)
    server.stop()
    daemon.set_sip(server.account(transport))
    port = server.tls_port if transport == 'tls' else server.port
    daemon.wait_status('ERROR', within_s=1, reason='127.0.0.1:%d' % port)
    time.sleep(1)
    server.start()
    daemon.wait_status('OK', within_s=5)
    server.wait_bindings({'101': 1})


@slow(30)
@cases(('tcp', 'tcp'), ('tls', 'tls'))
def test_down_for_long(t, transport):
    """The pauses have grown to 10 s and more, but it is noticed that the server is back."""
    server = t.kamailio()
    daemon = t.portero(sip_ca=server.ca)
    daemon.set_sip(server.account(transport))
    daemon.wait_status('OK', within_s=3)
    server.stop()
    daemon.wait_status('ERROR', within_s=2)
    time.sleep(20)
    server.start()
    daemon.wait_status('OK', within_s=5)
    server.wait_bindings({'101': 1})


def test_down_when_the_daemon_starts(t):
    server = t.kamailio()
    daemon = t.portero()
    daemon.set_sip(server.account('tcp'))
    daemon.wait_status('OK', within_s=3)
    daemon.stop()
    server.stop()
    daemon.start()
    daemon.wait_status('ERROR', within_s=1, reason='refuse')
    server.start()
    daemon.wait_status('OK', within_s=5)


@slow(40)
def test_silence_over_udp(t):
    mock = t.registrar(lambda r, q: None)
    daemon = t.portero()
    daemon.set_sip(mock.account())
    started = time.monotonic()
    daemon.wait_status('ERROR', within_s=1)
    status = daemon.wait_status('ERROR', within_s=36, reason=['no answer',
                                                              '127.0.0.1:%d' % mock.port])
    took_s = time.monotonic() - started
    check(31 <= took_s <= 36, 'gave up after %.1f s, not 32' % took_s, status)
    check_equal(len(mock.requests), 1, 'requests, retransmissions left out')
    check(mock.retransmissions >= 6, '%d retransmissions' % mock.retransmissions)
    mock.script = type(mock).well_behaved
    daemon.wait_status('OK', within_s=5)


def test_silence_does_not_hold_up_the_rest(t):
    mock = t.registrar(lambda r, q: None)
    daemon = t.portero()
    daemon.set_sip(mock.account())
    mock.wait_requests(1, t.seconds(1))
    good = t.registrar()
    daemon.set_sip(good.account())
    daemon.wait_status('OK', within_s=2)
    daemon.set_sip(mock.account())
    mock.wait_requests(2, t.seconds(2))
    check(daemon.stop() <= t.seconds(3), 'slow to stop')


def test_retry_pauses_grow(t):
    """1, 2, 5 s with jitter of a fifth, on a transport that says at once that nobody is there."""
    port = free_port()
    daemon = t.portero()
    daemon.set_sip({'proxy': 'sip:127.0.0.1:%d' % port, 'realm': 'pbx.example.com', 'user': '101',
                    'password': 'pw-One-4711', 'transport': 'tcp', 'user_id': '',
                    'stun': {'ip': '127.0.0.1', 'port': 3478}, 'registration_interval': 60})
    states, deadline = [], time.monotonic() + 6
    while time.monotonic() < deadline:
        status = daemon.status()
        if not states or states[-1] != status:
            states.append(status)
        time.sleep(0.05)
    # Two attempts may be in one second: each plans a next one of its own.
    attempts = {(s['register_last_attempt'], s['detail']['next_attempt_at']) for s in states
                if s['detail']['next_attempt_at']}
    check(3 <= len(attempts) <= 4, '%d attempts in 6 s' % len(attempts), *states)

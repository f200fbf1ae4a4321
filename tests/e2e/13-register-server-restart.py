# SPDX-License-Identifier: MIT
"""The server goes away and comes back; it is not there yet; it is silent."""

import time

from harness import cases, check, check_equal, free_port, slow, wait_for


@cases(('tcp', 'tcp'), ('tls', 'tls'))
def test_restart_is_noticed_at_once(t, transport):
    server = t.kamailio()
    daemon = t.portero(sip_ca=server.ca)
    daemon.set_sip(server.account(transport, registration_interval=900))
    daemon.wait_status('OK', within_s=3)
    for count in (1, 2):
        server.stop()
        daemon.wait_status('ERROR', within_s=1)
        check_equal(daemon.log().count('sip_registration_lost'), count, 'events in the log')
        server.start()
        daemon.wait_status('OK', within_s=5)
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
    started = time.monotonic()
    daemon.set_sip(mock.account())
    daemon.wait_status('ERROR', within_s=1)
    status = daemon.wait_status('ERROR', within_s=36, reason=['no answer',
                                                              '127.0.0.1:%d' % mock.port])
    took_s = time.monotonic() - started
    mock.script = type(mock).well_behaved
    check(took_s >= 31, 'gave up after %.1f s, not 32' % took_s, status)
    first = mock.requests[0].time   # the next attempt is a second after the end of this one
    check_equal(len([q for q in mock.requests if q.time < first + 31]), 1,
                'requests, retransmissions left out')
    check(mock.retransmissions >= 6, '%d retransmissions' % mock.retransmissions)
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
    daemon.stop(within_s=3)


@slow(10)
@cases(('udp', 'udp'), ('tcp', 'tcp'))
def test_retry_pauses_grow(t, transport):
    """1, 2, 5 s with jitter of a fifth."""
    mock = t.registrar(lambda r, q: r.reply(q, 500))
    daemon = t.portero()
    daemon.set_sip(mock.account(transport))
    times = [q.time for q in mock.wait_requests(4, t.seconds(11))]
    for i, pause_s in enumerate((1, 2, 5)):
        gap_s = times[i + 1] - times[i]
        check(0.78 * pause_s <= gap_s <= t.at_most(1.2 * pause_s),
              'attempt %d came after %.1f s' % (i + 2, gap_s), times)


def test_retry_pauses_where_nobody_is(t):
    """TCP, refused at once: no more attempts than the pauses allow, which grow."""
    port = free_port()
    daemon = t.portero()
    daemon.set_sip({'proxy': 'sip:127.0.0.1:%d' % port, 'realm': 'pbx.example.com', 'user': '101',
                    'password': 'pw-One-4711', 'transport': 'tcp', 'user_id': '',
                    'stun': {'ip': '127.0.0.1', 'port': 3478}, 'registration_interval': 60})
    daemon.wait_status('ERROR', within_s=2, reason='refuse')
    # Each attempt plans a next one of its own: the third's is 4 s away at least, the fourth's 8.
    attempts = set()

    def has_grown():
        detail = daemon.status()['detail']
        attempts.add(detail['next_attempt_at'])
        return (detail['next_attempt_at'] or 0) - time.time() > 2.5
    wait_for(has_grown, t.seconds(10), lambda: 'a pause of 5 s: %s' % attempts)
    check(len(attempts) <= 5, '%d attempts' % len(attempts), *attempts)

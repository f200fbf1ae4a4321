# SPDX-License-Identifier: MIT
"""Calls with a real server and real phones: answered, declined, busy, not answered; one target after the
other; what is heard, proved by its content."""

import time

from harness import cases, check, check_equal, wait_for
from harness.sound import wait_tone

PHONE_TONE_HZ, PANEL_TONE_HZ, PANEL_DBOV = 700, 440, -20


def registered(t, server, transport='udp', **options):
    """A panel, 101, that is registered at the server."""
    if transport == 'tls':
        options['sip_ca'] = server.ca
    daemon = t.portero(**options)
    daemon.set_sip(server.account(transport, '101'))
    daemon.wait_status('OK', 10)
    return daemon


def now(daemon):
    return daemon.api('GET', '/system/call/status').json


def start(daemon, number):
    answer = daemon.api('POST', '/system/debug/call/start', {'number': number})
    check_equal((answer.status, answer.body), (200, b'{}'), 'call ' + number)


def wait_state(daemon, state, within_s=10):
    wait_for(lambda: now(daemon)['state'] == state, daemon.test.seconds(within_s),
             lambda: 'call %s: %r\n%s' % (state, now(daemon), daemon.log_tail()))
    return now(daemon)


def phone(t, server, user='102', **options):
    return t.baresip(user, server.users[user], server, **options)


def test_two_phones_prove_the_harness(t):
    server = t.kamailio()
    one, two = phone(t, server, '101', answer='auto'), phone(t, server, tone_hz=500)
    two.dial('sip:101@127.0.0.1:%d' % server.port)
    two.wait_event('CALL_ESTABLISHED', 10)
    wait_tone(lambda: one.heard, 500, 1.0)
    wait_tone(lambda: two.heard, PHONE_TONE_HZ, 1.0)
    two.hang_up()
    one.wait_event('CALL_CLOSED')


@cases(('udp', 'udp'), ('tcp', 'tcp'), ('tls', 'tls'))
def test_answered_and_hung_up(t, transport):
    server = t.kamailio()
    daemon = registered(t, server, transport)
    other = phone(t, server, transport=transport)
    start(daemon, '102')
    other.wait_event('CALL_INCOMING')
    wait_state(daemon, 'ringing')
    other.accept()
    wait_state(daemon, 'talking')
    wait_for(lambda: min(now(daemon)['sound'][way] for way in ('received', 'sent')) > 80, 10,
             lambda: 'packets: %r' % now(daemon))
    wait_for(lambda: now(daemon)['sound']['loudspeaker_dbov'] > -20, 5,
             lambda: 'what the phone says is not heard: %r' % now(daemon))
    wait_tone(lambda: other.heard, PANEL_TONE_HZ, 1.5, level_dbov=PANEL_DBOV)
    other.hang_up()
    over = wait_state(daemon, 'ended')
    check_equal((over['end'], over['number'], over['direction']), ('hung up there', '102', 'out'),
                'how it ended')
    check(over['targets'][0]['code'] == 200 and over['targets'][0]['ringing_at_ms'], 'its trace', over)


def end_of(daemon, within_s=10):
    return wait_state(daemon, 'ended', within_s)


def test_declined(t):
    server = t.kamailio()
    daemon, other = registered(t, server), phone(t, server)
    start(daemon, '102')
    other.wait_event('CALL_INCOMING')
    other.hang_up()
    over = end_of(daemon)
    check(over['end'] in ('busy', 'declined') and over['reason'], 'end', over)
    check_equal(over['sound']['sent'], 0, 'nothing is said to who has not answered')


def test_nobody_there(t):
    server = t.kamailio()
    daemon = registered(t, server)
    start(daemon, '103')
    over = end_of(daemon)
    check_equal(over['end'], 'not found', over)
    check_equal(over['targets'][0]['code'], 404, over)


def test_no_answer_then_the_next_target(t):
    server = t.kamailio(users={'101': 'pw-One-4711', '102': 'pw-Two-4711', '103': 'pw-Three-4711'})
    daemon, silent = registered(t, server), phone(t, server)
    other = phone(t, server, '103', answer='auto')
    daemon.must_post('/device/call/dial/timeout', {'dial_timeout': 30, 'forwarding_timeout': 5})
    daemon.must_post('/forward/item/7', {'forward_entity_list': ['102', '104', '103']})
    start(daemon, '7')
    silent.wait_event('CALL_INCOMING')
    silent.wait_event('CALL_CLOSED', 15)  # canceled
    talk = wait_state(daemon, 'talking')
    check_equal([x['end'] for x in talk['targets']], ['no answer', 'not found', ''], talk)
    rang_ms = talk['targets'][0]['ended_at_ms'] - talk['targets'][0]['at_ms']
    check(4900 < rang_ms < 1000 * t.at_most(6), 'each rings for its time', rang_ms)
    other.hang_up()
    over = end_of(daemon)
    check_equal([x['target'] for x in over['targets']], ['102', '104', '103'], over)


def test_we_hang_up(t):
    server = t.kamailio()
    daemon, other = registered(t, server), phone(t, server)
    start(daemon, '102')
    other.wait_event('CALL_INCOMING')
    daemon.must_post('/system/debug/call/end')
    other.wait_event('CALL_CLOSED')
    check_equal(end_of(daemon)['end'], 'cancelled', 'before the answer')
    start(daemon, '102')
    other.wait_event('CALL_INCOMING')
    other.accept()
    wait_state(daemon, 'talking')
    daemon.must_post('/system/debug/call/end')
    other.wait_event('CALL_CLOSED')
    check_equal(end_of(daemon)['end'], 'hung up', 'after it')


def test_direct_without_a_server(t):
    daemon = t.portero()
    other = t.baresip('villa', answer='auto')
    daemon.must_post('/device/sip/enable', {'sip_enable': True})
    start(daemon, other.uri)
    wait_state(daemon, 'talking')
    wait_tone(lambda: other.heard, PANEL_TONE_HZ, 1.0)
    other.hang_up()
    end_of(daemon)


# -- calls to the panel

def accept_from(daemon, networks='', callers=''):
    daemon.must_post('/calls/settings', {'accept_from': networks, 'answer_callers': callers},
                     base='/api/portero/v1')


def test_called_and_answered_at_once(t):
    server = t.kamailio()
    daemon, other = registered(t, server), phone(t, server)
    accept_from(daemon, callers='102')
    other.dial('sip:101@127.0.0.1:%d' % server.port)
    other.wait_event('CALL_ESTABLISHED')
    talk = wait_state(daemon, 'talking')
    check_equal((talk['direction'], talk['by']), ('in', 'caller'), talk)
    wait_tone(lambda: other.heard, PANEL_TONE_HZ, 1.0)
    other.hang_up()
    end_of(daemon)


def test_called_and_answered_at_the_panel(t):
    server = t.kamailio()
    daemon, other = registered(t, server), phone(t, server)
    other.dial('sip:101@127.0.0.1:%d' % server.port)
    other.wait_event('CALL_RINGING')
    wait_state(daemon, 'incoming')
    daemon.must_post('/calls/answer', base='/api/portero/v1')
    other.wait_event('CALL_ESTABLISHED')
    daemon.must_post('/system/debug/call/end')
    other.wait_event('CALL_CLOSED')
    check_equal(end_of(daemon)['end'], 'hung up', 'ended here')


def test_called_while_busy(t):
    server = t.kamailio(users={'101': 'pw-One-4711', '102': 'pw-Two-4711', '103': 'pw-Three-4711'})
    daemon = registered(t, server)
    one, two = phone(t, server, answer='auto'), phone(t, server, '103')
    start(daemon, '102')
    wait_state(daemon, 'talking')
    two.dial('sip:101@127.0.0.1:%d' % server.port)
    closed = two.wait_event('CALL_CLOSED')
    check('486' in closed.get('param', ''), 'not busy', closed)
    check_equal(now(daemon)['state'], 'talking', 'the first call goes on')
    one.hang_up()
    end_of(daemon)


# -- the door

def lock_opened(daemon, lock, within_s=5):
    wait_for(lambda: daemon.api('GET', '/locks', base='/api/portero/v1').json['locks'][lock - 1]
             ['open'], within_s, lambda: 'lock %d open\n%s' % (lock, daemon.log_tail()))


@cases(('rtpevent', 'rtpevent'), ('info', 'info'))
def test_keys_open_the_door(t, kind):
    server = t.kamailio()
    daemon, other = registered(t, server), phone(t, server, answer='auto', dtmf=kind)
    daemon.must_post('/access/general/lock/dtmf/2', {'dtmf_code': '12'})
    start(daemon, '102')
    wait_state(daemon, 'talking')
    other.wait_event('CALL_ESTABLISHED')
    for digit in '912':
        other.type_digit(digit)
        time.sleep(0.25)
    lock_opened(daemon, 2)
    check(not daemon.api('GET', '/locks', base='/api/portero/v1').json['locks'][0]['open'],
          'the other lock is open')
    check('access_granted_by_call_host' in daemon.log(), 'no event', daemon.log_tail())
    other.hang_up()
    end_of(daemon)


def test_the_opened_door_ends_the_call(t):
    server = t.kamailio()
    daemon, other = registered(t, server), phone(t, server, answer='auto')
    daemon.must_post('/device/call/drop/lock-open', {'is_enabled': True})
    start(daemon, '102')
    wait_state(daemon, 'talking')
    other.wait_event('CALL_ESTABLISHED')
    other.type_digit('#')
    lock_opened(daemon, 1)
    other.wait_event('CALL_CLOSED')
    end_of(daemon)


# -- in the middle of a call

def test_hold_and_resume(t):
    server = t.kamailio()
    daemon, other = registered(t, server), phone(t, server, answer='auto')
    start(daemon, '102')
    wait_state(daemon, 'talking')
    other.wait_event('CALL_ESTABLISHED')
    wait_for(lambda: now(daemon)['sound']['sent'] > 15, 5, 'sound before hold')
    other.hold()
    wait_for(lambda: now(daemon)['is_held'], 5, 'on hold')

    def is_silent():
        sent = now(daemon)['sound']['sent']
        time.sleep(0.5)
        return now(daemon)['sound']['sent'] == sent
    wait_for(is_silent, 2, 'sound goes on while on hold')
    sent = now(daemon)['sound']['sent']
    other.resume()
    wait_for(lambda: not now(daemon)['is_held'], 5, 'resumed')
    wait_for(lambda: now(daemon)['sound']['sent'] - sent > 15, 5, 'no sound after hold')
    other.hang_up()
    end_of(daemon)


def test_the_panel_stops_in_a_call(t):
    server = t.kamailio()
    daemon, other = registered(t, server), phone(t, server, answer='auto')
    start(daemon, '102')
    wait_state(daemon, 'talking')
    daemon.stop()
    other.wait_event('CALL_CLOSED')


def test_ipv6_direct(t):
    daemon = t.portero(sip='[::1]:0')
    other = t.baresip('villa', answer='auto', address='::1')
    accept_from(daemon, '::1/128')
    daemon.must_post('/device/call/auto_answer', {'is_enabled': True})
    daemon.must_post('/device/sip/enable', {'sip_enable': True})
    other.dial('sip:panel@[::1]:%d' % daemon.sip[1])
    other.wait_event('CALL_ESTABLISHED')
    wait_state(daemon, 'talking')
    wait_tone(lambda: other.heard, PANEL_TONE_HZ, 1.0)
    other.hang_up()
    end_of(daemon)

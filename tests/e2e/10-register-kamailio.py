# SPDX-License-Identifier: MIT
"""Registration with a real server: each transport, each digest; then what the status tells."""

import time

from harness import cases, check, check_equal
from harness.kamailio import ODD_USER

WAYS = [('%s_%s' % (transport, algorithm.lower().replace('-', '')), transport, algorithm)
        for algorithm in ('MD5', 'SHA-256') for transport in ('udp', 'tcp', 'tls')]


@cases(*WAYS)
def test_registers(t, transport, algorithm):
    server = t.kamailio(algorithm=algorithm)
    daemon = t.portero(sip_ca=server.ca)
    check_equal(daemon.status()['sip_status'], 'OFFLINE', 'before there are settings')
    before = time.time()
    daemon.set_sip(server.account(transport))
    status = daemon.wait_status('OK', within_s=3)
    server.wait_bindings({'101': 1})
    check(before - 1 <= status['register_last_attempt'] <= time.time() + 1,
          'register_last_attempt', status)
    detail = status['detail']
    check_equal((detail['code'], detail['reason']), (200, ''), 'detail')
    check(abs(detail['expires_at'] - (time.time() + 60)) < 5, 'expires_at', detail)
    contact = server.bindings()['101'][0]
    if transport != 'udp':
        check('transport=' + transport in contact.lower(), 'no transport in ' + contact)
    check('sip_registered' in daemon.log(), 'no sip_registered in the log', daemon.log_tail())


@cases(*WAYS)
def test_odd_user(t, transport, algorithm):
    server = t.kamailio(algorithm=algorithm)
    daemon = t.portero(sip_ca=server.ca)
    daemon.set_sip(server.account(transport, ODD_USER))
    daemon.wait_status('OK', within_s=3)
    server.wait_bindings({ODD_USER: 1})
    check_equal(daemon.get_sip()['user'], ODD_USER, 'user')


def test_user_id_is_the_digest_name(t):
    server = t.kamailio(users={'door-7': 'pw-Seven-1'})
    daemon = t.portero()
    daemon.set_sip(server.account('udp', 'lobby', user_id='door-7', password='pw-Seven-1'))
    daemon.wait_status('OK', within_s=3)
    server.wait_bindings({'lobby': 1})


def test_detail_is_for_tokens_only(t):
    server = t.kamailio()
    daemon = t.portero()
    daemon.set_sip(server.account())
    full = daemon.wait_status('OK', within_s=3)
    check_equal(set(full), {'sip_status', 'register_last_attempt', 'detail'}, 'members')
    check_equal(set(full['detail']), {'code', 'reason', 'expires_at', 'next_attempt_at',
                                      'public_address', 'stun', 'tls_verified', 'set'},
                'members of detail')
    del full['detail']
    for name, headers in (('nobody', {}), ('dead token', {'Authorization': 'Bearer ' + 40 * 'a'}),
                          ('Basic', {'Authorization': 'Basic YWRtaW46ZTJlLUFkbWluLTc='}),
                          ('nonsense', {'Authorization': 'Bearer'})):
        for base in ('/api/v1', '/api/v0'):
            answer = daemon.request('GET', base + '/sip/status', headers=headers)
            check_equal((answer.status, answer.json), (200, full), name)


def test_before_there_are_settings(t):
    daemon = t.portero()
    status = daemon.status()
    check_equal(status['register_last_attempt'], None, 'register_last_attempt')
    check_equal(status['sip_status'], 'OFFLINE', 'sip_status')
    daemon.enable_sip(True)
    daemon.wait_status('ERROR', within_s=1, reason='no SIP settings yet')

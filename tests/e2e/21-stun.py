# SPDX-License-Identifier: MIT
"""The public address by STUN: found, kept, changed; a server that is off, away or lying costs no
registration. 127.0.0.1 means off, so the servers here are on 127.0.0.2."""

import os
import socket
import struct
import time

from harness import cases, check, check_equal, free_port, sip, slow, wait_for
from harness.dns import SERVFAIL
from harness.stun import ERROR, SUCCESS, StunMock, message, xor_mapped

PUBLIC, SECOND = ('203.0.113.7', 40123), ('203.0.113.8', 40124)
AT = '%s:%d'


def wait_public(t, daemon, want, within_s=4):
    def fits():
        status = daemon.status()
        return status['sip_status'] == 'OK' and status['detail']['public_address'] == want
    wait_for(fits, t.seconds(within_s), lambda: 'public address %s, but %r\n%s' % (
        want, daemon.status(), daemon.log_tail()))


def uris(request):
    """{URI: expires} of a REGISTER's Contacts."""
    return {sip.address_uri(c): int(sip.header_parameter(c, 'expires'))
            for c in request.contacts()}


def wait_contact(t, mock, address, within_s=4):
    """Until the one binding at the mock registrar is at this address."""
    wait_for(lambda: [1 for uri in mock.bound() if AT % address in uri], t.seconds(within_s),
             lambda: 'a binding at %s:%d: %r' % (address + (mock.bound(),)))
    check_equal(len(mock.bound()), 1, 'bindings %r' % mock.bound())


def test_coturn_tells_our_address(t):
    """As seen by coturn we are where we are: told, and the Contact stays."""
    stun, server = t.coturn(), t.kamailio()
    daemon = t.portero()
    daemon.set_sip(server.account(stun=stun.settings()))
    daemon.wait_status('OK', within_s=3)
    wait_public(t, daemon, AT % daemon.sip)
    server.wait_bindings({'101': 1})
    check(AT % daemon.sip in server.bindings()['101'][0], 'Contact', server.bindings())
    time.sleep(0.5)
    check_equal(len(server.registers()), 2, 'REGISTERs: one without, one with credentials')


def test_public_address_goes_into_the_contact(t):
    stun, mock = t.stun_mock(StunMock.says(*PUBLIC)), t.registrar()
    daemon = t.portero()
    daemon.set_sip(mock.account(stun=stun.settings()))
    wait_public(t, daemon, AT % PUBLIC)
    wait_contact(t, mock, PUBLIC)
    new = [q for q in mock.requests if AT % PUBLIC in q.get('Contact')]
    check_equal(sorted(uris(new[0]).values()), [0, 60], 'the old one removed by the same request')
    check_equal({q.get('Call-ID') for q in mock.requests}, {new[0].get('Call-ID')}, 'Call-ID')
    check_equal(set(stun.peers), {daemon.sip}, 'who asked: the SIP socket')
    daemon.stop()
    check_equal(mock.bindings, {}, 'bindings after the goodbye')


@slow(40)
def test_mapping_that_changes(t):
    """Asked again every 25 s or so."""
    stun, mock = t.stun_mock(StunMock.says(*PUBLIC)), t.registrar()
    daemon = t.portero()
    daemon.set_sip(mock.account(stun=stun.settings()))
    wait_contact(t, mock, PUBLIC)
    count = len(mock.requests)
    stun.answer = StunMock.says(*SECOND)
    wait_contact(t, mock, SECOND, within_s=30)
    new = next(q for q in mock.requests[count:] if AT % SECOND in q.get('Contact'))
    old = [uri for uri in uris(new) if AT % PUBLIC in uri]
    check_equal([uris(new)[uri] for uri in old], [0], 'the old one, removed')
    wait_public(t, daemon, AT % SECOND)
    check_equal('sip_registration_lost' in daemon.log(), False, 'lost in between')


@slow(40)
def test_mapping_that_changes_at_kamailio(t):
    stun, server = t.stun_mock(StunMock.says(*PUBLIC)), t.kamailio()
    daemon = t.portero()
    daemon.set_sip(server.account(stun=stun.settings()))
    wait_public(t, daemon, AT % PUBLIC)
    stun.answer = StunMock.says(*SECOND)
    wait_public(t, daemon, AT % SECOND, within_s=30)
    wait_for(lambda: AT % SECOND in ''.join(server.bindings().get('101', [])), t.seconds(3),
             lambda: 'the new Contact: %r' % server.bindings())
    server.wait_bindings({'101': 1})


@cases(('off', '127.0.0.1', 'udp'), ('tcp', '127.0.0.2', 'tcp'))
def test_not_asked(t, address, transport):
    """127.0.0.1 is off; a TCP connection needs no STUN."""
    stun, mock = t.stun_mock(address=address), t.registrar()
    daemon = t.portero()
    daemon.set_sip(mock.account(transport, stun=stun.settings()))
    status = daemon.wait_status('OK', within_s=3)
    time.sleep(1)
    check_equal(stun.peers, [], 'questions')
    check_equal(status['detail']['public_address'], None, 'public address')


def wait_problem(t, daemon, words, within_s=9):
    wait_for(lambda: words in daemon.log(), t.seconds(within_s),
             lambda: '%r in the log\n%s' % (words, daemon.log_tail()))
    check('registration goes on' in daemon.log(), 'not reassuring', daemon.log_tail())
    check_equal(daemon.status()['sip_status'], 'OK', 'status')


@slow(45)
def test_unreachable_and_then_back(t):
    mock, port = t.registrar(), free_port()
    daemon = t.portero()
    daemon.set_sip(mock.account(stun={'ip': '127.0.0.3', 'port': port}))
    daemon.wait_status('OK', within_s=3)
    wait_problem(t, daemon, 'STUN server 127.0.0.3:%d does not answer' % port)
    time.sleep(0.5)
    check_equal(len(mock.requests), 2, 'REGISTERs: one without, one with credentials')
    check_equal(len(mock.bound()), 1, 'bindings')
    check(AT % daemon.sip in mock.bound()[0], 'our own address in Contact', mock.bound())
    stun = t.stun_mock(StunMock.says(*PUBLIC), address='127.0.0.3', port=port)
    wait_contact(t, mock, PUBLIC, within_s=32)
    check(stun.peers, 'questions')
    wait_public(t, daemon, AT % PUBLIC)


@slow(45)
def test_away_after_a_while(t):
    """A server that falls silent: said; our own address is bound again."""
    stun, mock = t.stun_mock(StunMock.says(*PUBLIC)), t.registrar()
    daemon = t.portero()
    daemon.set_sip(mock.account(stun=stun.settings()))
    wait_contact(t, mock, PUBLIC)
    stun.answer = lambda mark, peer: None
    wait_problem(t, daemon, 'does not answer', within_s=75)
    wait_contact(t, mock, daemon.sip)


def plain_mapped(family, rest):
    return message_with(lambda mark: [(0x0001, struct.pack('!BB', 0, family) + rest)])


def message_with(attributes):
    return lambda mark, peer: message(SUCCESS, mark, attributes(mark))


def error_response(mark, peer):
    return message(ERROR, mark, [(0x0009, struct.pack('!HBB', 0, 4, 0) + b'Bad Request')])


LIES = {
    'no_address': (StunMock.says('0.0.0.0', 5060), 'cannot be true'),
    'this_network': (StunMock.says('0.1.2.3', 5060), 'cannot be true'),
    'multicast': (StunMock.says('224.0.0.5', 5060), 'cannot be true'),
    'broadcast': (StunMock.says('255.255.255.255', 5060), 'cannot be true'),
    'port_0': (StunMock.says('203.0.113.7', 0), 'cannot be true'),
    'other_family': (message_with(lambda mark: [
        (0x0020, struct.pack('!BBH', 0, 2, 5060) + bytes(range(16)))]), 'cannot be true'),
    'no_attribute': (message_with(lambda mark: []), ''),
    'odd_family': (plain_mapped(9, struct.pack('!H', 5060) + b'\1\2\3\4'), ''),
    'short_attribute': (plain_mapped(1, b'\x13'), ''),
    'garbage': (lambda mark, peer: os.urandom(60), 'does not answer'),
    'one_byte': (lambda mark, peer: b'\1', 'does not answer'),
    'other_transaction': (lambda mark, peer: message(SUCCESS, os.urandom(12), [
        xor_mapped(*PUBLIC)]), 'does not answer'),
    'cut_off': (lambda mark, peer: message(SUCCESS, mark, [xor_mapped(*PUBLIC)])[:26],
                'does not answer'),
    'too_long': (lambda mark, peer: struct.pack('!HHI', SUCCESS, 60000, 0x2112a442) + mark,
                 'does not answer'),
    'error': (error_response, 'answered 400'),
    'request_back': (lambda mark, peer: struct.pack('!HHI', 1, 0, 0x2112a442) + mark,
                     'does not answer'),
}


@slow(7)
@cases(*[(name, name) for name in LIES])
def test_liar(t, name):
    answer, words = LIES[name]
    stun, mock = t.stun_mock(answer), t.registrar()
    daemon = t.portero()
    daemon.set_sip(mock.account(stun=stun.settings()))
    daemon.wait_status('OK', within_s=3)
    wait_problem(t, daemon, 'STUN server 127.0.0.2:%d ' % stun.port)
    check(words in daemon.log(), 'says nothing of ' + words, daemon.log_tail())
    check_equal(daemon.status()['detail']['public_address'], None, 'public address')
    check_equal(len(mock.bound()), 1, 'bindings')
    check(AT % daemon.sip in mock.bound()[0], 'our own address in Contact', mock.bound())


def test_answer_of_a_stranger_is_none(t):
    """Right transaction, wrong sender."""
    stranger = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
    stranger.bind(('127.0.0.4', 0))

    def answer(mark, peer):
        stranger.sendto(StunMock.says(*PUBLIC)(mark, peer), peer)
        time.sleep(0.1)
        return StunMock.says(*SECOND)(mark, peer)
    stun, mock = t.stun_mock(answer), t.registrar()
    daemon = t.portero()
    daemon.set_sip(mock.account(stun=stun.settings()))
    wait_contact(t, mock, SECOND)
    stranger.close()
    check(not [1 for q in mock.requests if AT % PUBLIC in q.get('Contact')],
          'the stranger was believed')


def test_settings_switch_it_on_and_off(t):
    stun, mock = t.stun_mock(StunMock.says(*PUBLIC)), t.registrar()
    daemon = t.portero()
    daemon.set_sip(mock.account())
    daemon.wait_status('OK', within_s=3)
    daemon.set_sip(mock.account(stun=stun.settings()))
    wait_contact(t, mock, PUBLIC)
    wait_public(t, daemon, AT % PUBLIC)
    daemon.set_sip(mock.account())
    wait_contact(t, mock, daemon.sip)
    wait_public(t, daemon, None)


def test_stun_server_by_its_name(t):
    dns, stun, mock = t.dns(), t.stun_mock(StunMock.says(*PUBLIC)), t.registrar()
    dns.a('stun.portero.test', '127.0.0.2')
    daemon = t.portero(config={'nameserver': dns.address})
    daemon.set_sip(mock.account(stun={'ip': 'stun.portero.test', 'port': stun.port}))
    wait_contact(t, mock, PUBLIC)


@slow(45)
@cases(('servfail', SERVFAIL), ('unknown', None))
def test_stun_server_whose_name_is_found_later(t, fault):
    dns, stun, mock = t.dns(), t.stun_mock(StunMock.says(*PUBLIC)), t.registrar()
    dns.fault = fault
    daemon = t.portero(config={'nameserver': dns.address})
    daemon.set_sip(mock.account(registration_interval=900,
                                stun={'ip': 'stun.portero.test', 'port': stun.port}))
    daemon.wait_status('OK', within_s=3)
    wait_problem(t, daemon, 'STUN server stun.portero.test:%d ' % stun.port)
    check_equal(daemon.log().count('STUN server'), 1, 'warnings')
    dns.fault = None
    dns.a('stun.portero.test', '127.0.0.2')
    wait_contact(t, mock, PUBLIC, within_s=40)

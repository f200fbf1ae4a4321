# SPDX-License-Identifier: MIT
"""SIP over TLS: only the right server gets a connection, and the reason tells what is wrong."""

import re

from harness import cases, check, check_equal


def server_with(t, authority, kind):
    make = {
        'wrong_name': lambda: authority.server('DNS:other.portero.test'),
        'wrong_address': lambda: authority.server('IP:127.0.0.2'),
        'name_for_an_address': lambda: authority.server('DNS:127.0.0.1'),
        'expired': lambda: authority.server(expired=True),
        'wrong_authority': lambda: authority.server(ca='other'),
        'self_signed': authority.self_signed,
        'realm_host': lambda: authority.server('DNS:sip.portero.test'),
        'wildcard': lambda: authority.server('DNS:*.portero.test'),
    }
    return t.kamailio(certificate=make[kind]())


@cases(('wrong_name', 'wrong_name', ['certificate', 'other.portero.test', '127.0.0.1']),
       ('wrong_address', 'wrong_address', ['certificate', '127.0.0.2']),
       ('name_for_an_address', 'name_for_an_address', ['certificate']),
       ('expired', 'expired', ['certificate', 'expired']),
       ('self_signed', 'self_signed', ['certificate', 'self-signed']),
       ('wrong_authority', 'wrong_authority', ['certificate']))
def test_bad_certificate(t, kind, words):
    authority = t.certificates()
    server = server_with(t, authority, kind)
    daemon = t.portero(sip_ca=authority.ca)
    daemon.set_sip(server.account('tls'))
    status = daemon.wait_status('ERROR', within_s=3, reason=words)
    reason = status['detail']['reason']
    other = {'expired': r'self.signed', 'self_signed': r'expired', 'wrong_name': r'expired|self.sig',
             'wrong_authority': r'expired|self.signed cert|certificate is for'}.get(kind)
    check(not other or not re.search(other, reason), 'a mixed up reason: ' + reason)
    check_equal(server.bindings(), {}, 'bindings')
    check_equal(server.registers(), [], 'a request was sent to a server that is not ours')


def test_no_authority_given(t):
    authority = t.certificates()
    server = t.kamailio(certificate=authority.server())
    daemon = t.portero()
    daemon.set_sip(server.account('tls'))
    daemon.wait_status('ERROR', within_s=3, reason='certificate')
    check_equal(server.registers(), [], 'a request was sent')


def test_certificate_of_the_realm_is_good(t):
    authority = t.certificates()
    server = server_with(t, authority, 'realm_host')
    daemon = t.portero(sip_ca=authority.ca)
    daemon.set_sip(server.account('tls'))
    daemon.wait_status('OK', within_s=3)
    server.wait_bindings({'101': 1})


def test_good_again_after_a_bad_one(t):
    authority = t.certificates()
    server = t.kamailio(certificate=authority.server(expired=True))
    daemon = t.portero(sip_ca=authority.ca)
    daemon.set_sip(server.account('tls'))
    daemon.wait_status('ERROR', within_s=3, reason='expired')
    server.stop()
    server.certificate = authority.server()
    server.write_config()
    server.start()
    daemon.set_sip(server.account('tls'))
    daemon.wait_status('OK', within_s=3)


def test_tls_to_a_server_that_speaks_none(t):
    """It waits for the rest of a request, we for its greeting: nobody says anything."""
    server = t.kamailio()
    daemon = t.portero(sip_ca=server.ca)
    daemon.set_sip(server.account('tls', proxy='sip:127.0.0.1:%d' % server.port))
    daemon.wait_status('ERROR', within_s=8, reason=['TLS', '127.0.0.1:%d' % server.port])
    check_equal(server.registers(), [], 'a request was sent')

# SPDX-License-Identifier: MIT
"""The peers themselves, tried with a client of our own: a failure here is no fault of the
daemon."""

import ssl

from harness import Failure, cases, check_equal, sip
from harness.kamailio import ODD_USER
from harness.phone import Phone


@cases(('md5', 'MD5'), ('sha256', 'SHA-256'))
def test_kamailio_registers_a_phone(t, algorithm):
    server = t.kamailio(algorithm=algorithm)
    for transport in ('udp', 'tcp', 'tls'):
        port = server.tls_port if transport == 'tls' else server.port
        phone = Phone(('127.0.0.1', port), transport, server.ca)
        for expires_s, bindings in ((60, {'101': 1}), (0, {})):
            answer = phone.register('101', server.users['101'], 'sip.portero.test', expires_s)
            check_equal(answer.status, 200, transport)
            server.wait_bindings(bindings)
        check_equal(phone.register('101', 'wrong', 'sip.portero.test').status, 401, 'wrong')
        phone.close()
    phone = Phone(('127.0.0.1', server.port))
    answer = phone.register(ODD_USER, server.users[ODD_USER], 'sip.portero.test',
                            user_in_uri='a%40b%25c%3E;d%20e')
    check_equal(answer.status, 200, 'odd user')
    server.wait_bindings({ODD_USER: 1})
    server.restart()
    check_equal(server.bindings(), {}, 'bindings after a restart')
    phone.close()


def test_kamailio_binding_of_an_instance_is_replaced(t):
    server = t.kamailio()
    first = Phone(('127.0.0.1', server.port))
    check_equal(first.register('101', server.users['101'], 'sip.portero.test').status, 200, '1')
    second = Phone(('127.0.0.1', server.port))
    second.instance = first.instance
    check_equal(second.register('101', server.users['101'], 'sip.portero.test').status, 200, '2')
    server.wait_bindings({'101': 1})
    first.close()
    second.close()


def test_certificates_are_told_apart(t):
    authority = t.certificates()
    for certificate, want in ((authority.server(), None),
                              (authority.server('DNS:other.portero.test'), 'mismatch'),
                              (authority.server(expired=True), 'expired'),
                              (authority.server(ca='other'), 'unable to get local issuer'),
                              (authority.self_signed(), 'self-signed')):
        server = t.kamailio(certificate=certificate)
        try:
            Phone(('127.0.0.1', server.tls_port), 'tls', authority.ca).close()
            got = None
        except ssl.SSLError as error:
            got = str(error)
        if (want is None) != (got is None) or (want and want not in got.replace('self signed',
                                                                                'self-signed')):
            raise Failure('wanted %r, got %r' % (want, got))
        server.stop()


@cases(('udp', 'udp', 401), ('tcp', 'tcp', 401), ('udp_407', 'udp', 407))
def test_mock_registrar_checks_digests(t, transport, code):
    mock = t.registrar(algorithms=['SHA-256'], challenge=code)
    phone = Phone(('127.0.0.1', mock.port), transport)
    check_equal(phone.register('101', 'pw-One-4711', 'pbx.example.com').status, 200, 'right')
    check_equal(len(mock.bindings), 1, 'bindings')
    check_equal(phone.register('101', 'wrong', 'pbx.example.com').status, code, 'wrong')
    check_equal(len(mock.requests), 4, 'requests')
    check_equal(sip.address_uri(mock.requests[0].get('To')), 'sip:101@pbx.example.com', 'To')
    mock.close()
    mock.reopen()
    phone.close()

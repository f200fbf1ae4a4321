# SPDX-License-Identifier: MIT
"""Finding the server: SRV, A, AAAA, /etc/hosts, dead addresses, names that change, DNS that fails."""

import time

from harness import cases, check, check_equal, free_port, slow, wait_for
from harness.dns import REFUSED, SERVFAIL, SILENCE
from harness.netns import start_with_files

NAME = 'sip.portero.test'
SERVICES = {'udp': '_sip._udp.', 'tcp': '_sip._tcp.', 'tls': '_sips._tcp.'}


def panel(t, dns, sip='127.0.0.1:0', **options):
    return t.portero(config={'nameserver': dns.address}, sip=sip, **options)


def named(mock, port=None, transport='udp', **changes):
    """Settings with the name instead of the address; port 0: left out."""
    port = mock.port if port is None else port
    proxy = 'sip:' + NAME + (':%d' % port if port else '')
    return mock.account(transport, proxy=proxy, realm=NAME, **changes)


@cases(('udp', 'udp'), ('tcp', 'tcp'))
def test_name_with_a_port_is_no_service(t, transport):
    dns, mock = t.dns(), t.registrar()
    dns.a(NAME, '127.0.0.1')
    dns.srv(SERVICES[transport] + NAME, 'elsewhere.test', 9)
    daemon = panel(t, dns)
    daemon.set_sip(named(mock, transport=transport))
    daemon.wait_status('OK', within_s=4)
    check_equal(dns.count(kind='SRV'), 0, 'questions for SRV')


@cases(('udp', 'udp'), ('tcp', 'tcp'), ('tls', 'tls'))
def test_name_without_a_port_is_a_service(t, transport):
    """The certificate is for the name in the settings; the target's name proves nothing."""
    authority = t.certificates()
    dns = t.dns()
    mock = t.registrar(certificate=authority.server('DNS:' + NAME) if transport == 'tls' else None)
    dns.srv(SERVICES[transport] + NAME, 'host-7.provider.test', mock.port)
    dns.a('host-7.provider.test', '127.0.0.1')
    daemon = panel(t, dns, sip_ca=authority.ca)
    daemon.set_sip(named(mock, 0, transport))
    daemon.wait_status('OK', within_s=4)
    for other in set(SERVICES) - {transport}:
        check_equal(dns.count(SERVICES[other] + NAME), 0, 'questions for ' + SERVICES[other])


def test_certificate_of_the_service_target_is_not_enough(t):
    authority = t.certificates()
    dns = t.dns()
    mock = t.registrar(certificate=authority.server('DNS:host-7.provider.test'))
    dns.srv('_sips._tcp.' + NAME, 'host-7.provider.test', mock.port)
    dns.a('host-7.provider.test', '127.0.0.1')
    daemon = panel(t, dns, sip_ca=authority.ca)
    daemon.set_sip(named(mock, 0, 'tls'))
    daemon.wait_status('ERROR', within_s=5, reason='certificate')
    check_equal(mock.requests, [], 'REGISTERs')


def test_priorities_in_order(t):
    """The weight counts only within a priority."""
    dns, first, second = t.dns(), t.registrar(), t.registrar()
    dns.srv('_sip._tcp.' + NAME, 'b.test', second.port, priority=20, weight=100)
    dns.srv('_sip._tcp.' + NAME, 'a.test', first.port, priority=10, weight=1)
    dns.a('a.test', '127.0.0.1')
    dns.a('b.test', '127.0.0.1')
    daemon = panel(t, dns)
    daemon.set_sip(named(first, 0, 'tcp'))
    daemon.wait_status('OK', within_s=4)
    check_equal((len(first.bound()), len(second.requests)), (1, 0), 'first, second')
    first.close()   # over TCP that is seen, and the next one is taken
    wait_for(second.bound, t.seconds(10), 'a binding at the second server')
    daemon.wait_status('OK', within_s=2)


@slow(10)
@cases(('udp_silent', 'udp', False), ('tcp_refused', 'tcp', False), ('tcp_mute', 'tcp', True))
def test_dead_first_target(t, transport, is_mute):
    """Silent, refusing, or accepting and then mute: seconds, not minutes."""
    dns, good = t.dns(), t.registrar()
    dead = t.registrar(lambda r, q: None) if is_mute or transport == 'udp' else None
    dns.srv(SERVICES[transport] + NAME, 'dead.test', dead.port if dead else free_port(), 1)
    dns.srv(SERVICES[transport] + NAME, 'good.test', good.port, 2)
    dns.a('dead.test', '127.0.0.1')
    dns.a('good.test', '127.0.0.1')
    daemon = panel(t, dns)
    daemon.set_sip(named(good, 0, transport))
    daemon.wait_status('OK', within_s=6.5)
    if dead:
        check_equal(len(dead.requests), 1, 'REGISTERs at the dead one')


@slow(10)
@cases(('udp', 'udp'), ('tcp', 'tcp'))
def test_several_addresses_with_dead_ones_first(t, transport):
    """127.0.0.8 has nobody there: refused over TCP; over UDP there is one who never answers."""
    dns, good = t.dns(), t.registrar()
    dns.a(NAME, '127.0.0.8', '127.0.0.1')
    if transport == 'udp':
        t.registrar(lambda r, q: None, address='127.0.0.8', port=good.port)
    daemon = panel(t, dns)
    daemon.set_sip(named(good, transport=transport))
    daemon.wait_status('OK', within_s=8)
    check_equal(len(good.bound()), 1, 'bindings')


@slow(12)
@cases(('ttl_0', 0), ('ttl_1', 1))
def test_dead_first_address_that_is_short_lived(t, ttl):
    """The first address takes longer to fail than the record lives: the second still has its
    turn, and nobody asks the name server without end."""
    dns, good = t.dns(), t.registrar()
    dns.a(NAME, '127.0.0.8', '127.0.0.1', ttl=ttl)
    t.registrar(lambda r, q: None, address='127.0.0.8', port=good.port)
    daemon = panel(t, dns)
    daemon.set_sip(named(good))
    try:
        daemon.wait_status('OK', within_s=12)
    finally:
        check(dns.count() < 30, '%d questions' % dns.count())


def test_ttl_of_0_is_used_once(t):
    dns, mock = t.dns(), t.registrar()
    dns.a(NAME, '127.0.0.1', ttl=0)
    daemon = panel(t, dns)
    daemon.set_sip(named(mock))
    try:
        daemon.wait_status('OK', within_s=4)
    finally:
        check(dns.count() <= 6, '%d questions' % dns.count())


def test_address_record_only_of_ipv6(t):
    dns, mock = t.dns(), t.registrar(address='::1')
    dns.aaaa(NAME, '::1')
    daemon = panel(t, dns, sip='[::1]:0')
    daemon.set_sip(named(mock))
    daemon.wait_status('OK', within_s=4)
    check('@[::1]:' in mock.bound()[0], 'Contact', mock.bound())


@cases(('udp', 'udp'), ('tcp', 'tcp'))
def test_ipv6_first_but_only_ipv4_here(t, transport):
    """The SIP socket is IPv4: the IPv6 addresses cost no time."""
    dns, mock = t.dns(), t.registrar()
    dns.aaaa(NAME, '::1')
    dns.a(NAME, '127.0.0.1')
    daemon = panel(t, dns)
    daemon.set_sip(named(mock, transport=transport))
    daemon.wait_status('OK', within_s=3)


@slow(50)
@cases(('nxdomain', None, 'there is no host named ' + NAME),
       ('servfail', SERVFAIL, 'does DNS work'), ('refused', REFUSED, 'does DNS work'),
       ('silence', SILENCE, 'DNS server does not answer'))
def test_fault_of_dns(t, fault, words):
    """Said, and better as soon as DNS is."""
    dns, mock = t.dns(), t.registrar()
    dns.fault = fault
    daemon = panel(t, dns)
    daemon.set_sip(named(mock))
    daemon.wait_status('ERROR', within_s=45, reason=[words, NAME])
    dns.fault = None
    dns.a(NAME, '127.0.0.1')
    daemon.wait_status('OK', within_s=10)


def test_silence_of_dns_is_told_within_seconds(t):
    """As the search of the address: nobody waits half a minute to learn that DNS is dead."""
    dns, mock = t.dns(), t.registrar()
    dns.fault = SILENCE
    daemon = panel(t, dns)
    daemon.set_sip(named(mock, 0))
    daemon.wait_status('ERROR', within_s=15, reason=['DNS', NAME])


@cases(('nxdomain', None), ('servfail', SERVFAIL), ('silence', SILENCE))
def test_without_services_the_standard_port_is_used(t, fault):
    network = t.namespace()
    with network.enter():
        dns, mock = t.dns(), t.registrar(port=5060)
        dns.a(NAME, '127.0.0.1')
        if fault:
            dns.faults['_sip._udp.' + NAME] = fault
        daemon = panel(t, dns, sip='127.0.0.1:0', namespace=network)
        daemon.set_sip(named(mock, 0))
        daemon.wait_status('OK', within_s=6)


def test_without_services_the_standard_port_of_tls_is_used(t):
    network = t.namespace()
    with network.enter():
        authority = t.certificates()
        dns = t.dns()
        mock = t.registrar(port=5061, certificate=authority.server('DNS:' + NAME))
        dns.a(NAME, '127.0.0.1')
        daemon = panel(t, dns, sip_ca=authority.ca, namespace=network)
        daemon.set_sip(named(mock, 0, 'tls'))
        daemon.wait_status('OK', within_s=6)


@slow(35)
def test_ttl_is_obeyed(t):
    """Granted 11 s: refreshed after 6 s. The first refresh is before the TTL's end and goes to the
    old address, though the record has changed; the second one asks again."""
    dns, old = t.dns(), t.registrar(granted_s=11)
    new = t.registrar(address='127.0.0.8', port=old.port, granted_s=11)
    dns.a(NAME, '127.0.0.1', ttl=10)
    daemon = panel(t, dns)
    daemon.set_sip(named(old))
    daemon.wait_status('OK', within_s=4)
    looked_up = next(at for at, name, kind in dns.questions if kind == 'A')
    asked = dns.count(NAME, 'A')
    dns.forget(NAME, 'A')
    dns.a(NAME, '127.0.0.8', ttl=10)
    old.wait_requests(3, t.seconds(10))   # two to bind, and the refresh
    new.wait_requests(1, t.seconds(12))
    early = [q for q in dns.questions if q[1:] == (NAME, 'A') and q[0] - looked_up < 9.9]
    check_equal(len(early), asked, 'questions before the end of the TTL')
    check(new.requests[0].time - looked_up >= 9.9, 'went elsewhere before the TTL was over')
    daemon.wait_status('OK', within_s=3)
    wait_for(new.bound, t.seconds(3), 'a binding at the new address')


@slow(15)
def test_a_record_that_stays_is_no_reason_for_anything(t):
    """TTL 1, granted 10 s: at the refresh the name is asked for again; same address, same flow."""
    dns, mock = t.dns(), t.registrar(granted_s=10)
    dns.a(NAME, '127.0.0.1', ttl=1)
    daemon = panel(t, dns)
    daemon.set_sip(named(mock, transport='tcp'))
    daemon.wait_status('OK', within_s=4)
    asked = dns.count(NAME, 'A')
    requests = mock.wait_requests(3, t.seconds(12))
    check(dns.count(NAME, 'A') > asked, 'the name was not asked for again')
    check_equal(len({request.source for request in requests}), 1, 'connections')
    check_equal('sip_registration_lost' in daemon.log(), False, 'lost in between')


@slow(15)
@cases(('silent', SILENCE), ('failing', SERVFAIL))
def test_dns_that_fails_costs_no_registration(t, fault):
    """The name cannot be asked for again: the refresh goes where it went before."""
    dns, mock = t.dns(), t.registrar(granted_s=10)
    dns.a(NAME, '127.0.0.1', ttl=1)
    daemon = panel(t, dns)
    daemon.set_sip(named(mock))
    daemon.wait_status('OK', within_s=4)
    dns.fault = fault
    mock.wait_requests(4, t.seconds(20))
    daemon.wait_status('OK', within_s=1)
    check_equal('sip_registration_lost' in daemon.log(), False, 'lost in between')


@cases(('with_a_port', True), ('without', False))
def test_name_in_etc_hosts(t, has_port):
    """No name server is configured; the namespace has no network, so DNS answers nothing."""
    network = t.namespace()
    path = t.path('hosts')
    with open(path, 'w') as f:
        f.write('127.0.0.1 localhost %s\n' % NAME)
    with network.enter():
        mock = t.registrar(port=None if has_port else 5060)
        daemon = start_with_files(t, network, {'/etc/hosts': path})
        daemon.set_sip(named(mock, None if has_port else 0))
        daemon.wait_status('OK', within_s=8)

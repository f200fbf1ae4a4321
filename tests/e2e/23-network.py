# SPDX-License-Identifier: MIT
"""Links, addresses and routes that change under the daemon: noticed at once, not at the next
refresh. In network namespaces of the test's own."""

import time

from harness import cases, check, check_equal, slow, wait_for
from harness.netns import join, plug, settle
from harness.stun import StunMock

INTERVAL_S = 900   # what is noticed is never noticed by a refresh
SERVER, PANEL = '10.71.1.1', '10.71.1.2'


class Wire:
    """The panel's network and the server's, joined by a cable: eth0 at the panel, port0 at the
    server, 10.71.1.0/24. The server end keeps its address while the panel's is changed."""

    def __init__(self, t, plugged=True):
        self.panel, self.outside = t.namespace(), t.namespace()
        join(self.panel, 'eth0', self.outside, 'port0')
        plug(self.outside, 'port0', SERVER + '/24')
        if plugged:
            self.plug()
            settle(self.panel, self.outside)

    def plug(self):
        plug(self.panel, 'eth0', PANEL + '/24')

    def link(self, state):
        """The cable, from the other end: the panel's end loses its carrier only."""
        self.outside.run('ip link set port0 ' + state)

    def start(self, t, **options):
        options.setdefault('sip', None)
        return t.portero(namespace=self.panel, **options)

    def kamailio(self, t):
        with self.outside.enter():
            return t.kamailio(address=SERVER)

    def registrar(self, t, script=None, **options):
        with self.outside.enter():
            return t.registrar(script, address=SERVER, **options)


def port_of(daemon):
    return daemon.sip[1]


def lost_count(daemon):
    return daemon.log().count('sip_registration_lost')


@cases(('udp', 'udp'), ('tcp', 'tcp'))
def test_link_down_and_up(t, transport):
    wire = Wire(t)
    server = wire.kamailio(t)
    daemon = wire.start(t)
    daemon.set_sip(server.account(transport, registration_interval=INTERVAL_S))
    daemon.wait_status('OK', within_s=4)
    for count in (1, 2):
        wire.link('down')
        # Linux tells of a link at most once a second, all namespaces together.
        daemon.wait_status('ERROR', within_s=2.2, reason='the network is down')
        check_equal(lost_count(daemon), count, 'sip_registration_lost')
        time.sleep(0.5)
        daemon.wait_status('ERROR', within_s=0.5, reason='the network is down')
        wire.link('up')
        daemon.wait_status('OK', within_s=2.2)
        server.wait_bindings({'101': 1})


def test_link_lost_right_after_it_came(t):
    """The kernel tells of a new link's carrier within a second: the panel starts and registers
    meanwhile, and the link is lost before it is told."""
    wire = Wire(t, plugged=False)
    server = wire.kamailio(t)
    wire.plug()
    daemon = wire.start(t)
    daemon.set_sip(server.account(registration_interval=INTERVAL_S))
    daemon.wait_status('OK', within_s=4)
    wire.link('down')
    daemon.wait_status('ERROR', within_s=2.2, reason='the network is down')
    wire.link('up')
    daemon.wait_status('OK', within_s=2.2)


def test_own_link_switched_off_and_on(t):
    """By `ip link set down` here: the routes go with it."""
    wire = Wire(t)
    server = wire.kamailio(t)
    daemon = wire.start(t)
    daemon.set_sip(server.account(registration_interval=INTERVAL_S))
    daemon.wait_status('OK', within_s=4)
    wire.panel.run('ip link set eth0 down')
    daemon.wait_status('ERROR', within_s=1)
    check_equal(lost_count(daemon), 1, 'sip_registration_lost')
    wire.panel.run('ip link set eth0 up')
    daemon.wait_status('OK', within_s=2)
    server.wait_bindings({'101': 1})


@cases(('udp', 'udp'), ('tcp', 'tcp'))
def test_address_changes(t, transport):
    """A new lease with another address: the new binding, and only that."""
    wire = Wire(t)
    server = wire.kamailio(t)
    daemon = wire.start(t)
    daemon.set_sip(server.account(transport, registration_interval=INTERVAL_S))
    daemon.wait_status('OK', within_s=4)
    check('@%s:' % PANEL in server.bindings()['101'][0], 'Contact', server.bindings())
    wire.panel.run('ip address del %s/24 dev eth0' % PANEL)
    daemon.wait_status('ERROR', within_s=1)
    wire.panel.run('ip address add 10.71.1.77/24 dev eth0')
    daemon.wait_status('OK', within_s=2)
    server.wait_bindings({'101': 1})
    check('@10.71.1.77:' in server.bindings()['101'][0], 'Contact', server.bindings())


def test_stun_follows_the_address(t):
    """The STUN server is asked through the new socket, at once; what it told before is dropped."""
    wire = Wire(t)
    wire.panel.write('/proc/sys/net/ipv4/conf/eth0/promote_secondaries', '1')
    mock = wire.registrar(t)
    with wire.outside.enter():
        stun = t.stun_mock(StunMock.says('203.0.113.7', 40123), address=SERVER)
    daemon = wire.start(t)
    daemon.set_sip(mock.account(registration_interval=INTERVAL_S, stun=stun.settings()))

    def is_public(address):
        status = daemon.status()
        return status['sip_status'] == 'OK' and status['detail']['public_address'] == address
    wait_for(lambda: is_public('203.0.113.7:40123'), t.seconds(4), daemon.log_tail)
    check_equal({peer[0] for peer in stun.peers}, {PANEL}, 'who asked')
    stun.answer = StunMock.says('203.0.113.8', 40124)
    wire.panel.run('ip address add 10.71.1.77/24 dev eth0')
    wire.panel.run('ip address del %s/24 dev eth0' % PANEL)
    wait_for(lambda: is_public('203.0.113.8:40124'), t.seconds(4), daemon.log_tail)
    check_equal(stun.peers[-1][0], '10.71.1.77', 'who asked last')
    wait_for(lambda: [1 for uri in mock.bound() if '@203.0.113.8:40124' in uri], t.seconds(2),
             lambda: 'the new public address in the Contact: %r' % mock.bound())


def test_address_changes_with_a_mock(t):
    """The old Contact is removed by the same request (no +sip.instance needed)."""
    wire = Wire(t)
    wire.panel.write('/proc/sys/net/ipv4/conf/eth0/promote_secondaries', '1')
    mock = wire.registrar(t)
    daemon = wire.start(t)
    daemon.set_sip(mock.account(registration_interval=INTERVAL_S))
    daemon.wait_status('OK', within_s=4)
    wire.panel.run('ip address add 10.71.1.77/24 dev eth0')
    wire.panel.run('ip address del %s/24 dev eth0' % PANEL)
    wait_for(lambda: [1 for uri in mock.bound() if '@10.71.1.77:' in uri], t.seconds(3),
             lambda: 'the new binding: %r\n%s' % (mock.bound(), daemon.log_tail()))
    check_equal(len(mock.bound()), 1, 'bindings: %r' % mock.bound())
    daemon.wait_status('OK', within_s=1)


def test_address_changes_with_stun(t):
    """Our public address is asked for anew, from the new socket."""
    wire = Wire(t)
    mock = wire.registrar(t)
    with wire.outside.enter():
        stun = t.stun_mock(address=SERVER)
    daemon = wire.start(t)
    daemon.set_sip(mock.account(registration_interval=INTERVAL_S, stun=stun.settings()))
    daemon.wait_status('OK', within_s=4)
    wait_for(lambda: daemon.status()['detail']['public_address'], t.seconds(3), 'STUN')
    wire.panel.run('ip address del %s/24 dev eth0' % PANEL)
    daemon.wait_status('ERROR', within_s=1)
    wire.panel.run('ip address add 10.71.1.77/24 dev eth0')
    want = '10.71.1.77:%d' % port_of(daemon)
    wait_for(lambda: daemon.status()['detail']['public_address'] == want, t.seconds(4),
             lambda: 'public address %s: %r' % (want, daemon.status()))
    daemon.wait_status('OK', within_s=1)
    check_equal(['@10.71.1.77:' in uri for uri in mock.bound()], [True], mock.bound())


def test_started_without_network(t):
    """Then a link, an address and a route come, in this order, as in life."""
    wire = Wire(t, plugged=False)
    server = wire.kamailio(t)
    daemon = wire.start(t)
    daemon.set_sip(server.account(registration_interval=INTERVAL_S))
    status = daemon.wait_status('ERROR', within_s=2, reason='network')
    time.sleep(4)   # its own pauses have grown meanwhile
    wire.panel.run('ip link set eth0 up')
    time.sleep(0.3)
    wire.panel.run('ip address add %s/24 dev eth0' % PANEL)
    daemon.wait_status('OK', within_s=2)
    check(status['detail']['reason'], 'a reason')
    server.wait_bindings({'101': 1})


def test_booted_without_network(t):
    """As above, the settings being there from the start."""
    wire = Wire(t)
    server = wire.kamailio(t)
    daemon = wire.start(t)
    daemon.set_sip(server.account('tcp', registration_interval=INTERVAL_S))
    daemon.wait_status('OK', within_s=4)
    daemon.stop()
    wire.panel.run('ip address del %s/24 dev eth0' % PANEL)
    wire.panel.run('ip link set eth0 down')
    daemon.start()
    daemon.wait_status('ERROR', within_s=2)
    time.sleep(4)
    wire.plug()
    daemon.wait_status('OK', within_s=2)


def two_ways(t):
    """The server has 10.71.9.9 besides, and is reached by two cables."""
    wire = Wire(t)
    join(wire.panel, 'eth1', wire.outside, 'port1')
    plug(wire.outside, 'port1', '10.71.2.1/24')
    plug(wire.panel, 'eth1', '10.71.2.2/24')
    settle(wire.panel, wire.outside)
    wire.outside.run('ip address add 10.71.9.9/32 dev lo')
    wire.panel.run('ip route add default via 10.71.1.1')
    with wire.outside.enter():
        server = t.kamailio(address='10.71.9.9')
    return wire, server


@cases(('udp', 'udp'), ('tcp', 'tcp'))
def test_default_route_moves_to_another_interface(t, transport):
    wire, server = two_ways(t)
    daemon = wire.start(t)
    daemon.set_sip(server.account(transport, registration_interval=INTERVAL_S))
    daemon.wait_status('OK', within_s=4)
    check('@10.71.1.2:' in server.bindings()['101'][0], 'Contact', server.bindings())
    wire.panel.run('ip route replace default via 10.71.2.1')
    wait_for(lambda: '@10.71.2.2:' in ''.join(server.bindings().get('101', [])), t.seconds(3),
             lambda: 'the new Contact: %r\n%s' % (server.bindings(), daemon.log_tail()))
    server.wait_bindings({'101': 1})
    daemon.wait_status('OK', within_s=1)


def test_second_interface_takes_over(t):
    """The first one's cable is pulled; the second has a default route of its own, dearer."""
    wire, server = two_ways(t)
    wire.panel.run('ip route add default via 10.71.2.1 metric 500')
    daemon = wire.start(t)
    daemon.set_sip(server.account(registration_interval=INTERVAL_S))
    daemon.wait_status('OK', within_s=4)
    wire.panel.run('ip link set eth0 down')
    wait_for(lambda: '@10.71.2.2:' in ''.join(server.bindings().get('101', [])), t.seconds(3),
             lambda: 'the new Contact: %r\n%s' % (server.bindings(), daemon.log_tail()))
    daemon.wait_status('OK', within_s=1)


def test_configured_interface_stays(t):
    """--sip with an address: the default route may go where it likes."""
    wire, server = two_ways(t)
    wire.outside.run('ip route add 10.71.2.2/32 dev port1')
    daemon = wire.start(t, sip='10.71.2.2:0')
    wire.panel.run('ip route replace default via 10.71.2.1')
    daemon.set_sip(server.account(registration_interval=INTERVAL_S))
    daemon.wait_status('OK', within_s=4)
    check('@10.71.2.2:' in server.bindings()['101'][0], 'Contact', server.bindings())
    count = len(server.registers())
    wire.panel.run('ip link set eth0 down')
    time.sleep(1.5)
    check_equal(len(server.registers()), count, 'REGISTERs because of the other interface')
    wire.panel.run('ip link set eth1 down')
    daemon.wait_status('ERROR', within_s=1)
    wire.panel.run('ip link set eth1 up')
    wire.panel.run('ip route replace default via 10.71.2.1')
    daemon.wait_status('OK', within_s=2)


def disturb(wire):
    """What a machine with containers and VPNs does all day; nothing of it is about the server."""
    for i in range(3):
        wire.panel.run('ip link add dummy%d type veth peer name other%d' % (i, i))
        wire.panel.run('ip address add 10.99.%d.1/24 dev dummy%d' % (i, i))
        wire.panel.run('ip link set other%d up' % i)
        wire.panel.run('ip link set dummy%d up' % i)
        wire.panel.run('ip route add 10.98.%d.0/24 dev dummy%d' % (i, i))
        time.sleep(0.2)
        wire.panel.run('ip link del dummy%d' % i)
        time.sleep(0.2)


@cases(('udp', 'udp'), ('tcp', 'tcp'))
def test_other_interfaces_are_no_reason(t, transport):
    wire = Wire(t)
    mock = wire.registrar(t)
    daemon = wire.start(t)
    daemon.set_sip(mock.account(transport, registration_interval=INTERVAL_S))
    daemon.wait_status('OK', within_s=4)
    disturb(wire)
    time.sleep(1)
    check_equal(len(mock.requests), 2, 'REGISTERs')
    check_equal(lost_count(daemon), 0, 'sip_registration_lost')


def test_wrong_password_is_not_tried_again_for_other_interfaces(t):
    wire = Wire(t)
    mock = wire.registrar(t)
    daemon = wire.start(t)
    daemon.set_sip(mock.account(password='not-the-one'))
    daemon.wait_status('ERROR', within_s=4, reason='password')
    disturb(wire)
    time.sleep(1)
    check_equal(len(mock.requests), 2, 'REGISTERs')
    daemon.wait_status('ERROR', within_s=1, reason='password')


def test_link_that_flaps(t):
    """A loose plug: no flood of REGISTERs, and the end is good."""
    wire = Wire(t)
    mock = wire.registrar(t)
    daemon = wire.start(t)
    daemon.set_sip(mock.account(registration_interval=INTERVAL_S))
    daemon.wait_status('OK', within_s=4)
    before = len(mock.requests)
    for _ in range(10):
        wire.link('down')
        time.sleep(0.05)
        wire.link('up')
        time.sleep(0.05)
    daemon.wait_status('OK', within_s=3)
    time.sleep(0.5)
    check(len(mock.requests) - before <= 24, '%d REGISTERs' % (len(mock.requests) - before))
    check_equal(len(mock.bound()), 1, 'bindings')


# ---- behind a NAT ----

INSIDE, ROUTER_INSIDE, ROUTER, OUTSIDE = '192.168.71.2', '192.168.71.1', '10.72.0.1', '10.72.0.9'
NAT_RULES = '''table ip nat {
chain post {
type nat hook postrouting priority srcnat;
oifname "wan" meta l4proto udp masquerade to :%d
oifname "wan" masquerade
}
}
'''


class Nat:
    """panel - router - outside; the router hides the panel behind its own address and, as many
    do, lets nothing in that was not asked for."""

    def __init__(self, t):
        self.panel, self.router, self.outside = t.namespace(), t.namespace(), t.namespace()
        join(self.panel, 'eth0', self.router, 'lan')
        join(self.router, 'wan', self.outside, 'port0')
        plug(self.panel, 'eth0', INSIDE + '/24')
        plug(self.router, 'lan', ROUTER_INSIDE + '/24')
        plug(self.router, 'wan', ROUTER + '/24')
        plug(self.outside, 'port0', OUTSIDE + '/24')
        self.panel.run('ip route add default via ' + ROUTER_INSIDE)
        self.router.write('/proc/sys/net/ipv4/ip_forward', '1')
        self.router.nft(NAT_RULES % 30001)
        self.router.filter_input('iifname "wan" ct state new drop')
        settle(self.panel, self.router, self.outside)

    def forget(self, port=30001):
        """Its table is lost, as after a restart; the panel's flow gets this port from now on."""
        self.router.run('nft delete table ip nat')
        self.router.nft(NAT_RULES % port)
        self.router.run('conntrack -F')


def reaches(server, contacts):
    """Does an OPTIONS from Kamailio's own port come through to this one contact, and back?"""
    return len(contacts) == 1 and server.asks(contacts[0].partition(';')[0]) == 200


@slow(30)
def test_behind_a_nat(t):
    """The Contact is the router's address, and what Kamailio sends there reaches the panel."""
    nat = Nat(t)
    with nat.outside.enter():
        server = t.kamailio(address=OUTSIDE)
        stun = t.coturn(address=OUTSIDE)
    daemon = t.portero(namespace=nat.panel, sip=None, config={'keepalive_s': 2})
    daemon.set_sip(server.account(registration_interval=INTERVAL_S, stun=stun.settings()))
    daemon.wait_status('OK', within_s=4)
    wait_for(lambda: ROUTER in (daemon.status()['detail']['public_address'] or ''), t.seconds(5),
             lambda: 'public address: %r\n%s' % (daemon.status(), daemon.log_tail()))
    wait_for(lambda: '@%s:' % ROUTER in ''.join(server.bindings().get('101', [])), t.seconds(3),
             lambda: 'the Contact: %r' % server.bindings())
    server.wait_bindings({'101': 1})
    daemon.wait_status('OK', within_s=1)
    wait_for(lambda: reaches(server, server.bindings()['101']), t.seconds(3),
             lambda: 'OPTIONS does not come through to %r\n%s' % (server.bindings(), server.log_tail()))


SYMMETRIC_NAT = '''table ip nat {
chain post {
type nat hook postrouting priority srcnat;
oifname "wan" masquerade random,fully-random
}
}
'''


@slow(30)
def test_behind_a_nat_that_maps_each_way_of_its_own(t):
    """What STUN says is not how the SIP server sees us: the server's view is the Contact."""
    nat = Nat(t)
    nat.router.run('nft delete table ip nat')
    nat.router.nft(SYMMETRIC_NAT)
    with nat.outside.enter():
        server = t.kamailio(address=OUTSIDE)
        stun = t.coturn(address=OUTSIDE)
    daemon = t.portero(namespace=nat.panel, sip=None, config={'keepalive_s': 2})
    daemon.set_sip(server.account(registration_interval=INTERVAL_S, stun=stun.settings()))
    daemon.wait_status('OK', within_s=4)
    wait_for(lambda: '@%s:' % ROUTER in ''.join(server.bindings().get('101', [])), t.seconds(5),
             lambda: 'the Contact: %r\n%s' % (server.bindings(), daemon.log_tail()))
    wait_for(lambda: reaches(server, server.bindings().get('101', [])), t.seconds(5),
             lambda: 'OPTIONS does not come through to %r\n%s' % (
                 server.bindings(), server.log_tail()))
    server.wait_bindings({'101': 1})
    daemon.wait_status('OK', within_s=1)


@slow(60)
@cases(('crlf', 'no', 30001), ('options', 'yes', 30001), ('other_port', 'no', 30002))
def test_nat_that_forgets(t, options, port):
    """Its table is lost. The keep-alive opens the way again; STUN sees whether it is another one,
    and then the Contact follows."""
    nat = Nat(t)
    with nat.outside.enter():
        server = t.kamailio(address=OUTSIDE)
        stun = t.coturn(address=OUTSIDE)
    daemon = t.portero(namespace=nat.panel, sip=None,
                       config={'keepalive_s': 2, 'keepalive_options': options})
    daemon.set_sip(server.account(registration_interval=INTERVAL_S, stun=stun.settings()))
    daemon.wait_status('OK', within_s=4)
    wait_for(lambda: '@%s:' % ROUTER in ''.join(server.bindings().get('101', [])), t.seconds(6),
             lambda: 'the Contact: %r' % server.bindings())

    def reachable():
        return reaches(server, server.bindings().get('101', []))
    wait_for(reachable, t.seconds(6), 'Kamailio reaches the panel', pause_s=0.3)
    nat.forget(port)
    wait_for(reachable, t.seconds(45), lambda: 'Kamailio reaches the panel again: %r %r\n%s' % (
        server.bindings(), daemon.status(), daemon.log_tail()), pause_s=0.5)
    daemon.wait_status('OK', within_s=2)
    check_equal(lost_count(daemon), 0, 'sip_registration_lost')


@slow(25)
def test_nat_that_forgets_a_tcp_connection(t):
    """The router answers what it does not know with a reset, or with nothing: the keep-alive
    finds out, and the panel registers over a new connection."""
    nat = Nat(t)
    with nat.outside.enter():
        server = t.kamailio(address=OUTSIDE)
    daemon = t.portero(namespace=nat.panel, sip=None, config={'keepalive_s': 2})
    daemon.set_sip(server.account('tcp', registration_interval=INTERVAL_S))
    daemon.wait_status('OK', within_s=4)
    before = len(server.registers())
    nat.router.nft('table ip f {\nchain forward {\ntype filter hook forward priority 0;\n'
                   'tcp flags & (syn|ack) == ack ct state new drop\nct state invalid drop\n}\n}\n')
    nat.router.write('/proc/sys/net/netfilter/nf_conntrack_tcp_loose', '0')
    nat.forget()
    wait_for(lambda: len(server.registers()) > before, t.seconds(22), daemon.log_tail)
    daemon.wait_status('OK', within_s=4)

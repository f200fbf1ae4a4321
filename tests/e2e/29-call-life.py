# SPDX-License-Identifier: MIT
"""What happens to a call when the panel stops, is killed, gets other settings, or loses its network."""

import time

from harness import cases, check, check_equal, slow, wait_for
from harness.calls import (accept_from, bye, direct, end_of, hang_up, locks, new_peer, new_stream, now,
                           registered, start, talk_out, wait_state)
from harness.netns import join, plug, settle
from harness.peer import Peer, Server, audio_of, description
from harness.stream import Stream

PANEL, PANEL_LATER, OUTSIDE = '10.74.1.2', '10.74.1.3', '10.74.1.1'


# -- SIGTERM

def dialling(t, daemon, peer):
    start(daemon, peer.uri)
    return peer.take(), None


def trying(t, daemon, peer):
    dialog, _ = dialling(t, daemon, peer)
    dialog.answer(100)
    peer.behind(daemon.sip)
    return dialog, 'CANCEL'


def ringing(t, daemon, peer):
    dialog, _ = dialling(t, daemon, peer)
    dialog.answer(180)
    wait_state(daemon, 'ringing')
    return dialog, 'CANCEL'


def early(t, daemon, peer):
    stream = new_stream(t)
    dialog, _ = dialling(t, daemon, peer)
    dialog.answer(183, description(stream.port))
    stream.to(*audio_of(dialog.first)[:2]).talk()
    wait_state(daemon, 'ringing')
    return dialog, 'CANCEL'


def incoming(t, daemon, peer):
    dialog = peer.call(daemon.sip)
    peer.expect(180)
    wait_state(daemon, 'incoming')
    return dialog, (603, 'INVITE')


def talking(t, daemon, peer):
    return talk_out(daemon, peer, new_stream(t)), 'BYE'


def held(t, daemon, peer):
    dialog = talk_out(daemon, peer)
    dialog.ask('INVITE', description(9, direction='inactive'))
    return dialog, 'BYE'


def cancelled(t, daemon, peer):
    dialog, _ = ringing(t, daemon, peer)
    hang_up(daemon)
    peer.expect('CANCEL')
    return dialog, None


def hung_up(t, daemon, peer):
    dialog = talk_out(daemon, peer)
    hang_up(daemon)
    peer.expect('BYE')
    return dialog, None


@cases(*[(f.__name__, f) for f in (dialling, trying, ringing, early, incoming, talking, held, cancelled,
                                   hung_up)])
def test_stopped_while(t, state):
    """The other side is told; nobody is waited for."""
    daemon, peer = direct(t)
    _, what = state(t, daemon, peer)
    daemon.stop()
    if what:
        peer.expect(what, 1)


# -- kill -9

def test_killed_in_a_call_with_the_door_open(t):
    """After the start: shut, registered, one binding, and no memory of the call."""
    server = t.kamailio()
    daemon = t.portero()
    daemon.set_sip(server.account('udp', '101'))
    daemon.wait_status('OK', 10)
    accept_from(daemon, '127.0.0.0/8')
    peer = new_peer(t)
    dialog = talk_out(daemon, peer)
    daemon.must_post('/access/general/lock/timeout/1', {'lock_timeout': 60})
    dialog.ask('INFO', b'Signal=#\r\n', kind='application/dtmf-relay')
    wait_for(lambda: locks(daemon)[0], 5, 'lock 1 open')
    daemon.kill9()
    daemon.start()
    check_equal(locks(daemon), [False, False], 'locks after the start')
    daemon.wait_status('OK', 10)
    server.wait_bindings({'101': 1})
    check_equal(now(daemon)['state'], 'idle', 'state')
    dialog.to = daemon.sip
    check_equal(dialog.ask('BYE').status, 481, 'BYE of the call before')
    talk_out(daemon, peer)


# -- other settings

def pump(done, *peers):
    """Until done(), with servers that answer meanwhile."""
    def is_done():
        for peer in peers:
            peer.waiting += peer.collect(0.02)
        return done()
    wait_for(is_done, 10, lambda: 'came: %s' % [peer.all[-5:] for peer in peers])


def test_another_account_in_a_call(t):
    """The call goes on, and ends at the server of before, with the credentials for that one."""
    daemon, old = registered(t)
    stream = new_stream(t)
    start(daemon, '102')
    dialog = old.take()
    dialog.answer(200, description(stream.port))
    old.expect('ACK')
    wait_state(daemon, 'talking')
    new = t.own(Server(seconds=t.seconds))
    new.user, new.password, new.realm = '201', 'pw-New-0815', 'another.test'
    daemon.set_sip(new.account(realm='another.example.com'))
    pump(lambda: daemon.status()['sip_status'] == 'OK' and any(
        m.method == 'REGISTER' and m.get('Proxy-Authorization') for m in new.all), old, new)
    stream.wait(20, 5)
    stream.check_tone()
    check_equal(now(daemon)['state'], 'talking', 'state')
    hang_up(daemon)
    theirs = old.expect('BYE')
    dialog.answer(407, request=theirs, headers=[old.challenge()])
    again = old.expect('BYE')
    check('username="101"' in again.get('Proxy-Authorization') and old.answer_challenge_is_right(again),
          'credentials', again.raw)
    dialog.answer(200, request=again)
    check_equal(end_of(daemon)['end'], 'hung up', 'end')
    check(not [m for m in new.all if m.method == 'BYE'], 'BYE at the new server')
    start(daemon, '102')
    check('another.example.com' in new.take().first.uri, 'the next call')


def after_bye(daemon, peer):
    bye(talk_out(daemon, peer))


def while_it_rings_here(daemon, peer):
    peer.call(daemon.sip)
    peer.expect(180)


def after_a_refusal(daemon, peer):
    peer.call(daemon.sip, b'garbage')
    peer.expect(400)


@cases(('after_bye', after_bye), ('while_it_rings_here', while_it_rings_here),
       ('after_a_refusal', after_a_refusal))
def test_other_settings_soon_after(t, what):
    """A request that was answered less than 32 s ago: its port was said to be in use."""
    daemon, server = registered(t)
    accept_from(daemon, '127.0.0.0/8')
    what(daemon, new_peer(t))
    new = t.own(Server(seconds=t.seconds))
    new.user = '202'
    daemon.set_sip(new.account())
    pump(lambda: daemon.status()['sip_status'] == 'OK' and new.all, server, new)
    check('in use' not in daemon.log(), 'the port is said to be in use')
    new_call = new_peer(t)
    new_call.call(daemon.sip)
    check(new_call.next(lambda m: m.status in (180, 486), time.monotonic() + t.at_most(3)),
          'no answer at the port of before')


def test_sip_off_in_a_call(t):
    daemon, server = registered(t)
    start(daemon, '102')
    dialog = server.take()
    dialog.answer(200, description(9))
    server.expect('ACK')
    wait_state(daemon, 'talking')
    daemon.enable_sip(False)
    dialog.answer(200, request=server.expect('BYE'))
    end_of(daemon)
    pump(lambda: daemon.status()['sip_status'] == 'OFFLINE', server)


# -- the network

class Wire:
    """A panel, a cable, and a phone at its other end; in networks of their own."""

    def __init__(self, t, has_route=True):
        self.panel, self.outside = t.namespace(), t.namespace()
        join(self.panel, 'eth0', self.outside, 'port0')
        plug(self.outside, 'port0', OUTSIDE + '/24')
        plug(self.panel, 'eth0', PANEL + '/24')
        if has_route:
            self.panel.run('ip route add default via ' + OUTSIDE)
        settle(self.panel, self.outside)
        self.daemon = t.portero(namespace=self.panel, sip=None)
        self.daemon.must_post('/device/sip/enable', {'sip_enable': True})
        accept_from(self.daemon, '10.74.1.0/24')
        with self.outside.enter():
            self.peer = t.own(Peer(address=OUTSIDE, seconds=t.seconds))
            self.stream = t.own(Stream(address=OUTSIDE))

    def talk(self):
        dialog = talk_out(self.daemon, self.peer, self.stream, address=OUTSIDE)
        self.stream.talk()
        self.stream.wait(20, 5)
        return dialog

    def link(self, state):
        self.outside.run('ip link set port0 ' + state)


def test_direct_calls_where_no_route_leads_out(t):
    """A panel and phones at one switch, and nothing else."""
    wire = Wire(t, has_route=False)
    dialog = wire.talk()
    wire.stream.check_tone()
    bye(dialog)
    end_of(wire.daemon)
    dialog = wire.peer.call((PANEL, wire.daemon.sip[1]))
    wire.peer.expect(180)
    dialog.cancel()
    end_of(wire.daemon)


def test_the_network_comes_late(t):
    """Without an account, too, the panel then has its SIP port where calls come in."""
    panel, outside = t.namespace(), t.namespace()
    join(panel, 'eth0', outside, 'port0')
    plug(outside, 'port0', OUTSIDE + '/24')
    daemon = t.portero(namespace=panel, sip=None)
    daemon.must_post('/device/sip/enable', {'sip_enable': True})
    accept_from(daemon, '10.74.1.0/24')
    plug(panel, 'eth0', PANEL + '/24')
    panel.run('ip route add default via ' + OUTSIDE)
    with outside.enter():
        peer = t.own(Peer(address=OUTSIDE, seconds=t.seconds))
    dialog = peer.call((PANEL, daemon.sip[1]))
    for _ in range(20):
        if peer.maybe(180, 0.5):
            break
        peer.send(dialog.sent, dialog.to)
    wait_state(daemon, 'incoming')
    dialog.cancel()
    end_of(daemon)


def test_the_cable_is_out_for_a_while(t):
    """The call goes on."""
    wire = Wire(t)
    dialog = wire.talk()
    for _ in range(2):
        wire.link('down')
        time.sleep(1.5)
        wire.link('up')
        wire.stream.wait(25, 6, 'sound after the cable is back')
    wire.stream.check_tone()
    check_equal(now(wire.daemon)['state'], 'talking', 'state')
    bye(dialog)
    check_equal(end_of(wire.daemon)['end'], 'hung up there', 'end')


@slow(40)
def test_the_cable_is_out_for_good(t):
    """The call ends as dead; the next one works when it is back."""
    wire = Wire(t)
    wire.talk()
    wire.stream.be_silent()
    wire.link('down')
    over = end_of(wire.daemon, 40)
    check_equal(over['end'], 'dead', over)
    wire.link('up')
    settle(wire.panel, wire.outside)
    wire.peer.collect(1)
    with wire.outside.enter():
        other = t.own(Peer(address=OUTSIDE, seconds=t.seconds))
    start(wire.daemon, other.uri)
    other.take(5)


def moved(t):
    """A call by way of a server, in which the panel gets another address, and tells by re-INVITE."""
    wire = Wire(t)
    with wire.outside.enter():
        server = t.own(Server(address=OUTSIDE, seconds=t.seconds))
    server.register(wire.daemon)
    start(wire.daemon, '102')
    dialog = server.take()
    wire.stream.to(*audio_of(dialog.first)[:2])
    dialog.answer(200, description(wire.stream.port, address=OUTSIDE))
    server.expect('ACK')
    wait_state(wire.daemon, 'talking')
    wire.stream.wait(10, 5)
    wire.panel.run('ip address add %s/24 dev eth0' % PANEL_LATER)
    wire.panel.run('ip address del %s/24 dev eth0' % PANEL)
    wire.panel.run('ip address add %s/24 dev eth0' % PANEL_LATER, may_fail=True)
    wire.panel.run('ip route replace default via ' + OUTSIDE)
    invite = server.expect('INVITE', 12)
    check_equal((invite.source[0], audio_of(invite)[0]), (PANEL_LATER, PANEL_LATER), 're-INVITE')
    dialog.to, dialog.uri = invite.source, 'sip:101@%s:%d' % invite.source
    wire.stream.to(*audio_of(invite)[:2])
    return wire, server, dialog, invite


def hears_at_the_new_address(wire):
    wire.stream.wait(20, 4)
    check_equal(wire.stream.packets[-1][1], wire.stream.target, 'source of the sound')
    wire.stream.check_tone()


def test_another_address_in_a_call(t):
    wire, server, dialog, invite = moved(t)
    check(invite.cseq() > dialog.first.cseq() and dialog.tag in invite.get('To'), 'dialog', invite.raw)
    dialog.answer(200, description(wire.stream.port, address=OUTSIDE), request=invite)
    check_equal(server.expect('ACK').cseq(), invite.cseq(), 'ACK')
    hears_at_the_new_address(wire)
    bye(dialog)
    check_equal(end_of(wire.daemon)['end'], 'hung up there', 'end')


def test_both_change_the_call_at_once(t):
    """Glare: RFC 3261 section 14.1. Each is told 491, and one of them, later, gets through."""
    wire, server, dialog, invite = moved(t)
    answer = dialog.ask('INVITE', description(wire.stream.port, address=OUTSIDE))
    check_equal(answer.status, 491, 'to theirs')
    before = time.monotonic()
    dialog.answer(491, request=invite)
    check_equal(server.expect('ACK').cseq(), invite.cseq(), 'ACK of the 491')
    again = server.expect('INVITE', 6)
    check(again.cseq() > invite.cseq(), 'CSeq')
    check(2 < again.time - before < t.at_most(4.2), 'we made the Call-ID: 2.1 to 4 s',
          again.time - before)
    dialog.answer(200, description(wire.stream.port, address=OUTSIDE), request=again)
    server.expect('ACK')
    hears_at_the_new_address(wire)
    check_equal(dialog.ask('INVITE', description(wire.stream.port, address=OUTSIDE)).status, 200,
                'theirs, later')
    bye(dialog)


@cases(('488', 488), ('500', 500))
def test_our_change_is_refused(t, code):
    """The call goes on as well as it can; no storm of re-INVITEs."""
    wire, server, dialog, invite = moved(t)
    dialog.answer(code, request=invite)
    server.expect('ACK')
    server.absent('INVITE', 2)
    check_equal(now(wire.daemon)['state'], 'talking', 'state')
    bye(dialog)


def test_our_change_finds_no_call_any_more(t):
    wire, server, dialog, invite = moved(t)
    dialog.answer(481, request=invite)
    over = end_of(wire.daemon)
    check_equal(over['end'], 'dead', over)
    check('does not know this call' in over['reason'], 'reason', over)


def test_our_change_reaches_nobody_any_more(t):
    wire, server, dialog, invite = moved(t)
    dialog.answer(408, request=invite)
    over = end_of(wire.daemon)
    check_equal(over['end'], 'dead', over)
    check('does not answer any more' in over['reason'], 'reason', over)

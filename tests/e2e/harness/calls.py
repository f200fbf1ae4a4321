# SPDX-License-Identifier: MIT
"""A panel in calls, as its API shows it."""

from . import check_equal, wait_for
from .peer import Peer, Server, audio_of, description
from .stream import Stream


def now(daemon):
    return daemon.api('GET', '/system/call/status').json


def start(daemon, number):
    answer = daemon.api('POST', '/system/debug/call/start', {'number': number})
    check_equal((answer.status, answer.body), (200, b'{}'), 'call ' + number)


def wait_state(daemon, state, within_s=10):
    wait_for(lambda: now(daemon)['state'] == state, daemon.test.seconds(within_s),
             lambda: 'call %s: %r\n%s' % (state, now(daemon), daemon.log_tail()))
    return now(daemon)


def end_of(daemon, within_s=10):
    return wait_state(daemon, 'ended', within_s)


def hang_up(daemon):
    daemon.must_post('/system/debug/call/end')


def answer(daemon):
    daemon.must_post('/calls/answer', base='/api/portero/v1')


def accept_from(daemon, networks='', callers=''):
    daemon.must_post('/calls/settings', {'accept_from': networks, 'answer_callers': callers},
                     base='/api/portero/v1')


def direct(t, networks='127.0.0.0/8', auto_answer=False, **options):
    """A panel without a server, and a peer."""
    daemon = t.portero(**options)
    daemon.must_post('/device/sip/enable', {'sip_enable': True})
    accept_from(daemon, networks)
    if auto_answer:
        daemon.must_post('/device/call/auto_answer', {'is_enabled': True})
    return daemon, new_peer(t)


def new_peer(t, **options):
    return t.own(Peer(seconds=t.seconds, **options))


def new_stream(t, **options):
    return t.own(Stream(**options))


def talk_out(daemon, peer, stream=None, **how):
    """The panel calls, the peer answers. Returns the dialog; a stream knows where to send."""
    start(daemon, peer.uri)
    dialog = peer.take()
    if stream:
        stream.to(*audio_of(dialog.first)[:2])
    dialog.answer(200, description(stream.port if stream else 9, **how))
    dialog.remote = dialog.first.get('From')
    peer.expect('ACK')
    wait_state(daemon, 'talking')
    return dialog


def talk_in(daemon, peer, stream=None, **how):
    """The peer calls, the panel (that answers by itself) answers."""
    dialog = peer.call(daemon.sip, description(stream.port if stream else 9, **how))
    ok = peer.expect((200, 'INVITE'))
    dialog.ack(ok)
    if stream:
        stream.to(*audio_of(ok)[:2])
    wait_state(daemon, 'talking')
    return dialog


def bye(dialog):
    """The peer hangs up."""
    check_equal(dialog.ask('BYE').status, 200, 'BYE of the peer')


def locks(daemon):
    """Which are open."""
    return [lock['open'] for lock in daemon.api('GET', '/locks', base='/api/portero/v1').json['locks']]


def registered(t, **options):
    """A panel that is registered at a server which the test plays."""
    daemon = t.portero(**options)
    server = t.own(Server(seconds=t.seconds))
    server.register(daemon)
    return daemon, server

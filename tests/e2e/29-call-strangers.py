# SPDX-License-Identifier: MIT
"""Calls of who may not call, and descriptions that are no good: no harm, and nothing learnt."""

import os
import random
import time

from harness import cases, check, check_equal, wait_for
from harness.calls import (accept_from, bye, direct, end_of, new_peer, now, registered, start, talk_in,
                           talk_out, wait_state)
from harness.peer import SDP, Dialog, description
from harness.portero import SLOW_LINE


def rss_kb(daemon):
    with open('/proc/%d/status' % daemon.process.pid) as f:
        return next(int(line.split()[1]) for line in f if line.startswith('VmRSS'))


def told(daemon):
    """Its log, without what it says of a busy machine."""
    return [line for line in daemon.log().splitlines() if not SLOW_LINE.search(line)]


def idle(daemon):
    state = now(daemon)['state']
    check(state in ('idle', 'ended'), 'state', state)


# -- who

def test_who_may_not_call_gets_nothing(t):
    """Neither an answer nor a line in the log that a scanner could fill it with."""
    daemon, stranger = direct(t, networks='10.0.0.0/8, 127.0.0.2')
    before = told(daemon)
    dialog = stranger.call(daemon.sip)
    for _ in range(3):
        stranger.send(dialog.sent, daemon.sip)
    dialog.cancel()
    dialog.send('ACK', cseq=101)
    stranger.call(daemon.sip, headers=[('Require', '100rel')])
    stranger.call(daemon.sip, b'garbage')
    check_equal([m.first for m in stranger.collect(0.6) if 'INVITE' in m.get('CSeq')], [], 'answers')
    check_equal(told(daemon), before, 'the log')
    idle(daemon)
    other = new_peer(t, address='127.0.0.2')
    other.call(daemon.sip)
    other.expect(180)
    wait_state(daemon, 'incoming')


def test_at_the_server_others_get_nothing(t):
    """The server's address may call, with whatever port; others not."""
    daemon, server = registered(t)
    stranger = new_peer(t, address='127.0.0.3')
    stranger.call(daemon.sip)
    stranger.absent(180, 0.4)
    idle(daemon)
    dialog = server.call(daemon.sip)
    server.expect(180)
    wait_state(daemon, 'incoming')
    dialog.cancel()
    end_of(daemon)


def test_a_flood_of_calls_that_may_not_be(t):
    daemon, stranger = direct(t, networks='127.0.0.2')
    other = new_peer(t, address='127.0.0.2')
    dialog = talk_out(daemon, other)
    log, before = told(daemon), rss_kb(daemon)
    for n in range(1000):
        Dialog(stranger, target=daemon.sip).invite(description(4000 + n))
        if n % 50 == 49:
            time.sleep(0.01)
    stranger.absent(180, 0.3)
    check_equal([m.first for m in stranger.all], [], 'answers')
    check(rss_kb(daemon) - before < (60000 if t.sanitized else 1000), 'memory grows by %d kB' % (
        rss_kb(daemon) - before))
    check_equal(told(daemon), log, 'the log grows')
    check_equal(now(daemon)['state'], 'talking', 'the call goes on')
    bye(dialog)


def test_a_flood_of_who_may_call(t):
    """One rings, the others are told at once that we are busy; afterwards all is as before."""
    daemon, peer = direct(t)
    dialog = peer.call(daemon.sip)
    peer.expect(180)
    before = rss_kb(daemon)
    for n in range(300):
        Dialog(peer, target=daemon.sip).invite()
        if n % 20 == 19:   # so many fit into the kernel's buffers
            peer.behind(daemon.sip)
    codes = [m.status for m in peer.all if 'INVITE' in m.get('CSeq') and not m.is_repeated]
    check(codes.count(486) >= 250 and set(codes) <= {180, 486}, 'answers', set(codes), len(codes))
    check(rss_kb(daemon) - before < (90000 if t.sanitized else 8000), 'memory grows by %d kB' % (
        rss_kb(daemon) - before))
    dialog.cancel()
    end_of(daemon)


def test_a_flood_within_a_call(t):
    """Changes that nobody acknowledges: each answer would be kept, and sent again, for 32 s."""
    daemon, peer = direct(t, auto_answer=True)
    dialog = talk_in(daemon, peer)
    before, first = rss_kb(daemon), dialog.cseq
    for n in range(1000):
        dialog.invite()
        if n % 20 == 19:
            peer.behind(daemon.sip)
    answered = {m.cseq() for m in peer.all if m.status == 200 and m.get('Call-ID') == dialog.call_id
                and m.cseq() > first}
    check_equal(len(answered), 200, 'changes answered')
    check(rss_kb(daemon) - before < (90000 if t.sanitized else 8000), 'memory grows by %d kB' % (
        rss_kb(daemon) - before))
    check_equal(dialog.ask('BYE').status, 200, 'BYE')
    end_of(daemon)


def test_with_sip_off_nobody_gets_in(t):
    daemon, peer = direct(t)
    talk = talk_out(daemon, peer)
    daemon.enable_sip(False)
    talk.answer(200, request=peer.expect('BYE'))
    end_of(daemon)
    other = new_peer(t)
    other.call(daemon.sip)
    other.absent(180, 0.5)
    check_equal([m.first for m in other.all], [], 'answers')
    idle(daemon)
    daemon.enable_sip(True)
    other.call(daemon.sip)
    other.expect(180)


# -- in a transaction

@cases(('busy', 486), ('moved', 302), ('progress', 183), ('challenge', 407), ('answer', 200))
def test_answers_of_a_stranger(t, code):
    """It knows the branch of our INVITE, its Call-ID, all; the server has said nothing yet."""
    daemon, server = registered(t)
    stranger = new_peer(t, address='127.0.0.3')
    start(daemon, '102')
    dialog = server.take()
    dialog.answer(code, b'' if code in (302, 407, 486) else description(9), peer=stranger,
                  headers=[server.challenge()] if code == 407 else ())
    Dialog(stranger, target=daemon.sip).ask('OPTIONS')  # behind it: so it has been read
    check_equal(now(daemon)['state'], 'dialling', 'state')
    check_equal([m.method for m in stranger.all + server.collect(0.2) if m.method], [], 'requests')
    dialog.answer(180)
    wait_state(daemon, 'ringing')
    dialog.answer(200, description(9))
    server.expect('ACK')
    wait_state(daemon, 'talking')


def test_a_stranger_cannot_cancel(t):
    """Nor by another Call-ID with the branch of the INVITE."""
    daemon, server = registered(t)
    stranger = new_peer(t, address='127.0.0.3')
    dialog = server.call(daemon.sip)
    server.expect(180)
    good = dialog.call_id
    for dialog.call_id in (good, 'other', good):
        stranger.send(dialog.build('CANCEL', branch=dialog.invite_branch, cseq=dialog.invite_cseq),
                      daemon.sip)
        stranger.expect(481)
    server.absent(487, 0.2)
    check_equal(now(daemon)['state'], 'incoming', 'state')
    dialog.cancel()
    server.expect((200, 'CANCEL'))
    dialog.ack(server.expect(487))
    end_of(daemon)


# -- what

def test_what_we_cannot(t):
    daemon, peer = direct(t)
    dialog = Dialog(peer, target=daemon.sip)
    for headers, kind, body, code in (
            ([('Require', '100rel')], SDP, description(9), 420),
            ([('Require', 'x-unheard-of')], SDP, description(9), 420),
            ([], 'text/plain', b'hello', 415), ([], 'multipart/mixed', b'--x--', 415),
            ([], SDP, description(9, formats='9 18'), 488), ([], SDP, description(0), 488)):
        answer = Dialog(peer, target=daemon.sip).ask('INVITE', body, headers=headers, kind=kind)
        check_equal(answer.status, code, kind)
        if code == 420:
            check_equal(answer.get('Unsupported'), headers[0][1], 'Unsupported')
        if code == 415:
            check_equal(answer.get('Accept'), SDP, 'Accept')
    idle(daemon)
    dialog.remote = '<%s>;tag=unknown' % dialog.uri
    for method in ('INVITE', 'BYE', 'INFO'):  # of a call from before our last start
        check_equal(dialog.ask(method, description(9)).status, 481, method)
    dialog.peer = new_peer(t, address='127.0.0.3')
    accept_from(daemon, '127.0.0.1')
    for method in ('INVITE', 'BYE', 'INFO'):
        dialog.send(method)
    check_equal([m.first for m in dialog.peer.collect(0.3)], [], 'answers for a stranger')
    talk_in_and_out(daemon, peer)


def talk_in_and_out(daemon, peer):
    """All still works."""
    dialog = talk_out(daemon, peer)
    bye(dialog)
    end_of(daemon)
    daemon.must_post('/device/call/auto_answer', {'is_enabled': True})
    dialog = talk_in(daemon, peer)
    bye(dialog)
    end_of(daemon)
    daemon.must_post('/device/call/auto_answer', {'is_enabled': False})


@cases(('tags', 'INVITE'), ('bye', 'BYE'), ('info', 'INFO'))
def test_a_call_that_is_unknown(t, method):
    daemon, server = registered(t)
    dialog = Dialog(server, target=daemon.sip)
    dialog.remote = '<%s>;tag=unknown' % dialog.uri
    check_equal(dialog.ask(method, description(9) if method == 'INVITE' else b'').status, 481, method)
    idle(daemon)


GOOD = description(4000)
BAD = (
    b'v', b'v=', b'v=0', b'v=0\r\n' * 3, b'v=1\r\n' + GOOD[5:], GOOD[:40], b'\0' + GOOD, GOOD + b'\0',
    GOOD.replace(b'4000', b'99999'), GOOD.replace(b'4000', b'-1'), GOOD.replace(b'4000', b''),
    GOOD.replace(b'4000', b'4000/9999999999'), GOOD.replace(b'127.0.0.1', b'999.0.0.1'),
    GOOD.replace(b'127.0.0.1', b'name.example'), GOOD.replace(b'c=IN IP4 127.0.0.1', b'c=IN IP6 ::1'),
    GOOD.replace(b'c=IN IP4 127.0.0.1', b'c=IN'), GOOD.replace(b'RTP/AVP', b'RTP/SAVP'),
    GOOD.replace(b'RTP/AVP 8 101', b'RTP/AVP'), GOOD.replace(b'8 101', b'999 -5 x'),
    GOOD.replace(b'PCMA/8000', b'PCMA/0').replace(b' 8 ', b' 97 ').replace(b':8 ', b':97 '),
    GOOD.replace(b'm=audio', b'm=' + b'a' * 5000), GOOD.replace(b's=-', b's=' + b'x' * 20000),
    GOOD + b'm=video 1 RTP/AVP 9\r\n' * 200, GOOD + b'a=' + b'rtpmap:8 ' * 3000 + b'\r\n',
    GOOD + b'a=x\r\n' * 5000, (b'm=audio 1 RTP/AVP ' + b'1 ' * 8000) + b'\r\n' + GOOD,
    GOOD.replace(b'\r\n', b''), b'\xff\xfe' * 500, b'%s%n%x' * 200, bytes(range(256)) * 8,
)


def test_descriptions_that_are_no_good(t):
    """In an INVITE, in a re-INVITE, in an answer. A refusal at once, or a call; nothing else."""
    daemon, peer = direct(t)
    for body in BAD:
        dialog = Dialog(peer, target=daemon.sip)
        dialog.invite(body)
        answer = peer.expect_final('INVITE', dialog.cseq) if not is_ringing(peer, dialog) else None
        if answer:
            check(answer.status in (400, 415, 488), 'answer to %r' % body[:60], answer.first)
            dialog.ack(answer)
        else:
            dialog.cancel()
            dialog.ack(peer.expect(487))
        wait_for(lambda: now(daemon)['state'] in ('idle', 'ended'), 5, 'an end')
    talk_in_and_out(daemon, peer)


def is_ringing(peer, dialog):
    """Looks at what comes first: 180, or the end (which stays to be looked at)."""
    for message in iter(lambda: peer.receive(5), None):
        if message.get('Call-ID') != dialog.call_id or message.status == 100:
            continue
        if message.status == 180:
            return True
        peer.waiting.insert(0, message)
        return False
    raise AssertionError('no answer at all')


def test_reinvites_that_are_no_good(t):
    daemon, peer = direct(t)
    dialog = talk_out(daemon, peer)
    for body in BAD:
        answer = dialog.ask('INVITE', body)
        check(answer.status in (200, 488), 'answer to %r' % body[:60], answer.first)
        check_equal(now(daemon)['state'], 'talking', body[:60])
    check_equal(dialog.ask('INVITE', description(9)).status, 200, 'a good one')
    bye(dialog)
    end_of(daemon)


def test_answers_that_are_no_good(t):
    daemon, peer = direct(t)
    for body in BAD:
        start(daemon, peer.uri)
        dialog = peer.take()
        dialog.answer(183, body)
        dialog.answer(200, body)
        peer.expect('ACK')
        if wait_for(lambda: now(daemon)['state'] in ('ended', 'talking') and now(daemon), 5,
                    lambda: 'a state: %r' % now(daemon))['state'] == 'ended':
            dialog.answer(200, request=peer.expect('BYE'))
            check_equal(now(daemon)['end'], 'not acceptable', body[:60])
        else:  # good enough
            bye(dialog)
            end_of(daemon)
    talk_in_and_out(daemon, peer)


def test_noise_in_the_middle_of_a_call(t):
    """Bytes changed at random in requests of the peer itself: the panel stays, and takes calls."""
    daemon, peer = direct(t)
    noise = random.Random(29)
    dialog = talk_out(daemon, peer)
    for n in range(600):
        method = ('INVITE', 'INFO', 'OPTIONS', 'UPDATE', 'ACK')[n % 5]
        raw = bytearray(dialog.build(method, description(9)))
        for _ in range(noise.randrange(1, 6)):
            raw[noise.randrange(len(raw))] = noise.randrange(256)
        peer.send(bytes(raw), daemon.sip)
        if n % 40 == 39:
            peer.collect(0.02)
    peer.collect(0.2)
    check(daemon.process.poll() is None, 'ended')
    if now(daemon)['state'] == 'talking':
        daemon.must_post('/system/debug/call/end')
    end_of(daemon)
    peer.collect(0.2)
    talk_in_and_out(daemon, new_peer(t))


def test_a_call_by_way_of_a_third_address(t):
    """A Via with maddr would have us send to somebody else."""
    daemon, peer = direct(t)
    victim = new_peer(t, address='127.0.0.9')
    raw = Dialog(peer, target=daemon.sip).build('INVITE', description(9)).replace(
        b';rport', b';maddr=127.0.0.9;rport')
    peer.send(raw, daemon.sip)
    check(not victim.collect(0.3) and not peer.collect(0.1), 'an answer')
    idle(daemon)


def test_networks_that_are_no_networks(t):
    daemon, peer = direct(t)
    for text in ('127.0.0.1/33', 'x', '::1/129', '1.2.3', 'a' * 5000):
        answer = daemon.api('POST', '/calls/settings', {'accept_from': text, 'answer_callers': ''},
                            base='/api/portero/v1')
        check_equal(answer.status, 400, text[:20])
    peer.call(daemon.sip)
    peer.expect(180)  # those of before count
    accept_from(daemon, '')
    new_peer(t).call(daemon.sip)
    check(os.path.exists('/proc/%d' % daemon.process.pid), 'gone')

# SPDX-License-Identifier: MIT
"""Messages of a call that cross, get lost, come twice or never come."""

import time

from harness import cases, check, check_equal, slow, wait_for
from harness.calls import (answer, bye, direct, end_of, hang_up, new_peer, new_stream, now, start,
                           talk_in, talk_out, wait_state)
from harness.peer import Dialog, audio_of, description


def calls(daemon):
    return daemon.api('GET', '/calls', base='/api/portero/v1').json['list_items']


# -- CANCEL

def ringing(t):
    daemon, peer = direct(t)
    start(daemon, peer.uri)
    dialog = peer.take()
    dialog.answer(180)
    wait_state(daemon, 'ringing')
    return daemon, peer, dialog


def test_cancel_crosses_the_answer(t):
    daemon, peer, dialog = ringing(t)
    hang_up(daemon)
    cancel = peer.expect('CANCEL')
    dialog.answer(200, description(9))
    ack = peer.expect('ACK')
    check_equal(ack.cseq(), dialog.first.cseq(), 'CSeq of the ACK')
    check(dialog.tag in ack.get('To'), 'To of the ACK', ack.raw)
    dialog.answer(200, request=cancel)
    byes = peer.expect('BYE')
    check_equal((byes.cseq() > ack.cseq(), dialog.tag in byes.get('To')), (True, True), byes.raw)
    dialog.answer(200, request=byes)
    peer.absent('BYE', 0.8)
    check_equal(end_of(daemon)['end'], 'cancelled', 'end')
    check_equal(end_of(daemon)['answered_at_ms'], 0, 'answered')


def test_cancel_that_the_other_side_does_not_know(t):
    daemon, peer, dialog = ringing(t)
    hang_up(daemon)
    check_equal(end_of(daemon)['end'], 'cancelled', 'end')
    dialog.answer(481, request=peer.expect('CANCEL'))
    peer.absent('CANCEL', 0.8)
    dialog.answer(487)  # late
    check_equal(peer.expect('ACK').get('Via'), dialog.first.get('Via'), 'ACK of the 487')
    peer.absent('BYE', 0.3)


def test_cancel_only_when_something_was_heard(t):
    """RFC 3261 section 9.1: a CANCEL that comes before its INVITE would be lost on the other side."""
    daemon, peer = direct(t)
    start(daemon, peer.uri)
    dialog = peer.take()
    hang_up(daemon)
    check_equal(end_of(daemon)['end'], 'cancelled', 'end')
    peer.absent('CANCEL', 0.3)
    dialog.answer(180)
    cancel = peer.expect('CANCEL')
    check_equal(cancel.get('Via'), dialog.first.get('Via'), 'Via of the CANCEL')
    dialog.answer(200, request=cancel)
    dialog.answer(487)
    peer.expect('ACK')


def test_the_next_call_does_not_wait_for_the_last_cancel(t):
    daemon, peer, _ = ringing(t)
    hang_up(daemon)
    peer.expect('CANCEL')  # nothing is answered any more
    other = new_peer(t)
    talk_out(daemon, other)
    check_equal(now(daemon)['state'], 'talking', 'the next call')


def test_they_cancel(t):
    daemon, peer = direct(t)
    dialog = peer.call(daemon.sip)
    peer.expect(180)
    wait_state(daemon, 'incoming')
    dialog.cancel()
    check_equal(peer.expect((200, 'CANCEL')).cseq(), dialog.cseq, 'CANCEL')
    dialog.ack(peer.expect(487))
    check_equal(end_of(daemon)['end'], 'hung up there', 'end')
    peer.absent(487, 0.8)


def test_they_cancel_what_we_have_answered(t):
    """Too late: the call stands until a BYE."""
    daemon, peer = direct(t, auto_answer=True)
    dialog = peer.call(daemon.sip)
    ok = peer.expect((200, 'INVITE'))
    dialog.cancel()
    check(peer.expect_final('CANCEL', dialog.cseq).status in (200, 481), 'CANCEL')
    dialog.ack(ok)
    wait_state(daemon, 'talking')
    bye(dialog)
    check_equal(end_of(daemon)['end'], 'hung up there', 'end')


# -- BYE

def test_bye_crosses_bye(t):
    daemon, peer = direct(t)
    dialog = talk_out(daemon, peer)
    hang_up(daemon)
    theirs = peer.expect('BYE')
    check(dialog.ask('BYE').status in (200, 481), 'their BYE')
    dialog.answer(481, request=theirs)
    check_equal(end_of(daemon)['end'], 'hung up', 'end')
    peer.absent('BYE', 0.8)


def test_bye_before_ack(t):
    daemon, peer = direct(t, auto_answer=True)
    dialog = peer.call(daemon.sip)
    ok = peer.expect((200, 'INVITE'))
    dialog.remote = ok.get('To')
    bye(dialog)
    check_equal(end_of(daemon)['end'], 'hung up there', 'end')
    dialog.cseq = ok.cseq()
    dialog.ack(ok)
    peer.collect(0.1)
    peer.absent('BYE', 0.3)
    peer.absent((200, 'INVITE'), 1.2)
    talk_in(daemon, peer)


def test_hung_up_here_before_their_ack(t):
    """RFC 3261 section 15: not before the ACK of our 200, or its time is over."""
    daemon, peer = direct(t, auto_answer=True)
    dialog = peer.call(daemon.sip)
    ok = peer.expect((200, 'INVITE'))
    wait_state(daemon, 'talking')
    hang_up(daemon)
    check_equal(end_of(daemon)['end'], 'hung up', 'end')
    peer.absent('BYE', 0.3)
    dialog.ack(ok)
    dialog.answer(200, request=peer.expect('BYE'))
    peer.absent('BYE', 0.8)


def test_bye_without_answer_is_sent_again_and_ends(t):
    daemon, peer = direct(t)
    talk_out(daemon, peer)
    hang_up(daemon)
    end_of(daemon)
    for _ in range(3):
        peer.expect('BYE', 5, again=True)
    talk_out(daemon, new_peer(t))


# -- ACK

@slow(35)
def test_ack_never_comes(t):
    daemon, peer = direct(t, auto_answer=True)
    stream = new_stream(t)
    dialog = peer.call(daemon.sip, description(stream.port))
    first = peer.expect((200, 'INVITE'))
    wait_state(daemon, 'talking')
    stream.to(*audio_of(first)[:2]).talk()  # so that it is not dead for silence
    came = peer.collect(28.5)
    again = [m for m in came if m.status == 200 and m.raw == first.raw]
    gaps = [b.time - a.time for a, b in zip([first] + again, again)]
    # 0.5, 1, 2, 4, 4, 4 ...; a thread of the panel or ours may stand still for a second
    check(7 <= len(again) <= 10, '%d repetitions of the 200' % len(again), gaps)
    check(gaps[0] < 2 and 2.5 < sorted(gaps)[-3] and gaps[-1] < 5.5, 'gaps between them', gaps)
    check_equal(now(daemon)['state'], 'talking', 'state before the time is over')
    theirs = peer.expect('BYE', 8)
    dialog.answer(200, request=theirs)
    over = end_of(daemon)
    check_equal(over['end'], 'dead', over)
    check('does not answer' in over['reason'], 'reason', over)


def test_our_answer_is_lost(t):
    """It is sent again until the ACK."""
    daemon, peer = direct(t, auto_answer=True)
    dialog = peer.call(daemon.sip)
    peer.expect((200, 'INVITE'))
    peer.expect((200, 'INVITE'), again=True)
    dialog.ack(peer.expect((200, 'INVITE'), again=True))
    peer.collect(0.1)
    peer.absent((200, 'INVITE'), 2.5)
    check_equal(now(daemon)['state'], 'talking', 'state')
    bye(dialog)


def test_their_answer_comes_again(t):
    """Each gets its ACK."""
    daemon, peer = direct(t)
    start(daemon, peer.uri)
    dialog = peer.take()
    for _ in range(3):
        dialog.answer(200, description(9))
        ack = peer.expect('ACK', again=True)
        check_equal(ack.cseq(), dialog.first.cseq(), 'ACK')
    check_equal(wait_state(daemon, 'talking')['state'], 'talking', 'state')
    check_equal(len({m.raw for m in peer.all if m.method == 'ACK'}), 1, 'different ACKs')
    bye(dialog)
    dialog.answer(200, description(9))  # and even after the call
    peer.expect('ACK', again=True)
    peer.absent('BYE', 0.3)


# -- INVITE

def test_their_invite_comes_again(t):
    daemon, peer = direct(t)
    dialog = peer.call(daemon.sip)
    first = peer.expect(180)
    for _ in range(3):
        peer.send(dialog.sent, daemon.sip)
        check_equal(peer.expect(180, again=True).raw, first.raw, 'the same answer')
    answer(daemon)
    ok = peer.expect((200, 'INVITE'))
    peer.send(dialog.sent, daemon.sip)
    dialog.ack(ok)
    wait_state(daemon, 'talking')
    bye(dialog)
    end_of(daemon)
    check_equal(len(calls(daemon)), 1, 'calls')


def test_the_same_invite_by_two_ways(t):
    """A proxy forks it back to us: RFC 3261 section 8.2.2.2."""
    daemon, peer = direct(t)
    dialog = peer.call(daemon.sip)
    peer.expect(180)
    cseq = dialog.cseq
    dialog.send('INVITE', description(9), cseq=cseq)
    check_equal(peer.expect_final('INVITE', cseq).status, 482, 'merged request')
    wait_state(daemon, 'incoming')


def test_our_invite_and_their_ringing_are_lost(t):
    daemon, peer = direct(t)
    start(daemon, peer.uri)
    peer.expect('INVITE')
    second = peer.expect('INVITE', again=True)
    check_equal(second.raw, peer.all[0].raw, 'sent again as it was')
    dialog = Dialog(peer, invite=second)
    dialog.answer(100)
    peer.absent('INVITE', 1.2)
    dialog.answer(200, description(9))
    peer.expect('ACK')
    wait_state(daemon, 'talking')
    bye(dialog)
    check_equal(end_of(daemon)['end'], 'hung up there', 'end')


def test_several_provisional_answers(t):
    daemon, peer = direct(t)
    start(daemon, peer.uri)
    dialog = peer.take()
    for code in (100, 180, 183, 181, 182, 199, 180):
        dialog.answer(code)
    state = wait_state(daemon, 'ringing')
    check(state['targets'][0]['ringing_at_ms'] and not state['answered_at_ms'], 'trace', state)
    peer.absent('INVITE', 0.7)
    dialog.answer(200, description(9))
    peer.expect('ACK')
    wait_state(daemon, 'talking')
    check_equal(daemon.log().count('call_ringing'), 1, 'told as ringing')
    bye(dialog)


# -- forks

def test_two_phones_answer(t):
    """The first has the call; the second gets ACK and BYE, at its own address."""
    daemon, peer = direct(t)
    other, stream = new_peer(t), new_stream(t)
    start(daemon, peer.uri)
    dialog = peer.take()
    dialog.answer(180)
    dialog.answer(180, tag='fork-two', contact=other.uri)
    dialog.answer(200, description(stream.port))
    peer.expect('ACK')
    wait_state(daemon, 'talking')
    dialog.answer(200, description(9), tag='fork-two', contact=other.uri)
    ack, theirs = other.expect('ACK'), other.expect('BYE')
    for message in (ack, theirs):
        check('tag=fork-two' in message.get('To'), 'To of the loser', message.raw)
        check_equal(message.get('Call-ID'), dialog.call_id, 'Call-ID')
    check_equal((ack.cseq(), theirs.cseq()), (dialog.first.cseq(), dialog.first.cseq() + 1), 'CSeq')
    dialog.answer(200, request=theirs, peer=other)
    dialog.answer(200, description(9), tag='fork-two', contact=other.uri)  # again
    other.expect('ACK', again=True)
    other.absent('BYE', 0.4)
    check_equal(now(daemon)['state'], 'talking', 'the first call goes on')
    stream.wait(10, 5)
    peer.absent('BYE', 0.1)
    bye(dialog)
    end_of(daemon)


def test_another_phone_answers_than_rang(t):
    daemon, peer = direct(t)
    other = new_peer(t)
    start(daemon, peer.uri)
    dialog = peer.take()
    dialog.answer(183, description(9), tag='rang')
    dialog.answer(180, tag='rang-too')
    wait_state(daemon, 'ringing')
    dialog.answer(200, description(9), tag='answers', contact=other.uri)
    check('tag=answers' in other.expect('ACK').get('To'), 'ACK')
    wait_state(daemon, 'talking')
    hang_up(daemon)
    theirs = other.expect('BYE')
    check('tag=answers' in theirs.get('To'), 'BYE', theirs.raw)
    dialog.answer(200, request=theirs, peer=other)


def test_many_phones_answer(t):
    """Each 200 gets its ACK, but no more than eight their BYE: nobody has us send at others."""
    daemon, peer = direct(t)
    start(daemon, peer.uri)
    dialog = peer.take()
    for n in range(300):
        dialog.answer(183 if n % 2 else 180, description(9) if n % 3 == 0 else b'', tag='ring%d' % n)
        time.sleep(0.02 if n % 20 == 19 else 0)  # so that the kernel need not drop any
    peer.behind(daemon.sip)
    for n in range(40):
        dialog.answer(200, description(9), tag='phone%d' % n)
        peer.expect('ACK')
    peer.collect(0.5)
    acks, byes = ([m.get('To').partition('tag=')[2] for m in peer.all if m.method == method]
                  for method in ('ACK', 'BYE'))
    check_equal(set(acks), {'phone%d' % n for n in range(40)}, 'phones with an ACK')
    check_equal((len(set(byes)), 'phone0' in byes), (8, False), 'phones with a BYE')
    check_equal(now(daemon)['state'], 'talking', 'state')
    dialog.tag = 'phone0'
    dialog.local = dialog.first.get('To') + ';tag=phone0'
    bye(dialog)
    check_equal(end_of(daemon)['end'], 'hung up there', 'end')


# -- in the middle of a call

def test_the_phone_moves(t):
    """To the Contact of its answer, then to the one of its re-INVITE."""
    daemon, peer = direct(t)
    second, third = new_peer(t, address='127.0.0.5'), new_peer(t, address='127.0.0.6')
    start(daemon, peer.uri)
    dialog = peer.take()
    dialog.answer(200, description(9), contact=second.uri)
    check_equal(second.expect('ACK').uri, second.uri, 'ACK')
    wait_state(daemon, 'talking')
    raw = dialog.build('INVITE', description(9))
    peer.send(raw.replace(b'Contact: <' + peer.uri.encode(), b'Contact: <' + third.uri.encode()),
              dialog.to)
    check_equal(peer.expect_final('INVITE', dialog.cseq).status, 200, 're-INVITE')
    dialog.send('ACK', cseq=dialog.cseq)
    hang_up(daemon)
    theirs = third.expect('BYE')
    check_equal(theirs.uri, third.uri, 'BYE')
    dialog.answer(200, request=theirs, peer=third)
    second.absent('BYE', 0.2)


def test_invite_of_who_has_not_answered_ours(t):
    """Glare of the rude kind: it cannot have that dialog changed, and our call goes on."""
    daemon, peer, dialog = ringing(t)
    refused = dialog.ask('INVITE', description(9))
    check(refused.status in (481, 491), 'answer', refused.first)
    check_equal(now(daemon)['state'], 'ringing', 'state')
    dialog.answer(200, description(9))
    peer.expect('ACK')
    wait_state(daemon, 'talking')
    check_equal(dialog.ask('INVITE', description(9)).status, 200, 're-INVITE after it')
    bye(dialog)


def test_reinvite_with_an_older_number(t):
    daemon, peer = direct(t)
    dialog = talk_out(daemon, peer)
    check_equal(dialog.ask('INVITE', description(9)).status, 200, 're-INVITE')
    dialog.send('INVITE', description(9), cseq=50)
    check_equal(peer.expect_final('INVITE', 50).status, 500, 'CSeq that goes back')
    check_equal(now(daemon)['state'], 'talking', 'state')
    bye(dialog)


@cases(('no_codec', b'v=0\r\no=- 1 2 IN IP4 127.0.0.1\r\ns=-\r\nc=IN IP4 127.0.0.1\r\nt=0 0\r\n'
        b'm=audio 4000 RTP/AVP 9\r\n', 'application/sdp', 488),
       ('no_sound', b'v=0\r\no=- 1 2 IN IP4 127.0.0.1\r\ns=-\r\nc=IN IP4 127.0.0.1\r\nt=0 0\r\n'
        b'm=video 4000 RTP/AVP 99\r\n', 'application/sdp', 488),
       ('garbage', b'garbage' * 100, 'application/sdp', 488),
       ('other_type', b'<xml/>', 'application/xml', 488))
def test_reinvite_that_is_no_good(t, body, kind, code):
    """It is refused, and all stays as it was."""
    daemon, peer = direct(t)
    stream = new_stream(t)
    dialog = talk_out(daemon, peer, stream)
    stream.wait(5, 5)
    check_equal(dialog.ask('INVITE', body, kind=kind).status, code, 'answer')
    stream.wait(20, 5)
    stream.check_tone()
    check_equal((now(daemon)['state'], now(daemon)['is_held']), ('talking', False), 'state')
    bye(dialog)
    check_equal(end_of(daemon)['end'], 'hung up there', 'end')


def test_reinvite_to_another_port_and_codec(t):
    daemon, peer = direct(t)
    old, new = new_stream(t), new_stream(t)
    dialog = talk_out(daemon, peer, old)
    old.talk()
    old.wait(5, 5)
    check_equal(old.packets[-1][3][1] & 0x7f, 8, 'payload type of the first')
    ok = dialog.ask('INVITE', description(new.port, formats='0 101'))
    check_equal(ok.status, 200, 're-INVITE')
    check_equal(audio_of(ok)[2][0], '0', 'codec in the answer')
    old.be_silent()
    packets = new.wait(10, 5, 'sound at the new port')
    check_equal({p[3][1] & 0x7f for p in packets}, {0}, 'payload type at the new port')
    old.silent(0.3)
    bye(dialog)


@cases(('zero', {'connection': '0.0.0.0'}, 'recvonly'), ('sendonly', {'direction': 'sendonly'},
                                                         'recvonly'),
       ('inactive', {'direction': 'inactive'}, 'inactive'))
def test_hold(t, how, direction):
    daemon, peer = direct(t)
    stream = new_stream(t)
    dialog = talk_out(daemon, peer, stream)
    stream.wait(5, 5)
    ok = dialog.ask('INVITE', description(stream.port, **how))
    check_equal((ok.status, audio_of(ok)[3]), (200, direction), 'hold')
    wait_for(lambda: now(daemon)['is_held'], 5, 'on hold')
    stream.silent(0.4)
    ok = dialog.ask('INVITE', description(stream.port))
    check_equal((ok.status, audio_of(ok)[3]), (200, 'sendrecv'), 'resume')
    wait_for(lambda: not now(daemon)['is_held'], 5, 'resumed')
    stream.wait(20, 5)
    stream.check_tone()
    bye(dialog)
    check_equal(end_of(daemon)['end'], 'hung up there', 'end')


def test_reinvite_without_a_description(t):
    """We offer; what they say in the ACK counts."""
    daemon, peer = direct(t)
    old, new = new_stream(t), new_stream(t)
    dialog = talk_out(daemon, peer, old)
    dialog.send('INVITE')
    ok = peer.expect((200, 'INVITE'))
    check_equal(audio_of(ok)[3], 'sendrecv', 'offer')
    check({'0', '8'} <= set(audio_of(ok)[2]), 'codecs of the offer', audio_of(ok))
    dialog.send('ACK', description(new.port, formats='0 101'), cseq=ok.cseq())
    check_equal({p[3][1] & 0x7f for p in new.wait(10, 5)}, {0}, 'payload type')
    bye(dialog)


def test_reinvite_with_a_bad_answer_in_the_ack(t):
    """All stays as it was, and the end is theirs."""
    daemon, peer = direct(t)
    stream = new_stream(t)
    dialog = talk_out(daemon, peer, stream)
    dialog.send('INVITE')
    ok = peer.expect((200, 'INVITE'))
    dialog.send('ACK', description(4000, formats='9'), cseq=ok.cseq())
    stream.wait(25, 5)
    bye(dialog)
    check_equal(end_of(daemon)['end'], 'hung up there', 'end')


def test_invite_without_a_description(t):
    daemon, peer = direct(t, auto_answer=True)
    stream = new_stream(t)
    dialog = peer.call(daemon.sip, b'')
    ok = peer.expect((200, 'INVITE'))
    check_equal(ok.get('Content-Type'), 'application/sdp', 'type')
    dialog.ack(ok, description(stream.port))
    stream.wait(25, 5)
    stream.check_tone()
    bye(dialog)
    check_equal(end_of(daemon)['end'], 'hung up there', 'end')


@cases(('nothing', b''), ('no_codec', description(4000, formats='9')), ('garbage', b'x=y\r\n' * 3))
def test_answer_in_the_ack_is_no_good(t, body):
    daemon, peer = direct(t, auto_answer=True)
    dialog = peer.call(daemon.sip, b'')
    dialog.ack(peer.expect((200, 'INVITE')), body)
    theirs = peer.expect('BYE')
    dialog.answer(200, request=theirs)
    over = end_of(daemon)
    check_equal(over['end'], 'not acceptable', over)


@cases(('no_codec', description(4000, formats='9')), ('garbage', b'x=y\r\n' * 3),
       ('port_0', description(0)), ('nothing', b''))
def test_answer_in_the_200_is_no_good(t, body):
    daemon, peer = direct(t)
    start(daemon, peer.uri)
    dialog = peer.take()
    dialog.answer(200, body)
    peer.expect('ACK')
    dialog.answer(200, request=peer.expect('BYE'))
    over = end_of(daemon)
    check_equal(over['end'], 'not acceptable', over)
    check(over['reason'], 'no reason', over)


def test_other_requests_in_a_call(t):
    """OPTIONS: some phones hang up on who does not answer it."""
    daemon, peer = direct(t)
    dialog = talk_out(daemon, peer)
    for method, code in (('OPTIONS', 200), ('UPDATE', 405), ('REFER', 405), ('MESSAGE', 405),
                         ('PRACK', 405), ('NOTIFY', 405)):
        answer = dialog.ask(method)
        check_equal(answer.status, code, method)
        check('INVITE' in answer.get('Allow'), 'Allow of ' + method, answer.raw)
    check_equal(dialog.ask('INVITE', description(9), headers=[('Require', '100rel')]).status, 420,
                'an extension that we do not have')
    check_equal(now(daemon)['state'], 'talking', 'state')
    bye(dialog)
    end_of(daemon)


def test_answer_without_an_address(t):
    """There is nowhere to send an ACK to."""
    daemon, peer = direct(t)
    start(daemon, peer.uri)
    dialog = peer.take()
    raw = dialog.answer(100)
    raw = raw.replace(b' 100 Trying', b' 200 OK').replace(b'To: ' + dialog.first.get('To').encode(),
                                                          b'To: ' + dialog.local.encode())
    contact = b'Contact: <%s>\r\n' % peer.uri.encode()
    check(contact in raw, 'no Contact to leave out')
    peer.send(raw.replace(contact, b''), dialog.first.source)
    over = end_of(daemon)
    check_equal(over['end'], 'failed', over)
    check('no good SIP' in over['reason'], 'reason', over)


def test_call_without_an_address(t):
    daemon, peer = direct(t)
    dialog = Dialog(peer, target=daemon.sip)
    raw = dialog.build('INVITE', description(9))
    contact = b'Contact: <%s>\r\n' % peer.uri.encode()
    peer.send(raw.replace(contact, b''), daemon.sip)
    check_equal(peer.expect_final('INVITE', dialog.cseq).status, 400, 'answer')

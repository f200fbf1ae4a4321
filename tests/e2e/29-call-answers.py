# SPDX-License-Identifier: MIT
"""What the other side says to our call: each answer has its end and its words, nobody sends us
elsewhere, and nobody but our server gets credentials."""


from harness import cases, check, check_equal, free_port, slow, wait_for
from harness.calls import (bye, direct, end_of, hang_up, new_peer, new_stream, now, registered, start,
                           talk_out, wait_state)
from harness.peer import Dialog, Server, audio_of, description
from harness.sound import wait_tone

CODES = (
    (400, 'failed', 'not accepted'), (402, 'failed', 'payment'), (403, 'declined', 'does not allow'),
    (404, 'not found', 'no such number'), (405, 'failed', 'not accepted'), (406, 'failed', ''),
    (408, 'no answer', 'did not answer'), (410, 'not found', 'no longer'), (413, 'failed', ''),
    (415, 'not acceptable', 'sound'), (416, 'failed', ''), (420, 'failed', 'extension'),
    (433, 'declined', 'anonymous'), (480, 'no answer', 'nobody is there'), (481, 'failed', ''),
    (482, 'failed', 'circle'), (483, 'failed', 'too many servers'), (484, 'not found', 'not complete'),
    (485, 'not found', 'ambiguous'), (486, 'busy', 'busy'), (487, 'failed', ''),
    (488, 'not acceptable', 'codec'), (491, 'failed', ''), (499, 'failed', ''),
    (500, 'failed', 'trouble of its own'), (501, 'failed', 'cannot do it'), (503, 'failed', 'now'),
    (504, 'failed', ''), (600, 'busy', 'busy everywhere'), (603, 'declined', 'declined'),
    (604, 'not found', 'not exist'), (606, 'not acceptable', 'codec'), (607, 'declined', 'unwanted'),
    (699, 'declined', 'takes no call'))


def test_each_code_has_its_end_and_words(t):
    daemon, peer = direct(t)
    for code, end, words in CODES:
        start(daemon, peer.uri)
        dialog = peer.take()
        dialog.answer(code)
        ack = peer.expect('ACK')
        check_equal((ack.cseq(), ack.get('Via')), (dialog.first.cseq(), dialog.first.get('Via')), 'ACK')
        over = end_of(daemon)
        check_equal((over['end'], over['targets'][0]['code']), (end, code), over['reason'])
        check(words in over['reason'] and str(code) in over['reason'], 'reason of %d' % code,
              over['reason'])
    peer.absent('INVITE', 0.6)


def test_the_reason_is_what_they_say_but_cannot_forge(t):
    daemon, peer = direct(t)
    start(daemon, peer.uri)
    dialog = peer.take()
    peer.send(b'SIP/2.0 486 \xc3\xa9t\xc3\xa9\x1b[31m\x07 ' + b'x' * 400 + b'\r\n' + head_of(dialog),
              dialog.first.source)
    over = end_of(daemon)
    check(over['end'] == 'busy' and 'été?[31m?' in over['reason'], 'reason', over)
    check('\x1b' not in daemon.log() and '\x07' not in daemon.log(), 'a control character in the log')


def head_of(dialog):
    """The headers of an answer to its INVITE."""
    first = dialog.first
    lines = ['Via: ' + first.get('Via'), 'From: ' + first.get('From'),
             'To: ' + first.get('To') + ';tag=x', 'Call-ID: ' + first.get('Call-ID'),
             'CSeq: ' + first.get('CSeq'), 'Content-Length: 0', '', '']
    return '\r\n'.join(lines).encode()


# -- early media

def test_early_media_is_heard(t):
    file = t.path('heard.wav')
    daemon, peer = direct(t, config={'audio_out': 'sim:' + file})
    stream = new_stream(t)
    start(daemon, peer.uri)
    dialog = peer.take()
    stream.to(*audio_of(dialog.first)[:2])
    dialog.answer(183, description(stream.port))
    wait_state(daemon, 'ringing')
    stream.talk(hz=700)
    wait_for(lambda: now(daemon)['sound']['received'] > 60, 5, lambda: 'received: %r' % now(daemon))
    wait_tone(lambda: file, 700, 1.0)
    state = now(daemon)
    check_equal((state['state'], state['answered_at_ms']), ('ringing', 0), 'before the answer')
    dialog.answer(200, description(stream.port))
    peer.expect('ACK')
    wait_state(daemon, 'talking')
    stream.wait(25, 5)
    stream.check_tone()
    bye(dialog)
    end_of(daemon)


def test_early_media_and_no_description_in_the_200(t):
    """Not what the RFC has, but some say it in the 183 only."""
    daemon, peer = direct(t)
    stream = new_stream(t)
    start(daemon, peer.uri)
    dialog = peer.take()
    dialog.answer(183, description(stream.port))
    dialog.answer(200)
    peer.expect('ACK')
    wait_state(daemon, 'talking')
    stream.wait(10, 2)
    bye(dialog)


def test_early_media_that_is_no_good_does_not_end_the_call(t):
    daemon, peer = direct(t)
    stream = new_stream(t)
    start(daemon, peer.uri)
    dialog = peer.take()
    dialog.answer(183, description(4000, formats='9'))
    dialog.answer(183, b'garbage')
    wait_state(daemon, 'ringing')
    dialog.answer(200, description(stream.port))
    peer.expect('ACK')
    stream.wait(10, 2)
    bye(dialog)


# -- elsewhere

def elsewhere(dialog, code, contact):
    dialog.answer(code, contact=contact)
    dialog.peer.expect('ACK')


def test_sent_to_a_foreign_host(t):
    daemon, server = registered(t)
    other = new_peer(t, address='127.0.0.2')
    start(daemon, '102')
    elsewhere(server.take(), 302, other.uri)
    over = end_of(daemon)
    check_equal((over['end'], over['targets'][0]['code']), ('failed', 302), over)
    check('not followed' in over['reason'], 'reason', over)
    check(not other.collect(0.4), 'something was sent there')


def test_sent_elsewhere_at_our_server(t):
    daemon, server = registered(t)
    start(daemon, '102')
    elsewhere(server.take(), 302, 'sip:103@127.0.0.1:%d' % server.address[1])
    dialog = server.take()
    check_equal(dialog.first.uri, 'sip:103@127.0.0.1:%d' % server.address[1], 'where to')
    dialog.answer(200, description(9))
    server.expect('ACK')
    wait_state(daemon, 'talking')
    bye(dialog)
    check_equal(end_of(daemon)['end'], 'hung up there', 'end')


def invites_until_the_end(daemon, server):
    """Each INVITE of this call."""
    while True:
        is_over = now(daemon)['state'] == 'ended'   # before we look: then there is no other to come
        invite = server.maybe('INVITE', 0.2)
        if invite:
            yield invite
        elif is_over:
            return


def test_sent_in_a_circle(t):
    daemon, server = registered(t)
    start(daemon, '102')
    n = 0
    for invite in invites_until_the_end(daemon, server):
        check(n < 6, 'more INVITEs than 6')
        elsewhere(Dialog(server, invite=invite), 302,
                  'sip:%d@127.0.0.1:%d' % (200 + n % 2, server.address[1]))
        n += 1
    check(n >= 2, '%d INVITEs' % n)
    over = end_of(daemon)
    check('without end' in over['reason'], 'reason', over)


def test_sent_elsewhere_without_an_address(t):
    daemon, server = registered(t)
    for contact in ('<>', 'sip:', 'tel:+4712', 'http://127.0.0.1/', 'x' * 3000):
        start(daemon, '102')
        elsewhere(server.take(), 301, contact)
        over = end_of(daemon)
        check_equal(over['end'], 'failed', contact[:20])
    server.absent('INVITE', 0.5)


# -- credentials

def challenged(dialog, server, code=407, realm=None, request=None):
    name, value = server.challenge(realm)
    if code == 401:
        name = 'WWW-Authenticate'
    dialog.answer(code, headers=[(name, value)], request=request)


def test_credentials_for_our_server(t):
    daemon, server = registered(t)
    start(daemon, '102')
    first = server.take()
    check(not first.first.get('Proxy-Authorization'), 'credentials before they are asked for')
    challenged(first, server)
    server.expect('ACK')
    dialog = server.take()
    check(server.answer_challenge_is_right(dialog.first), 'digest', dialog.first.raw)
    check_equal(dialog.call_id, first.call_id, 'Call-ID')
    check(dialog.first.cseq() > first.first.cseq(), 'CSeq')
    dialog.answer(200, description(9))
    server.expect('ACK')
    wait_state(daemon, 'talking')
    hang_up(daemon)
    theirs = server.expect('BYE')
    challenged(dialog, server, request=theirs)  # with another nonce
    again = server.expect('BYE')
    check(server.answer_challenge_is_right(again), 'digest of the BYE', again.raw)
    check(again.cseq() > theirs.cseq(), 'CSeq of the BYE')
    dialog.answer(200, request=again)
    server.absent('BYE', 0.5)
    check_equal(end_of(daemon)['end'], 'hung up', 'end')


@cases(('401', 401), ('407', 407))
def test_wrong_password(t, code):
    """Asked for again and again: one more try, no more; the account is not locked there by us."""
    daemon, server = registered(t)
    start(daemon, '102')
    n = 0
    for invite in invites_until_the_end(daemon, server):
        n += 1
        check(n <= 3, 'more INVITEs than 3')
        challenged(Dialog(server, invite=invite), server, code)
        server.expect('ACK')
    check(n >= 2, '%d INVITEs' % n)
    over = end_of(daemon)
    check_equal((over['end'], over['targets'][0]['code']), ('failed', code), over)
    check('does not take our user name and password' in over['reason'], 'reason', over)
    check(server.password not in daemon.log(), 'the password is in the log')


def test_another_realm_at_our_server_gets_nothing(t):
    """Whoever is behind the server could ask for a digest to guess at."""
    daemon, server = registered(t)
    start(daemon, '102')
    challenged(server.take(), server, realm='evil.example')
    server.expect('ACK')
    server.absent('INVITE', 0.5)
    over = end_of(daemon)
    check_equal((over['end'], over['targets'][0]['code']), ('failed', 407), over)


@cases(('401', 401), ('407', 407))
def test_a_stranger_gets_no_credentials(t, code):
    """Called directly, it asks for them: for the INVITE, and for the BYE."""
    daemon, server = registered(t)
    peer = new_peer(t)
    start(daemon, peer.uri)
    challenged(peer.take(), server, code)
    peer.expect('ACK')
    peer.absent('INVITE', 0.5)
    check_equal(end_of(daemon)['end'], 'failed', 'end')

    dialog = talk_out(daemon, peer)
    hang_up(daemon)
    theirs = peer.expect('BYE')
    challenged(dialog, server, code, request=theirs)
    peer.absent('BYE', 1.2)
    check_equal(end_of(daemon)['end'], 'hung up', 'end')
    for message in peer.all:
        check(not message.get('Authorization') and not message.get('Proxy-Authorization'),
              'credentials for a stranger', message.raw)
    talk_out(daemon, new_peer(t))


def test_a_phone_behind_our_server_gets_none(t):
    """It is the Contact of the 200, so our BYE goes there, and it asks in the server's realm."""
    daemon, server = registered(t)
    phone = new_peer(t)
    start(daemon, '102')
    dialog = server.take()
    dialog.answer(200, description(9), contact=phone.uri)
    phone.expect('ACK')
    wait_state(daemon, 'talking')
    hang_up(daemon)
    theirs = phone.expect('BYE')
    dialog.peer = phone
    challenged(dialog, server, request=theirs)
    phone.absent('BYE', 0.8)
    for message in phone.all:
        check(not message.get('Proxy-Authorization'), 'credentials for the phone', message.raw)


# -- the next address (RFC 3263 section 4.3)

NAME = 'door.portero.test'


def two_addresses(t, first, second):
    """A panel, and a name that leads to these two in this order."""
    dns = t.dns()
    for priority, (address, port) in enumerate((first, second)):
        dns.srv('_sip._udp.' + NAME, 'host-%d.test' % priority, port, priority + 1)
        dns.a('host-%d.test' % priority, address)
    return {'config': {'nameserver': dns.address}}


@slow(5)
def test_the_first_address_is_silent(t):
    """The second is called after seconds. What the first may still say is answered by a CANCEL."""
    dead, peer = new_peer(t, address='127.0.0.3'), new_peer(t)
    daemon, _ = direct(t, **two_addresses(t, dead.address, peer.address))
    start(daemon, 'sip:102@' + NAME)
    lost = dead.take()
    dialog = peer.take(10)
    check(dialog.call_id != lost.call_id, 'another dialog', dialog.call_id)
    check_equal(dialog.first.get('From').split(';')[0], lost.first.get('From').split(';')[0], 'From')
    dialog.answer(180)
    wait_state(daemon, 'ringing')
    lost.answer(180)
    lost.answer(200, request=dead.expect('CANCEL'))
    lost.answer(487)
    dead.expect('ACK')
    dialog.answer(200, description(9))
    peer.expect('ACK')
    wait_state(daemon, 'talking')
    hang_up(daemon)
    dialog.answer(200, request=peer.expect('BYE'))
    over = end_of(daemon)
    check_equal((over['end'], len(over['targets'])), ('hung up', 1), over)


@slow(6)
def test_the_first_address_is_only_slow(t):
    """Something was heard from it: nobody else is called."""
    peer, other = new_peer(t, address='127.0.0.3'), new_peer(t)
    daemon, _ = direct(t, **two_addresses(t, peer.address, other.address))
    start(daemon, 'sip:102@' + NAME)
    dialog = peer.take()
    dialog.answer(100)
    other.absent('INVITE', 5)
    dialog.answer(486)
    peer.expect('ACK')
    check_equal(end_of(daemon)['end'], 'busy', 'end')
    check_equal(other.all, [], 'what came to the other')


def test_the_first_address_cannot_take_calls_now(t):
    """503, then 503: the last one is the end, and its words."""
    first, second = new_peer(t, address='127.0.0.3'), new_peer(t)
    daemon, _ = direct(t, **two_addresses(t, first.address, second.address))
    start(daemon, 'sip:102@' + NAME)
    for peer in (first, second):
        peer.take().answer(503)
        peer.expect('ACK')
    over = end_of(daemon)
    check_equal((over['end'], over['targets'][0]['code']), ('failed', 503), over)


@slow(5)
def test_the_server_in_use_is_silent(t):
    """It has bound us, and is gone: the account's other address takes the call, credentials and all."""
    dead, server = [t.own(Server(seconds=t.seconds, address=a)) for a in ('127.0.0.3', '127.0.0.1')]
    daemon = t.portero(**two_addresses(t, dead.address, server.address))
    dead.register(daemon, proxy='sip:' + NAME)
    start(daemon, '102')
    dead.take()
    first = server.take(10)
    challenged(first, server)
    server.expect('ACK')
    dialog = server.take()
    check(server.answer_challenge_is_right(dialog.first), 'digest', dialog.first.raw)
    dialog.answer(200, description(9))
    server.expect('ACK')
    wait_state(daemon, 'talking')


# -- nothing

@slow(34)
def test_nothing_listens_there(t):
    daemon, _ = direct(t)
    start(daemon, 'sip:102@127.0.0.1:%d' % free_port())
    over = end_of(daemon, 40)
    check_equal(over['end'], 'unreachable', over)
    check(over['reason'], 'no reason', over)


@slow(34)
def test_no_answer_at_all(t):
    daemon, peer = direct(t)
    daemon.must_post('/device/call/dial/timeout', {'dial_timeout': 60, 'forwarding_timeout': 60})
    start(daemon, peer.uri)
    over = end_of(daemon, 40)
    check_equal(over['end'], 'unreachable', over)
    check('no answer from 127.0.0.1' in over['reason'], 'reason', over)
    n = len([m for m in peer.collect(0.1) if m.method == 'INVITE'])
    check(6 <= n <= 8, '%d INVITEs' % n)

# SPDX-License-Identifier: MIT
"""Keys that the far end types, in all the ways that phones send them; and those that must not count."""

import time

from harness import cases, check, check_equal, wait_for
from harness.calls import (bye, direct, end_of, locks, new_peer, new_stream, now, talk_in, talk_out,
                           wait_state)
from harness.peer import Peer, audio_of, description

CODES = {0: '508', 1: '31', 2: '742'}


def ready(t, **options):
    """A panel with codes of its own; one that answers by itself."""
    daemon, peer = direct(t, auto_answer=True, **options)
    for lock, code in CODES.items():
        daemon.must_post('/access/general/lock/dtmf/%d' % lock, {'dtmf_code': code})
    return daemon, peer


def opened(daemon, lock, within_s=5):
    wait_for(lambda: locks(daemon)[lock - 1], daemon.test.seconds(within_s),
             lambda: 'lock %d open\n%s' % (lock, daemon.log_tail()))
    check(not locks(daemon)[2 - lock], 'the other lock is open, too')


def still_shut(daemon, for_s=0.4):
    time.sleep(for_s)
    check(locks(daemon) == [False, False], 'a lock is open', locks(daemon), daemon.log_tail())
    check('access_granted' not in daemon.log(), 'told as opened', daemon.log_tail())


def relay(digit, duration=' 160'):
    return ('Signal=%s\r\nDuration=%s\r\n' % (digit, duration)).encode()


def info(dialog, body, kind='application/dtmf-relay', **more):
    return dialog.ask('INFO', body, kind=kind, **more).status


# -- INFO

@cases(('relay', 'application/dtmf-relay', lambda d: relay(d)),
       ('relay_blanks', 'application/dtmf-relay', lambda d: ('Signal= %s \r\n' % d).encode()),
       ('relay_other_order', 'application/dtmf-relay',
        lambda d: ('Duration=100\r\nsignal=%s' % d).encode()),
       ('dtmf', 'application/dtmf', lambda d: d.encode()),
       ('dtmf_with_line_end', 'application/dtmf', lambda d: (d + '\r\n').encode()),
       ('dtmf_as_relay', 'application/dtmf', lambda d: relay(d)),
       ('type_in_capitals', 'Application/DTMF-Relay', lambda d: relay(d)))
def test_info_opens(t, kind, body):
    daemon, peer = ready(t)
    dialog = talk_out(daemon, peer)
    for digit in '9742':
        check_equal(info(dialog, body(digit), kind), 200, 'INFO ' + digit)
    opened(daemon, 2)
    bye(dialog)


@cases(('star_and_hash', '*#', '10', '11'), ('letters', 'AD', 'a', '15'))
def test_info_with_event_numbers(t, code, first, second):
    daemon, peer = ready(t)
    daemon.must_post('/access/general/lock/dtmf/2', {'dtmf_code': code})
    dialog = talk_in(daemon, peer)
    check_equal([info(dialog, relay(first)), info(dialog, relay(second))], [200, 200], 'INFO')
    opened(daemon, 2)


def test_info_sent_again_is_no_second_digit(t):
    daemon, peer = ready(t)
    daemon.must_post('/access/general/lock/dtmf/2', {'dtmf_code': '77'})
    dialog = talk_out(daemon, peer)
    raw = dialog.send('INFO', relay('7'), kind='application/dtmf-relay')
    peer.expect((200, 'INFO'))
    for _ in range(3):
        peer.send(raw, dialog.to)
        peer.expect((200, 'INFO'), again=True)
    still_shut(daemon)
    check_equal(info(dialog, relay('7')), 200, 'the second')
    opened(daemon, 2)


@cases(('no_signal', b'Duration=160\r\n', 'application/dtmf-relay', 400),
       ('two_digits', relay('74'), 'application/dtmf-relay', 400),
       ('event_16', relay('16'), 'application/dtmf-relay', 400),
       ('empty', b'\r\n', 'application/dtmf', 400),
       ('long', relay('7' * 20000), 'application/dtmf-relay', 400),
       ('zero_byte', b'Signal=7\0\r\n', 'application/dtmf-relay', 400),
       ('other_type', relay('7'), 'text/plain', 415),
       ('sdp', description(9), 'application/sdp', 415))
def test_info_that_is_no_key(t, body, kind, code):
    daemon, peer = ready(t)
    dialog = talk_out(daemon, peer)
    check_equal(info(dialog, body, kind), code, 'answer')
    check_equal(info(dialog, b'', kind), 200, 'one without a body')
    check_equal(info(dialog, relay('7'), headers=[('Info-Package', 'x')]), 469, 'a package')
    check_equal(now(daemon)['state'], 'talking', 'state')
    for digit in '742':
        check_equal(info(dialog, relay(digit)), 200, 'INFO')
    opened(daemon, 2)


def test_info_before_the_answer_opens_nothing(t):
    """The panel rings: who calls is not yet in a call."""
    daemon, peer = direct(t)
    daemon.must_post('/access/general/lock/dtmf/2', {'dtmf_code': '742'})
    dialog = peer.call(daemon.sip)
    ringing = peer.expect(180)
    wait_state(daemon, 'incoming')
    dialog.remote = ringing.get('To')
    for digit in '742':
        dialog.ask('INFO', relay(digit), kind='application/dtmf-relay')
    still_shut(daemon)


# -- RFC 4733

@cases(('as_it_should_be', {}), ('no_marker', {'is_marked': False}), ('start_lost', {'skip': 2}),
       ('only_ends', {'n': 0}), ('one_end', {'skip': 5, 'n_ends': 1}), ('many_ends', {'n_ends': 12}),
       ('long', {'n': 60}))
def test_events_open(t, how):
    daemon, peer = ready(t)
    daemon.must_post('/access/general/lock/dtmf/2', {'dtmf_code': '7742'})
    stream = new_stream(t)
    dialog = talk_out(daemon, peer, stream)
    for digit in '974':
        stream.key(digit, **how)
    stream.key('2', **how)
    still_shut(daemon)  # no digit counts twice
    for digit in '7742':
        stream.key(digit, **how)
    opened(daemon, 2)
    bye(dialog)


def test_events_with_another_number_than_ours(t):
    """Who offers says which payload type they have."""
    daemon, peer = ready(t)
    stream = new_stream(t)
    body = description(stream.port, formats='8 96', more=['a=rtpmap:96 telephone-event/8000'])
    dialog = peer.call(daemon.sip, body)
    ok = peer.expect((200, 'INVITE'))
    dialog.ack(ok)
    check('96' in audio_of(ok)[2], 'the answer', audio_of(ok))
    stream.to(*audio_of(ok)[:2])
    for digit in '742':
        stream.key(digit, kind=101)
    still_shut(daemon)
    for digit in '742':
        stream.key(digit, kind=96)
    opened(daemon, 2)


def test_events_among_sound(t):
    daemon, peer = ready(t)
    stream = new_stream(t)
    talk_out(daemon, peer, stream)
    stream.talk()
    for digit in '742':
        stream.key(digit)
        time.sleep(0.1)
    opened(daemon, 2)


def test_broken_events_open_nothing(t):
    daemon, peer = ready(t)
    stream = new_stream(t)
    talk_out(daemon, peer, stream)
    for payload in (b'', b'\x07', b'\x07\x80\x00', b'\x10\x80\x01\x00', b'\xff' * 4):
        for _ in range(3):
            stream.send(payload, 101, True)
            stream.timestamp += 3200
    for junk in (b'', b'\x80', b'\x80\xe5' + b'\0' * 9, b'\0' * 200, b'\xff' * 1400,
                 b'\xbf\xe5' + b'\0' * 14, b'\x90\xe5' + b'\0' * 10 + b'\xbe\xde\xff\xff'):
        stream.rtp.sendto(junk, stream.target)
    still_shut(daemon)
    for digit in '742':
        stream.key(digit)
    opened(daemon, 2)


# -- which kind

def test_a_phone_that_sends_both_ways(t):
    """Digits count once: in the way that came first in this call."""
    daemon, peer = ready(t)
    daemon.must_post('/access/general/lock/dtmf/2', {'dtmf_code': '7744'})
    daemon.must_post('/access/general/lock/dtmf/1', {'dtmf_code': '74'})
    stream = new_stream(t)
    dialog = talk_out(daemon, peer, stream)
    stream.key('7')
    info(dialog, relay('7'))
    stream.key('4')
    info(dialog, relay('4'))
    opened(daemon, 1)
    bye(dialog)
    end_of(daemon)


@cases(('rtp_first', True), ('info_first', False))
def test_the_kind_that_came_first_counts(t, rtp_first):
    daemon, peer = ready(t)
    stream = new_stream(t)
    dialog = talk_out(daemon, peer, stream)

    def by_rtp(digit):
        """Behind it INFO comes later: the sound of the call has its own thread."""
        heard = now(daemon)['sound']['received']
        stream.key(digit)
        stream.send(b'\xd5' * 160)
        wait_for(lambda: now(daemon)['sound']['received'] > heard, 5, 'the sound behind the key')
        now(daemon)   # by then its digits have been told, too

    def by_info(digit):
        check_equal(info(dialog, relay(digit)), 200, 'INFO')
    first, second = (by_rtp, by_info) if rtp_first else (by_info, by_rtp)
    first('9')
    for digit in '742':
        second(digit)
    still_shut(daemon)
    for digit in '742':
        first(digit)
    opened(daemon, 2)
    bye(dialog)
    end_of(daemon)
    time.sleep(0.1)
    dialog = talk_out(daemon, peer, stream)  # another call chooses anew
    daemon.must_post('/access/general/lock/dtmf/1', {'dtmf_code': '55'})
    second('5')
    second('5')
    wait_for(lambda: locks(daemon)[0], 5, 'lock 1 open')


# -- who

def test_sound_of_a_stranger_does_not_count(t):
    """It knows our port, the number of the events, all. While the phone is heard it is not."""
    daemon, peer = ready(t)
    stream, stranger = new_stream(t), new_stream(t, address='127.0.0.3')
    talk_out(daemon, peer, stream)
    stream.talk()
    wait_for(lambda: now(daemon)['sound']['received'] > 5, 5, 'the phone is heard')
    stranger.target, stranger.ssrc = stream.target, stream.ssrc
    for digit in '742' * 2:
        stranger.key(digit)
    still_shut(daemon)
    check(not stranger.packets, 'our sound goes to the stranger', len(stranger.packets))
    for digit in '742':
        stream.key(digit)
    opened(daemon, 2)


def test_who_speaks_first_from_elsewhere_is_left_for_the_phone(t):
    """Behind a NAT the phone may seem to be elsewhere, so who speaks first is taken; but the address
    that it named comes before, and at once."""
    daemon, peer = ready(t)
    stream, stranger = new_stream(t), new_stream(t, address='127.0.0.3')
    talk_out(daemon, peer, stream)
    stranger.target = stream.target
    stranger.key('7')
    stream.key('9')
    for digit in '42742':
        stranger.key(digit)
    still_shut(daemon)
    stranger.silent(0.3)   # our sound goes to the phone
    stream.wait(10, 5)


def test_what_we_send_does_not_come_back(t):
    """A phone that sends back what it hears, telephone events of old packets, too."""
    daemon, peer = ready(t)
    stream = new_stream(t)
    talk_out(daemon, peer, stream)
    for _, _, _, data in list(stream.wait(50, 5)):
        stream.rtp.sendto(data, stream.target)
    still_shut(daemon)


def test_info_of_a_stranger(t):
    """Call-ID and both tags are right; it comes from another host."""
    daemon, peer = ready(t)
    dialog = talk_out(daemon, peer)
    stranger = t.own(Peer(address='127.0.0.3', seconds=t.seconds))
    dialog.peer = stranger
    for digit in '742':
        dialog.send('INFO', relay(digit), kind='application/dtmf-relay')
    dialog.send('BYE')
    dialog.send('INVITE', description(4000, address='127.0.0.3'))
    check(not [m for m in stranger.collect(0.6) if m.status != 481], 'an answer', stranger.all)
    still_shut(daemon, 0)
    check_equal(now(daemon)['state'], 'talking', 'state')
    dialog.peer = peer
    for digit in '742':
        check_equal(info(dialog, relay(digit)), 200, 'INFO')
    opened(daemon, 2)


@cases(('other_from', 'local'), ('other_to', 'remote'), ('other_call_id', 'call_id'))
def test_info_of_another_call(t, what):
    daemon, peer = ready(t)
    dialog = talk_out(daemon, peer)
    good = getattr(dialog, what)
    setattr(dialog, what, good[:-4] + 'beef')
    for digit in '742':
        check_equal(info(dialog, relay(digit)), 481, 'INFO')
    still_shut(daemon)
    setattr(dialog, what, good)
    bye(dialog)
    check_equal(end_of(daemon)['end'], 'hung up there', 'end')


def test_info_after_the_call(t):
    daemon, peer = ready(t)
    dialog = talk_out(daemon, peer)
    bye(dialog)
    end_of(daemon)
    for digit in '742':
        check_equal(info(dialog, relay(digit)), 481, 'INFO')
    still_shut(daemon)


# -- wrong ones

def test_wrong_codes_are_limited_and_not_named(t):
    daemon, peer = ready(t)
    dialog = talk_out(daemon, peer)
    for group in ('8351', '9268', '5190', '6087', '8529'):
        for digit in group:
            info(dialog, relay(digit))
    for digit in '742':
        check_equal(info(dialog, relay(digit)), 200, 'INFO')
    still_shut(daemon)
    log = daemon.log()
    check_equal(log.count('access_denied_by_wrong_dtmf_code'), 6, daemon.log_tail())
    check('no more digits' in log, 'no word of the limit', daemon.log_tail())
    for code in ('8351', '9268', '5190', '6087', '8529', '742'):
        check(code not in ' '.join(line.split(' ', 1)[-1] for line in log.splitlines()
                                   if 'dtmf' in line), 'a code in the log', code)
    bye(dialog)
    end_of(daemon)
    dialog = talk_out(daemon, peer)  # another call starts anew
    for digit in '742':
        info(dialog, relay(digit))
    wait_for(lambda: locks(daemon)[1], 5, 'lock 2 open')


def test_only_the_last_digits_count_and_a_pause_starts_anew(t):
    daemon, peer = ready(t)
    dialog = talk_out(daemon, peer)
    for digit in '74':
        info(dialog, relay(digit))
    time.sleep(3.3)
    info(dialog, relay('2'))
    still_shut(daemon)
    for digit in '74742':
        info(dialog, relay(digit))
    opened(daemon, 2)

# SPDX-License-Identifier: MIT
"""The way of the sound: where it goes, how it is marked, and what its absence means."""

import struct
import time

from harness import check, check_equal, slow, wait_for
from harness.calls import (bye, direct, end_of, new_peer, new_stream, now, talk_in, talk_out, wait_state)
from harness.peer import audio_of, description

EF, CS3 = 46 << 2, 24 << 2


def test_marks_for_the_network(t):
    """RTP and RTCP as EF, SIP as CS3, both ways of a call."""
    daemon, peer = direct(t, auto_answer=True)
    stream = new_stream(t)
    bye(talk_out(daemon, peer, stream))
    end_of(daemon)
    dialog = talk_in(daemon, peer, stream)
    stream.wait(10, 5)
    wait_for(lambda: stream.reports, t.seconds(10), 'RTCP')
    bye(dialog)
    check_equal({m.tos for m in peer.all}, {CS3}, 'SIP')
    check_equal({p[2] for p in stream.packets}, {EF}, 'RTP')
    check_equal({p[2] for p in stream.reports}, {EF}, 'RTCP')


def in_time(packets, n):
    """The first n in a row that came at the pace of 20 ms. A machine that is busy delays some now and
    then; what always goes too fast or too slowly has none."""
    for first, last in zip(range(len(packets)), range(n - 1, len(packets))):
        took_s = packets[last][0] - packets[first][0]
        if -0.08 < took_s - 0.02 * (n - 1) < 0.32:
            return packets[first:last + 1]
    return None


def test_packets_are_in_order_and_in_time(t):
    daemon, peer = direct(t)
    stream = new_stream(t)
    dialog = talk_out(daemon, peer, stream)
    stream.wait(60, 5)
    packets = wait_for(lambda: in_time(stream.packets, 60), 20, lambda: 'pace: 60 packets took %s s' % [
        round(p[0] - q[0], 2) for p, q in zip(stream.packets[59::30], stream.packets[::30])])
    heads = [struct.unpack('!BBHII', p[3][:12]) for p in packets]
    check_equal({h[0] for h in heads}, {0x80}, 'version')
    check_equal(len({h[4] for h in heads}), 1, 'SSRC')
    steps = {((b[2] - a[2]) & 0xffff, (b[3] - a[3]) & 0xffffffff) for a, b in zip(heads, heads[1:])}
    check_equal(steps, {(1, 160)}, 'sequence numbers and timestamps')
    check_equal({len(p[3]) for p in packets}, {172}, 'length')
    check_equal(packets[0][1], packets[-1][1], 'one source')
    bye(dialog)
    stream.silent(0.3)


def test_the_phone_sends_from_another_port(t):
    """Symmetric RTP: where it comes from is where ours goes to."""
    daemon, peer = direct(t)
    told, real = new_stream(t), new_stream(t)
    dialog = talk_out(daemon, peer, told)
    told.wait(5, 5)
    real.to(*told.target).talk()
    real.wait(20, 5)
    told.silent(0.3)
    real.check_tone()
    bye(dialog)


def test_the_phone_is_behind_a_nat(t):
    """It names an address that leads nowhere; it is found by what it sends."""
    daemon, peer = direct(t)
    real = new_stream(t)
    dialog = talk_out(daemon, peer, None, address='127.77.0.1')
    real.to(*audio_of(dialog.first)[:2]).talk()
    real.wait(20, 5)
    real.check_tone()
    bye(dialog)


def rtcp(kind, ssrc, body=b'', count=0):
    packet = struct.pack('!BBHI', 0x80 | count, kind, 1 + len(body) // 4, ssrc) + body
    return packet


def test_rtcp_bye_is_not_the_end(t):
    """Of the call: SIP says that. Broken RTCP changes nothing."""
    daemon, peer = direct(t)
    stream = new_stream(t)
    dialog = talk_out(daemon, peer, stream)
    stream.talk()
    stream.wait(5, 5)
    to = (stream.target[0], stream.target[1] + 1)
    sender_report = rtcp(200, stream.ssrc, b'\0' * 20)
    goodbye = rtcp(201, stream.ssrc) + struct.pack('!BBHI', 0x81, 203, 1, stream.ssrc)
    for raw in (sender_report, goodbye, goodbye, b'', b'\x80', b'\x80\xc8\xff\xff' + b'\0' * 8,
                b'\xff' * 1400, sender_report * 30, goodbye[:-2]):
        stream.rtcp.sendto(raw, to)
    stream.wait(25, 5)
    stream.check_tone()
    check_equal(now(daemon)['state'], 'talking', 'state')
    bye(dialog)
    wait_for(lambda: any(203 in (p[3][i + 1] for i in blocks(p[3])) for p in stream.reports), 5,
             'our RTCP BYE')


def blocks(data):
    """Where the packets of a compound RTCP packet begin."""
    at = 0
    while at + 4 <= len(data):
        yield at
        at += 4 * (1 + struct.unpack('!H', data[at + 2:at + 4])[0])


def test_our_rtcp_describes_our_sound(t):
    daemon, peer = direct(t)
    stream = new_stream(t)
    dialog = talk_out(daemon, peer, stream)
    # The first one may come before there is much to report.
    data = wait_for(lambda: [p[3] for p in stream.reports if p[3][1] == 200 and
                             struct.unpack('!I', p[3][20:24])[0] > 10], t.seconds(15), 'RTCP')[0]
    kinds = [data[i + 1] for i in blocks(data)]
    check_equal((kinds[0], 202 in kinds), (200, True), 'SR and SDES')
    ssrc, = struct.unpack('!I', data[4:8])
    check_equal(ssrc, struct.unpack('!I', stream.packets[0][3][8:12])[0], 'SSRC')
    packets, octets = struct.unpack('!II', data[20:28])
    check(packets > 10 and octets == packets * 160, 'counters', packets, octets)
    bye(dialog)


@slow(35)
def test_a_dead_call_ends(t):
    """No sound for 30 s: BYE, and the reason is told. A call on hold is not dead."""
    daemon, peer = direct(t)
    stream = new_stream(t)
    dialog = talk_out(daemon, peer, stream)
    stream.talk()
    wait_for(lambda: now(daemon)['sound']['received'] > 25, 5, 'sound')
    stream.be_silent()
    started = time.monotonic()
    theirs = peer.expect('BYE', 40)
    check(28 < theirs.time - started < t.at_most(33), 'after', theirs.time - started)
    dialog.answer(200, request=theirs)
    over = end_of(daemon)
    check_equal(over['end'], 'dead', over)
    check('no sound has come for 30 s' in over['reason'], 'reason', over)


@slow(36)
def test_on_hold_silence_is_no_death(t):
    daemon, peer = direct(t)
    stream = new_stream(t)
    dialog = talk_out(daemon, peer, stream)
    check_equal(dialog.ask('INVITE', description(stream.port, direction='inactive')).status, 200, 'hold')
    peer.absent('BYE', 33)
    check_equal(now(daemon)['state'], 'talking', 'state')
    bye(dialog)


def test_sound_that_is_late_lost_or_twice(t):
    """Every fifth packet lost, some twice, some swapped: the call goes on, and it is counted."""
    daemon, peer = direct(t)
    stream = new_stream(t)
    dialog = talk_out(daemon, peer, stream)
    held = None
    for n in range(100):
        stream.timestamp += 160
        if n % 5 == 4:
            stream.sequence = (stream.sequence + 1) & 0xffff
            continue
        if n % 7 == 6:
            held = (stream.sequence + 1) & 0xffff, stream.timestamp
            stream.sequence = held[0]
        else:
            stream.send(b'\xd5' * 160)
        if held and n % 7 == 0:
            saved = stream.sequence
            stream.sequence = (held[0] - 1) & 0xffff
            stream.send(b'\xd5' * 160, timestamp=held[1])
            stream.sequence, held = saved, None
        time.sleep(0.018)
    wait_for(lambda: now(daemon)['sound']['received'] >= 70, 5, lambda: 'received: %r' % now(daemon))
    sound = now(daemon)['sound']
    check(10 <= sound['lost'] <= 40 and sound['received'] >= 70 and sound['delay_ms'] <= 200,
          'counted', sound)
    bye(dialog)
    wait_state(daemon, 'ended')


def test_two_calls_do_not_hear_each_other(t):
    """Sound of the last call that is still under way does not get into the next."""
    daemon, peer = direct(t)
    first, second = new_stream(t), new_stream(t)
    dialog = talk_out(daemon, peer, first)
    first.talk()
    first.wait(5, 5)
    bye(dialog)
    end_of(daemon)
    other = new_peer(t)
    dialog = talk_out(daemon, other, second)
    second.wait(20, 5)
    first.silent(0.2)
    check_equal(now(daemon)['sound']['received'], 0, 'sound of the last call')
    bye(dialog)

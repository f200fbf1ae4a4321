#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
"""How long sound takes through the panel, each way, and both together beside baresip.

In: clicks in RTP, one packet in five; from just before a packet is sent to the moment when the
period that holds its click is written to the device. Out: a file with clicks as the microphone; from the
moment when the first sample of a packet is taken to the kernel's receive time of the packet. The devices
are simulated ones (tone and files, a period of 20 ms whenever one is due); when they were opened is seen
by inotify, so each sample's time follows from where it is in the file. That is seen some 0.05 ms late,
which makes both ways look as much shorter.

baresip has no device that tells the time, so only both ways together are compared: its loudspeaker is its
microphone (aubridge, 20 ms periods), and a click comes back in a packet. There no time goes by while
the microphone fills a period; so a period is taken off ours."""

import argparse
import time

import common
from call_peer import (CLICK, FRAME, PTIME_S, SILENCE, CallPeer, LoudspeakerFile, Panel, Phone,
                       decoded, loud_at, write_wav)

PERIOD_MS = PTIME_S * 1000
SETTLE_S = 1.0
TALK_S = 3.0
EVERY = 5               # packets
OUT_EVERY = 907         # samples: clicks are at all places of a packet
OUT_N = 8 * OUT_EVERY   # samples of the file; it begins again


def clicks_in(n):
    return CLICK if n % EVERY == 0 else SILENCE


def spans_ms(starts, ends):
    """From each of starts (ns) to the next of ends before the next start; settled ones only."""
    found, first = [], starts[0] + SETTLE_S * 1e9
    ends = sorted(ends)
    for at in starts:
        end = next((e for e in ends if e > at), None)
        if at > first and end and end - at < PTIME_S * EVERY * 1e9:
            found.append((end - at) / 1e6)
    return found


def ways_ms(panel, peer):
    """(in, out): medians of one call, and the longest of each."""
    sent = [at for at, payload in peer.sound.sent if payload == CLICK]
    ways = [spans_ms(sent, panel.loudspeaker.loud_ns()), out_spans_ms(panel, peer)]
    return [(common.median(way), max(way)) for way in ways]


def out_spans_ms(panel, peer):
    """Where in the file a packet's samples are: its sequence number counts from the first, which has the
    first that were taken."""
    first = int.from_bytes(peer.sound.packets[0][1][2:4], 'big')
    opened, found = panel.loudspeaker.opened_ns, []
    for at, data in peer.sound.packets:
        n = (int.from_bytes(data[2:4], 'big') - first) & 0xffff
        where = loud_at(decoded(data))
        if where is None or n * PTIME_S < SETTLE_S:
            continue
        if (n * FRAME + where) % OUT_N % OUT_EVERY != 0:
            raise common.harness.Failure('packet %d has other samples than it should' % n)
        found.append((at - opened) / 1e6 - n * PERIOD_MS)
    return found


def one_call(peer, side):
    number = len(peer.calls)
    if side.loudspeaker:
        side.loudspeaker.watch()
    side.press()
    call = peer.wait('ack', number)
    time.sleep(TALK_S)
    peer.hang_up(call)
    side.wait_over()
    if side.loudspeaker:
        return ways_ms(side, peer)
    sent = [at for at, payload in peer.sound.sent if payload == CLICK]
    back = [at for at, data in peer.sound.packets if loud_at(decoded(data)) is not None]
    return common.median(spans_ms(sent, back))


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument('--rounds', type=int, default=12)
    args = parser.parse_args()
    common.need('baresip')
    common.pin_self()
    figure = common.Figure('sound_delay', __doc__.splitlines()[0])
    with common.Bench() as bench:
        # No 180: the devices are opened by the answer, and the first samples are sent.
        peers = [bench.own(CallPeer(payload_of=clicks_in, rings=False, is_any_phase=True))
                 for _ in range(2)]
        loudspeaker = bench.own(LoudspeakerFile(bench.path('heard.wav')))
        microphone = bench.path('said.wav')
        write_wav(microphone, [30000 if n % OUT_EVERY == 0 else 0 for n in range(OUT_N)])
        panel = Panel(bench, peers[0], config={'audio_in': 'sim:' + microphone,
                                               'audio_out': 'sim:' + loudspeaker.path})
        panel.loudspeaker = loudspeaker
        sides = {'ours': (peers[0], panel), 'baresip': (peers[1], Phone(bench, peers[1]))}
        runs = {name: [] for name in sides}
        for name in common.abba(args.rounds, *sides):
            runs[name].append(one_call(*sides[name]))
    come, go = zip(*runs['ours'])
    both = [i[0] + o[0] - PERIOD_MS for i, o in runs['ours']]
    limit_ms = PERIOD_MS + 2
    for what, way in (('out: first sample -> wire', go), ('in: packet due -> device', come)):
        middle, longest = zip(*way)
        figure.row(what, 'ms', middle, target='<= %.0f ms' % limit_ms,
                   is_met=common.median(middle) <= limit_ms)
        figure.row('  the longest of a call', 'ms', longest)
    figure.row('both ways, without the period that is filled', 'ms', both, runs['baresip'], 'baresip',
               '', None)
    figure.save()


if __name__ == '__main__':
    main()

#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
"""From the answer to the first sound, both ways, beside baresip.

The peer answers a call with 200 and says its first packet at the same moment, then one each 20 ms. Out:
just before the 200 is sent, to the kernel's receive time of the first RTP packet. In: from the same
moment (which is that of the first packet, too) to the moment its first sample is written to the device.
That is read off the file of the panel's simulated loudspeaker: its device writes a period of 20 ms
whenever one is due, and when it was opened is seen by inotify. baresip has no such device that tells the
time; its loudspeaker is its microphone (aubridge, 20 ms periods), so that what it hears is sent back
by the next packet: its way in has the way out in it."""

import argparse
import time

import common
from call_peer import FRAME, PCMA, CallPeer, LoudspeakerFile, Panel, Phone, decoded, encode, loud_at

WARM_UPS = 1
WAIT_S = 0.5
TONE = bytes(encode(30000 if n % 8 < 4 else -30000) for n in range(FRAME))  # 1 kHz, loud at once


def heard_ns(side, peer):
    if isinstance(side, Phone):
        return next(at for at, data in peer.sound.packets if loud_at(decoded(data)) is not None)
    return side.loudspeaker.first_loud_ns()


def one_call(peer, side):
    number = len(peer.calls)
    if side.loudspeaker:
        side.loudspeaker.watch()
    side.press()
    call = peer.wait('ack', number)
    time.sleep(WAIT_S)
    peer.hang_up(call)
    side.wait_over()
    ok = call.at['ok']
    out = next(at for at, data in peer.sound.packets if data[1] & 0x7f == PCMA)
    return (out - ok) / 1e6, (heard_ns(side, peer) - ok) / 1e6


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument('--rounds', type=int, default=30)
    args = parser.parse_args()
    common.need('baresip')
    common.pin_self()
    figure = common.Figure('first_audio', __doc__.splitlines()[0])
    with common.Bench() as bench:
        peers = [bench.own(CallPeer(payload_of=lambda n: TONE)) for _ in range(2)]
        loudspeaker = bench.own(LoudspeakerFile(bench.path('heard.wav')))
        panel = Panel(bench, peers[0], config={'audio_out': 'sim:' + loudspeaker.path})
        panel.loudspeaker = loudspeaker
        sides = {'ours': (peers[0], panel), 'baresip': (peers[1], Phone(bench, peers[1]))}
        runs = {name: [] for name in sides}
        for number, name in enumerate(common.abba(args.rounds + WARM_UPS, *sides)):
            spans = one_call(*sides[name])
            if number >= WARM_UPS * len(sides):
                runs[name].append(spans)
    out, heard = zip(*runs['ours'])
    peer_out, peer_heard = zip(*runs['baresip'])
    figure.row('answer -> first packet out', 'ms', out, peer_out, 'baresip', '<= 40 ms',
               common.median(out) <= 40)
    figure.row('answer, first packet in -> at the device', 'ms', heard, peer_heard,
               'baresip, and out again', '<= 40 ms', common.median(heard) <= 40)
    figure.save()


if __name__ == '__main__':
    main()

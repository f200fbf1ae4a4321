#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
"""CPU seconds of a minute of talk in G.711 (A-law, 20 ms), beside baresip at the same peer.

The peer sends a tone and takes what comes. All threads of the process count, from the third second of
a call on. The panel: a tone as the microphone, a loudspeaker that is only measured. baresip: its
loudspeaker is its microphone (aubridge), which looks for work every 4 ms; the second row leaves out
what its main thread does not do, that is all of sound but what comes by RTP."""

import argparse
import math
import time

import common
from call_peer import FRAME, RATE, CallPeer, Panel, Phone, encode

SETTLE_S = 2
TONE = bytes(encode(round(6000 * math.sin(2 * math.pi * 700 * n / RATE))) for n in range(FRAME))


def one_call(peer, side, pid, seconds):
    """(all threads, the main thread): CPU seconds a minute."""
    number = len(peer.calls)
    side.press()
    call = peer.wait('ack', number)
    time.sleep(SETTLE_S)
    start, cpu, first = time.monotonic(), common.cpu_s(pid), main_thread_s(pid)
    n = len(peer.sound.packets)
    time.sleep(seconds)
    per_minute = 60 / (time.monotonic() - start)
    spent = ((common.cpu_s(pid) - cpu) * per_minute, (main_thread_s(pid) - first) * per_minute)
    heard = (len(peer.sound.packets) - n) * per_minute
    peer.hang_up(call)
    side.wait_over()
    if not 2900 < heard < 3100:
        raise common.harness.Failure('%d packets a minute are no talk' % heard)
    return spent


def main_thread_s(pid):
    with open('/proc/%d/task/%d/schedstat' % (pid, pid)) as f:
        return int(f.read().split()[0]) / 1e9


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument('--rounds', type=int, default=6)
    parser.add_argument('--seconds', type=float, default=10, help='of a call')
    args = parser.parse_args()
    common.need('baresip')
    common.pin_self()
    figure = common.Figure('call_cpu', __doc__.splitlines()[0])
    with common.Bench() as bench:
        peers = [bench.own(CallPeer(payload_of=lambda n: TONE)) for _ in range(2)]
        panel, phone = Panel(bench, peers[0]), Phone(bench, peers[1])
        sides = {'ours': (peers[0], panel, panel.daemon.process.pid),
                 'baresip': (peers[1], phone, phone.process.pid)}
        runs = {name: [] for name in sides}
        for name in common.abba(args.rounds, *sides):
            runs[name].append(one_call(*sides[name], args.seconds))
    ours, peer = [r[0] for r in runs['ours']], [r[0] for r in runs['baresip']]
    figure.row('a minute of talk: CPU', 's', ours, peer, 'baresip', '<= baresip',
               common.compare(ours, peer))
    figure.row('  of it the main thread', 's', [r[1] for r in runs['ours']],
               [r[1] for r in runs['baresip']], 'baresip')
    figure.save()


if __name__ == '__main__':
    main()

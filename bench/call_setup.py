#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
"""From a press to the INVITE, and what of a call's set-up is ours, beside baresip.

Both are registered at the same mock, which asks each INVITE for credentials (407, MD5), rings, and
answers 50 ms later with 200. The clock starts just before the press is sent (the panel: POST of a call,
or of four keys of its keypad, over a connection that stays; baresip: dial over its control socket), and
just before the mock's own messages; it stops at the kernel's receive time. What a set-up takes in all
is the sum of the three: press -> INVITE, 407 -> INVITE, 200 -> ACK."""

import argparse

import common
from call_peer import CallPeer, Panel, Phone

WARM_UPS = 3


def spans_ms(pressed, call):
    at = call.at
    spans = {'press': at['invite'] - pressed, '407': at['invite_again'] - at['challenged'],
             '200': at['ack'] - at['ok']}
    spans = {name: ns / 1e6 for name, ns in spans.items()}
    return dict(spans, all=sum(spans.values()))


def one_call(peer, side, press):
    number = len(peer.calls)
    pressed = press()
    call = peer.wait('ack', number)
    peer.hang_up(call)
    side.wait_over()
    return spans_ms(pressed, call)


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument('--rounds', type=int, default=100)
    args = parser.parse_args()
    common.need('baresip')
    common.pin_self()
    figure = common.Figure('call_setup', __doc__.splitlines()[0])
    with common.Bench() as bench:
        peers = [bench.own(CallPeer()) for _ in range(2)]
        panel, phone = Panel(bench, peers[0]), Phone(bench, peers[1])
        sides = {'ours': (peers[0], panel, panel.press), 'keys': (peers[0], panel, panel.press_key),
                 'baresip': (peers[1], phone, phone.press)}
        runs = {name: [] for name in sides}
        for number, name in enumerate(common.abba(args.rounds + WARM_UPS, *sides)):
            spans = one_call(*sides[name])
            if number >= WARM_UPS * len(sides):
                runs[name].append(spans)
    ours, keys, peer = ({k: [run[k] for run in runs[name]] for k in runs[name][0]}
                        for name in ('ours', 'keys', 'baresip'))
    for what, kind, mine, limit_ms in (
            ('press (API) -> INVITE', 'press', ours, 2),
            ('press (keypad) -> INVITE', 'press', keys, 2),
            ('407 -> INVITE with credentials', '407', ours, 0.2),
            ('200 -> ACK', '200', ours, 0.2)):
        figure.row(what, 'ms', mine[kind], peer[kind], 'baresip', '<= %.3g ms' % limit_ms,
                   common.median(mine[kind]) <= limit_ms)
    figure.row('a call\'s set-up, our part of it', 'ms', ours['all'], peer['all'], 'baresip')
    figure.save()


if __name__ == '__main__':
    main()

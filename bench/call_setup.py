#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
"""From a press to the INVITE, and what of a call's set-up is ours, beside baresip.

Both are registered at the same mock, which asks each INVITE for credentials (407, MD5), rings, and
answers 50 ms later with 200. The clock starts just before the press is sent (the panel: POST of a call,
or of four keys of its keypad, over a connection that stays; baresip: dial over its control socket), and
just before the mock's own messages; it stops at the kernel's receive time. What a set-up takes in all
is the sum of the three: press -> INVITE, 407 -> INVITE, 200 -> ACK.

What a datagram takes to a process and back on this machine is measured beside each call, with a program
that only sends back what comes, on the same core and after as long a rest. It is taken off our part of
407 -> INVITE and 200 -> ACK: the rows "without it"."""

import argparse
import subprocess
import sys
import time

import common
from call_peer import CallPeer, Panel, Phone, now_ns, open_udp, stamp_ns

WARM_UPS = 3
REST_S = 0.05

ECHO = '''
import socket
s = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
s.bind(('127.0.0.1', 0))
print(s.getsockname()[1], flush=True)
while True:
    s.sendto(*s.recvfrom(2048))
'''


class Echo:
    def __init__(self):
        self.process = subprocess.Popen([sys.executable, '-c', ECHO], stdout=subprocess.PIPE,
                                        preexec_fn=common.on_server_core)
        self.address = '127.0.0.1', int(self.process.stdout.readline())
        self.socket = open_udp()

    def ms(self):
        time.sleep(REST_S)
        at = now_ns()
        self.socket.sendto(b'x' * 600, self.address)
        return (stamp_ns(self.socket.recvmsg(2048, 256)[1]) - at) / 1e6

    def finish(self, passed):
        self.process.kill()
        self.process.wait()
        self.process.stdout.close()
        self.socket.close()


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
        echo, echoes = bench.own(Echo()), []
        panel, phone = Panel(bench, peers[0]), Phone(bench, peers[1])
        sides = {'ours': (peers[0], panel, panel.press), 'keys': (peers[0], panel, panel.press_key),
                 'baresip': (peers[1], phone, phone.press)}
        runs = {name: [] for name in sides}
        for number, name in enumerate(common.abba(args.rounds + WARM_UPS, *sides)):
            spans = one_call(*sides[name])
            if number >= WARM_UPS * len(sides):
                runs[name].append(spans)
            if name == 'ours':
                echoes.append(echo.ms())
    echoes = echoes[WARM_UPS:]
    ours, keys, peer = ({k: [run[k] for run in runs[name]] for k in runs[name][0]}
                        for name in ('ours', 'keys', 'baresip'))
    for what, mine in (('press (API) -> INVITE', ours), ('press (keypad) -> INVITE', keys)):
        figure.row(what, 'ms', mine['press'], peer['press'], 'baresip', '<= 2 ms',
                   common.median(mine['press']) <= 2)
    figure.row('a datagram there and back', 'ms', echoes)
    for what, kind in (('407 -> INVITE with credentials', '407'), ('200 -> ACK', '200')):
        left = [a - b for a, b in zip(ours[kind], echoes)]
        figure.row(what, 'ms', ours[kind], peer[kind], 'baresip')
        figure.row('  without it', 'ms', left, target='<= 0.2 ms', is_met=common.median(left) <= 0.2)
    figure.row('a call\'s set-up, our part of it', 'ms', ours['all'], peer['all'], 'baresip')
    figure.save()


if __name__ == '__main__':
    main()

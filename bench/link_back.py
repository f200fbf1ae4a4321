#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
"""A cable is pulled for 3 s and put back: from link up to the REGISTER at the server's kernel, beside
baresip at the same server. UDP, interval 900, each in a network namespace of its own, which takes
root. A peer that sends nothing for 20 s counts as 20 s."""

import argparse
import time

import common
from harness import netns

PULLED_S = 3
GIVE_UP_S = 20
SERVER, PANEL = '198.18.0.1', '198.18.0.2'


def network(bench):
    """(where the server lives, where the panel lives), joined by a cable."""
    outside, inside = bench.own(netns.Namespace()), bench.own(netns.Namespace())
    netns.join(outside, 'out', inside, 'in')
    netns.plug(outside, 'out', SERVER + '/24')
    netns.plug(inside, 'in', PANEL + '/24')
    return outside, inside


def pull_and_plug(outside, registrar):
    outside.run('ip link set out down')
    time.sleep(PULLED_S)
    before = time.clock_gettime_ns(time.CLOCK_REALTIME)
    outside.run('ip link set out up')
    try:
        return (registrar.wait_binding(before, GIVE_UP_S) - before) / 1e9
    except common.harness.Failure:
        return float(GIVE_UP_S)


def measure_ours(bench):
    outside, inside = network(bench)
    with outside.enter():
        registrar = bench.own(common.UdpRegistrar(SERVER))
    daemon = bench.portero(sip='0.0.0.0:0', namespace=inside)
    with inside.enter():
        daemon.set_sip(common.account(registrar.port, address=SERVER))
        daemon.wait_status('OK')
    time.sleep(0.5)
    took_s = pull_and_plug(outside, registrar)
    with inside.enter():
        daemon.stop()
    return took_s


def measure_baresip(bench):
    outside, inside = network(bench)
    with outside.enter():
        registrar = bench.own(common.UdpRegistrar(SERVER))
    peer = bench.baresip(port=registrar.port, address=SERVER, interface='in', sip=PANEL)
    with inside.enter():
        peer.start()
    registrar.wait_binding(0)
    time.sleep(0.5)
    took_s = pull_and_plug(outside, registrar)
    peer.finish(True)
    return took_s


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument('--rounds', type=int, default=6)
    args = parser.parse_args()
    common.need('baresip', 'ip', 'nft')
    figure = common.Figure('link_back', ' '.join(__doc__.split('\n\n')[0].split()))
    took = {measure_ours: [], measure_baresip: []}
    for side in common.abba(args.rounds, measure_ours, measure_baresip):
        with common.Bench() as bench:
            took[side].append(side(bench))
    ours = took[measure_ours]
    figure.row('link up -> REGISTER', 's', ours, took[measure_baresip], 'baresip', '<= 1 s, each',
               max(ours) <= 1)
    figure.save()


if __name__ == '__main__':
    main()

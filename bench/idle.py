#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
"""Context switches of a registered panel in 60 s with nothing to do (UDP, interval 900), beside
baresip at the same registrar.

All threads' voluntary and involuntary switches count. Timers due: our keep-alives in that time, as
the registrar receives them, which is all that the panel has to do."""

import argparse
import glob
import time

import common

SETTLE_S = 65  # the first backup of the settings is made a minute after the start
WATCH_S = 60


def switches(pid):
    total = 0
    for path in glob.glob('/proc/%d/task/*/status' % pid):
        with open(path) as f:
            total += sum(int(line.split()[1]) for line in f if 'ctxt_switches' in line)
    return total


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument('--rounds', type=int, default=6, help='processes of each kind')
    args = parser.parse_args()
    common.need('baresip')
    common.pin_self()
    figure = common.Figure('idle', ' '.join(__doc__.split('\n\n')[0].split()))
    with common.Bench() as bench:
        registrars = [bench.own(common.UdpRegistrar()) for _ in range(2 * args.rounds)]
        ours = [bench.portero() for _ in range(args.rounds)]
        for daemon, registrar in zip(ours, registrars):
            daemon.set_sip(common.account(registrar.port))
            daemon.wait_status('OK')
        peers = [bench.baresip(port=r.port) for r in registrars[args.rounds:]]
        for peer, registrar in zip(peers, registrars[args.rounds:]):
            peer.start()
            registrar.wait_binding(0)
        time.sleep(SETTLE_S)
        pids = [d.process.pid for d in ours] + [p.process.pid for p in peers]
        before = [switches(pid) for pid in pids]
        sent_before = [r.keepalives for r in registrars]
        time.sleep(WATCH_S)
        counts = [switches(pid) - n for pid, n in zip(pids, before)]
        due = [r.keepalives - n for r, n in zip(registrars, sent_before)]
    mine, theirs = counts[:args.rounds], counts[args.rounds:]
    allowed = [2 * n for n in due[:args.rounds]]
    figure.row('idle for 60 s: context switches', '', mine, theirs, 'baresip',
               '<= 2 x timers due (%g)' % common.median(allowed),
               common.median(mine) <= common.median(allowed))
    figure.note('keep-alives due in that time: ours %s, baresip %s'
                % (due[:args.rounds], due[args.rounds:]))
    figure.save()


if __name__ == '__main__':
    main()

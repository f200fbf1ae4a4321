#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
"""Memory of the idle and of the registered panel, beside baresip at the same Kamailio.

RssAnon and RSS 10 s after the start (idle) and 10 s after the registration. All processes of a
kind run at the same time: memory does not depend on who else runs. baresip has the account
module only; the panel has HTTP, SIP and its store. A third row is the panel after 64 keep-alive
connections have asked for its settings for a second."""

import argparse
import subprocess
import time

import common
from settings_get import load

SETTLE_S = 10


def columns(pids):
    return zip(*(common.memory_kb(pid) for pid in pids))


def rows(figure, what, ours, peer):
    ours_anon, ours_rss = columns(ours)
    peer_anon, peer_rss = columns(peer) if peer else (None, None)
    for name, a, b, limit_kb in (('RssAnon', ours_anon, peer_anon, 1536),
                                 ('RSS', ours_rss, peer_rss, 9216)):
        figure.row('%s, %s' % (what, name), 'MiB', [v / 1024 for v in a],
                   [v / 1024 for v in b] if b else None, 'baresip',
                   '<= %.3g MiB' % (limit_kb / 1024), common.median(a) <= limit_kb)


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument('--rounds', type=int, default=6, help='processes of each kind')
    args = parser.parse_args()
    common.need('baresip', 'kamailio', 'wrk')
    common.pin_self()
    figure = common.Figure('memory', __doc__.splitlines()[0])
    with common.Bench() as bench:
        users = {'%d' % (101 + n): common.PASSWORD for n in range(2 * args.rounds)}
        names = sorted(users)
        server = bench.kamailio(users=users)
        ours = [bench.portero() for _ in range(args.rounds)]
        peers = [bench.baresip(port=None) for _ in range(args.rounds)]
        for peer in peers:
            peer.start()
        time.sleep(SETTLE_S)
        rows(figure, 'idle', [d.process.pid for d in ours], [p.process.pid for p in peers])
        for peer in peers:
            peer.finish(True)

        # As after a power cut: configured before, started anew.
        for daemon, user in zip(ours, names):
            daemon.set_sip(common.account(server.port, user=user))
            daemon.wait_status('OK')
            daemon.stop()
        for daemon in ours:
            daemon.start()
        peers = [bench.baresip(port=server.port, user=user) for user in names[args.rounds:]]
        for peer in peers:
            peer.start()
        server.wait_bindings({user: 1 for user in names}, within_s=10)
        time.sleep(SETTLE_S)
        rows(figure, 'registered', [d.process.pid for d in ours],
             [p.process.pid for p in peers])
        for daemon in ours:
            load(daemon.http, daemon.login(), 1)
        rows(figure, 'registered, after HTTP load', [d.process.pid for d in ours], None)
        # The daemon's un-REGISTER is part of its stop; baresip is killed.
    version = subprocess.run(['dpkg-query', '-W', '-f', '${Version}', 'baresip-core'],
                             stdout=subprocess.PIPE).stdout.decode()
    figure.note('baresip %s' % (version or 'of unknown version'))
    figure.save()


if __name__ == '__main__':
    main()

#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
"""From exec to the first REGISTER at a mock registrar, beside baresip.

The clock starts just before posix_spawn and stops at the kernel's receive time of the datagram.
Both are configured, by UDP with a numeric server, warm (files in the page cache), and alternate
A B B A. Each is stopped by SIGTERM and says goodbye before the next start."""

import argparse
import os
import time

import common
from harness.portero import binary

WARM_UPS = 3


def spawn(arguments, log_path):
    """On the server's core, without a shell in between. Returns (pid, time just before in ns)."""
    actions = [(os.POSIX_SPAWN_OPEN, 0, '/dev/null', os.O_RDONLY, 0),
               (os.POSIX_SPAWN_OPEN, 1, log_path, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600),
               (os.POSIX_SPAWN_DUP2, 1, 2)]
    common.pin_self(common.SERVER_CORE)
    try:
        before = time.clock_gettime_ns(time.CLOCK_REALTIME)
        return os.posix_spawn(arguments[0], arguments, os.environ, file_actions=actions), before
    finally:
        common.pin_self()


def start_ms(registrar, arguments, log_path):
    pid, before = spawn(arguments, log_path)
    try:
        return (registrar.wait_binding(before) - before) / 1e6
    finally:
        time.sleep(0.05)  # let it take our 200
        common.terminate(pid)


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument('--rounds', type=int, default=50)
    args = parser.parse_args()
    common.need('baresip')
    common.pin_self()
    figure = common.Figure('start_register', __doc__.splitlines()[0])
    with common.Bench() as bench:
        registrar = bench.own(common.UdpRegistrar())
        daemon = bench.portero()
        daemon.set_sip(common.account(registrar.port))
        daemon.wait_status('OK')
        daemon.stop()
        sides = {'ours': [binary()] + daemon.arguments,
                 'baresip': bench.baresip(port=registrar.port).arguments}
        runs = {name: [] for name in sides}
        for name in common.abba(WARM_UPS, *sides):
            start_ms(registrar, sides[name], bench.path('out'))
        for name in common.abba(args.rounds, *sides):
            runs[name].append(start_ms(registrar, sides[name], bench.path('out')))
        ours, peer = common.median(runs['ours']), common.median(runs['baresip'])
        figure.row('exec -> first REGISTER', 'ms', runs['ours'], runs['baresip'], 'baresip',
                   '< baresip, <= 12 ms', ours < peer and ours <= 12)
    figure.save()


if __name__ == '__main__':
    main()

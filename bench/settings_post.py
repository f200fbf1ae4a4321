#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
"""From a settings POST to the new REGISTER at a mock registrar (same server, UDP).

The clock starts just before the request is sent and stops at the kernel's receive time of the
REGISTER. The settings are on disk before that, so what the disk takes is measured beside it: 4 KiB
written in place and one fdatasync, on the same file system, alternating with the POSTs (in place,
so that no new length has to be stored: the least that a commit costs). No other program does
this: our figure stands alone."""

import argparse
import http.client
import json
import os
import time

import common


BLOCK = 4096
BLOCKS = 16


def open_filled(path):
    fd = os.open(path, os.O_RDWR | os.O_CREAT, 0o600)
    os.write(fd, b'x' * BLOCK * BLOCKS)
    os.fsync(fd)
    return fd


def fdatasync_ms(fd, number):
    before = time.perf_counter()
    os.pwrite(fd, b'%d' % number * 512, number % BLOCKS * BLOCK)
    os.fdatasync(fd)
    return (time.perf_counter() - before) * 1000


def post_ms(connection, daemon, registrar, account):
    """(REGISTER arrives, the answer is here) after the request was sent."""
    body = json.dumps(account)
    before = time.clock_gettime_ns(time.CLOCK_REALTIME)
    connection.request('POST', '/api/v1/device/sip/settings', body,
                       {'Authorization': 'Bearer ' + daemon.token})
    answer = connection.getresponse()
    answer.read()
    answered = time.clock_gettime_ns(time.CLOCK_REALTIME)
    assert answer.status == 200, answer.status
    return (registrar.wait_binding(before) - before) / 1e6, (answered - before) / 1e6


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument('--rounds', type=int, default=100)
    args = parser.parse_args()
    common.pin_self()
    figure = common.Figure('settings_post', __doc__.splitlines()[0])
    registers, answers, syncs = [], [], []
    with common.Bench() as bench:
        registrar = bench.own(common.UdpRegistrar())
        daemon = bench.portero()
        daemon.set_sip(common.account(registrar.port))
        daemon.wait_status('OK')
        connection = http.client.HTTPConnection(*daemon.http, timeout=10)
        fd = open_filled(bench.path('sync'))
        for number in range(args.rounds + 3):
            account = common.account(registrar.port, interval_s=600 + number % 2)
            register, answer = post_ms(connection, daemon, registrar, account)
            time.sleep(0.05)  # the 200 to the REGISTER is taken
            sync = fdatasync_ms(fd, number)
            if number >= 3:
                registers.append(register)
                answers.append(answer)
                syncs.append(sync)
        os.close(fd)
        connection.close()
    left = [r - s for r, s in zip(registers, syncs)]
    figure.row('settings POST -> new REGISTER', 'ms', registers)
    figure.row('  of it one fdatasync, measured beside', 'ms', syncs)
    figure.row('  without it', 'ms', left, target='<= 2 ms', is_met=common.median(left) <= 2)
    figure.row('settings POST -> its 200', 'ms', answers)
    figure.save()


if __name__ == '__main__':
    main()

# SPDX-License-Identifier: MIT
"""Calls by the hundred, with SIPp at the other end: nothing grows, nothing gets stuck."""

import os
import time

from harness import check, check_equal, slow, wait_for
from harness.calls import accept_from, end_of, hang_up, now, start, wait_state

CALLS, WARM = 500, 50
GROWTH_KB = 600     # of 500 calls: when each keeps a bit more than 1 kB, it is seen
LATE_S = 33         # for so long late answers are waited for, and take memory


def panel(t, **options):
    daemon = t.portero(**options)
    daemon.must_post('/device/sip/enable', {'sip_enable': True})
    accept_from(daemon, '127.0.0.0/8')
    return daemon


class Usage:
    """What a process holds. Memory is its own, without what is only mapped (files, libraries)."""

    def __init__(self, daemon):
        with open('/proc/%d/status' % daemon.process.pid) as f:
            lines = dict(line.split(':', 1) for line in f)
        self.anonymous_kb = int(lines['RssAnon'].split()[0])
        self.threads = int(lines['Threads'])
        self.descriptors = len(os.listdir('/proc/%d/fd' % daemon.process.pid))

    def __repr__(self):
        return '%d kB, %d threads, %d descriptors' % (self.anonymous_kb, self.threads, self.descriptors)


def check_flat(daemon, warm, before):
    """warm: after some calls. before: after many; now there were as many again."""
    after = settled(daemon)
    check_equal((after.threads, after.descriptors), (warm.threads, warm.descriptors), 'used by calls')
    grown_kb = after.anonymous_kb - before.anonymous_kb
    if not daemon.test.sanitized:
        check(grown_kb < GROWTH_KB, 'memory has grown by %d kB' % grown_kb, warm, before, after)


def settled(daemon):
    """Usage, once no call runs and its sockets are gone."""
    seen = []

    def is_same():
        seen.append(repr(Usage(daemon)).partition(',')[2])
        return len(seen) > 3 and len(set(seen[-3:])) == 1
    wait_for(is_same, 5, 'rest', 0.1)
    return Usage(daemon)


def call_out(daemon, phone):
    start(daemon, 'sip:phone@127.0.0.1:%d' % phone.port)
    deadline = time.monotonic() + daemon.test.seconds(5)
    while True:
        state = now(daemon)
        if state['state'] == 'ended':
            break
        check(time.monotonic() < deadline, 'the call does not end', state, daemon.log_tail())
        time.sleep(0.01)
    check_equal(state['end'], 'hung up there', state)


@slow(75)
def test_500_calls_out(t):
    daemon = panel(t)
    phone = t.sipp('answer-and-hang-up', None, calls=WARM + 2 * CALLS, keep_log=False, limit_s=110)
    usages = []
    for n in (WARM, CALLS, CALLS):
        for _ in range(n):
            call_out(daemon, phone)
        usages.append(settled(daemon))
        if len(usages) == 2:
            time.sleep(LATE_S)
    phone.wait(10)
    check_flat(daemon, *usages[:2])


@slow(70)
def test_500_calls_in(t):
    """One after the other: the panel has one at a time."""
    daemon = panel(t)
    daemon.must_post('/device/call/auto_answer', {'is_enabled': True})
    usages = []
    for n in (WARM, CALLS, CALLS):
        t.sipp('call-and-hang-up', daemon.sip, calls=n, at_once=1, rate=50, keep_log=False).wait(50)
        usages.append(settled(daemon))
        if len(usages) == 2:
            time.sleep(LATE_S)
    check_flat(daemon, *usages[:2])
    check_equal(now(daemon)['id'], WARM + 2 * CALLS, 'calls')
    check_equal(end_of(daemon)['end'], 'hung up there', 'end')


def test_cancel_crosses_the_answer_as_sipp_sees_it(t):
    daemon = panel(t)
    phone = t.sipp('cancel-crosses-answer', None, calls=5)
    for _ in range(5):
        start(daemon, 'sip:phone@127.0.0.1:%d' % phone.port)
        wait_state(daemon, 'ringing')
        hang_up(daemon)
        check_equal(end_of(daemon)['end'], 'cancelled', 'end')
    phone.wait(15)

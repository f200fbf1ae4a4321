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


def calls_by_the_hundred(daemon, call):
    """call(n) makes n calls. After some calls and after many the panel uses the same. How much memory
    late answers take depends on how fast the calls were; so what has grown may have its reason, but does
    not grow again."""
    call(WARM)
    idle = settled(daemon)
    call(CALLS)
    usages = [settled(daemon, idle)]
    for _ in range(3):
        time.sleep(LATE_S)
        call(CALLS)
        usages.append(settled(daemon, idle))
        if daemon.test.sanitized or usages[-1].anonymous_kb - usages[-2].anonymous_kb < GROWTH_KB:
            return (len(usages) * CALLS) + WARM
    check(False, 'memory grows', usages)


def settled(daemon, idle=None):
    """Usage, once no call runs and its sockets are gone: as when it was idle, if that is known."""
    seen = []

    def is_same():
        seen.append(Usage(daemon))
        now = [(u.threads, u.descriptors) for u in seen[-3:] + ([idle] if idle else [])]
        return len(seen) >= 3 and len(set(now)) == 1
    wait_for(is_same, 10, lambda: 'rest: %s, %s' % (seen[-3:], idle), 0.1)
    return seen[-1]


def call_out(daemon, phone):
    start(daemon, 'sip:phone@127.0.0.1:%d' % phone.port)
    over = wait_for(lambda: now(daemon)['state'] == 'ended' and now(daemon), 10,
                    lambda: 'the call does not end: %r\n%s' % (now(daemon), daemon.log_tail()), 0.01)
    check_equal(over['end'], 'hung up there', over)


@slow(75)
def test_500_calls_out(t):
    daemon = panel(t)

    def call(n):
        phone = t.sipp('answer-and-hang-up', None, calls=n, keep_log=False, limit_s=200)
        for _ in range(n):
            call_out(daemon, phone)
        phone.wait(10)
    calls_by_the_hundred(daemon, call)


@slow(70)
def test_500_calls_in(t):
    """One after the other: the panel has one at a time."""
    daemon = panel(t)
    daemon.must_post('/device/call/auto_answer', {'is_enabled': True})

    def call(n):
        t.sipp('call-and-hang-up', daemon.sip, calls=n, at_once=1, rate=50, keep_log=False,
               limit_s=200).wait(210)
    check_equal(calls_by_the_hundred(daemon, call), now(daemon)['id'], 'calls')
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

# SPDX-License-Identifier: MIT
"""The clock on the wall is wrong, or is set: by libfaketime, which shows the daemon another one.
(The kernel's own word that the clock was set is for the unit tests.)"""

import glob
import os
import time

from harness import Skip, cases, check, slow, wait_for

HOUR = 3600


class Clock:
    """The daemon's wall clock: ours plus so many seconds. Its monotonic clock is the true one."""

    def __init__(self, t):
        found = glob.glob('/usr/lib/*/faketime/libfaketimeMT.so.1')
        if not found:
            raise Skip('libfaketime is not installed (tools/packages test)')
        if t.sanitized:
            raise Skip('libfaketime and the sanitizers do not go together')
        self.path = t.path('clock')
        self.set(0)
        self.environ = {
            'LD_PRELOAD': found[0], 'FAKETIME_TIMESTAMP_FILE': self.path, 'FAKETIME_NO_CACHE': '1',
            'DONT_FAKE_MONOTONIC': '1', 'FAKETIME_DONT_FAKE_MONOTONIC': '1'}

    def set(self, offset_s):
        self.offset_s = offset_s
        with open(self.path + '.new', 'w') as f:
            f.write('%+d\n' % offset_s)
        os.rename(self.path + '.new', self.path)

    def now(self):
        return time.time() + self.offset_s


@slow(15)
def test_clock_before_the_release(t):
    """No certificate can be checked: said so; registered soon after the clock is right."""
    clock, server = Clock(t), t.kamailio()
    clock.set(-20 * 365 * 24 * HOUR)
    daemon = t.portero(sip_ca=server.ca, environ=clock.environ)
    daemon.set_sip(server.account('tls'))
    detail = daemon.wait_status('ERROR', within_s=3, reason='clock is not set yet')['detail']
    check(abs(detail['next_attempt_at'] - clock.now()) <= 12, 'the next attempt', detail)
    time.sleep(1)
    check(not server.registers(), 'REGISTERs', server.registers())
    clock.set(0)
    daemon.wait_status('OK', within_s=13)
    server.wait_bindings({'101': 1})


@cases(('udp', 'udp'), ('tcp', 'tcp'))
def test_clock_does_not_matter_without_tls(t, transport):
    clock, mock = Clock(t), t.registrar()
    clock.set(-20 * 365 * 24 * HOUR)
    daemon = t.portero(environ=clock.environ)
    daemon.set_sip(mock.account(transport))
    daemon.wait_status('OK', within_s=3)


@slow(40)
@cases(('back', -7 * HOUR, 'udp'), ('ahead', 9 * HOUR, 'udp'), ('to_2001', -25 * 365 * 24 * HOUR,
                                                               'tcp'))
def test_steps_disturb_no_refresh(t, step_s, transport):
    """Granted 12 s: refreshed after 7 s each, wherever the clock goes in between; and the times
    in the status are by the clock that is on the wall then."""
    clock, mock = Clock(t), t.registrar(granted_s=12)
    daemon = t.portero(environ=clock.environ)
    daemon.set_sip(mock.account(transport, registration_interval=30))
    daemon.wait_status('OK', within_s=3)
    for count, offset_s in ((3, step_s), (4, 0), (5, -step_s)):
        time.sleep(1)
        clock.set(offset_s)
        detail = daemon.status()['detail']
        for key, low, high in (('expires_at', 3, 13), ('next_attempt_at', -3, 8)):
            left_s = detail[key] - clock.now()
            check(low <= left_s <= t.seconds(high), '%s in %.1f s' % (key, left_s), detail)
        mock.wait_requests(count, t.seconds(10))
        gap_s = mock.requests[-1].time - mock.requests[-2].time
        check(6 <= gap_s <= t.at_most(9), 'the refresh came after %.1f s' % gap_s)
    wait_for(lambda: daemon.status()['sip_status'] == 'OK', 2, 'status OK')
    check('sip_registration_lost' not in daemon.log(), 'lost in between', daemon.log_tail())


@slow(9)
def test_step_during_a_pause(t):
    """Between two attempts the clock jumps: the next one comes when it should."""
    clock = Clock(t)
    mock = t.registrar(lambda r, q: r.reply(q, 503, headers=[('Retry-After', '5')]))
    daemon = t.portero(environ=clock.environ)
    daemon.set_sip(mock.account())
    daemon.wait_status('ERROR', within_s=3, reason='503')
    clock.set(-5 * HOUR)
    mock.script = type(mock).well_behaved
    first, second = mock.wait_requests(2, t.seconds(9))
    gap_s = second.time - first.time
    check(4.8 <= gap_s <= t.at_most(7), 'came again after %.1f s' % gap_s)
    daemon.wait_status('OK', within_s=2)

# SPDX-License-Identifier: MIT
"""kill -9 at random moments of 200 changes: what was acknowledged is there, nothing is torn."""

import http.client
import random
import threading
import time

from harness import check, check_equal, slow, wait_for

CHANGES = 200


def account(mock, i):
    """Every member tells i, so that a mix of two changes shows."""
    return mock.account(user='u%04d' % i, user_id='i%04d' % i, password='pw-%06d' % i,
                        realm='r%04d.example.com' % i,
                        stun={'ip': '127.0.0.1', 'port': 10000 + i},
                        registration_interval=60 + i % 800)


def number_in(settings):
    """Which change these settings are; fails if they are of two."""
    i = int(settings['user'][1:])
    numbers = {i, int(settings['user_id'][1:]), int(settings['realm'][1:5]),
               settings['stun']['port'] - 10000}
    check(len(numbers) == 1 and settings['registration_interval'] == 60 + i % 800,
          'torn: %s' % settings)
    return i


class Writer(threading.Thread):
    """Posts one change after the other until the connection breaks."""

    def __init__(self, daemon, mock, first):
        super().__init__(daemon=True)
        self.portero, self.mock = daemon, mock
        self.first = first
        self.acknowledged = first - 1
        self.tried = first - 1
        self.error = None

    def run(self):
        try:
            while self.tried < CHANGES:
                self.tried += 1
                answer = self.portero.api('POST', '/device/sip/settings',
                                          account(self.mock, self.tried))
                check_equal(answer.status, 200, 'change %d: %r' % (self.tried, answer))
                self.acknowledged = self.tried
        except (OSError, http.client.HTTPException):
            pass
        except Exception as error:
            self.error = error


def kill_soon(daemon, writer, changes):
    """After so many changes, somewhere in the next: by their number, so that a slow machine makes as
    much headway as a fast one between two kills."""
    wait_for(lambda: not writer.is_alive() or writer.acknowledged - writer.first >= changes - 1, 30,
             lambda: '%d changes' % changes, 0.0005)
    time.sleep(random.uniform(0, 0.01))
    daemon.kill9()


@slow(25)
def test_kill_9_in_200_changes(t):
    dice = random.Random()
    passwords = {'i%04d' % i: 'pw-%06d' % i for i in range(CHANGES + 1)}
    mock = t.registrar(passwords=passwords)
    daemon = t.portero()
    daemon.set_sip(account(mock, 0))
    last, kills = 0, 0
    while last < CHANGES:
        daemon.login()
        writer = Writer(daemon, mock, last + 1)
        writer.start()
        kill_soon(daemon, writer, dice.randrange(12))
        kills += 1
        writer.join(20)
        if writer.error:
            raise writer.error
        daemon.start()
        last = number_in(daemon.get_sip())
        check(writer.acknowledged <= last <= writer.tried,
              'change %d was acknowledged, %d tried, %d is there' % (
                  writer.acknowledged, writer.tried, last))
    check(kills >= 5, 'only %d kills' % kills)
    # The sealed password is of the same change: only then does the server take it.
    daemon.wait_status('OK', within_s=10)
    check_equal(daemon.api('GET', '/device/sip/enable').json, {'sip_enable': True}, 'enable')


def test_password_is_of_the_same_change_after_each_kill(t):
    passwords = {'i%04d' % i: 'pw-%06d' % i for i in range(CHANGES + 1)}
    mock = t.registrar(passwords=passwords)
    daemon = t.portero()
    daemon.set_sip(account(mock, 0))
    last = 0
    for _ in range(6):
        daemon.login()
        writer = Writer(daemon, mock, last + 1)
        writer.start()
        kill_soon(daemon, writer, random.randrange(1, 9))
        writer.join(20)
        daemon.start()
        last = number_in(daemon.get_sip())
        daemon.wait_status('OK', within_s=10)
        if last >= CHANGES:
            break

# SPDX-License-Identifier: MIT
"""A damaged store: kept aside untouched, the last good backup runs, else safe mode. Never an
exit, never a silent fresh start."""

import os
import random

from harness import cases, check, check_equal, wait_for

STORE, BACKUP, KEY = 'portero.db', 'portero.db.bak', 'portero.key'


def garbage(path):
    with open(path, 'wb') as f:
        f.write(random.Random(3).randbytes(20000))


def truncate(path):
    os.truncate(path, os.path.getsize(path) // 2 + 100)


def zero_first_page(path):
    with open(path, 'r+b') as f:
        f.write(b'\0' * 4096)


def flip_in_the_middle(path):
    size = os.path.getsize(path)
    with open(path, 'r+b') as f:
        for at in range(4096, size, 512):
            f.seek(at)
            f.write(b'\xa5' * 64)


def make_empty(path):
    os.truncate(path, 0)


DAMAGES = {f.__name__: f for f in (garbage, truncate, zero_first_page, flip_in_the_middle,
                                   make_empty)}


def content_of(path):
    try:
        with open(path, 'rb') as f:
            return f.read()
    except FileNotFoundError:
        return b''


def configured(t, **options):
    """A daemon with settings and a backup of them, stopped."""
    mock = t.registrar()
    daemon = t.portero(**options)
    daemon.set_sip(mock.account())
    daemon.wait_status('OK', within_s=10)
    wait_for(lambda: b'pbx.example.com' in content_of(os.path.join(daemon.state, BACKUP)),
             t.seconds(10), 'a backup of them')   # there may be one from before
    daemon.stop()
    return mock, daemon


def kept(daemon, content):
    """The store, or the file kept aside, that has exactly this content."""
    for name in sorted(os.listdir(daemon.state)):
        if not name.startswith(STORE):
            continue
        with open(os.path.join(daemon.state, name), 'rb') as f:
            if f.read() == content:
                return name
    return None


def damage(daemon, how):
    path = os.path.join(daemon.state, STORE)
    DAMAGES[how](path)
    with open(path, 'rb') as f:
        return f.read()


@cases(*[(name, name) for name in DAMAGES])
def test_with_a_backup(t, how):
    mock, daemon = configured(t)
    content = damage(daemon, how)
    daemon.start()
    check(kept(daemon, content), 'the damaged file is gone: %s' % os.listdir(daemon.state))
    settings = daemon.get_sip()   # by the old password: it is in the backup
    check_equal(settings['user'], '101', 'settings of the backup')
    daemon.wait_status('OK', within_s=10)
    check(STORE in daemon.log() and 'damaged' in daemon.log(), 'the log does not say',
          daemon.log_tail())
    daemon.set_sip(mock.account(registration_interval=77))
    daemon.stop()
    daemon.start()
    check_equal(daemon.get_sip()['registration_interval'], 77, 'stored after the damage')
    check(kept(daemon, content), 'the damaged file is gone after a change')


@cases(*[(name, name) for name in DAMAGES])
def test_without_a_backup(t, how):
    _, daemon = configured(t)
    os.unlink(os.path.join(daemon.state, BACKUP))
    content = damage(daemon, how)
    daemon.start()
    check(kept(daemon, content) == STORE, 'the damaged file was touched: %s' %
          os.listdir(daemon.state))
    check(STORE in daemon.log(), 'the log does not say', daemon.log_tail())
    check_equal(daemon.request('GET', '/').status, 200, 'the page')
    check_equal(daemon.request('GET', '/api/info').status, 200, '/api/info')
    answer = daemon.request('GET', '/api/v1/device/sip/settings')
    check_equal((answer.status, answer.json), (401, {'error': 'Log In'}), 'settings')
    status = daemon.request('GET', '/api/v1/sip/status').json['sip_status']
    check(status in ('OFFLINE', 'ERROR'), 'sip_status ' + status)
    daemon.stop()
    check(kept(daemon, content) == STORE, 'the damaged file was touched at the end')


def test_safe_mode_refuses_changes(t):
    mock, daemon = configured(t)
    os.unlink(os.path.join(daemon.state, BACKUP))
    content = damage(daemon, 'garbage')
    daemon.start()
    try:
        token = daemon.login()
    except AssertionError:
        return   # no way in without the lost hash is a safe answer too
    answer = daemon.api('POST', '/device/sip/settings', mock.account(), token=token)
    check(answer.status in (500, 503, 507), 'a change in safe mode: %r' % answer)
    check(kept(daemon, content) == STORE, 'the damaged file was touched')


@cases(('garbage', garbage), ('empty', make_empty), ('gone', os.unlink))
def test_key_is_lost(t, how):
    """The SIP password cannot be opened: the rest of the settings is there, and it is said."""
    mock, daemon = configured(t)
    how(os.path.join(daemon.state, KEY))
    daemon.start()
    check_equal(daemon.get_sip()['user'], '101', 'settings')
    daemon.wait_status('ERROR', within_s=10, reason='password')
    check(KEY in daemon.log() or 'password' in daemon.log(), 'the log does not say',
          daemon.log_tail())
    daemon.set_sip(mock.account())
    daemon.wait_status('OK', within_s=10)
    daemon.stop()
    daemon.start()
    daemon.wait_status('OK', within_s=10)


def test_backup_is_damaged_too(t):
    _, daemon = configured(t)
    garbage(os.path.join(daemon.state, BACKUP))
    content = damage(daemon, 'garbage')
    daemon.start()
    check(kept(daemon, content), 'the damaged file is gone')
    check_equal(daemon.request('GET', '/').status, 200, 'the page')


def test_leftovers_of_a_crash(t):
    _, daemon = configured(t)
    for name in ('portero.db.bak.new', 'portero.db.new'):
        garbage(os.path.join(daemon.state, name))
    daemon.start()
    check_equal(daemon.get_sip()['user'], '101', 'settings')

# SPDX-License-Identifier: MIT
"""No room on the disk: a change is refused and the old settings go on."""

import os
import resource
import signal
import subprocess

from harness import Skip, cases, check, check_equal


def account(mock, i):
    return mock.account(user='u%04d' % i, user_id='101', registration_interval=60 + i % 800)


class SmallDisk:
    """A tmpfs of 1 MB; only root can have one."""

    def __init__(self, t):
        if os.geteuid() != 0:
            raise Skip('needs root for a tmpfs')
        self.path = t.new_dir('small-disk')
        done = subprocess.run(['mount', '-t', 'tmpfs', '-o', 'size=1m,mode=0700', 'none',
                               self.path], stdout=subprocess.PIPE, stderr=subprocess.STDOUT)
        if done.returncode:
            raise Skip('cannot mount a tmpfs: ' + done.stdout.decode().strip())
        t.own(self)
        self.filler = os.path.join(self.path, 'filler')

    def fill(self, daemon):
        with open(self.filler, 'ab', buffering=0) as f:
            for size in (65536, 4096, 1):
                try:
                    while True:
                        f.write(b'x' * size)
                except OSError:
                    pass

    def free(self, daemon):
        os.unlink(self.filler)

    def finish(self, passed):
        subprocess.run(['umount', self.path], check=True)


class SmallFiles:
    """No file may grow: for everyone, where nobody may mount."""

    def __init__(self, t):
        self.path = t.new_dir('state')

    def fill(self, daemon):
        biggest = max(os.path.getsize(os.path.join(self.path, name))
                      for name in os.listdir(self.path))
        resource.prlimit(daemon.process.pid, resource.RLIMIT_FSIZE,
                         (biggest, resource.RLIM_INFINITY))

    def free(self, daemon):
        resource.prlimit(daemon.process.pid, resource.RLIMIT_FSIZE,
                         (resource.RLIM_INFINITY, resource.RLIM_INFINITY))


@cases(('disk', SmallDisk), ('file_size', SmallFiles))
def test_full(t, make):
    mock = t.registrar()
    disk = make(t)
    # A shell that ignores SIGXFSZ hands that on: then the write fails, as on a full disk.
    daemon = t.portero(state=disk.path,
                       before_exec=lambda: signal.signal(signal.SIGXFSZ, signal.SIG_IGN))
    daemon.set_sip(account(mock, 0))
    daemon.wait_status('OK', within_s=10)
    disk.fill(daemon)

    refused, last = None, 0
    for i in range(1, 600):  # the log file may still have room of its own
        answer = daemon.api('POST', '/device/sip/settings', account(mock, i))
        if answer.status != 200:
            refused = answer
            break
        last = i
    check(refused is not None, '599 changes fitted on a full disk')
    check(refused.status in (500, 503, 507), 'refused with %r' % refused)
    check(type(refused.json.get('error')) is str, 'no `error`: %r' % refused)
    check_equal(daemon.get_sip()['user'], 'u%04d' % last, 'the running settings')
    daemon.wait_status('OK', within_s=10)
    answer = daemon.api('POST', '/device/sip/enable', {'sip_enable': False})
    if answer.status != 200:
        check_equal(daemon.api('GET', '/device/sip/enable').json, {'sip_enable': True}, 'enable')

    daemon.kill9()
    if make is SmallDisk:
        daemon.start()   # still full
        check_equal(daemon.get_sip()['user'], 'u%04d' % last, 'after a start on a full disk')
        disk.free(daemon)
    else:
        daemon.start()
        check_equal(daemon.get_sip()['user'], 'u%04d' % last, 'after a start')
    daemon.enable_sip(True)
    daemon.set_sip(account(mock, 700))
    check_equal(daemon.get_sip()['user'], 'u0700', 'with room again')
    daemon.wait_status('OK', within_s=10)


def test_room_again_without_a_restart(t):
    mock = t.registrar()
    disk = SmallFiles(t)
    daemon = t.portero(state=disk.path,
                       before_exec=lambda: signal.signal(signal.SIGXFSZ, signal.SIG_IGN))
    daemon.set_sip(account(mock, 0))
    disk.fill(daemon)
    statuses = [daemon.api('POST', '/device/sip/settings', account(mock, i)).status
                for i in range(1, 200)]
    check(statuses[-1] != 200, 'never full')
    disk.free(daemon)
    daemon.set_sip(account(mock, 500))
    daemon.stop()
    daemon.start()
    check_equal(daemon.get_sip()['user'], 'u0500', 'stored')

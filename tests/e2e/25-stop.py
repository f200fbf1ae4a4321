# SPDX-License-Identifier: MIT
"""SIGTERM while something is being done on a worker thread."""

import hashlib
import http.client
import json
import os
import signal
import socket
import subprocess
import threading
import time

from harness import check, check_equal, slack_s
from harness.netns import files_of_its_own, start_with_files
from harness.portero import binary, die_with_parent, environment

NEW_PASSWORD = 'e2e-Admin-8'


def test_while_a_look_up_hangs(t):
    """The system's name server swallows all questions: getaddrinfo is stuck for minutes."""
    network = t.namespace()
    path = t.path('resolv.conf')
    with open(path, 'w') as f:
        f.write('nameserver 127.0.0.1\noptions timeout:30 attempts:5\n')
    with network.enter():
        server = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
        server.bind(('127.0.0.1', 53))
    daemon = start_with_files(t, network, {'/etc/resolv.conf': path}, sip=None)
    account = {'proxy': 'sip:hangs.portero.test:5060', 'realm': 'hangs.portero.test',
               'user': '101', 'password': 'pw-One-4711', 'transport': 'udp',
               'stun': {'ip': '127.0.0.1', 'port': 3478}}
    daemon.set_sip(account)
    server.settimeout(t.seconds(15))
    check(b'\x05hangs' in server.recv(512), 'another question')
    # A second look-up waits behind the one that hangs.
    answer = daemon.api('POST', '/sip/accounts/2/settings',
                        dict(account, proxy='sip:waits.portero.test:5060'), base='/api/portero/v1')
    check_equal(answer.status, 200, 'the second account: %r' % answer)
    daemon.stop(within_s=3)
    server.close()


def test_a_check_whose_look_up_hangs(t):
    """portero check without a panel, given up with Ctrl-C while getaddrinfo is stuck."""
    network = t.namespace()
    path = t.path('resolv.conf')
    with open(path, 'w') as f:
        f.write('nameserver 127.0.0.1\noptions timeout:30 attempts:5\n')
    daemon = t.portero()
    daemon.enable_sip(False)
    daemon.set_sip({'proxy': 'sip:hangs.portero.test:5060', 'realm': 'hangs.portero.test',
                    'user': '101', 'password': 'pw-One-4711', 'transport': 'udp',
                    'stun': {'ip': '127.0.0.1', 'port': 3478}})
    daemon.stop()
    mount = files_of_its_own({'/etc/resolv.conf': path})
    with network.enter():
        server = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
        server.bind(('127.0.0.1', 53))
        looking = subprocess.Popen([binary(), 'check', '--state', daemon.state],
                                   stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL,
                                   stderr=subprocess.DEVNULL, env=environment(),
                                   preexec_fn=lambda: (die_with_parent(), mount()))
    try:
        server.settimeout(t.seconds(15))
        check(b'\x05hangs' in server.recv(512), 'another question')
        looking.send_signal(signal.SIGINT)
        check_equal(looking.wait(t.at_most(3)), 1, 'exit code')
    finally:
        looking.kill()
        looking.wait()
        server.close()


class Change(threading.Thread):
    """POST of another admin password; status 0: no answer."""

    def __init__(self, daemon, token, passwords):
        super().__init__(daemon=True)
        self.address, self.token, self.passwords = daemon.http, token, passwords
        self.status = 0
        self.start()

    def run(self):
        connection = http.client.HTTPConnection(*self.address, timeout=20)
        try:
            connection.request('POST', '/api/v1/security/password/admin',
                               json.dumps(dict(zip(('old_password', 'new_password'),
                                                   self.passwords))),
                               {'Authorization': 'Bearer ' + self.token})
            self.status = connection.getresponse().status
        except (OSError, http.client.HTTPException):
            pass
        finally:
            connection.close()


def find_thread(daemon, name):
    folder = '/proc/%d/task' % daemon.process.pid
    for task in os.listdir(folder):
        with open('%s/%s/comm' % (folder, task)) as f:
            if f.read().strip() == name:
                return '%s/%s/schedstat' % (folder, task)
    return None


def worked_ns(path):
    """How long that thread has been at work in its life."""
    with open(path) as f:
        return int(f.read().split()[0])


def wait_working(path, before_ns, within_s):
    """Until that thread has begun to work; no pause between two looks, as it takes only some 20 ms."""
    deadline = time.monotonic() + within_s + slack_s()
    while worked_ns(path) == before_ns:
        check(time.monotonic() < deadline, 'the thread never runs')


def test_while_a_password_is_changed(t):
    """While argon2id runs: a clean end, and afterwards one of the two passwords is right."""
    daemon = t.portero()
    old, new = daemon.password, NEW_PASSWORD
    interrupted = rounds = 0
    while rounds < 6 or not interrupted:
        check(rounds < 40, 'the change was never interrupted')
        token = daemon.login(old)   # from now on the old one is known: one argon2id is left
        stat = find_thread(daemon, 'auth')
        before_ns = worked_ns(stat)
        change = Change(daemon, token, (old, new))
        wait_working(stat, before_ns, t.seconds(10))
        time.sleep(0.004 * (rounds % 6))
        rounds += 1
        daemon.stop()
        change.join(t.seconds(20))
        check(change.status in (0, 200, 503), 'the answer: %d' % change.status)
        daemon.start()
        statuses = [log_in(daemon, password) for password in (old, new)]
        check_equal(sorted(statuses), [200, 400], 'who may log in afterwards')
        if change.status == 200:
            check_equal(statuses, [400, 200], 'what was told as done')
        else:
            interrupted += 1
        if statuses[1] == 200:
            old, new = new, old


def log_in(daemon, password):
    digest = hashlib.md5(password.encode()).hexdigest()
    return daemon.request('GET', '/api/v1/login?username=admin&password=' + digest).status

# SPDX-License-Identifier: MIT
"""SIPp: messages in the order a scenario says, for races and odd peers. Scenarios stand in
tests/data/sipp/NAME.xml."""

import os
import shutil
import subprocess

from . import DATA, Failure, check, free_port, slack_s, wait_for
from .portero import die_with_parent


class Sipp:
    """target: (host, port) to send to, or None for a scenario that waits. keys: -key NAME VALUE.
    at_once: calls that may run beside each other. rate: calls a second to begin with."""

    def __init__(self, test, scenario, target, calls=1, keys=None, address='127.0.0.1', port=None,
                 rate=10, transport='u1', extra=(), at_once=None, keep_log=True, limit_s=60):
        check(shutil.which('sipp'), 'sipp is not installed (tools/packages test)')
        self.test = test
        self.dir = test.new_dir('sipp')
        self.port = port or free_port(address)
        self.log_path = os.path.join(self.dir, 'log')
        scenario = os.path.join(DATA, 'sipp', scenario + '.xml')
        check(os.path.exists(scenario), 'no scenario ' + scenario)
        self.command = ['sipp', '-sf', scenario, '-i', address, '-p', str(self.port), '-m', str(calls),
                        '-r', str(rate), '-l', str(at_once or max(calls, 1)), '-t', transport, '-nostdin',
                        '-trace_err', '-error_file', os.path.join(self.dir, 'errors'),
                        '-timeout_error', '-timeout', str(limit_s), '-mp', str(free_port(address))]
        if keep_log:
            self.command += ['-trace_msg', '-message_file', os.path.join(self.dir, 'messages')]
        for name, value in (keys or {}).items():
            self.command += ['-key', name, str(value)]
        self.command += list(extra)
        if target:
            host = '[%s]' % target[0] if ':' in target[0] else target[0]
            self.command.append('%s:%d' % (host, target[1]))
        self.process = None

    def start(self):
        with open(self.log_path, 'ab') as log:
            self.process = subprocess.Popen(self.command, stdin=subprocess.DEVNULL, stdout=log,
                                            stderr=log, cwd=self.dir, preexec_fn=die_with_parent)
        wait_for(self.is_there, 15, lambda: 'sipp at port %d\n%s' % (self.port, self.text('log')))

    def is_there(self):
        """Its port is open; or it has ended already, which wait() looks into."""
        if self.process.poll() is not None:
            return True
        with open('/proc/%d/net/udp' % self.process.pid) as f, \
                open('/proc/%d/net/udp6' % self.process.pid) as f6:
            return any(line.split()[1].endswith(':%04X' % self.port) for line in f.readlines() +
                       f6.readlines())

    def text(self, name):
        try:
            with open(os.path.join(self.dir, name), errors='replace') as f:
                return f.read()
        except OSError:
            return ''

    def messages(self):
        return self.text('messages')

    def wait(self, within_s=30):
        """Until all its calls are over, each as the scenario says."""
        try:
            code = self.process.wait(self.test.seconds(within_s) + slack_s())
        except subprocess.TimeoutExpired:
            raise Failure('sipp still runs after %d s\n%s' % (within_s, self.messages()[-4000:]))
        check(code == 0, 'sipp: exit %d' % code, self.text('errors')[-2000:], self.messages()[-4000:])

    def stop(self):
        if self.process and self.process.poll() is None:
            self.process.kill()
            self.process.wait()

    def finish(self, passed):
        if not passed:
            print('sipp:\n%s\n%s' % (self.text('errors')[-1000:], self.messages()[-3000:]))
        self.stop()

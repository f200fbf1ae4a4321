# SPDX-License-Identifier: MIT
"""Networks of the test's own: namespaces without a name, joined by veth pairs. They are gone with
the test's process, however it ends, and nothing leaves them.

    with network.enter(): whatever is started or opened here lives there."""

import contextlib
import ctypes
import os
import shutil
import subprocess
import time

from . import Failure, Skip, wait_for
from .portero import libc

CLONE_NEWNET = 0x40000000
CLONE_NEWNS, MS_BIND, MS_REC, MS_PRIVATE = 0x20000, 4096, 16384, 1 << 18
SELF = '/proc/thread-self/ns/net'


def set_namespace(fd):
    if libc.setns(fd, CLONE_NEWNET):
        raise Failure('setns failed')


class Namespace:
    def __init__(self):
        if os.geteuid() != 0:
            raise Skip('only root may make network namespaces')
        for program in ('ip', 'nft', 'conntrack'):
            if not shutil.which(program):
                raise Skip(program + ' is not installed (tools/packages test)')
        before = os.open(SELF, os.O_RDONLY | os.O_CLOEXEC)
        try:
            if libc.unshare(CLONE_NEWNET):
                raise Skip('this machine does not let us make network namespaces')
            self.fd = os.open(SELF, os.O_RDONLY | os.O_CLOEXEC)
            set_namespace(before)
        finally:
            os.close(before)
        self.run('ip link set lo up')

    def finish(self, passed):
        os.close(self.fd)

    @contextlib.contextmanager
    def enter(self):
        """For this thread, and the processes and threads it starts meanwhile."""
        before = os.open(SELF, os.O_RDONLY | os.O_CLOEXEC)
        try:
            set_namespace(self.fd)
            yield self
        finally:
            set_namespace(before)
            os.close(before)

    def run(self, command, may_fail=False, stdin=None):
        """A command without quotes; returns its output."""
        with self.enter():
            done = subprocess.run(command.split(), input=stdin, text=True, timeout=30,
                                  stdout=subprocess.PIPE, stderr=subprocess.STDOUT)
        if done.returncode and not may_fail:
            raise Failure('%s: %s' % (command, done.stdout))
        return done.stdout

    def write(self, path, text):
        with self.enter(), open(path, 'w') as f:
            f.write(text)

    def nft(self, rules):
        self.run('nft -f -', stdin=rules)

    def filter_input(self, *rules):
        """Until `nft flush ruleset`."""
        self.nft('table ip e2e {\nchain input {\ntype filter hook input priority 0;\n%s\n}\n}\n' %
                 '\n'.join(rules))


def files_of_its_own(files):
    """For before_exec of a daemon: files {path: what stands there instead}, seen by it only."""
    def mount(source, target, flags):
        if libc.mount(source, target, None, flags, None):
            raise OSError(ctypes.get_errno(), 'mount')

    def prepare():
        if libc.unshare(CLONE_NEWNS):
            raise OSError(ctypes.get_errno(), 'unshare')
        mount(None, b'/', MS_REC | MS_PRIVATE)
        for path, own in files.items():
            mount(own.encode(), path.encode(), MS_BIND)
    return prepare


def start_with_files(t, network, files, **options):
    """t.portero() in network, with files_of_its_own."""
    try:
        return t.portero(namespace=network, before_exec=files_of_its_own(files), **options)
    except Exception as error:
        if 'unshare' in str(error) or 'preexec' in str(error):
            raise Skip('this machine does not let us mount')
        raise


def join(a, a_name, b, b_name):
    """A cable from a to b. Both ends are still down and without address."""
    a.run('ip link add %s type veth peer name %s netns /proc/%d/fd/%d' % (
        a_name, b_name, os.getpid(), b.fd))


def plug(namespace, name, address):
    """address: with its prefix length."""
    namespace.run('ip address add %s dev %s' % (address, name))
    namespace.run('ip link set %s up' % name)


def settle(*namespaces):
    """The kernel tells of a link's state at most once a second: wait until it is up to date."""
    wait_for(lambda: not [1 for n in namespaces if 'state DOWN' in n.run('ip link show up')], 5,
             lambda: 'links up: ' + '\n'.join(n.run('ip link show up') for n in namespaces))
    time.sleep(1.1)

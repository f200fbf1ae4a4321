# SPDX-License-Identifier: MIT
"""The command line that scripts rely on: ready line, exit codes, one clear line for a mistake."""

import os
import re
import select
import socket
import stat
import subprocess
import time

from harness import ROOT, cases, check, check_equal, wait_for
from harness.portero import PASSWORD, Portero, binary, die_with_parent, environment, run_binary

OPTIONS = ('--config', '--state', '--http', '--sip', '--sip-ca', '--simulate',
           '--factory-password', '--exit-on-reboot', '--log-level')


def one_line(text):
    lines = text.splitlines()
    check(len(lines) == 1 and len(lines[0]) > 10, 'not one clear line: %r' % text)
    return lines[0]


def test_version_and_help(t):
    with open(os.path.join(ROOT, 'meson.build')) as f:
        version = re.search(r"version: '([^']+)'", f.read())[1]
    code, out, err = run_binary(['--version'])
    check_equal((code, err), (0, ''), 'portero --version')
    check_equal(out, 'portero %s\n' % version, 'portero --version')
    for words in (['--help'], ['run', '--help']):
        code, out, err = run_binary(words)
        check_equal((code, err), (0, ''), ' '.join(words))
        missing = [option for option in OPTIONS if option not in out]
        check(not missing, 'not in %s: %s' % (words, missing), out)


@cases(('no_command', []), ('unknown_command', ['dance']), ('unknown_option', ['run', '--loud']),
       ('option_without_value', ['run', '--state']), ('extra_word', ['run', 'again']),
       ('http_without_port', ['run', '--http', 'nonsense']),
       ('http_port_too_big', ['run', '--http', '127.0.0.1:70000']),
       ('http_name', ['run', '--http', 'localhost.example:x']),
       ('sip_port_negative', ['run', '--sip', '127.0.0.1:-1']),
       ('sip_port_text', ['run', '--sip', '127.0.0.1:12x']),
       ('log_level', ['run', '--log-level', 'shout']),
       ('empty_password', ['run', '--factory-password', '']))
def test_wrong_use_is_one_line_and_2(t, words):
    state = t.path('never-made')
    if 'run' in words:   # whatever is wrong with the rest, nobody's state or port is used
        words = ['run', '--state', state, '--http', '127.0.0.1:0', '--sip', '127.0.0.1:0'] + words[1:]
    code, out, err = run_binary(words, timeout_s=t.seconds(10))
    check_equal((code, out), (2, ''), '%s\n%s' % (words, err))
    one_line(err)
    check(not os.path.exists(state), 'made a state directory before looking at its options')


def test_missing_ca_file_is_one_line(t):
    code, out, err = run_binary(['run', '--state', t.new_dir('state'), '--http', '127.0.0.1:0',
                                 '--sip', '127.0.0.1:0', '--simulate', '--sip-ca',
                                 t.path('no-such-file')], timeout_s=t.seconds(10))
    check(code in (1, 2) and out == '', 'exit code %d, stdout %r' % (code, out))
    check('no-such-file' in one_line(err), 'does not name the file: ' + err)


@cases(('http', '--http', socket.SOCK_STREAM), ('sip_udp', '--sip', socket.SOCK_DGRAM),
       ('sip_tcp', '--sip', socket.SOCK_STREAM))
def test_port_in_use_is_one_line_and_1(t, option, kind):
    holder = socket.socket(socket.AF_INET, kind)
    holder.bind(('127.0.0.1', 0))
    if kind == socket.SOCK_STREAM:
        holder.listen(1)
    port = holder.getsockname()[1]
    words = {'--http': '127.0.0.1:0', '--sip': '127.0.0.1:0'}
    words[option] = '127.0.0.1:%d' % port
    arguments = ['run', '--simulate', '--state', t.new_dir('state'), '--factory-password', 'abcdef']
    for pair in words.items():
        arguments += pair
    code, out, err = run_binary(arguments, timeout_s=t.seconds(10))
    holder.close()
    check_equal((code, out), (1, ''), err)
    check(str(port) in one_line(err), 'does not name the port: ' + err)


def test_second_daemon_on_the_same_state_is_refused(t):
    daemon = t.portero()
    code, out, err = run_binary(daemon.arguments, timeout_s=t.seconds(10))
    check_equal((code, out), (1, ''), err)
    check(daemon.state in one_line(err), 'does not name the directory: ' + err)
    check_equal(daemon.request('GET', '/api/info').status, 200, 'the first one goes on')


def test_last_of_a_repeated_flag_counts(t):
    other = t.new_dir('other')
    daemon = t.portero(extra=['--log-level', 'error', '--log-level', 'debug', '--state', other])
    check('portero.db' in os.listdir(other), 'not in the last --state')
    check_equal(os.listdir(daemon.state), [], 'the first --state')
    check('debug' in daemon.log() or 'info' in daemon.log(), 'log level', daemon.log_tail())


def test_state_is_for_the_owner_only(t):
    daemon = t.portero(state=t.path('made-by-the-daemon'))
    daemon.login()
    check_equal(stat.S_IMODE(os.stat(daemon.state).st_mode), 0o700, 'the directory')
    names = os.listdir(daemon.state)
    check('portero.db' in names, 'no portero.db in %s' % names)
    for name in names:
        mode = os.stat(os.path.join(daemon.state, name)).st_mode
        check_equal(stat.S_IMODE(mode), 0o600, name)


def test_first_password_is_in_a_file_when_there_is_no_terminal(t):
    daemon = t.portero(password=None)
    path = os.path.join(daemon.state, 'initial-password')
    check_equal(stat.S_IMODE(os.stat(path).st_mode), 0o600, 'mode of initial-password')
    with open(path) as f:
        password = f.read().strip()
    check(len(password) >= 10, 'a short password: %r' % password)
    check(path in daemon.log(), 'its path is not in the log', daemon.log_tail())
    check(password not in daemon.log(), 'the password is in the log')
    daemon.login(password)


def test_first_password_is_on_the_terminal(t):
    master, slave = os.openpty()
    process = subprocess.Popen(
        [binary(), 'run', '--simulate', '--state', t.new_dir('state'), '--http', '127.0.0.1:0',
         '--sip', '127.0.0.1:0'], stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=slave,
        env=environment(), preexec_fn=die_with_parent)
    os.close(slave)
    try:
        check(process.stdout.readline().startswith(b'ready '), 'no ready line')
        text, deadline = '', time.monotonic() + t.at_most(3)   # the kernel brings it in pieces
        while not re.search(r'(?i)password', text) and time.monotonic() < deadline:
            if select.select([master], [], [], 0.1)[0]:
                text += os.read(master, 65536).decode()
        check(re.search(r'(?i)password', text), 'nothing about a password: %r' % text)
    finally:
        process.terminate()
        process.wait(10)
        process.stdout.close()
        os.close(master)


def test_factory_password_acts_only_while_none_is_stored(t):
    daemon = t.portero()
    daemon.login()
    daemon.stop()
    daemon.arguments[daemon.arguments.index(PASSWORD)] = 'another-9'
    daemon.start()
    daemon.login(PASSWORD)


def test_default_state_directory(t):
    home = t.new_dir('home')
    daemon = t.own(Portero(t))
    where = daemon.arguments.index('--state')
    del daemon.arguments[where:where + 2]
    os.environ.pop('STATE_DIRECTORY', None)
    os.environ['XDG_STATE_HOME'] = home
    daemon.start()
    wait_for(lambda: os.path.exists(os.path.join(home, 'portero', 'portero.db')), 2, 'the store')


def test_sigterm_without_settings(t):
    daemon = t.portero()
    check(daemon.stop() < t.at_most(0.5), 'slow to stop')

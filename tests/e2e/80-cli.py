# SPDX-License-Identifier: MIT
"""The verbs that speak to a running panel: portero status, settings, password."""

import http.client
import json
import os
import pty
import select
import socket
import stat
import subprocess
import termios
import time

from harness import Skip, cases, check, check_equal
from harness.portero import binary, die_with_parent, environment

SECRET = 'pw-One-4711'
SETTINGS = '/api/v1/device/sip/settings'


def cli(t, *words, text='', **more):
    """(exit code, stdout, stderr); no secret may ever be in what it prints."""
    done = subprocess.run([binary()] + list(words), input=text.encode(), stdout=subprocess.PIPE,
                          stderr=subprocess.PIPE, timeout=t.seconds(60), env=environment(),
                          preexec_fn=more.pop('preexec_fn', die_with_parent), **more)
    out, err = done.stdout.decode(), done.stderr.decode()
    for secret in (SECRET, 'New-Admin-8'):
        check(secret not in out + err, 'a password is shown', out, err)
    return done.returncode, out, err


def one_line(err):
    lines = err.splitlines()
    check(len(lines) == 1 and lines[0].startswith('portero: '), 'not one clear line: %r' % err)
    return lines[0]


class Local(http.client.HTTPConnection):
    def __init__(self, path):
        super().__init__('localhost', timeout=10)
        self.path = path

    def connect(self):
        self.sock = socket.socket(socket.AF_UNIX, socket.SOCK_STREAM)
        self.sock.settimeout(10)
        self.sock.connect(self.path)

    def ask(self, method, path, body=None, headers=None):
        self.request(method, path, body, headers or {})
        answer = self.getresponse()
        return answer.status, json.loads(answer.read())


def local(daemon):
    return Local(os.path.join(daemon.state, 'portero.sock'))


def test_settings_are_set_and_shown(t):
    daemon = t.portero()
    code, out, err = cli(t, 'settings', 'set', '--state', daemon.state, 'proxy=sip:127.0.0.1:9',
                         'realm=sip.portero.test', 'user=101', 'password=', 'transport=tcp',
                         'stun.ip=127.0.0.2', 'stun.port=5000', 'outbound=127.0.0.1:9',
                         'user_id=a b="c"', 'registration_interval=77', text=SECRET + '\n')
    check_equal((code, out, err), (0, '', ''), 'settings set')
    want = {'proxy': 'sip:127.0.0.1:9', 'realm': 'sip.portero.test', 'user': '101',
            'password': 'WebPass', 'transport': 'tcp', 'user_id': 'a b="c"',
            'stun': {'ip': '127.0.0.2', 'port': 5000}, 'registration_interval': 77,
            'outbound': '127.0.0.1:9'}
    check_equal(daemon.get_sip(), want, 'by the API')
    code, out, err = cli(t, 'settings', 'get', '--json', '--state', daemon.state)
    check_equal((code, json.loads(out), err), (0, want, ''), 'settings get --json')
    check_equal(out.count('\n'), 1, 'lines of --json')
    code, out, err = cli(t, 'settings', '--state', daemon.state)
    check_equal((code, err), (0, ''), 'settings')
    shown = dict(line.split(None, 1) for line in out.splitlines())
    check_equal((shown['stun.ip'], shown['stun.port'], shown['user_id'], shown['password']),
                ('127.0.0.2', '5000', 'a b="c"', 'WebPass'), out)
    columns = {line.index(shown[line.split()[0]], 6) for line in out.splitlines()}
    check_equal(len(columns), 1, 'values are not aligned:\n' + out)


def test_password_stays_when_something_else_is_set(t):
    server = t.kamailio()
    daemon = t.portero()
    daemon.set_sip(server.account())
    daemon.wait_status('OK')
    check_equal(cli(t, 'settings', 'set', 'registration_interval=61', '--state', daemon.state),
                (0, '', ''), 'settings set')
    daemon.wait_status('OK')
    check_equal(daemon.get_sip()['registration_interval'], 61, 'interval')


@cases(('user', 'user=', ['`user`', 'must have 1 to 31 characters']),
       ('interval', 'registration_interval=9', ['`registration_interval`', '30']),
       ('no_number', 'registration_interval=soon', ['`registration_interval`', 'whole number']),
       ('nested', 'stun.port=0', ['`stun.port`']),
       ('password', 'proxy=sip:127.0.0.9', ['`password`', 'type the password again']))
def test_refused_in_the_words_of_the_api(t, change, words):
    daemon = t.portero()
    account = {'proxy': 'sip:127.0.0.1:9', 'realm': 'sip.portero.test', 'user': '101',
               'password': SECRET, 'transport': 'tcp', 'stun': {'ip': '127.0.0.1', 'port': 3478}}
    daemon.set_sip(account)
    before = daemon.get_sip()
    code, out, err = cli(t, 'settings', 'set', change, '--state', daemon.state)
    check_equal((code, out), (1, ''), err)
    missing = [word for word in words if word not in one_line(err)]
    check(not missing, 'not in %r: %r' % (err, missing))
    check_equal(daemon.get_sip(), before, 'the settings')


@cases(('unknown_member', ['settings', 'set', 'usr=1']), ('no_value', ['settings', 'set', 'user']),
       ('whole_object', ['settings', 'set', 'stun=1']), ('no_words', ['settings', 'set']),
       ('unknown_word', ['settings', 'put']), ('option', ['status', '--loud']),
       ('option_without_value', ['status', '--state']), ('word', ['status', 'now']),
       ('password_word', ['password', 'hunter22']), ('check_word', ['check', 'now']),
       ('many_words', ['settings', 'set'] + ['user=1'] * 40), ('not_yet', ['fleet', '101']),
       ('call_word', ['call']), ('call_words', ['call', '1', '2']), ('hangup_word', ['hangup', '1']))
def test_wrong_use_is_one_line_and_2(t, words):
    daemon = t.portero()
    tail = [] if words[-1] == '--state' else ['--state', daemon.state]
    code, out, err = cli(t, *words, *tail)
    check_equal((code, out), (2, ''), err)
    one_line(err)
    check_equal(daemon.get_sip()['user'], 'panel', 'something was set')


def test_call_and_hang_up(t):
    daemon = t.portero()
    state = ['--state', daemon.state]
    daemon.enable_sip(True)
    phone = t.baresip('villa')
    code, out, err = cli(t, 'hangup', *state)
    check_equal((code, out, err), (1, '', 'portero: hangup: no call runs\n'), 'nothing to end')
    check_equal(cli(t, 'call', phone.uri, *state), (0, '', ''), 'call')
    phone.wait_event('CALL_INCOMING')
    check_equal(cli(t, 'hangup', *state), (0, '', ''), 'hangup')
    phone.wait_event('CALL_CLOSED')
    code, _, err = cli(t, 'call', 'nobody', *state)
    check_equal((code, err), (1, 'portero: Wrong number format\n'), 'no number')


def test_status(t):
    server = t.kamailio()
    daemon = t.portero()
    code, out, _ = cli(t, 'status', '--state', daemon.state)
    check(code == 0 and 'no SIP settings yet' in out, 'status', out)
    daemon.set_sip(server.account())
    daemon.wait_status('OK')
    code, out, err = cli(t, 'status', '--state', daemon.state)
    rows = {line[:22].strip(): line[22:] for line in out.splitlines()}
    check_equal((code, err, rows['SIP']), (0, '', 'OK'), out)
    check('expires' in rows and 'last attempt' in rows and 'reason' not in rows, 'rows', out)
    code, out, err = cli(t, 'status', '--json', '--state', daemon.state)
    check_equal((code, json.loads(out)['sip_status'], json.loads(out)['detail']['code']),
                (0, 'OK', 200), 'status --json')


@cases(('status', ['status']), ('get', ['settings']), ('set', ['settings', 'set', 'user=1']),
       ('password', ['password']))
def test_nobody_there(t, words):
    state = t.path('nobody')
    code, out, err = cli(t, *words, '--state', state, text='New-Admin-8\n')
    check_equal((code, out), (1, ''), err)
    check(state in one_line(err), 'does not name the directory: ' + err)
    check(not os.path.exists(state), 'the directory was made')
    daemon = t.portero()
    daemon.kill9()
    check(os.path.exists(os.path.join(daemon.state, 'portero.sock')), 'kill -9 left no socket')
    code, out, err = cli(t, *words, '--state', daemon.state, text='New-Admin-8\n')
    check_equal((code, out), (1, ''), err)
    check(daemon.state in one_line(err), 'does not name the directory: ' + err)


def test_password(t):
    daemon = t.portero()
    token = daemon.login()
    check_equal(cli(t, 'password', '--state', daemon.state, text='New-Admin-8\nrest'), (0, '', ''),
                'password')
    check_equal(daemon.api('GET', '/device/sip/settings', token=token).status, 401, 'old token')
    daemon.login('New-Admin-8')
    for bad in ('', 'x' * 33, 'caf\u00e9', 'y' * 300):
        code, out, err = cli(t, 'password', '--state', daemon.state, text=bad + '\n')
        check_equal((code, out), (1, ''), err)
        one_line(err)
    code, _, err = cli(t, 'password', '--state', daemon.state)
    check_equal(code, 1, err)
    one_line(err)
    daemon.login('New-Admin-8')


def type_in(t, words, lines):
    """Run at a terminal of its own; after each prompt, and once it echoes nothing, type a line. Returns
    (code, all shown)."""
    pid, terminal = pty.fork()
    if pid == 0:
        os.execve(binary(), [binary()] + words, environment())
    shown, prompts, deadline = b'', 0, time.monotonic() + t.seconds(30)
    while time.monotonic() < deadline:
        if select.select([terminal], [], [], 0.05)[0]:
            try:
                data = os.read(terminal, 4096)
            except OSError:
                break
            if not data:
                break
            shown += data
        try:
            is_echoing = termios.tcgetattr(terminal)[3] & termios.ECHO
        except termios.error:
            continue  # it has ended
        if prompts < len(lines) and shown.count(b': ') > prompts and not is_echoing:
            os.write(terminal, lines[prompts])
            prompts += 1
    os.close(terminal)
    _, status = os.waitpid(pid, 0)
    return os.waitstatus_to_exitcode(status), shown.decode()


def test_password_at_a_terminal(t):
    daemon = t.portero()
    words = ['password', '--state', daemon.state]
    code, shown = type_in(t, words, [b'New-Admin-8\n', b'New-Admin-9\n'])
    check(code == 1 and 'not the same' in shown, 'two that differ: %d' % code, shown)
    daemon.login()
    code, shown = type_in(t, words, [b'New-Admin-8\n', b'New-Admin-8\n'])
    check_equal(code, 0, shown)
    check('New-Admin' not in shown, 'what was typed is shown', shown)
    daemon.login('New-Admin-8')
    code, shown = type_in(t, words, [b'\x03'])
    check_equal(code, -2, 'Ctrl-C: ' + shown)


def test_socket_needs_no_password_and_knows_no_pause(t):
    daemon = t.portero()
    check_equal(stat.S_IMODE(os.stat(os.path.join(daemon.state, 'portero.sock')).st_mode), 0o600,
                'mode of the socket')
    check_equal(local(daemon).ask('GET', SETTINGS)[0], 200, 'GET')
    for _ in range(9):
        status, _ = local(daemon).ask('POST', '/api/v1/login', json.dumps(
            {'username': 'admin', 'password': '0' * 32}))
        check_equal(status, 400, 'a wrong password, never a pause')
    daemon.login()
    foreign = {'Sec-Fetch-Site': 'cross-site', 'Origin': 'http://other.example'}
    check_equal(local(daemon).ask('POST', '/api/v1/device/sip/enable', '{"sip_enable":false}',
                                  foreign), (200, {}), 'no browser comes this way')
    connections = [local(daemon) for _ in range(8)]   # kept open, all from the same "address"
    for connection in connections:
        check_equal(connection.ask('GET', SETTINGS)[0], 200, 'GET')
        connection.close()
    answer = daemon.api('POST', '/password', {'new_password': 'New-Admin-8'}, base='/api/portero/v1')
    check_equal(answer.status, 403, 'by TCP: %r' % answer)
    daemon.login()


def as_nobody():
    die_with_parent()
    os.setgroups([])
    os.setgid(65534)
    os.setuid(65534)


def test_other_users_are_refused(t):
    """Even where the modes of directory and socket would let them."""
    if os.geteuid() != 0:
        raise Skip('needs root, to become somebody else')
    daemon = t.portero()
    for path in (daemon.state, t.tmp):
        os.chmod(path, 0o755)
    program = t.path('portero')
    with open(binary(), 'rb') as source, open(program, 'wb') as copy:
        copy.write(source.read())
    os.chmod(program, 0o755)
    words = [program, 'settings', 'set', 'user=102', '--state', daemon.state]
    # A build that counts coverage writes the counts at its end, or says on stderr that it cannot.
    counts = t.new_dir('gcov')
    os.chmod(counts, 0o777)
    env = dict(environment(), GCOV_PREFIX=counts)

    def run():
        done = subprocess.run(words, stdin=subprocess.DEVNULL, stdout=subprocess.PIPE,
                              stderr=subprocess.PIPE, env=env, preexec_fn=as_nobody,
                              timeout=t.seconds(20))
        check_equal((done.returncode, done.stdout), (1, b''), done.stderr.decode())
        return one_line(done.stderr.decode())

    check('own user' in run(), 'by the mode of the socket')
    os.chmod(os.path.join(daemon.state, 'portero.sock'), 0o666)
    check('own user' in run(), 'by the kernel\'s word')
    check_equal(daemon.get_sip()['user'], 'panel', 'the setting')
    check_equal(cli(t, 'status', '--state', daemon.state)[0], 0, 'its own user')


def test_socket_comes_and_goes(t):
    daemon = t.portero()
    path = os.path.join(daemon.state, 'portero.sock')
    daemon.stop()
    check(not os.path.exists(path), 'still there after the end')
    daemon.start()
    daemon.kill9()
    daemon.start()
    check_equal(local(daemon).ask('GET', SETTINGS)[0], 200, 'after kill -9')
    daemon.stop()
    with open(path, 'w') as f:
        f.write('somebody\'s file')
    daemon.start()
    check('portero.sock' in daemon.log(), 'no word of it', daemon.log_tail())
    daemon.login()
    with open(path) as f:
        check_equal(f.read(), 'somebody\'s file', 'what is no socket stays')


def test_long_state_directory(t):
    state = os.path.join(t.tmp, 'd' * 100, 'e' * 50)
    os.makedirs(state, 0o700)
    daemon = t.portero(state=state)
    check_equal(cli(t, 'status', '--state', state)[0], 0, 'status')
    daemon.stop()
    check(not os.path.exists(os.path.join(state, 'portero.sock')), 'still there after the end')


def test_state_by_the_configuration_file(t):
    state = t.new_dir('state')
    daemon = t.portero(state=state)
    path = t.path('portero.ini')
    with open(path, 'w') as f:
        f.write('state = %s\n' % state)
    check_equal(cli(t, 'status', '--config', path)[0], 0, 'status --config')
    daemon.stop()
    code, _, err = cli(t, 'status', '--config', t.path('no-such-file'))
    check_equal(code, 2, err)


@cases(('garbage', b'hello\r\n\r\n'), ('half', b'HTTP/1.1 200 OK\r\nContent-Length: 9\r\n\r\n{}'),
       ('no_json', b'HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\nhello'),
       ('huge', b'HTTP/1.1 200 OK\r\n\r\n' + b' ' * (1024 * 1024)), ('nothing', b''))
def test_odd_answers(t, raw):
    """Whatever sits behind the socket: one line, 1."""
    state = t.new_dir('state')
    listener = socket.socket(socket.AF_UNIX, socket.SOCK_STREAM)
    listener.bind(os.path.join(state, 'portero.sock'))
    listener.listen(1)
    process = subprocess.Popen([binary(), 'status', '--state', state], stdout=subprocess.PIPE,
                               stderr=subprocess.PIPE, env=environment(),
                               preexec_fn=die_with_parent)
    listener.settimeout(t.seconds(10))
    connection, _ = listener.accept()
    connection.settimeout(t.seconds(10))
    check(connection.recv(4096).startswith(b'GET /api/v1/sip/status HTTP/1.1\r\n'), 'the request')
    try:
        connection.sendall(raw)
    except ConnectionError:
        pass   # it has had enough
    connection.close()
    out, err = process.communicate(timeout=t.seconds(10))
    listener.close()
    check_equal((process.returncode, out), (1, b''), err.decode())
    one_line(err.decode())

# SPDX-License-Identifier: MIT
"""The door: opened by the API and the command line, closes by itself, shut again after a crash, and
opens whatever else does not work."""

import ctypes
import json
import os
import re
import resource
import signal
import subprocess
import threading
import time

from harness import Skip, cases, check, check_equal, slow, wait_for
from harness.portero import Portero, binary, environment, libc, run_binary
from openapi_schema import Description
from openapi_walk import probes

LOCK = '/access/general/lock'
OPEN = LOCK + '/open/remote/accepted/%d'
SIM = re.compile(r'relay (\d) \(simulated\): (on|off)$', re.M)
START = re.compile(r'relay (\d) \(simulated\): off at the start$', re.M)


def relays(daemon):
    """What the simulated relays have done, in order: [('1', 'on'), ...]."""
    return SIM.findall(daemon.log())


def locks(daemon):
    answer = daemon.api('GET', '/locks', base='/api/portero/v1')
    check_equal(answer.status, 200, 'locks')
    found = answer.json['locks']
    check_equal([lock['lock_number'] for lock in found], [1, 2], 'lock numbers')
    return {lock.pop('lock_number'): lock for lock in found}


def set_up(daemon, what, number, value):
    answer = daemon.api('POST', '%s/%s/%d' % (LOCK, what, number), value)
    check_equal((answer.status, answer.json), (200, {}), '%s %d: %r' % (what, number, answer))
    got = daemon.api('GET', '%s/%s/%d' % (LOCK, what, number))
    check_equal((got.status, got.json), (200, value), 'what was set')


def events(daemon, name):
    return re.findall(r' %s: (.*)' % name, daemon.log())


def wait_shut(t, daemon, within_s):
    wait_for(lambda: not any(lock['open'] for lock in locks(daemon).values()), t.seconds(within_s),
             'shut\n' + daemon.log_tail())


@slow(6)
@cases(('get_1', 'GET', 1), ('get_2', 'GET', 2), ('post_1', 'POST', 1), ('both', 'GET', 0))
def test_opens_and_closes_by_itself(t, method, number):
    daemon = t.portero()
    check_equal(relays(daemon), [], 'before anybody has asked')
    set_up(daemon, 'timeout', 1, {'lock_timeout': 4})
    set_up(daemon, 'timeout', 2, {'lock_timeout': 5})
    started = time.monotonic()
    answer = daemon.api(method, OPEN % number)
    check_equal((answer.status, answer.json), (200, {}), 'open')
    meant = [n for n in (1, 2) if number in (0, n)]
    state = locks(daemon)
    for n in (1, 2):
        check_equal(state[n]['open'], n in meant, 'lock %d is open' % n)
        check_equal(state[n]['left_s'] > 0, n in meant, 'left of %d' % n)
        check_equal((state[n]['problem'], state[n]['installed']), ('', True), 'lock %d' % n)
    wait_shut(t, daemon, 3 + max(meant) + 2)
    check(time.monotonic() - started >= 3 + max(meant) - 0.1, 'closed too soon')
    check_equal(sorted(relays(daemon)), sorted(
        (str(n), state) for n in meant for state in ('on', 'off')), 'relays')
    check_equal(events(daemon, 'access_granted_by_api_call'),
                ['lock %d, by 127.0.0.1' % n for n in meant], 'events')
    check_equal(sorted(events(daemon, 'lock_was_closed')), ['lock %d' % n for n in meant], 'closed')


def test_delay(t):
    daemon = t.portero()
    set_up(daemon, 'delay', 1, {'lock_delay': 3})
    started = time.monotonic()
    check_equal(daemon.api('GET', OPEN % 1).status, 200, 'open')
    check(not locks(daemon)[1]['open'], 'open without the delay')
    wait_for(lambda: locks(daemon)[1]['open'], t.seconds(5), 'open')
    check(time.monotonic() - started >= 2.9, 'opened too soon')
    wait_shut(t, daemon, 5)


def test_emergency(t):
    daemon = t.portero()
    set_up(daemon, 'timeout', 1, {'lock_timeout': 1})
    set_up(daemon, 'delay', 1, {'lock_delay': 9})
    answer = daemon.api('POST', LOCK + '/open/emergency',
                        {'locks': [{'lock_number': 1, 'unlock_time': 10000}]})
    check_equal((answer.status, answer.json), (200, {}), 'open/emergency')
    check(9990 < locks(daemon)[1]['left_s'] <= 10000, 'left', locks(daemon))
    set_up(daemon, 'delay', 1, {'lock_delay': 0})
    check_equal(daemon.api('GET', OPEN % 1).status, 200, 'opened by somebody else')
    check(9990 < locks(daemon)[1]['left_s'], 'somebody has ended the emergency', locks(daemon))
    answer = daemon.api('POST', LOCK + '/close/emergency', {'locks': [1]})
    check_equal((answer.status, answer.json), (200, {}), 'close/emergency')
    check_equal(locks(daemon)[1], {'installed': True, 'open': False, 'left_s': 0, 'problem': ''},
                'closed')
    check_equal(events(daemon, 'emergency_lock_is_opened'), ['lock 1, by 127.0.0.1'], 'event')


def test_wrong_locks(t):
    daemon = t.portero()
    for path in (OPEN % 77, OPEN % 3, LOCK + '/timeout/0', LOCK + '/delay/3', LOCK + '/dtmf/3'):
        answer = daemon.api('GET', path)
        check_equal((answer.status, answer.json), (400, {'error': 'Wrong lock number'}), path)
    for path in (OPEN[:-2] + 'x', OPEN[:-2], OPEN[:-2] + '1/', OPEN[:-2] + '-1',
                 OPEN[:-2] + '4294967297'):
        check_equal(daemon.api('GET', path).status, 404, path)
    check_equal(relays(daemon), [], 'relays that moved')


@cases(('cross', {'Sec-Fetch-Site': 'cross-site'}), ('same', {'Sec-Fetch-Site': 'same-site'}),
       ('origin', {'Origin': 'http://evil.example'}))
def test_another_sites_page_opens_nothing(t, headers):
    daemon = t.portero()
    headers = dict(headers, Authorization='Bearer ' + daemon.login())
    for method in ('GET', 'POST'):
        answer = daemon.request(method, '/api/v1' + OPEN % 1, headers=headers)
        check_equal(answer.status, 403, method)
    answer = daemon.request('HEAD', '/api/v1' + OPEN % 1, headers=headers)
    check_equal(answer.status, 405, 'HEAD')
    check_equal(daemon.request('GET', '/api/v1' + OPEN % 1).status, 401, 'without credentials')
    check_equal(relays(daemon), [], 'relays that moved')


def test_head_opens_nothing(t):
    daemon = t.portero()
    headers = {'Authorization': 'Bearer ' + daemon.login()}
    answer = daemon.request('HEAD', '/api/v1' + OPEN % 1, headers=headers)
    check_equal((answer.status, answer.headers['Allow']), (405, 'GET, POST'), 'HEAD')
    check_equal(relays(daemon), [], 'relays that moved')
    answer = daemon.request('HEAD', '/api/v1/system/reboot/run', headers=headers)
    check_equal((answer.status, answer.headers['Allow']), (405, 'GET'), 'HEAD of reboot')
    # It runs on: after a new start this token would be no good.
    check_equal(daemon.request('GET', '/api/v1' + LOCK + '/timeout/1', headers=headers).status, 200,
                'the token')


def test_v0_and_codes(t):
    daemon = t.portero()
    check_equal(daemon.api('GET', OPEN % 2, base='/api/v0').status, 200, 'v0')
    check(locks(daemon)[2]['open'], 'not open by v0')
    for number, code in ((0, '*'), (1, '#'), (2, '0')):
        check_equal(daemon.api('GET', '%s/dtmf/%d' % (LOCK, number)).json, {'dtmf_code': code},
                    'the family\'s code')
    set_up(daemon, 'dtmf', 1, {'dtmf_code': '5'})
    answer = daemon.api('POST', LOCK + '/dtmf/2', {'dtmf_code': '15'})
    check_equal((answer.status, answer.json['field']), (400, 'dtmf_code'), 'a clash')
    check('code 1' in answer.json['reason'], 'does not say with which', answer)
    set_up(daemon, 'dtmf', 0, {'dtmf_code': ''})
    daemon.stop()
    daemon.start()
    for number, code in ((0, ''), (1, '5'), (2, '0')):
        check_equal(daemon.api('GET', '%s/dtmf/%d' % (LOCK, number)).json, {'dtmf_code': code},
                    'after a restart')


def test_settings_survive_a_restart(t):
    daemon = t.portero()
    set_up(daemon, 'timeout', 2, {'lock_timeout': 600})
    set_up(daemon, 'delay', 2, {'lock_delay': 9})
    types = {'locks': [{'lock_number': 1, 'type': 'electromagnetic'},
                       {'lock_number': 2, 'type': 'electromechanical'}]}
    check_equal(daemon.api('POST', LOCK + '/type', types).status, 200, 'type')
    daemon.kill9()
    daemon.start()
    check_equal(daemon.api('GET', LOCK + '/timeout/2').json, {'lock_timeout': 600}, 'timeout')
    check_equal(daemon.api('GET', LOCK + '/timeout/1').json, {'lock_timeout': 3}, 'the other one')
    check_equal(daemon.api('GET', LOCK + '/delay/2').json, {'lock_delay': 9}, 'delay')
    check_equal(daemon.api('GET', LOCK + '/type').json, types, 'type')


@cases(('timeout', 'timeout', 'LockTimeout'), ('delay', 'delay', 'LockDelay'),
       ('dtmf', 'dtmf', 'LockCode'))
def test_limits_are_those_of_the_description(t, path, name):
    daemon = t.portero()
    description = Description()
    schema = description.root['components']['schemas'][name]
    (member, limits), = schema['properties'].items()
    values = probes(member, limits)
    if member == 'dtmf_code':
        values += ['1' * n for n in range(7)] + ['*', 'ABCD', 'A*#9', 'E', 'a', ' 1', '1\n']
    for value in values:
        good = not description.mistakes(schema, {member: value})
        answer = daemon.api('POST', '%s/%s/1' % (LOCK, path), {member: value})
        if good and value == '*':  # the code of both
            good = False
        check_equal(answer.status, 200 if good else 400, '%s = %r: %r' % (member, value, answer))
        if not good:
            check_equal(answer.json['field'], member, repr(value))
    check_equal(daemon.api('POST', '%s/%s/1' % (LOCK, path), {}).status, 400, 'left out')


def test_killed_while_open(t):
    daemon = t.portero(extra=['--log-level', 'debug'])
    daemon.api('POST', LOCK + '/open/emergency', {'locks': [{'lock_number': 0, 'unlock_time': 600}]})
    check(locks(daemon)[1]['open'] and locks(daemon)[2]['open'], 'not open')
    daemon.kill9()
    check_equal([state for _, state in relays(daemon)], ['on', 'on'], 'relays before')
    daemon.start()
    check_equal(START.findall(daemon.log()), ['1', '2'] * 2, 'shut at each start')
    check(not any(lock['open'] for lock in locks(daemon).values()), 'open', locks(daemon))
    log = daemon.log()
    check(log.rindex('relay 1 (simulated): off at the start') < log.rindex('page and API at'),
          'shut too late', daemon.log_tail())


def test_sigterm_shuts(t):
    daemon = t.portero()
    daemon.api('POST', LOCK + '/open/emergency', {'locks': [{'lock_number': 1, 'unlock_time': 600}]})
    daemon.stop()
    check_equal(relays(daemon)[-1], ('1', 'off'), 'the last of the relays')


def test_shut_even_if_the_start_fails(t):
    """A port that is taken ends the start, but not before the door is shut."""
    daemon = t.portero()
    code, out, err = run_binary(['run', '--state', t.new_dir('other'), '--simulate', '--sip',
                                 '127.0.0.1:0', '--log-level', 'debug', '--http', '%s:%d' % daemon.http])
    check_equal((code, out), (1, ''), err)
    check_equal(START.findall(err), ['1', '2'], err)
    not_a_dir = t.path('a-file')
    with open(not_a_dir, 'w') as f:
        f.write('x')
    code, out, err = run_binary(['run', '--state', not_a_dir, '--simulate', '--log-level', 'debug'])
    check_equal((code, out), (1, ''), err)
    check_equal(START.findall(err), ['1', '2'], err)


def test_full_disk_opens(t):
    daemon = t.portero(before_exec=lambda: signal.signal(signal.SIGXFSZ, signal.SIG_IGN))
    daemon.login()
    resource.prlimit(daemon.process.pid, resource.RLIMIT_FSIZE, (0, resource.RLIM_INFINITY))
    answer = daemon.api('POST', LOCK + '/timeout/1', {'lock_timeout': 77})
    check(answer.status in (500, 503, 507), 'stored on a full disk: %r' % answer)
    check_equal(daemon.api('GET', LOCK + '/timeout/1').json, {'lock_timeout': 3}, 'timeout')
    check_equal(daemon.api('GET', OPEN % 1).status, 200, 'open')
    check(locks(daemon)[1]['open'], 'not open', locks(daemon))
    wait_shut(t, daemon, 5)
    resource.prlimit(daemon.process.pid, resource.RLIMIT_FSIZE,
                     (resource.RLIM_INFINITY, resource.RLIM_INFINITY))


@cases(('udp', 'udp'), ('tcp', 'tcp'))
def test_the_sip_server_is_down(t, transport):
    """It was there, and is gone: silent, or refusing connections."""
    daemon, mock = t.portero(), t.registrar()
    daemon.set_sip(mock.account(transport))
    daemon.wait_status('OK', within_s=4)
    mock.close()
    daemon.must_post('/sip/register', base='/api/portero/v1')
    if transport == 'tcp':
        daemon.wait_status('ERROR', within_s=10)
    check_equal(daemon.api('GET', OPEN % 1).status, 200, 'open')
    check_equal(relays(daemon), [('1', 'on')], 'relays')
    wait_shut(t, daemon, 10)


@cases(('full', '/dev/full'), ('no_reader', None))
def test_the_log_is_broken(t, path):
    """Each line of the log fails: ENOSPC, or EPIPE, whose signal would kill."""
    state = t.new_dir('state')
    read_end, log = (None, os.open(path, os.O_WRONLY)) if path else os.pipe()
    if read_end:
        os.close(read_end)
    daemon = subprocess.Popen([binary(), 'run', '--state', state, '--http', '127.0.0.1:0', '--sip',
                               '127.0.0.1:0', '--simulate', '--log-level', 'debug'],
                              stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=log,
                              env=environment())
    try:
        check(daemon.stdout.readline().startswith(b'ready'), 'not ready')
        for lock in ('1', '2'):
            done = subprocess.run([binary(), 'open', lock, '--state', state], env=environment(),
                                  timeout=t.seconds(15))
            check_equal(done.returncode, 0, 'portero open')
    finally:
        daemon.terminate()
        check_equal(daemon.wait(t.seconds(15)), 0, 'exit code')
        daemon.stdout.close()
        os.close(log)


def test_nobody_reads_the_log(t):
    """A full pipe as the log: the door opens all the same."""
    read_end, write_end = os.pipe()
    state = t.new_dir('state')
    daemon = subprocess.Popen([binary(), 'run', '--state', state, '--http', '127.0.0.1:0', '--sip',
                               '127.0.0.1:0', '--simulate', '--log-level', 'debug'],
                              stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=write_end,
                              env=environment())
    try:
        check(daemon.stdout.readline().startswith(b'ready'), 'not ready')
        os.set_blocking(write_end, False)
        try:
            while True:
                os.write(write_end, b'x' * 4096)
        except BlockingIOError:
            pass
        os.set_blocking(write_end, True)  # else it would not block for the daemon, either
        for _ in range(50):
            done = subprocess.run([binary(), 'open', '1', '--state', state], env=environment(),
                                  timeout=t.seconds(15))
            check_equal(done.returncode, 0, 'portero open')
    finally:
        daemon.terminate()
        check_equal(daemon.wait(t.seconds(15)), 0, 'exit code')
        daemon.stdout.close()
        os.close(read_end)
        os.close(write_end)


def portero_without_sim(t, config):
    daemon = t.own(Portero(t, config=config))
    daemon.arguments.remove('--simulate')
    daemon.start()
    return daemon


def test_a_chip_that_is_not_there(t):
    """It is said once, clearly; the start goes on, and so does the other lock."""
    daemon = portero_without_sim(t, {'relay1': 'gpio:/dev/gpiochip-none:17:low', 'relay2': 'sim'})
    state = locks(daemon)
    check('gpio:/dev/gpiochip-none:17:low: No such file' in state[1]['problem'], 'problem', state)
    check_equal((state[1]['installed'], state[1]['open'], state[2]['problem']), (True, False, ''),
                'states')
    answer = daemon.api('GET', OPEN % 1)
    check_equal(answer.status, 500, 'open')
    check('relay' in answer.json['error'], 'does not say why', answer)
    check_equal(daemon.api('GET', OPEN % 0).status, 500, 'both')
    check(locks(daemon)[2]['open'], 'the other one of both is not open')
    check_equal(len(events(daemon, 'lock_does_not_close')), 1, 'told more than once')
    check_equal(len(events(daemon, 'lock_does_not_open')), 2, 'failures told')
    check(' error lock_does_not_close: lock 1' in daemon.log(), 'no error', daemon.log_tail())


def test_one_lock_only(t):
    daemon = portero_without_sim(t, {'relay1': 'sim'})
    check_equal({n: lock['installed'] for n, lock in locks(daemon).items()}, {1: True, 2: False},
                'installed')
    answer = daemon.api('GET', OPEN % 2)
    check_equal((answer.status, answer.json), (404, {'error': 'This panel has no such lock'}),
                'lock 2')
    check_equal(daemon.api('POST', LOCK + '/close/emergency', {'locks': [2]}).status, 404, 'close')
    check_equal(daemon.api('GET', OPEN % 0).status, 200, 'both')
    check(locks(daemon)[1]['open'] and not locks(daemon)[2]['open'], 'which', locks(daemon))


def test_no_lock_at_all(t):
    daemon = portero_without_sim(t, {})
    check_equal(daemon.api('GET', OPEN % 0).status, 404, 'both')
    check_equal(relays(daemon), [], 'relays')


def test_by_the_command_line(t):
    daemon = t.portero()
    for lock in (1, 2):
        set_up(daemon, 'timeout', lock, {'lock_timeout': 60})

    def cli(*words):
        return run_binary(list(words) + ['--state', daemon.state])

    check_equal(cli('open'), (0, '', ''), 'open')
    check(locks(daemon)[1]['open'] and not locks(daemon)[2]['open'], 'which', locks(daemon))
    check_equal(cli('open', '2'), (0, '', ''), 'open 2')
    check(locks(daemon)[2]['open'], 'not open')
    check_equal(cli('open', '0'), (0, '', ''), 'open 0')
    check_equal(events(daemon, 'access_granted_by_api_call')[:2],
                ['lock 1, by the command line', 'lock 2, by the command line'], 'by whom')
    for words in (('open', '3'), ('open', 'x'), ('open', '1', '2'), ('open', ''), ('open', '01')):
        code, out, err = cli(*words)
        check_equal((code, out, err.count('\n')), (2, '', 1), repr(words) + err)
    check_equal(json.loads(cli('open', '1', '--json')[1]), {}, '--json')
    daemon.stop()
    code, out, err = cli('open', '1')
    check_equal((code, out, err.count('\n')), (1, '', 1), err)


PTRACE_SEIZE, PTRACE_INTERRUPT, PTRACE_DETACH = 0x4206, 0x4207, 17


class HeldThread:
    """One thread of the daemon stands still: what it waits for takes for ever."""

    def __init__(self, daemon, name):
        self.tid = None
        for tid in os.listdir('/proc/%d/task' % daemon.process.pid):
            with open('/proc/%d/task/%s/comm' % (daemon.process.pid, tid)) as f:
                if f.read().strip() == name:
                    self.tid = int(tid)
        check(self.tid, 'no thread is called ' + name)

    def __enter__(self):
        if self.trace(PTRACE_SEIZE):
            raise Skip('may not trace the daemon')
        check_equal(self.trace(PTRACE_INTERRUPT), 0, 'PTRACE_INTERRUPT')
        os.waitpid(self.tid, 0x40000000)  # __WALL: for a thread, too
        return self

    def __exit__(self, *_):
        check_equal(self.trace(PTRACE_DETACH), 0, 'PTRACE_DETACH')

    def trace(self, order):
        libc.ptrace.argtypes = [ctypes.c_long, ctypes.c_long, ctypes.c_void_p, ctypes.c_void_p]
        libc.ptrace.restype = ctypes.c_long
        return libc.ptrace(order, self.tid, None, None)


def test_opens_while_the_store_hangs(t):
    daemon = t.portero()
    set_up(daemon, 'timeout', 1, {'lock_timeout': 3})  # from now on there is such a thread
    with HeldThread(daemon, 'store'):
        late = []
        change = threading.Thread(target=lambda: late.append(
            daemon.api('POST', LOCK + '/timeout/1', {'lock_timeout': 4})))
        change.start()
        time.sleep(0.2)
        started = time.monotonic()
        check_equal(daemon.api('GET', OPEN % 1).status, 200, 'open')
        check(time.monotonic() - started < t.at_most(0.5), 'slow to open')
        check(locks(daemon)[1]['open'], 'not open', locks(daemon))
        wait_shut(t, daemon, 5)
        check_equal(late, [], 'the store did not hang')
    change.join(t.seconds(10))
    check_equal([answer.status for answer in late], [200], 'the change')
    check_equal(daemon.api('GET', LOCK + '/timeout/1').json, {'lock_timeout': 4}, 'timeout')

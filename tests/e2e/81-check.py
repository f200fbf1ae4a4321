# SPDX-License-Identifier: MIT
"""portero check: what is wrong is found at the right step, told with what to do, and nothing is
left behind."""

import json
import socket
import subprocess
import threading

from harness import cases, check, check_equal, free_port, slow, wait_for
from harness.portero import binary, die_with_parent, environment
from harness.stun import Coturn

STEPS = ['resolve', 'connect', 'certificate', 'register', 'stun']


def run_check(t, state, *words, secrets=('pw-One-4711', 'pw-Two-4711', 'pw-Wrong-1')):
    done = subprocess.run([binary(), 'check', '--state', state] + list(words),
                          stdin=subprocess.DEVNULL, stdout=subprocess.PIPE,
                          stderr=subprocess.PIPE, timeout=t.seconds(80), env=environment(),
                          preexec_fn=die_with_parent)
    out, err = done.stdout.decode(), done.stderr.decode()
    for secret in secrets:
        check(secret not in out + err, 'a password is shown', out, err)
    return done.returncode, out, err


def report(t, state, *words):
    """{step: (ok, seen, advice)} of a check, and its exit code, which must fit."""
    code, out, err = run_check(t, state, '--json', *words)
    check(out, 'no report', err)
    value = json.loads(out)
    check_equal([step['step'] for step in value['steps']], STEPS, 'steps')
    check_equal(code, 0 if value['ok'] else 1, 'exit code\n' + out)
    check_equal(value['ok'], all(step['ok'] is not False for step in value['steps']), 'ok\n' + out)
    return {step['step']: (step['ok'], step['seen'], step['advice']) for step in value['steps']}


def check_fails_at(steps, name, *words):
    """name is the first and only fault; what comes after was not run."""
    at = STEPS.index(name)
    check(all(steps[before][0] is not False for before in STEPS[:at]), 'an earlier fault', steps)
    ok, seen, advice = steps[name]
    check_equal(ok, False, '%s: %s' % (name, steps))
    missing = [word for word in words if word.lower() not in seen.lower()]
    check(not missing, 'not in %r: %r' % (seen, missing))
    check(len(advice) > 10, 'no advice for %r' % seen)
    for after in STEPS[at + 1:]:
        check_equal(steps[after], (None, '', ''), after)


@cases(('udp', 'udp'), ('tcp', 'tcp'), ('tls', 'tls'))
def test_all_is_well(t, transport):
    """Beside a running registration, which does not notice."""
    server = t.kamailio()
    daemon = t.portero(sip_ca=server.ca)
    daemon.set_sip(server.account(transport))
    status = daemon.wait_status('OK')
    server.wait_bindings({'101': 1})
    bindings, registers = server.bindings(), server.registers()
    steps = report(t, daemon.state)
    check_equal([steps[name][0] for name in STEPS],
                [True, True, True if transport == 'tls' else None, True, True], 'ok of all')
    port = server.tls_port if transport == 'tls' else server.port
    check('127.0.0.1:%d' % port in steps['resolve'][1], 'resolve: ' + steps['resolve'][1])
    check('127.0.0.1:%d' % port in steps['connect'][1], 'connect: ' + steps['connect'][1])
    check('for 60 s' in steps['register'][1], 'register: ' + steps['register'][1])
    if transport == 'tls':
        for word in ('127.0.0.1', 'Test authority ca', 'valid until 20'):
            check(word in steps['certificate'][1], word, steps['certificate'][1])
    check('off' in steps['stun'][1] or 'not needed' in steps['stun'][1], 'stun', steps['stun'])
    server.wait_bindings({'101': 1})
    check_equal(server.bindings(), bindings, 'the running binding')
    ours = {call for call, _ in registers}
    again = server.registers()[len(registers):]
    check(len(again) >= 2 and not ours & {call for call, _ in again},
          'the check used the panel\'s own Call-ID, or did nothing', again)
    now = daemon.status()
    check_equal((now['sip_status'], now['register_last_attempt'], now['detail']['expires_at']),
                ('OK', status['register_last_attempt'], status['detail']['expires_at']),
                'the running registration')


def test_text_for_people(t):
    server = t.kamailio()
    daemon = t.portero()
    daemon.set_sip(server.account('udp', password='pw-Wrong-1'))
    code, out, err = run_check(t, daemon.state)
    check_equal((code, err), (1, ''), out)
    lines = out.splitlines()
    check_equal([line.split()[:2] for line in lines[:4]],
                [['resolve', 'ok'], ['connect', 'ok'], ['certificate', '-'], ['register', 'FAIL']],
                out)
    check('wrong password' in lines[3] and lines[4].startswith(' ' * 17) and len(lines) == 6, out)
    check(not any(line != line.rstrip() for line in lines), 'blanks at the end', repr(out))


def test_no_such_host(t):
    dns, server = t.dns(), t.kamailio()
    daemon = t.portero(config={'nameserver': dns.address})
    daemon.set_sip(server.account('udp', proxy='sip:no-such-host.portero.test:5060'))
    check_fails_at(report(t, daemon.state), 'resolve', 'no-such-host.portero.test')


def test_refused_port(t):
    daemon = t.portero()
    server = t.kamailio()
    for transport in ('tcp', 'tls'):
        port = free_port()
        daemon.set_sip(server.account(transport, proxy='sip:127.0.0.1:%d' % port))
        check_fails_at(report(t, daemon.state), 'connect', '127.0.0.1:%d' % port, 'refuses')


@cases(('wrong_name', 'wrong_name', ['other.portero.test', '127.0.0.1']), ('expired', 'expired', ['expired']),
       ('wrong_authority', 'wrong_authority', ['not a trusted CA']),
       ('self_signed', 'self_signed', ['self-signed']))
def test_bad_certificate(t, kind, words):
    authority = t.certificates()
    certificate = {'wrong_name': lambda: authority.server('DNS:other.portero.test'),
                   'expired': lambda: authority.server(expired=True),
                   'wrong_authority': lambda: authority.server(ca='other'),
                   'self_signed': authority.self_signed}[kind]()
    server = t.kamailio(certificate=certificate)
    daemon = t.portero(sip_ca=authority.ca)
    daemon.set_sip(server.account('tls'))
    steps = report(t, daemon.state)
    check_fails_at(steps, 'certificate', *words)
    check('valid until' in steps['certificate'][1], 'what it says', steps['certificate'])
    check_equal(server.registers(), [], 'a request was sent to a server that is not ours')


def test_no_tls_at_that_port(t):
    server = t.kamailio()
    daemon = t.portero(sip_ca=server.ca)
    daemon.set_sip(server.account('tls', proxy='sip:127.0.0.1:%d' % server.port))
    check_fails_at(report(t, daemon.state), 'certificate', 'TLS', str(server.port))


def test_wrong_password(t):
    server = t.kamailio()
    daemon = t.portero()
    daemon.set_sip(server.account('udp', password='pw-Wrong-1'))
    check_fails_at(report(t, daemon.state), 'register', 'wrong password')
    check_equal(server.bindings(), {}, 'bindings')


@cases(('unknown', 404, 'does not know'), ('busy', 503, 'cannot register us now'),
       ('elsewhere', 302, 'to 198.51.100.1, which is not of this account'))
def test_refusals(t, code, words):
    from harness import sip
    server = t.registrar(lambda registrar, request: sip.response(
        request, code, 'Because', [('Contact', '<sip:198.51.100.1>')] if code == 302 else []))
    daemon = t.portero()
    daemon.set_sip({'proxy': 'sip:127.0.0.1:%d' % server.port, 'realm': 'portero.test',
                    'user': '101', 'password': 'pw-One-4711', 'transport': 'udp',
                    'stun': {'ip': '127.0.0.1', 'port': 3478}})
    check_fails_at(report(t, daemon.state), 'register', words, str(code))


@cases(('udp', 'udp'), ('tcp', 'tcp'), ('tls', 'tls'))
def test_server_that_keeps_one_registration(t, transport):
    """It lets go of the panel's own for the check's: that is made again, and said."""
    server = t.kamailio(keeps_one=True)
    daemon = t.portero(sip_ca=server.ca)
    daemon.set_sip(server.account(transport, registration_interval=900))
    daemon.wait_status('OK')
    server.wait_bindings({'101': 1})
    before, count = server.bindings(), len(server.registers())
    steps = report(t, daemon.state, *(['--sip-ca', server.ca] if transport == 'tls' else []))
    check('made again' in steps['register'][1], 'not said', steps['register'])
    server.wait_bindings({'101': 1})
    check_equal(server.bindings(), before, 'the running binding')
    check(len({call for call, _ in server.registers()[count:]}) == 2, 'who has registered',
          server.registers())
    check_equal(daemon.status()['sip_status'], 'OK', 'status')
    check('sip_registration_lost' not in daemon.log(), 'lost', daemon.log_tail())


def redirect_to(port):
    from harness import sip
    return lambda registrar, request: sip.response(
        request, 302, 'Moved', [('Contact', '<sip:127.0.0.1:%d>' % port)])


@cases(('udp', 'udp'), ('tcp', 'tcp'), ('tls', 'tls'))
def test_redirect_within_the_account(t, transport):
    """Followed as the panel itself does, with what both servers have shown."""
    authority = t.certificates()
    second = t.kamailio(certificate=authority.server())
    port = second.tls_port if transport == 'tls' else second.port
    first = t.registrar(redirect_to(port),
                        certificate=authority.server() if transport == 'tls' else None)
    daemon = t.portero(sip_ca=authority.ca)
    daemon.enable_sip(False)
    daemon.set_sip(second.account(transport, proxy='sip:127.0.0.1:%d' % first.port))
    steps = report(t, daemon.state)
    check_equal([steps[name][0] for name in STEPS],
                [True, True, True if transport == 'tls' else None, True, True], 'ok of all')
    for name in ('resolve', 'connect'):
        seen = [steps[name][1].find('127.0.0.1:%d' % p) for p in (first.port, port)]
        check(0 <= seen[0] < seen[1], name, steps[name])
    check('302 Moved: the server sends us on to 127.0.0.1:%d; registered' % port in
          steps['register'][1], 'register', steps['register'])
    check_equal(len(first.requests), 1, 'REGISTERs at the first')
    second.wait_bindings({})


def test_redirects_in_a_circle(t):
    server = t.registrar()
    server.script = redirect_to(server.port)
    daemon = t.portero()
    daemon.enable_sip(False)
    daemon.set_sip(server.account())
    check_fails_at(report(t, daemon.state), 'register', '302', 'one too many')
    check_equal(len(server.requests), 6, 'REGISTERs')


@slow(14)
def test_silence_and_one_at_a_time(t):
    server = t.registrar(lambda registrar, request: None)
    daemon = t.portero()
    daemon.set_sip({'proxy': 'sip:127.0.0.1:%d' % server.port, 'realm': 'portero.test',
                    'user': '101', 'password': 'pw-One-4711', 'transport': 'udp',
                    'stun': {'ip': '127.0.0.1', 'port': 3478}})
    found = []
    first = threading.Thread(target=lambda: found.append(report(t, daemon.state)))
    first.start()
    wait_for(lambda: len({r.get('Call-ID') for r in server.requests}) == 2, t.seconds(15),
             'the REGISTER of the check')
    answer = daemon.api('POST', '/sip/check', base='/api/portero/v1')
    check_equal(answer.status, 409, repr(answer))
    code, out, err = run_check(t, daemon.state)
    check(code == 1 and out == '' and 'running already' in err, 'a second check', code, out, err)
    first.join(t.seconds(30))
    check_fails_at(found[0], 'register', 'no answer', str(server.port))


def test_stun(t):
    coturn = t.own(Coturn(t))
    coturn.start()
    server = t.kamailio()
    daemon = t.portero()
    daemon.set_sip(server.account('udp', stun={'ip': coturn.address, 'port': coturn.port}))
    steps = report(t, daemon.state)
    check(steps['stun'][0] is True and '127.0.0.1:' in steps['stun'][1] and
          'no NAT' in steps['stun'][1], 'stun', steps)
    coturn.stop()
    steps = report(t, daemon.state)
    check_fails_at(steps, 'stun', 'does not answer', '127.0.0.2')
    server.wait_bindings({'101': 1})


def test_off_and_without_settings(t):
    """SIP that is switched off can be checked before it is switched on; nothing stays."""
    server = t.kamailio()
    daemon = t.portero()
    check_fails_at(report(t, daemon.state), 'resolve', 'no SIP settings yet')
    daemon.enable_sip(False)
    daemon.set_sip(server.account('tcp'))
    check_equal(report(t, daemon.state)['register'][0], True, 'register')
    server.wait_bindings({})
    check_equal(daemon.status()['sip_status'], 'OFFLINE', 'status')


def reports(t, state, *words):
    """(exit code, the reports) of a check."""
    code, out, err = run_check(t, state, '--json', *words)
    check_equal(err, '', 'standard error')
    return code, [json.loads(line) for line in out.splitlines()]


def set_second(daemon, account):
    account = {name: value for name, value in account.items() if name != 'stun'}
    answer = daemon.api('POST', '/sip/accounts/2/settings', account, base='/api/portero/v1')
    check_equal(answer.status, 200, 'second account: %r' % answer)


@cases(('running', True), ('alone', False))
def test_second_account(t, is_running):
    """All that are set, one after the other, up to the first fault."""
    first, second = t.kamailio(), t.kamailio()
    daemon = t.portero()
    daemon.enable_sip(False)

    def look(*words):
        if not is_running:
            daemon.stop()
        found = run_check(t, daemon.state) if words else reports(t, daemon.state)
        if not is_running:
            daemon.start()
        return found
    set_second(daemon, second.account('tcp', '102'))
    code, found = look()   # the second alone
    check_equal((code, len(found)), (0, 1), found)
    check('sip:102@' in found[0]['steps'][3]['seen'], 'whose', found)
    daemon.set_sip(first.account('udp'))
    code, found = look()
    check_equal((code, [value['ok'] for value in found]), (0, [True, True]), found)
    check('sip:101@' in found[0]['steps'][3]['seen'] and
          'sip:102@' in found[1]['steps'][3]['seen'], 'whose', found)
    set_second(daemon, second.account('tcp', '102', password='pw-Wrong-1'))
    code, found = look()
    check_equal((code, [value['ok'] for value in found]), (1, [True, False]), found)
    code, out, _ = look('text')
    check('\nsecond account:\nresolve ' in out and code == 1, 'as text', out)
    daemon.set_sip(first.account('udp', password='pw-Wrong-1'))
    code, found = look()   # the first fault ends it
    check_equal((code, [value['ok'] for value in found]), (1, [False]), found)
    first.wait_bindings({})
    second.wait_bindings({})


def test_each_account_by_the_api(t):
    server = t.kamailio()
    daemon = t.portero()
    set_second(daemon, server.account('udp', '102'))
    seen = {}
    for path in ('/sip/check', '/sip/accounts/1/check', '/sip/accounts/2/check'):
        answer = daemon.api('POST', path, base='/api/portero/v1')
        check_equal(answer.status, 200, path)
        seen[path] = (answer.json['ok'], answer.json['steps'][0]['seen'])
    check_equal(seen['/sip/check'], (False, 'no SIP settings yet'), 'the first')
    check_equal(seen['/sip/accounts/1/check'], seen['/sip/check'], 'the first by its number')
    check_equal(seen['/sip/accounts/2/check'], (True, '127.0.0.1:%d' % server.port), 'the second')


def test_without_a_daemon(t):
    server = t.kamailio()
    daemon = t.portero(sip_ca=server.ca)
    daemon.set_sip(server.account('tls'))
    daemon.wait_status('OK')
    daemon.stop()
    server.wait_bindings({})
    steps = report(t, daemon.state, '--sip-ca', server.ca)
    check(steps['certificate'][0] and steps['register'][0], 'steps', steps)
    server.wait_bindings({})
    check_fails_at(report(t, daemon.state), 'certificate', 'not a trusted CA')
    daemon.start()
    daemon.wait_status('OK')
    empty = t.new_dir('empty')
    code, out, err = run_check(t, empty)
    check(code == 1 and out == '' and empty in err and err.count('\n') == 1, 'empty', code, out, err)


@slow(5)
def test_end_of_the_panel_while_it_checks(t):
    """The one who asks is told, the goodbye is not late, and nothing leaks."""
    server = t.registrar(lambda registrar, request: None)
    daemon = t.portero()
    daemon.enable_sip(False)
    daemon.set_sip({'proxy': 'sip:127.0.0.1:%d' % server.port, 'realm': 'portero.test',
                    'user': '101', 'password': 'pw-One-4711', 'transport': 'udp',
                    'stun': {'ip': '127.0.0.1', 'port': 3478}})
    ends = []
    asker = threading.Thread(target=lambda: ends.append(run_check(t, daemon.state)))
    asker.start()
    wait_for(lambda: server.requests, t.seconds(15), 'a REGISTER')
    daemon.stop()
    asker.join(t.seconds(10))
    check(ends and ends[0][0] == 1, 'the one who asked', ends)


def test_listener_that_never_answers_tcp(t):
    """A connection that stands, and then nothing: register is to blame, not connect."""
    listener = socket.socket()
    listener.bind(('127.0.0.1', 0))
    listener.listen(8)
    daemon = t.portero()
    port = listener.getsockname()[1]
    daemon.set_sip({'proxy': 'sip:127.0.0.1:%d' % port, 'realm': 'portero.test',
                    'user': '101', 'password': 'pw-One-4711', 'transport': 'tcp',
                    'stun': {'ip': '127.0.0.1', 'port': 3478}})
    steps = report(t, daemon.state)
    listener.close()
    check('stands' in steps['connect'][1], 'connect', steps['connect'])
    check_fails_at(steps, 'register', 'no answer')

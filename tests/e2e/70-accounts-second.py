# SPDX-License-Identifier: MIT
"""Two SIP accounts, one beside the other, and what is set for both."""

from harness import cases, check, check_equal, wait_for

OWN = '/api/portero/v1/sip'
SECOND = '/accounts/2/settings'
FIRST = '/accounts/1/settings'


def own(daemon, method, path, value=None, **more):
    return daemon.api(method, path, value, base=OWN, **more)


def without_stun(account):
    return {name: value for name, value in account.items() if name != 'stun'}


def set_second(daemon, account):
    answer = own(daemon, 'POST', SECOND, without_stun(account))
    check_equal((answer.status, answer.json), (200, {}), 'second account: %r' % answer)


def status_of(daemon, account):
    answer = own(daemon, 'GET', '/accounts/%d/status' % account)
    check_equal(answer.status, 200, 'status of account %d' % account)
    return answer.json


def wait_second(t, daemon, state):
    return wait_for(lambda: status_of(daemon, 2)['sip_status'] == state and status_of(daemon, 2),
                    t.seconds(15), lambda: '%s: %s' % (state, status_of(daemon, 2)))


@cases(('udp', 'udp'), ('tcp', 'tcp'), ('tls', 'tls'))
def test_registers_beside_the_first(t, transport):
    first = t.kamailio()
    authority = t.certificates()
    second = t.kamailio(certificate=authority.server())
    daemon = t.portero(sip_ca=authority.ca)
    daemon.set_sip(first.account('udp', '101'))
    daemon.wait_status('OK')
    check_equal(status_of(daemon, 2)['sip_status'], 'OFFLINE', 'before it is set')
    check_equal(status_of(daemon, 2)['detail']['reason'], 'no SIP settings yet', 'reason')
    set_second(daemon, second.account(transport, '102'))
    wait_second(t, daemon, 'OK')
    second.wait_bindings({'102': 1})
    first.wait_bindings({'101': 1})
    check_equal(len(first.registers()), 2, 'the first account was left alone: %s' %
                first.registers())
    check_equal(status_of(daemon, 2)['detail']['tls_verified'],
                True if transport == 'tls' else None, 'tls_verified')
    check_equal(status_of(daemon, 1)['sip_status'], 'OK', 'status by the other path')

    daemon.enable_sip(False)
    second.wait_bindings({})
    first.wait_bindings({})
    daemon.enable_sip(True)
    wait_second(t, daemon, 'OK')
    daemon.wait_status('OK')
    answer = own(daemon, 'DELETE', SECOND)
    check_equal((answer.status, answer.json), (200, {}), 'DELETE')
    second.wait_bindings({})
    check_equal(status_of(daemon, 2)['sip_status'], 'OFFLINE', 'after DELETE')
    first.wait_bindings({'101': 1})
    daemon.stop()
    first.wait_bindings({})


def test_second_alone_and_after_a_restart(t):
    server = t.kamailio()
    daemon = t.portero()
    set_second(daemon, server.account('udp', '102'))   # switches SIP on, as the first would
    wait_second(t, daemon, 'OK')
    daemon.stop()
    server.wait_bindings({})
    daemon.start()
    wait_second(t, daemon, 'OK')
    server.wait_bindings({'102': 1})
    daemon.stop()
    server.wait_bindings({})


def test_both_at_one_server(t):
    server = t.kamailio()
    daemon = t.portero()
    daemon.set_sip(server.account('udp', '101'))
    set_second(daemon, server.account('tcp', '102'))
    daemon.wait_status('OK')
    wait_second(t, daemon, 'OK')
    server.wait_bindings({'101': 1, '102': 1})
    answer = own(daemon, 'POST', '/register')
    check_equal(answer.status, 200, 'register')
    wait_for(lambda: len({call for call, _ in server.registers()}) == 2 and
             len(server.registers()) >= 6, t.seconds(10), 'both registered again')
    server.wait_bindings({'101': 1, '102': 1})


def test_body_of_the_second(t):
    daemon = t.portero()
    daemon.enable_sip(False)
    empty = own(daemon, 'GET', SECOND).json
    check_equal(list(empty), ['proxy', 'realm', 'user', 'password', 'transport', 'user_id',
                              'registration_interval'], 'members')
    good = {'proxy': 'sip:b.example.invalid', 'realm': 'b.example.invalid', 'user': '2',
            'password': 'planted-2', 'stun': {'ip': 'stun.example.invalid', 'port': 99}}
    for name in ('proxy', 'realm', 'user', 'password'):
        body = {n: v for n, v in good.items() if n != name}
        answer = own(daemon, 'POST', SECOND, body)
        check_equal((answer.status, answer.json['field']), (400, name), 'without ' + name)
    for name, value in (('user', 'x' * 32), ('password', 'WebPass'), ('password', '12345'),
                        ('proxy', 'sip:localhost'), ('transport', 'ws'),
                        ('registration_interval', 29)):
        answer = own(daemon, 'POST', SECOND, {**good, name: value})
        check_equal((answer.status, answer.json['field']), (400, name), '%s=%s' % (name, value))
    check_equal(own(daemon, 'GET', SECOND).json, empty, 'after refusals')
    check_equal(own(daemon, 'POST', SECOND, good).status, 200, 'a good one')
    check_equal(own(daemon, 'GET', SECOND).json,
                {'proxy': good['proxy'], 'realm': good['realm'], 'user': '2',
                 'password': 'WebPass', 'transport': 'udp', 'user_id': '',
                 'registration_interval': 30}, 'read back')
    check_equal(own(daemon, 'DELETE', SECOND).status, 200, 'DELETE')
    check_equal(own(daemon, 'GET', SECOND).json, empty, 'after DELETE')
    check_equal(own(daemon, 'DELETE', SECOND).status, 200, 'DELETE again')


def test_webpass_of_one_is_not_the_others(t):
    daemon = t.portero()
    daemon.enable_sip(False)
    account = {'proxy': 'sip:a.example.invalid', 'realm': 'a.example.invalid', 'user': '1',
               'password': 'planted-1', 'stun': {'ip': '127.0.0.1', 'port': 3478}}
    kept = {**account, 'password': 'WebPass'}
    daemon.set_sip(account)
    # Nothing is stored for the second: the first one's secret is not lent.
    answer = own(daemon, 'POST', SECOND, kept)
    check_equal((answer.status, answer.json['field']), (400, 'password'), 'none stored')
    set_second(daemon, {**account, 'user': '2'})
    check_equal(own(daemon, 'POST', SECOND, {**kept, 'user': '2'}).status, 200, 'its own')
    answer = own(daemon, 'POST', SECOND, kept)
    check_equal((answer.status, answer.json['field']), (400, 'password'), 'user of the first')
    answer = own(daemon, 'POST', SECOND, {**kept, 'user': '2', 'proxy': 'sip:evil.example.invalid'})
    check_equal((answer.status, answer.json['field']), (400, 'password'), 'another server')
    check_equal(daemon.api('POST', '/device/sip/settings', kept).status, 200, 'the first, too')
    check_equal(own(daemon, 'POST', FIRST, kept).status, 200, 'by its other path')
    check_equal(own(daemon, 'GET', FIRST).json, daemon.get_sip(), 'both paths show the same')
    # Removed means forgotten.
    own(daemon, 'DELETE', SECOND)
    answer = own(daemon, 'POST', SECOND, {**kept, 'user': '2'})
    check_equal((answer.status, answer.json['field']), (400, 'password'), 'after DELETE')


def test_paths_and_who_may(t):
    daemon = t.portero()
    for path in ('/accounts', '/accounts/', '/accounts/0/settings', '/accounts/3/settings',
                 '/accounts/02/settings', '/accounts/2/settings/', '/accounts/2/enable'):
        check_equal(own(daemon, 'GET', path).status, 404, path)
    for path in (SECOND, FIRST, '/accounts/1/status', '/accounts/2/status', '/tls', '/trace'):
        check_equal(own(daemon, 'GET', path, token=None).status, 401, path)
        check_equal(own(daemon, 'GET', path).status, 200, path)
        check_equal(own(daemon, 'PATCH', path).status, 405, path)
    check_equal(own(daemon, 'DELETE', FIRST).status, 405, 'DELETE of the first')
    headers = {'Authorization': 'Bearer ' + daemon.login(), 'Origin': 'https://other.example'}
    for method, path in (('POST', SECOND), ('DELETE', SECOND), ('PUT', '/tls')):
        check_equal(daemon.request(method, OWN + path, b'{}', headers).status, 403, path)


# ---- device/sip/reregister ----

@cases(('low', 29, 400), ('lowest', 30, 200), ('highest', 3600, 200), ('high', 3601, 400),
       ('text', '60', 400), ('float', 60.0, 400), ('none', None, 400), ('huge', 2 ** 63 - 1, 400),
       ('wrapped', 65536 + 60, 400))
def test_reregister_bounds(t, time_s, status):
    daemon = t.portero()
    before = daemon.api('GET', '/device/sip/reregister').json
    check_equal(before, {'is_reregister': True, 'reregister_time': 900}, 'default')
    for path, more in (('/device/sip/reregister', {}), ('/device/sip/enable',
                                                        {'sip_enable': False})):
        answer = daemon.api('POST', path, {'is_reregister': False, 'reregister_time': time_s,
                                           **more})
        check_equal(answer.status, status, path)
        if status == 400:
            check_equal(answer.json['field'], 'reregister_time', path)
        check_equal(daemon.api('GET', '/device/sip/reregister').json,
                    {'is_reregister': False, 'reregister_time': time_s} if status == 200 else before,
                    'after ' + path)


def test_reregister_bodies(t):
    daemon = t.portero()
    for body, field in (({}, 'is_reregister'), ({'is_reregister': 1}, 'is_reregister'),
                        ({'reregister_time': 60}, 'is_reregister')):
        answer = daemon.api('POST', '/device/sip/reregister', body)
        check_equal((answer.status, answer.json['field']), (400, field), str(body))
    check_equal(daemon.api('POST', '/device/sip/reregister', b'[]').status, 400, 'no object')
    answer = daemon.api('POST', '/device/sip/reregister', {'is_reregister': False})
    check_equal(answer.status, 200, 'time left out')
    daemon.stop()
    daemon.start()
    check_equal(daemon.api('GET', '/device/sip/reregister').json,
                {'is_reregister': False, 'reregister_time': 900}, 'after a restart')


def test_no_retry_until_asked(t):
    """Off: a server that comes back is not noticed, until somebody asks."""
    server = t.kamailio()
    daemon = t.portero()
    check_equal(daemon.api('POST', '/device/sip/reregister',
                           {'is_reregister': False}).status, 200, 'off')
    account = server.account('udp', '101', password='wrong-secret')
    daemon.set_sip(account)
    status = daemon.wait_status('ERROR', reason='password')
    check_equal(status['detail']['next_attempt_at'], None, 'a next attempt')
    check_equal(daemon.api('POST', '/device/sip/reregister',
                           {'is_reregister': True, 'reregister_time': 30}).status, 200, 'on')
    wait_for(lambda: daemon.status()['detail']['next_attempt_at'], t.seconds(10), 'a next attempt')


# ---- sip/tls ----

def test_tls_authority_by_api(t):
    authority = t.certificates()
    server = t.kamailio(certificate=authority.server())
    daemon = t.portero()
    daemon.set_sip(server.account('tls'))
    daemon.wait_status('ERROR', within_s=10, reason='certificate')
    check_equal(daemon.status()['detail']['tls_verified'], True, 'tls_verified')
    with open(authority.ca) as f:
        pem = f.read()
    check_equal(own(daemon, 'PUT', '/tls', {'ca_pem': pem, 'verify': True}).status, 200, 'PUT')
    check_equal(own(daemon, 'GET', '/tls').json, {'ca_pem': pem, 'verify': True}, 'GET')
    daemon.wait_status('OK', within_s=10)
    daemon.stop()
    daemon.start()
    daemon.wait_status('OK', within_s=10)
    # Taken back: the server is a stranger again.
    check_equal(own(daemon, 'PUT', '/tls', {'ca_pem': '', 'verify': True}).status, 200, 'PUT')
    daemon.wait_status('ERROR', within_s=10, reason='certificate')


def test_tls_without_a_check(t):
    authority = t.certificates()
    server = t.kamailio(certificate=authority.server(ca='other'))
    daemon = t.portero()
    daemon.set_sip(server.account('tls'))
    daemon.wait_status('ERROR', within_s=10, reason='certificate')
    check('not checked' not in daemon.log(), 'a warning too early')
    check_equal(own(daemon, 'PUT', '/tls', {'ca_pem': '', 'verify': False}).status, 200, 'PUT')
    status = daemon.wait_status('OK', within_s=10)
    check_equal(status['detail']['tls_verified'], False, 'tls_verified')
    check('not checked' in daemon.log(), 'no warning', daemon.log_tail())
    daemon.stop()
    daemon.start()
    daemon.wait_status('OK', within_s=10)
    check_equal(daemon.log().count('not checked'), 2, 'warned at the start, too')


def test_tls_bodies(t):
    authority = t.certificates()
    with open(authority.ca) as f:
        pem = f.read()
    key = '-----BEGIN PRIVATE KEY-----\nAAAA\n-----END PRIVATE KEY-----\n'
    daemon = t.portero()
    filled = pem + '#' * (16384 - len(pem))
    for body, field in (({}, 'ca_pem'), ({'ca_pem': pem}, 'verify'), ({'verify': True}, 'ca_pem'),
                        ({'ca_pem': 1, 'verify': True}, 'ca_pem'),
                        ({'ca_pem': None, 'verify': True}, 'ca_pem'),
                        ({'ca_pem': pem, 'verify': 'yes'}, 'verify'),
                        ({'ca_pem': 'garbage', 'verify': True}, 'ca_pem'),
                        ({'ca_pem': pem[:300], 'verify': True}, 'ca_pem'),
                        ({'ca_pem': pem + pem[:300], 'verify': True}, 'ca_pem'),
                        ({'ca_pem': pem.replace('M', '!', 9), 'verify': True}, 'ca_pem'),
                        ({'ca_pem': pem + key, 'verify': True}, 'ca_pem'),
                        ({'ca_pem': key, 'verify': True}, 'ca_pem'),
                        ({'ca_pem': filled + '#', 'verify': True}, 'ca_pem')):
        answer = own(daemon, 'PUT', '/tls', body)
        check_equal((answer.status, answer.json.get('field')), (400, field), str(body)[-80:])
        check(answer.json['reason'], 'no reason')
        check_equal(own(daemon, 'GET', '/tls').json, {'ca_pem': '', 'verify': True}, 'unchanged')
    check_equal(own(daemon, 'PUT', '/tls', {'ca_pem': filled, 'verify': True}).status, 200, 'full')
    check_equal(own(daemon, 'GET', '/tls').json['ca_pem'], filled, 'read back')
    check_equal(own(daemon, 'PUT', '/tls', {'ca_pem': pem + pem, 'verify': True}).status, 200,
                'two')
    daemon.stop()
    daemon.start()
    check_equal(own(daemon, 'GET', '/tls').json['ca_pem'], pem + pem, 'after a restart')


# ---- sip/trace ----

def test_trace_of_two_accounts(t):
    server = t.kamailio()
    daemon = t.portero()
    check_equal(own(daemon, 'GET', '/trace').json, {'list_items': []}, 'at first')
    daemon.set_sip(server.account('udp', '101'))
    daemon.wait_status('OK')
    set_second(daemon, server.account('tcp', '102'))
    wait_second(t, daemon, 'OK')
    items = own(daemon, 'GET', '/trace').json['list_items']
    for account, transport, user in ((1, 'udp', '101'), (2, 'tcp', '102')):
        mine = [i for i in items if i['account'] == account]
        # What was sent again, because this machine was slow to answer, counts once.
        mine = list({(i['direction'], i['text']): i for i in reversed(mine)}.values())[::-1]
        texts = [i['text'] for i in mine if i['text'].startswith(('REGISTER', 'SIP/2.0'))]
        check_equal([text.split()[0 if text.startswith('R') else 1] for text in texts][:4],
                    ['REGISTER', '401', 'REGISTER', '200'], 'account %d' % account)
        check_equal({i['transport'] for i in mine}, {transport}, 'transport')
        check_equal({i['peer'] for i in mine}, {'127.0.0.1:%d' % server.port}, 'peer')
        check_equal([i['direction'] for i in mine][:4], ['sent', 'received'] * 2, 'direction')
        check('<sip:%s@' % user in texts[0], 'the user', texts[0])
    times = [i['timestamp'] for i in items]
    check_equal(times, sorted(times), 'oldest first')
    whole = str(items)
    check('response="' not in whole.replace('response="(cut', ''), 'a digest is shown', whole[:3000])

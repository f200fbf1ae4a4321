# SPDX-License-Identifier: MIT
"""All of tests/data/sip-settings.json against the running daemon, by both names of the API."""

import copy
import json
import os

from harness import DATA, cases, check_equal

DEFAULTS = {
    'proxy': 'sip:sip.example.invalid', 'realm': 'sip.example.invalid', 'user': 'panel',
    'password': 'WebPass', 'transport': 'udp', 'user_id': '',
    'stun': {'ip': '127.0.0.1', 'port': 3478}, 'registration_interval': 30,
}


def vectors():
    with open(os.path.join(DATA, 'sip-settings.json'), encoding='utf-8') as f:
        return json.load(f)


def body_of(base, case):
    body = copy.deepcopy(base)
    inner, name = body, case['field']
    if '.' in name:
        outer, name = name.split('.')
        inner = body[outer]
    if case.get('missing'):
        del inner[name]
    else:
        inner[name] = case['value']
    return body


def shown(body):
    """What GET must show after body was accepted."""
    want = {name: body[name] for name in ('proxy', 'realm', 'user')}
    want['password'] = 'WebPass'
    want['transport'] = body.get('transport', 'udp')
    want['user_id'] = body.get('user_id', '')
    want['stun'] = {name: body['stun'][name] for name in ('ip', 'port')}
    want['registration_interval'] = body.get('registration_interval', 30)
    if body.get('outbound'):
        want['outbound'] = body['outbound']
    return want


def check_shown(daemon, base_path, body, what):
    answer = daemon.api('GET', '/device/sip/settings', base=base_path)
    check_equal(answer.status, 200, what)
    check_equal(answer.body.decode(), json.dumps(answer.json, separators=(',', ':'),
                                                 ensure_ascii=False), what + ': not on one line')
    check_equal(list(answer.json.items()), list(shown(body).items()), what + ': GET')


@cases(('v1', '/api/v1'), ('v0', '/api/v0'))
def test_vectors(t, base_path):
    data = vectors()
    daemon = t.portero()
    daemon.enable_sip(False)  # the vectors name hosts of others: nothing may be sent there
    check_equal(daemon.get_sip(), DEFAULTS, 'before anyone has set anything')

    def post(body):
        return daemon.api('POST', '/device/sip/settings', body, base=base_path)

    troubles = []
    for case in data['cases']:
        body = body_of(data['base'], case)
        check_equal(post(data['base']).status, 200, 'base')
        answer = post(body)
        try:
            if case['accept']:
                check_equal((answer.status, answer.body), (200, b'{}'), 'POST')
                check_shown(daemon, base_path, body, 'accepted')
            else:
                check_equal(answer.status, 400, 'POST')
                error = answer.json
                check_equal(type(error['error']), str, '`error`')
                if error['error'] != 'Wrong JSON body':
                    check_equal(error['field'], case['field'], 'field')
                    check_equal(bool(error['reason']), True, 'a reason')
                check_shown(daemon, base_path, data['base'], 'refused')
        except (AssertionError, KeyError) as failure:
            troubles.append('%s: %s; answer %r' % (case['name'], failure, answer))
    for raw in data['raw']:
        answer = post(raw['body'])
        want = 200 if raw['accept'] else 400
        if answer.status != want or (want == 400 and type(answer.json.get('error')) is not str):
            troubles.append('%s: %r' % (raw['name'], answer))
        check_shown(daemon, base_path, data['base'], 'after: ' + raw['name'])
    check_equal(troubles, [], 'cases that went wrong')


def test_both_names_reach_the_same_settings(t):
    daemon = t.portero()
    daemon.enable_sip(False)
    base = vectors()['base']
    check_equal(daemon.api('POST', '/device/sip/settings', base, base='/api/v0').status, 200, 'v0')
    check_shown(daemon, '/api/v1', base, 'v1')
    daemon.stop()
    daemon.start()
    check_shown(daemon, '/api/v1', base, 'after a restart')
    check_equal(daemon.api('GET', '/device/sip/enable').json, {'sip_enable': False}, 'enable')

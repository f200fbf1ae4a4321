# SPDX-License-Identifier: MIT
"""How the panel calls, as clients set it, and the forward table: stored before they are acknowledged, read
back without a difference, within their limits."""

from harness import check, check_equal

GROUPS = (
    ('/device/call/dial/timeout', {'dial_timeout': 45, 'forwarding_timeout': 25}),
    ('/device/call/talk/timeout', {'talk_timeout': 90}),
    ('/device/call/concierge', {'number_enable': True, 'number_url': 'sip:9999@192.0.2.250:5060'}),
    ('/device/call/auto_answer', {'is_enabled': True}),
    ('/device/call/drop', {'is_enabled': True}),
    ('/device/call/drop/lock-open', {'is_enabled': True}),
    ('/device/settings/volume', {'volume_level': 3}),
    ('/device/settings/mic', {'mic_gain_level': 2}),
)


def rules(daemon, **query):
    text = '&'.join('%s=%s' % pair for pair in query.items())
    return daemon.api('GET', '/forward/items?' + text).json


def test_settings_survive_a_kill(t):
    daemon = t.portero()
    for path, value in GROUPS:
        before = daemon.api('GET', path).json
        check(before != value, 'already so: ' + path)
        daemon.must_post(path, value)
        check_equal(daemon.api('GET', path).json, value, path)
    daemon.kill9()
    daemon.start()
    for path, value in GROUPS:
        check_equal(daemon.api('GET', path).json, value, path + ' after kill -9')


def test_one_key_does_not_reset_others(t):
    daemon = t.portero()
    daemon.must_post('/device/call/dial/timeout', {'dial_timeout': 45, 'forwarding_timeout': 25})
    daemon.must_post('/device/call/drop', {'is_enabled': True})
    daemon.must_post('/device/call/auto_answer', {'is_enabled': False, 'more': 1})
    daemon.must_post('/device/call/dial/timeout', {'dial_timeout': 50})
    check_equal(daemon.api('GET', '/device/call/dial/timeout').json,
                {'dial_timeout': 50, 'forwarding_timeout': 25}, 'what is left out stays')
    check_equal(daemon.api('GET', '/device/call/drop').json, {'is_enabled': True}, 'another key')


def test_forward_table_of_130_flats(t):
    daemon = t.portero()
    want = [{'forward_number': n, 'forward_entity_list': ['2%03d' % n, 'sip:%d@192.0.2.7' % n]}
            for n in range(1, 131)]
    for rule in want:
        daemon.must_post('/forward/item/%d' % rule['forward_number'],
                         {'forward_entity_list': rule['forward_entity_list']})
    daemon.kill9()
    daemon.start()
    got, page = [], 1
    while True:  # as clients do: until a page is empty
        answer = rules(daemon, limit=100, page_number=page)
        check_equal(answer['list_option']['pagination'],
                    {'total_items': 130, 'items_limit': 100, 'total_pages': 2, 'current_page': page},
                    'pagination')
        if not answer['list_items']:
            break
        got += answer['list_items']
        page += 1
    check_equal(got, want, 'read back')
    check_equal(rules(daemon, limit=1, sort_type='desc')['list_items'], want[-1:], 'the other way')
    check_equal(len(rules(daemon, limit=1000)['list_items']), 100, 'an odd limit is clamped')
    check_equal(len(rules(daemon, limit=0)['list_items']), 1, 'and so is this')

    daemon.must_post('/forward/item/5', {'forward_entity_list': ['777']})
    answer = daemon.api('DELETE', '/forward/items', {'uid_items': list(range(6, 131)) + [4711]})
    check_equal((answer.status, answer.body), (200, b'{}'), 'delete')
    check_equal(rules(daemon)['list_items'],
                want[:4] + [{'forward_number': 5, 'forward_entity_list': ['777']}], 'what is left')


def test_bad_rules_are_refused(t):
    daemon = t.portero()
    many = [str(n) for n in range(9)]
    for value, reason in ((['1a'], 'number'), ([], 'none'), (many, 'nine'), (['1' * 33], 'long'),
                          (['sip:1@h'], 'one label'), (['1\n2'], 'two lines')):
        answer = daemon.api('POST', '/forward/item/1', {'forward_entity_list': value})
        check_equal(answer.status, 400, reason)
        check_equal(answer.json['field'], 'forward_entity_list', reason)
    check_equal(daemon.api('POST', '/forward/item/0', {'forward_entity_list': ['1']}).status, 400,
                'flat 0')
    check_equal(daemon.api('POST', '/forward/item/1000000000', {'forward_entity_list': ['1']}).status,
                404, 'a flat beyond all')
    check_equal(daemon.api('DELETE', '/forward/items', {'uid_items': ['1']}).status, 400, 'text')
    check_equal(daemon.api('DELETE', '/forward/items', {'uid_items': [1] * 1001}).status, 400, 'many')
    check_equal(rules(daemon)['list_items'], [], 'nothing came of it')


def test_numbers_that_cannot_be_called(t):
    daemon = t.portero()
    for number in ('', 'x', '1a', 'sip:101', 'tel:1', 'sip:1@[::1]', '1' * 33, 'vizit:1'):
        answer = daemon.api('POST', '/system/debug/call/start', {'number': number})
        check_equal((answer.status, answer.json), (400, {'error': 'Wrong number format'}), number)
    answer = daemon.api('POST', '/system/debug/call/start', {})
    check_equal(answer.json['error'], 'Wrong JSON body: no value for `number`', 'no number')
    answer = daemon.api('POST', '/system/debug/call/start', {'number': 101})
    check_equal(answer.json['error'], 'Wrong JSON body: value `number` was of the wrong type', 'type')
    check_equal(daemon.api('GET', '/system/call/status').json, {'state': 'idle'}, 'no call')


def test_keypad(t):
    daemon = t.portero()

    def press(*keys):
        return daemon.api('POST', '/sim/keypad', {'keys': list(keys)}, base='/api/portero/v1')

    check_equal(press('1', '0').json, {'digits': '10'}, 'typed')
    check_equal(press('call').json, {'digits': ''}, 'called')
    call = daemon.api('GET', '/system/call/status').json
    check_equal((call['number'], call['by']), ('10', 'keypad'), 'the call')
    check_equal(press('call').status, 409, 'nothing to do')
    check_equal(press('12').status, 400, 'no key')
    check_equal(press(*['1'] * 65).status, 400, 'too many keys')
    check_equal(press('concierge').status, 409, 'none set')


def test_calls_are_listed(t):
    daemon = t.portero()
    for n in range(55):
        daemon.must_post('/system/debug/call/start', {'number': str(n + 1)})
    answer = daemon.api('GET', '/calls?limit=100', base='/api/portero/v1').json
    check_equal([c['number'] for c in answer['list_items']], [str(n) for n in range(55, 5, -1)],
                'the last 50, newest first')
    check_equal(answer['list_items'][0]['reason'], 'SIP is switched off, or has no settings yet', '')

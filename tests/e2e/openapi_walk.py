#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
"""openapi.yaml against the running panel: every path, method, status and limit in it.

usage: openapi_walk.py http://HOST:PORT PASSWORD

By hand it takes a panel of its own: SIP is switched off and the settings are overwritten."""

import base64
import copy
import hashlib
import http.client
import json
import os
import sys
import tempfile
import time
import urllib.parse
import uuid

sys.path.insert(0, os.path.dirname(os.path.abspath(__file__)))

from harness import DATA, Failure, check, check_equal, own_address  # noqa: E402
from harness.certificates import Certificates  # noqa: E402
from harness.portero import PASSWORD  # noqa: E402
from openapi_schema import METHODS, Description  # noqa: E402

BODY_MAX = 64 * 1024
SETTINGS = '/api/v1/device/sip/settings'
ENABLE = '/api/v1/device/sip/enable'
# Statuses that a healthy panel never gives: the tests of the store and of the log-in bring them about.
# And 409, which takes two checks or calls at once (81-check.py, 27-calls.py), and 404, which takes
# what is not there.
NOT_WALKED = {'404', '409', '429', '500', '503', '507'}
WRONG_QUERIES = {'setModeWall': '?device=x', 'setModeUnit': '?unit=10000', 'getLogItems': '?from=x', 'getEvents': '?after=x'}

# What a panel at rest answers to a good request, if not 200: nothing rings.
AT_REST = {'answerCall': 409}


def self_signed():
    """A new key and its certificate: there is none to be found in openapi.yaml."""
    with tempfile.TemporaryDirectory() as directory:
        paths = Certificates(directory).self_signed()
        return dict(zip(('certificate_pem', 'key_pem'),
                        (open(path, encoding='ascii').read() for path in paths)))


class Panel:
    def __init__(self, url, password):
        self.netloc = urllib.parse.urlsplit(url).netloc
        self.password = password
        self.description = Description()

    def request(self, method, path, body=None, headers=None):
        connection = http.client.HTTPConnection(self.netloc, timeout=30)
        try:
            connection.request(method, path, body, headers or {})
            answer = connection.getresponse()
            if answer.headers['Content-Type'] == 'text/event-stream' and method == 'GET':
                return answer, self.first_event(answer)
            return answer, answer.read()
        finally:
            connection.close()

    @staticmethod
    def first_event(answer):
        """A stream has no end: what comes until a whole event has."""
        body = b''
        while not (body.endswith(b'\n\n') and b'\ndata: ' in body):
            line = answer.readline()
            check(line, 'the stream has ended after %r' % body)
            body += line
        return body

    def wait_restarted(self, token):
        """Until the token, of before, is not known any more."""
        deadline = time.monotonic() + 30
        while time.monotonic() < deadline:
            try:
                if self.request('GET', ENABLE, None, token)[0].status == 401:
                    return
            except (OSError, http.client.HTTPException):
                pass
            time.sleep(0.05)
        raise Failure('the panel has not started again')

    def digest(self):
        return hashlib.md5(self.password.encode()).hexdigest()

    def bearer(self):
        answer, body = self.request('POST', '/api/v1/login', json.dumps(
            {'username': 'admin', 'password': self.digest()}))
        check_equal(answer.status, 200, 'login: %r' % body)
        return {'Authorization': 'Bearer ' + json.loads(body)['token']}

    def basic(self):
        pair = base64.b64encode(('admin:' + self.password).encode()).decode()
        return {'Authorization': 'Basic ' + pair}

    def sip_off(self):
        """The names that the walk sets are never looked up."""
        answer, body = self.request('POST', ENABLE, '{"sip_enable":false}', self.bearer())
        check_equal(answer.status, 200, 'SIP off: %r' % body)

    def refuse_sip(self):
        """A server whose port nobody listens at: a check ends at once."""
        body = json.dumps({'proxy': 'sip:127.0.0.1:1', 'realm': 'sip.portero.test', 'user': '101',
                           'password': 'walk-1234', 'transport': 'tcp',
                           'stun': {'ip': '127.0.0.1', 'port': 3478}})
        answer, body = self.request('POST', SETTINGS, body, self.bearer())
        check_equal(answer.status, 200, 'settings: %r' % body)

    def good_query(self, operation):
        values = {'username': 'admin', 'password': self.digest(), 'oldPassword': self.password,
                  'newPassword': self.password}
        pairs = [(p['name'], values.get(p['name'], p.get('example')))
                 for p in operation.get('parameters', [])
                 if p['in'] == 'query' and (p['name'] in values or 'example' in p)]
        return '?' + urllib.parse.urlencode(pairs) if pairs else ''

    def good_body(self, operation):
        if not operation.get('requestBody', {}).get('required'):
            return None
        content = operation['requestBody']['content']['application/json']
        schema = self.description.resolve(content['schema'])
        if operation['operationId'] == 'login':
            value = {'username': 'admin', 'password': self.digest()}
        elif operation['operationId'] == 'setSipEnable':
            value = {'sip_enable': False}
        elif operation['operationId'] == 'setHttps':
            value = self_signed()
        else:
            value = content.get('example', schema.get('example'))
        check_equal(self.description.mistakes(schema, value), [], 'the example of its own schema')
        return json.dumps(value)

    def check_answer(self, operation, status, answer, body, what):
        """It has this status, the operation describes it, and its body and headers fit."""
        what = '%s: %d %r' % (what, answer.status, body[:300])
        check_equal(answer.status, status, what)
        check(str(status) in operation['responses'], 'not described: ' + what)
        response = self.description.resolve(operation['responses'][str(status)])
        kind = answer.headers['Content-Type'].partition(';')[0]
        check(kind in response['content'], 'not described as %s: %s' % (kind, what))
        check('no-store' in answer.headers.get('Cache-Control', ''), 'may be stored: ' + what)
        for name, header in response.get('headers', {}).items():
            value = answer.headers.get(name)
            if header['schema']['type'] == 'integer' and value is not None:
                value = int(value)
            check_equal(self.description.mistakes(header['schema'], value, name), [], what)
        if kind == 'text/event-stream':
            self.check_event(self.description.resolve(operation['x-portero-stream']), body, what)
        if kind != 'application/json':
            return
        check(b'\n' not in body.rstrip(b'\n'), 'more than a line: ' + what)
        check_equal(self.description.mistakes(response['content'][kind]['schema'],
                                              json.loads(body)), [], what)


    def check_event(self, schema, body, what):
        fields = dict(line.split(': ', 1) for line in body.decode().splitlines() if line)
        item = json.loads(fields['data'])
        check_equal((fields['id'], fields['event']), (str(item['number']), item['name']['key']), what)
        check_equal(self.description.mistakes(schema, item), [], what)


    def new_identifier(self):
        """The body of one that is not there yet."""
        return {'identifier_owner': {'name': 'walk', 'type': 'guest'}, 'identifier_type': 'qr',
                'identifier_number': str(uuid.uuid4()), 'lock': 'first'}

    def fresh(self, operation, target, body):
        """What can be done once only is done with another identifier each time."""
        if operation['operationId'] == 'createIdentifier':
            return target, json.dumps(self.new_identifier())
        if '/access/identifier/item/1' in target:
            answer, got = self.request('POST', '/api/v1/access/identifier',
                                       json.dumps(self.new_identifier()), self.bearer())
            check_equal(answer.status, 200, 'an identifier: %r' % got)
            target = target.replace('/item/1', '/item/%d' % json.loads(got)['uid'])
        return target, body


def is_open(operation):
    return operation.get('security') == [] or {} in operation.get('security', [])


def walk_operation(panel, base, path, method, operation):
    url = base + path
    what = '%s %s' % (method, url)
    query, body = panel.good_query(operation), panel.good_body(operation)
    reached = set()
    good = AT_REST.get(operation['operationId'], 200)
    if good != 200:
        reached.add('200')

    def expect(status, headers, target=url + query, body=body, method=method):
        if status == good:
            target, body = panel.fresh(operation, target, body)
        token = panel.bearer() if restarts and status == 200 else None
        answer, got = panel.request(method, target, body, headers)
        panel.check_answer(operation, status, answer, got, what)
        reached.add(str(status))
        if token:
            panel.wait_restarted(token)

    restarts = operation.get('x-portero-restarts')
    if operation['operationId'] == 'checkSip':
        panel.refuse_sip()
    if operation.get('x-portero-local'):  # 80-cli.py comes that way
        expect(401, {})
        expect(403, panel.bearer())
        expect(403, {**panel.bearer(), 'Sec-Fetch-Site': 'cross-site'})
        return
    if is_open(operation):
        expect(200, {})
        expect(200, {'Authorization': 'Bearer ' + '0' * 40})
        expect(200, {'Authorization': 'Basic !'})
    else:
        expect(401, {})
        expect(401, {'Authorization': 'Bearer ' + '0' * 40})
        expect(401, {'Authorization': 'Bearer '})
        expect(good, panel.basic())
    expect(good, panel.bearer())
    if operation['operationId'] in ('changePassword', 'changeWebPassword'):
        expect(200, panel.bearer(), target=url, body=json.dumps(
            {'old_password': panel.password, 'new_password': panel.password}))
    if '400' in operation['responses'] and operation['bad path']:
        expect(400, panel.bearer(), target=base + operation['bad path'])
    if '400' in operation['responses'] and (body or not operation['bad path']):
        expect(400, panel.bearer(), target=url + WRONG_QUERIES.get(operation['operationId'], ''),
               body='{' if body else None)
    if '403' in operation['responses']:
        expect(403, {**panel.bearer(), 'Sec-Fetch-Site': 'cross-site'})
        expect(403, {**panel.bearer(), 'Origin': 'http://other.example'})
    if '413' in operation['responses']:
        expect(413, panel.bearer(), body=' ' * (BODY_MAX + 1))
    check_equal(set(operation['responses']) - reached - NOT_WALKED, set(),
                '%s: described, but not reached' % what)


def walk(panel):
    panel.sip_off()
    # What starts the panel again comes last: it may forget all settings.
    for base, path, method, operation in sorted(
            panel.description.operations(), key=lambda each: 'x-portero-restarts' in each[3]):
        walk_operation(panel, base, path, method, operation)


def is_acting_get(url):
    """A GET of the vendor's that does something: HEAD must not."""
    return url.endswith(('/login', '/logout', '/reboot/run')) or '/open/remote/accepted/' in url


def other_methods(panel):
    methods, streams = {}, set()
    for base, path, method, operation in panel.description.operations():
        url = base + path
        methods.setdefault(url, set()).add(method)
        if 'x-portero-stream' in operation:
            streams.add(url)
    for url, known in methods.items():
        allowed = known | ({'HEAD'} if 'GET' in known and not is_acting_get(url) else set())
        for method in ('GET', 'HEAD', 'POST', 'PUT', 'DELETE', 'PATCH'):
            if method in allowed:
                continue
            answer, body = panel.request(method, url, None, panel.bearer())
            what = '%s %s: %r' % (method, url, body)
            check_equal(answer.status, 405, what)
            check_equal(set(answer.headers['Allow'].replace(' ', '').split(',')), allowed, what)
        if 'HEAD' in allowed:
            check_head(panel, url, url in streams)
    for path in ('/api', '/api/v1/nothing', '/api/v2/device/sip/settings', SETTINGS + '/'):
        check_equal(panel.request('GET', path)[0].status, 401, path)
        answer, body = panel.request('GET', path, None, panel.bearer())
        check_equal((answer.status, json.loads(body)), (404, {'error': 'Not found'}), path)


def check_head(panel, url, is_stream):
    headers = panel.bearer()
    get, body = panel.request('GET', url + ('?after=0' if is_stream else ''), None, headers)
    head, nothing = panel.request('HEAD', url, None, headers)
    check_equal((head.status, nothing, head.headers['Content-Type']),
                (get.status, b'', get.headers['Content-Type']), 'HEAD ' + url)
    if not is_stream and not url.endswith('/photo/file'):  # each picture is another one
        check_equal(int(head.headers['Content-Length']), len(body), 'Content-Length of HEAD ' + url)


def name_of(length):
    """A DNS name of exactly that many characters (up to 253: a good one)."""
    labels = []
    while length > 65:
        labels.append('a' * 63)
        length -= 64
    labels.append('b' * (length - length // 2 - 1))
    labels.append('c' * (length // 2))
    return '.'.join(labels)


def text_of(name, length):
    """A text of that length which only its length can make wrong."""
    if length <= 0:
        return ''
    if name in ('proxy', 'realm', 'outbound', 'stun.ip'):
        tail = ':65535' if length > 253 and name != 'stun.ip' else ''
        head = 'sip:' if length > 259 and name != 'realm' else ''
        rest = length - len(head) - len(tail)
        return head + (name_of(rest) if rest > 2 else 'c' * rest) + tail
    return 'a' * length


def merged(schema, resolve):
    for part in schema.get('allOf', []) + schema.get('anyOf', []):
        schema = {**resolve(part), **schema}
    return schema


def probes(name, schema):
    """Values at each bound of a schema and one beyond, and values of other types."""
    if schema['type'] == 'integer':
        low, high = schema['minimum'], schema['maximum']
        return [low - 1, low, low + 1, high - 1, high, high + 1, -low, 2 ** 31, 2 ** 63 - 1,
                str(low), float(low), None, True, [], {}]
    if schema['type'] == 'object':
        return [None, [], 'x', 1]
    values = [None, 1, True, [], {}]
    if 'enum' in schema:
        return values + schema['enum'] + [v.upper() for v in schema['enum']] + ['', 'x']
    low, high = schema.get('minLength', 0), schema['maxLength']
    values += [text_of(name, n) for n in {low - 1, low, low + 1, high - 1, high, high + 1}]
    if 'pattern' in schema or 'anyOf' in schema:
        values += ['ab' + chr(c) + 'c.de' for c in list(range(1, 0x80)) + [0xe9, 0x2028]]
    return values


def set_member(body, name, value):
    body = copy.deepcopy(body)
    outer, _, inner = name.partition('.')
    if inner:
        body[outer][inner] = value
    else:
        body[outer] = value
    return body


def members(description, schema, prefix=''):
    for name, member in schema['properties'].items():
        member = description.resolve(member)
        yield prefix + name, member
        if member.get('type') == 'object':
            yield from members(description, member, prefix + name + '.')


def settings_limits(panel):
    """The panel refuses exactly what the schema refuses, and names the member."""
    description = panel.description
    operation = description.root['paths']['/device/sip/settings']['post']
    content = operation['requestBody']['content']['application/json']
    schema = description.resolve(content['schema'])
    headers = panel.bearer()
    panel.sip_off()

    def post(body, name):
        good = not description.mistakes(schema, body)
        answer, got = panel.request('POST', SETTINGS, json.dumps(body), headers)
        what = '%s = %s' % (name, json.dumps(body)[:600])
        panel.check_answer(operation, 200 if good else 400, answer, got, what)
        if not good:
            check_equal(json.loads(got).get('field'), name, 'field: ' + what)
            check(json.loads(got).get('reason'), 'no reason: ' + what)

    def check_lengths(name, member):
        """Whatever the pattern says of lengths beside them, these two are the panel's own."""
        low, high = member.get('minLength', 0), member['maxLength']
        for length, status in ((low, 200), (low - 1, 400), (high, 200), (high + 1, 400)):
            if length < 0:
                continue
            body = set_member(content['example'], name, text_of(name, length))
            check_equal(panel.request('POST', SETTINGS, json.dumps(body), headers)[0].status,
                        status, '%s of %d characters' % (name, length))

    count = 0
    for name, member in members(description, schema):
        member = merged(member, description.resolve)
        for value in probes(name, member):
            post(set_member(content['example'], name, value), name)
            count += 1
        if 'maxLength' in member:
            check_lengths(name, member)
        body = copy.deepcopy(content['example'])
        outer, _, inner = name.partition('.')
        (body[outer] if inner else body).pop(inner or outer, None)
        post(body, name)
    check(count > 900, 'only %d probes' % count)


def defaults(panel):
    """What is left out becomes what the schema says."""
    description = panel.description
    content = description.root['paths']['/device/sip/settings']['post']['requestBody']['content'][
        'application/json']
    schema = description.resolve(content['schema'])
    body = {name: content['example'][name] for name in schema['required']}
    headers = panel.bearer()
    panel.sip_off()
    check_equal(panel.request('POST', SETTINGS, json.dumps(body), headers)[0].status, 200, 'POST')
    got = json.loads(panel.request('GET', SETTINGS, None, headers)[1])
    for name, member in schema['properties'].items():
        if 'default' in member:
            check_equal(got[name], member['default'], 'the default of ' + name)


def vectors(description):
    """Without a panel: the schema agrees with each case of the rules."""
    with open(os.path.join(DATA, 'sip-settings.json'), encoding='utf-8') as file:
        data = json.load(file)
    schema = {'$ref': '#/components/schemas/SipSettingsChange'}
    count = 0
    for case in data['cases']:
        if 'field' not in case:
            continue
        body = copy.deepcopy(data['base'])
        outer, _, inner = case['field'].partition('.')
        if case.get('missing'):
            del (body[outer] if inner else body)[inner or outer]
        else:
            body = set_member(body, case['field'], case['value'])
        check_equal(not description.mistakes(schema, body), case['accept'], case['name'])
        count += 1
    check(count > 100, 'only %d cases' % count)


def stored_only(description):
    """What is kept without any effect is marked, and little."""
    stored = []
    for path, item in description.root['paths'].items():
        effects = [item[method].get('x-portero-effect') for method in METHODS if method in item]
        check(set(effects) <= {None, 'stored'}, '%s: effects %r' % (path, effects))
        if 'stored' in effects:
            stored.append(path)
    check(len(stored) > 5, 'stored only', stored)
    share = len(stored) / len(description.root['paths'])
    check(share <= 0.15, '%.1f %% of the routes are only stored: %s' % (share * 100,
                                                                       ', '.join(stored)))


def examples(description):
    """Every example fits its schema."""
    def visit(node):
        if isinstance(node, list):
            for each in node:
                visit(each)
        if not isinstance(node, dict):
            return
        schema = node.get('schema', node)
        for value in [node.get('example')] + [e['value'] for e in node.get('examples', {}).values()]:
            if value is not None:
                check_equal(description.mistakes(schema, value), [], 'example %r' % (value,))
        for each in node.values():
            visit(each)

    visit(description.root['paths'])
    visit(description.root['components'])


def test_openapi_agrees_with_the_vectors(_):
    vectors(Description())


def test_openapi_little_is_only_stored(_):
    stored_only(Description())


def test_openapi_examples_fit(_):
    examples(Description())


def test_openapi_walk(t):
    address = own_address()  # nobody else gets its ports while it starts again
    daemon = t.portero(http_address=address + ':0', sip=address + ':0')
    walk(Panel('http://%s:%d' % daemon.http, PASSWORD))


def test_openapi_other_methods(t):
    daemon = t.portero()
    other_methods(Panel('http://%s:%d' % daemon.http, PASSWORD))


def test_openapi_limits(t):
    daemon = t.portero()
    settings_limits(Panel('http://%s:%d' % daemon.http, PASSWORD))


def test_openapi_defaults(t):
    daemon = t.portero()
    defaults(Panel('http://%s:%d' % daemon.http, PASSWORD))


def test_openapi_is_served_as_it_is(t):
    panel = Panel('http://%s:%d' % t.portero().http, PASSWORD)
    with open(os.path.join(os.path.dirname(DATA), '..', 'openapi.yaml'), 'rb') as file:
        check_equal(panel.request('GET', '/api/openapi.yaml')[1], file.read(), 'openapi.yaml')


def test_openapi_too_many_requests(t):
    panel = Panel('http://%s:%d' % t.portero().http, PASSWORD)
    operation = panel.description.root['paths']['/login']['post']
    for status in (400,) * 5 + (429,):
        answer, body = panel.request('POST', '/api/v1/login', json.dumps(
            {'username': 'admin', 'password': '0' * 32}))
        panel.check_answer(operation, status, answer, body, 'a wrong password')


def main():
    if len(sys.argv) != 3:
        print(__doc__, file=sys.stderr)
        return 2
    panel = Panel(sys.argv[1], sys.argv[2])
    try:
        for step in (walk, other_methods, settings_limits, defaults):
            step(panel)
            print('ok - ' + step.__name__)
        for step in (vectors, examples, stored_only):
            step(panel.description)
            print('ok - ' + step.__name__)
    except Failure as failure:
        print(failure)
        return 1
    return 0


if __name__ == '__main__':
    sys.exit(main())

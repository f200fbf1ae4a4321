# SPDX-License-Identifier: MIT
"""A secret that would be known again in each member that takes one: then all that the panel says, sends and
writes is searched for them. And routes that nobody calls are not there."""

import base64
import http.client
import json
import os
import re

from harness import cases, check, check_equal, slow, wait_for
from harness.clients import AccessService, HttpServer, basic
from harness.needles import digests, search, spellings
from openapi_schema import Description

OURS = '/api/portero/v1'
ADMIN, OLD_ADMIN = 'Canary-Admin.2', 'Canary-Admin.1'
SIP = {1: 'Canary-Sip.1', 2: 'Canary-Sip.2'}
RTSP, LINK, SERVER = 'Canary-Rtsp.1', 'Canary-Link.1', 'Canary-Server.1'
URL_SECRET = 'Canary-Url.1'
MASTER_CODE, WRONG_CODE = '59038471', '59038472'
WRONG_PASSWORD = 'Canary-Admin.3'

REMOTE = '/access/general/remote/control/settings'
CODE = '/access/general/unlock/input/code'
# What shows by itself on the one route that is for it, as clients read it back.
SHOWN = {REMOTE: 'the secret in the URL', CODE: 'the master code'}
# Acts, or never ends.
NOT_READ = {'loginByQuery', 'logoutByGet', 'reboot', 'openLock', 'getEvents'}


def key_needles(key_pem):
    """Each line of it, and the bytes of the whole."""
    lines = [line for line in key_pem.splitlines() if line and not line.startswith('-')]
    raw = base64.b64decode(''.join(lines))
    return {line.encode() for line in lines if len(line) > 40} | {raw[-48:]}


def needles_of(key_pem):
    found = {'the SIP password': spellings(SIP[1]), 'the second SIP password': spellings(SIP[2]),
             'the admin password': spellings(ADMIN) | digests(ADMIN),
             'the admin password before': spellings(OLD_ADMIN) | digests(OLD_ADMIN),
             'a wrong password': spellings(WRONG_PASSWORD) | digests(WRONG_PASSWORD),
             'the RTSP password': spellings(RTSP), 'the password of Link': spellings(LINK),
             'the password of the management server': spellings(SERVER),
             'the key of HTTPS': key_needles(key_pem)}
    codes = {'the secret in the URL': spellings(URL_SECRET),
             'the master code': {MASTER_CODE.encode()}, 'a wrong code': {WRONG_CODE.encode()}}
    return found, codes


def plant(t, daemon, receiver, access, registrars):
    """Returns the HTTPS key."""
    pair = t.certificates().self_signed()
    certificate, key = (open(path, encoding='ascii').read() for path in pair)
    answer = daemon.api('PUT', '/https', {'certificate_pem': certificate, 'key_pem': key}, base=OURS)
    check_equal(answer.status, 200, 'HTTPS: %r' % answer)
    daemon.must_post('/syslog/settings', {'enabled': True, 'tag': '', 'server': {
        'server': '127.0.0.1', 'port': receiver.port, 'severity': 7}})
    daemon.set_sip(registrars[0].account())
    second = {name: value for name, value in registrars[1].account().items() if name != 'stun'}
    daemon.must_post('/sip/accounts/2/settings', second, base=OURS)
    daemon.must_post('/device/settings/rtsp', {'username': 'u', 'password': RTSP})
    daemon.must_post('/network/management/link', {
        'link_enable': True, 'link_url': '127.0.0.1:9', 'link_password': LINK})
    daemon.must_post('/network/management/server', {
        'is_enabled': True, 'protocol': 'http',
        'settings': {'url': '127.0.0.1:9', 'password': SERVER}})
    daemon.must_post(CODE, {'input_code_enable': True, 'input_code_number': MASTER_CODE})
    daemon.must_post(REMOTE, {'enabled': True, 'custom_server_enabled': True,
                              'custom_server_api_url': access.url()})
    daemon.must_post('/security/password/admin?oldPassword=%s&newPassword=%s' % (OLD_ADMIN, ADMIN))
    daemon.password = ADMIN
    daemon.login()
    return key


def refuse(daemon):
    """Mistakes with the secrets in them: what is answered then must not have them."""
    for path, base, good in (
            ('/device/settings/rtsp', '/api/v1', {'username': 5, 'password': RTSP}),
            ('/network/management/link', '/api/v1', {'link_enable': 'x', 'link_password': LINK}),
            ('/network/management/server', '/api/v1', {'settings': {'password': SERVER, 'url': 5}}),
            ('/device/sip/settings', '/api/v1', {'password': SIP[1], 'user': ''}),
            ('/sip/accounts/2/settings', OURS, {'password': SIP[2] * 9}),
            (CODE, '/api/v1', {'input_code_enable': True, 'input_code_number': MASTER_CODE + 'x'}),
            (REMOTE, '/api/v1', {'enabled': True, 'custom_server_api_url': 'ftp://x/' + URL_SECRET}),
            ('/security/password/admin', '/api/v1', {'old_password': ADMIN, 'new_password': '\x07'})):
        raw = json.dumps(good)
        for body in (raw, raw[:-1], '"%s' % raw, raw.replace(':', ';')):
            answer = daemon.api('POST', path, body, base=base)
            check_equal(answer.status, 400, '%s %s: %r' % (path, body, answer))
    daemon.api('GET', '/login?username=admin&password=' + WRONG_PASSWORD, token=None)
    daemon.request('GET', '/api/v1/network/mac', headers={'Authorization': basic(WRONG_PASSWORD)})


def use(t, daemon, access):
    """At the door: the master code opens, another does not, the server is asked."""
    access.members['A1:B2:C3:D4'] = 1
    for kind, number in (('code', MASTER_CODE), ('code', WRONG_CODE), ('card', 'A1B2C3D4'),
                         ('card', 'A1:B2:C3:D4')):
        daemon.api('POST', '/sim/' + kind, {'number': number}, base=OURS)
        wait_for(lambda: daemon.api('GET', '/sim', base=OURS).json['asking'] == 0, t.seconds(15),
                 'an answer')
    daemon.must_post('/sim/keypad', {'keys': list(MASTER_CODE) + ['code']}, base=OURS)
    daemon.must_post('/sim/keypad', {'keys': ['code'] + list(MASTER_CODE)}, base=OURS)  # is typed


def read_all(daemon):
    """{path: bytes} of every GET route that there is, and of the whole log."""
    found = {}
    for base, path, method, operation in Description().operations():
        if method != 'GET' or operation['operationId'] in NOT_READ:
            continue
        answer = daemon.api('GET', path, base=base)
        check(answer.status in (200, 404), '%s: %r' % (path, answer))
        found[path] = found.get(path, b'') + str(answer.headers).encode() + answer.body
    page, items = 1, 1
    while items:
        answer = daemon.api('GET', '/log/items?limit=100&page_number=%d' % page)
        items, page = answer.json['list_items'], page + 1
        found['/log/items'] += answer.body
    check(len(found) > 50, 'routes', sorted(found))
    check(b'username=' in found['/portero/v1/sip/trace'], 'no log-in in the trace')
    return found


def read_events(daemon):
    """The stream from its beginning to the event that is the last one now."""
    last = daemon.api('GET', '/log/items?limit=1').json['list_items'][0]
    connection = http.client.HTTPConnection(*daemon.http, timeout=daemon.test.seconds(10))
    try:
        connection.request('GET', OURS + '/events?after=0', None, {
            'Authorization': 'Bearer ' + daemon.token})
        answer, data = connection.getresponse(), b''
        while b'"timestamp":%d' % last['timestamp'] not in data:
            line = answer.readline()
            check(line, 'the stream has ended', data[-300:])
            data += line
        return data
    finally:
        connection.close()


def files(daemon):
    found = {}
    for folder, _, names in os.walk(daemon.state):
        for name in names:
            path = os.path.join(folder, name)
            if os.path.isfile(path):  # and not a socket
                with open(path, 'rb') as f:
                    found[name] = f.read()
    return found


@slow(15)
def test_no_secret_comes_out(t):
    told = bytearray()

    def on_post(path, headers, body):
        told.extend(bytes(headers) + body)
        return 200, {}

    receiver, access = HttpServer(t, on_post), AccessService(t, URL_SECRET)
    registrars = [t.registrar(passwords={'101': SIP[n]}) for n in (1, 2)]
    daemon = t.portero(password=OLD_ADMIN, extra=['--log-level', 'debug', '--https', '127.0.0.1:0'],
                       allow_slow=True)
    key = plant(t, daemon, receiver, access, registrars)
    sealed, codes = needles_of(key)
    every = dict(sealed, **codes)
    daemon.wait_status('OK')
    refuse(daemon)
    use(t, daemon, access)
    check('/api/bas-ip/access?token=' + URL_SECRET in access.questions, 'the server was not asked')

    for path, data in read_all(daemon).items():
        allowed = {SHOWN.get(path)}
        search('GET ' + path, data, {n: s for n, s in every.items() if n not in allowed})
        for name in allowed - {None}:
            check(any(s in data for s in every[name]), 'GET %s does not show %s' % (path, name))
    search('the event stream', read_events(daemon), every)
    for what, _, data in daemon.answers:  # the refusals among them
        path = re.sub(r'^\w+ /api/v[01]|\?.*', '', what)
        search('the answer to ' + path, data, {n: s for n, s in every.items() if n != SHOWN.get(path)})
    wait_for(lambda: b'general access code' in told and b'Password changed' in told, t.seconds(20),
             'the receiver of events')
    search('what the receiver of events was told', bytes(told), every)

    tokens = {'the token': {daemon.token.encode(), bytes.fromhex(daemon.token)}}
    daemon.kill9()  # as a power cut leaves it
    for again in (False, True):
        if again:
            daemon.start()
            daemon.wait_status('OK')  # it still knows them
            daemon.stop()
        here = files(daemon)
        check({'portero.db', 'portero.key'} <= set(here) and len(here) >= 4, 'files', sorted(here))
        check(URL_SECRET.encode() in b''.join(here[name] for name in here if 'portero.db' in name),
              'not even what is kept in clear is found')
        for name, data in here.items():
            search(name, data, dict(sealed, **tokens))
            if not name.startswith('portero.db'):
                search(name, data, codes)
    log = daemon.log().encode()
    check(len(log) > 2000, 'hardly anything in a debug log', log)
    search('the log', log, dict(every, **tokens))


def test_search_would_find_them(t):
    """The search itself, on data that holds each spelling."""
    key = open(t.certificates().self_signed()[1], encoding='ascii').read()
    for part in needles_of(key):
        for name, spelled in part.items():
            check(spelled, 'nothing to look for: ' + name)
            for needle in spelled:
                try:
                    search('here', b'abc' + needle + b'def', {name: spelled})
                except AssertionError:
                    continue
                check(False, 'not found: %r' % needle)


# Of the vendor's own listing: no client that is known calls them.
NOBODYS = (
    'frontend/version', 'network/management/remotes', 'dashboard', 'device/name',
    'device/name/extended', 'device/settings/led', 'device/settings/ir', 'desktop/messages/items',
    'desktop/wallpaper', 'desktop/weather', 'desktop/statusbar', 'device/call/dial/auto',
    'apartment/items/list', 'apartment/item/1', 'apartment/book', 'access/timeprofile/items/list',
    'access/timeprofile/item/1', 'access/identifiers/items/list', 'access/identifiers/item/1',
    'access/general/facerecognition', 'access/general/elevator/floor',
    'access/general/security/monitor', 'access/general/lock/open/remote/denied',
    'access/general/lock/open/remote/control/accepted/1',
    'access/general/lock/open/remote/control/denied', 'forward/mode', 'forward/legacy/items/list',
    'advanced/announcement', 'advanced/rtsp/feed', 'log/list', 'log/email', 'log/email/eventlist',
    'system/firmware/check/status', 'system/firmware/update/status',
    'system/firmware/server/custom', 'system/settings/backup/all', 'system/settings/export/tables',
) + tuple('advanced/notification/%s/%s' % (what, how)
          for what in ('error', 'emergency', 'lock/open', 'button/press', 'ringing/tone')
          for how in ('text', 'sound'))


@cases(('v0', '/api/v0/'), ('v1', '/api/v1/'), ('none', '/api/'))
def test_routes_of_nobody_are_not_there(t, base):
    daemon = t.portero()
    described = {base_ + path for base_, path, _, _ in Description().operations()}
    for path in NOBODYS:
        check(base + path not in described, 'described: ' + path)
        for method in ('GET', 'POST', 'DELETE', 'PATCH'):
            answer = daemon.api(method, path, base=base)
            check_equal((answer.status, answer.json), (404, {'error': 'Not found'}), method + ' ' + path)
        answer = daemon.api('GET', path, base=base, token=None)
        check_equal((answer.status, answer.json), (401, {'error': 'Log In'}), path)

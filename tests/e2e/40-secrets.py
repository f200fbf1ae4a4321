# SPDX-License-Identifier: MIT
"""Planted secrets are in no answer, log line, error text, page or file in clear."""

import base64
import hashlib
import os

from harness import check, check_equal
from harness.kamailio import Kamailio
from harness.needles import digests, search, spellings

SIP_PASSWORD = 'S3cr%t;Pw "77" <x>'
OLD_SIP_PASSWORD = 'Older-S3cret.66'
ADMIN_PASSWORD = 'Adm-n P%ss 99'


def provoke(daemon, account):
    """Requests that make the daemon talk about what it knows."""
    settings = '/device/sip/settings'
    for value in (dict(account, user=''), dict(account, password=SIP_PASSWORD + '\x07'),
                  dict(account, password=[SIP_PASSWORD]), dict(account, password=SIP_PASSWORD * 9),
                  dict(account, stun=SIP_PASSWORD), {'password': SIP_PASSWORD}):
        check_equal(daemon.api('POST', settings, value).status, 400, 'a bad value')
    for raw in ('{"password":"%s"' % OLD_SIP_PASSWORD, OLD_SIP_PASSWORD, '"' + OLD_SIP_PASSWORD):
        check_equal(daemon.api('POST', settings, raw).status, 400, 'no JSON')
    for path in ('/device/sip/settings', '/device/sip/enable', '/sip/status', '/no/such'):
        for base in ('/api/v1', '/api/v0'):
            daemon.api('GET', path, base=base)
            daemon.api('GET', path, base=base, token=None)
            daemon.api('DELETE', path, base=base)
    basic = base64.b64encode(('admin:' + ADMIN_PASSWORD).encode()).decode()
    for path in ('/', '/api/info', '/api/openapi.yaml', '/index.html', '/api/v1/device/sip/settings',
                 '/api/v1/sip/status'):
        daemon.request('GET', path)
        daemon.request('GET', path, headers={'Authorization': 'Basic ' + basic})


def test_planted_secrets(t):
    server = Kamailio(t, users={'101': 'pw-One-4711'})
    t.own(server)
    server.start()
    mock = t.registrar(passwords={'101': SIP_PASSWORD})
    daemon = t.portero(password=ADMIN_PASSWORD, extra=['--log-level', 'debug'], allow_slow=True)
    tokens = [daemon.login()]
    daemon.api('GET', '/login?username=admin&password=' + 32 * '0', token=None)
    daemon.set_sip(server.account('udp', password=OLD_SIP_PASSWORD))
    daemon.wait_status('ERROR', within_s=10, reason='password')
    daemon.set_sip(mock.account())
    daemon.wait_status('OK', within_s=10)
    provoke(daemon, mock.account())
    daemon.kill9()
    daemon.start()
    tokens.append(daemon.login())
    daemon.wait_status('OK', within_s=10)
    daemon.stop()
    check_search(daemon, mock, tokens)


def check_search(daemon, mock, tokens):
    needles = {'the SIP password': spellings(SIP_PASSWORD),
               'the SIP password before': spellings(OLD_SIP_PASSWORD),
               'the admin password': spellings(ADMIN_PASSWORD) | digests(ADMIN_PASSWORD)}
    for user, realm in (('101', mock.realm), ('101', 'sip.portero.test'),
                        ('101', 'pbx.example.com')):
        for make in (hashlib.md5, hashlib.sha256):
            ha1 = make(('%s:%s:%s' % (user, realm, SIP_PASSWORD)).encode())
            needles['the digest secret of ' + realm + make().name] = {
                ha1.digest(), ha1.hexdigest().encode()}
    token_needles = {'token %d' % i: {token.encode(), bytes.fromhex(token), token.upper().encode()}
                     for i, token in enumerate(tokens)}
    log = daemon.log().encode()
    search('the log', log, dict(needles, **token_needles))
    check(len(log) > 500, 'hardly anything in a debug log', log)
    check(b'password=' not in log, 'a query string is in the log')
    for what, status, data in daemon.answers:
        own = {} if '/login' in what else token_needles
        search('the answer to ' + what.split('?')[0], data, dict(needles, **own))
    files = 0
    for folder, _, names in os.walk(daemon.state):
        for name in names:
            with open(os.path.join(folder, name), 'rb') as f:
                search(name, f.read(), dict(needles, **token_needles))
            files += 1
    check(files >= 3, 'only %d files looked at' % files)


def test_search_would_find_them(t):
    """The search itself, on data that holds each spelling."""
    for spelled in (spellings(SIP_PASSWORD), digests(ADMIN_PASSWORD)):
        for needle in spelled:
            try:
                search('here', b'abc' + needle + b'def', {'it': spelled})
            except AssertionError:
                continue
            check(False, 'not found: %r' % needle)
    longer = base64.b64encode(b'{"password":"' + SIP_PASSWORD.encode() + b'"}')
    check(any(s in longer for s in spellings(SIP_PASSWORD)), 'base64 of a longer text')


def test_process_does_not_show_them(t):
    mock = t.registrar(passwords={'101': SIP_PASSWORD})
    daemon = t.portero()
    daemon.set_sip(mock.account())
    for name in ('cmdline', 'environ', 'comm'):
        try:
            with open('/proc/%d/%s' % (daemon.process.pid, name), 'rb') as f:
                search(name, f.read(), {'the SIP password': spellings(SIP_PASSWORD)})
        except PermissionError:
            pass   # not even its own user may look: better still

# SPDX-License-Identifier: MIT
"""All of tests/data/sip-identity.json: what a registrar sees for each account."""

import json
import os
import re
import urllib.parse

from harness import DATA, cases, check, check_equal, sip, wait_for

PASSWORD = 'pass w;rd'


def vectors():
    with open(os.path.join(DATA, 'sip-identity.json'), encoding='utf-8') as f:
        return json.load(f)['cases']


@cases(('udp_md5', 'udp', 'MD5'), ('tcp_sha256', 'tcp', 'SHA-256'))
def test_vectors(t, transport, algorithm):
    rows = vectors()
    mock = t.registrar(algorithms=[algorithm], realm='asterisk',
                       passwords={sip.unquote(row['digest_username']): PASSWORD for row in rows})
    daemon = t.portero()
    for row in rows:
        before = len(mock.requests)
        daemon.set_sip(mock.account(transport, user=row['user'], user_id=row['user_id'],
                                    realm=row['realm'], password=PASSWORD))

        def mine_since():
            found = [q for q in mock.requests[before:] if q.expires()]
            return found if len(found) >= 2 else None
        mine = wait_for(mine_since, t.seconds(3), lambda: 'REGISTERs of %r: %s' % (
            row['user'], mock.requests[before:]))
        daemon.wait_status('OK', within_s=3)
        check_equal(daemon.get_sip()['user'], row['user'], 'user, read back')
        for request in mine:
            check_request(request, row)
        value = mock.credentials(mine[-1])
        p = sip.digest_parameters(value)
        check_equal(p['username'], row['digest_username'], 'digest username')
        check_equal(sip.unquote(p['uri']), row['request_uri'], 'digest uri')
        check(sip.digest_is_right(value, 'REGISTER', PASSWORD), 'wrong response: ' + value)


def check_request(request, row):
    what = '%r: ' % row['user']
    check_equal(request.uri, row['request_uri'], what + 'request URI')
    for name in ('From', 'To'):
        check_equal(sip.address_uri(request.get(name)), row['aor'], what + name)
    check(re.search(r';tag=[\w.~!%*+`\'-]{8,}$', request.get('From')), what + 'From has no tag')
    check_equal(request.get('Max-Forwards'), '70', what + 'Max-Forwards')
    contact = [c for c in request.contacts() if sip.header_parameter(c, 'expires') != '0']
    check_equal(len(contact), 1, what + 'Contact: %s' % request.contacts())
    # In our own Contact more may be escaped than must be; the name is the same.
    user = sip.address_uri(contact[0]).partition('@')[0]
    check(re.fullmatch(r"sip:([\w.!~*'()&=+$,;?/-]|%[0-9A-Fa-f]{2})+", user), what + 'Contact: ' + user)
    check_equal(urllib.parse.unquote(user[len('sip:'):]), row['user'], what + 'Contact')
    check(re.fullmatch(r'<urn:uuid:[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}>',
                       sip.header_parameter(contact[0], '+sip.instance') or ''),
          what + 'no instance id: ' + contact[0])
    check_equal(sip.header_parameter(contact[0], 'reg-id'), '1', what + 'reg-id')


def test_instance_id_outlives_a_restart(t):
    mock = t.registrar()
    daemon = t.portero()
    daemon.set_sip(mock.account())
    daemon.wait_status('OK', within_s=3)
    daemon.kill9()
    before = len(mock.requests)
    daemon.start()
    daemon.wait_status('OK', within_s=3)
    ids = {sip.header_parameter(q.contacts()[0], '+sip.instance')
           for q in (mock.requests[0], mock.requests[before])}
    check_equal(len(ids), 1, 'instance ids: %s' % ids)


def test_outbound_is_the_next_hop(t):
    proxy, outbound = t.registrar(), t.registrar()
    daemon = t.portero()
    daemon.set_sip(proxy.account(outbound='sip:127.0.0.1:%d' % outbound.port))
    daemon.wait_status('OK', within_s=3)
    check_equal(proxy.requests, [], 'what the proxy got')
    route = outbound.requests[0].get('Route')
    check(route and re.fullmatch(r'<sip:127\.0\.0\.1:%d(;[^>]*)?;lr(;[^>]*)?>' % outbound.port,
                                 route), 'Route: %r' % route)
    check_equal(outbound.requests[0].uri, 'sip:pbx.example.com', 'request URI')

# SPDX-License-Identifier: MIT
"""Answers that servers of the field give, and some that nobody should: what time was granted,
which challenge is answered, and that nothing odd stops the daemon."""

import itertools
import random
import time

from harness import cases, check, check_equal, sip, wait_for

LONG = 3600


def answer_with(mock, request, contacts, header=None):
    """200 that lists contacts; the truth for a goodbye."""
    if request.expires() == 0:
        return mock.ok(request)
    return mock.ok(request, contacts(request), header)


def own_contact(request):
    return next(c for c in request.contacts() if sip.header_parameter(c, 'expires') != '0')


def rewritten(request, expires, keep_instance):
    text = '<sip:rewritten@192.0.2.7:6000;ob>;expires=%d' % expires
    if keep_instance:
        text += ';+sip.instance="%s"' % sip.header_parameter(own_contact(request),
                                                             '+sip.instance')
    return text


def ours(request, expires):
    uri = sip.address_uri(own_contact(request))
    return '<%s>%s' % (uri, '' if expires is None else ';expires=%d' % expires)


OTHER = '<sip:kitchen@192.0.2.9:5060>;expires=%d'

GRANTED = {
    'ours_by_uri': (lambda q: [OTHER % 11, ours(q, 50), OTHER % 7], LONG, 50),
    'rewritten_with_our_instance': (lambda q: [OTHER % 11, rewritten(q, 40, True)], LONG, 40),
    'only_one_listed': (lambda q: [rewritten(q, 35, False)], LONG, 35),
    'smallest_of_several_others': (lambda q: [OTHER % 90, rewritten(q, 45, False), OTHER % 70],
                                   LONG, 45),
    'two_in_one_header': (lambda q: [OTHER % 11 + ', ' + ours(q, 48)], LONG, 48),
    'ours_without_its_own': (lambda q: [ours(q, None)], 33, 33),
    'expires_header_only': (lambda q: [], 37, 37),
    'nothing_at_all': (lambda q: [], None, 60),
    'longer_than_asked': (lambda q: [ours(q, 600)], None, 600),
}


@cases(*[(name, name) for name in GRANTED])
def test_granted_time(t, name):
    contacts, header, want = GRANTED[name]
    mock = t.registrar(lambda r, q: answer_with(r, q, contacts, header)
                       if r.is_authorized(q) else r.challenge(q))
    daemon = t.portero()
    daemon.set_sip(mock.account())
    detail = daemon.wait_status('OK', within_s=10)['detail']
    left_s = detail['expires_at'] - time.time()
    check(want - 4 <= left_s <= want + 1.5, 'granted %d s, but believes %.1f s' % (want, left_s))
    pause_s = detail['next_attempt_at'] - time.time()
    due_s = max(1, min(want * 0.9, want - 5))
    check(due_s - 4 <= pause_s <= due_s + 1.5, 'refresh in %.1f s, not %.1f' % (pause_s, due_s))


@cases(('8_s', 8, 3), ('3_s', 3, 1), ('1_s', 1, 1))
def test_refresh_of_a_short_time(t, granted_s, due_s):
    mock = t.registrar(lambda r, q: answer_with(r, q, lambda q: [ours(q, granted_s)]))
    daemon = t.portero()
    daemon.set_sip(mock.account())
    times = [q.time for q in mock.wait_requests(4, t.seconds(4 * due_s + 3))]
    gaps = [b - a for a, b in zip(times, times[1:])]
    check(all(due_s - 0.1 <= gap <= t.at_most(due_s + 0.5) for gap in gaps),
          'refreshed after %s s, not %s' % (gaps, due_s))
    numbers = [q.cseq() for q in mock.requests]
    check_equal(numbers, list(range(numbers[0], numbers[0] + len(numbers))), 'CSeq')
    check_equal(len({q.get('Call-ID') for q in mock.requests}), 1, 'Call-IDs')


def test_refused_refresh_is_told(t):
    mock = t.registrar(lambda r, q: answer_with(r, q, lambda q: [ours(q, 6)]))
    daemon = t.portero()
    daemon.set_sip(mock.account())
    daemon.wait_status('OK', within_s=2)
    mock.script = lambda r, q: r.reply(q, 500)
    daemon.wait_status('ERROR', within_s=8, reason='500')
    check('sip_registration_lost' in daemon.log(), 'no event', daemon.log_tail())


@cases(*[('_'.join(str(n).lower().replace('-', '') for n in order), order) for order in
         itertools.permutations(['X-NEWER-512', 'MD5', 'SHA-256'])],
       ('no_name', [None]), ('no_name_and_sha256', [None, 'SHA-256']), ('sha256', ['SHA-256']),
       ('lower_case', ['sha-256', 'md5']), ('token_and_unknown', ['MD5', 'MD5-sess']))
def test_strongest_known_challenge(t, order):
    mock = t.registrar(algorithms=order)
    mock.is_authorized = lambda q: is_right(mock, q)
    daemon = t.portero()
    daemon.set_sip(mock.account())
    daemon.wait_status('OK', within_s=10)
    given = [sip.digest_parameters(mock.credentials(q)) for q in mock.requests
             if mock.credentials(q)]
    want = 'SHA-256' if any((name or '').upper() == 'SHA-256' for name in order) else 'MD5'
    check_equal({sip.unquote(p.get('algorithm', 'MD5')).upper() for p in given}, {want},
                'algorithm')
    check_equal(len(mock.requests), 2, 'REGISTERs')


def is_right(mock, request):
    value = mock.credentials(request)
    if not value:
        return False
    p = {k: sip.unquote(v) for k, v in sip.digest_parameters(value).items()}
    return p['nonce'] in mock.nonces and p['uri'] == request.uri and \
        sip.digest_is_right(value, 'REGISTER', mock.passwords[p['username']])


def test_each_challenge_header_in_one_line(t):
    """RFC 7235 lets a server put several challenges behind one name."""
    def script(r, q):
        if r.is_authorized(q):
            return r.ok(q)
        raw = r.challenge(q, ['X-NEWER-512', 'SHA-256']).decode()
        first, second = [line for line in raw.split('\r\n') if line.startswith('WWW-Auth')]
        joined = first + ', ' + second.split(': ', 1)[1]
        return raw.replace(first + '\r\n' + second, joined).encode()
    mock = t.registrar(script)
    daemon = t.portero()
    daemon.set_sip(mock.account())
    def result():
        status = daemon.status()
        return status if status['sip_status'] == 'OK' or status['detail']['code'] == 401 else None
    status = wait_for(result, t.seconds(3), 'a result')
    # Either is fine; what may not happen is a wrong digest, or silence.
    check(status['sip_status'] == 'OK' or status['detail']['reason'], 'no reason', status)


def test_only_an_unknown_digest(t):
    mock = t.registrar(algorithms=['X-NEWER-512'])
    daemon = t.portero()
    daemon.set_sip(mock.account())
    reason = daemon.wait_status('ERROR', within_s=3, reason='digest')['detail']['reason']
    check('wrong password' not in reason, 'blames the password: ' + reason)
    check(mock.quiet(0.5) <= 1, 'hammering')


@cases(('407', 407, True), ('401_without_qop', 401, False), ('407_without_qop', 407, False))
def test_challenge(t, code, qop):
    mock = t.registrar(challenge=code)
    mock.script = lambda r, q: r.ok(q) if r.is_authorized(q) else r.challenge(q, qop=qop)
    daemon = t.portero()
    daemon.set_sip(mock.account())
    daemon.wait_status('OK', within_s=10)
    check_equal(len(mock.requests), 2, 'REGISTERs')


def test_proxy_and_registrar_both_ask(t):
    def script(r, q):
        if not q.get('Proxy-Authorization'):
            return r.challenge(q, code=407)
        if not q.get('Authorization'):
            return r.challenge(q, code=401)
        right = all(sip.digest_is_right(q.get(name), 'REGISTER', 'pw-One-4711')
                    for name in ('Authorization', 'Proxy-Authorization'))
        return r.ok(q) if right else r.reply(q, 403)
    mock = t.registrar(script)
    daemon = t.portero()
    daemon.set_sip(mock.account())
    daemon.wait_status('OK', within_s=10)


def test_stale_nonce(t):
    """The nonce of the last time has run out: a new one, and no word about passwords."""
    def script(r, q):
        if not r.is_authorized(q):
            return r.challenge(q)
        r.accepted = getattr(r, 'accepted', 0) + 1
        if r.accepted % 2 == 0:
            r.nonces.clear()
            return r.challenge(q, stale=True)
        return answer_with(r, q, lambda q: [ours(q, 6)])
    mock = t.registrar(script)
    daemon = t.portero()
    daemon.set_sip(mock.account())
    daemon.wait_status('OK', within_s=10)
    mock.wait_requests(6, t.seconds(8))
    time.sleep(0.2)
    check_equal(daemon.status()['sip_status'], 'OK', 'status')
    check('sip_registration_lost' not in daemon.log(), 'lost', daemon.log_tail())


def test_nonce_count_goes_up(t):
    mock = t.registrar(granted_s=6)
    daemon = t.portero()
    daemon.set_sip(mock.account())
    mock.wait_requests(4, t.seconds(8))
    used = {}
    for q in mock.requests:
        if mock.credentials(q):
            p = sip.digest_parameters(mock.credentials(q))
            used.setdefault(p['nonce'], []).append(int(p['nc'], 16))
    for nonce, counts in used.items():
        check_equal(counts, list(range(1, len(counts) + 1)), 'nc of ' + nonce)


BROKEN = {
    'empty': '', 'word': 'Digest', 'no_nonce': 'Digest realm="x"', 'no_realm': 'Digest nonce="1"',
    'open_quote': 'Digest realm="x, nonce="1"', 'open_end': 'Digest realm="x", nonce="1',
    'commas': 'Digest ,,,=,"=",', 'basic': 'Basic realm="x"', 'bearer': 'Bearer',
    'twice': 'Digest realm="a", realm="b", nonce="1", nonce="2"',
    'long_nonce': 'Digest realm="x", nonce="' + 'n' * 3000 + '"',
    'long_realm': 'Digest realm="' + 'r' * 3000 + '", nonce="1"',
    'only_auth_int': 'Digest realm="x", nonce="1", qop="auth-int"',
    'odd_bytes': 'Digest realm="\x01\x7f", nonce="\xff\xfe"',
    'injection': 'Digest realm="x\\", response=\\"0", nonce="1", opaque="\\"\\r\\nX: y"',
}


@cases(*[(name, BROKEN[name]) for name in BROKEN])
def test_broken_digest(t, value):
    """Alone: an error with a reason. Beside a good one: the good one is used."""
    mock = t.registrar(lambda r, q: r.reply(q, 401, headers=[('WWW-Authenticate', value)]))
    daemon = t.portero()
    daemon.set_sip(mock.account())
    mock.wait_requests(1, t.seconds(2))
    wait_for(lambda: daemon.status()['detail']['code'] == 401, t.seconds(3), daemon.log_tail)
    status = daemon.status()
    check(status['sip_status'] == 'ERROR' and status['detail']['reason'], 'no reason', status)
    time.sleep(0.3)
    check(len(mock.requests) <= 6, '%d REGISTERs' % len(mock.requests))
    second = t.registrar()
    second.script = lambda r, q: r.ok(q) if r.is_authorized(q) else \
        r.challenge(q, extra=[('WWW-Authenticate', value)])
    daemon.set_sip(second.account())
    daemon.wait_status('OK', within_s=10)


@cases(('udp', 'udp'), ('tcp', 'tcp'))
def test_garbage_from_the_server(t, transport):
    """Whatever it sends, the daemon lives and registers once it makes sense."""
    noise = random.Random(7)

    def script(r, q):
        good = r.reply(q, 200)
        n = len(r.requests)
        if n == 1:
            return [good[:40], b'SIP/2.0 200 OK\r\n\r\n',
                    bytes(noise.randrange(256) for _ in range(500)) + b'\r\n\r\n',
                    good.replace(b'200 OK', b'999 What'), r.reply(q, 500)] \
                if transport == 'udp' else [b'SIP/2.0 xyz\r\n\r\n' + b'\x00' * 600 + b'\r\n\r\n']
        return r.well_behaved(q)
    mock = t.registrar(script)
    daemon = t.portero()
    daemon.set_sip(mock.account(transport))
    mock.wait_requests(1, t.seconds(2))
    daemon.set_sip(mock.account(transport, registration_interval=90))
    daemon.wait_status('OK', within_s=8)


def test_other_removes_the_binding_and_it_comes_back(t):
    mock = t.registrar(granted_s=8)
    daemon = t.portero()
    daemon.set_sip(mock.account())
    daemon.wait_status('OK', within_s=10)
    mock.bindings.clear()
    wait_for(mock.bound, t.seconds(5), 'the binding again')
    wait_for(lambda: daemon.status()['sip_status'] == 'OK', t.seconds(1), 'OK')

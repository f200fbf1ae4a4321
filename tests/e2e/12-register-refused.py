# SPDX-License-Identifier: MIT
"""Wrong passwords and refusals: said plainly, and no hammering (a server may ban us for it)."""

import time

from harness import cases, check, check_equal, wait_for


@cases(('udp', 'udp', 'MD5'), ('tcp', 'tcp', 'SHA-256'), ('tls', 'tls', 'MD5'))
def test_wrong_password_at_kamailio(t, transport, algorithm):
    server = t.kamailio(algorithm=algorithm)
    daemon = t.portero(sip_ca=server.ca)
    daemon.set_sip(server.account(transport, password='not-the-one'))
    status = daemon.wait_status('ERROR', within_s=3, reason='password')
    detail = status['detail']
    check(detail['code'] in (401, 403), 'code', detail)
    pause_s = detail['next_attempt_at'] - time.time()
    check(25 <= pause_s <= 37, 'the next attempt in %.1f s, not in 30' % pause_s)
    time.sleep(3)
    check_equal(len(server.registers()), 2, 'REGISTERs: one without, one with credentials')
    check_equal(server.bindings(), {}, 'bindings')
    daemon.set_sip(server.account(transport))   # new settings are tried at once
    daemon.wait_status('OK', within_s=2)
    server.wait_bindings({'101': 1})


def test_unknown_user(t):
    server = t.kamailio()
    daemon = t.portero()
    daemon.set_sip(server.account('udp', '999', password='whatever-1'))
    daemon.wait_status('ERROR', within_s=3, reason='password')
    check_equal(server.bindings(), {}, 'bindings')


@cases(('403', 403, 'Forbidden', '403'), ('404', 404, 'Not Found', '404'))
def test_refusal(t, code, phrase, word):
    mock = t.registrar(lambda r, q: r.reply(q, code) if r.is_authorized(q) else r.challenge(q))
    daemon = t.portero()
    daemon.set_sip(mock.account())
    detail = daemon.wait_status('ERROR', within_s=3, reason=[word, phrase])['detail']
    check_equal(detail['code'], code, 'code')
    check_equal(mock.quiet(3), 0, 'REGISTERs in 3 s after %d' % code)
    if code == 403:
        check('password' in detail['reason'], 'says nothing of the password: ' + detail['reason'])
        pause_s = detail['next_attempt_at'] - time.time()
        check(22 <= pause_s <= 37, 'the next attempt in %.1f s' % pause_s)


def test_wrong_password_is_asked_for_again_only_by_new_settings_or_a_person(t):
    mock = t.registrar()
    daemon = t.portero()
    account = mock.account(password='not-the-one')
    daemon.set_sip(account)
    daemon.wait_status('ERROR', within_s=3, reason='password')
    check_equal(len(mock.requests), 2, 'REGISTERs')
    answer = daemon.api('POST', '/sip/register', base='/api/portero/v1')
    check_equal(answer.status, 200, 'register now: %r' % answer)
    mock.wait_requests(3, t.seconds(1))
    check_equal(mock.quiet(1) <= 1, True, 'one more attempt, not a series')


def test_endless_stale_nonces(t):
    mock = t.registrar(lambda r, q: r.challenge(q, stale=bool(r.credentials(q))))
    daemon = t.portero()
    daemon.set_sip(mock.account())
    wait_for(lambda: daemon.status()['detail']['code'] == 401, t.seconds(3), daemon.log_tail)
    daemon.wait_status('ERROR', within_s=1)
    check(len(mock.requests) <= 6, '%d REGISTERs in one attempt' % len(mock.requests))
    check_equal(mock.quiet(0.5) <= 6, True, 'a pause follows')


def test_503_with_retry_after(t):
    mock = t.registrar(lambda r, q: r.reply(q, 503, headers=[('Retry-After', '3 (resting)')]))
    daemon = t.portero()
    daemon.set_sip(mock.account())
    daemon.wait_status('ERROR', within_s=2, reason='503')
    mock.script = type(mock).well_behaved
    first, second = mock.wait_requests(2, t.seconds(6))
    gap_s = second.time - first.time
    check(2.9 <= gap_s <= t.at_most(4), 'came again after %.1f s' % gap_s)
    daemon.wait_status('OK', within_s=5)


def test_500_then_good(t):
    mock = t.registrar(lambda r, q: r.reply(q, 500))
    daemon = t.portero()
    daemon.set_sip(mock.account())
    daemon.wait_status('ERROR', within_s=2, reason='500')
    mock.script = type(mock).well_behaved
    daemon.wait_status('OK', within_s=4)


def test_423_asks_for_a_longer_time(t):
    def script(r, q):
        if q.expires() and q.expires() < 120:
            return r.reply(q, 423, headers=[('Min-Expires', '120')])
        return r.well_behaved(q)
    mock = t.registrar(script)
    daemon = t.portero()
    daemon.set_sip(mock.account())
    status = daemon.wait_status('OK', within_s=3)
    check(abs(status['detail']['expires_at'] - time.time() - 120) < 4, 'granted', status)


@cases(('none', []), ('absurd', [('Min-Expires', '4294967296')]), ('lower', [('Min-Expires', '5')]))
def test_423_that_makes_no_sense(t, headers):
    mock = t.registrar(lambda r, q: r.reply(q, 423, headers=headers))
    daemon = t.portero()
    daemon.set_sip(mock.account())
    daemon.wait_status('ERROR', within_s=3, reason='423')
    check(len(mock.requests) <= 3, '%d REGISTERs at once' % len(mock.requests))


def test_credentials_go_to_no_other_server(t):
    other = t.registrar(address='127.0.0.2')
    mock = t.registrar(lambda r, q: r.reply(q, 302, headers=[
        ('Contact', '<sip:127.0.0.2:%d>' % other.port)]) if r.is_authorized(q)
        else r.challenge(q))
    daemon = t.portero()
    daemon.set_sip(mock.account())
    daemon.wait_status('ERROR', within_s=3, reason='not of this account')
    time.sleep(1)
    check_equal((len(other.requests), len(other.others)), (0, 0), 'what the other server got')


@cases(('udp', 'udp'), ('tcp', 'tcp'))
def test_redirect_to_a_server_of_the_account_is_followed(t, transport):
    other = t.registrar()
    mock = t.registrar(lambda r, q: r.reply(q, 302, headers=[
        ('Contact', '<sip:someone@127.0.0.1:%d>;q=0.5' % other.port)]))
    daemon = t.portero()
    daemon.set_sip(mock.account(transport=transport))
    daemon.wait_status('OK', within_s=3)
    check(other.bound(), 'the other server has no binding')


def test_redirects_in_a_circle_end(t):
    mock = t.registrar()
    mock.script = lambda r, q: r.reply(q, 302, headers=[
        ('Contact', '<sip:127.0.0.1:%d>' % r.port)])
    daemon = t.portero()
    daemon.set_sip(mock.account())
    daemon.wait_status('ERROR', within_s=3, reason='one too many')
    check(len(mock.requests) <= 7, '%d REGISTERs' % len(mock.requests))

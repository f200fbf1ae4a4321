# SPDX-License-Identifier: MIT
"""What the registrar may answer: each told apart in the status, each with the right pause; outbound."""

import time

from harness import cases, check, check_equal, sip
from harness.registrar import Registrar

HOUR = 3600


def answering(code, headers=(), phrase=None):
    """A registrar that asks for credentials and then answers so."""
    return lambda r, q: r.reply(q, code, phrase, headers) if r.is_authorized(q) \
        else r.challenge(q)


def pause_s(detail):
    return detail['next_attempt_at'] - time.time()


@cases(('305', 305, 'Use Proxy', 'outbound', True), ('400', 400, 'Bad Request', 'refuses', True),
       ('402', 402, 'Payment Required', 'refuses', True),
       ('404', 404, 'Not Found', 'does not know this user', True),
       ('405', 405, 'Method Not Allowed', 'refuses', True),
       ('420', 420, 'Bad Extension', 'refuses', True),
       ('480', 480, 'Temporarily Unavailable', 'cannot register us now', False),
       ('486', 486, 'Busy Here', 'cannot register us now', False),
       ('500', 500, 'Server Internal Error', 'cannot register us now', False),
       ('501', 501, 'Not Implemented', 'cannot register us now', False),
       ('503', 503, 'Service Unavailable', 'cannot register us now', False),
       ('504', 504, 'Server Time-out', 'cannot register us now', False),
       ('600', 600, 'Busy Everywhere', 'anywhere', True),
       ('603', 603, 'Decline', 'anywhere', True),
       ('699', 699, 'Odd Thing', 'anywhere', True))
def test_answer_is_told(t, code, phrase, words, is_refusal):
    """Its code, its words and ours; a refusal is not asked again for half a minute."""
    mock = t.registrar(answering(code, phrase=phrase))
    daemon = t.portero()
    daemon.set_sip(mock.account())
    detail = daemon.wait_status('ERROR', within_s=3, reason=[str(code), phrase, words])['detail']
    check_equal(detail['code'], code, 'code')
    low, high = (25, 37) if is_refusal else (-5, 3)
    check(low <= pause_s(detail) <= high, 'the next attempt in %.1f s' % pause_s(detail), detail)
    if is_refusal:
        check_equal(mock.quiet(1.5), 0, 'REGISTERs')
    else:
        mock.wait_requests(len(mock.requests) + 1, t.seconds(7))


def test_answer_of_a_better_server_ends_it(t):
    """The words of the failure are gone with it."""
    mock = t.registrar(answering(480, phrase='Temporarily Unavailable'))
    daemon = t.portero()
    daemon.set_sip(mock.account())
    daemon.wait_status('ERROR', within_s=3, reason='480')
    mock.script = Registrar.well_behaved
    detail = daemon.wait_status('OK', within_s=6)['detail']
    check_equal(detail['code'], 200, 'code')
    check('480' not in detail['reason'], 'reason', detail)


@cases(('500', 500), ('503', 503), ('480', 480), ('404', 404), ('600', 600), ('486', 486))
def test_retry_after(t, code):
    """Longer than our own pause: it counts, whoever says it."""
    mock = t.registrar(answering(code, [('Retry-After', '120;duration=60 (lunch)')]))
    daemon = t.portero()
    daemon.set_sip(mock.account())
    detail = daemon.wait_status('ERROR', within_s=3, reason=str(code))['detail']
    check(115 <= pause_s(detail) <= 126, 'the next attempt in %.1f s' % pause_s(detail))


@cases(('shorter', '1'), ('zero', '0'), ('no_number', 'soon'), ('negative', '-5'))
def test_retry_after_never_shortens_our_pause(t, value):
    mock = t.registrar(answering(404, [('Retry-After', value)]))
    daemon = t.portero()
    daemon.set_sip(mock.account())
    detail = daemon.wait_status('ERROR', within_s=3, reason='404')['detail']
    check(25 <= pause_s(detail) <= 37, 'the next attempt in %.1f s' % pause_s(detail))


@cases(('ten_digits', '9999999999'), ('nine_digits', '999999999'), ('a_week', '604800'))
def test_absurd_retry_after(t, value):
    """Nobody is sent away for ever by one answer."""
    mock = t.registrar(answering(503, [('Retry-After', value)]))
    daemon = t.portero()
    daemon.set_sip(mock.account())
    detail = daemon.wait_status('ERROR', within_s=3, reason='503')['detail']
    check(-5 <= pause_s(detail) <= 24 * HOUR, 'the next attempt in %.1f s' % pause_s(detail))


@cases(('1800', '1800', 1800), ('hour', '3600', 3600))
def test_423_with_min_expires(t, value, granted_s):
    def script(r, q):
        if not r.is_authorized(q):
            return r.challenge(q)
        if 0 < q.expires() < granted_s:
            return r.reply(q, 423, 'Interval Too Brief', [('Min-Expires', value)])
        return r.ok(q)
    mock = t.registrar(script)
    daemon = t.portero()
    daemon.set_sip(mock.account())
    detail = daemon.wait_status('OK', within_s=3)['detail']
    check(abs(detail['expires_at'] - time.time() - granted_s) < 5, 'granted', detail)


@cases(('huge', '4294967295'), ('overflow', '4294967356'), ('negative', '-1'), ('same', '60'),
       ('text', 'long'), ('century', '999999999'))
def test_423_with_an_absurd_min_expires(t, value):
    mock = t.registrar(answering(423, [('Min-Expires', value)], 'Interval Too Brief'))
    daemon = t.portero()
    daemon.set_sip(mock.account())
    detail = daemon.wait_status('ERROR', within_s=3, reason='423')['detail']
    check_equal(detail['code'], 423, 'code')
    check(len(mock.requests) <= 3, '%d REGISTERs at once' % len(mock.requests))


def test_423_that_always_asks_for_more(t):
    """Each answer asks for one second more: that has an end, before any pause."""
    mock = t.registrar(lambda r, q: r.reply(q, 423, 'Interval Too Brief', [
        ('Min-Expires', str(q.expires() + 1))]))
    daemon = t.portero()
    daemon.set_sip(mock.account())
    daemon.wait_status('ERROR', within_s=3, reason='423')
    check(len(mock.requests) <= 6, '%d REGISTERs at once' % len(mock.requests))


def test_failure_while_bound(t):
    """A refresh that is refused: the status tells at once, and so does the log."""
    mock = t.registrar(granted_s=6)
    daemon = t.portero()
    daemon.set_sip(mock.account())
    daemon.wait_status('OK', within_s=3)
    mock.script = answering(503, phrase='Gone Fishing')
    daemon.wait_status('ERROR', within_s=8, reason=['503', 'Gone Fishing'])
    check('sip_registration_lost' in daemon.log(), 'no event', daemon.log_tail())
    mock.script = Registrar.well_behaved
    daemon.wait_status('OK', within_s=6)


# ---- redirects ----

@cases(('301', 301, 'udp'), ('302', 302, 'udp'), ('301_tcp', 301, 'tcp'))
def test_redirect_keeps_the_account(t, code, transport):
    """Followed, and the request is for the same address-of-record, its credentials made anew."""
    other = t.registrar()
    mock = t.registrar(lambda r, q: r.reply(q, code, headers=[
        ('Contact', '<sip:127.0.0.1:%d>' % other.port)]))
    daemon = t.portero()
    daemon.set_sip(mock.account(transport))
    daemon.wait_status('OK', within_s=4)
    check_equal(len(mock.requests), 1, 'REGISTERs at the first server')
    check_equal({q.get('To') for q in other.requests}, {mock.requests[0].get('To')}, 'To')
    check_equal(mock.requests[0].all('Authorization'), [], 'credentials at the first server')


@cases(('no_contact', []), ('tel', [('Contact', '<tel:+4912345>')]),
       ('sips', [('Contact', '<sips:127.0.0.1:1>')]), ('rubbish', [('Contact', '<<<>')]),
       ('star', [('Contact', '*')]))
def test_redirect_to_nowhere(t, headers):
    mock = t.registrar(lambda r, q: r.reply(q, 302, headers=headers))
    daemon = t.portero()
    daemon.set_sip(mock.account())
    detail = daemon.wait_status('ERROR', within_s=3, reason='redirect')['detail']
    check_equal(detail['code'], 302, 'code')
    check(len(mock.requests) <= 2, '%d REGISTERs' % len(mock.requests))


def test_redirect_is_not_for_ever(t):
    """The server we were sent to is down: the next attempt begins at the configured one."""
    other = t.registrar()
    mock = t.registrar(lambda r, q: r.reply(q, 302, headers=[
        ('Contact', '<sip:127.0.0.1:%d>' % other.port)]))
    daemon = t.portero()
    daemon.set_sip(mock.account('tcp'))
    daemon.wait_status('OK', within_s=4)
    other.close()
    daemon.wait_status('ERROR', within_s=2)
    mock.script = Registrar.well_behaved
    daemon.wait_status('OK', within_s=7)
    check(mock.bound(), 'no binding at the configured server')


# ---- outbound ----

def outbound(account, server, params=''):
    account['outbound'] = 'sip:127.0.0.1:%d%s' % (server.port, params)
    return account


@cases(('udp', 'udp'), ('tcp', 'tcp'))
def test_outbound_is_next_hop_and_route(t, transport):
    """Everything goes there; the request is still for the registrar, and says the way."""
    home, proxy = t.registrar(), t.registrar()
    daemon = t.portero()
    daemon.set_sip(outbound(home.account(transport), proxy))
    daemon.wait_status('OK', within_s=4)
    check_equal(home.requests, [], 'REGISTERs at the registrar itself')
    for request in proxy.requests:
        check_equal(request.uri, 'sip:pbx.example.com', 'request URI')
        route = request.all('Route')
        check_equal(len(route), 1, 'Route')
        uri = sip.address_uri(route[0])
        check(uri.startswith('sip:127.0.0.1:%d' % proxy.port), 'Route', route)
        check(';lr' in uri, 'a loose router', route)
    daemon.stop()
    check_equal(proxy.bindings, {}, 'bindings after the goodbye')
    check(proxy.requests[-1].all('Route'), 'the goodbye has no Route')


def test_outbound_that_is_dead_is_named(t):
    home, proxy = t.registrar(), t.registrar()
    proxy.close()
    daemon = t.portero()
    daemon.set_sip(outbound(home.account('tcp'), proxy))
    daemon.wait_status('ERROR', within_s=3, reason='127.0.0.1:%d' % proxy.port)
    check_equal(home.requests, [], 'REGISTERs past the outbound proxy')
    proxy.reopen()
    daemon.wait_status('OK', within_s=5)


def test_outbound_taken_away(t):
    home, proxy = t.registrar(), t.registrar()
    daemon = t.portero()
    daemon.set_sip(outbound(home.account(), proxy))
    daemon.wait_status('OK', within_s=4)
    daemon.set_sip(home.account(outbound=''))
    daemon.wait_status('OK', within_s=4)
    check(home.bound(), 'no binding at the registrar')
    check_equal(home.requests[0].all('Route'), [], 'Route')

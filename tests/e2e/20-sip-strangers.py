# SPDX-License-Identifier: MIT
"""Requests that nobody asked for: the right answer, not too many of them, and no harm."""

import random
import time

from harness import cases, check, check_equal, sip, wait_for
from harness.phone import Phone


def wait_answer(t, client):
    """One of its questions is answered: not at once, if it has asked too much before."""
    def asks():
        answer = client.ask('OPTIONS', timeout_s=0.5)
        return answer and answer.status == 200
    wait_for(asks, t.seconds(5), 'an answer afterwards')


def registered(t):
    mock = t.registrar()
    daemon = t.portero()
    daemon.set_sip(mock.account())
    daemon.wait_status('OK', within_s=3)
    return mock, daemon


ANSWERS = (('OPTIONS', 200), ('MESSAGE', 405), ('SUBSCRIBE', 489),
           ('NOTIFY', 481), ('BYE', 481), ('CANCEL', 481), ('REFER', 405), ('REGISTER', 405),
           ('PUBLISH', 489), ('INFO', 481), ('FROBNICATE', 501), ('options', 501))


def test_each_method_gets_its_answer(t):
    _, daemon = registered(t)
    client = t.stranger(daemon.sip)
    for method, code in ANSWERS:
        answer = client.ask(method)
        check(answer, 'no answer to ' + method)
        check_equal(answer.status, code, method)
        check(';tag=' in answer.get('To') or method == 'CANCEL', method + ': no tag in To')
        check(not answer.get('WWW-Authenticate'), method + ': a challenge')
        if code == 405 or method == 'OPTIONS':
            check('OPTIONS' in (answer.get('Allow') or ''), method + ': Allow')
        if code == 489:
            check(answer.get('Allow-Events') is not None, 'no Allow-Events')
        client.send('ACK', cseq=1)
    client.send('ACK')
    check_equal(client.receive(0.5), None, 'an answer to ACK')
    check_equal(daemon.status()['sip_status'], 'OK', 'status')


def test_calls_of_strangers_get_nothing(t):
    _, daemon = registered(t)
    client = t.stranger(daemon.sip, '127.0.0.2')
    for headers in ([], [('Require', '100rel')], [('Contact', '<sip:a@127.0.0.2>')]):
        client.send('INVITE', headers=headers)
    check_equal(client.receive(0.5), None, 'an answer to the INVITE of a stranger')
    check_equal(client.ask('OPTIONS').status, 200, 'OPTIONS of the same one')


def test_required_extension_is_refused(t):
    _, daemon = registered(t)
    answer = t.stranger(daemon.sip).ask('OPTIONS', headers=[('Require', 'x-unheard-of')])
    check_equal((answer.status, answer.get('Unsupported')), (420, 'x-unheard-of'), 'Require')


def test_options_over_tcp(t):
    _, daemon = registered(t)
    phone = Phone(daemon.sip, 'tcp')
    phone.send('OPTIONS', 'sip:panel@127.0.0.1', 'sip:stranger@127.0.0.1', [])
    check_equal(phone.receive().status, 200, 'OPTIONS over TCP')
    phone.close()


def test_flood_is_limited(t):
    mock, daemon = registered(t)
    client = t.stranger(daemon.sip)
    daemon.login()
    started, took_s = time.monotonic(), []
    for _ in range(5):
        for _ in range(80):
            client.send('OPTIONS')
        asked = time.monotonic()
        check_equal(daemon.api('GET', '/device/sip/settings').status, 200, 'the API in a flood')
        took_s.append(time.monotonic() - asked)
    check(min(took_s) < t.seconds(0.3), 'the API was slow', took_s)
    answers = 1 if client.receive(t.at_most(3)) else 0
    while client.receive(0.4):
        answers += 1
    limit = 20 + 10 * (time.monotonic() - started) + 5   # as unasked.h says, and a few
    check(5 <= answers <= limit, '%d answers to 400 requests, not %d' % (answers, limit))
    wait_answer(t, client)
    check_equal(daemon.status()['sip_status'], 'OK', 'status')
    check_equal(len(mock.bound()), 1, 'bindings')


def test_flood_does_not_stop_registering(t):
    mock, daemon = registered(t)
    client = t.stranger(daemon.sip, '127.0.0.2')
    for _ in range(300):
        client.send('INVITE')
    daemon.set_sip(mock.account(registration_interval=90))
    wait_for(lambda: mock.requests[-1].expires() == 90, t.seconds(2), 'a REGISTER for 90 s')
    daemon.wait_status('OK', within_s=2)


def test_forged_answers_are_ignored(t):
    """Somebody who does not see the request cannot end or confirm a registration."""
    held = []

    def script(r, q):
        held.append(q)
        return None
    mock = t.registrar(script)
    daemon = t.portero()
    daemon.set_sip(mock.account())
    request = mock.wait_requests(1, t.seconds(2))[0]
    client = t.stranger(daemon.sip)
    for code in (200, 401, 403, 503):
        raw = sip.response(request, code, source=request.source, headers=[
            ('Contact', '<sip:evil@127.0.0.1>;expires=999')])
        client.send_raw(raw.replace(b'branch=z9hG4bK', b'branch=z9hG4bKx', 1))
    time.sleep(0.3)
    status = daemon.status()
    check_equal((status['sip_status'], status['detail']['code']), ('ERROR', None) if
                status['detail']['code'] is None else ('ERROR', 0), 'after forged answers')


@cases(('udp', 'udp'), ('tcp', 'tcp'))
def test_garbage(t, transport):
    mock, daemon = registered(t)
    noise = random.Random(11)
    base = sip.request('OPTIONS', 'sip:panel@127.0.0.1', 'UDP 127.0.0.1:9')
    pieces = [b'', b'\x00', b'\r\n\r\n', b'SIP/2.0 200 OK\r\n\r\n', base[:50], base * 3,
              b'OPTIONS sip: SIP/2.0\r\n\r\n', b'OPTIONS ' + b'a' * 8000 + b' SIP/2.0\r\n\r\n',
              base.replace(b'Via', b'Vxa'), base.replace(b'CSeq: 1', b'CSeq: 99999999999'),
              base.replace(b'Content-Length: 0', b'Content-Length: -1'),
              base.replace(b'Content-Length: 0', b'Content-Length: 4294967295'),
              base.replace(b'Max-Forwards', b'X: ' + b'y' * 60000 + b'\r\nMax-Forwards'),
              base.replace(b'From: <', b'From: <<<<<"'), b'\x00\x01\x00\x00\x21\x12\xa4\x42' * 4,
              b'\x01\x01\x00\x08\x21\x12\xa4\x42' + b'\xff' * 24]
    for _ in range(200):
        raw = bytearray(base)
        for _ in range(noise.randrange(1, 8)):
            raw[noise.randrange(len(raw))] = noise.randrange(256)
        pieces.append(bytes(raw))
    for piece in pieces:
        if transport == 'udp':
            t_client = t.stranger(daemon.sip)
            t_client.send_raw(piece[:60000])
            continue
        phone = Phone(daemon.sip, 'tcp')
        try:
            phone.socket.sendall(piece)
        except OSError:
            pass  # it may hang up on us
        phone.close()
    check_equal(daemon.status()['sip_status'], 'OK', 'status')
    wait_answer(t, t.stranger(daemon.sip))
    check_equal(len(mock.bound()), 1, 'bindings')

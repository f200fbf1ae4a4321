# SPDX-License-Identifier: MIT
"""At the door besides calls: cards, codes and QR codes, the remote access server, free access, exit
button and door sensor. The server answers as servers of the field do."""

import calendar
import glob
import http.server
import json
import os
import ssl
import threading
import time

from harness import Skip, cases, check, check_equal, free_port, slow, wait_for
from harness.portero import Portero

SIM = '/api/portero/v1'
REMOTE = '/access/general/remote/control/settings'
CODE = '/access/general/unlock/input/code'
CARD = 'A1:B2:C3:D4'
GRANTED = {'handled': True, 'access': {'granted': True, 'lock_number': 2}}
REFUSED = {'handled': True, 'access': {'granted': False}}
WEEK = ('MON', 'TUE', 'WED', 'THU', 'FRI', 'SAT', 'SUN')


class AccessServer:
    """answer(question) returns (status, bytes, seconds to wait)."""

    def __init__(self, t, answer):
        self.questions, self.n_answered = [], 0
        server = self

        class Handler(http.server.BaseHTTPRequestHandler):
            def do_POST(self):
                body = self.rfile.read(int(self.headers['Content-Length']))
                server.questions.append(
                    (self.path, self.headers['Content-Type'], json.loads(body)))
                status, answer, wait_s = server.answer(json.loads(body))
                if server.stopping.wait(wait_s):
                    return
                try:
                    self.send_response(status)
                    if status == 302:
                        self.send_header('Location', server.url('/elsewhere'))
                    self.send_header('Content-Type', 'application/json')
                    self.send_header('Content-Length', str(len(answer)))
                    self.end_headers()
                    self.wfile.write(answer)
                except OSError:
                    pass
                server.n_answered += 1

            def log_message(self, *arguments):
                pass

        self.answer = answer
        self.stopping = threading.Event()
        self.server = http.server.ThreadingHTTPServer(('127.0.0.1', 0), Handler)
        self.thread = threading.Thread(target=self.server.serve_forever, daemon=True)
        self.thread.start()
        t.own(self)

    def url(self, path='/api/access?token=s%2Fecret&x=1'):
        return '127.0.0.1:%d%s' % (self.server.server_address[1], path)

    def finish(self, passed):
        self.stopping.set()
        self.server.shutdown()
        self.server.server_close()
        self.thread.join()


def says(answer, status=200, wait_s=0):
    body = answer if isinstance(answer, bytes) else json.dumps(answer).encode()
    return lambda question: (status, body, wait_s)


def post(daemon, path, body, want=200, base='/api/v1'):
    answer = daemon.api('POST', path, body, base=base)
    check_equal(answer.status, want, '%s %r: %r' % (path, body, answer))
    return answer.json


def get(daemon, path, base='/api/v1'):
    answer = daemon.api('GET', path, base=base)
    check_equal(answer.status, 200, '%s: %r' % (path, answer))
    return answer.json


def hold(daemon, kind, number):
    return post(daemon, '/sim/' + kind, {'number': number}, base=SIM)['result']


def press(daemon, *keys):
    return post(daemon, '/sim/keypad', {'keys': list(keys)}, base=SIM)


def panel(t, **options):
    """Its locks stay open until they are closed, or for a time that no busy machine outlasts."""
    daemon = t.portero(**options)
    for lock in (1, 2):
        post(daemon, '/access/general/lock/timeout/%d' % lock, {'lock_timeout': 120})
    return daemon


def events(daemon, since=0):
    """(key, model) of what the log has, oldest first."""
    items = get(daemon, '/log/items?limit=100&sort_type=asc')['list_items']
    return [(item['name']['key'], item['info']['model']) for item in items
            if item['timestamp'] >= since and item['category'] in ('access', 'emergency')
            and item['name']['key'] != 'lock_was_closed']


def wait_event(t, daemon, key, within_s=15):
    found = []

    def look():
        found[:] = [model for name, model in events(daemon) if name == key]
        return found
    wait_for(look, t.seconds(within_s), '%s\n%s' % (key, daemon.log_tail()))
    return found[-1]


def opened(daemon):
    return [lock['lock_number'] for lock in get(daemon, '/locks', base=SIM)['locks']
            if lock['open']]


def close(daemon):
    post(daemon, '/access/general/lock/close/emergency', {'locks': [1, 2]})


def use_server(daemon, url, **more):
    post(daemon, REMOTE, {'enabled': True, 'custom_server_enabled': True,
                          'custom_server_api_url': url, **more})


def test_master_code_by_keypad(t):
    daemon = panel(t)
    check_equal(get(daemon, CODE), {'input_code_enable': False, 'input_code_number': ''}, 'first')
    post(daemon, CODE, {'input_code_enable': False, 'input_code_number': '0'})
    post(daemon, CODE, {'input_code_enable': True, 'input_code_number': '40725193'})
    check_equal(get(daemon, CODE), {'input_code_enable': True, 'input_code_number': '40725193'},
                'read back')
    for keys in (('code', *'40725193', 'code'), ('code', *'40725193', 'call'),
                 (*'40725193', 'code')):
        press(daemon, *keys)
        check_equal(opened(daemon), [1, 2], 'opened by %r' % (keys,))
        close(daemon)
    check_equal(press(daemon, 'code', '4', '0')['digits'], '**', 'what is shown of a code')
    check_equal(press(daemon, 'clear')['digits'], '', 'cleared')
    check_equal(press(daemon, '4', '0')['digits'], '40', 'a flat is no code')
    press(daemon, 'clear')
    press(daemon, 'code', '4', 'code')
    check_equal(opened(daemon), [], 'a wrong one')
    model = wait_event(t, daemon, 'access_granted_by_master_code')
    check_equal(model, {'number': '****', 'owner': 'master code', 'type': 'inputCode',
                        'lock': 'all'}, 'event')
    model = wait_event(t, daemon, 'access_denied_by_not_valid_input_code')
    check_equal(model, {'number': '****', 'type': 'inputCode'}, 'event')
    check('40725193' not in daemon.log(), 'the code stands in the log')
    check('40725193' not in json.dumps(events(daemon)), 'the code stands in the events')
    post(daemon, CODE, {'input_code_enable': False, 'input_code_number': '40725193'})
    check_equal(hold(daemon, 'code', '40725193'), 'denied', 'switched off')


@cases(('empty', {'input_code_enable': True, 'input_code_number': ''}),
       ('long', {'input_code_enable': True, 'input_code_number': '123456789'}),
       ('letters', {'input_code_enable': True, 'input_code_number': '12a'}),
       ('number', {'input_code_enable': True, 'input_code_number': 12}),
       ('none', {'input_code_enable': True}), ('alone', {'input_code_number': '12'}))
def test_master_code_refused(t, body):
    daemon = panel(t)
    post(daemon, CODE, body, want=400)
    check_equal(get(daemon, CODE), {'input_code_enable': False, 'input_code_number': ''}, 'kept')


def test_settings_outlive_a_restart(t):
    daemon = panel(t)
    days = [{'lock': 'all', 'enable': True, 'time_from': 0, 'time_to': 86340, 'day': day}
            for day in WEEK]
    sensor = {'enable': True, 'mode': 'door_sensor', 'opening_delay': 86400,
              'repeating_message_delay': 60, 'repeating_message_enabled': False}
    wanted = {
        CODE: {'input_code_enable': True, 'input_code_number': '1234'},
        '/access/general/unlock/card/master': {'master_card': '00-00-A1-B2'},
        REMOTE: {'enabled': True, 'custom_server_enabled': False,
                 'custom_server_api_url': 'https://host/a?b=%20c'},
        '/access/freeaccess': {'enable': True, 'days': days},
        '/access/door/sensor': sensor,
        '/access/exit/button/toggle': {'enable': False},
    }
    for path, body in wanted.items():
        post(daemon, path, body)
    post(daemon, REMOTE, {'enable': False})
    post(daemon, REMOTE, {'enable': True})
    daemon.stop()
    daemon.start()
    for path, body in wanted.items():
        got = get(daemon, path)
        check_equal({name: got[name] for name in body}, body, path)
    check_equal(get(daemon, REMOTE)['enable'], True, 'both spellings')
    check_equal(get(daemon, '/access/door/sensor')['repeating_message_enable'], False, 'both')
    for path, body in (
            ('/access/freeaccess', {'enable': True, 'days': days * 5}),
            ('/access/freeaccess', {'enable': True, 'days': [{'day': 'XYZ'}]}),
            ('/access/freeaccess', {'enable': True, 'days': [dict(days[0], time_to=86400)]}),
            ('/access/door/sensor', dict(sensor, opening_delay=0)),
            ('/access/door/sensor', dict(sensor, mode='other')),
            ('/access/general/unlock/card/master', {'master_card': 'hello'}),
            (REMOTE, {'enabled': True, 'custom_server_enabled': True,
                      'custom_server_api_url': 'ftp://host/'}),
            (REMOTE, {'custom_server_enabled': True})):
        post(daemon, path, body, want=400)


def test_master_card_in_every_spelling(t):
    daemon = panel(t)
    post(daemon, '/access/general/unlock/card/master', {'master_card': '1493650'})
    for number in ('1493650', '0001493650', '16:CA:92', '00-16-ca-92', '00:00:00:00:00:16:CA:92'):
        check_equal(hold(daemon, 'card', number), 'granted', number)
    check_equal(hold(daemon, 'card', '1493651'), 'denied', 'another card')
    check_equal(wait_event(t, daemon, 'access_denied_by_unknown_card')['card'], '1493651', 'event')
    check_equal(hold(daemon, 'qr', '6ba7b810-9dad-11d1-80b4-00c04fd430c8'), 'denied', 'QR')
    wait_event(t, daemon, 'access_denied_by_unknown_qr')
    post(daemon, '/sim/card', {'number': 'rubbish'}, want=400, base=SIM)
    post(daemon, '/sim/qr', {'number': '12'}, want=400, base=SIM)
    post(daemon, '/sim/code', {'number': '12345678901'}, want=400, base=SIM)


def test_sim_is_not_there_without_simulate(t):
    daemon = t.own(Portero(t))
    daemon.arguments.remove('--simulate')
    daemon.start()
    for path, body in (('card', {'number': '1'}), ('code', {'number': '1'}),
                       ('qr', {'number': '6ba7b810-9dad-11d1-80b4-00c04fd430c8'}),
                       ('button', {'button': 'exit'}), ('sensor', {'open': True})):
        post(daemon, '/sim/' + path, body, want=404, base=SIM)


def test_wrong_codes_bring_a_pause(t):
    daemon = panel(t)
    post(daemon, CODE, {'input_code_enable': True, 'input_code_number': '1234'})
    for _ in range(4):
        check_equal(hold(daemon, 'code', '9999'), 'denied', 'wrong')
    check_equal(hold(daemon, 'code', '1234'), 'granted', 'right: counts anew')
    for _ in range(5):
        check_equal(hold(daemon, 'code', '9999'), 'denied', 'wrong')
    check_equal(hold(daemon, 'code', '1234'), 'paused', 'even the right one')
    check(45 <= get(daemon, '/sim', base=SIM)['code_wait_s'] <= 60, 'a minute')
    model = wait_event(t, daemon, 'access_denied_by_too_many_input_codes')
    check_equal(model, {'seconds': '60'}, 'event')
    close(daemon)
    post(daemon, '/access/general/unlock/card/master', {'master_card': '77'})
    check_equal(hold(daemon, 'card', '77'), 'granted', 'cards go on')


@cases(('granted', says(GRANTED), 'access_granted_by_remote_server_api_call', [2]),
       ('default_lock', says({'handled': True, 'access': {'granted': True}}),
        'access_granted_by_remote_server_api_call', [1]),
       ('refused', says(REFUSED), 'access_denied_by_remote_server_api_call', []),
       ('not_handled', says({'handled': False}), None, [1, 2]),
       ('not_handled_but_refused', says({'handled': False, 'access': {'granted': False}}), None,
        [1, 2]),
       ('unauthorized', says({'message': 'Unauthorized', 'statusCode': 401}, 401), None, [1, 2]),
       ('granted_by_401', says(GRANTED, 401), None, [1, 2]),
       ('malformed', says(b'{"handled":true,"access":{"granted":'), None, [1, 2]),
       ('text', says({'handled': 'true', 'access': {'granted': 'false'}}), None, [1, 2]),
       ('no_access', says({'handled': True}), None, [1, 2]),
       ('no_such_lock', says({'handled': True, 'access': {'granted': False, 'lock_number': 77}}),
        None, [1, 2]),
       ('empty', says(b''), None, [1, 2]),
       ('redirect', says(GRANTED, 302), None, [1, 2]),
       ('huge', says(json.dumps(REFUSED).encode() + b' ' * 70000), None, [1, 2]),
       ('fits', says(json.dumps(REFUSED).encode() + b' ' * 60000),
        'access_denied_by_remote_server_api_call', []))
def test_remote_server_answers(t, answer, key, locks):
    """Where it does not decide, the card is found to be the master card."""
    daemon = panel(t)
    server = AccessServer(t, answer)
    post(daemon, '/access/general/unlock/card/master', {'master_card': CARD})
    use_server(daemon, server.url())
    check_equal(hold(daemon, 'card', 'a1-b2-c3-d4'), 'asking', 'asks first')
    wait_for(lambda: get(daemon, '/sim', base=SIM)['asking'] == 0, t.seconds(9),
             'an answer\n' + daemon.log_tail())
    check_equal(opened(daemon), locks, 'open')
    if key:
        model = wait_event(t, daemon, key)
        check_equal((model['number'], model['type']), ('a1-b2-c3-d4', 'card'), 'event')
    check_equal(server.questions, [('/api/access?token=s%2Fecret&x=1', 'application/json', {
        'identifier_number': CARD, 'identifier_type': 'card'})], 'what is asked, once')
    check('s%2Fecret' not in daemon.log(), "the server's secret stands in the log")


def test_remote_server_knows_codes_and_qr(t):
    daemon = panel(t)
    server = AccessServer(t, says(REFUSED))
    use_server(daemon, 'http://' + server.url())
    uuid = '6ba7b810-9dad-11d1-80b4-00c04fd430c8'
    for kind, number in (('code', '0815'), ('qr', uuid), ('card', '1493650')):
        check_equal(hold(daemon, kind, number), 'asking', kind)
        wait_for(lambda: get(daemon, '/sim', base=SIM)['asking'] == 0, t.seconds(9), 'an answer')
    check_equal([question for _, _, question in server.questions],
                [{'identifier_number': '0815', 'identifier_type': 'input_code'},
                 {'identifier_number': uuid, 'identifier_type': 'qr'},
                 {'identifier_number': '00:16:CA:92', 'identifier_type': 'card'}], 'questions')
    for _ in range(4):
        hold(daemon, 'code', '0815')
        wait_for(lambda: get(daemon, '/sim', base=SIM)['asking'] == 0, t.seconds(9), 'an answer')
    check_equal(hold(daemon, 'code', '0815'), 'paused', 'refused codes are wrong ones')
    check_equal(len(server.questions), 7, 'then it is not asked either')
    check('0815' not in daemon.log(), 'the code stands in the log')


@slow(30)
def test_remote_server_is_late(t):
    daemon = panel(t)
    server = AccessServer(t, says(GRANTED, wait_s=14))
    post(daemon, '/access/general/unlock/card/master', {'master_card': CARD})
    use_server(daemon, server.url())
    started = time.monotonic()
    check_equal(hold(daemon, 'card', CARD), 'asking', 'first')
    check_equal(hold(daemon, 'card', 'a1-b2-c3-d4'), 'same', 'the same card again')
    for number in ('1', '2', '3'):
        check_equal(hold(daemon, 'card', number), 'asking', number)
    check_equal(hold(daemon, 'card', '4'), 'denied', 'a fifth question is not asked')
    check_equal(get(daemon, '/sim', base=SIM)['asking'], 4, 'at once')
    post(daemon, '/sim/button', {'button': 'exit'}, base=SIM)
    check_equal(opened(daemon), [1], 'the exit button does not wait')
    close(daemon)
    # The server opens the second lock only: both are opened by the local list, before it answers.
    wait_for(lambda: opened(daemon) == [1, 2], t.seconds(13), 'the local list\n' + daemon.log_tail())
    check(time.monotonic() - started > 9.5, 'it did not wait', daemon.log_tail())
    close(daemon)
    wait_for(lambda: server.n_answered == 4, t.seconds(20), 'the late answers')
    time.sleep(0.5)
    check_equal(opened(daemon), [], 'what comes too late opens nothing')
    check_equal(len(server.questions), 4, 'questions')


def test_remote_server_refuses_connections(t):
    daemon = panel(t)
    url = '127.0.0.1:%d/' % free_port()
    post(daemon, '/access/general/unlock/card/master', {'master_card': CARD})
    use_server(daemon, url)
    hold(daemon, 'card', CARD)
    wait_for(lambda: opened(daemon) == [1, 2], t.seconds(5), 'at once\n' + daemon.log_tail())
    use_server(daemon, 'no.such.host.invalid/x')
    close(daemon)
    hold(daemon, 'card', CARD)
    wait_for(lambda: opened(daemon) == [1, 2], t.seconds(20), 'no name\n' + daemon.log_tail())


@cases(('trusted', 'localhost', True, True), ('untrusted', 'localhost', False, False),
       ('other_name', '127.0.0.1', True, False))
def test_remote_server_by_https(t, host, is_trusted, is_heard):
    """Only a certificate for that name, of a CA that the panel trusts, will do."""
    made = t.certificates()
    daemon = panel(t)
    server = AccessServer(t, says(REFUSED))
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(*made.server('DNS:localhost'))
    server.server.socket = context.wrap_socket(server.server.socket, server_side=True)
    if is_trusted:
        with open(made.ca, encoding='ascii') as f:
            answer = daemon.api('PUT', '/sip/tls', {'ca_pem': f.read(), 'verify': True}, base=SIM)
        check_equal(answer.status, 200, 'CA')
    use_server(daemon, 'https://%s:%d/x' % (host, server.server.server_address[1]))
    check_equal(hold(daemon, 'card', CARD), 'asking', 'asks')
    wait_event(t, daemon, 'access_denied_by_remote_server_api_call' if is_heard else
               'access_denied_by_unknown_card')
    check_equal(len(server.questions), 1 if is_heard else 0, 'a stranger is told nothing')


def test_exit_button_and_toggle(t):
    daemon = panel(t)
    check_equal(get(daemon, '/access/exit/button/toggle'), {'enable': True}, 'on')
    check_equal(post(daemon, '/sim/button', {'button': 'exit'}, base=SIM), {'result': 'granted'},
                'pressed')
    check_equal(opened(daemon), [1], 'lock 1')
    wait_event(t, daemon, 'lock_was_opened_by_exit_btn')
    close(daemon)
    post(daemon, '/access/exit/button/toggle', {'enable': False})
    check_equal(post(daemon, '/sim/button', {'button': 'exit'}, base=SIM), {'result': 'nothing'},
                'off')
    check_equal(opened(daemon), [], 'off')


def test_door_sensor(t):
    daemon = panel(t)
    post(daemon, '/access/door/sensor', {
        'enable': True, 'mode': 'door_sensor', 'opening_delay': 1, 'repeating_message_delay': 1,
        'repeating_message_enable': True})
    closed = {'status': 'closed', 'is_timeout_exceed': False, 'opentime': 0, 'mode': 'door_sensor'}
    check_equal(get(daemon, '/access/door/status'), closed, 'closed')
    started = time.monotonic()
    post(daemon, '/sim/sensor', {'open': True}, base=SIM)
    got = get(daemon, '/access/door/status')
    if time.monotonic() - started < 0.9:
        check_equal(got, dict(closed, status='open'), 'open')
    check_equal(got['status'], 'open', 'open')
    wait_for(lambda: len([key for key, _ in events(daemon)
                          if key == 'door_was_not_closed_too_long']) >= 2, t.seconds(15),
             'told twice\n' + daemon.log_tail())
    status = get(daemon, '/access/door/status')
    check(status['is_timeout_exceed'] and status['opentime'] >= 1, 'too long: %r' % status)
    post(daemon, '/sim/sensor', {'open': False}, base=SIM)
    check_equal(get(daemon, '/access/door/status'), closed, 'closed again')
    told = [key for key, _ in events(daemon)]
    check_equal(told[0], 'door_sensor_was_opened', 'first')
    wait_event(t, daemon, 'door_sensor_was_closed')
    post(daemon, '/access/door/sensor', {'enable': False})
    post(daemon, '/sim/sensor', {'open': True}, base=SIM)
    time.sleep(0.3)
    check_equal([key for key, _ in events(daemon)].count('door_sensor_was_opened'), 1,
                'switched off it is not told')


def test_free_access_hours(t):
    """10:00 to 10:59 on Wednesdays, and over midnight on Fridays, by a clock that is moved."""
    found = glob.glob('/usr/lib/*/faketime/libfaketimeMT.so.1')
    if not found:
        raise Skip('libfaketime is not installed (tools/packages test)')
    if t.sanitized:
        raise Skip('libfaketime and the sanitizers do not go together')
    clock = t.path('clock')

    def set_clock(text):
        with open(clock + '.new', 'w') as f:
            f.write('%+d\n' % (calendar.timegm(time.strptime(text, '%Y-%m-%d %H:%M:%S'))
                               - time.time()))
        os.rename(clock + '.new', clock)  # which the panel reads at any moment

    set_clock('2027-01-06 09:59:00')  # a Wednesday
    daemon = panel(t, environ={'LD_PRELOAD': found[0], 'FAKETIME_TIMESTAMP_FILE': clock,
                            'FAKETIME_NO_CACHE': '1', 'DONT_FAKE_MONOTONIC': '1',
                            'FAKETIME_DONT_FAKE_MONOTONIC': '1', 'TZ': 'UTC'})
    post(daemon, '/access/freeaccess', {'enable': True, 'days': [
        {'lock': 'first', 'enable': True, 'time_from': 36000, 'time_to': 39540, 'day': 'WED'},
        {'lock': 'all', 'enable': True, 'time_from': 79200, 'time_to': 3600, 'day': 'FRI'},
        {'lock': 'all', 'enable': False, 'time_from': 0, 'time_to': 86340, 'day': 'MON'}]})
    for moment, locks in (('2027-01-06 09:59:50', []), ('2027-01-06 10:00:05', [1]),
                          ('2027-01-06 10:59:50', [1]), ('2027-01-06 11:00:05', []),
                          ('2027-01-07 10:30:00', []), ('2027-01-08 21:59:30', []),
                          ('2027-01-08 22:00:30', [1, 2]), ('2027-01-09 01:00:30', [1, 2]),
                          ('2027-01-09 01:01:30', []), ('2027-01-11 10:00:00', []),
                          ('2020-01-08 10:30:00', [])):
        set_clock(moment)
        post(daemon, '/sim/button', {'button': 'free'}, base=SIM)
        check_equal(opened(daemon), locks, moment)
        close(daemon)
    post(daemon, '/network/timezone', {'timezone': 'UTC+05:30'})
    for moment, locks in (('2027-01-06 04:29:50', []), ('2027-01-06 04:30:05', [1]),
                          ('2027-01-06 10:30:00', [])):
        set_clock(moment)
        post(daemon, '/sim/button', {'button': 'free'}, base=SIM)
        check_equal(opened(daemon), locks, moment + ', east of it')
        close(daemon)
    check_equal([key for key, _ in events(daemon)].count('lock_was_opened_by_free_access_button'),
                7, 'told')


def add(daemon, kind, number, **more):
    return post(daemon, '/access/identifier', {
        'identifier_owner': {'name': 'Flat 12', 'type': 'owner'}, 'identifier_type': kind,
        'identifier_number': number, 'lock': 'first', **more})['uid']


def passes(count):
    return {'valid': {'time': {'is_permanent': True},
                      'passes': {'is_permanent': False, 'max_passes': count}}}


def test_list_decides(t):
    daemon = panel(t)
    uuid = '6ba7b810-9dad-11d1-80b4-00c04fd430c8'
    add(daemon, 'card', '00-00-00-1A-2B-3C-4D')
    add(daemon, 'qr', uuid, lock='all')
    add(daemon, 'inputCode', '86420', lock='second')
    for kind, number, locks in (('card', '1A:2B:3C:4D', [1]), ('card', '439041101', [1]),
                                ('qr', uuid.upper(), [1, 2]), ('code', '86420', [2])):
        check_equal(hold(daemon, kind, number), 'granted', number)
        check_equal(opened(daemon), locks, number)
        close(daemon)
    press(daemon, 'code', *'86420', 'code')
    check_equal(opened(daemon), [2], 'by the keypad')
    wait_for(lambda: [key for key, _ in events(daemon)].count(
        'access_granted_by_valid_identifier') == 5, t.seconds(15), 'five events')
    models = [model for key, model in events(daemon)
              if key == 'access_granted_by_valid_identifier']
    check_equal(models[0], {'number': '00-00-00-1A-2B-3C-4D', 'owner': 'Flat 12', 'type': 'card',
                            'lock': 1}, 'as it was written')
    check_equal(models[3], {'number': '86420', 'owner': 'Flat 12', 'type': 'inputCode', 'lock': 2},
                'which flat it was is known by the code')
    check('86420' not in daemon.log(), 'the code stands in the log on stderr')


def test_list_times_and_passes(t):
    daemon = panel(t)
    now = int(time.time())
    spent = add(daemon, 'card', '1', **passes(2))
    add(daemon, 'card', '2', valid={'time': {'is_permanent': False, 'from': now - 900,
                                             'to': now - 600}, 'passes': {'is_permanent': True}})
    add(daemon, 'card', '3', valid={'time': {'is_permanent': False, 'from': now + 600,
                                             'to': now + 900}, 'passes': {'is_permanent': True}})
    check_equal([hold(daemon, 'card', '1') for _ in range(3)], ['granted', 'granted', 'denied'],
                'two passes')
    item = get(daemon, '/access/identifier/item/%d' % spent)
    check_equal(item['additional']['passes_left'], 0, 'left')
    check_equal((hold(daemon, 'card', '2'), hold(daemon, 'card', '3')), ('denied', 'denied'),
                'too late, too early')
    wait_for(lambda: [key for key, _ in events(daemon)].count(
        'access_denied_by_not_valid_identifier') == 3, t.seconds(15), 'three events')
    check_equal([model['reason'] for key, model in events(daemon)
                 if key == 'access_denied_by_not_valid_identifier'],
                ['no passes left', 'expired', 'not yet valid'], 'why')


def test_master_code_must_not_be_in_the_list(t):
    daemon = panel(t)
    add(daemon, 'inputCode', '4711')
    answer = post(daemon, CODE, {'input_code_enable': True, 'input_code_number': '4711'}, want=400)
    check_equal(answer['error'], 'Identifier with the same input code number already exists',
                'error')
    post(daemon, CODE, {'input_code_enable': False, 'input_code_number': '4711'})

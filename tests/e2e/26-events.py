# SPDX-License-Identifier: MIT
"""The log of events: every one gets a number, goes to disk, and is told as it happens."""

import base64
import hashlib
import http.client
import itertools
import json
import os
import random
import socket
import ssl
import subprocess
import threading
import time

from harness import Skip, check, check_equal, slow, wait_for
from harness.portero import PASSWORD

EVENTS = '/api/portero/v1/events'
MAX_STREAMS = 16
NOT_WRITTEN = 'the events cannot be written'


class Unix(http.client.HTTPConnection):
    def __init__(self, path):
        super().__init__('localhost', timeout=10)
        self.path = path

    def connect(self):
        self.sock = socket.socket(socket.AF_UNIX)
        self.sock.settimeout(10)
        self.sock.connect(self.path)


class Stream(threading.Thread):
    """Reads the events of one connection until that ends."""

    def __init__(self, daemon, after=None, last=None, connection=None, headers=None):
        super().__init__(daemon=True)
        self.headers = dict(headers if headers is not None else basic())
        if last is not None:
            self.headers['Last-Event-ID'] = str(last)
        self.connection = connection or http.client.HTTPConnection(*daemon.http, timeout=40)
        self.connection.request('GET', EVENTS + ('' if after is None else '?after=%d' % after),
                                headers=self.headers)
        self.answer = self.connection.getresponse()
        self.status = self.answer.status
        self.events, self.comments, self.text, self.is_whole = [], 0, b'', None
        if self.status == 200:
            self.start()
        else:
            self.text = self.answer.read()

    def run(self):
        fields = {}
        try:
            for line in self.answer:
                self.text += line
                line = line.decode().rstrip('\n')
                if line.startswith(':'):
                    self.comments += 1
                elif line:
                    name, _, value = line.partition(': ')
                    check(name not in fields, 'twice in one event: ' + line)
                    fields[name] = value
                elif 'data' in fields:
                    item = json.loads(fields['data'])
                    check_equal((fields['id'], fields['event']),
                                (str(item['number']), item['name']['key']), 'id and event')
                    self.events.append(item)
                    fields = {}
                else:
                    fields = {}
            self.is_whole = True
        except (OSError, http.client.HTTPException, ValueError):
            self.is_whole = False

    def numbers(self):
        return [e['number'] for e in self.events]

    def keys(self):
        return [e['name']['key'] for e in self.events]

    def wait(self, n, within_s=5):
        wait_for(lambda: len(self.events) >= n, within_s + 5,
                 lambda: '%d events: only %s' % (n, self.keys()))
        return self.events

    def close(self):
        try:
            (self.connection.sock or self.answer.fp.raw._sock).shutdown(socket.SHUT_RDWR)
        except (OSError, AttributeError):
            pass
        self.join(10)

LOCALES = ['en', 'es', 'ru', 'uk', 'pl', 'nl', 'tr', 'fr', 'da']

def basic(password=PASSWORD):
    return {'Authorization': 'Basic ' + base64.b64encode(
        ('admin:' + password).encode()).decode()}


users = itertools.count()


def emit(daemon, n=1):
    """settings_changed, n times."""
    for _ in range(n):
        answer = daemon.api('POST', '/device/sip/settings', {
            'proxy': 'sip:127.0.0.1:1', 'realm': 'sip.portero.test', 'password': 'secret-1',
            'user': 'u%d' % next(users), 'stun': {'ip': '127.0.0.1', 'port': 3478}})
        check_equal(answer.status, 200, 'settings: %r' % answer)


def log_in(daemon):
    """successful_login_api_call: an event that needs no disk."""
    answer = daemon.request('GET', '/api/v1/login?username=admin&password=' + hashlib.md5(
        PASSWORD.encode()).hexdigest())
    check_equal(answer.status, 200, 'login')


def first_after(daemon, number, n=1):
    """The first n events after this one."""
    stream = Stream(daemon, after=number)
    found = stream.wait(n)[:n]
    stream.close()
    return found


def items(daemon, query='', status=200, base='/api/v1'):
    answer = daemon.api('GET', '/log/items' + query, base=base)
    check_equal(answer.status, status, '%r' % answer)
    return answer.json


def test_the_log_in_the_field_s_shape(t):
    before_ms = int(time.time() * 1000)
    daemon = t.portero()
    daemon.login()
    emit(daemon, 3)
    wait_for(lambda: items(daemon)['list_option']['pagination']['total_items'] == 5, 5, '5 events')
    log = items(daemon)
    check_equal([i['name']['key'] for i in log['list_items']],
                ['settings_changed'] * 3 + ['successful_login_api_call', 'device_booted'],
                'newest first')
    item = log['list_items'][4]
    check(before_ms <= item['timestamp'] <= time.time() * 1000, 'ms since 1970', item)
    check_equal(sorted(item), ['category', 'info', 'name', 'priority', 'timestamp'], 'members')
    check_equal((item['category'], item['priority']), ('info', 'low'), 'kind')
    check_equal(sorted(item['name']), ['key', 'text'], 'name')
    check(type(item['info']['text']) is str and type(item['info']['model']) is dict, 'info', item)
    option = log['list_option']
    check_equal(option['pagination'], {'total_items': 5, 'items_limit': 10, 'total_pages': 1,
                                       'current_page': 1}, 'pagination')
    check_equal(option['sort'], {'field': 'timestamp', 'asc': False,
                                 'available_fields': ['timestamp']}, 'sort')
    check_equal(option['locale'], {'locale': 'en', 'available_locales': LOCALES}, 'locale')
    check_equal((option['filter']['available_filtering'], option['filter']['is_filtered']),
                (True, False), 'filter')
    check_equal({f['filter_field']: f['available_types'] for f in
                 option['filter']['available_fields']},
                {'category': ['equal'], 'priority': ['equal'], 'name': ['equal']}, 'fields')
    values = option['filter']['available_values']
    check_equal(sorted(values['category']), ['access', 'emergency', 'info', 'system'], 'values')
    check({'outgoing_call', 'lock_was_opened_by_exit_btn'} <= {n['key'] for n in values['name']},
          'names', values['name'])
    check_equal(items(daemon, base='/api/v0'), log, 'as v0')
    check_equal(daemon.api('GET', '/log/items', token=None).status, 401, 'without credentials')


def test_the_log_in_each_language(t):
    """As clients ask for it; keys, numbers and filters are the same in all of them."""
    daemon = t.portero()
    daemon.must_post('/sim/button', {'button': 'exit'}, base='/api/portero/v1')
    wait_for(lambda: 'lock_was_opened_by_exit_btn' in [i['name']['key'] for i in items(daemon)[
        'list_items']], 5, 'the button')
    query = '?filter_field=name&filter_type=equal&filter_value=lock_was_opened_by_exit_btn'
    seen = {}
    for locale in LOCALES:
        log = items(daemon, query + '&locale=' + locale)
        option, item = log['list_option'], log['list_items'][0]
        check_equal(option['locale'], {'locale': locale, 'available_locales': LOCALES}, locale)
        check_equal((item['name']['key'], item['info']['model'], item['category']),
                    ('lock_was_opened_by_exit_btn', {'lock': 1}, 'access'), locale)
        names = {n['key']: n['text'] for n in option['filter']['available_values']['name']}
        check_equal(names['lock_was_opened_by_exit_btn'], item['name']['text'], locale)
        seen[locale] = item['name']['text'], item['info']['text']
    check_equal(seen['en'], ('Door opened by the exit button', 'lock 1'), 'English')
    check_equal(seen['ru'], ('Дверь открыта кнопкой выхода', 'замок 1'), 'Russian')
    check_equal(len({text for text, _ in seen.values()}), 9, 'each its own')
    for other in ('', 'xx', 'EN', 'x' * 300):
        check_equal(items(daemon, query + '&locale=' + other), items(daemon, query), 'none of them')


def test_pages_and_filters_as_clients_send_them(t):
    daemon = t.portero()
    daemon.login()
    emit(daemon, 9)
    wait_for(lambda: items(daemon)['list_option']['pagination']['total_items'] == 11, 5, '11')

    def page(query):
        log = items(daemon, query)
        p = log['list_option']['pagination']
        return ([i['name']['key'].split('_')[0] for i in log['list_items']], p['total_items'],
                p['items_limit'], p['total_pages'], p['current_page'])

    # HA, once a second
    check_equal(page('?limit=10&page_number=1'), (['settings'] * 9 + ['successful'], 11, 10, 2, 1),
                'HA')
    check_equal(page('?limit=10&page_number=2'), (['device'], 11, 10, 2, 2), 'page 2')
    check_equal(page('?limit=10&page_number=3'), ([], 11, 10, 2, 3), 'past the end')
    check_equal(page('?limit=10&page_number=99999999999999999999')[0], [], 'far past the end')
    check_equal(page('?limit=1'), (['settings'], 11, 1, 11, 1), 'limit 1')
    check_equal(page('?limit=0')[2], 1, 'limit 0')
    check_equal(page('?limit=5000')[2], 100, 'limit 5000')
    check_equal(page('?limit=x&page_number=-1')[2:], (10, 2, 1), 'odd numbers')
    # GR: `from` in seconds, `to` in milliseconds
    now = time.time()
    check_equal(page('?limit=50&page_number=1&locale=en&sort_type=asc&from=%d&to=%d' % (
        now - 60, now * 1000 + 1000))[:2], (['device', 'successful'] + ['settings'] * 9, 11), 'GR')
    check_equal(page('?from=%d' % (now + 60))[1], 0, 'from, later')
    check_equal(page('?to=%d' % ((now - 60) * 1000))[1], 0, 'to, earlier')
    check_equal(page('?from=&to=')[1], 11, 'empty')
    # CB, and the panel's own page
    check_equal(page('?locale=ru&limit=10&page_number=1&from=1000000000000&filter_field=category'
                     '&filter_type=equal&filter_value=info')[:2], (['device'], 1), 'CB')
    check_equal(page('?filter_field=category&filter_type=equal&filter_value=access')[1], 0, 'none')
    check_equal(page('?filter_field=name&filter_type=equal&filter_value=device_booted')[1], 1,
                'name')
    check_equal(page('?filter_field=priority&filter_type=equal&filter_value=low')[1], 11, 'low')
    check_equal(page('?filter_field=priority&filter_type=equal&filter_value=' + 'x' * 300)[1], 0,
                'long')
    check_equal(page('?filter_field=weather&filter_type=equal&filter_value=x&sort_type=up')[1], 11,
                'unknown')
    for query in ('?from=x', '?to=12x', '?from=-5'):
        items(daemon, query, status=400)


def test_a_stream_tells_at_once_and_resumes(t):
    daemon = t.portero()
    stream = Stream(daemon, after=0)
    check_equal(stream.answer.headers['Content-Type'], 'text/event-stream', 'type')
    check_equal(stream.answer.headers['Cache-Control'], 'no-store', 'cache')
    stream.wait(2)  # its own credentials are the second one
    daemon.token = daemon.api('GET', '/login?username=admin&password=' + hashlib.md5(
        PASSWORD.encode()).hexdigest(), token=None).json['token']
    stream.wait(3)
    started = time.monotonic()
    emit(daemon)
    stream.wait(4)
    check(time.monotonic() - started < t.at_most(0.5), 'late')
    check_equal(stream.numbers(), [1, 2, 3, 4], 'numbers')
    check_equal(stream.keys(), ['device_booted', 'successful_login_api_call',
                                'successful_login_api_call', 'settings_changed'], 'keys')
    wait_for(lambda: all(e['stored'] is True for e in first_after(daemon, 0, 4)), 5,
             'all stored')   # on a slow disk they are told before
    live = Stream(daemon)
    emit(daemon)
    live.wait(1)
    check_equal(live.numbers(), [5], 'without a number: from now on')
    check_equal(Stream(daemon, last=2).wait(2)[0]['number'], 3, 'Last-Event-ID')
    check_equal(Stream(daemon, after=0, last=3).wait(1)[0]['number'], 4, 'the header counts')
    far = Stream(daemon, after=10 ** 17)  # of another life of this panel
    emit(daemon)
    check_equal(far.wait(1)[0]['number'], 6, 'beyond the last one')
    for last in ('x', '-1', '1 ', '9' * 19):
        check_equal(Stream(daemon, last=last).status, 400, 'Last-Event-ID: ' + last)
    check_equal(Stream(daemon, headers={}).status, 401, 'without credentials')
    check_equal(Stream(daemon, headers={'Authorization': 'Bearer ' + daemon.token}).status, 200,
                'token')
    head = daemon.request('HEAD', EVENTS, headers=basic())
    check_equal((head.status, head.body), (200, b''), 'HEAD')

    daemon.stop()
    for one in (stream, live, far):
        one.join(20)
        check_equal(one.is_whole, True, 'ended as a whole at SIGTERM')
    daemon.start()
    again = Stream(daemon, last=5)
    again.wait(2)
    check_equal(again.numbers()[:2], [6, 7], 'across a restart')
    check_equal(again.keys()[1], 'device_booted', 'the second one')


@slow(17)
def test_a_silent_stream_has_a_heartbeat(t):
    stream = Stream(t.portero(extra=['--log-level', 'debug']))
    wait_for(lambda: stream.comments, 20, 'a comment')
    check(stream.is_alive(), 'ended')


def test_by_the_command_line_s_socket_and_tls(t):
    daemon = t.portero(extra=['--https', '127.0.0.1:0'])
    local = Stream(daemon, connection=Unix(os.path.join(daemon.state, 'portero.sock')), headers={},
                   after=0)
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
    context.check_hostname, context.verify_mode = False, ssl.CERT_NONE
    tls = Stream(daemon, after=0, connection=http.client.HTTPSConnection(
        *daemon.https, timeout=40, context=context))
    daemon.login()
    emit(daemon, 30)
    check_equal(local.wait(33)[32]['name']['key'], 'settings_changed', 'local')
    check_equal(tls.wait(33)[32]['name']['key'], 'settings_changed', 'TLS')
    check_equal(tls.numbers(), local.numbers(), 'numbers')


def test_16_streams_and_no_more(t):
    daemon = t.portero()
    streams = [Stream(daemon) for _ in range(MAX_STREAMS)]
    check_equal([s.status for s in streams], [200] * MAX_STREAMS, 'streams')
    refused = Stream(daemon)
    check_equal(refused.status, 503, 'one more')
    check(int(refused.answer.headers['Retry-After']) > 0, 'Retry-After')
    check('error' in json.loads(refused.text), 'error', refused.text)
    for stream in streams[:3]:
        stream.close()
    # Nobody has written to these since: the panel looks when there is need.
    wait_for(lambda: Stream(daemon).status == 200, 3, 'a place that is free again')
    emit(daemon)
    for stream in streams[3:]:
        stream.wait(1)


def test_1000_events_as_fast_as_they_come(t):
    """On one connection, while streams follow: each told event makes the server run, which brings the
    next one about."""
    daemon = t.portero()
    daemon.login()
    streams = [Stream(daemon) for _ in range(4)]
    connection = http.client.HTTPConnection(*daemon.http, timeout=10)
    path = '/api/v1/login?username=admin&password=' + hashlib.md5(PASSWORD.encode()).hexdigest()
    for _ in range(1000):
        connection.request('GET', path)
        answer = connection.getresponse()
        answer.read()
        check_equal(answer.status, 200, 'login')
    connection.close()
    first = streams[3].wait(1000, 10)[0]['number']
    for stream in streams:
        wait_for(lambda: stream.events and stream.numbers()[-1] >= first + 999, 10, 'the last one')
        check_equal(stream.numbers()[-1000:], list(range(first, first + 1000)), 'numbers')
    check_equal(items(daemon)['list_option']['pagination']['total_items'], first + 999, 'kept')


def test_a_new_password_ends_the_streams(t):
    daemon = t.portero()
    stream = Stream(daemon)
    daemon.login()  # the credentials of the stream were an event, too
    stream.wait(1)
    answer = daemon.api('POST', '/security/password/admin?oldPassword=%s&newPassword=Other-1234' %
                        PASSWORD)
    check_equal(answer.status, 200, '%r' % answer)
    stream.join(20)
    check_equal((stream.is_whole, stream.keys()[-1]), (True, 'password_changed'), 'ended')
    check_equal(Stream(daemon).status, 401, 'the old one')
    check_equal(Stream(daemon, headers=basic('Other-1234')).status, 200, 'the new one')


class Listener(threading.Thread):
    """Comes again whenever the connection breaks, with what it has seen last."""

    def __init__(self, daemon):
        super().__init__(daemon=True)
        self.portero, self.streams, self.is_over, self.error = daemon, [], False, None
        self.start()

    def events(self):
        return [event for stream in self.streams for event in list(stream.events)]

    def last(self):
        events = self.events()
        return events[-1]['number'] if events else 0

    def run(self):
        try:
            while not self.is_over:
                try:
                    stream = Stream(self.portero, last=self.last())
                except (OSError, http.client.HTTPException):
                    time.sleep(0.01)
                    continue
                self.streams.append(stream)
                while stream.is_alive() and not self.is_over:
                    stream.join(0.02)
        except Exception as error:
            self.error = error


@slow(15)
def test_1000_events_over_kill_9_without_gap_or_double(t):
    daemon = t.portero()
    listener = Listener(daemon)
    done, kills = 0, 0
    while done < 1000:
        daemon.login()
        enough = done + random.randrange(20, 120)

        def work():
            nonlocal done
            try:
                while True:
                    if done % 8:
                        log_in(daemon)
                    else:
                        emit(daemon)
                    done += 1
            except (OSError, http.client.HTTPException):
                pass

        worker = threading.Thread(target=work, daemon=True)
        worker.start()
        wait_for(lambda: done >= enough or not worker.is_alive(), 60, 'events', 0.001)
        check(worker.is_alive(), 'the panel has ended', daemon.log_tail())
        daemon.kill9()
        kills += 1
        worker.join(20)
        daemon.start()
    daemon.login()
    emit(daemon)
    end = daemon.get_sip()['user']
    whole = Stream(daemon, after=0)
    wait_for(lambda: whole.events and whole.keys()[-1] == 'settings_changed' and
             ' %s at ' % end in whole.events[-1]['info']['text'], 20, 'the end of the log')
    last = whole.numbers()[-1]
    wait_for(lambda: listener.error or listener.last() >= last, 20, 'the listener sees the end')
    listener.is_over = True
    listener.join(10)
    if listener.error:
        raise listener.error
    seen = [e['number'] for e in listener.events()]
    check_equal(sorted(set(seen)), seen, 'in order, each once')
    stored = {e['number'] for e in listener.events() if e['stored']}
    kept = set(whole.numbers())
    check(stored <= kept, 'told as stored, and lost', sorted(stored - kept))
    check(kept <= set(seen), 'never told', sorted(kept - set(seen))[:20])
    # What has just happened when it is killed may be lost: of 20 or more each time not most of it.
    check(len(kept) >= 300 and kills >= 3, 'too few', len(kept), kills)
    log = items(daemon, '?limit=1')
    check_equal(log['list_option']['pagination']['total_items'], len(kept), 'in the log')


class SmallDisk:
    def __init__(self, t):
        if os.geteuid() != 0:
            raise Skip('needs root for a tmpfs')
        self.path = t.new_dir('small-disk')
        done = subprocess.run(['mount', '-t', 'tmpfs', '-o', 'size=1m,mode=0700', 'none',
                               self.path], stdout=subprocess.PIPE, stderr=subprocess.STDOUT)
        if done.returncode:
            raise Skip('cannot mount a tmpfs: ' + done.stdout.decode().strip())
        t.own(self)
        self.filler = os.path.join(self.path, 'filler')

    def fill(self):
        with open(self.filler, 'ab', buffering=0) as f:
            for size in (65536, 4096, 1):
                try:
                    while True:
                        f.write(b'x' * size)
                except OSError:
                    pass

    def finish(self, passed):
        subprocess.run(['umount', self.path], check=True)


def fill_until_nothing_is_stored(disk, daemon, stream):
    """The log's own file may still have room, and files that go away make some."""
    failed = 0
    for _ in range(300):
        disk.fill()
        n = len(stream.events)
        log_in(daemon)
        failed = 0 if stream.wait(n + 1)[n]['stored'] else failed + 1
        if failed >= 3 and NOT_WRITTEN in daemon.log():   # and not only slow to be stored
            return
    check(False, 'still stored')


def test_a_full_disk_delays_nobody(t):
    disk = SmallDisk(t)
    daemon = t.portero(state=disk.path)
    daemon.login()
    stream = Stream(daemon, after=0)
    stream.wait(2)
    fill_until_nothing_is_stored(disk, daemon, stream)
    n = len(stream.events)
    started = time.monotonic()
    log_in(daemon)
    check_equal(stream.wait(n + 1)[n]['stored'], False, 'stored')
    check(time.monotonic() - started < t.at_most(0.8), 'told after %.1f s' % (
        time.monotonic() - started))
    # The log has them though the disk does not, and who comes now gets them, too.
    total = items(daemon)['list_option']['pagination']['total_items']
    check_equal(total, len(stream.events), 'in the log')
    numbers = stream.numbers()
    check_equal(first_after(daemon, numbers[-2])[0]['stored'], False, 'resumed')
    os.unlink(disk.filler)
    wait_for(lambda: first_after(daemon, numbers[-2])[0]['stored'], 10, 'stored at last')
    check_equal(len(stream.events), len(numbers), 'told again')
    daemon.kill9()
    daemon.start()
    again = Stream(daemon, after=0)
    again.wait(len(numbers) + 1)
    check_equal(again.numbers()[:len(numbers)], numbers, 'after kill -9')
    check(NOT_WRITTEN + ': No space left on device' in daemon.log(), 'no line',
          daemon.log_tail())


def test_told_before_it_is_stored_keeps_its_number_to_itself(t):
    """What only memory knew is gone after kill -9; its number is not given again."""
    disk = SmallDisk(t)
    daemon = t.portero(state=disk.path)
    daemon.login()
    stream = Stream(daemon, after=0)
    stream.wait(2)
    fill_until_nothing_is_stored(disk, daemon, stream)
    lost = stream.events[-1]['number']
    daemon.kill9()
    os.unlink(disk.filler)
    daemon.start()
    again = Stream(daemon, after=lost - 1)
    wait_for(lambda: 'device_booted' in again.keys(), 5, 'the next start')
    booted = [e['number'] for e in again.events if e['name']['key'] == 'device_booted'][-1]
    check(booted > lost, 'given twice: %d' % lost)


def test_a_damaged_log_is_moved_aside(t):
    daemon = t.portero()
    daemon.login()
    emit(daemon, 5)
    stream = Stream(daemon, after=0)
    stream.wait(7)
    last = stream.numbers()[-1]
    daemon.stop()
    path = os.path.join(daemon.state, 'events.db')
    check_equal(os.stat(path).st_mode & 0o777, 0o600, 'mode')
    with open(path, 'r+b') as f:
        f.write(os.urandom(os.path.getsize(path)))
    daemon.start()
    again = Stream(daemon, after=0)
    check_equal(again.wait(1)[0]['name']['key'], 'device_booted', 'a new one')
    check(again.numbers()[0] > last, 'a number twice')
    aside = [f for f in os.listdir(daemon.state) if f.startswith('events.db.damaged-')]
    check_equal(len(aside), 1, 'kept')
    check(aside[0] in daemon.log(), 'no line', daemon.log_tail())
    check_equal(daemon.get_sip()['realm'], 'sip.portero.test', 'settings')


def test_the_log_is_bounded(t):
    daemon = t.portero(config={'log_max_events': 100})
    daemon.login()
    emit(daemon, 120)
    wait_for(lambda: items(daemon)['list_option']['pagination']['total_items'] == 100, 5, '100 kept')
    check_equal(items(daemon, '?sort_type=asc&limit=1')['list_items'][0]['name']['key'],
                'settings_changed', 'the oldest have gone')


def test_no_secret_in_any_event(t):
    secrets = ['canary-Sip-1', 'canary-Admin-2', 'canary-Wrong-3', PASSWORD]
    mock = t.registrar(passwords={'101': secrets[0]})
    daemon = t.portero()
    stream = Stream(daemon, after=0)
    daemon.set_sip(mock.account(user='101', user_id='101', password=secrets[0]))
    daemon.wait_status('OK')
    daemon.request('GET', '/api/portero/v1/events', headers=basic(secrets[2]))
    answer = daemon.api('POST', '/security/password/admin?oldPassword=%s&newPassword=%s' %
                        (PASSWORD, secrets[1]))
    check_equal(answer.status, 200, '%r' % answer)
    stream.join(20)
    daemon.token, daemon.password = None, secrets[1]
    log = json.dumps(items(daemon, '?limit=100')).encode()
    check({'sip_registered', 'password_changed', 'settings_changed',
           'incorrect_login_api_call'} <= set(stream.keys()), 'events', stream.keys())
    daemon.stop()
    with open(os.path.join(daemon.state, 'events.db'), 'rb') as f:
        stored = f.read()
    for secret in secrets:
        for what in (stream.text, log, stored):
            check(secret.encode() not in what, 'a secret: ' + secret)

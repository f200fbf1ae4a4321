# SPDX-License-Identifier: MIT
"""Programs of the field that speak to panels, played from their description: the header lines that each
one's HTTP library writes, on a socket, and their own rules about what is answered."""

import base64
import hashlib
import http.client
import http.server
import json
import re
import socket
import threading
import time

from . import check, check_equal, wait_for


def md5(password):
    return hashlib.md5(password.encode()).hexdigest()


def basic(password, user='admin'):
    return 'Basic ' + base64.b64encode(('%s:%s' % (user, password)).encode()).decode()


def plain_json(value):
    return json.dumps(value).encode()


def compact_json(value):
    """As JavaScript writes it."""
    return json.dumps(value, ensure_ascii=False, separators=(',', ':')).encode()


def php_json(value):
    return compact_json(value).replace(b'/', b'\\/')


class Refused(Exception):
    """The client gives up: the answer is not what it needs."""


class Client:
    """Each request on a new connection. lines(has_body) are those that its library adds, behind Host;
    none about the length of what has no body unless it is said so."""

    base, encode, within_s = '/api/v1/', staticmethod(plain_json), 20
    length_of_nothing = False

    def __init__(self, daemon):
        self.daemon, self.authorization = daemon, None
        self.statuses = []  # (status, method and path), of all

    def lines(self, has_body):
        raise NotImplementedError

    def ask(self, method, path, body=None, more=()):
        """(status, headers, body) of the answer."""
        data = None if body is None else self.encode(body)
        path = path if path.startswith('/') else self.base + path
        lines = ['%s %s HTTP/1.1' % (method, path), 'Host: %s:%d' % self.daemon.http]
        lines += ['Authorization: ' + self.authorization] if self.authorization else []
        lines += list(more) + list(self.lines(data is not None))
        if data is not None or (self.length_of_nothing and method != 'GET'):
            lines.append('Content-Length: %d' % len(data or b''))
        with socket.create_connection(self.daemon.http, self.within_s) as connection:
            connection.sendall('\r\n'.join(lines + ['', '']).encode() + (data or b''))
            answer = http.client.HTTPResponse(connection, method=method)
            answer.begin()
            got = answer.status, answer.headers, answer.read()
        self.statuses.append((answer.status, method + ' ' + path))
        return got

    def login(self, digest, more=()):
        status, _, got = self.ask('GET', 'login?username=admin&password=' + digest, more=more)
        if status != 200:
            raise Refused('login: %d %r' % (status, got))
        token = json.loads(got)['token']
        self.authorization = 'Bearer ' + token
        return token

    def check_statuses(self):
        wrong = [pair for pair in self.statuses if pair[0] != 200]
        check(not wrong, 'not 200, of %d requests' % len(self.statuses), *wrong[:5])


class OperatorPlatform(Client):
    """Indexes into whatever comes, without a look at the status: a wrong shape is an error of its. By
    Basic, but for one model, for which it logs in once."""

    encode = staticmethod(php_json)
    by_token = ('aa07bd',)
    with_ssl = ('aa12fb', 'aa14fb', 'av08fb')

    def __init__(self, daemon, model, password):
        super().__init__(daemon)
        self.model, self.password = model, password
        if model in self.by_token:
            self.authorization = 'Basic'  # of nobody: curl was told "Basic" and no more
            self.login(md5(password))
        else:
            self.authorization = basic(password)

    def lines(self, has_body):
        return ['Accept: */*'] + (['Content-Type: application/json'] if has_body else [])

    def call(self, method, path, body=None):
        got = self.ask(method, path, body)[2]
        try:
            return json.loads(got)
        except ValueError:
            return got  # as text

    def set_password(self, new):
        """Whatever this object was made with: its next request has the new one."""
        if self.model == 'aa12fb':
            self.call('POST', 'security/password/admin?', {'old_password': self.password,
                                                           'new_password': new})
        else:
            self.call('POST', 'security/password/%sadmin?oldPassword=%s&newPassword=%s' % (
                'web/' if self.model == 'aa07bd' else '', self.password, new))

    def valid(self):
        time_ = {'from': None, 'is_permanent': True, 'to': None}
        if self.model == 'aa07bd':
            return {'passes': {'is_permanent': True, 'max_passes': 0}, 'time': time_}
        return {'passes': {'is_permanent': True, 'max_passes': None, 'time': time_}}

    def add_identifier(self, kind, number, owner):
        return self.call('POST', 'access/identifier', {
            'identifier_number': number, 'identifier_owner': {'name': owner, 'type': 'owner'},
            'identifier_type': kind, 'lock': 'first', 'valid': self.valid()})['uid']

    def all_items(self, path, limit):
        """Until a page is empty."""
        found, page = [], 1
        while True:
            items = self.call('GET', '%s?limit=%d&page_number=%d' % (path, limit, page))['list_items']
            if not items:
                return found
            check(page < 100, '%s has no end' % path)
            found, page = found + items, page + 1

    def forwards(self):
        """{flat: first number}. Compared strictly there: a number, and a text."""
        found = {}
        for item in self.all_items('forward/items', 100):
            flat, number = item['forward_number'], item['forward_entity_list'][0]
            check(type(flat) is int and type(number) is str, 'types of a forward', item)
            found[flat] = number
        return found

    def identifiers(self):
        """{(kind, number): (uid, owner)}."""
        found = {}
        for item in self.all_items('access/identifier/items', 50):
            uid, owner = item['identifier_uid'], item['identifier_owner']['name']
            check(type(uid) is int and type(owner) is str, 'types of an identifier', item)
            found[item['identifier_type'], item['identifier_number']] = uid, owner
        return found


class HomeAutomation(Client):
    """aiohttp. A status that is not 200 is no data; 401 is tried once more with a new token."""

    length_of_nothing = True

    def __init__(self, daemon, password):
        super().__init__(daemon)
        self.password = password
        self.login(md5(password))

    def lines(self, has_body):
        return ['Content-Type: application/json', 'Accept: application/json',
                'Accept-Encoding: gzip, deflate', 'User-Agent: Python/3.12 aiohttp/3.9.5']

    def data(self, method, path, body=None):
        status, headers, got = self.ask(method, path, body)
        if status == 401:
            self.login(md5(self.password))
            status, headers, got = self.ask(method, path, body)
        if status != 200:
            raise Refused('%s %s: %d %r' % (method, path, status, got))
        if not got:
            return {}
        check_equal(headers['Content-Type'], 'application/json', 'aiohttp would not decode ' + path)
        return json.loads(got)

    def news(self, keys):
        """Of the log's first page, what is among keys and at most 3 s old by its own clock."""
        items = self.data('GET', 'log/items?limit=10&page_number=1')['list_items']
        now_ms = time.time() * 1000
        return [(item['name']['key'], item['timestamp']) for item in items
                if item['name']['key'] in keys and now_ms - item['timestamp'] <= 3000]


class LinkSync(Client):
    """Node's fetch. A new token for each operation, in upper case; what is not 2xx is dropped."""

    encode = staticmethod(compact_json)

    def __init__(self, daemon, password):
        super().__init__(daemon)
        self.password = password

    def lines(self, has_body):
        return ['connection: keep-alive', 'content-type: application/json', 'accept: */*',
                'accept-language: *', 'sec-fetch-mode: cors', 'user-agent: node',
                'accept-encoding: gzip, deflate']

    def operation(self, method, path, body=None):
        self.authorization = None
        self.login(md5(self.password).upper())
        status, headers, got = self.ask(method, path, body)
        if status // 100 != 2:
            return None
        return json.loads(got) if headers['Content-Type'] == 'application/json' else got

    def picture(self, uid):
        self.login(md5(self.password).upper())
        status, headers, got = self.ask('GET', 'access/identifier/item/%d/qr' % uid,
                                        more=['Accept: image/png'])
        return got if status == 200 and headers['Content-Type'] == 'image/png' else None


class StatusPage(Client):
    """A page in PHP on v0: its token stands in a file for 1600 s, and 401 is an error to it."""

    base = '/api/v0/'
    encode = staticmethod(php_json)

    def lines(self, has_body):
        return ['Accept: */*'] + (['Content-Type: application/json'] if has_body else [])

    def must(self, method, path, body=None):
        status, _, got = self.ask(method, path, body)
        if status >= 400:
            raise Refused('%s: %d %r' % (path, status, got))
        return json.loads(got)


class EmergencyButton(Client):
    """Three tries, each with a log-in; its digest begins with a capital, if it begins with a letter."""

    def lines(self, has_body):
        return ['User-Agent: python-requests/2.31.0', 'Accept-Encoding: gzip, deflate', 'Accept: */*',
                'Connection: keep-alive']

    def open(self, password, lock, pause=lambda: time.sleep(1)):
        """The number of the try that did it. pause() comes behind each one that did not."""
        for n in (1, 2, 3):
            try:
                self.authorization = None
                self.login(md5(password).capitalize())
                status = self.ask('GET', 'access/general/lock/open/remote/accepted/%d' % lock)[0]
                if status < 400:
                    return n
            except (OSError, http.client.HTTPException, Refused):
                pass
            pause()
        raise Refused('not opened')


class JavaClient(Client):
    """HttpURLConnection of Java 8."""

    def lines(self, has_body):
        return ['User-Agent: Java/1.8.0_352',
                'Accept: text/html, image/gif, image/jpeg, *; q=.2, */*; q=.2',
                'Connection: keep-alive']


class DoorFollower:
    """Takes messages as raw connections. At one that says a door was opened (but not by the exit button)
    it logs in to each of its panels and opens the door there."""

    def __init__(self, t, panels):
        self.panels, self.seen, self.opened = panels, [], []
        self.socket = socket.create_server(('127.0.0.1', 0))
        self.port = self.socket.getsockname()[1]
        self.thread = threading.Thread(target=self.run, daemon=True)
        self.thread.start()
        t.own(self)

    def run(self):
        while True:
            try:
                connection = self.socket.accept()[0]
            except OSError:
                return
            threading.Thread(target=self.read, args=(connection,), daemon=True).start()

    def read(self, connection):
        data = b''
        with connection:
            connection.settimeout(30)
            try:
                while piece := connection.recv(4096):
                    data += piece
            except OSError:
                pass
        for line in data.decode().splitlines():
            if line.startswith('<'):
                self.act(line)

    def act(self, line):
        host, message = re.fullmatch(r'<\d+>\S+ (\S+) \S+ (.*)', line).groups()
        self.seen.append(message)
        if 'Door' in message and 'opened' in message and \
                'EVENT:105:Door opened by exit button' not in message:
            check_equal(host, '127.0.0.1', 'the address that it would open at')
            for panel, password in self.panels:
                client = JavaClient(panel)
                client.login(md5(password).upper())
                client.ask('GET', 'access/general/lock/open/remote/accepted/1')
                client.check_statuses()
                self.opened.append(panel)

    def finish(self, passed):
        try:
            self.socket.shutdown(socket.SHUT_RDWR)
        except OSError:
            pass
        self.socket.close()


class HttpServer:
    """On a free port of loopback; on_post(path, headers, body) returns (status, value for JSON)."""

    def __init__(self, t, on_post):
        class Handler(http.server.BaseHTTPRequestHandler):
            def do_POST(self):
                body = self.rfile.read(int(self.headers['Content-Length']))
                status, value = on_post(self.path, self.headers, body)
                answer = json.dumps(value).encode()
                self.send_response(status)
                self.send_header('Content-Type', 'application/json')
                self.send_header('Content-Length', str(len(answer)))
                self.end_headers()
                self.wfile.write(answer)

            def log_message(self, *arguments):
                pass

        self.server = http.server.ThreadingHTTPServer(('127.0.0.1', 0), Handler)
        self.server.daemon_threads = True
        self.port = self.server.server_address[1]
        threading.Thread(target=self.server.serve_forever, args=(0.05,), daemon=True).start()
        t.own(self)

    def finish(self, passed):
        self.server.shutdown()
        self.server.server_close()


class EventService(HttpServer):
    """The operator platform's receiver of events: the last line of a body counts, fields stand at fixed
    places. What it does at them is in actions."""

    ACTIONS = ((2, 'Door was opened with door sensor', None), (2, 'Door opened by exit button', None),
               (6, 'Door opened by card. Info', 4), (6, 'Door opened by access code. Info', 2),
               (5, 'Door 1 opened by call host', 4))

    def __init__(self, t):
        self.actions = []
        super().__init__(t, self.on_post)

    def on_post(self, path, headers, body):
        if path != '/':
            return 405, {}
        if not body:
            return 400, {}
        message = body.decode().splitlines()[-1].split(' ', 3)[3]
        fields = [field.strip() for field in re.split('[,:]', message)] + [''] * 12
        self.actions += [(text, at and fields[at]) for i, text, at in self.ACTIONS
                         if fields[i] == text]
        return 200, {}

    def wait(self, daemon, action):
        wait_for(lambda: action in self.actions, daemon.test.seconds(15),
                 lambda: '%r among %r\n%s' % (action, self.actions, daemon.log_tail()))


class AccessService(HttpServer):
    """A gym's remote access server: a guard looks at the secret in the query; members enter."""

    def __init__(self, t, secret):
        self.secret, self.members, self.questions = secret, {}, []
        super().__init__(t, self.on_post)

    def url(self):
        return '127.0.0.1:%d/api/bas-ip/access?token=%s' % (self.port, self.secret)

    def on_post(self, path, headers, body):
        self.questions.append(path)
        if path != '/api/bas-ip/access?token=' + self.secret or \
                headers['Content-Type'] != 'application/json':
            return 401, {'statusCode': 401, 'message': 'Unauthorized'}
        question = json.loads(body)
        check(question['identifier_type'] in ('card', 'qr', 'input_code'), 'type', question)
        lock = self.members.get(question['identifier_number'])
        if lock is None:
            return 200, {'handled': False}
        if lock == 0:
            return 200, {'handled': True, 'access': {'granted': False}}
        return 200, {'handled': True, 'access': {'granted': True, 'lock_number': lock}}

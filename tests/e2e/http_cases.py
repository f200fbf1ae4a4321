#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
"""How the HTTP server behaves on the wire, by raw sockets.

Usage: http_cases.py BASE_URL PASSWORD, with a panel that was just started at an address of
127.0.0.0/8. Prints "ok N - what" or "not ok N - what" and exits 1 if one failed. Each case
that counts wrong passwords comes from a loopback address of its own, so that no case
depends on another, and the panel's own limits stay as they are. Takes some 10 s.
"""
import base64
import hashlib
import json
import socket
import sys
import threading
import time
import traceback
from urllib.parse import quote, urlsplit

TIMEOUT_S = 30
BODY_MAX = 64 * 1024
CONNECTIONS_PER_ADDRESS = 128
TRIES = 5
SETTINGS = "/api/v1/device/sip/settings"
STATUS = "/api/v1/sip/status"
LOG_IN = b'{"error":"Log In"}'


class Answer:
    def __init__(self, status, headers, body):
        self.status, self.headers, self.body = status, headers, body

    def json(self):
        return json.loads(self.body)


class Connection:
    """One TCP connection, HTTP/1.1 by hand."""

    def __init__(self, panel, source="127.0.0.1"):
        self.socket = socket.create_connection((panel.host, panel.port), TIMEOUT_S, (source, 0))
        self.host = f"{panel.host}:{panel.port}"
        self.pending = b""

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.socket.close()

    def send(self, method, target, headers=(), body=None, length=True):
        lines = [f"{method} {target} HTTP/1.1", f"Host: {self.host}"]
        lines += [f"{name}: {value}" for name, value in dict(headers).items()]
        if body is not None and length:
            lines.append(f"Content-Length: {len(body)}")
        self.socket.sendall("\r\n".join(lines).encode() + b"\r\n\r\n" + (body or b""))

    def _fill(self):
        data = self.socket.recv(65536)
        self.pending += data
        return bool(data)

    def receive(self, is_head=False):
        """The next answer; None if the connection was closed before one."""
        while b"\r\n\r\n" not in self.pending:
            if not self._fill():
                return None
        head, self.pending = self.pending.split(b"\r\n\r\n", 1)
        first, *lines = head.decode("latin-1").split("\r\n")
        headers = {}
        for line in lines:
            name, value = line.split(":", 1)
            headers[name.lower()] = value.strip()
        status = int(first.split()[1])
        length = 0 if is_head or status in (100, 304) else int(headers.get("content-length", 0))
        while len(self.pending) < length:
            if not self._fill():
                raise AssertionError("closed within an answer")
        body, self.pending = self.pending[:length], self.pending[length:]
        return Answer(status, headers, body)

    def is_closed(self):
        try:
            return not self._fill()
        except ConnectionResetError:
            return True


class Panel:
    def __init__(self, base_url, password):
        url = urlsplit(base_url)
        self.host, self.port, self.password = url.hostname, url.port or 80, password
        self.token = None

    def ask(self, method, target, headers=(), body=None, source="127.0.0.1"):
        with Connection(self, source) as connection:
            connection.send(method, target, headers, body)
            return connection.receive(method == "HEAD")

    def login(self, password=None, source="127.0.0.1", headers=(), spell=str):
        digest = md5(self.password if password is None else password)
        return self.ask("GET", f"/api/v1/login?username=admin&password={spell(digest)}", headers,
                        source=source)

    def bearer(self):
        if not self.token:
            self.token = self.login().json()["token"]
        return {"Authorization": f"Bearer {self.token}"}


def md5(text):
    return hashlib.md5(text.encode()).hexdigest()


def basic(password, user="admin"):
    text = base64.b64encode(f"{user}:{password}".encode()).decode()
    return {"Authorization": f"Basic {text}"}


def same(got, want):
    assert got == want, f"got {got!r}, want {want!r}"


def refused(answer, status, error):
    same(answer.status, status)
    same(answer.json()["error"], error)


# ---- forms of requests ----

def login_spells_md5_in_any_case(panel):
    for spell in (str.lower, str.upper, str.capitalize):
        answer = panel.login(spell=spell)
        same(answer.status, 200)
        same(answer.json()["account_type"], "admin")
        same(len(answer.json()["token"]), 40)


def login_ignores_odd_headers(panel):
    for headers in ({"Authorization": "Bearer "}, {"Authorization": "Basic"},
                    {"Authorization": "Bearer 00"}, {"Content-Type": "application/json"}):
        same(panel.login(headers=headers).status, 200)


def login_by_post(panel):
    body = json.dumps({"username": "admin", "password": md5(panel.password)}).encode()
    same(panel.ask("POST", "/api/v1/login", body=body).status, 200)
    same(panel.ask("POST", "/api/v0/login", body=body).status, 200)
    refused(panel.ask("POST", "/api/v1/login", body=b"["), 400, "Wrong JSON body")
    refused(panel.ask("POST", "/api/v1/login", body=b"{}"), 400, "Required parameters missed")
    refused(panel.ask("GET", "/api/v1/login?username=admin"), 400, "Required parameters missed")


def answers_are_json_on_one_line_and_never_stored(panel):
    for target in ("/api/info", STATUS, SETTINGS, "/api/v1/nothing"):
        answer = panel.ask("GET", target, panel.bearer())
        same(answer.headers["content-type"], "application/json")
        same(answer.headers["cache-control"], "no-store")
        assert "date" in answer.headers and b"\n" not in answer.body
        assert isinstance(answer.json(), dict)


def head_is_get_without_body(panel):
    with Connection(panel) as connection:
        connection.send("GET", SETTINGS, panel.bearer())
        get = connection.receive()
        connection.send("HEAD", SETTINGS, panel.bearer())
        head = connection.receive(is_head=True)
        same(head.status, 200)
        same(head.headers["content-length"], str(len(get.body)))
        connection.send("GET", "/api/info")
        same(connection.receive().status, 200)


def post_without_content_length(panel):
    answer = panel.ask("POST", "/api/portero/v1/sip/register", panel.bearer())
    same((answer.status, answer.body), (200, b"{}"))


def post_with_content_length_0_and_type(panel):
    headers = {"Content-Type": "application/json", "Content-Length": "0", **panel.bearer()}
    same(panel.ask("POST", "/api/portero/v1/sip/register", headers).status, 200)


def get_with_a_body(panel):
    with Connection(panel) as connection:
        for _ in range(2):
            connection.send("GET", SETTINGS, panel.bearer(), b'{"a":1}')
            same(connection.receive().status, 200)


def delete_with_a_body(panel):
    with Connection(panel) as connection:
        connection.send("DELETE", SETTINGS, panel.bearer(), b'{"uid_items":[1]}')
        answer = connection.receive()
        same((answer.status, answer.headers["allow"]), (405, "GET, HEAD, POST"))
        connection.send("GET", "/api/info")
        same(connection.receive().status, 200)


def trailing_question_mark_and_unknown_query(panel):
    same(panel.ask("GET", SETTINGS + "?", panel.bearer()).status, 200)
    same(panel.ask("GET", SETTINGS + "?link_id=&x", panel.bearer()).status, 200)


def any_content_type(panel):
    body = json.dumps({"username": "admin", "password": md5(panel.password)}).encode()
    for kind in ("text/plain", "application/x-www-form-urlencoded", "multipart/form-data", "?"):
        same(panel.ask("POST", "/api/v1/login", {"Content-Type": kind}, body).status, 200)


def v0_is_v1(panel):
    for target in (SETTINGS, "/api/v1/device/sip/enable"):
        v1 = panel.ask("GET", target, panel.bearer())
        v0 = panel.ask("GET", target.replace("v1", "v0"), panel.bearer())
        same((v0.status, v0.body), (v1.status, v1.body))


def expect_100_continue(panel):
    body = json.dumps({"username": "admin", "password": md5(panel.password)}).encode()
    with Connection(panel) as connection:
        connection.send("POST", "/api/v1/login",
                        {"Expect": "100-continue", "Content-Length": len(body)})
        same(connection.receive().status, 100)
        connection.socket.sendall(body)
        same(connection.receive().status, 200)


def chunked_body(panel):
    body = json.dumps({"username": "admin", "password": md5(panel.password)}).encode()
    chunks = b"".join(b"1\r\n" + body[i:i + 1] + b"\r\n" for i in range(len(body)))
    with Connection(panel) as connection:
        connection.send("POST", "/api/v1/login", {"Transfer-Encoding": "chunked"},
                        chunks + b"0\r\n\r\n", length=False)
        same(connection.receive().status, 200)


def http_1_0(panel):
    with Connection(panel) as connection:
        connection.socket.sendall(b"GET /api/info HTTP/1.0\r\n\r\n")
        same(connection.receive().status, 200)
        assert connection.is_closed()


def pipelining(panel):
    with Connection(panel) as connection:
        request = (f"GET {SETTINGS} HTTP/1.1\r\nHost: x\r\n"
                   f"Authorization: {panel.bearer()['Authorization']}\r\n\r\n").encode()
        start = time.monotonic()
        connection.socket.sendall(request * 100)
        bodies = {connection.receive().body for _ in range(100)}
        same(len(bodies), 1)
        took = time.monotonic() - start  # 4 s if each waited for a delayed acknowledgement
        assert took < 3, f"100 pipelined requests took {took:.1f} s"


# ---- sizes ----

def body_of_64_kib_is_read(panel):
    start = b'{"username":"admin","password":"%s","x":"' % md5(panel.password).encode()
    body = start + b"x" * (BODY_MAX - len(start) - 2) + b'"}'
    same(len(body), BODY_MAX)
    same(panel.ask("POST", "/api/v1/login", body=body).status, 200)
    refused(panel.ask("POST", "/api/v1/login", body=body + b" "), 413,
            "Request body is too large")


def body_of_2_mib_gets_its_answer(panel):
    with Connection(panel) as connection:
        for _ in range(3):
            connection.send("POST", SETTINGS, panel.bearer(), b" " * (2 << 20))
            same(connection.receive().status, 413)


def body_beyond_4_mib_is_cut(panel):
    with Connection(panel) as connection:
        try:
            connection.send("POST", SETTINGS, panel.bearer(), b" " * (8 << 20))
            answer = connection.receive()
            assert answer is None or answer.status == 413
            assert connection.is_closed()
        except (ConnectionResetError, BrokenPipeError):
            pass
    same(panel.ask("GET", "/api/info").status, 200)


def chunked_body_beyond_4_mib_is_cut(panel):
    chunk = b"10000\r\n" + b" " * 65536 + b"\r\n"
    with Connection(panel) as connection:
        connection.send("POST", SETTINGS, {"Transfer-Encoding": "chunked", **panel.bearer()})
        try:
            for _ in range(1024):  # far more than what the kernel takes for both ends
                connection.socket.sendall(chunk)
            raise AssertionError("64 MiB were taken")
        except (ConnectionResetError, BrokenPipeError):
            pass


def headers_too_large(panel):
    with Connection(panel) as connection:
        connection.send("GET", "/api/info", {"X-Large": "x" * 40000})
        same(connection.receive().status, 431)
    with Connection(panel) as connection:
        connection.send("GET", "/api/info?" + "x" * 40000)
        same(connection.receive().status, 414)
    answer = panel.ask("GET", "/api/info", {"X-Fair": "x" * 6000})
    same(answer.status, 200)


def bad_request_lines(panel):
    for line in (b"\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03\r\n\r\n", b"GET\r\n\r\n",
                 b"GET / HTTP/9.9\r\n\r\n", b"GET /api/info HTTP/1.1\r\nNo colon\r\n\r\n",
                 b"GET /api/v1/login%00 HTTP/1.1\r\nHost: x\r\n\r\n",
                 b"POST /api/v1/login HTTP/1.1\r\nHost: x\r\nContent-Length: -1\r\n\r\n",
                 b"GET " + b"/" * 5000 + b" HTTP/1.1\r\nHost: x\r\n\r\n"):
        with Connection(panel) as connection:
            connection.socket.sendall(line)
            connection.socket.shutdown(socket.SHUT_WR)
            try:
                answer = connection.receive()
                assert answer is None or answer.status >= 400, line
            except ConnectionResetError:
                pass
    same(panel.ask("GET", "/api/info").status, 200)


# ---- slow and many ----

def fast_client_beside_slow_ones(panel):
    slow = [Connection(panel, "127.0.0.9") for _ in range(50)]
    stop = threading.Event()

    def drip():
        text = b"GET /api/info HTTP/1.1\r\nX: " + b"x" * 1000
        at = 0
        while not stop.wait(0.02) and at < len(text):
            for connection in slow:
                connection.socket.sendall(text[at:at + 1])
            at += 1

    thread = threading.Thread(target=drip)
    thread.start()
    times = []
    try:
        with Connection(panel) as connection:
            for _ in range(300):
                start = time.monotonic()
                connection.send("GET", SETTINGS, panel.bearer())
                same(connection.receive().status, 200)
                times.append(time.monotonic() - start)
    finally:
        stop.set()
        thread.join()
        for connection in slow:
            connection.socket.close()
    median = sorted(times)[len(times) // 2]
    # One that waited for the slow ones would wait for 20 s; a busy machine is slow by itself.
    assert median < 0.25, f"median {median * 1000:.1f} ms"


def stuck_reader_delays_nobody(panel):
    request = f"GET /index.html HTTP/1.1\r\nHost: x\r\n\r\n".encode()
    with Connection(panel, "127.0.0.10") as stuck:
        stuck.socket.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 4096)
        stuck.socket.settimeout(0.3)
        try:
            while True:
                stuck.socket.sendall(request * 50)
        except (TimeoutError, BrokenPipeError, ConnectionResetError):
            pass
        start = time.monotonic()
        same(panel.ask("GET", "/api/info").status, 200)
        assert time.monotonic() - start < 5  # the stuck one goes on being so


def many_connections_from_one_address(panel):
    source = "127.0.0.11"
    connections = [Connection(panel, source) for _ in range(200)]
    served = 0
    for connection in connections:
        try:
            connection.send("GET", "/api/info")
            served += connection.receive() is not None
        except (ConnectionResetError, BrokenPipeError):
            pass
    same(served, CONNECTIONS_PER_ADDRESS)
    same(panel.ask("GET", "/api/info").status, 200)  # others go on
    for connection in connections:
        connection.socket.close()
    deadline = time.monotonic() + 15
    while True:  # and so does this one, afterwards
        try:
            if panel.ask("GET", "/api/info", source=source):
                break
        except (ConnectionResetError, BrokenPipeError):
            pass
        assert time.monotonic() < deadline
        time.sleep(0.05)


# ---- who is asking ----

def without_credentials(panel):
    for headers in ({}, {"Authorization": "Bearer "}, {"Authorization": "Bearer " + "0" * 40},
                    {"Authorization": "Basic"}, {"Authorization": "Basic !!!"},
                    {"Authorization": "Basic Og=="}, {"Authorization": "Digest x"}):
        for target in (SETTINGS, "/api/v1/nothing", "/api", "/api/", "/api/v2/login"):
            for _ in range(2):  # more than the tries: none of these is one
                answer = panel.ask("GET", target, headers, source="127.0.0.12")
                same((answer.status, answer.body), (401, LOG_IN))
                same(answer.headers["www-authenticate"], 'Bearer realm="portero"')
    same(panel.ask("POST", "/api/v1/nothing").status, 401)


def with_credentials(panel):
    refused(panel.ask("GET", "/api/v1/nothing", panel.bearer()), 404, "Not found")
    answer = panel.ask("PUT", "/api/v1/device/sip/enable", panel.bearer())
    same((answer.status, answer.headers["allow"]), (405, "GET, HEAD, POST"))
    answer = panel.ask("POST", "/api/info")
    same((answer.status, answer.headers["allow"]), (405, "GET, HEAD"))
    same(panel.ask("get", SETTINGS, panel.bearer()).status, 405)


def wrong_credentials_on_open_paths(panel):
    for headers in (basic("wrong"), {"Authorization": "Bearer 00"}, {"Authorization": "x"}):
        for _ in range(TRIES + 1):
            for target in ("/api/info", STATUS, "/api/openapi.yaml", "/"):
                same(panel.ask("GET", target, headers, source="127.0.0.13").status, 200)


def status_detail_is_for_tokens(panel):
    assert "detail" not in panel.ask("GET", STATUS).json()
    assert "detail" not in panel.ask("GET", STATUS, basic(panel.password)).json()
    assert "detail" in panel.ask("GET", STATUS, panel.bearer()).json()


def token_dies_at_logout(panel):
    for method in ("GET", "POST"):
        headers = {"Authorization": f"Bearer {panel.login().json()['token']}"}
        same(panel.ask("GET", SETTINGS, headers).status, 200)
        same(panel.ask(method, "/api/v1/logout", headers).status, 200)
        same(panel.ask("GET", SETTINGS, headers).status, 401)
        same(panel.ask("GET", SETTINGS, panel.bearer()).status, 200)


def basic_costs_one_argon2id(panel):
    costs = []
    for number in range(3):  # a wrong one costs one each time: how long that takes here and now
        start = time.monotonic()
        refused(panel.ask("GET", SETTINGS, basic(f"no{number}"), source="127.0.0.24"), 401, "Log In")
        costs.append(time.monotonic() - start)
    same(panel.ask("GET", SETTINGS, basic(panel.password)).status, 200)
    with Connection(panel) as connection:
        start = time.monotonic()
        for _ in range(500):
            connection.send("GET", SETTINGS, basic(panel.password))
            same(connection.receive().status, 200)
        took = time.monotonic() - start
    assert took < 250 * sorted(costs)[1], f"500 took {took:.1f} s, one wrong one {costs}"


def many_good_clients_at_once(panel):
    results = []

    def one(number):
        for _ in range(5):
            if number % 2:
                results.append(panel.ask("GET", SETTINGS, basic(panel.password)).status)
            else:
                results.append(panel.login().status)

    threads = [threading.Thread(target=one, args=(number,)) for number in range(30)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    same(results, [200] * 150)


def wrong_passwords_lead_to_a_pause(panel):
    source = "127.0.0.14"
    token = panel.bearer()
    same(panel.ask("GET", SETTINGS, basic(panel.password), source=source).status, 200)
    for number in range(TRIES):
        refused(panel.login(f"wrong{number}", source), 400, "Wrong login or password")
    for password in ("wrong", panel.password):
        answer = panel.login(password, source)
        refused(answer, 429, "Too Many Requests")
        assert 45 <= answer.json()["seconds"] <= 60
        same(answer.headers["retry-after"], str(answer.json()["seconds"]))
    same(panel.ask("GET", SETTINGS, basic("wrong"), source=source).status, 429)
    same(panel.ask("GET", SETTINGS, token, source=source).status, 200)
    same(panel.ask("GET", SETTINGS, basic(panel.password), source=source).status, 200)
    same(panel.login(source="127.0.0.15").status, 200)


def a_pause_holds_for_who_never_gave_the_password(panel):
    """Else it would tell a guesser from there which guess is right."""
    source, other = "127.0.0.123", "127.0.0.124"
    same(panel.ask("GET", SETTINGS, basic(panel.password), source=other).status, 200)
    for number in range(TRIES):
        same(panel.ask("GET", SETTINGS, basic(f"wrong{number}"), source=source).status, 401)
    for password in ("wrong", panel.password):
        answer = panel.ask("GET", SETTINGS, basic(password), source=source)
        refused(answer, 429, "Too Many Requests")
        assert 45 <= answer.json()["seconds"] <= 60
    same(panel.ask("GET", SETTINGS, basic(panel.password), source=other).status, 200)
    same(panel.ask("GET", SETTINGS, basic(panel.password), source=source).status, 429)


def each_kind_of_wrong_password_is_a_try(panel):
    kinds = {
        "127.0.0.16": lambda source: panel.ask("GET", SETTINGS, basic("wrong"), source=source),
        "127.0.0.17": lambda source: panel.ask(
            "GET", SETTINGS, basic(panel.password, "root"), source=source),
        "127.0.0.18": lambda source: panel.ask(
            "GET", f"/api/v1/login?username=root&password={md5(panel.password)}", source=source),
        "127.0.0.19": lambda source: panel.ask(
            "GET", f"/api/v1/login?username=admin&password={quote(panel.password)}",
            source=source),
        "127.0.0.20": lambda source: panel.ask(
            "POST", "/api/v1/security/password/admin?oldPassword=no&newPassword=new-one",
            panel.bearer(), source=source),
    }
    for source, wrong in kinds.items():
        for _ in range(TRIES):
            assert wrong(source).status in (400, 401), source
        same(wrong(source).status, 429)


def parallel_guesses_get_no_extra_tries(panel):
    source = "127.0.0.21"
    results = []

    def one(number):
        results.append(panel.login(f"guess{number}", source).status)

    threads = [threading.Thread(target=one, args=(number,)) for number in range(20)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    same((results.count(400), results.count(429)), (TRIES, 20 - TRIES))


def a_right_password_forgets_the_wrong_ones(panel):
    source = "127.0.0.22"
    for _ in range(2):
        for number in range(TRIES - 1):
            same(panel.login(f"no{number}", source).status, 400)
        same(panel.login(source=source).status, 200)


def other_sites_change_nothing(panel):
    own = f"http://{panel.host}:{panel.port}"
    target = "/api/portero/v1/sip/register"
    for headers in ({"Sec-Fetch-Site": "cross-site"}, {"Sec-Fetch-Site": "same-site"},
                    {"Origin": "http://evil.example"}, {"Origin": "null"},
                    {"Origin": f"http://{panel.host}:{panel.port + 1}"}):
        same(panel.ask("POST", target, {**headers, **panel.bearer()}).status, 403)
        same(panel.ask("GET", "/api/v1/logout", {**headers, **panel.bearer()}).status, 403)
        same(panel.ask("GET", SETTINGS, {**headers, **panel.bearer()}).status, 200)
        assert "access-control-allow-origin" not in panel.ask("GET", "/api/info", headers).headers
    for headers in ({"Sec-Fetch-Site": "same-origin", "Origin": own}, {"Origin": own.upper()},
                    {"Sec-Fetch-Site": "none"}, {}):
        same(panel.ask("POST", target, {**headers, **panel.bearer()}).status, 200)


def page_is_served_with_its_policy(panel):
    answer = panel.ask("GET", "/")
    same(answer.status, 200)
    assert answer.headers["content-type"].startswith("text/html")
    assert answer.headers["content-security-policy"].startswith("default-src 'none'; script-src")
    same(answer.headers["cache-control"], "no-cache")
    same(answer.headers["x-content-type-options"], "nosniff")
    same(answer.headers["x-frame-options"], "DENY")
    same(answer.headers["referrer-policy"], "no-referrer")
    again = panel.ask("GET", "/", {"If-None-Match": answer.headers["etag"]})
    same((again.status, again.body), (304, b""))
    assert panel.ask("GET", "/app.js").headers["content-type"].startswith("text/javascript")
    same(panel.ask("GET", "/../etc/passwd").status, 404)
    same(panel.ask("GET", "/nothing").status, 404)
    same(panel.ask("POST", "/").status, 405)
    assert panel.ask("GET", "/api/openapi.yaml").body.find(b"openapi: 3") >= 0


# ---- the password, last: it kills the token ----

def password_with_plus_percent_and_space(panel):
    old, new = panel.password, 'a+b %2B&c="d'
    stale = panel.bearer()
    target = "/api/v1/security/password/admin"
    refused(panel.ask("POST", target, stale), 400, "Required parameter is missed")
    refused(panel.ask("POST", target + "?oldPassword=x", stale), 400,
            "Required parameter is missed")
    refused(panel.ask("POST", f"{target}?oldPassword={quote(old)}&newPassword=%01", stale), 400,
            "Wrong parameter")
    refused(panel.ask("POST", f"{target}?oldPassword={quote(old)}&newPassword={'x' * 33}", stale),
            400, "Wrong parameter")
    refused(panel.ask("POST", f"{target}?oldPassword=no&newPassword=other", stale), 400,
            "Wrong password")
    spelled = quote(new, safe="").replace("%20", "+")
    answer = panel.ask("POST", f"{target}?oldPassword={quote(old, safe='')}&newPassword={spelled}",
                       stale)
    same((answer.status, answer.body), (200, b"{}"))
    try:
        same(panel.ask("GET", SETTINGS, basic(new)).status, 200)
        same(panel.ask("GET", SETTINGS, basic(old), source="127.0.0.23").status, 401)
        same(panel.ask("GET", SETTINGS, stale).status, 401)
        same(panel.login(new).status, 200)
    finally:  # back, by the other form: a JSON body, a trailing "?", Basic
        body = json.dumps({"old_password": new, "new_password": old}).encode()
        same(panel.ask("POST", target + "?", basic(new), body).status, 200)
        panel.token = None
    same(panel.ask("GET", SETTINGS, panel.bearer()).status, 200)


def tokens_beyond_1024_push_out_the_oldest(panel):
    first = {"Authorization": f"Bearer {panel.login().json()['token']}"}
    keeper = panel.bearer()
    digest = md5(panel.password)
    with Connection(panel) as connection:
        for number in range(1024):
            connection.send("GET", f"/api/v1/login?username=admin&password={digest}")
            same(connection.receive().status, 200)
            if number % 100 == 0:
                same(panel.ask("GET", SETTINGS, keeper).status, 200)
    same(panel.ask("GET", SETTINGS, keeper).status, 200)
    same(panel.ask("GET", SETTINGS, first).status, 401)


CASES = [
    login_spells_md5_in_any_case, login_ignores_odd_headers, login_by_post,
    answers_are_json_on_one_line_and_never_stored, head_is_get_without_body,
    post_without_content_length, post_with_content_length_0_and_type, get_with_a_body,
    delete_with_a_body, trailing_question_mark_and_unknown_query, any_content_type, v0_is_v1,
    expect_100_continue, chunked_body, http_1_0, pipelining, body_of_64_kib_is_read,
    body_of_2_mib_gets_its_answer, body_beyond_4_mib_is_cut, chunked_body_beyond_4_mib_is_cut,
    headers_too_large, bad_request_lines, fast_client_beside_slow_ones,
    stuck_reader_delays_nobody, many_connections_from_one_address, without_credentials,
    with_credentials, wrong_credentials_on_open_paths, status_detail_is_for_tokens,
    token_dies_at_logout, basic_costs_one_argon2id, many_good_clients_at_once,
    wrong_passwords_lead_to_a_pause, a_pause_holds_for_who_never_gave_the_password,
    each_kind_of_wrong_password_is_a_try,
    parallel_guesses_get_no_extra_tries, a_right_password_forgets_the_wrong_ones,
    other_sites_change_nothing, page_is_served_with_its_policy,
    password_with_plus_percent_and_space, tokens_beyond_1024_push_out_the_oldest,
]


def main():
    panel = Panel(sys.argv[1], sys.argv[2])
    failed = 0
    for number, case in enumerate(CASES, 1):
        name = case.__name__.replace("_", " ")
        try:
            case(panel)
            print(f"ok {number} - {name}", flush=True)
        except Exception as error:  # pylint: disable=broad-except
            failed += 1
            where = traceback.extract_tb(error.__traceback__)[1]
            print(f"not ok {number} - {name}", flush=True)
            print(f"# line {where.lineno}: {type(error).__name__}: {error}", flush=True)
    print(f"1..{len(CASES)}")
    return 1 if failed else 0


if __name__ == "__main__":
    sys.exit(main())

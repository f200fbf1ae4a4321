# SPDX-License-Identifier: MIT
"""Page and API over TLS: whose certificate, which versions, and clients that do not finish."""

import hashlib
import http.client
import os
import re
import socket
import ssl
import subprocess
import time

from harness import Failure, cases, check, check_equal, slow, wait_for

OWN = '/api/portero/v1'
HTTPS = ('--https', '127.0.0.1:0')


def https_panel(t, **more):
    daemon = t.portero(extra=HTTPS, **more)
    check(daemon.https, 'no https= in the ready line')
    return daemon


def context(authority=None, version=None):
    made = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
    made.check_hostname = authority is not None
    made.verify_mode = ssl.CERT_REQUIRED if authority else ssl.CERT_NONE
    if authority:
        made.load_verify_locations(authority)
    if version:
        made.minimum_version = made.maximum_version = version
    return made


def connect(t, daemon, made=None, name='127.0.0.1'):
    raw = socket.create_connection(daemon.https, t.seconds(10))
    return (made or context()).wrap_socket(raw, server_hostname=name)


def fingerprint(connection):
    digest = hashlib.sha256(connection.getpeercert(binary_form=True)).hexdigest().upper()
    return ':'.join(digest[i:i + 2] for i in range(0, 64, 2))


def shown(t, daemon):
    with connect(t, daemon) as connection:
        return fingerprint(connection)


def get(daemon, path, made=None, headers=None, method='GET', body=None):
    client = http.client.HTTPSConnection(*daemon.https, context=made or context(), timeout=10)
    try:
        client.request(method, path, body, headers or {})
        answer = client.getresponse()
        return answer.status, answer.read()
    finally:
        client.close()


def get_plain_status(daemon):
    client = http.client.HTTPConnection(*daemon.http, timeout=10)
    try:
        client.request('GET', '/')
        return client.getresponse().status
    finally:
        client.close()


def of_api(daemon):
    answer = daemon.api('GET', '/https', base=OWN)
    check_equal(answer.status, 200, 'GET https')
    return answer.json


def put(daemon, certificate, key):
    return daemon.api('PUT', '/https', {'certificate_pem': certificate, 'key_pem': key}, base=OWN)


def read(pair):
    texts = []
    for path in pair:
        with open(path) as f:
            texts.append(f.read())
    return texts


def test_self_signed_at_the_first_start(t):
    daemon = https_panel(t)
    info = of_api(daemon)
    check_equal(shown(t, daemon), info['fingerprint'], 'fingerprint')
    check(info['fingerprint'] in daemon.log(), 'fingerprint in the log', daemon.log_tail())
    check_equal(info['self_signed'], True, 'self_signed')
    years = (info['not_after'] - time.time()) / 86400 / 365
    check(9.9 < years < 10.1, 'valid for %.1f years' % years)
    # Somebody who trusts this very certificate finds all its names in it.
    path = t.path('own.pem')
    with open(path, 'w') as f:
        f.write(ssl.get_server_certificate(daemon.https))
    for name in ('localhost', '127.0.0.1', socket.gethostname()):
        with connect(t, daemon, context(path), name):
            pass
    try:
        connect(t, daemon, context(path), 'other.example').close()
        check(False, 'a certificate for any name')
    except ssl.CertificateError:
        pass
    check_equal(get(daemon, '/api/v1/sip/status')[0], 200, 'API')
    check(b'<!doctype html' in get(daemon, '/')[1][:100].lower(), 'page')
    daemon.stop()
    daemon.start()
    check_equal(shown(t, daemon), info['fingerprint'], 'the same after a restart')


def test_off(t):
    daemon = t.portero()
    check_equal(daemon.https, None, 'https in the ready line')
    check_equal(of_api(daemon), {'fingerprint': None, 'subject': None, 'not_after': None,
                                 'self_signed': None}, 'nothing was made')


def watched(t, **more):
    """(a daemon, whether it has loaded GnuTLS): what the dynamic linker says itself."""
    trace = t.path('linker')
    daemon = t.portero(environ={'LD_DEBUG': 'files', 'LD_DEBUG_OUTPUT': trace}, **more)

    def is_loaded():
        with open('%s.%d' % (trace, daemon.process.pid), errors='replace') as f:
            return re.search(r'calling init: .*libgnutls', f.read()) is not None
    return daemon, is_loaded


def test_tls_library_is_loaded_when_wanted_only(t):
    pair = read(t.certificates().server())
    daemon, is_loaded = watched(t)
    check_equal(is_loaded(), False, 'loaded with HTTPS off')
    check_equal(get_plain_status(daemon), 200, 'page')
    check_equal(is_loaded(), False, 'loaded by plain HTTP')
    check_equal(put(daemon, *pair).status, 200, 'it is asked whether it can use a certificate')
    check_equal(is_loaded(), True, 'loaded for a certificate')
    daemon.stop()
    daemon, is_loaded = watched(t, extra=HTTPS)
    check_equal(is_loaded(), True, 'loaded with HTTPS on')


def test_tls_library_broken(t):
    folder = t.new_dir('libraries')
    with open(os.path.join(folder, 'libgnutls.so.30'), 'w') as f:
        f.write('no library' * 100)
    broken = {'LD_LIBRARY_PATH': folder}
    daemon = t.portero(environ=broken)
    answer = put(daemon, *read(t.certificates().server()))
    check_equal((answer.status, of_api(daemon)['fingerprint']), (500, None), '%r' % answer)
    check_equal(get_plain_status(daemon), 200, 'runs without it')
    daemon.stop()
    try:
        t.portero(environ=broken, extra=HTTPS)
        check(False, 'started')
    except Failure as failure:
        text = str(failure)
    for part in ('ended with 1 ', 'GnuTLS cannot be loaded', folder + '/libgnutls.so.30'):
        check(part in text, part, text)


@cases(('tls_1_0', ssl.TLSVersion.TLSv1, False), ('tls_1_1', ssl.TLSVersion.TLSv1_1, False),
       ('tls_1_2', ssl.TLSVersion.TLSv1_2, True), ('tls_1_3', ssl.TLSVersion.TLSv1_3, True))
def test_versions(t, version, good):
    daemon = https_panel(t)
    made = context(version=version)
    made.set_ciphers('DEFAULT:@SECLEVEL=0')
    try:
        with connect(t, daemon, made) as connection:
            check(good, 'spoke ' + connection.version())
    except (ssl.SSLError, ConnectionError) as error:
        check(not good, 'refused: %s' % error)


def test_changes_and_other_sites(t):
    daemon = https_panel(t)
    token = daemon.login()
    host = '127.0.0.1:%d' % daemon.https[1]
    body = b'{"sip_enable":false}'
    for origin, status in (('https://' + host, 200), (None, 200), ('https://evil.example', 403),
                           ('https://127.0.0.1:1', 403)):
        headers = {'Authorization': 'Bearer ' + token, **({'Origin': origin} if origin else {})}
        check_equal(get(daemon, '/api/v1/device/sip/enable', headers=headers, method='POST',
                        body=body)[0], status, 'Origin %s' % origin)


def test_own_certificate(t):
    authority = t.certificates()
    certificate, key = read(authority.server('IP:127.0.0.1,DNS:gate.portero.test'))
    daemon = https_panel(t)
    old = of_api(daemon)
    made = context()
    with connect(t, daemon, made) as before:
        check_equal(fingerprint(before), old['fingerprint'], 'before')
        answer = put(daemon, certificate, key)
        check_equal((answer.status, answer.json), (200, {}), 'PUT: %r' % answer)
        # At once for new connections, and the old one goes on.
        with connect(t, daemon, context(authority.ca), 'gate.portero.test') as after:
            new = fingerprint(after)
        before.sendall(b'GET /api/info HTTP/1.1\r\nHost: x\r\n\r\n')
        check(before.recv(100).startswith(b'HTTP/1.1 200'), 'the old connection')
    info = of_api(daemon)
    check_equal(info['fingerprint'], new, 'fingerprint')
    check(new != old['fingerprint'], 'another one')
    check_equal((info['self_signed'], info['subject']), (False, 'CN=127.0.0.1'), 'what it says')
    daemon.stop()
    daemon.start()
    check_equal(shown(t, daemon), new, 'after a restart')
    check(new in daemon.log(), 'in the log')
    # The key is nowhere to be read.
    lines = [line for line in key.splitlines() if len(line) > 40]
    check(lines, 'an odd key')
    texts = [body.decode('latin-1') for _, _, body in daemon.answers] + [daemon.log()]
    for name in os.listdir(daemon.state):
        path = os.path.join(daemon.state, name)
        if os.path.isfile(path):
            with open(path, 'rb') as f:
                texts.append(f.read().decode('latin-1'))
    for line in lines:
        check(not any(line in text for text in texts), 'a line of the key is to be seen')


def test_certificate_over_https_itself(t):
    """The connection that brings another certificate is answered, and goes on."""
    authority = t.certificates()
    daemon = https_panel(t)
    client = http.client.HTTPSConnection(*daemon.https, context=context(), timeout=10)
    headers = {'Authorization': 'Bearer ' + daemon.login()}
    for _ in range(5):
        certificate, key = read(authority.server())
        body = '{"certificate_pem":"%s","key_pem":"%s"}' % (certificate.replace('\n', '\\n'),
                                                            key.replace('\n', '\\n'))
        client.request('PUT', OWN + '/https', body, headers)
        answer = client.getresponse()
        check_equal((answer.status, answer.read()), (200, b'{}'), 'PUT')
        check_equal(shown(t, daemon), of_api(daemon)['fingerprint'], 'shown')
    client.close()


@cases(('rsa', ['rsa:2048'], True), ('short_rsa', ['rsa:1024'], False),
       ('p384', ['ec', '-pkeyopt', 'ec_paramgen_curve:P-384'], True),
       ('ed25519', ['ed25519'], True))
def test_kinds_of_keys(t, kind, good):
    pair = t.path('kind.crt'), t.path('kind.key')
    subprocess.run(['openssl', 'req', '-x509', '-nodes', '-newkey'] + kind +
                   ['-keyout', pair[1], '-out', pair[0], '-subj', '/CN=kind'], check=True,
                   stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    daemon = https_panel(t)
    before = shown(t, daemon)
    answer = put(daemon, *read(pair))
    check_equal(answer.status, 200 if good else 400, '%r' % answer)
    check_equal(shown(t, daemon), of_api(daemon)['fingerprint'], 'shown')
    check_equal(shown(t, daemon) != before, good, 'changed')


def test_refused_certificates(t):
    authority = t.certificates()
    certificate, key = read(authority.server())
    other_certificate, other_key = read(authority.server())
    daemon = https_panel(t)
    before = of_api(daemon)
    locked = t.path('locked.key')
    subprocess.run(['openssl', 'pkcs8', '-topk8', '-in', authority.file('server-1.key'), '-out',
                    locked, '-passout', 'pass:word'], check=True, stdin=subprocess.DEVNULL)
    for body, field in (({}, 'certificate_pem'), ({'certificate_pem': certificate}, 'key_pem'),
                        ({'key_pem': key}, 'certificate_pem'),
                        ({'certificate_pem': 1, 'key_pem': key}, 'certificate_pem'),
                        ({'certificate_pem': certificate, 'key_pem': None}, 'key_pem'),
                        ({'certificate_pem': '', 'key_pem': ''}, 'certificate_pem'),
                        ({'certificate_pem': 'garbage', 'key_pem': key}, 'certificate_pem'),
                        ({'certificate_pem': certificate, 'key_pem': 'garbage'}, 'key_pem'),
                        ({'certificate_pem': certificate, 'key_pem': other_key}, 'key_pem'),
                        ({'certificate_pem': certificate, 'key_pem': read([locked])[0]}, 'key_pem'),
                        ({'certificate_pem': certificate + key, 'key_pem': key},
                         'certificate_pem'),
                        ({'certificate_pem': certificate + certificate[:200], 'key_pem': key},
                         'certificate_pem'),
                        ({'certificate_pem': certificate + '#' * 8192, 'key_pem': key},
                         'certificate_pem'),
                        ({'certificate_pem': certificate, 'key_pem': key + '#' * 4096},
                         'key_pem')):
        answer = daemon.api('PUT', '/https', body, base=OWN)
        check_equal((answer.status, answer.json.get('field')), (400, field), str(body)[:200])
        check('PRIVATE' not in answer.json['reason'] and answer.json['reason'], 'reason')
        check_equal(of_api(daemon), before, 'unchanged')
    check_equal(shown(t, daemon), before['fingerprint'], 'unchanged')
    full = other_certificate + '#' * (8192 - len(other_certificate))
    check_equal(put(daemon, full, other_key + '#' * (4096 - len(other_key))).status, 200, 'full')


def test_key_file_lost(t):
    """Another certificate is used; the one that is stored is there again when the key file is."""
    daemon = https_panel(t)
    before = shown(t, daemon)
    daemon.stop()
    key = os.path.join(daemon.state, 'portero.key')
    os.rename(key, key + '.away')
    daemon.start()
    check(shown(t, daemon) != before, 'the lost certificate')
    check('another certificate is used' in daemon.log(), 'told', daemon.log_tail())
    daemon.stop()
    check(not os.path.exists(key), 'a new key file was made unasked')
    os.rename(key + '.away', key)
    daemon.start()
    check_equal(shown(t, daemon), before, 'found again')


# ---- clients that do not finish ----

HELLO_BEGUN = b'\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03'   # a record of 512 bytes, and 6 of them


def cpu_s(pid):
    with open('/proc/%d/stat' % pid) as f:
        fields = f.read().rpartition(')')[2].split()
    return (int(fields[11]) + int(fields[12])) / os.sysconf('SC_CLK_TCK')


@slow(5)
def test_half_a_record_costs_nothing(t):
    daemon = https_panel(t)
    clients = []
    try:
        for i in range(16):
            client = socket.create_connection(daemon.https, t.seconds(5))
            client.sendall(HELLO_BEGUN[:5 + i % 6])
            clients.append(client)
        # And one whose handshake is over, within a request.
        whole = connect(t, daemon)
        clients.append(whole)
        whole.sendall(b'GET / HTTP/1.1\r\nHost: x\r\n')
        os.write(whole.fileno(), b'\x17\x03\x03\x01\x00half')
        time.sleep(0.3)
        began = cpu_s(daemon.process.pid)
        time.sleep(2)
        used = cpu_s(daemon.process.pid) - began
        check(used < 0.4, '%.2f s of CPU time in 2 s' % used)
        check_equal(get(daemon, '/api/v1/sip/status')[0], 200, 'others are served')
    finally:
        for client in clients:
            client.close()


def is_cut(client, within_s):
    """Maybe with a word of TLS about it."""
    client.settimeout(within_s)
    try:
        while client.recv(100):
            pass
        return True
    except socket.timeout:
        return False
    except OSError:
        return True


@slow(40)
def test_those_who_never_finish_are_cut(t):
    daemon = https_panel(t)
    silent = socket.create_connection(daemon.https, t.seconds(5))
    begun = socket.create_connection(daemon.https, t.seconds(5))
    begun.sendall(HELLO_BEGUN)
    within = connect(t, daemon)
    within.sendall(b'GET / HTTP/1.1\r\nHost: x\r\n')
    started = time.monotonic()
    for client, what in ((silent, 'silent'), (begun, 'half a hello'), (within, 'half a request')):
        left_s = t.seconds(45) - (time.monotonic() - started)
        check(is_cut(client, max(0.1, left_s)), what + ' was not cut')
        client.close()


def test_plain_http_is_closed(t):
    daemon = https_panel(t)
    client = socket.create_connection(daemon.https, t.seconds(5))
    client.sendall(b'GET /api/info HTTP/1.1\r\nHost: x\r\n\r\n')
    client.settimeout(t.seconds(15))
    answer = b''
    try:
        while True:
            data = client.recv(1000)
            if not data:
                break
            answer += data
    except ConnectionError:
        pass
    check(b'HTTP/' not in answer, 'answered in clear: %r' % answer)
    check_equal(get(daemon, '/api/info')[0], 200, 'others are served')


def test_garbage_handshakes(t):
    daemon = https_panel(t)
    for i in range(60):
        client = socket.create_connection(daemon.https, t.seconds(5))
        client.sendall((HELLO_BEGUN + os.urandom(600))[:20 + i * 10] if i % 2 else os.urandom(300))
        client.close()
    check_equal(get(daemon, '/api/info')[0], 200, 'others are served')


def test_one_address_cannot_take_all(t):
    daemon = https_panel(t)
    clients = [socket.create_connection(daemon.https, t.seconds(5)) for _ in range(100)]
    cut = wait_for(lambda: sum(is_cut(c, 0.01) for c in clients) >= 30, t.seconds(10),
                   '36 of 100 refused')
    check(cut, 'refused')
    for client in clients:
        client.close()

    def is_served():
        try:
            return get(daemon, '/api/info')[0] == 200
        except OSError:   # those that went are not all counted off yet
            return False
    wait_for(is_served, t.seconds(15), 'served again')

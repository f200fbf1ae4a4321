#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
"""Authenticated GET of the SIP settings, keep-alive, 64 connections, beside nginx.

nginx has one worker, no access log, and answers a fixed reply of as many bytes as ours. It always
sends `Server` and `Connection`, so its reply has one header more than ours and a shorter content
type. Two nginx: one that looks at no credentials (the case that counts), one that compares the
Authorization header with a fixed text. Server on one core, wrk on another."""

import argparse
import os
import re
import shutil
import socket
import subprocess
import time

import common

PATH = '/api/v1/device/sip/settings'
CONNECTIONS = 64
WARM_UP_S = 1

NGINX = '''worker_processes 1;
daemon off;
pid {dir}/pid;
error_log {dir}/error.log;
events {{ worker_connections 1024; use epoll; }}
http {{
    access_log off;
    server_tokens off;
    keepalive_requests 1000000000;
    client_body_temp_path {dir}/t1;
    proxy_temp_path {dir}/t2;
    fastcgi_temp_path {dir}/t3;
    uwsgi_temp_path {dir}/t4;
    scgi_temp_path {dir}/t5;
    server {{
        listen 127.0.0.1:{port};
        location / {{
            {check}
            default_type "{type}";
            return 200 '{body}';
        }}
    }}
}}
'''


def fetch(address, token):
    """One reply as (header, body), with keep-alive as wrk asks for it."""
    with socket.create_connection(address, 5) as s:
        s.sendall(('GET %s HTTP/1.1\r\nHost: bench\r\nAuthorization: Bearer %s\r\n\r\n'
                   % (PATH, token)).encode())
        data = b''
        while True:
            more = s.recv(65536)
            assert more, 'closed: %r' % data
            data += more
            header, end, body = data.partition(b'\r\n\r\n')
            length = re.search(rb'(?i)\r\ncontent-length: *(\d+)', header)
            if end and len(body) >= int(length[1]):
                return header, body


class Nginx:
    """Answers body in a reply of `size` bytes; with a token, only to those who send it."""

    def __init__(self, bench, body, size, token=None):
        self.dir = bench.new_dir('nginx')
        self.port = common.free_port()
        self.body, self.token = body.decode(), token
        self.process = None
        bench.own(self)
        self.start('x')
        self.stop()
        # The type's length is what is left to make the replies equally long.
        self.start('x' * max(1, 1 + size - self.size))

    def start(self, content_type):
        check = ''
        if self.token:
            check = 'if ($http_authorization != "Bearer %s") { return 401; }' % self.token
        path = os.path.join(self.dir, 'nginx.conf')
        with open(path, 'w') as f:
            f.write(NGINX.format(dir=self.dir, port=self.port, check=check, type=content_type,
                                 body=self.body))
        self.process = subprocess.Popen(
            [shutil.which('nginx'), '-c', path, '-p', self.dir, '-e', self.dir + '/error.log'],
            stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL,
            preexec_fn=common.on_server_core)
        self.address = ('127.0.0.1', self.port)
        common.wait_for(self.answers, 10, 'nginx up')
        with open('/proc/%d/task/%d/children' % (self.process.pid, self.process.pid)) as f:
            self.pid = int(f.read().split()[0])
        header, body = fetch(self.address, self.token or '')
        assert header.startswith(b'HTTP/1.1 200') and body.decode() == self.body, header
        self.size, self.headers = len(header) + 4 + len(body), header.count(b'\r\n')

    def answers(self):
        try:
            socket.create_connection(self.address, 1).close()
            return True
        except OSError:
            return False

    def stop(self):
        self.process.terminate()
        self.process.wait(10)
        self.process = None

    def finish(self, passed):
        if self.process:
            self.stop()


UNITS_MS = {'us': 0.001, 'ms': 1, 's': 1000, 'm': 60000}


def load(address, token, seconds):
    done = subprocess.run(
        ['taskset', '-c', str(common.LOAD_CORE), 'wrk', '-t1', '-c%d' % CONNECTIONS,
         '-d%d' % seconds, '--latency', '-H', 'Authorization: Bearer ' + token,
         'http://%s:%d%s' % (address + (PATH,))], stdout=subprocess.PIPE, check=True)
    return done.stdout.decode()


def measure(pid, address, token, seconds):
    """One run: requests/s, p50 and p99 in ms, CPU us a request, how busy server and load were."""
    load(address, token, WARM_UP_S)
    before, load_before, start = common.cpu_s(pid), os.times(), time.monotonic()
    text = load(address, token, seconds)
    took = time.monotonic() - start
    cpu = common.cpu_s(pid) - before
    after = os.times()
    requests = int(re.search(r'(\d+) requests in', text)[1])
    bad = re.search(r'Non-2xx or 3xx responses: (\d+)|Socket errors: (.*)', text)
    assert not bad, text

    def percentile(name):
        value, unit = re.search(r'%s%%\s+([\d.]+)(us|ms|s|m)\b' % name, text).groups()
        return float(value) * UNITS_MS[unit]

    return {'rate': float(re.search(r'Requests/sec:\s+([\d.]+)', text)[1]),
            'p50': percentile(50), 'p99': percentile(99), 'cpu_us': cpu * 1e6 / requests,
            'busy': cpu / took,
            'load_busy': (after.children_user + after.children_system -
                          load_before.children_user - load_before.children_system) / took}


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument('--rounds', type=int, default=8)
    parser.add_argument('--seconds', type=int, default=4)
    args = parser.parse_args()
    common.need('wrk', 'nginx', 'taskset')
    common.pin_self()
    figure = common.Figure('settings_get', __doc__.splitlines()[0])
    with common.Bench() as bench:
        daemon = bench.portero()
        token = daemon.login()
        header, body = fetch(daemon.http, token)
        size, headers = len(header) + 4 + len(body), header.count(b'\r\n')
        open_nginx = Nginx(bench, body, size)
        token_nginx = Nginx(bench, body, size, token)
        figure.note('reply: ours %d bytes, %d headers; nginx %d bytes, %d headers' % (
            size, headers, open_nginx.size, open_nginx.headers))
        sides = {'ours': (daemon.process.pid, daemon.http),
                 'nginx': (open_nginx.pid, open_nginx.address),
                 'nginx, token': (token_nginx.pid, token_nginx.address)}
        runs = {name: [] for name in sides}
        for name in common.abba(args.rounds, *sides):
            runs[name].append(measure(*sides[name], token, args.seconds))
    report(figure, runs)
    figure.save()


def report(figure, runs):
    def of(name, key):
        return [run[key] for run in runs[name]]

    def ratio(name, key):
        return common.median([a / b for a, b in zip(of('ours', key), of(name, key))])

    for name, has_target in (('nginx', True), ('nginx, token', False)):
        for key, what, unit, target, is_met in (
                ('cpu_us', 'CPU a request', 'us', '<= nginx', ratio(name, 'cpu_us') <= 1),
                ('rate', 'requests/s', '/s', 'ratio >= 1.00', ratio(name, 'rate') >= 1),
                ('p99', 'p99', 'ms', 'no worse', ratio(name, 'p99') <= 1),
                ('p50', 'p50', 'ms', '', None)):
            figure.row('GET settings, 64 connections: ' + what, unit, of('ours', key),
                       of(name, key), name, target if has_target else '',
                       is_met if has_target else None)
    figure.note('core busy: ' + '; '.join(
        '%s: server %.0f %%, wrk %.0f %%' % (name, 100 * common.median(of(name, 'busy')),
                                            100 * common.median(of(name, 'load_busy')))
        for name in runs))


if __name__ == '__main__':
    main()

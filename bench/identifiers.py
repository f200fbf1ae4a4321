#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
"""How long a scan's match and a page of 50 take with 10, 1,000 and 100,000 identifiers.

A match is measured inside the program's own code, by a small program linked with its archives
(identifiers_match.c): cards in the table, spelled otherwise than they were written, at random, so
that caches help no more than at a real door. A page is measured over HTTP, on a connection that
stays open, at random pages; the panel reads its identifiers from the database at the start, into
which this script writes them. RssAnon is the panel's after the start."""

import argparse
import http.client
import os
import random
import shlex
import sqlite3
import subprocess
import time

import common

COUNTS = (10, 1000, 100000)
PAGE = 50
MATCH_MAX_US = 10
PAGE_MAX_MS = 2
ARCHIVES = ('access', 'settings', 'base')


def fill(state, count):
    db = sqlite3.connect(os.path.join(state, 'portero.db'))
    db.execute('DELETE FROM identifier')
    db.executemany(
        "INSERT INTO identifier VALUES (?, 'card', ?, ?, 'owner', 'first', NULL, NULL, NULL, NULL, '', '')",
        ((n, '00-00-00-%02X-%02X-%02X-%02X' % (n >> 16 & 255, n >> 8 & 255, n & 255, n * 7 & 255),
          str(n % 300)) for n in range(1, count + 1)))
    db.commit()
    db.close()


def page_times(daemon, count, rounds):
    connection = http.client.HTTPConnection(*daemon.http, timeout=10)
    headers = {'Authorization': 'Bearer ' + (daemon.token or daemon.login())}
    dice, times = random.Random(1), []
    for _ in range(rounds):
        page = dice.randrange(max(1, count // PAGE)) + 1
        begin = time.perf_counter()
        connection.request('GET', '/api/v1/access/identifier/items?limit=%d&page_number=%d' % (
            PAGE, page), headers=headers)
        answer = connection.getresponse()
        body = answer.read()
        times.append((time.perf_counter() - begin) * 1000)
        assert answer.status == 200 and body.count(b'"identifier_uid"') >= min(count, PAGE), body[:200]
    connection.close()
    return times


def build(bench):
    """The measuring program, by the build that made the panel."""
    program = os.path.join(bench.new_dir('match'), 'identifiers_match')
    folder = os.path.dirname(common.harness.portero.binary())
    archives = [os.path.join(folder, 'src', name, 'lib%s.a' % name) for name in ARCHIVES]
    libraries = subprocess.run(['pkg-config', '--libs', 'jansson', 'sqlite3', 'libsodium',
                                'openssl'], check=True, stdout=subprocess.PIPE)
    subprocess.run(['gcc', '-O2', '-D_GNU_SOURCE', '-I' + os.path.join(common.ROOT, 'src'),
                    os.path.join(common.HERE, 'identifiers_match.c'), '-o', program] + archives +
                   shlex.split(libraries.stdout.decode()), check=True)
    return program


def match_times(program, count, rounds):
    """ns a match, one value a round of many."""
    done = subprocess.run([program, str(count), str(rounds)], check=True, stdout=subprocess.PIPE,
                          preexec_fn=common.on_server_core)
    return [float(line) / 1000 for line in done.stdout.split()]


def main():
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument('--rounds', type=int, default=200)
    rounds = parser.parse_args().rounds
    common.pin_self()
    figure = common.Figure('identifiers', 'match and page by the number of identifiers')
    with common.Bench() as bench:
        program = build(bench)
        for count in COUNTS:
            times = match_times(program, count, max(6, rounds // 10))
            figure.row('match among %d' % count, 'us', times, target='< %d us' % MATCH_MAX_US,
                       is_met=max(times) < MATCH_MAX_US)
        daemon = bench.portero()
        for count in COUNTS:
            daemon.stop()
            fill(daemon.state, count)
            daemon.start()
            times = page_times(daemon, count, rounds)
            figure.row('page of %d among %d' % (PAGE, count), 'ms', times,
                       target='< %d ms' % PAGE_MAX_MS,
                       is_met=common.median(times) < PAGE_MAX_MS)
            figure.row('RssAnon with %d' % count, 'MiB',
                       [common.memory_kb(daemon.process.pid)[0] / 1024])
    figure.save()


if __name__ == '__main__':
    main()

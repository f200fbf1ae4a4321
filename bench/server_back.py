#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
"""A SIP server on TCP goes away for 3 s and comes back, beside baresip.

A mock registrar closes connection and listening socket. Measured: until the panel's status is
ERROR, and from listening again to the REGISTER. Registration interval 30 s. All pairs run at the
same time, a registrar each: these are seconds, not microseconds."""

import argparse
import select
import socket
import threading
import time

import common
from harness.sip import Message

DOWN_S = 3
LIMIT_S = 60


class TcpRegistrar:
    """One client at a time; answers 200."""

    def __init__(self):
        self.listener = self.client = None
        self.port = common.free_port()
        self.listen()

    def listen(self):
        self.listener = socket.socket(socket.AF_INET, socket.SOCK_STREAM)
        self.listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        self.listener.bind(('127.0.0.1', self.port))
        self.listener.listen(5)

    def close(self):
        for s in (self.client, self.listener):
            if s:
                s.close()
        self.client = self.listener = None

    def finish(self, passed):
        self.close()

    def serve(self, until, within_s):
        """Answer until a message makes until(message) true; False if none does in time."""
        data, deadline = b'', time.monotonic() + within_s
        while time.monotonic() < deadline:
            wanted = [s for s in (self.listener, self.client) if s]
            for s in select.select(wanted, [], [], 0.1)[0]:
                if s is self.listener:
                    if self.client:
                        self.client.close()
                    self.client, data = s.accept()[0], b''
                    continue
                if s is not self.client:
                    continue  # another has taken its place just now
                try:
                    more = s.recv(65535)
                except ConnectionError:
                    more = b''
                if not more:
                    s.close()
                    self.client = None
                    continue
                data = (data + more).lstrip(b'\r\n')
                while b'\r\n\r\n' in data:  # neither side's REGISTER has a body
                    raw, _, data = data.partition(b'\r\n\r\n')
                    message = Message(raw + b'\r\n\r\n')
                    if message.method is None:
                        continue
                    s.sendall(common.accept_register(message))
                    if until(message):
                        return True
        return False


def outage(registrar, on_closed=None):
    """Register, stay 1 s, be away, come back. Seconds from listening to the REGISTER."""
    assert registrar.serve(common.is_binding, 10), 'never registered'
    registrar.serve(lambda message: False, 1)
    registrar.close()
    closed = time.monotonic()
    if on_closed:
        on_closed(closed)
    time.sleep(max(0, DOWN_S - (time.monotonic() - closed)))
    registrar.listen()
    before = time.monotonic()
    back = registrar.serve(common.is_binding, LIMIT_S)
    took = time.monotonic() - before
    registrar.serve(lambda message: False, 0.3)
    return took if back else float(LIMIT_S)


def run_ours(bench, daemon, registrar, backs, losses):
    def on_closed(closed):
        while daemon.status()['sip_status'] != 'ERROR':
            if time.monotonic() - closed > DOWN_S:
                losses.append(float(DOWN_S))
                return
            time.sleep(0.002)
        losses.append((time.monotonic() - closed) * 1000)

    daemon.set_sip(common.account(registrar.port, 'tcp', 30))
    backs.append(outage(registrar, on_closed))


def run_baresip(peer, registrar, backs):
    peer.start()
    backs.append(outage(registrar))


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument('--rounds', type=int, default=8, help='processes of each kind')
    args = parser.parse_args()
    common.need('baresip')
    common.pin_self()
    figure = common.Figure('server_back', __doc__.splitlines()[0])
    ours, peers, losses = [], [], []
    with common.Bench() as bench:
        threads = []
        for _ in range(args.rounds):
            registrar = bench.own(TcpRegistrar())
            daemon = bench.portero()
            daemon.login()
            threads.append(threading.Thread(target=run_ours, daemon=True,
                                            args=(bench, daemon, registrar, ours, losses)))
            registrar = bench.own(TcpRegistrar())
            peer = bench.baresip(port=registrar.port, transport='tcp', interval_s=30)
            threads.append(threading.Thread(target=run_baresip, daemon=True,
                                            args=(peer, registrar, peers)))
        for thread in threads:
            thread.start()
            time.sleep(0.4)
        for thread in threads:
            thread.join()
        assert len(ours) == len(peers) == len(losses) == args.rounds, 'a run has failed'
        figure.row('server back (TCP, 3 s away) -> REGISTER', 's', ours, peers, 'baresip',
                   '<= 5 s, each', max(ours) <= 5, is_paired=False)
        figure.row('connection closed -> status ERROR', 'ms', losses)
        figure.note('longest: ours %.2f s, baresip %.2f s' % (max(ours), max(peers)))
    figure.save()


if __name__ == '__main__':
    main()

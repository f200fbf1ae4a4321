# SPDX-License-Identifier: MIT
"""The power goes, or the daemon is stopped: what the server then has."""

from harness import cases, check, check_equal


@cases(('udp', 'udp'), ('tcp', 'tcp'), ('tls', 'tls'))
def test_kill_9_and_start(t, transport):
    server = t.kamailio(algorithm='SHA-256')
    daemon = t.portero(sip_ca=server.ca)
    daemon.set_sip(server.account(transport))
    daemon.wait_status('OK', within_s=3)
    for _ in range(3):
        daemon.kill9()
        server.wait_bindings({'101': 1})
        daemon.start()
        daemon.wait_status('OK', within_s=3)
        server.wait_bindings({'101': 1})


@cases(('udp', 'udp'), ('tcp', 'tcp'), ('tls', 'tls'))
def test_sigterm_says_goodbye(t, transport):
    server = t.kamailio()
    daemon = t.portero(sip_ca=server.ca)
    daemon.set_sip(server.account(transport))
    daemon.wait_status('OK', within_s=3)
    check(daemon.stop() < t.at_most(0.5), 'slow to stop with a server that answers')
    server.wait_bindings({})
    daemon.start()
    daemon.wait_status('OK', within_s=3)
    server.wait_bindings({'101': 1})


def test_sigterm_with_a_silent_server(t):
    mock = t.registrar()
    daemon = t.portero()
    daemon.set_sip(mock.account())
    daemon.wait_status('OK', within_s=3)
    mock.script = lambda r, q: None
    daemon.stop(within_s=3)
    check_equal(mock.requests[-1].expires(), 0, 'the last request')

# SPDX-License-Identifier: MIT
"""Other settings while registered: exactly one binding is left, wherever it was before."""

import time

from harness import check, check_equal, wait_for


def one_binding(t, servers, where, user):
    """Exactly one binding on all the servers together."""
    def fits():
        have = [{u: len(c) for u, c in server.bindings().items()} for server in servers]
        return have == [{user: 1} if server is where else {} for server in servers]
    wait_for(fits, t.seconds(3), lambda: 'one binding of %s; bindings: %s' % (
        user, [server.bindings() for server in servers]))


def test_account_server_and_transport(t):
    authority = t.certificates()
    servers = [t.kamailio(certificate=authority.server()),
               t.kamailio(certificate=authority.server(), algorithm='SHA-256')]
    daemon = t.portero(sip_ca=authority.ca)
    for server, transport, user in ((0, 'udp', '101'), (0, 'udp', '102'), (1, 'udp', '102'),
                                    (1, 'tcp', '102'), (1, 'tls', '102'), (1, 'udp', '102'),
                                    (0, 'tls', '101'), (1, 'tcp', '102'), (0, 'tcp', '101'),
                                    (0, 'udp', '101'), (1, 'tls', '101')):
        daemon.set_sip(servers[server].account(transport, user))
        daemon.wait_status('OK', within_s=3)
        one_binding(t, servers, servers[server], user)
    daemon.stop()
    for server in servers:
        server.wait_bindings({})


def test_changes_in_quick_succession(t):
    server = t.kamailio()
    daemon = t.portero(sip_ca=server.ca)
    for transport, user in [(tr, u) for tr in ('udp', 'tcp', 'tls', 'udp') for u in ('101', '102')]:
        daemon.set_sip(server.account(transport, user))
    daemon.wait_status('OK', within_s=5)
    one_binding(t, [server], server, '102')
    time.sleep(1)   # what came late must not have removed it
    one_binding(t, [server], server, '102')
    check_equal(daemon.status()['sip_status'], 'OK', 'status')


def test_same_account_keeps_its_call_id(t):
    server = t.kamailio()
    daemon = t.portero()
    for interval_s in (60, 120, 30):
        daemon.set_sip(server.account('udp', registration_interval=interval_s))
        wait_for(lambda: abs((daemon.status()['detail']['expires_at'] or 0) - time.time() -
                             interval_s) < 5, t.seconds(3), 'a binding for %d s' % interval_s)
    seen = server.registers()
    check_equal(len({call_id for call_id, _ in seen}), 1, 'Call-IDs: %s' % seen)
    numbers = [cseq for _, cseq in seen]
    check_equal(numbers, list(range(numbers[0], numbers[0] + len(numbers))), 'CSeq')
    one_binding(t, [server], server, '101')


def test_old_server_is_gone(t):
    """The goodbye to a dead server holds up the new one by half a second at most."""
    dead = t.registrar()
    server = t.kamailio()
    daemon = t.portero()
    daemon.set_sip(dead.account())
    daemon.wait_status('OK', within_s=3)
    dead.script = lambda r, q: None
    daemon.set_sip(server.account())
    daemon.wait_status('OK', within_s=1.5)
    wait_for(lambda: dead.requests[-1].expires() == 0, t.seconds(1), 'a goodbye to the old server')


def test_switch_off_and_on(t):
    server = t.kamailio()
    daemon = t.portero()
    daemon.set_sip(server.account())
    daemon.wait_status('OK', within_s=3)
    daemon.enable_sip(False)
    daemon.wait_status('OFFLINE', within_s=1)
    server.wait_bindings({}, within_s=1)
    check_equal(t.stranger(daemon.sip).ask('OPTIONS', timeout_s=0.7), None, 'an answer while off')
    daemon.set_sip(server.account('udp', '102'))   # stays as it was set
    time.sleep(0.5)
    check_equal((daemon.status()['sip_status'], server.bindings()), ('OFFLINE', {}), 'still off')
    daemon.stop()
    daemon.start()
    check_equal(daemon.status()['sip_status'], 'OFFLINE', 'off after a restart')
    daemon.enable_sip(True)
    daemon.wait_status('OK', within_s=2)
    one_binding(t, [server], server, '102')


def test_refused_settings_change_nothing(t):
    server = t.kamailio()
    daemon = t.portero()
    daemon.set_sip(server.account())
    daemon.wait_status('OK', within_s=3)
    before = server.registers(), daemon.get_sip()
    bad = server.account('udp', '102', registration_interval=5)
    check_equal(daemon.api('POST', '/device/sip/settings', bad).status, 400, 'bad settings')
    time.sleep(0.5)
    check_equal((server.registers(), daemon.get_sip()), before, 'after bad settings')
    check_equal(daemon.status()['sip_status'], 'OK', 'status')


def test_password_placeholder_keeps_the_password(t):
    server = t.kamailio()
    daemon = t.portero()
    daemon.set_sip(server.account())
    daemon.wait_status('OK', within_s=3)
    account = daemon.get_sip()
    account['registration_interval'] = 90
    daemon.set_sip(account)
    wait_for(lambda: (daemon.status()['detail']['expires_at'] or 0) - time.time() > 80,
             t.seconds(3), 'registered for 90 s')
    account['user'] = '102'
    answer = daemon.api('POST', '/device/sip/settings', account)
    check_equal((answer.status, answer.json['field']), (400, 'password'), 'another account')
    check('type the password again' in answer.json['reason'], 'reason: %r' % answer)

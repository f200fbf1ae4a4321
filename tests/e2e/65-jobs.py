# SPDX-License-Identifier: MIT
"""Whole jobs, as programs of the field do them: a panel taken into operation with 130 flats and read back
without a difference, a poll of everything each second, cards kept by link_id, doors that open doors. The
programs are in harness/clients.py."""

import http.client
import time

from harness import cases, check, check_equal, free_port, own_address, slow, wait_for
from harness import calls
from harness.clients import (AccessService, DoorFollower, EmergencyButton, EventService,
                             HomeAutomation, LinkSync, OperatorPlatform, Refused, StatusPage, md5)
from harness.stream import Stream

OURS = '/api/portero/v1'
PASSWORD = '123456'  # the vendor's default
FLATS = range(1, 131)
WEEK = ('MON', 'TUE', 'WED', 'THU', 'FRI', 'SAT', 'SUN')

# Home automation: each minute these, one after the other.
POLL = ('/api/info', 'network/settings', 'network/mac', 'network/ntp', 'network/dst',
        'network/timezone', 'network/management/link', 'network/management/server',
        'network/management/server/certificate', 'sip/status', 'device/sip/settings',
        'device/sip/enable', 'device/sip/reregister', 'device/call/auto_answer', 'device/call/drop',
        'device/call/drop/lock-open', 'device/feature/rescue-service', 'device/time',
        'device/language', 'device/settings/video', 'device/settings/rtsp',
        'device/settings/payload', 'device/settings/volume', 'device/relay/settings',
        'device/mode/current', 'access/general/lock/type', 'access/general/unlock/card/master',
        'access/general/unlock/input/code', 'access/door/sensor', 'access/exit/button/toggle')


def hold(daemon, kind, number):
    return daemon.must_post('/sim/' + kind, {'number': number}, base=OURS)['result']


def close(daemon):
    daemon.must_post('/access/general/lock/close/emergency', {'locks': [1, 2]})


def keys_of_log(daemon):
    return [item['name']['key'] for item in daemon.api('GET', '/log/items?limit=100').json['list_items']]


# -- an operator's platform

def first_contact(platform):
    check(platform.call('GET', '/api/info')['device_serial_number'], 'serial number')
    if platform.model in platform.with_ssl:
        platform.call('POST', 'web/ssl', {'is_enabled': False})
    platform.call('POST', 'device/settings/video', {'fps': 25, 'video_resolution': '1280x720'})
    platform.call('POST', 'device/settings/payload', {'payload_codec_h264': 102})
    sip = platform.call('GET', 'device/sip/settings')
    platform.call('POST', 'device/call/concierge', {'number_enable': True, 'number_url':
                                                    'sip:9999@' + (sip['realm'] or '127.0.0.1:5060')})
    platform.call('POST', 'device/call/dial/timeout', {'dial_timeout': 45, 'forwarding_timeout': 25})
    platform.call('POST', 'device/call/talk/timeout', {'talk_timeout': 90})
    for lock in (1, 2):
        platform.call('POST', 'access/general/lock/timeout/%d' % lock, {'lock_timeout': 5})
    platform.call('POST', 'access/general/unlock/input/code', {'input_code_enable': False,
                                                               'input_code_number': '0'})
    platform.call('POST', 'device/language?language=Russian')
    platform.call('POST', 'access/general/wiegand/type', {'identifier_representation': 'hex',
                                                          'type': 'wiegand_58'})
    platform.call('POST', 'access/door/sensor', {
        'enable': True, 'mode': 'door_sensor', 'opening_delay': 86400, 'repeating_message_delay': 60,
        'repeating_message_enabled': False})


def change_password(daemon, platform, new):
    """The next request has the new one; the one before is of no use then."""
    platform.set_password(new)
    platform.check_statuses()
    check_equal(platform.ask('GET', 'network/mac')[0], 401, 'the old password')
    again = OperatorPlatform(daemon, platform.model, new)
    again.call('POST', 'device/settings/rtsp', {'username': 'admin', 'password': new,
                                                'is_audio_enabled': False})
    return again


def wanted(platform, server, syslog_port):
    """What the platform wants to find. Nobody else is asked."""
    host, port = server.address, server.port
    return {
        'sip': ['%s:%d' % (host, port), '101', '127.0.0.1', 3478],
        'ntp': 'ntp.example.com',
        'timezone': 'UTC±00:00' if platform.model == 'aa07fb' else 'UTC+03:00',
        'syslog': ['127.0.0.1', syslog_port],
        'dtmf': ['5', '2'],
        'free access': True,
        'mode': 'Wall',
        'forwards': {flat: str(2000 + flat) for flat in FLATS},
        'cards': {'00-00-00-1A-%02X-3C-%02X' % (n, 255 - n): str(1 + n) for n in range(60)},
        'codes': {'%05d' % (10007 + 7 * flat): str(flat) for flat in FLATS},
    }


def provision(platform, want, password):
    realm, user, stun_ip, stun_port = want['sip']
    call = platform.call
    call('POST', 'device/sip/settings', {
        'outbound': '', 'password': password, 'proxy': 'sip:' + realm, 'realm': realm,
        'registration_interval': 900, 'transport': 'udp', 'user': user, 'user_id': user,
        'stun': {'ip': stun_ip, 'port': stun_port}})
    call('POST', 'device/sip/enable', {'sip_enable': True})
    for lock, code in zip((1, 2), want['dtmf']):
        call('POST', 'access/general/lock/dtmf/%d' % lock, {'dtmf_code': code})
    call('POST', 'network/ntp', {'custom_server': want['ntp'], 'enabled': True,
                                 'use_default': False})
    call('POST', 'network/timezone', {zone_key(platform): want['timezone']})
    host, port = want['syslog']
    call('POST', 'syslog/settings', {'enabled': True, 'server': {
        'port': port, 'server': host, 'severity': 6}, 'tag': ''})
    call('POST', 'access/freeaccess', {'enable': want['free access'], 'days': [
        {'lock': 'all', 'enable': True, 'time_from': 0, 'time_to': 86340, 'day': day}
        for day in WEEK]})
    call('POST', 'device/mode/unit?building=1&unit=1&device=1')
    check_equal(call('GET', 'device/mode/current')['current_panel_mode'] == 'Wall', False, 'a unit')
    call('POST', 'device/mode/wall?noUnit=true&device=1')
    call('POST', 'device/settings/volume', {'volume_level': 4})
    call('POST', 'device/settings/mic', {'mic_gain_level': 3})
    for flat, number in want['forwards'].items():
        call('POST', 'forward/item/%d' % flat, {'forward_entity_list': [number]})
    for kind, numbers in (('card', want['cards']), ('inputCode', want['codes'])):
        for number, owner in numbers.items():
            platform.add_identifier(kind, number, owner)


def zone_key(platform):
    return 'current_timezone' if platform.model == 'aa07bd' else 'timezone'


def read_back(platform):
    call = platform.call
    sip, syslog = call('GET', 'device/sip/settings'), call('GET', 'syslog/settings')['server']
    identifiers = platform.identifiers()

    def of(kind):
        return {number: owner for (k, number), (_, owner) in identifiers.items() if k == kind}

    return {
        'sip': [sip['realm'], sip['user'], sip['stun']['ip'], sip['stun']['port']],
        'ntp': call('GET', 'network/ntp')['custom_server'],
        'timezone': call('GET', 'network/timezone')[zone_key(platform)],
        'syslog': [syslog['server'], syslog['port']],
        'dtmf': [call('GET', 'access/general/lock/dtmf/%d' % n)['dtmf_code'] for n in (1, 2)],
        'free access': call('GET', 'access/freeaccess')['enable'],
        'mode': call('GET', 'device/mode/current')['current_panel_mode'],
        'forwards': platform.forwards(), 'cards': of('card'), 'codes': of('inputCode'),
    }


def check_same(got, want):
    for name in want:
        check_equal(got[name], want[name], 'read back: ' + name)


def in_operation(t, daemon, events):
    """What was written works: a card and a code open, and the platform hears of it; a picture comes."""
    for kind, number, action in (
            ('card', '1A:00:3C:FF', ('Door opened by card. Info', '0000001A003CFF')),
            ('code', '10014', ('Door opened by access code. Info', '10014'))):
        check_equal(hold(daemon, kind, number), 'granted', number)
        events.wait(daemon, action)
        close(daemon)
    daemon.must_post('/sim/button', {'button': 'exit'}, base=OURS)
    events.wait(daemon, ('Door opened by exit button', None))


def remove_all(platform, want):
    """A flat and its code with one request each, all cards in one."""
    identifiers = platform.identifiers()
    for flat in want['forwards']:
        platform.call('DELETE', 'forward/items', {'uid_items': [flat]})
    for (kind, _), (uid, _) in identifiers.items():
        if kind == 'inputCode':
            platform.call('DELETE', 'access/identifier/items', {'uid_items': [uid]})
    platform.call('DELETE', 'access/identifier/items', {'uid_items': [
        uid for (kind, _), (uid, _) in identifiers.items() if kind == 'card']})


@slow(15)
@cases(('aa07fb', 'aa07fb'), ('aa12fb', 'aa12fb'), ('aa07bd', 'aa07bd'))
def test_operator_takes_130_flats_into_operation(t, model):
    server, events = t.kamailio(), EventService(t)
    daemon = t.portero(password=PASSWORD, config={'profile': model})
    started = time.monotonic()
    platform = OperatorPlatform(daemon, model, PASSWORD)
    check_equal(platform.call('GET', '/api/info')['device_model'], model, 'model')
    first_contact(platform)
    platform = change_password(daemon, platform, 'Op-Second_1')
    daemon.password = 'Op-Second_1'
    daemon.token = None
    want = wanted(platform, server, events.port)
    provision(platform, want, server.users['101'])
    writes = len(platform.statuses)
    took_s = time.monotonic() - started
    compare = OperatorPlatform(daemon, model, 'Op-Second_1')  # a run of its own, later
    check_same(read_back(compare), want)
    daemon.wait_status('OK')
    server.wait_bindings({'101': 1})
    in_operation(t, daemon, events)
    picture = compare.call('GET', 'photo/file')
    check(picture[:2] == b'\xff\xd8', 'no picture')
    for lock in (1, 2):
        compare.call('GET', 'access/general/lock/open/remote/accepted/%d' % lock)
    check_equal(calls.locks(daemon)[:2], [True, True], 'opened')

    daemon.kill9()  # what was acknowledged is there
    daemon.start()
    compare = OperatorPlatform(daemon, model, 'Op-Second_1')
    check_same(read_back(compare), want)
    remove_all(compare, want)
    check_same(read_back(compare), dict(want, forwards={}, cards={}, codes={}))
    check_equal(hold(daemon, 'card', '1A:00:3C:FF'), 'denied', 'a card that is gone')
    for each in (platform, compare):
        each.check_statuses()
    print('# %s: taken into operation in %.1f s, %d requests' % (model, took_s, writes))


# -- home automation

def panel_of_flat_7(t):
    """A panel without a server, which calls the peer for flat 7."""
    daemon, peer = calls.direct(t, password=PASSWORD)
    daemon.must_post('/forward/item/7', {'forward_entity_list': [peer.uri]})
    return daemon, peer


def ring(daemon, peer):
    """Somebody presses 7 and the call key, waits, and goes away."""
    daemon.must_post('/sim/keypad', {'keys': ['7', 'call']}, base=OURS)
    dialog = peer.take()
    dialog.answer(180)
    calls.wait_state(daemon, 'ringing')
    daemon.must_post('/sim/keypad', {'keys': ['clear']}, base=OURS)
    gone(peer, dialog)
    calls.end_of(daemon)


def gone(peer, dialog):
    """The peer agrees that the call is cancelled."""
    cancel = peer.expect('CANCEL')
    dialog.answer(200, request=cancel)
    dialog.answer(487)
    peer.expect('ACK')


def every_second(client):
    """Returns whether the door is open, and the news."""
    is_open = client.data('GET', 'access/door/status')['status'] == 'open'
    client.data('GET', 'access/door/status')['is_timeout_exceed']
    client.data('GET', 'access/exit/button/toggle')['enable']
    return is_open, client.news(('outgoing_call', 'lock_was_opened_by_exit_btn'))


@slow(125)
def test_home_automation_watches_for_two_minutes(t):
    """It polls all thirty each second (instead of each minute), and besides what it asks each second. A
    bell, the exit button and the door are seen within a second or two, and each once."""
    daemon, peer = panel_of_flat_7(t)
    daemon.must_post('/access/door/sensor', {
        'enable': True, 'mode': 'door_sensor', 'opening_delay': 86400, 'repeating_message_delay': 60,
        'repeating_message_enabled': False})
    client = HomeAutomation(daemon, PASSWORD)
    due = {10: 'outgoing_call', 20: 'lock_was_opened_by_exit_btn', 50: 'outgoing_call',
           70: 'lock_was_opened_by_exit_btn', 90: 'outgoing_call', 110: 'lock_was_opened_by_exit_btn'}
    seen, door, polls = {}, [], []
    started = time.monotonic()
    for second in range(120):
        act = due.get(second)
        if act == 'outgoing_call':
            ring(daemon, peer)
        elif act:
            daemon.must_post('/sim/button', {'button': 'exit'}, base=OURS)
        daemon.must_post('/sim/sensor', {'open': second in (30, 80)}, base=OURS)
        is_open, news = every_second(client)
        if is_open:
            door.append(second)
        for event in news:
            seen.setdefault(event, second)
        check_equal([at for _, at in news], sorted([at for _, at in news], reverse=True), 'newest first')
        before = time.monotonic()
        for path in POLL:
            client.data('GET', path)
        polls.append(time.monotonic() - before)
        time.sleep(max(0, started + second + 1 - time.monotonic()))
    got = sorted((second, key) for (key, _), second in seen.items())
    check_equal([key for _, key in got], list(due.values()), 'each once\n' + daemon.log_tail())
    check(all(at <= second <= at + 1 for (second, _), at in zip(got, due)), 'seen late', got)
    check_equal(door, [30, 80], 'the door is open')
    client.check_statuses()
    polls.sort()
    print('# a poll of 30, each second, on new connections: median %.1f ms, longest %.1f ms' % (
        polls[60] * 1000, polls[-1] * 1000))
    check(polls[60] < t.at_most(1), 'a poll takes %.1f s' % polls[60])


def test_home_automation_locks_and_calls(t):
    daemon, peer = panel_of_flat_7(t)
    client = HomeAutomation(daemon, PASSWORD)
    client.data('POST', 'access/general/lock/open/emergency',
                {'locks': [{'lock_number': 1, 'unlock_time': 10000}]})
    check_equal(calls.locks(daemon)[:2], [True, False], 'opened in emergency')
    client.data('POST', 'access/general/lock/close/emergency', {'locks': [1]})
    check_equal(calls.locks(daemon)[:2], [False, False], 'closed')
    client.data('GET', 'access/general/lock/open/remote/accepted/1')
    check_equal(calls.locks(daemon)[:2], [True, False], 'opened')
    check_equal(client.ask('GET', 'access/general/lock/open/remote/accepted/77')[0], 400, 'no lock 77')
    client.statuses.pop()
    close(daemon)

    client.data('POST', 'system/debug/call/start', {'number': peer.uri})
    dialog = peer.take()
    dialog.answer(180)
    calls.wait_state(daemon, 'ringing')
    client.data('POST', 'system/debug/call/end')
    gone(peer, dialog)
    check_equal(calls.end_of(daemon)['number'], peer.uri, 'a call')
    client.check_statuses()


def test_home_automation_switches_calls(t):
    """Each switch by itself, and what it is for."""
    daemon, peer = panel_of_flat_7(t)
    stream = t.own(Stream())
    client = HomeAutomation(daemon, PASSWORD)
    switches = ('device/call/auto_answer', 'device/call/drop', 'device/call/drop/lock-open')
    for path in switches:
        for value in (True, False):
            before = {p: client.data('GET', p) for p in switches}
            client.data('POST', path, {'is_enabled': value})
            after = {p: client.data('GET', p) for p in switches}
            check_equal(after, dict(before, **{path: dict(before[path], is_enabled=value)}), path)
    for level in range(1, 7):
        client.data('POST', 'device/settings/volume', {'volume_level': level})
        check_equal(client.data('GET', 'device/settings/volume')['volume_level'], level, 'volume')
    client.data('POST', 'device/language?language=Polish')
    check_equal(client.data('GET', 'device/language')['current_language'], 'Polish', 'language')

    client.data('POST', 'device/call/auto_answer', {'is_enabled': True})
    client.data('POST', 'device/call/drop/lock-open', {'is_enabled': True})
    calls.talk_in(daemon, peer, stream)
    client.data('GET', 'access/general/lock/open/remote/accepted/1')
    peer.expect('BYE')  # hangs up when the door is opened
    calls.end_of(daemon)
    client.data('POST', 'device/call/drop/lock-open', {'is_enabled': False})
    dialog = calls.talk_in(daemon, peer, stream)
    client.data('GET', 'access/general/lock/open/remote/accepted/1')
    time.sleep(0.4)
    check_equal(calls.now(daemon)['state'], 'talking', 'switched off')
    calls.bye(dialog)
    client.check_statuses()


def test_home_automation_after_a_reboot(t):
    """Its token is gone: it logs in once more, and goes on."""
    address = own_address()  # nobody else gets its ports while it starts again
    daemon = t.portero(password=PASSWORD, http_address=address + ':0', sip=address + ':0')
    client = HomeAutomation(daemon, PASSWORD)
    before = client.authorization
    client.data('GET', 'system/reboot/run')

    def is_new():
        try:
            client.data('GET', 'network/mac')
        except (OSError, http.client.HTTPException, Refused):
            pass
        return client.authorization != before
    wait_for(is_new, t.seconds(10), lambda: 'not started again\n' + daemon.log_tail())
    for path in POLL:
        client.data('GET', path)
    check('device_booted' in keys_of_log(daemon), 'its log')


# -- cards by link_id, and a server that is asked

def synced(kind, number, link, until=None):
    time_ = {'is_permanent': True} if until is None else \
        {'is_permanent': False, 'from': int(time.time()) - 60, 'to': until}
    return {'identifier_owner': {'name': 'Ána', 'type': 'owner'}, 'identifier_type': kind,
            'identifier_number': number, 'lock': 'first', 'link_id': link, 'apartment_link_id': link,
            'valid': {'time': time_, 'passes': {'is_permanent': True}}}


def test_gym_keeps_members_by_link_id(t):
    daemon = t.portero(password=PASSWORD, config={'profile': 'av04sd'})
    gym = LinkSync(daemon, PASSWORD)
    links = 'access/identifier/items/link'
    qr = '2f1e7c9a-5d5b-4f0e-9c3a-0b7c2d1e4f60'

    def uid_of(link):
        items = gym.operation('GET', links + '?link_id=%s&limit=1&page_number=1' % link)['list_items']
        return items[0]['uid'] if items else None

    def put(*items):
        check(gym.operation('POST', links, {'list_items': list(items)}) is not None, 'refused', items)

    put(synced('card', 'AA:BB:CC:DD', 'member-1'))
    put(synced('qr', qr, 'member-1-qr'))
    first, second = uid_of('member-1'), uid_of('member-1-qr')
    check(first and second and first != second, 'uids', first, second)
    check(gym.picture(second)[:4] == b'\x89PNG', 'its picture')
    check_equal(gym.picture(first), None, 'of a card there is none')
    for kind, number in (('card', 'aa-bb-cc-dd'), ('qr', qr.upper())):
        check_equal(hold(daemon, kind, number), 'granted', kind)
    put(synced('card', 'AA:BB:CC:DD', 'member-1', until=int(time.time()) - 30))  # has not paid
    check_equal((uid_of('member-1'), hold(daemon, 'card', 'AA:BB:CC:DD')), (first, 'denied'), 'late')
    put(synced('card', 'AA:BB:CC:DE', 'member-1', until=int(time.time()) + 600))  # another card
    check_equal((uid_of('member-1'), hold(daemon, 'card', 'AA:BB:CC:DE')), (first, 'granted'), 'paid')
    check_equal(hold(daemon, 'card', 'AA:BB:CC:DD'), 'denied', 'the card before')
    check(gym.operation('DELETE', links, {'link_ids': ['member-1']}) is not None, 'not deleted')
    check_equal((uid_of('member-1'), hold(daemon, 'card', 'AA:BB:CC:DE')), (None, 'denied'), 'gone')
    check_equal(uid_of('member-1-qr'), second, 'the other one')
    close(daemon)
    gym.operation('GET', 'access/general/lock/open/remote/accepted/1')
    check_equal(calls.locks(daemon)[0], True, 'opened')
    listed = [status for status, what in gym.statuses if status != 200]
    check_equal(listed, [404], 'nothing but the picture of a card is refused')


def test_gym_decides_at_the_door(t):
    daemon = t.portero(password=PASSWORD, config={'profile': 'av04sd'})
    gym = LinkSync(daemon, PASSWORD)
    service = AccessService(t, 'g%2Bcanary.Gym-77')
    service.members.update({'A1:B2:C3:D4': 2, 'A1:B2:C3:D5': 0, '4711': 1})
    check(gym.operation('POST', 'access/general/remote/control/settings', {
        'enabled': True, 'custom_server_enabled': True, 'custom_server_api_url': service.url()})
        is not None, 'refused')
    gym.operation('POST', 'access/identifier/items/link',
                  {'list_items': [synced('card', n, n) for n in ('A1:B2:C3:D5', 'A1:B2:C3:D6')]})

    def result(kind, number, locks, key):
        before = keys_of_log(daemon).count(key)
        check_equal(hold(daemon, kind, number), 'asking', number)
        wait_for(lambda: keys_of_log(daemon).count(key) == before + 1, t.seconds(9),
                 lambda: '%s after %s: %r' % (key, number, keys_of_log(daemon)[:3]))
        check_equal([i for i, is_open in enumerate(calls.locks(daemon), 1) if is_open], locks, number)
        close(daemon)

    remote = 'by_remote_server_api_call'
    result('card', 'a1-b2-c3-d4', [2], 'access_granted_' + remote)
    result('code', '4711', [1], 'access_granted_' + remote)
    result('card', 'A1:B2:C3:D5', [], 'access_denied_' + remote)  # though the list would let it in
    result('card', 'A1:B2:C3:D6', [1], 'access_granted_by_valid_identifier')  # does not know it
    result('card', 'A1:B2:C3:D7', [], 'access_denied_by_unknown_card')
    secret, service.secret = service.secret, 'another'
    result('card', 'A1:B2:C3:D4', [], 'access_denied_by_unknown_card')  # 401: the list decides
    check_equal(set(service.questions), {'/api/bas-ip/access?token=' + secret}, 'asked, as given')


# -- a status page, an emergency button, doors that open doors

def test_status_page_switches_sip_and_opens(t):
    mock = t.registrar()
    daemon = t.portero(password=PASSWORD)
    daemon.set_sip(mock.account())
    daemon.wait_status('OK')
    page = StatusPage(daemon)
    page.login(md5(PASSWORD))

    def status():
        return StatusPage(daemon).must('GET', 'sip/status')['sip_status']  # without its token

    check_equal(status(), 'OK', 'first')
    for is_on, want in ((False, 'OFFLINE'), (True, 'OK')):
        page.must('POST', 'device/sip/enable', {'sip_enable': is_on, 'is_reregister': True,
                                                'reregister_time': 315})
        wait_for(lambda: status() == want, t.seconds(10), lambda: status() + ', not ' + want)
    page.must('GET', 'access/general/lock/open/remote/accepted/1')
    check_equal(calls.locks(daemon)[0], True, 'opened')
    page.check_statuses()


def test_emergency_button_while_the_panel_starts_again(t):
    daemon = t.portero(password=PASSWORD, http_address='127.0.0.1:%d' % free_port())
    button = EmergencyButton(daemon)
    for lock, want in ((0, [True, True]), (1, [True, False]), (2, [False, True])):
        check_equal(button.open(PASSWORD, lock), 1, 'the first try')
        check_equal(calls.locks(daemon)[:2], want, 'lock %d' % lock)
        close(daemon)
    daemon.kill9()
    check_equal(button.open(PASSWORD, 2, pause=daemon.start), 2, 'the second try')
    check_equal(calls.locks(daemon)[:2], [False, True], 'opened after all')
    daemon.kill9()
    try:
        button.open(PASSWORD, 2, pause=lambda: None)
    except Refused:
        return daemon.start()
    check(False, 'opened without a panel')


def test_a_door_opens_another_and_no_more(t):
    """Two panels tell it what happens, and it opens both. What it does itself opens nothing."""
    panels = [t.portero(password='Panel-One-1'), t.portero(password='Panel-Two-2')]
    follower = DoorFollower(t, [(panels[0], 'Panel-One-1'), (panels[1], 'Panel-Two-2')])
    for panel in panels:
        panel.must_post('/syslog', {'transport': 'tcp'}, base=OURS)
        panel.must_post('/syslog/settings', {'enabled': True, 'tag': '', 'server': {
            'server': '127.0.0.1', 'port': follower.port, 'severity': 6}})
        panel.must_post('/access/identifier', {
            'identifier_owner': {'name': 'Door opened', 'type': 'owner'},
            'identifier_type': 'card', 'identifier_number': '77', 'lock': 'first'})
        panel.must_post('/access/door/sensor', {'enable': True})

    def opened_by_api(panel):
        return keys_of_log(panel).count('access_granted_by_api_call')

    def wait_opened(count):
        wait_for(lambda: [opened_by_api(p) for p in panels] == [count] * 2, t.seconds(15),
                 lambda: '%d each: %r' % (count, follower.seen))

    check_equal(hold(panels[0], 'card', '77'), 'granted', 'at the first door')
    wait_opened(1)
    check_equal(calls.locks(panels[1])[0], True, 'the second door is open')
    panels[1].must_post('/sim/button', {'button': 'exit'}, base=OURS)  # is none of its business
    panels[1].must_post('/sim/sensor', {'open': True}, base=OURS)  # is, in the field's own words
    wait_opened(2)
    panels[1].must_post('/sim/sensor', {'open': False}, base=OURS)
    for panel in panels:
        close(panel)
    wait_for(lambda: any('closed with door sensor' in m for m in follower.seen), t.seconds(15),
             lambda: repr(follower.seen))
    wait_for(lambda: len(follower.opened) >= 4, t.seconds(15), lambda: repr(follower.seen))
    time.sleep(1)
    wait_opened(2)
    check_equal(len(follower.opened), 4, 'no loop')

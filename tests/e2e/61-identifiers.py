# SPDX-License-Identifier: MIT
"""Identifiers as clients in the field keep them: written, read back without a difference, found again in
any spelling, and never lost once they were acknowledged."""

import ctypes
import ctypes.util
import http.client
import json
import random
import struct
import threading
import time
import uuid
import zlib

from harness import check, check_equal, slow, wait_for

ONE = '/access/identifier'
ITEMS = '/access/identifier/items'
ITEM = '/access/identifier/item/%d'
LINK = '/access/identifier/items/link'
TAKEN = 'Identifier with that type and number already exists'


def card(number, flat, **more):
    """As an operator's platform writes it: time stands inside passes, and what does not matter is null."""
    return {'identifier_number': number, 'identifier_type': 'card', 'lock': 'first',
            'identifier_owner': {'name': str(flat), 'type': 'owner'},
            'valid': {'passes': {'is_permanent': True, 'max_passes': None,
                                 'time': {'from': None, 'is_permanent': True, 'to': None}}}, **more}


def add(daemon, value):
    return daemon.must_post(ONE, value)['uid']


def all_items(daemon, limit=50):
    """As clients do: until a page is empty."""
    found, page = [], 1
    while True:
        answer = daemon.api('GET', '%s?limit=%d&page_number=%d' % (ITEMS, limit, page)).json
        check_equal(answer['list_option']['pagination']['current_page'], page, 'page')
        if not answer['list_items']:
            return found
        found += answer['list_items']
        page += 1


def sent_part(item):
    """What the operator's platform compares."""
    return (item['identifier_type'], item['identifier_number'], item['identifier_owner']['name'])


def refused(daemon, value, field, path=ONE, method='POST'):
    answer = daemon.api(method, path, value)
    check_equal((answer.status, answer.json.get('field')), (400, field), '%r: %r' % (value, answer))
    return answer.json


def test_sixty_cards_of_an_operator(t):
    daemon = t.portero()
    cards = [card('00-00-00-%02X-2B-3C-4D' % n, 100 + n) for n in range(60)]
    codes = [dict(card('%05d' % (n * 7), n), identifier_type='inputCode') for n in range(20)]
    uids = [add(daemon, one) for one in cards + codes]
    check_equal(uids, list(range(1, 81)), 'uids')
    for restart in (False, True):
        if restart:
            daemon.kill9()
            daemon.start()
        items = all_items(daemon)
        check_equal([sent_part(item) for item in items], [sent_part(one) for one in cards + codes],
                    'read back')
        check_equal([item['identifier_uid'] for item in items], uids, 'uids')
    check_equal(all_items(daemon)[0], {
        'identifier_uid': 1, 'identifier_owner': {'name': '100', 'type': 'owner'},
        'identifier_type': 'card', 'identifier_number': '00-00-00-00-2B-3C-4D', 'lock': 'first',
        'valid': {'time': {'is_permanent': True, 'from': None, 'to': None},
                  'passes': {'is_permanent': True, 'max_passes': None}},
        'link_id': None, 'apartment_link_id': None, 'additional': {'passes_left': -1}}, 'all of it')
    for uid in uids[:10]:  # one request each
        answer = daemon.api('DELETE', ITEMS, {'uid_items': [uid]})
        check_equal((answer.status, answer.body), (200, b'{}'), 'delete')
    answer = daemon.api('DELETE', ITEMS, {'uid_items': uids + [4711]})  # the rest, and some gone
    check_equal(answer.status, 200, 'delete all')
    check_equal(all_items(daemon), [], 'nothing left')
    check_equal(add(daemon, cards[0]), 81, 'no uid is given twice')
    daemon.api('DELETE', ITEM % 81)
    daemon.kill9()
    daemon.start()
    check_equal(add(daemon, cards[0]), 82, 'not after a kill either')


def test_bridge_of_an_access_control_system(t):
    daemon = t.portero()
    value = {'identifier_owner': {'name': 'x', 'type': 'owner'}, 'identifier_type': 'card',
             'identifier_number': '1493650', 'lock': 'all'}
    uid = add(daemon, value)
    check_equal(refused(daemon, value, 'identifier_number')['error'], TAKEN, 'again')
    for spelling in ('0001493650', '16-CA-92', '00:00:16:ca:92'):
        check_equal(refused(daemon, dict(value, identifier_number=spelling),
                            'identifier_number')['error'], TAKEN, spelling)
        answer = daemon.api('GET', '%s?filter_field=identifier_number&filter_type=equal&filter_format='
                            'string&filter_value=%s&limit=10&page_number=1' % (ITEMS, spelling)).json
        check_equal([(i['identifier_uid'], i['identifier_number']) for i in answer['list_items']],
                    [(uid, '1493650')], 'found, and given back as written')
        check_equal(answer['list_option']['filter']['is_filtered'], True, 'filter')
    add(daemon, dict(value, identifier_type='ukey'))  # the same number of another kind is another
    check_equal(daemon.api('GET', ITEM % uid).json['identifier_number'], '1493650', 'item')
    check_equal(daemon.api('DELETE', ITEM % uid).status, 200, 'delete')
    for method in ('GET', 'DELETE'):
        answer = daemon.api(method, ITEM % uid)
        check_equal((answer.status, answer.json), (404, {'error': 'Not found'}), method)
    check_equal(daemon.api('PATCH', ITEM % uid, {'lock': 'first'}).status, 404, 'PATCH')


def test_link_sync(t):
    daemon = t.portero()
    name = str(uuid.UUID(int=7))

    def item(kind, number, link, **valid):
        return {'identifier_owner': {'name': 'Ana', 'type': 'owner'}, 'identifier_type': kind,
                'identifier_number': number, 'lock': 'first', 'link_id': link,
                'apartment_link_id': 'flat-1',
                'valid': {'time': valid or {'is_permanent': True}, 'passes': {'is_permanent': True}}}

    def find(link):
        return daemon.api('GET', LINK + '?link_id=%s&limit=1&page_number=1' % link).json['list_items']

    add(daemon, card('5', 1))  # has no link_id
    for times in range(2):  # sent again it is the same one
        daemon.must_post(LINK, {'list_items': [item('card', 'AA:BB:CC:DD', 'u1'),
                                               item('qr', name, 'u2')]})
        check_equal([(i['uid'], i['identifier_number']) for i in find('u1')], [(2, 'AA:BB:CC:DD')], '')
        check_equal([(i['uid'], i['identifier_uid']) for i in find('u2')], [(3, 3)], 'both names')
    daemon.must_post(LINK, {'list_items': [
        item('card', 'AA:BB:CC:EE', 'u1', is_permanent=False, **{'from': 5, 'to': 9})]})
    check_equal(find('u1')[0]['valid']['time'], {'is_permanent': False, 'from': 5, 'to': 9}, 'changed')
    check_equal(find('u1')[0]['uid'], 2, 'the same one')
    check_equal(find('u3'), [], 'another link_id')
    listed = daemon.api('GET', LINK).json
    check_equal(listed['list_option']['pagination']['total_items'], 2, 'linked ones only')

    # Two take each other's number in one request; a third one's they cannot take.
    daemon.must_post(LINK, {'list_items': [item('card', '77', 'u1'), item('card', '78', 'u2')]})
    daemon.must_post(LINK, {'list_items': [item('card', '78', 'u1'), item('card', '77', 'u2')]})
    check_equal([find(u)[0]['identifier_number'] for u in ('u1', 'u2')], ['78', '77'], 'swapped')
    before = all_items(daemon)
    wrong = refused(daemon, {'list_items': [item('card', '99', 'u9'), item('card', '5', 'u1')]},
                    'identifier_number', LINK)
    check_equal((wrong['error'], wrong['reason'][:9]), (TAKEN, 'in item 2'), 'taken')
    refused(daemon, {'list_items': [item('card', '99', 'u9'), item('card', '98', 'u9')]}, 'link_id',
            LINK)
    refused(daemon, {'list_items': [item('card', '99', 'u1'), item('card', '98', 'u1')]}, 'link_id',
            LINK)
    refused(daemon, {'list_items': [item('card', '99', 'u9'), item('card', '0099', 'u8')]},
            'identifier_number', LINK)
    no_link = item('card', '99', 'u9')
    del no_link['link_id']
    refused(daemon, {'list_items': [no_link]}, 'link_id', LINK)
    refused(daemon, {'list_items': [{}] * 201}, 'list_items', LINK)
    refused(daemon, {}, 'list_items', LINK)
    refused(daemon, card('1', 1, link_id='u1'), 'link_id')
    check_equal(all_items(daemon), before, 'nothing came of any of it')

    answer = daemon.api('DELETE', LINK, {'link_ids': ['u1', 'nobody']})
    check_equal((answer.status, find('u1'), len(all_items(daemon))), (200, [], 2), 'deleted at once')
    refused(daemon, {'link_ids': [1]}, 'link_ids', LINK, 'DELETE')


def pixels(png):
    """(side, rows of 0 and 255) of a picture in black and white."""
    check_equal(png[:8], b'\x89PNG\r\n\x1a\n', 'signature')
    at, data, size = 8, b'', None
    while at < len(png):
        length, kind = struct.unpack('>I4s', png[at:at + 8])
        body = png[at + 8:at + 8 + length]
        check_equal(struct.unpack('>I', png[at + 8 + length:at + 12 + length])[0],
                    zlib.crc32(kind + body), 'checksum of %r' % kind)
        if kind == b'IHDR':
            size = struct.unpack('>IIBBBBB', body)
        elif kind == b'IDAT':
            data += body
        at += 12 + length
    check_equal(size[2:], (1, 0, 0, 0, 0), 'black and white')
    row_length, rows = (size[0] + 7) // 8 + 1, zlib.decompress(data)
    check_equal(len(rows), row_length * size[1], 'rows')
    grey = bytearray()
    for y in range(size[1]):
        row = rows[y * row_length + 1:(y + 1) * row_length]
        grey += bytes(255 if row[x // 8] >> (7 - x % 8) & 1 else 0 for x in range(size[0]))
    return size[0], size[1], bytes(grey)


def read_qr(png):
    """What a reader sees in it."""
    width, height, grey = pixels(png)
    zbar = ctypes.CDLL('libzbar.so.0')
    for name in ('zbar_image_create', 'zbar_image_scanner_create', 'zbar_image_first_symbol'):
        getattr(zbar, name).restype = ctypes.c_void_p
    zbar.zbar_symbol_get_data.restype = ctypes.c_char_p
    image = ctypes.c_void_p(zbar.zbar_image_create())
    zbar.zbar_image_set_format(image, ctypes.c_ulong(int.from_bytes(b'Y800', 'little')))
    zbar.zbar_image_set_size(image, width, height)
    zbar.zbar_image_set_data(image, grey, ctypes.c_ulong(len(grey)), None)
    scanner = ctypes.c_void_p(zbar.zbar_image_scanner_create())
    check_equal(zbar.zbar_scan_image(scanner, image), 1, 'symbols in the picture')
    symbol = ctypes.c_void_p(zbar.zbar_image_first_symbol(image))
    return zbar.zbar_symbol_get_data(symbol).decode()


def test_qr_picture(t):
    daemon = t.portero()
    for number in (str(uuid.uuid4()), str(uuid.uuid4()).upper()):
        uid = add(daemon, dict(card(number, 1), identifier_type='qr'))
        answer = daemon.request('GET', '/api/v1' + ITEM % uid + '/qr', headers={
            'Authorization': 'Bearer ' + daemon.token, 'Accept': 'image/png'})
        check_equal((answer.status, answer.headers['Content-Type']), (200, 'image/png'), 'picture')
        check(len(answer.body) < 16384, 'size: %d' % len(answer.body))
        check_equal(read_qr(answer.body), number, 'as written')
        refused(daemon, dict(card(number.swapcase(), 1), identifier_type='qr'), 'identifier_number')
    check_equal(daemon.api('GET', ITEM % add(daemon, card('1', 1)) + '/qr').status, 404, 'of a card')
    check_equal(daemon.api('GET', ITEM % 99 + '/qr').status, 404, 'of nobody')


def test_changes_of_one(t):
    daemon = t.portero()
    uid = add(daemon, card('1', 1, link_id='a'))
    other = add(daemon, card('2', 2))
    check_equal(daemon.api('PATCH', ITEM % uid, {'lock': 'all'}).body, b'{}', 'flat')
    check_equal(daemon.api('PATCH', ITEM % uid, {'base': {'identifier_number': '01'}}).status, 200,
                'in base; its own number in another spelling')
    check_equal(daemon.api('PATCH', ITEM % uid, {'valid': {
        'time': {'is_permanent': False, 'from': 1700000000, 'to': 1800000000},
        'passes': {'is_permanent': False, 'max_passes': 3}}}).status, 200, 'validity')
    daemon.kill9()
    daemon.start()
    item = daemon.api('GET', ITEM % uid).json
    check_equal((item['lock'], item['identifier_number'], item['link_id'], item['valid'],
                 item['additional']),
                ('all', '01', 'a', {'time': {'is_permanent': False, 'from': 1700000000,
                                             'to': 1800000000},
                                    'passes': {'is_permanent': False, 'max_passes': 3}},
                 {'passes_left': 3}), 'all of it')
    check_equal(refused(daemon, {'identifier_number': '00-02'}, 'identifier_number', ITEM % uid,
                        'PATCH')['error'], TAKEN, 'taken')
    refused(daemon, {'link_id': 'a'}, 'link_id', ITEM % other, 'PATCH')
    refused(daemon, {'identifier_type': 'qr'}, 'identifier_number', ITEM % uid, 'PATCH')
    check_equal(daemon.api('GET', ITEM % uid).json, item, 'nothing came of it')


def test_limits(t):
    daemon = t.portero()
    good = card('1', 1)
    for member, value, field in (
            ('identifier_number', '1' * 21, 'identifier_number'),
            ('identifier_number', '18446744073709551616', 'identifier_number'),
            ('identifier_number', '00-' * 8 + '00', 'identifier_number'),
            ('identifier_number', 'x' * 65, 'identifier_number'),
            ('identifier_number', 1, 'identifier_number'),
            ('identifier_type', 'badge', 'identifier_type'),
            ('lock', 'third', 'lock'),
            ('identifier_owner', {'name': 'x' * 129, 'type': 'owner'}, 'identifier_owner.name'),
            ('identifier_owner', {'name': 'x', 'type': 'admin'}, 'identifier_owner.type'),
            ('link_id', 'x' * 65, 'link_id'),
            ('valid', {'time': {'is_permanent': False, 'from': 2, 'to': 1}}, 'valid.time.to'),
            ('valid', {'passes': {'is_permanent': False, 'max_passes': 0}}, 'valid.passes.max_passes'),
            ('valid', {'passes': {'is_permanent': False, 'max_passes': 1000001}},
             'valid.passes.max_passes')):
        refused(daemon, dict(good, **{member: value}), field)
    for member in ('identifier_owner', 'identifier_type', 'identifier_number', 'lock'):
        wrong = {name: value for name, value in good.items() if name != member}
        check_equal(refused(daemon, wrong, member)['error'],
                    'Wrong JSON body: no value for `%s`' % member, member)
    check_equal(daemon.api('POST', ONE, '{').json, {'error': 'Wrong JSON body'}, 'no JSON')
    refused(daemon, {'uid_items': ['1']}, 'uid_items', ITEMS, 'DELETE')
    refused(daemon, {'uid_items': 1}, 'uid_items', ITEMS, 'DELETE')
    check_equal(all_items(daemon), [], 'nothing came of it')
    for n in range(3):
        add(daemon, card(str(n), n))
    for query, uids in (('', [1, 2, 3]), ('?limit=0', [1]), ('?limit=1000', [1, 2, 3]),
                        ('?limit=1&page_number=2', [2]), ('?page_number=2', []),
                        ('?sort_field=identifier_uid&sort_type=desc', [3, 2, 1]),
                        ('?filter_field=identifier_owner&filter_type=equal&filter_value=2', [3]),
                        ('?filter_field=identifier_type&filter_value=inputCode', []),
                        ('?filter_field=nothing&filter_value=x&more=1', [1, 2, 3])):
        check_equal([i['identifier_uid'] for i in daemon.api('GET', ITEMS + query).json['list_items']],
                    uids, query)
    check_equal(daemon.api('GET', '/access/identifiers/items/list').status, 404, 'not ours')


def test_ten_thousand_go_in_one_request(t):
    """More uids than that do not fit into a body."""
    daemon = t.portero()
    uids = list(range(1, 9001))
    add(daemon, card('1', 1))
    answer = daemon.api('DELETE', ITEMS, json.dumps({'uid_items': uids}, separators=(',', ':')))
    check_equal((answer.status, all_items(daemon)), (200, []), 'removed')


class Writer(threading.Thread):
    """Adds one card after the other until the connection breaks."""

    def __init__(self, daemon, first):
        super().__init__(daemon=True)
        self.portero, self.first = daemon, first
        self.tried, self.acknowledged = first - 1, {}
        self.error = None

    def run(self):
        try:
            while True:
                self.tried += 1
                self.acknowledged[str(self.tried)] = add(self.portero, card(str(self.tried), 'kill'))
        except (OSError, http.client.HTTPException):
            pass
        except Exception as error:
            self.error = error


@slow(12)
def test_kill_9_loses_nothing_that_was_acknowledged(t):
    dice = random.Random()
    daemon = t.portero()
    first, have = 1, {}
    for _ in range(8):
        daemon.login()
        writer = Writer(daemon, first)
        writer.start()
        wait_for(lambda: len(writer.acknowledged) >= 3 or writer.error, t.seconds(20),
                 lambda: 'three cards\n' + daemon.log_tail())
        time.sleep(dice.uniform(0, 0.1))
        daemon.kill9()
        writer.join(10)
        if writer.error:
            raise writer.error
        have.update(writer.acknowledged)
        daemon.start()
        there = {i['identifier_number']: i['identifier_uid'] for i in all_items(daemon, limit=100)}
        lost = [n for n in have if there.get(n) != have[n]]
        check(not lost, 'acknowledged, but lost: %s' % lost)
        check(set(there) - set(have) <= {str(writer.tried)}, 'more than was tried: %s' % there)
        have, first = there, writer.tried + 1
    check(len(have) >= 24, 'only %d cards' % len(have))
    check_equal(len(set(have.values())), len(have), 'uids')

# SPDX-License-Identifier: MIT
"""What others write into a call comes out of the API as clean text, whatever bytes it has."""

from harness import check_equal
from harness.calls import direct, end_of, start, wait_state
from harness.peer import Dialog, description


def raw_invite(peer, daemon, name):
    """Call with these bytes as display name and user."""
    dialog = Dialog(peer, target=daemon.sip)
    raw = dialog.build('INVITE', description(9))
    line = ('From: ' + dialog.local).encode()
    tag = line[line.index(b';tag='):]
    peer.send(raw.replace(line, b'From: "' + name + b'" <sip:' + name + b'@x.test>' + tag), daemon.sip)


def test_a_caller_whose_name_is_no_utf8(t):
    daemon, peer = direct(t)
    raw_invite(peer, daemon, b'\xff\xc3\xa9\xc3')
    state = wait_state(daemon, 'incoming')
    check_equal(state['number'], 'sip:?\u00e9?@x.test', 'the number')
    listed = daemon.api('GET', '/calls', base='/api/portero/v1').json['list_items']
    check_equal([item['number'] for item in listed], ['sip:?\u00e9?@x.test'], 'the list')


def test_a_reason_that_is_no_utf8(t):
    daemon, peer = direct(t)
    start(daemon, peer.uri)
    dialog = peer.take()
    raw = dialog.answer(180)
    peer.send(b'SIP/2.0 486 \xe2\x82 no' + raw[raw.index(b'\r\n'):], dialog.first.source)
    check_equal(end_of(daemon)['reason'], 'busy: 486 ?? no', 'the reason')

# SPDX-License-Identifier: MIT
"""The page at / in a real browser, against the real daemon: what a person sees and does."""

import os
import re

from harness import OUTPUT, ROOT, cases, check, check_equal, free_port, wait_for
from harness.portero import PASSWORD
from page_webdriver import Browser

PAGE_MAX_BYTES = 44000
ENTER, BACKSPACE = '\ue007', '\ue003'
PHONE, DESKTOP = (360, 740), (1200, 900)
FIELDS = ('proxy', 'realm', 'user', 'transport', 'user_id', 'stun.ip', 'stun.port',
          'registration_interval')
RFC_1321 = (
    ('', 'd41d8cd98f00b204e9800998ecf8427e'),
    ('a', '0cc175b9c0f1b6a831c399e269772661'),
    ('abc', '900150983cd24fb0d6963f7d28e17f72'),
    ('message digest', 'f96b697d7cb7938d525a2f31aaf161d0'),
    ('abcdefghijklmnopqrstuvwxyz', 'c3fcd3d76192e4007dfb496cca67e13b'),
    ('ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789',
     'd174ab98d277d9f5a5611c2c9f419d9f'),
    ('1234567890' * 8, '57edf4a22be3c955ac49da2e2107b67a'),
)


def panel(t, **options):
    """Browsers take all of a small machine: a wait for a core is no slow handler, and a lock that closes
    again may do so before the page has looked."""
    daemon = t.portero(allow_slow=True, **options)
    for lock in (1, 2):
        daemon.must_post('/access/general/lock/timeout/%d' % lock, {'lock_timeout': 120})
    return daemon


def open_page(t, daemon, size=DESKTOP):
    browser = t.own(Browser())
    browser.resize(*size)
    browser.open('http://%s:%d/' % daemon.http)
    browser.js('performance.setResourceTimingBufferSize(100000)')  # for requests_of
    browser.until('the log-in form', lambda: browser.is_shown('login'), t.seconds(10))
    return browser


def log_in(t, browser, password=PASSWORD):
    browser.type('login-password', password)
    browser.keys('login-password', ENTER)
    browser.until('the settings', lambda: browser.is_shown('settings') and browser.value('proxy'),
                  t.seconds(10))


def fill(browser, account):
    for name in FIELDS:
        inner = name.split('.')
        value = account[inner[0]][inner[1]] if len(inner) == 2 else account[name]
        if name == 'transport':
            browser.choose(name, value)
        else:
            browser.type(name, str(value))
    browser.type('password', account['password'])


def save(t, browser, want='Saved.'):
    browser.click('save')
    browser.until('the answer to Save: ' + want,
                  lambda: browser.text('settings-message').startswith(want), t.seconds(10))


def check_shown(browser, settings):
    for name in FIELDS:
        inner = name.split('.')
        value = settings[inner[0]][inner[1]] if len(inner) == 2 else settings[name]
        check_equal(browser.value(name), str(value), 'the field ' + name)
    check_equal(browser.value('password'), '', 'the field password')


def check_console(browser, refusals=()):
    """Nothing but the refusals that the test asked for, each a status of the API."""
    for level, message in browser.console():
        expected = re.search(r'/api/\S+ - Failed to load resource: .*status of (\d+)', message)
        if level == 'SEVERE' and not (expected and int(expected[1]) in refusals):
            check(False, 'the browser complains: ' + message)


def check_fits(browser, what):
    wide, window = browser.js('const page = document.documentElement;'
                              'return [page.scrollWidth, page.clientWidth]')
    check_equal(wide, window, 'width of ' + what)


def requests_of(browser, path):
    """How many requests of that path the page has had answered."""
    return browser.js('return performance.getEntriesByType("resource")'
                      '.filter((entry) => entry.name.endsWith(args[0])).length', path)


def shoot(browser, name):
    browser.js('scrollTo(0, 0)')
    browser.screenshot(os.path.join(OUTPUT, name))


def test_page_from_wrong_password_to_registered(t):
    registrar = t.registrar()
    daemon = panel(t)
    account = registrar.account()
    browser = open_page(t, daemon)

    browser.type('login-password', 'not-it')
    browser.click('login-button')
    browser.until('the refusal', lambda: browser.text('login-error'))
    check_equal(browser.text('login-error'), 'Wrong login or password', 'the refusal')
    check(not browser.is_shown('settings'), 'settings shown without a log-in')
    check(not browser.is_shown('state-reason'), 'the reason shown without a log-in')

    log_in(t, browser)
    check_shown(browser, daemon.get_sip())
    browser.until('what is wrong', lambda: 'no SIP settings yet' in browser.text('state-reason'))

    fill(browser, dict(account, password='wrong-password'))
    save(t, browser)
    check_shown(browser, daemon.get_sip())
    browser.until('the wrong SIP password', lambda: browser.text('state-word') == 'ERROR' and
                  'password' in browser.text('state-reason'), t.seconds(10))
    browser.until('the next attempt', lambda: browser.text('next-attempt').startswith('in '))
    shoot(browser, 'page-settings-error.png')

    browser.type('password', account['password'])
    save(t, browser)
    browser.until('OK', lambda: browser.text('state-word') == 'OK', t.seconds(10))
    browser.until('until when', lambda: ', in ' in browser.text('expires'))
    browser.until('the switch', lambda: browser.js('return document.getElementById("enable").checked'))
    shoot(browser, 'page-settings.png')
    browser.dark(True)
    browser.resize(*PHONE)
    shoot(browser, 'page-settings-phone-dark.png')
    check_console(browser, refusals=(400,))


# (field, what is typed there, what the API is sent for it)
MISTAKES = (
    ('proxy', 'sip:localhost', {'proxy': 'sip:localhost'}),
    ('realm', 'sip:pbx.example.com', {'realm': 'sip:pbx.example.com'}),
    ('user', "it's", {'user': "it's"}),
    ('user_id', 'a' * 32, {'user_id': 'a' * 32}),
    ('password', 'short', {'password': 'short'}),
    ('stun.ip', '10.0.0.1:3478', {'stun': {'ip': '10.0.0.1:3478', 'port': 3478}}),
    ('stun.port', '65536', {'stun': {'ip': '127.0.0.1', 'port': 65536}}),
    ('stun.port', '', {'stun': {'ip': '127.0.0.1', 'port': ''}}),
    ('registration_interval', '29', {'registration_interval': 29}),
    ('registration_interval', '1 h', {'registration_interval': '1 h'}),
    ('outbound', 'out', {'outbound': 'out'}))


@cases(('texts', MISTAKES[:5]), ('numbers', MISTAKES[5:]))
def test_page_shows_a_mistake_beside_its_field(t, mistakes):
    daemon = panel(t)
    account = t.registrar().account()
    daemon.set_sip(account)
    before = daemon.get_sip()
    browser = open_page(t, daemon, PHONE)
    check_fits(browser, 'the log-in on a phone')
    log_in(t, browser)

    for field, wrong, body in mistakes:
        answer = daemon.api('POST', '/device/sip/settings',
                            {**account, 'password': 'WebPass', **body})
        check_equal((answer.status, answer.json['field']), (400, field), 'the API')
        if field == 'outbound':
            browser.click('more-title')
        kept = browser.value(field)
        browser.type(field, wrong)
        save(t, browser, 'Not saved')
        check_equal(browser.text(field + '-error'), answer.json['reason'], 'words at ' + field)
        check_equal(browser.attribute(field, 'aria-invalid'), 'true', field)
        check_equal(browser.js('return document.activeElement.id'), field, 'where the focus is')
        check_equal(browser.value(field), wrong, 'what was typed at ' + field)
        check_fits(browser, 'the page on a phone')
        if field == 'registration_interval':
            shoot(browser, 'page-settings-phone.png')
        browser.type(field, kept)
        if not kept:
            browser.keys(field, 'x' + BACKSPACE)
        check_equal(browser.text(field + '-error'), '', 'words at %s once it is edited' % field)
    check_equal(daemon.get_sip(), before, 'settings after refusals only')
    check_console(browser, refusals=(400,))


def test_page_wants_the_password_for_another_account(t):
    daemon = panel(t)
    account = t.registrar().account()
    daemon.set_sip(account)
    before = daemon.get_sip()
    browser = open_page(t, daemon)
    log_in(t, browser)
    browser.type('user', account['user'] + '2')
    save(t, browser, 'Not saved')
    check_equal(browser.text('password-error'),
                'type the password again for a new server or account', 'words at password')
    check_equal(daemon.get_sip(), before, 'settings after a refusal')
    browser.type('password', account['password'])
    save(t, browser)
    check_equal(daemon.get_sip(), dict(before, user=account['user'] + '2'), 'settings')
    check_console(browser, refusals=(400,))


def test_page_sends_outbound_only_if_it_is_used(t):
    daemon = panel(t)
    daemon.set_sip(t.registrar().account())
    browser = open_page(t, daemon)
    log_in(t, browser)
    check(not browser.is_shown('outbound'), 'outbound shown though it is empty')
    # Set elsewhere meanwhile: a form that does not show it must not wipe it.
    daemon.set_sip(dict(daemon.get_sip(), outbound='sip:127.0.0.1:5999', password='another-1'))
    browser.type('registration_interval', '90')
    browser.type('password', 'another-2')
    save(t, browser)
    check_equal(daemon.get_sip()['outbound'], 'sip:127.0.0.1:5999', 'outbound')
    check_equal(browser.value('outbound'), 'sip:127.0.0.1:5999', 'the field outbound')
    browser.type('outbound', '')
    browser.type('password', 'another-3')
    save(t, browser)
    check('outbound' not in daemon.get_sip(), 'outbound was not emptied')


def test_page_switch_and_register_now(t):
    registrar = t.registrar()
    daemon = panel(t)
    daemon.set_sip(registrar.account())
    daemon.wait_status('OK')
    browser = open_page(t, daemon)
    browser.until('OK before the log-in', lambda: browser.text('state-word') == 'OK')
    log_in(t, browser)

    count = len(registrar.requests)
    browser.click('register')
    registrar.wait_requests(count + 1, t.seconds(10))
    browser.click('enable')
    browser.until('OFFLINE', lambda: browser.text('state-word') == 'OFFLINE', t.seconds(10))
    wait_for(lambda: not registrar.bindings, t.seconds(10), 'the binding is gone')
    check_equal(daemon.api('GET', '/device/sip/enable').json, {'sip_enable': False}, 'enable')
    browser.click('enable')
    browser.until('OK again', lambda: browser.text('state-word') == 'OK', t.seconds(10))
    # Switched elsewhere: the page follows.
    daemon.enable_sip(False)
    browser.until('the switch is off', lambda: not browser.js(
        'return document.getElementById("enable").checked'), t.seconds(10))
    check_console(browser)


def test_page_shows_the_last_messages(t):
    registrar = t.registrar()
    daemon = panel(t)
    browser = open_page(t, daemon)
    check(not browser.is_shown('trace'), 'messages shown without a log-in')
    log_in(t, browser)
    check_equal(requests_of(browser, '/sip/trace'), 0, 'asked before anybody wants them')
    browser.click('trace-title')
    browser.until('that there are none', lambda: browser.text('trace-message') ==
                  'There are none yet.', t.seconds(10))
    daemon.set_sip(registrar.account())
    daemon.wait_status('OK')
    browser.click('trace-refresh')
    browser.until('messages', lambda: 'REGISTER sip:' in browser.text('trace-list'), t.seconds(10))
    items, shown = [], []

    def are_all_shown():  # more may come meanwhile
        browser.click('trace-refresh')
        items[:] = daemon.api('GET', '/sip/trace', base='/api/portero/v1').json['list_items']
        shown[:] = browser.text('trace-list').splitlines()
        return len(shown) == len(items)
    browser.until('all of them', are_all_shown)
    check_equal([line.partition(' ')[2].partition(' ')[0] for line in shown][0],
                items[-1]['text'].split(' ')[0], 'the newest first')
    browser.js('document.querySelector("#trace-list details").open = true')
    text = browser.js('return document.querySelector("#trace-list pre").textContent')
    check_equal(text, items[-1]['text'], 'the text of the newest')
    check(browser.js('return document.querySelector("#trace-list p").textContent').startswith(
        'from ' + items[-1]['peer']), 'the peer')
    shoot(browser, 'page-messages.png')
    browser.resize(*PHONE)
    check_fits(browser, 'the messages on a phone')
    browser.click('logout')
    browser.until('the log-in', lambda: browser.is_shown('login'))
    check_equal(browser.js('return document.getElementById("trace-list").textContent'), '',
                'messages after a log-out')
    check_console(browser)


def test_page_says_when_nothing_is_checked(t):
    authority = t.certificates()
    server = t.kamailio(certificate=authority.server(ca='other'))
    daemon = panel(t)
    browser = open_page(t, daemon)
    log_in(t, browser)
    daemon.set_sip(server.account('udp'))
    browser.until('OK', lambda: browser.text('state-word') == 'OK', t.seconds(10))
    check(not browser.is_shown('tls') and not browser.is_shown('stun'), 'TLS and STUN though off')
    daemon.set_sip(server.account('tls'))
    browser.until('TLS', lambda: browser.is_shown('tls') and
                  browser.text('tls') == 'certificate is checked', t.seconds(10))
    check_equal(daemon.api('PUT', '/sip/tls', {'ca_pem': '', 'verify': False},
                           base='/api/portero/v1').status, 200, 'PUT tls')
    browser.until('the warning', lambda: browser.text('tls') == 'certificate is NOT checked' and
                  browser.text('state-word') == 'OK', t.seconds(10))
    daemon.set_sip(server.account('udp', stun={'ip': '127.0.0.9', 'port': 9}))
    browser.until('STUN', lambda: browser.is_shown('stun') and browser.text('stun') != '',
                  t.seconds(10))
    check_console(browser)


def test_page_tests_the_settings(t):
    registrar = t.registrar()
    daemon = panel(t)
    daemon.set_sip(registrar.account())
    daemon.wait_status('OK')
    browser = open_page(t, daemon)
    check(not browser.is_shown('check'), 'the button without a log-in')
    log_in(t, browser)
    browser.click('check')
    browser.until('all is well', lambda: browser.text('check-message') == 'All is well.',
                  t.seconds(20))
    steps = browser.text('check-steps')
    for word in ('Find the server: ok', 'Register: ok', 'Certificate: not tried'):
        check(word in steps, '%s is not in %s' % (word, steps))
    daemon.set_sip(dict(registrar.account(), password='wrong-password'))
    browser.click('check')
    browser.until('a fault', lambda: browser.text('check-message') == 'Something is wrong:',
                  t.seconds(20))
    check('Register: failed' in browser.text('check-steps'), 'the step: ' +
          browser.text('check-steps'))
    check('password' in browser.text('check-steps'), 'advice: ' + browser.text('check-steps'))
    shoot(browser, 'page-test.png')
    browser.resize(*PHONE)
    check_fits(browser, 'the test on a phone')
    check_console(browser)


def test_page_calls_and_opens(t):
    server = t.kamailio()
    daemon = panel(t)
    phone = t.baresip('102', server.users['102'], server)
    daemon.set_sip(server.account('udp', '101'))
    daemon.wait_status('OK', 10)
    browser = open_page(t, daemon)
    check(not browser.is_shown('door'), 'calls before log-in')
    log_in(t, browser)
    browser.until('no call yet', lambda: browser.text('call-word') == 'No call', t.seconds(10))
    check(not browser.is_shown('hangup') and not browser.is_shown('answer'), 'buttons of a call')

    browser.type('number', '102')
    browser.click('call')
    phone.wait_event('CALL_INCOMING', 10)
    browser.until('ringing', lambda: browser.text('call-word') == 'Ringing at', t.seconds(10))
    phone.accept()
    browser.until('talking', lambda: browser.text('call-word') == 'Talking to', t.seconds(10))
    check_equal(browser.text('call-number'), '102', 'number')
    browser.click_at('[data-lock="1"]')
    browser.until('open', lambda: browser.text('lock-1').startswith('open'), t.seconds(10))
    browser.screenshot(os.path.join(OUTPUT, 'page-call.png'))
    browser.click('hangup')
    phone.wait_event('CALL_CLOSED', 10)
    browser.until('ended', lambda: browser.text('call-word') == 'Last call:', t.seconds(10))

    browser.type('number', 'nobody')
    browser.click('call')
    browser.until('a refusal', lambda: browser.text('door-message') == 'Wrong number format',
                  t.seconds(10))
    phone.dial('sip:101@127.0.0.1:%d' % server.port)
    browser.until('a call from', lambda: browser.is_shown('answer'), t.seconds(10))
    browser.click('answer')
    phone.wait_event('CALL_ESTABLISHED', 10)
    browser.until('talking again', lambda: browser.text('call-word') == 'Talking to', t.seconds(10))
    browser.click('hangup')
    phone.wait_event('CALL_CLOSED', 10)
    browser.resize(*PHONE)
    browser.screenshot(os.path.join(OUTPUT, 'page-call-phone.png'))


def test_page_has_a_face_of_the_panel(t):
    daemon = panel(t)
    browser = open_page(t, daemon)
    check(not browser.is_shown('face'), 'before log-in')
    log_in(t, browser)
    browser.until('the face', lambda: browser.is_shown('face'), t.seconds(10))
    for path, body in (('unlock/input/code', {'input_code_enable': True,
                                              'input_code_number': '47'}),
                       ('unlock/card/master', {'master_card': '00:16:CA:92'})):
        check_equal(daemon.api('POST', '/access/general/' + path, body).status, 200, path)

    def key(name):
        before = requests_of(browser, '/sim/keypad')
        browser.click_at('[data-key="%s"]' % name)
        browser.until('an answer to ' + name, lambda: requests_of(browser, '/sim/keypad') > before)

    def result(text):
        browser.until(text, lambda: browser.text('face-result').startswith(text), t.seconds(10))
    for name, digits in (('code', ''), ('4', '*'), ('7', '**'), ('code', '')):
        key(name)
        browser.until('typed', lambda digits=digits: browser.text('face-digits') == digits,
                      t.seconds(10))
    result('Opened')
    browser.until('open', lambda: browser.text('lock-2').startswith('open'), t.seconds(10))
    browser.type('face-card', '1493651')
    browser.click('face-hold')
    result('Refused')
    browser.type('face-card', '1493650')
    browser.click('face-hold')
    result('Opened')
    browser.type('face-card', 'rubbish')
    browser.click('face-hold')
    browser.until('a refusal', lambda: browser.text('face-message') != '', t.seconds(10))
    browser.click('face-open')
    browser.until('the door', lambda: browser.text('face-door') == 'open', t.seconds(10))
    check_equal(daemon.api('GET', '/access/door/status').json['status'], 'open', 'door')
    browser.click('face-exit')
    browser.until('exit', lambda: 'lock_was_opened_by_exit_btn' in daemon.log(), t.seconds(10))
    check_fits(browser, 'the face')
    browser.screenshot(os.path.join(OUTPUT, 'page-face.png'))
    browser.click('logout')
    browser.until('gone', lambda: not browser.is_shown('face'), t.seconds(10))


def test_page_outlives_a_restart_of_the_panel(t):
    daemon = panel(t, http_address='127.0.0.1:%d' % free_port())
    browser = open_page(t, daemon)
    log_in(t, browser)
    browser.type('realm', 'typed.example.com')
    browser.type('password', 'typed-secret')
    daemon.kill9()
    browser.until('that the panel is away', lambda: browser.is_shown('unreachable'), t.seconds(10))
    check_equal(browser.text('state-word'), '?', 'the state of an unknown panel')
    daemon.start()
    browser.until('the log-in', lambda: browser.is_shown('login'), t.seconds(10))
    check(not browser.is_shown('unreachable'), 'the panel is back')
    before = requests_of(browser, '/device/sip/enable')
    log_in(t, browser)
    browser.until('all that follows a log-in',
                  lambda: requests_of(browser, '/device/sip/enable') > before, t.seconds(10))
    check_equal(browser.value('realm'), 'typed.example.com', 'what was typed')
    check_equal(browser.value('password'), 'typed-secret', 'the password that was typed')

    browser.click('logout')
    browser.until('the log-in', lambda: browser.is_shown('login'))
    check_equal(browser.js('return sessionStorage.length + localStorage.length + '
                           'document.cookie.length'), 0, 'what the browser keeps')
    check_equal(browser.value('password'), '', 'the password after a log-out')


def test_page_token_lives_in_its_tab(t):
    daemon = panel(t)
    browser = open_page(t, daemon)
    log_in(t, browser)
    browser.reload()
    browser.until('the settings after a reload', lambda: browser.is_shown('settings'))
    token = browser.js('return sessionStorage.getItem("portero-token")')
    check_equal(daemon.api('GET', '/device/sip/settings', token=token).status, 200, 'its token')
    browser.click('logout')
    browser.until('the log-in', lambda: browser.is_shown('login'))
    wait_for(lambda: daemon.api('GET', '/device/sip/settings', token=token).status == 401,
             t.seconds(10), 'the token is dead')


def test_page_says_how_long_to_wait(t):
    daemon = panel(t)
    browser = open_page(t, daemon)
    for _ in range(6):
        browser.type('login-password', 'not-it')
        browser.click('login-button')
        browser.until('an answer', lambda: browser.text('login-error'), t.seconds(10))
    refusal, button = browser.text('login-error'), browser.text('login-button')
    check(re.fullmatch(r'Too Many Requests: try again in ([45]\d|60) s', refusal), 'the refusal', refusal)
    check(re.fullmatch(r'Log in \(wait ([45]\d|60) s\)', button), 'no countdown: ' + button)
    check_console(browser, refusals=(400, 429))


def test_page_md5_agrees_with_rfc_1321(t):
    browser = open_page(t, panel(t))
    for text, digest in RFC_1321:
        check_equal(browser.js('const { md5Hex } = await import("/md5.js"); return md5Hex(args[0])',
                               text), digest, 'MD5 of %r' % text)


def test_page_is_small_and_strict(t):
    daemon = panel(t)
    size = 0
    for name in sorted(os.listdir(os.path.join(ROOT, 'web'))):
        if name == 'meson.build':
            continue
        answer = daemon.request('GET', '/' if name == 'index.html' else '/' + name)
        check_equal(answer.status, 200, name)
        with open(os.path.join(ROOT, 'web', name), 'rb') as file:
            check_equal(answer.body, file.read(), name)
        policy = answer.headers.get('Content-Security-Policy', '')
        for part in ("default-src 'none'", "script-src 'self'", "style-src 'self'",
                     "connect-src 'self'"):
            check(part in policy, '%s: no %s in %r' % (name, part, policy))
        check('unsafe' not in policy, policy)
        text = answer.body.decode()
        for banned in ('innerHTML', 'outerHTML', 'document.write', 'eval(', 'localStorage',
                       'style="', 'onclick=', '<style', '<script>'):
            check(banned not in text, '%s in %s' % (banned, name))
        size += len(answer.body)
    check(size < PAGE_MAX_BYTES, 'the page has %d bytes' % size)

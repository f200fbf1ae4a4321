# SPDX-License-Identifier: MIT
"""A headless Chromium driven over the W3C WebDriver protocol, with what the standard library has."""

import base64
import http.client
import json
import os
import shutil
import subprocess
import tempfile
import time

from harness import Failure, free_port, slack_s
from harness.portero import die_with_parent

ELEMENT_KEY = 'element-6066-11e4-a52e-4f735466cecf'
START_MAX_S = 40
CHROMIUM_FLAGS = [
    '--headless=new', '--no-sandbox', '--disable-gpu', '--disable-quic', '--no-first-run',
    '--disable-background-networking', '--disable-component-update', '--disable-sync',
    '--disable-dev-shm-usage', '--no-proxy-server',
    # No name outside this machine is ever looked up.
    '--host-resolver-rules=MAP * ~NOTFOUND , EXCLUDE 127.0.0.1',
]


class Browser:
    """t.own(Browser()): chromedriver, browser and profile are gone when the test ends."""

    def __init__(self):
        self.profile = tempfile.mkdtemp(prefix='portero-chromium-')
        self.port = free_port()
        self.session = None
        self.driver = subprocess.Popen(
            ['/usr/bin/chromedriver', '--port=%d' % self.port], stdin=subprocess.DEVNULL,
            stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL,
            env=dict(os.environ, HOME=self.profile), preexec_fn=die_with_parent)
        try:
            self._start()
        except BaseException:
            self.finish(False)
            raise

    def _start(self):
        until = time.monotonic() + START_MAX_S
        while True:
            try:
                if self._send('GET', '/status')['ready']:
                    break
            except (OSError, http.client.HTTPException):
                if time.monotonic() > until or self.driver.poll() is not None:
                    raise
                time.sleep(0.05)
        self.session = self._send('POST', '/session', {'capabilities': {'alwaysMatch': {
            'browserName': 'chrome',
            'goog:loggingPrefs': {'browser': 'ALL'},
            'goog:chromeOptions': {
                'args': CHROMIUM_FLAGS + ['--user-data-dir=' + self.profile],
            },
        }}})['sessionId']

    def finish(self, passed):
        try:
            if self.session:
                self._send('DELETE', '/session/' + self.session)
        except (OSError, RuntimeError):
            pass
        self.driver.terminate()
        try:
            self.driver.wait(10)
        except subprocess.TimeoutExpired:
            self.driver.kill()
            self.driver.wait()
        shutil.rmtree(self.profile, ignore_errors=True)

    def _send(self, method, path, body=None):
        connection = http.client.HTTPConnection('127.0.0.1', self.port, timeout=100)
        try:
            connection.request(method, path, None if body is None else json.dumps(body),
                               {'Content-Type': 'application/json'})
            answer = connection.getresponse()
            value = json.loads(answer.read())['value']
        finally:
            connection.close()
        if answer.status != 200:
            raise RuntimeError('%s %s: %s' % (method, path, value.get('message', value)))
        return value

    def _order(self, method, path, body=None):
        return self._send(method, '/session/%s%s' % (self.session, path), body)

    def open(self, url):
        self._order('POST', '/url', {'url': url})

    def reload(self):
        self._order('POST', '/refresh', {})

    def js(self, script, *args):
        """Runs as a function body, which may await; gives back what it returns."""
        return self._order('POST', '/execute/sync',
                           {'script': 'return (async (...args) => {%s})(...arguments)' % script,
                            'args': list(args)})

    def element(self, element_id):
        found = self._order('POST', '/element', {
            'using': 'css selector', 'value': '[id="%s"]' % element_id})
        return found[ELEMENT_KEY]

    def click(self, element_id):
        self.click_at('[id="%s"]' % element_id)

    def click_at(self, selector):
        """As soon as a person could: it is shown, enabled, and nothing covers its middle. Looked at and
        clicked in one go: a page that moves in between would have another element clicked."""
        self.until('%s can be clicked' % selector, lambda: self.js('''
            const element = document.querySelector(args[0]);
            element.scrollIntoView({ block: "center" });
            const box = element.getBoundingClientRect();
            const there = document.elementFromPoint(box.left + box.width / 2, box.top + box.height / 2);
            if (!box.width || element.disabled || !element.contains(there))
              return false;
            element.focus();
            element.click();
            return true;''', selector))

    def type(self, element_id, text):
        """Put text into a field in place of what it holds, by keys as a person would."""
        element = self.element(element_id)
        self._order('POST', '/element/%s/clear' % element, {})
        if text:
            self._order('POST', '/element/%s/value' % element, {'text': text})

    def keys(self, element_id, text):
        self._order('POST', '/element/%s/value' % self.element(element_id), {'text': text})

    def choose(self, element_id, value):
        self.js('const box = document.getElementById(args[0]); box.value = args[1];'
                'box.dispatchEvent(new Event("input", { bubbles: true }));', element_id, value)

    def text(self, element_id):
        """What a person sees: empty if the element is hidden."""
        return self._order('GET', '/element/%s/text' % self.element(element_id))

    def value(self, element_id):
        return self._order('GET', '/element/%s/property/value' % self.element(element_id))

    def attribute(self, element_id, name):
        return self._order('GET', '/element/%s/attribute/%s' % (self.element(element_id), name))

    def is_shown(self, element_id):
        return self._order('GET', '/element/%s/displayed' % self.element(element_id))

    def until(self, what, condition, within_s=10):
        """Wait until condition() is true; fail with `what` and what the page shows."""
        end = time.monotonic() + within_s + slack_s()
        while True:
            looked = time.monotonic()
            if condition():
                return
            if looked > end:
                raise Failure('not within %g s: %s; the page shows:\n%s' % (
                    within_s, what, self.js('return document.body.innerText')))
            time.sleep(0.05)

    def resize(self, width, height):
        """The size of the page itself, as a phone of that size would have it."""
        self._order('POST', '/goog/cdp/execute', {
            'cmd': 'Emulation.setDeviceMetricsOverride',
            'params': {'width': width, 'height': height, 'deviceScaleFactor': 1,
                       'mobile': width < 600}})

    def dark(self, on):
        self._order('POST', '/goog/cdp/execute', {
            'cmd': 'Emulation.setEmulatedMedia',
            'params': {'features': [{'name': 'prefers-color-scheme',
                                     'value': 'dark' if on else 'light'}]}})

    def screenshot(self, path):
        """The whole page, not only what fits the window."""
        size = self._order('POST', '/goog/cdp/execute', {
            'cmd': 'Page.getLayoutMetrics', 'params': {}})['cssContentSize']
        shot = self._order('POST', '/goog/cdp/execute', {
            'cmd': 'Page.captureScreenshot', 'params': {
                'captureBeyondViewport': True,
                'clip': {'x': 0, 'y': 0, 'width': size['width'], 'height': size['height'],
                         'scale': 1}}})
        os.makedirs(os.path.dirname(path), exist_ok=True)
        with open(path, 'wb') as image:
            image.write(base64.b64decode(shot['data']))

    def console(self):
        """What the browser complained of since the last call: (level, message)."""
        entries = self._order('POST', '/se/log', {'type': 'browser'})
        return [(entry['level'], entry['message']) for entry in entries]

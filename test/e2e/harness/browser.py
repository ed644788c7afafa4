"""A page in Chromium, driven over the pipe of its DevTools protocol, as on a desktop or a phone."""

import base64
import contextlib
import json
import os
import select
import shutil
import subprocess
import time
import unittest

from . import project

PROGRAM = shutil.which('chromium')
DESKTOP, PHONE = (1280, 900), (360, 740)


class Browser:
    """Started when made; `stop()` ends it. Without Chromium the test that makes one is skipped."""

    def __init__(self):
        if PROGRAM is None:
            raise unittest.SkipTest('no chromium')
        self._numbers = 0
        self._rest = b''
        self.events = []
        read_commands, self._commands = os.pipe()
        self._answers, write_answers = os.pipe()
        folder = project.temporary_folder('chromium')

        def descriptors():
            commands, answers = os.dup(read_commands), os.dup(write_answers)
            os.dup2(commands, 3)
            os.dup2(answers, 4)
        self._process = subprocess.Popen(
            [PROGRAM, '--headless=new', '--no-sandbox', '--disable-gpu', '--no-first-run',
             '--disable-dev-shm-usage', '--disable-background-networking', '--disable-sync',
             '--disable-component-update', f'--user-data-dir={folder}', '--remote-debugging-pipe',
             'about:blank'], preexec_fn=descriptors, close_fds=False, stdin=subprocess.DEVNULL,
            stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL, env={**os.environ, 'HOME': str(folder)})
        os.close(read_commands)
        os.close(write_answers)

    def stop(self):
        with contextlib.suppress(OSError):
            os.close(self._commands)
        self._process.kill()
        self._process.wait()
        os.close(self._answers)

    def open(self, path, size=DESKTOP, scheme='light'):
        """Shows a file; what it asked for and complained of is in `events` from here on."""
        target = self.call('Target.createTarget', url='about:blank')['targetId']
        self.session = None
        self.session = self.call('Target.attachToTarget', targetId=target, flatten=True)['sessionId']
        for domain in ('Page', 'Network', 'Runtime', 'Log'):
            self.call(f'{domain}.enable')
        self.call('Emulation.setDeviceMetricsOverride', width=size[0], height=size[1],
                  deviceScaleFactor=1, mobile=size == PHONE)
        self.call('Emulation.setEmulatedMedia',
                  features=[{'name': 'prefers-color-scheme', 'value': scheme}])
        self.events.clear()
        self.call('Page.navigate', url=f'file://{path}')
        self._until(lambda message: message.get('method') == 'Page.loadEventFired')

    session = None

    def run(self, script):
        """What a JavaScript expression comes to."""
        result = self.call('Runtime.evaluate', expression=script, returnByValue=True)
        if 'exceptionDetails' in result:
            raise AssertionError(result['exceptionDetails'])
        return result['result'].get('value')

    def press(self, key, code):
        for kind in ('keyDown', 'keyUp'):
            self.call('Input.dispatchKeyEvent', type=kind, key=key, code=key,
                      windowsVirtualKeyCode=code, **({'text': '\r'} if key == 'Enter' else {}))

    def screenshot(self):
        """The whole page, as PNG."""
        data = self.call('Page.captureScreenshot', captureBeyondViewport=True)['data']
        return base64.b64decode(data)

    def requests(self):
        """What the page asked for, itself aside."""
        return [event['params']['request']['url'] for event in self.events
                if event.get('method') == 'Network.requestWillBeSent'][1:]

    def complaints(self):
        return [event for event in self.events
                if event.get('method') in ('Runtime.exceptionThrown', 'Log.entryAdded',
                                           'Runtime.consoleAPICalled')]

    def call(self, method, **parameters):
        self._numbers += 1
        number = self._numbers
        message = {'id': number, 'method': method, 'params': parameters}
        if self.session and not method.startswith('Target.'):
            message['sessionId'] = self.session
        os.write(self._commands, json.dumps(message).encode() + b'\0')
        answer = self._until(lambda message: message.get('id') == number)
        if 'error' in answer:
            raise AssertionError(f'{method}: {answer["error"]}')
        return answer['result']

    def _until(self, fits, seconds=60):
        deadline = time.monotonic() + seconds
        while True:
            head, found, rest = self._rest.partition(b'\0')
            if not found:
                left = deadline - time.monotonic()
                if left <= 0 or not select.select([self._answers], [], [], left)[0]:
                    raise AssertionError('Chromium does not answer')
                piece = os.read(self._answers, 1 << 20)
                if not piece:
                    raise AssertionError('Chromium has ended')
                self._rest += piece
                continue
            self._rest = rest
            message = json.loads(head)
            self.events.append(message)
            if fits(message):
                return message

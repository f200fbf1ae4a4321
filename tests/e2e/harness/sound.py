# SPDX-License-Identifier: MIT
"""What is in a WAV file: tones by frequency and level, and where there are gaps."""

import array
import math
import os
import wave

from . import Failure, check, wait_for

FRAME_MS = 20


class Sound:
    """16 bit samples of one channel."""

    def __init__(self, path):
        check(os.path.exists(path), 'no sound file: %s' % path)
        try:
            with wave.open(path) as f:
                self.rate, channels = f.getframerate(), f.getnchannels()
                data = f.readframes(f.getnframes())
        except (wave.Error, EOFError):  # being written: its header says 0 bytes
            with open(path, 'rb') as f:
                data = f.read()
            check(len(data) > 44, 'no sound in %s' % path)
            self.rate, channels = int.from_bytes(data[24:28], 'little'), data[22]
            data = data[44:len(data) - (len(data) - 44) % (2 * channels)]
        samples = array.array('h', data)
        self.samples = samples[::channels]

    @property
    def duration_s(self):
        return len(self.samples) / self.rate

    def frames(self):
        n = self.rate * FRAME_MS // 1000
        return [self.samples[i:i + n] for i in range(0, len(self.samples) - n + 1, n)]

    @staticmethod
    def power(samples):
        return sum(s * s for s in samples) / max(1, len(samples))

    def tone_power(self, samples, hz):
        """Mean power of the part of samples at hz (Goertzel)."""
        w = 2 * math.pi * hz / self.rate
        real = sum(s * math.cos(w * i) for i, s in enumerate(samples))
        imaginary = sum(s * math.sin(w * i) for i, s in enumerate(samples))
        return 2 * (real * real + imaginary * imaginary) / len(samples) ** 2

    def has_tone(self, samples, hz):
        """Is it this tone and nearly nothing else?"""
        power = self.power(samples)
        return power > 100 and self.tone_power(samples, hz) > 0.8 * power

    def level_dbov(self, samples):
        """0 is a square wave of full scale (RFC 6464 section 3)."""
        power = self.power(samples)
        return 10 * math.log10(power / 32768 ** 2) if power else -127.0

    def tone_report(self, hz, n, max_gaps):
        """Where n frames in a row have the tone but for max_gaps of them: its level, else None. And a
        line of what there is: # a frame with the tone, . one without."""
        frames = self.frames()
        marks = [self.has_tone(f, hz) for f in frames]
        line = ''.join('#' if mark else '.' for mark in marks)
        for i in range(len(frames) - n + 1):
            good = [f for f, mark in zip(frames[i:i + n], marks[i:i + n]) if mark]
            if n - len(good) <= max_gaps:
                return 10 * math.log10(sum(map(self.power, good)) / len(good) / 32768 ** 2), line
        return None, line


def wait_tone(path, hz, for_s, within_s=15, max_gaps=2, level_dbov=None):
    """Until the file that is being written (path() tells which) has the tone for so long without a break,
    but for so few 20 ms gaps. A machine that is busy breaks it now and then; what always breaks does
    not last for_s."""
    seen = []

    def has_it():
        try:
            sound = Sound(path())
        except Failure as failure:   # not yet
            seen[:] = None, failure
            return False
        level, line = sound.tone_report(hz, round(for_s * 1000 / FRAME_MS), max_gaps)
        seen[:] = level, line
        return level is not None and (level_dbov is None or abs(level - level_dbov) <= 1.5)
    wait_for(has_it, within_s, lambda: '%.1f s of %d Hz with at most %d gaps of 20 ms, at %s dBov: %s '
             'dBov, %s' % (for_s, hz, max_gaps, level_dbov, *seen), 0.2)

# SPDX-License-Identifier: MIT
"""What is in a WAV file: tones by frequency and level, and where there are gaps."""

import array
import math
import os
import wave

from . import Failure, check

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

    def tone_report(self, hz):
        """(frames with the tone, frames without it between the first and the last with it, level)."""
        marks = [self.has_tone(f, hz) for f in self.frames()]
        if True not in marks:
            return 0, 0, -127.0
        first, last = marks.index(True), len(marks) - 1 - marks[::-1].index(True)
        inside = self.frames()[first:last + 1]
        good = [f for f in inside if self.has_tone(f, hz)]
        level = 10 * math.log10(sum(self.power(f) for f in good) / len(good) / 32768 ** 2)
        return len(good), len(inside) - len(good), level


def check_tone(path, hz, at_least_s, max_gaps=2, level_dbov=None):
    """The tone is in the file for so long, with so few 20 ms gaps in it. Returns its level."""
    good, gaps, level = Sound(path).tone_report(hz)
    if good * FRAME_MS < at_least_s * 1000 or gaps > max_gaps:
        raise Failure('%s: %d frames of %d Hz, %d without it between; %d ms wanted with at most %d gaps'
                      % (path, good, hz, gaps, at_least_s * 1000, max_gaps))
    if level_dbov is not None and abs(level - level_dbov) > 1.5:
        raise Failure('%s: %d Hz at %.1f dBov, not %.1f' % (path, hz, level, level_dbov))
    return level

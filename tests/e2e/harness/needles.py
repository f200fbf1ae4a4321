# SPDX-License-Identifier: MIT
"""What to look for where no secret may be."""

import base64
import hashlib
import json
import urllib.parse

from . import check


def spellings(secret):
    """The bytes by which a secret would show, whole, in usual codings."""
    raw = secret.encode()
    found = {raw, raw[::-1], raw.hex().encode(), raw.hex().upper().encode(),
             raw.decode().encode('utf-16-le'), json.dumps(secret)[1:-1].encode(),
             urllib.parse.quote(secret).encode(), urllib.parse.quote(secret, safe='').encode(),
             secret.replace('"', '\\"').encode()}
    for shift in range(3):   # base64 of a longer text, wherever the secret begins in it
        text = base64.b64encode(b'\0' * shift + raw)
        found |= {text[4 if shift else 0:len(text) - 4]}
    return {s for s in found if len(s) >= 6}


def digests(secret):
    """What is as good as the secret for those who log in."""
    text = hashlib.md5(secret.encode()).hexdigest()
    return {text.encode(), text.upper().encode(), bytes.fromhex(text)}


def search(where, data, needles):
    for name, spelled in needles.items():
        for needle in spelled:
            check(needle not in data, '%s is in %s as %r' % (name, where, needle))

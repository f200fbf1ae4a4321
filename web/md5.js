// SPDX-License-Identifier: MIT
// md5.js - MD5 (RFC 1321). The API wants the login password as MD5 and browsers have none.

const SHIFTS = [[7, 12, 17, 22], [5, 9, 14, 20], [4, 11, 16, 23], [6, 10, 15, 21]];
const SINES = Array.from({ length: 64 }, (_, i) => Math.floor(Math.abs(Math.sin(i + 1)) * 2 ** 32));

function pad(bytes) {
  const padded = new Uint8Array(((bytes.length + 8 >> 6) + 1) * 64);
  const view = new DataView(padded.buffer);

  padded.set(bytes);
  padded[bytes.length] = 0x80;
  view.setUint32(padded.length - 8, bytes.length << 3, true);
  view.setUint32(padded.length - 4, bytes.length >>> 29, true);
  return view;
}

// What round i mixes, and which of the block's 16 words it takes.
function mix(i, b, c, d) {
  if (i < 16)
    return [b & c | ~b & d, i];
  if (i < 32)
    return [b & d | c & ~d, (5 * i + 1) % 16];
  if (i < 48)
    return [b ^ c ^ d, (3 * i + 5) % 16];
  return [c ^ (b | ~d), 7 * i % 16];
}

function addBlock(sum, view, offset) {
  let [a, b, c, d] = sum;

  for (let i = 0; i < 64; i++) {
    const [mixed, word] = mix(i, b, c, d);
    const x = a + mixed + SINES[i] + view.getUint32(offset + 4 * word, true) | 0;
    const shift = SHIFTS[i >> 4][i % 4];
    [a, b, c, d] = [d, b + (x << shift | x >>> 32 - shift) | 0, b, c];
  }
  sum[0] += a;
  sum[1] += b;
  sum[2] += c;
  sum[3] += d;
}

// 32 lower-case hex digits of the text as UTF-8.
export function md5Hex(text) {
  const view = pad(new TextEncoder().encode(text));
  const sum = Int32Array.of(0x67452301, 0xefcdab89, 0x98badcfe, 0x10325476);

  for (let offset = 0; offset < view.byteLength; offset += 64)
    addBlock(sum, view, offset);
  return Array.from(new Uint8Array(sum.buffer), (byte) => byte.toString(16).padStart(2, "0")).join("");
}

// SPDX-License-Identifier: MIT
// state.js - the live SIP state: asks once a second while the page is seen.
import { call, forgetToken, isLoggedIn } from "./client.js";

const PERIOD_MS = 1000;
const WORDS = {
  OK: "registered",
  OFFLINE: "SIP is switched off",
  ERROR: "not registered",
};
const TLS_WORDS = { true: "certificate is checked", false: "certificate is NOT checked" };

let timer = 0;
let is_asking = false;
let on_change = () => {};

// Only what differs is written: a screen reader then hears changes, not every second.
function write(id, text) {
  const element = document.getElementById(id);

  if (element.textContent !== text)
    element.textContent = text;
}

function row(id, text) {
  write(id, text);
  document.getElementById(id).parentElement.hidden = text === "";
}

function clock(time_s) {
  return new Date(time_s * 1000).toLocaleTimeString();
}

function span(seconds) {
  if (seconds < 120)
    return `${Math.max(0, seconds)} s`;
  return seconds < 7200 ? `${Math.floor(seconds / 60)} min` : `${Math.floor(seconds / 3600)} h`;
}

function showWord(word, text) {
  const element = document.getElementById("state-word");
  const has_changed = element.dataset.state !== word;

  element.dataset.state = word;
  write("state-word", word || "?");
  write("state-text", text);
  return has_changed;
}

function show(status, now_s) {
  const word = status.sip_status ?? "";
  const detail = status.detail;
  const has_changed = showWord(word, WORDS[word] ?? "");
  const last_s = status.register_last_attempt;

  write("state-reason", detail?.reason ?? "");
  document.getElementById("state-reason").hidden = !detail?.reason;
  document.getElementById("state-times").hidden = !detail;
  if (detail) {
    row("last-attempt", last_s ? `${clock(last_s)}, ${span(now_s - last_s)} ago` : "none yet");
    row("next-attempt", detail.next_attempt_at ? `in ${span(detail.next_attempt_at - now_s)}` : "");
    row("expires", detail.expires_at ?
      `${clock(detail.expires_at)}, in ${span(detail.expires_at - now_s)}` : "");
    row("public-address", detail.public_address ?? "");
    row("stun", detail.stun === "off" ? "" : detail.stun);
    row("tls", TLS_WORDS[detail.tls_verified] ?? "");
  }
  if (has_changed)
    on_change();
}

async function ask() {
  try {
    const had_token = isLoggedIn();
    const answer = await call("GET", "/api/v1/sip/status");
    show(answer.data, answer.now_s);
    // This path is open: a dead token is not refused, it only gets the short answer.
    if (had_token && isLoggedIn() && answer.status === 200 && !answer.data.detail)
      forgetToken();
  } catch {
    unknown();
  }
}

// Nobody answers: what was shown may no longer be so.
export function unknown() {
  showWord("", "not known");
  document.getElementById("state-reason").hidden = true;
  document.getElementById("state-times").hidden = true;
}

// Ask now, and again each second from then on.
export async function refresh() {
  clearTimeout(timer);
  if (is_asking || document.hidden)
    return;
  is_asking = true;
  await ask();
  is_asking = false;
  timer = setTimeout(refresh, PERIOD_MS);
}

// on_word_change() when the state is another than before.
export function start(on_word_change) {
  on_change = on_word_change;
  document.addEventListener("visibilitychange", refresh);
  refresh();
}

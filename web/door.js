// SPDX-License-Identifier: MIT
// door.js - the call that runs, and the locks: looked at once a second, changed by buttons.
import { call, isLoggedIn, refusal } from "./client.js";

const PERIOD_MS = 1000;
const CALL_PATH = "/api/v1/system/call/status";
const START_PATH = "/api/v1/system/debug/call/start";
const END_PATH = "/api/v1/system/debug/call/end";
const ANSWER_PATH = "/api/portero/v1/calls/answer";
const LOCKS_PATH = "/api/portero/v1/locks";
const OPEN_PATH = "/api/v1/access/general/lock/open/remote/accepted/";
const WORDS = {
  idle: "No call", dialling: "Calling", ringing: "Ringing at", incoming: "A call from",
  talking: "Talking to", ended: "Last call:",
};
const AWAY = "The panel does not answer";

let timer = 0;

function byId(id) {
  return document.getElementById(id);
}

// Only what differs is written, so that a screen reader hears changes only.
function write(id, text) {
  if (byId(id).textContent !== text)
    byId(id).textContent = text;
}

function isRunning(state) {
  return ["dialling", "ringing", "incoming", "talking"].includes(state);
}

function span(from_ms, to_ms) {
  const seconds = Math.max(0, Math.round((to_ms - from_ms) / 1000));

  return `${Math.floor(seconds / 60)}:${String(seconds % 60).padStart(2, "0")}`;
}

function about(talk, now_ms) {
  if (talk.state === "ended")
    return talk.reason || talk.end;
  if (talk.state === "talking")
    return `${talk.is_held ? "on hold, " : ""}${span(talk.answered_at_ms, now_ms)}`;
  return "";
}

function targetLine(target) {
  const line = document.createElement("li");
  const outcome = target.end ? target.reason || target.end :
    target.answered_at_ms ? "answered" : target.ringing_at_ms ? "ringing" : "calling";

  line.textContent = `${target.target}: ${outcome}`;
  return line;
}

function showCall(talk, now_ms) {
  const is_running = isRunning(talk.state);

  byId("call-word").dataset.state = is_running ? "OK" : "";
  write("call-word", WORDS[talk.state] ?? talk.state);
  write("call-number", talk.number ?? "");
  write("call-about", about(talk, now_ms));
  byId("hangup").hidden = !is_running;
  byId("answer").hidden = talk.state !== "incoming";
  byId("call").disabled = is_running;
  byId("call-targets").replaceChildren(...(talk.targets ?? []).map(targetLine));
}

function lockWord(lock) {
  if (lock.problem)
    return lock.problem;
  return lock.open ? `open, ${lock.left_s} s` : "closed";
}

function showLocks(locks) {
  for (const lock of locks) {
    const word = byId(`lock-${lock.lock_number}`);

    word.parentElement.hidden = !lock.installed;
    write(word.id, lockWord(lock));
    word.className = lock.problem ? "error" : lock.open ? "good" : "quiet";
  }
}

async function look() {
  const answer = await call("GET", CALL_PATH);
  const locks = await call("GET", LOCKS_PATH);

  if (answer.status === 200)
    showCall(answer.data, answer.now_s * 1000);
  if (locks.status === 200)
    showLocks(locks.data.locks ?? []);
}

// Look now, and again each second while somebody is logged in and sees the page.
export async function refresh() {
  clearTimeout(timer);
  timer = setTimeout(refresh, PERIOD_MS);
  if (document.hidden || !isLoggedIn())
    return;
  await look().catch(() => {});
}

async function order(method, path, body) {
  write("door-message", "");
  try {
    const answer = await call(method, path, body);
    write("door-message", answer.status === 200 ? "" : refusal(answer));
  } catch {
    write("door-message", AWAY);
  }
  refresh();
}

function onCall(event) {
  event.preventDefault();
  order("POST", START_PATH, { number: byId("number").value.trim() });
}

export function clear() {
  write("door-message", "");
  byId("number").value = "";
  byId("call-targets").replaceChildren();
}

export function start() {
  byId("call-form").addEventListener("submit", onCall);
  byId("hangup").addEventListener("click", () => order("POST", END_PATH));
  byId("answer").addEventListener("click", () => order("POST", ANSWER_PATH));
  for (const button of document.querySelectorAll("[data-lock]"))
    button.addEventListener("click", () => order("GET", OPEN_PATH + button.dataset.lock));
  document.addEventListener("visibilitychange", refresh);
  refresh();
}

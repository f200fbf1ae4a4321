// SPDX-License-Identifier: MIT
// face.js - the front of a simulated panel: its keys, what is held before it, its button and the contact
// of its door. Not shown for a real one.
import { call, isLoggedIn, refusal } from "./client.js";
import * as door from "./door.js";

const PERIOD_MS = 1000;
const SIM = "/api/portero/v1/sim";
const UUID = /^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/i;
const WORDS = {
  nothing: "", granted: "Opened", denied: "Refused", asking: "Asking the access server …",
  same: "Already being asked", paused: "Too many wrong codes",
};

let timer = 0;

function byId(id) {
  return document.getElementById(id);
}

// Only what differs is written, so that a screen reader hears changes only.
function write(id, text) {
  if (byId(id).textContent !== text)
    byId(id).textContent = text;
}

function show(state) {
  const wait = state.code_wait_s ? ` No code is taken for ${state.code_wait_s} s.` : "";

  byId("face").hidden = false;
  byId("face-open").checked = state.is_open;
  byId("face-free").hidden = !state.is_free.some((is_free) => is_free);
  write("face-result", (state.asking ? WORDS.asking : WORDS[state.last_result] ?? "") + wait);
  write("face-door", state.is_too_long ? "open for too long" : state.is_open ? "open" : "closed");
}

// Look now, and again each second while somebody is logged in and the panel is a simulated one.
export async function refresh() {
  clearTimeout(timer);
  if (!isLoggedIn())
    return;
  const answer = document.hidden ? {} : await call("GET", SIM).catch(() => ({}));

  if (answer.status === 404)
    return;
  if (answer.status === 200)
    show(answer.data);
  clearTimeout(timer);
  timer = setTimeout(refresh, PERIOD_MS);
}

async function order(path, body) {
  write("face-message", "");
  try {
    const answer = await call("POST", SIM + path, body);

    write("face-message", answer.status === 200 ? "" : refusal(answer));
    if (answer.status === 200 && "digits" in answer.data)
      write("face-digits", answer.data.digits);
  } catch {
    write("face-message", "The panel does not answer");
  }
  refresh();
  door.refresh();
}

function onCard(event) {
  event.preventDefault();
  const number = byId("face-card").value.trim();

  order(UUID.test(number) ? "/qr" : "/card", { number });
}

export function clear() {
  clearTimeout(timer);
  byId("face").hidden = true;
  for (const id of ["face-message", "face-digits", "face-result"])
    write(id, "");
  byId("face-card").value = "";
}

export function start() {
  for (const key of document.querySelectorAll("[data-key]"))
    key.addEventListener("click", () => order("/keypad", { keys: [key.dataset.key] }));
  byId("face-form").addEventListener("submit", onCard);
  byId("face-exit").addEventListener("click", () => order("/button", { button: "exit" }));
  byId("face-free").addEventListener("click", () => order("/button", { button: "free" }));
  byId("face-open").addEventListener("change",
    () => order("/sensor", { open: byId("face-open").checked }));
  document.addEventListener("visibilitychange", refresh);
}

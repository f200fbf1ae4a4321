// SPDX-License-Identifier: MIT
// settings.js - the SIP settings as a form. The panel alone knows the rules: what it refuses
// is shown in its words beside the field it names.
import { call, refusal } from "./client.js";

const PATH = "/api/v1/device/sip/settings";
const KEEP_PASSWORD = "WebPass";
const NAMES = ["proxy", "realm", "user", "password", "transport", "user_id", "stun.ip", "stun.port",
  "registration_interval", "outbound"];

const form = document.getElementById("settings-form");
const message = document.getElementById("settings-message");
const save = document.getElementById("save");
let shown = ""; // what the panel gave, as the form would send it back
let had_outbound = false;

function field(name) {
  return document.getElementById(name);
}

// Digits as a number; anything else as it was typed, so that the panel can say what is wrong.
function number(text) {
  return /^-?\d+$/.test(text) ? Number(text) : text;
}

function read() {
  const body = {
    proxy: field("proxy").value,
    realm: field("realm").value,
    user: field("user").value,
    password: field("password").value || KEEP_PASSWORD,
    transport: field("transport").value,
    user_id: field("user_id").value,
    stun: { ip: field("stun.ip").value, port: number(field("stun.port").value) },
    registration_interval: number(field("registration_interval").value),
  };

  if (had_outbound || field("outbound").value)
    body.outbound = field("outbound").value;
  return body;
}

function fill(settings) {
  for (const name of NAMES) {
    const [member, inner] = name.split(".");
    const value = inner ? settings[member]?.[inner] : settings[member];
    field(name).value = name === "password" ? "" : value ?? "";
  }
  had_outbound = Boolean(settings.outbound);
  field("more").open = had_outbound;
  shown = JSON.stringify(read());
}

function showMistake(name, reason) {
  for (const each of NAMES) {
    field(each).setAttribute("aria-invalid", each === name);
    field(`${each}-error`).textContent = each === name ? reason : "";
  }
  if (name === "outbound")
    field("more").open = true;
  field(name)?.focus();
}

function showRefusal(answer) {
  const name = answer.data.field === "stun" ? "stun.ip" : answer.data.field;

  if (NAMES.includes(name)) {
    showMistake(name, refusal(answer));
    message.textContent = "Not saved: see the marked field.";
  } else if (answer.status === 401) {
    message.textContent = "Not saved: log in and save again.";
  } else {
    message.textContent = `Not saved: ${refusal(answer)}`;
  }
}

export function isEdited() {
  return shown !== "" && JSON.stringify(read()) !== shown;
}

export function clear() {
  form.reset();
  showMistake("", "");
  message.textContent = "";
  shown = "";
}

export async function load() {
  const answer = await call("GET", PATH);

  if (answer.status !== 200) {
    message.textContent = refusal(answer);
    return;
  }
  fill(answer.data);
  showMistake("", "");
  message.textContent = "";
}

async function submit(on_saved) {
  save.disabled = true;
  showMistake("", "");
  message.textContent = "Saving …";
  try {
    const answer = await call("POST", PATH, read());
    if (answer.status === 200) {
      await load();
      message.textContent = "Saved.";
      on_saved();
    } else {
      showRefusal(answer);
    }
  } catch {
    message.textContent = "The panel does not answer: it is not known whether this was saved.";
  } finally {
    save.disabled = false;
  }
}

function addErrorLine(name) {
  const line = document.createElement("p");

  line.id = `${name}-error`;
  line.className = "error";
  field(name).parentElement.append(line);
  field(name).setAttribute("aria-describedby", `${name}-hint ${line.id}`);
}

// on_saved() after each change the panel took.
export function start(on_saved) {
  NAMES.forEach(addErrorLine);
  form.addEventListener("submit", (event) => {
    event.preventDefault();
    submit(on_saved);
  });
  form.addEventListener("input", (event) => {
    event.target.setAttribute("aria-invalid", "false");
    field(`${event.target.id}-error`).textContent = "";
    message.textContent = "";
  });
  field("reload").addEventListener("click", () => load().catch(() => {}));
}

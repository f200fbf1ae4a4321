// SPDX-License-Identifier: MIT
// app.js - what is on the page when: log in, then the state's details, the switch and the form.
import * as client from "./client.js";
import * as door from "./door.js";
import * as face from "./face.js";
import * as settings from "./settings.js";
import * as state from "./state.js";
import * as tools from "./tools.js";

const ENABLE_PATH = "/api/v1/device/sip/enable";

function byId(id) {
  return document.getElementById(id);
}

function showParts() {
  const is_in = client.isLoggedIn();

  byId("login").hidden = is_in;
  for (const id of ["logout", "controls", "door", "settings", "tools"])
    byId(id).hidden = !is_in;
}

async function loadEnable() {
  const answer = await client.call("GET", ENABLE_PATH);

  if (answer.status === 200)
    byId("enable").checked = answer.data.sip_enable === true;
}

// What was typed before the panel forgot us is still in the form: it is not overwritten.
async function enter() {
  showParts();
  state.refresh();
  door.refresh();
  face.refresh();
  try {
    if (!settings.isEdited())
      await settings.load();
    await loadEnable();
  } catch {
    // The banner says that the panel does not answer; reachable() comes back here.
  }
}

function onReachable(is_reachable) {
  const was_away = !byId("unreachable").hidden;

  byId("unreachable").hidden = is_reachable;
  byId("unreachable").textContent = is_reachable ? "" : "The panel does not answer. Trying again …";
  if (!is_reachable)
    state.unknown();
  if (is_reachable && was_away && client.isLoggedIn())
    enter();
}

function onLoggedOut() {
  showParts();
  door.clear();
  face.clear();
  tools.clear();
  byId("control-message").textContent = "";
  byId("login-password").focus();
}

function countDown(seconds) {
  const button = byId("login-button");

  button.disabled = seconds > 0;
  button.textContent = seconds > 0 ? `Log in (wait ${seconds} s)` : "Log in";
  if (seconds > 0)
    setTimeout(countDown, 1000, seconds - 1);
}

async function onLogin(event) {
  event.preventDefault();
  const password = byId("login-password");
  const button = byId("login-button");
  let wait_s = 0;

  button.disabled = true;
  byId("login-error").textContent = "";
  try {
    const answer = await client.login(password.value);
    if (answer.status === 200) {
      password.value = "";
      await enter();
      byId("settings-title").scrollIntoView({ block: "nearest" });
    } else {
      byId("login-error").textContent = client.refusal(answer);
      wait_s = answer.status === 429 ? answer.data.seconds ?? 0 : 0;
      password.select();
    }
  } catch {
    byId("login-error").textContent = "The panel does not answer";
  }
  countDown(wait_s);
}

async function onLogout() {
  settings.clear();
  await client.logout().catch(() => {});
  byId("login-error").textContent = "";
}

async function order(path, body) {
  const message = byId("control-message");

  message.textContent = "";
  try {
    const answer = await client.call("POST", path, body);
    message.textContent = answer.status === 200 ? "" : client.refusal(answer);
  } catch {
    message.textContent = "The panel does not answer";
  }
  state.refresh();
}

async function onEnable() {
  await order(ENABLE_PATH, { sip_enable: byId("enable").checked });
  await loadEnable().catch(() => {});
}

async function showDevice() {
  const { status, data } = await client.call("GET", "/api/info");

  if (status !== 200)
    return;
  if (data.device_name)
    byId("device-name").textContent = document.title = data.device_name;
  byId("device-about").textContent = [data.device_model, data.firmware_version].filter(Boolean).join(" · ");
}

function onStateChange() {
  if (client.isLoggedIn())
    loadEnable().catch(() => {});
}

client.listen({ reachable: onReachable, loggedOut: onLoggedOut });
byId("login-form").addEventListener("submit", onLogin);
byId("logout").addEventListener("click", onLogout);
byId("enable").addEventListener("change", onEnable);
byId("register").addEventListener("click", () => order("/api/portero/v1/sip/register"));
settings.start(() => {
  state.refresh();
  loadEnable().catch(() => {});
});
door.start();
face.start();
tools.start();
showParts();
state.start(onStateChange);
showDevice().catch(() => {});
if (client.isLoggedIn())
  enter();

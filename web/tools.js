// SPDX-License-Identifier: MIT
// tools.js - what helps to find a fault: a test step by step, and the last SIP messages. Both are
// asked for when somebody wants them.
import { call, refusal } from "./client.js";

const ACCOUNTS_PATH = "/api/portero/v1/sip/accounts";
const TRACE_PATH = "/api/portero/v1/sip/trace";
const CHECK_MAX_MS = 90000; // the panel itself gives up after a minute
const STEPS = {
  resolve: "Find the server", connect: "Connect", certificate: "Certificate",
  register: "Register", stun: "STUN server",
};
const AWAY = "The panel does not answer";

function byId(id) {
  return document.getElementById(id);
}

function element(tag, text, className = "") {
  const made = document.createElement(tag);

  made.textContent = text;
  made.className = className;
  return made;
}

function stepLine({ step, ok, seen, advice }, prefix) {
  const [word, className] = ok === null ? ["not tried", "quiet"] : ok ? ["ok", "good"] : ["failed", "error"];
  const line = element("li", "");

  line.append(element("strong", `${prefix}${STEPS[step] ?? step}: `), element("span", word, className));
  if (seen)
    line.append(element("p", seen));
  if (advice)
    line.append(element("p", advice, "advice"));
  return line;
}

function verdict(answer) {
  if (answer.status === 404)
    return "This panel cannot test its settings.";
  if (answer.status !== 200)
    return refusal(answer);
  return answer.data.ok ? "All is well." : "Something is wrong:";
}

async function isSet(account) {
  const answer = await call("GET", `${ACCOUNTS_PATH}/${account}/status`);

  return answer.status === 200 && answer.data.detail.set;
}

// Those that are set; if none is, the first one, which is told then.
async function accountsToCheck() {
  const has_second = await isSet(2);

  return !has_second ? [1] : await isSet(1) ? [1, 2] : [2];
}

// One after the other, up to the first fault.
async function checkAccounts(accounts) {
  for (const account of accounts) {
    const answer = await call("POST", `${ACCOUNTS_PATH}/${account}/check`, undefined, CHECK_MAX_MS);
    const prefix = account > 1 ? "Second account, " : "";

    byId("check-message").textContent = verdict(answer);
    byId("check-steps").append(...(answer.data.steps ?? []).map((step) => stepLine(step, prefix)));
    if (answer.status !== 200 || !answer.data.ok)
      return;
  }
}

async function check() {
  byId("check").disabled = true;
  byId("check-steps").replaceChildren();
  byId("check-message").textContent = "Testing … this may take a minute.";
  try {
    await checkAccounts(await accountsToCheck());
  } catch {
    byId("check-message").textContent = AWAY;
  }
  byId("check").disabled = false;
}

function messageLine(message, has_accounts) {
  const line = element("details", "");
  const time = new Date(message.timestamp).toLocaleTimeString([], { fractionalSecondDigits: 3 });
  const way = message.direction === "sent" ? "to" : "from";
  const account = has_accounts ? `account ${message.account}, ` : "";

  line.append(
    element("summary", `${time} ${message.text.split("\r\n", 1)[0] || "(keep-alive)"}`),
    element("p", `${account}${way} ${message.peer}, ${message.transport}`, "quiet"),
    element("pre", message.text));
  return line;
}

async function showTrace() {
  try {
    const answer = await call("GET", TRACE_PATH);
    const list = answer.status === 200 ? answer.data.list_items : [];
    const has_accounts = list.some((message) => message.account > 1);
    byId("trace-list").replaceChildren(
      ...list.map((message) => messageLine(message, has_accounts)).reverse());
    byId("trace-message").textContent = answer.status !== 200 ? refusal(answer) :
      list.length ? "The newest first:" : "There are none yet.";
  } catch {
    byId("trace-message").textContent = AWAY;
  }
}

// Nothing of what was shown stays behind.
export function clear() {
  for (const id of ["check-steps", "trace-list"])
    byId(id).replaceChildren();
  for (const id of ["check-message", "trace-message"])
    byId(id).textContent = "";
  byId("trace").open = false;
}

export function start() {
  byId("check").addEventListener("click", check);
  byId("trace-refresh").addEventListener("click", showTrace);
  byId("trace").addEventListener("toggle", () => byId("trace").open && showTrace());
}

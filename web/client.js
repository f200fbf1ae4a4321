// SPDX-License-Identifier: MIT
// client.js - requests to the panel, and the token, which lives in this tab only.
import { md5Hex } from "./md5.js";

const ANSWER_MAX_MS = 10000; // most answers; some take longer
const TOKEN_KEY = "portero-token";

let token = sessionStorage.getItem(TOKEN_KEY) ?? "";
let listener = { reachable() {}, loggedOut() {} };
let session = new AbortController(); // what is under way when somebody logs out is of no interest

// No answer at all: nothing is known about what the panel did.
export class Unreachable extends Error {}

// reachable(bool) after each request; loggedOut() when the panel no longer knows the token.
export function listen(newListener) {
  listener = newListener;
}

export function isLoggedIn() {
  return token !== "";
}

export function forgetToken() {
  token = "";
  sessionStorage.removeItem(TOKEN_KEY);
  listener.loggedOut();
}

async function send(method, path, body, max_ms, used, end) {
  const headers = { Accept: "application/json" };

  if (used)
    headers.Authorization = `Bearer ${used}`;
  if (body !== undefined)
    headers["Content-Type"] = "application/json";
  return fetch(path, {
    method, headers, cache: "no-store", credentials: "omit",
    body: body === undefined ? undefined : JSON.stringify(body),
    signal: AbortSignal.any([AbortSignal.timeout(max_ms), end]),
  });
}

// The answer as { status, data, now_s }: now_s is the panel's own clock, as its times are.
// data is always an object. Throws Unreachable.
export async function call(method, path, body, max_ms = ANSWER_MAX_MS, used = token) {
  const end = session.signal;
  let answer, text;

  try {
    answer = await send(method, path, body, max_ms, used, end);
    text = await answer.text();
  } catch {
    if (!end.aborted)
      listener.reachable(false);
    throw new Unreachable("the panel does not answer");
  }
  listener.reachable(true);
  if (answer.status === 401 && used && used === token)
    forgetToken();

  const date_ms = Date.parse(answer.headers.get("Date"));
  return {
    status: answer.status,
    data: parse(text),
    now_s: Math.floor((Number.isNaN(date_ms) ? Date.now() : date_ms) / 1000),
  };
}

function parse(text) {
  try {
    const data = JSON.parse(text);
    return data !== null && typeof data === "object" ? data : {};
  } catch {
    return {};
  }
}

// A refusal in the panel's own words.
export function refusal(answer) {
  if (answer.status === 429 && answer.data.seconds)
    return `${answer.data.error}: try again in ${answer.data.seconds} s`;
  return answer.data.reason || answer.data.error || `The panel answered ${answer.status}`;
}

export async function login(password) {
  const answer = await call("POST", "/api/v1/login",
    { username: "admin", password: md5Hex(password) });

  if (answer.status === 200 && answer.data.token) {
    token = answer.data.token;
    sessionStorage.setItem(TOKEN_KEY, token);
  }
  return answer;
}

// Forgets the token first: nothing that looks again and again may use it behind the log-out.
export async function logout() {
  const used = token;

  session.abort();
  session = new AbortController();
  forgetToken();
  await call("POST", "/api/v1/logout", undefined, ANSWER_MAX_MS, used);
}

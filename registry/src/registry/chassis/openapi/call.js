// Try an operation: the form, the request, its curl, and what came back.

import { code, element, fold, p, pre, span } from "./element.js";
import { example, type } from "./schema.js";

const BASE = new URL(".", location.href);
const PLAIN = { spellcheck: "false", autocomplete: "off" };

export function form({ method, path, parameters = [], requestBody }) {
  const answer = element("div", { "class": "answer", "aria-live": "polite" });
  const inputs = parameters.map(field);
  const body = area(requestBody);
  const send = async (event) => {
    event.preventDefault();
    answer.replaceChildren(p("waiting", "…"));
    answer.replaceChildren(...(await asked(request(method, path, inputs, body))));
  };
  return element("form", { class: "try", onsubmit: send },
    inputs.map(({ label }) => label),
    body && element("label", {}, code("body"), body),
    element("button", { type: "submit" }, "Send"),
    answer);
}

function field(parameter) {
  const { name, schema } = parameter;
  const placeholder = String(schema.examples?.[0] ?? type(schema));
  const required = parameter.in === "path";
  const input = element("input", { ...PLAIN, name, placeholder, required });
  const label = element("label", {}, code(name), element("small", {}, parameter.in), input);
  return { name, place: parameter.in, input, label };
}

function area(requestBody) {
  const media = requestBody?.content?.["application/json"];
  if (!media) return null;
  const text = JSON.stringify(example(media.schema), null, 2);
  const rows = Math.min(14, text.split("\n").length + 1);
  return element("textarea", { ...PLAIN, rows }, text);
}

function request(method, path, inputs, body) {
  const said = inputs.filter(({ input }) => input.value !== "");
  const valuesIn = (wanted) =>
    said.filter(({ place }) => place === wanted).map(({ name, input }) => [name, input.value]);
  const url = new URL(filled(path, valuesIn("path")).slice(1), BASE);
  url.search = new URLSearchParams(valuesIn("query"));
  const headers = new Headers(valuesIn("header"));
  const token = document.getElementById("token").value.trim();
  if (token) headers.set("Authorization", `Bearer ${token}`);
  if (body) headers.set("Content-Type", "application/json");
  return { url, method: method.toUpperCase(), headers, body: body?.value };
}

const filled = (path, values) =>
  values.reduce((to, [name, value]) => to.replace(`{${name}}`, encodeURIComponent(value)), path);

async function asked({ url, ...options }) {
  const begun = performance.now();
  try {
    const response = await fetch(url, { ...options, cache: "no-store", credentials: "omit" });
    const text = await response.text();
    return [...drawn(response, text, performance.now() - begun), curl(url, options)];
  } catch (error) {
    return [p("failed", `No answer: ${error.message}`), curl(url, options)];
  }
}

function drawn(response, text, milliseconds) {
  const status = `${response.status} ${response.statusText}`;
  const headers = [...response.headers].map((pair) => pair.join(": ")).join("\n");
  const kind = `status s${status[0]}`;
  return [
    p("", span(kind, status), ` ${Math.round(milliseconds)} ms`),
    text ? pre(pretty(text)) : "",
    fold("", "headers", pre(headers)),
  ];
}

function pretty(text) {
  try {
    return JSON.stringify(JSON.parse(text), null, 2);
  } catch {
    return text;
  }
}

// The token is left out: what is copied ends up in chats and tickets.
function curl(url, { method, headers, body }) {
  const quoted = (text) => `'${text.replaceAll("'", `'\\''`)}'`;
  const shown = ([name, value]) =>
    name === "authorization" ? `"${name}: Bearer $TOKEN"` : quoted(`${name}: ${value}`);
  const sent = [...headers].map((pair) => `-H ${shown(pair)}`);
  const data = body ? [`-d ${quoted(body)}`] : [];
  const words = [`curl -X ${method} ${quoted(url.href)}`, ...sent, ...data];
  return fold("", "curl", pre(words.join(" \\\n  ")));
}

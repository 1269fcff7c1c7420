// The page: contents on the left, one article an operation.

import { form } from "./call.js";
import { code, element, fold, p, pre, span } from "./element.js";
import { example, fields, hasFields, line, required, resolve, use } from "./schema.js";

const METHODS = ["get", "post", "put", "patch", "delete"];
const at = (id) => document.getElementById(id);

function operationsOf(openapi) {
  return Object.entries(openapi.paths).flatMap(([path, item]) =>
    METHODS.filter((method) => item[method]).map((method) => ({ path, method, ...item[method] })));
}

function byTag(operations) {
  const groups = new Map();
  for (const operation of operations) {
    const tag = operation.tags?.[0] ?? "other";
    groups.set(tag, [...(groups.get(tag) ?? []), operation]);
  }
  return [...groups];
}

const badge = (method) => span(`method ${method}`, method);

function template(path) {
  const parts = path.split(/(\{[^}]+\})/);
  const drawn = parts.map((part) => (part.startsWith("{") ? element("b", {}, part) : part));
  return element("code", { class: "path" }, drawn);
}

function contents([tag, operations]) {
  const links = operations.map(({ operationId, method, path, summary }) => {
    const title = `${method.toUpperCase()} ${path}`;
    return element("a", { href: `#${operationId}`, title }, badge(method), span("", summary));
  });
  return element("div", { class: "group" }, element("h2", {}, tag), links);
}

function articles([tag, operations]) {
  return element("div", { class: "group" }, element("h2", {}, tag), operations.map(article));
}

function article(operation) {
  const { method, path, summary, description, deprecated } = operation;
  return element("article", { id: operation.operationId, class: deprecated && "deprecated" },
    element("h3", {}, summary),
    p("route", badge(method), template(path), needs(operation.security)),
    description && p("description", description),
    parameters(operation.parameters),
    body(operation.requestBody),
    part("Answers", Object.entries(operation.responses).map(response)),
    fold("tryout", "Try it", form(operation)));
}

const part = (title, ...content) => element("section", {}, element("h4", {}, title), content);

function needs(security) {
  if (!security) return null;
  const roles = security.flatMap((one) => one.bearer ?? []);
  if (roles.length) return span("needs", `token: ${roles.join(" or ")}`);
  const optional = security.some((one) => !("bearer" in one));
  return span("needs", optional ? "token: optional" : "token");
}

function parameters(given) {
  const rows = given?.map((one) => [
    element("dt", {}, code(one.name), element("small", {}, one.in), required(one.required)),
    element("dd", {}, line(one.schema), one.description && span("said", one.description)),
  ]);
  return rows && part("Parameters", element("dl", { class: "fields" }, rows));
}

// The media type and schema of a body: of the first, where there are several.
function mediaOf(content) {
  const [media, { schema }] = Object.entries(content ?? {})[0] ?? [null, {}];
  return { media, schema };
}

function body(requestBody) {
  const { media, schema } = mediaOf(requestBody?.content);
  return media && part("Body", p("media", code(media), line(schema)), described(schema));
}

function described(schema) {
  const text = JSON.stringify(example(schema), null, 2);
  return [hasFields(schema) && fields(schema), pre(text)].filter(Boolean);
}

function response([status, reference]) {
  const { description, headers, content } = resolve(reference);
  const { media, schema } = mediaOf(content);
  const head = [span(`status s${status[0]}`, status), span("", description)];
  if (!media && !headers) return p("response", head);
  const sent = Object.entries(headers ?? {}).map(header);
  return fold("response", head, sent, media && described(schema));
}

const header = ([name, { description, schema }]) =>
  p("header", code(name), line(schema), span("said", description));

function filter({ target }) {
  const wanted = target.value.trim().toLowerCase();
  for (const link of at("contents").querySelectorAll("a")) {
    link.hidden = !`${link.textContent} ${link.title}`.toLowerCase().includes(wanted);
    at(link.hash.slice(1)).hidden = link.hidden;
  }
}

function switchTheme() {
  const { dataset } = document.documentElement;
  const preferred = matchMedia("(prefers-color-scheme: dark)").matches ? "dark" : "light";
  dataset.theme = (dataset.theme ?? preferred) === "dark" ? "light" : "dark";
}

function draw(openapi) {
  use(openapi);
  const { title, version, description } = openapi.info;
  const groups = byTag(operationsOf(openapi));
  document.title = `${title} API`;
  at("name").textContent = at("title").textContent = title;
  at("version").textContent = `version ${version} · OpenAPI ${openapi.openapi}`;
  at("description").textContent = description;
  at("bearer").hidden = !openapi.components.securitySchemes.bearer;
  at("contents").append(...groups.map(contents));
  at("operations").append(...groups.map(articles));
  if (location.hash) at(location.hash.slice(1))?.scrollIntoView();
}

at("filter").addEventListener("input", filter);
at("theme").addEventListener("click", switchTheme);
try {
  draw(await (await fetch("openapi.json")).json());
} catch (error) {
  at("operations").append(p("failed", `openapi.json cannot be read: ${error.message}`));
}

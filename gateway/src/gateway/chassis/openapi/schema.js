// JSON Schema for people: what a value looks like, and an example of one.

import { code, element, fold, span } from "./element.js";

const MANY = 8;

let root = {};

export function use(openapi) {
  root = openapi;
}

export function resolve(value) {
  if (!value?.$ref) return value ?? {};
  const { $ref, ...beside } = value;
  const steps = $ref.slice(2).split("/").map((step) => step.replaceAll("~1", "/"));
  return { ...resolve(steps.reduce((at, step) => at[step], root)), ...beside };
}

const nameOf = (schema) => schema.$ref?.split("/").pop();
const choices = (schema) => schema.anyOf ?? schema.oneOf;
const isNull = (schema) => schema.type === "null";

export function type(schema) {
  if (nameOf(schema)) return resolve(schema).enum ? type(resolve(schema)) : nameOf(schema);
  if (choices(schema)) return choices(schema).map(type).join(" | ");
  if (schema.allOf) return schema.allOf.map(type).join(" & ");
  if ("const" in schema) return JSON.stringify(schema.const);
  if (schema.type === "array") return `${type(schema.items ?? {})}[]`;
  if (schema.enum?.length <= MANY) return schema.enum.map((one) => JSON.stringify(one)).join(" | ");
  return [schema.type ?? "any", schema.format].flat().filter(Boolean).join(" · ");
}

const LIMITS = {
  minimum: "≥",
  maximum: "≤",
  exclusiveMinimum: ">",
  exclusiveMaximum: "<",
  minLength: "length ≥",
  maxLength: "length ≤",
  minItems: "items ≥",
  maxItems: "items ≤",
  multipleOf: "multiple of",
  pattern: "matches",
  default: "default",
};

function limits(schema) {
  const plain = choices(schema)?.map(resolve).find((one) => !isNull(one)) ?? schema;
  const said = { ...plain, default: schema.default };
  const found = Object.entries(LIMITS).filter(([key]) => said[key] != null);
  return [
    found.map(([key, words]) => `${words} ${shown(said[key])}`),
    said.enum?.length > MANY ? [`one of ${said.enum.length}: ${said.enum.slice(0, 3).join(", ")} …`] : [],
  ].flat();
}

const shown = (value) => (typeof value === "string" ? value : JSON.stringify(value));

export function line(schema) {
  const { description } = resolve(schema);
  const badges = limits(resolve(schema)).map((limit) => code(limit, "limit"));
  return span("line", span("type", type(schema)), badges, description && span("said", description));
}

export const required = (wanted) => (wanted ? span("required", "required") : null);

// The fields of an object, nested ones folded inside; `seen` ends models that contain themselves.
export function fields(schema, seen = [schema.$ref]) {
  const whole = merged(schema);
  const rows = Object.entries(whole.properties).map(([name, field]) => [
    element("dt", {}, code(name), required(whole.required.includes(name))),
    element("dd", {}, line(field), nested(field, seen)),
  ]);
  return element("dl", { class: "fields" }, rows);
}

function nested(schema, seen) {
  const candidates = [schema, schema.items, ...(choices(schema) ?? [])];
  const inner = candidates.find((one) => one && hasFields(one));
  if (!inner || seen.includes(inner.$ref)) return null;
  return fold("nested", "fields", fields(inner, [...seen, inner.$ref]));
}

export const hasFields = (schema) => Object.keys(merged(schema).properties).length > 0;

// The schema with what its `allOf` adds.
function merged(schema) {
  const { allOf = [], ...own } = resolve(schema);
  const parts = [...allOf.map(merged), own];
  return {
    ...Object.assign({}, ...parts),
    properties: Object.assign({}, ...parts.map((part) => part.properties)),
    required: parts.flatMap((part) => part.required ?? []),
  };
}

const FORMATS = {
  "uuid": "0190b3a0-1111-7000-8000-000000000000",
  "date-time": "2026-01-02T03:04:05Z",
  "date": "2026-01-02",
  "email": "someone@example.com",
  "uri": "https://example.com/",
};

export function example(given, depth = 0) {
  const schema = merged(given);
  const said = schema.examples?.[0] ?? schema.const ?? schema.default ?? schema.enum?.[0];
  if (said !== undefined && said !== null) return said;
  const choice = choices(schema)?.find((one) => !isNull(one));
  if (choice) return example(choice, depth);
  if (depth > 6) return null;
  if (schema.type === "array") return [example(schema.items, depth + 1)];
  if (schema.type === "object") return exampleObject(schema.properties, depth + 1);
  return exampleScalar(schema);
}

function exampleObject(properties, depth) {
  const said = Object.entries(properties).map(([name, field]) => [name, example(field, depth)]);
  return Object.fromEntries(said);
}

function exampleScalar({ type, format, minimum, minLength }) {
  if (type === "integer" || type === "number") return minimum ?? 1;
  if (type === "boolean") return true;
  return type === "string" ? FORMATS[format] ?? "text".padEnd(minLength ?? 0, "t") : null;
}

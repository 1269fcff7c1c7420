// The one way in which this page makes elements: text stays text, nothing is parsed as HTML.

export function element(name, attributes, ...children) {
  const made = document.createElement(name);
  for (const [key, value] of Object.entries(attributes)) {
    if (key.startsWith("on")) made.addEventListener(key.slice(2), value);
    else if (value) made.setAttribute(key, value === true ? "" : value);
  }
  made.append(...children.flat(Infinity).filter((child) => child !== undefined && child !== null));
  return made;
}

export const code = (text, kind) => element("code", { class: kind }, text);
export const span = (kind, ...content) => element("span", { class: kind }, content);
export const p = (kind, ...content) => element("p", { class: kind }, content);
export const pre = (text) => element("pre", {}, text);

export const fold = (kind, summary, ...content) =>
  element("details", { class: kind }, element("summary", {}, summary), content);

// Elements without a framework. Texts are always texts, so that nothing which a service says can become a part of the page.

const build = (make) => (name, attributes = {}, ...children) => {
  const element = make(name);
  for (const [key, value] of Object.entries(attributes)) {
    if (value === undefined || value === null || value === false) continue;
    if (key.startsWith("on")) element.addEventListener(key.slice(2), value);
    else if (key === "style") for (const [name, one] of Object.entries(value)) element.style.setProperty(name, one);
    else element.setAttribute(key, value === true ? "" : value);
  }
  element.append(...children.flat().filter((child) => child !== undefined && child !== null && child !== false));
  return element;
};

export const el = build((name) => document.createElement(name));
export const svg = build((name) => document.createElementNS("http://www.w3.org/2000/svg", name));

export const method = (name) => el("span", { class: `method ${name}` }, name);
export const badge = (text, kind = "") => el("span", { class: `badge ${kind}` }, text);
export const plural = (count, noun, nouns = `${noun}s`) => `${count} ${count === 1 ? noun : nouns}`;

/** 420 µs, 3.1 ms, 1.25 s */
export function time(micros) {
  if (micros < 1000) return `${micros} µs`;
  if (micros < 1e6) return `${(micros / 1000).toPrecision(micros < 1e5 ? 2 : 3)} ms`;
  return `${(micros / 1e6).toFixed(2)} s`;
}

const MASK = "•••";
const TOKEN = /("(?:[^"\\]|\\.)*")(\s*:)?|-?\d+(?:\.\d+)?(?:[eE][+-]?\d+)?|true|false|null/g;

/** A JSON text, laid out; one that was cut is shown as it is. */
export function json(text) {
  let laidOut = text;
  // Not `JSON.parse`, which would change numbers that are longer than its own.
  if (!text.endsWith("…")) laidOut = indented(text);
  const out = el("pre", { tabindex: "0" });
  let from = 0;
  for (const found of laidOut.matchAll(TOKEN)) {
    out.append(laidOut.slice(from, found.index));
    const [whole, quoted, colon] = found;
    from = found.index + whole.length;
    if (quoted === `"${MASK}"`) {
      out.append(el("span", { class: "masked", title: "it carries a label" }, MASK));
    } else if (quoted && colon) {
      out.append(el("span", { class: "key" }, quoted), colon);
    } else {
      out.append(el("span", { class: quoted ? "text-value" : "number" }, whole));
    }
  }
  out.append(laidOut.slice(from));
  return out;
}

function indented(text) {
  let out = "", depth = 0, quoted = false;
  const line = () => `\n${"  ".repeat(depth)}`;
  for (let at = 0; at < text.length; at++) {
    const letter = text[at];
    if (quoted) {
      out += letter;
      if (letter === "\\") out += text[++at];
      else if (letter === '"') quoted = false;
    } else if (letter === '"') {
      quoted = true;
      out += letter;
    } else if ("[{".includes(letter)) {
      const empty = "]}".includes(text[at + 1]);
      if (!empty) depth++;
      out += letter + (empty ? text[++at] : line());
    } else if ("]}".includes(letter)) {
      depth--;
      out += line() + letter;
    } else if (letter === ",") {
      out += letter + line();
    } else {
      out += letter === ":" ? ": " : letter;
    }
  }
  return out;
}

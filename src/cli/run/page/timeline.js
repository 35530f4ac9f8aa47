// What became of one request: a row for each operation, call and undo, with a bar from when it began until it ended.

import { el, badge, json, plural, time } from "./dom.js";

/** `open` holds the places of the rows that are open, so that they stay so while the request goes on. */
export function timeline(request, open, redraw) {
  const steps = request.steps.map((step, at) => ({ ...step, at, parts: [] }));
  for (const step of steps.slice(1)) steps[step.inside]?.parts.push(step);
  const total = Math.max(1, ...steps.map((step) => step.ended ?? 0), request.end ? 0 : request.now);
  const rows = [];
  for (const step of steps[0]?.parts ?? []) collect(step, 0, rows);
  const out = el("div", { class: "timeline", role: "list" }, axis(total));
  for (const row of rows) {
    const isOpen = open.has(row.step.at);
    const toggle = () => {
      if (!open.delete(row.step.at)) open.add(row.step.at);
      redraw();
    };
    out.append(line(row, total, isOpen, toggle));
    if (isOpen) out.append(more(row));
  }
  return out;
}

/** An operation of ours stands in the row of the call that it answers; so do the tries. */
function collect(step, depth, rows) {
  const answers = step.parts.filter((part) => part.kind === "operation");
  const tries = step.parts.filter((part) => part.kind === "try");
  const isOne = ["call", "undo"].includes(step.kind) && answers.length === 1;
  const inner = isOne ? answers[0] : undefined;
  rows.push({ step, depth, inner, tries });
  const parts = step.parts.filter((part) => part !== inner && part.kind !== "try").concat(inner?.parts ?? []);
  parts.sort((a, b) => a.begun - b.begun || a.at - b.at);
  for (const part of parts) collect(part, depth + 1, rows);
}

function axis(total) {
  const ticks = [0, 1, 2, 3, 4, 5].map((tick) => el("span", { style: { left: `${tick * 20}%` } }, tick ? time(Math.round((total * tick) / 5)) : "0"));
  return el("div", { class: "line axis", "aria-hidden": "true" }, el("span", { class: "label" }), el("span", { class: "track" }, ticks), el("span"));
}

const kept = ({ step, inner }) => step.facts.kept ?? inner?.facts.kept;
const failure = ({ step, inner }) => inner?.failure ?? step.failure;

function line(row, total, isOpen, toggle) {
  const { step, depth, inner, tries } = row;
  const isInstant = ["log", "fallback"].includes(step.kind);
  const failed = tries.filter((one) => one.failure).length;
  const label = el("span", { class: "label", style: { "--depth": depth }, title: step.name },
    el("span", { class: failure(row) ? "text failure" : step.kind === "log" ? "text quiet" : "text" }, step.kind === "log" ? `“${step.name}”` : step.kind === "fallback" ? `without ${step.name}` : step.name),
    step.kind === "undo" && badge("undo", "undo"),
    tries.length > 1 && badge(plural(tries.length, "try", "tries"), failed ? "bad" : ""),
    step.kind === "fallback" && badge("fallback", "bad"),
    kept(row) && badge("kept"));
  const place = (one) => ({ left: `${(one.begun / total) * 100}%`, width: `${(((one.ended ?? total) - one.begun) / total) * 100}%` });
  const kind = step.kind === "call" ? step.facts.effect : step.kind;
  const classes = ["bar", kind, failure(row) && "failed", kept(row) && "kept", step.ended === null && "open"];
  const bars = isInstant
    ? [el("span", { class: `mark ${step.kind} ${step.facts.level ?? ""}`, style: { left: `${(step.begun / total) * 100}%` } })]
    : tries.length > 1
      ? [el("span", { class: `bar wait ${kind}`, style: place(step) }), ...tries.map((one) => el("span", { class: `bar ${kind} ${one.failure ? "failed" : ""}`, style: place(one) }))]
      : [el("span", { class: classes.filter(Boolean).join(" "), style: place(step) })];
  const took = isInstant ? "" : step.ended === null ? "…" : time(step.ended - step.begun);
  return el("button", { class: "line", type: "button", role: "listitem", "aria-expanded": String(isOpen), "data-step": step.at, onclick: toggle }, label, el("span", { class: "track" }, bars), el("span", { class: "took" }, took));
}

function more(row) {
  const { step, depth, inner, tries } = row;
  const facts = { ...inner?.facts, ...step.facts };
  const values = [["Went in", facts.given], ["Came out", facts.gave], ["Fields", facts.fields !== "{}" && facts.fields]].filter(([, text]) => text);
  const since = (at) => `after ${time(at)}`;
  const says = [
    kept(row) && `Answered ${kept(row)}: nothing was asked.`,
    facts.because && `Because of: ${facts.because}`,
    step.failure === "given up" && "Nobody waited for it any longer.",
  ].filter(Boolean);
  return el("div", { class: "more", style: { "--depth": depth } },
    el("div", { class: "facts" },
      facts.place && el("span", {}, "in ", el("code", {}, facts.place)),
      step.kind === "call" && el("span", {}, facts.effect === "read" ? "reads" : "writes"),
      facts.status && el("span", {}, "status ", el("b", {}, facts.status)),
      facts.level && el("span", {}, "level ", el("b", {}, facts.level)),
      el("span", {}, step.ended === null ? `${since(step.begun)}, still going on` : ["log", "fallback"].includes(step.kind) ? since(step.begun) : `${since(step.begun)}, until ${time(step.ended)}`)),
    failure(row) && step.failure !== "given up" && el("div", { class: "failure" }, failure(row)),
    says.map((text) => el("div", {}, text)),
    tries.length > 1 && el("ul", {}, tries.map((one, at) => el("li", {}, `try ${at + 1}, ${since(one.begun)}, ${time((one.ended ?? one.begun) - one.begun)}: `, one.failure ? el("span", { class: "failure" }, one.failure) : "went well"))),
    values.length > 0 && el("div", { class: "values" }, values.map(([title, text]) => el("div", {}, el("h4", {}, title), json(text)))));
}

// The views, and what keeps them up to date.

import { el, badge, json, method, plural, time } from "./dom.js";
import { graph } from "./graph.js";
import { timeline } from "./timeline.js";

const main = document.getElementById("main");
const state = { program: null, list: null, known: "", open: new Map(), asked: null, last: "" };

async function get(path) {
  const answer = await fetch(path);
  if (answer.status === 204) return null;
  if (!answer.ok) throw new Error(`${answer.status} for ${path}`);
  return answer.json();
}

// ---- which view ----------------------------------------------------------------------------------

const parts = () => location.hash.replace(/^#\/?/, "").split("/").map(decodeURIComponent);

function show() {
  const [view, name, more] = parts();
  const current = ["requests", "try"].includes(view) ? view : "services";
  for (const link of document.querySelectorAll("header nav a")) {
    link.dataset.view === current ? link.setAttribute("aria-current", "page") : link.removeAttribute("aria-current");
  }
  if (!state.program) return;
  if (current !== state.view) scrollTo(0, 0);
  state.view = current;
  if (current === "requests") requests(Number(name) || null);
  else if (current === "try") tryIt(name || firstService(), more);
  else services(view === "backends" ? { backend: name } : { service: name, operation: more });
}

/** The first one that is listed. */
function firstService() {
  const { services } = state.program;
  const served = services.filter((one) => one.served);
  return (served.find((one) => one.layer === "experience") ?? served.find((one) => one.layer === "process") ?? served[0])?.name;
}

/** Only what has changed is put in place: whoever reads or types stays where they are. */
function put(key, ...children) {
  if (main.dataset.key === key) return false;
  main.dataset.key = key;
  main.replaceChildren(...children);
  return true;
}

// ---- services ------------------------------------------------------------------------------------

function services({ service: name, operation, backend }) {
  const { program } = state;
  const service = program.services.find((one) => one.name === name);
  const of = program.backends.find((one) => one.name === backend);
  const about = service ? aboutService(service, operation) : of ? aboutBackend(of) : null;
  const focused = document.activeElement?.dataset?.name;
  put(`services ${name} ${operation} ${backend} ${program.number}`,
    el("section", { class: "card" },
      el("div", { class: "head" },
        el("h2", {}, "Who calls whom"),
        el("p", { class: "lead" }, program.description ?? "Choose a service to see its operations, their plans, and a form to call them.")),
      el("div", { class: "graph" }, graph(program, name ?? backend)),
      el("div", { class: "legend" }, el("span", {}, el("i", { class: "read" }), "only reads"), el("span", {}, el("i", { class: "write" }), "writes"))),
    ...(about ? [about] : []));
  if (focused && focused !== document.activeElement?.dataset?.name) document.querySelector(`.node[data-name="${focused}"]`)?.focus({ preventScroll: true });
  const chosen = name ?? backend;
  if (about && chosen !== state.chosen) about.scrollIntoView({ block: "start", behavior: "smooth" });
  state.chosen = chosen;
}

function aboutService(service, chosen) {
  return el("section", { class: "card service", id: "service" },
    el("div", { class: "head" },
      el("div", {}, el("div", { class: "title" }, el("h2", {}, service.name), badge(service.layer), service.owner && el("span", { class: "quiet" }, service.owner)),
        service.doc && el("p", { class: "lead" }, service.doc)),
      service.served ? el("a", { class: "button", href: `#/try/${service.name}` }, "Try it") : badge("served elsewhere")),
    service.operations.map((operation) => {
      const name = `${service.name}.${operation.name}`;
      const inside = el("div", { class: "inside" });
      const fill = () => {
        if (inside.childNodes.length) return;
        inside.append(
          el("div", { class: "row" },
            service.served && el("a", { class: "button", href: `#/try/${service.name}/${operation.name}` }, "Call it"),
            el("code", { class: "quiet" }, operation.place),
            operation.public && badge("everybody may call it"),
            el("span", { class: "calls" }, operation.calls.map((call) => {
              const isOurs = state.program.services.some((one) => one.name === call.to);
              return el("a", { href: `#/${isOurs ? "services" : "backends"}/${call.to}` }, badge(call.undoes ? `undo ${call.name}` : call.name, call.undoes ? "undo" : call.reads ? "" : "write"));
            }))),
          el("div", { class: "plan" }, el("img", { src: `plan/${name}.svg`, alt: `The plan of ${name}: what runs with what, and how long it may take`, loading: "lazy" })));
      };
      if (operation.name === chosen) fill();
      return el("details", { class: "operation", open: operation.name === chosen, ontoggle: fill },
        el("summary", {}, method(operation.method), el("code", {}, operation.path), el("span", { class: "quiet" }, el("b", {}, operation.name), operation.doc ? ` – ${operation.doc}` : "")),
        inside);
    }));
}

function aboutBackend(backend) {
  return el("section", { class: "card service" },
    el("div", { class: "head" }, el("div", {}, el("div", { class: "title" }, el("h2", {}, backend.name), badge("backend"), backend.standIn && badge("stand-in", "undo"), el("code", { class: "quiet" }, backend.contract)),
      backend.doc && el("p", { class: "lead" }, backend.doc))),
    backend.operations.map((operation) => el("details", { class: "operation" },
      el("summary", {}, method(operation.method), el("code", {}, operation.path), el("span", { class: "quiet" }, el("b", {}, operation.name), operation.reads ? "" : " – writes")),
      el("div", { class: "inside" }, operation.doc ?? "Its contract says no more."))));
}

// ---- requests ------------------------------------------------------------------------------------

const status = (end) => !end ? badge("…") : end.status === null ? badge("hung up", "bad") : badge(end.status, end.status < 400 ? "good" : "bad");

function requests(number) {
  const list = state.list?.requests ?? [];
  if (!list.length) {
    put("no requests", el("section", { class: "card empty" }, el("h2", {}, "No requests yet"),
      el("p", {}, "Call an operation, and what became of it is shown here. For instance:"),
      el("pre", {}, `curl -i ${location.origin}/…`), el("p", {}, el("a", { class: "button", href: "#/try" }, "Or use the forms"))));
    return;
  }
  const wanted = number ?? list[0].number;
  if (put("requests", el("div", { class: "split" }, el("section", { class: "card requests", id: "list", "aria-label": "Requests" }), el("section", { class: "card", id: "one", "aria-live": "off" })))) {
    state.asked = null;
  }
  drawList(list, wanted);
  const summary = list.find((one) => one.number === wanted);
  const asked = `${wanted} ${JSON.stringify(summary?.end ?? Date.now())}`;
  if (asked !== state.asked) {
    state.asked = asked;
    drawOne(wanted);
  }
}

function drawList(list, wanted) {
  const focused = document.activeElement?.dataset?.number;
  const scroll = document.querySelector("#list ol")?.scrollTop ?? 0;
  const items = list.map((one) => {
    const [verb, ...path] = one.name.split(" ");
    return el("li", {}, el("a", { href: `#/requests/${one.number}`, "aria-current": one.number === wanted && "true", "data-number": one.number },
      el("span", { class: "name" }, method(verb), " ", path.join(" ")), status(one.end),
      el("span", { class: "under" }, el("span", {}, new Date(one.at).toLocaleTimeString([], { hour12: false })), one.end && el("span", {}, time(one.end.took)),
        el("span", {}, plural(one.calls, "call")),
        one.failedTries > 0 && one.end?.status < 400 && badge("tried again", "bad"),
        one.undone > 0 && badge(`${one.undone} undone`, "undo"),
        one.fallbacks > 0 && badge("fallback", "bad"),
        one.end?.replayed && badge("replayed"))));
  });
  document.getElementById("list").replaceChildren(el("div", { class: "head" }, el("h2", {}, "Requests"), el("p", { class: "lead" }, "The last 200, the newest first.")), el("ol", {}, items));
  document.querySelector("#list ol").scrollTop = scroll;
  if (focused) document.querySelector(`#list [data-number="${focused}"]`)?.focus({ preventScroll: true });
}

async function drawOne(number) {
  let request;
  try {
    request = await get(`requests/${number}.json`);
  } catch {
    document.getElementById("one")?.replaceChildren(el("div", { class: "empty" }, "This request is no longer kept."));
    return;
  }
  const open = state.open.get(number) ?? new Set();
  state.open.set(number, open);
  const draw = () => {
    const focused = document.activeElement?.dataset?.step;
    document.getElementById("one")?.replaceChildren(...aboutRequest(request, open, draw));
    if (focused) document.querySelector(`#one [data-step="${focused}"]`)?.focus({ preventScroll: true });
  };
  draw();
}

function aboutRequest(request, open, draw) {
  const { end } = request;
  const [verb, ...path] = request.name.split(" ");
  const [service, operation] = (request.operation ?? "").split(".");
  const isRefused = !request.steps.some((step) => step.kind === "operation");
  return [
    el("div", { class: "head" },
      el("div", { class: "title" }, method(verb), el("h2", {}, path.join(" ")), status(end),
        request.operation && el("a", { class: "button", href: `#/services/${service}/${operation}` }, `Plan of ${request.operation}`)),
      el("div", { class: "facts" }, end && el("span", {}, "took ", el("b", {}, time(end.took))), el("span", {}, new Date(request.at).toLocaleString([], { hour12: false })), end?.id && el("span", {}, "request ", el("code", {}, end.id)),
        request.undone > 0 && el("span", {}, el("b", {}, request.undone), " undone"), request.fallbacks > 0 && el("span", {}, el("b", {}, plural(request.fallbacks, "fallback")), " taken"))),
    ...(end?.problem ? [el("div", { class: "told" }, el("b", {}, "Its caller was told "), problem(end.problem))] : []),
    ...(end?.replayed ? [el("div", { class: "told info" }, "It had been done before under the same key: its caller was given the answer that was kept.")] : []),
    ...(isRefused && !end?.replayed ? [el("div", { class: "told info" }, request.operation ? "It was turned away before a step of the operation was done." : "No operation has this path.")] : []),
    ...(isRefused ? [] : [timeline(request, open, draw), legend()]),
    ...(request.leftOut ? [el("p", { class: "empty" }, `${plural(request.leftOut, "more step")} are left out.`)] : []),
  ];
}

function problem(text) {
  try {
    const { title, status: code, detail, ...rest } = JSON.parse(text);
    delete rest.type;
    return el("span", {}, `${code} ${title}`, detail ? ` – ${detail}` : "", Object.keys(rest).length ? el("details", {}, el("summary", {}, "all of it"), json(text)) : "");
  } catch {
    return text;
  }
}

const legend = () => el("div", { class: "legend" }, [["read", "reads"], ["write", "writes"], ["undo", "undo"], ["bad", "failed"], ["kept", "kept answer"]].map(([kind, text]) => el("span", {}, el("i", { class: kind }), text)));

// ---- try it --------------------------------------------------------------------------------------

let bundle;

/** Swagger UI is large: it is read when it is first wanted. */
function swagger() {
  bundle ??= new Promise((resolve, reject) => document.head.append(el("script", { src: "swagger-ui/swagger-ui-bundle.js", onload: resolve, onerror: reject })));
  return bundle;
}

async function tryIt(name, operation) {
  const { program } = state;
  const layers = [["experience", "Experience"], ["process", "Process"], ["system", "System"]];
  const links = layers.flatMap(([layer, title]) => {
    const all = program.services.filter((one) => one.served && one.layer === layer);
    return all.length ? [el("h3", {}, title), ...all.map((one) => el("a", { href: `#/try/${one.name}`, "aria-current": one.name === name && "true" }, one.name))] : [];
  });
  const reference = el("div", { id: "reference" });
  const isNew = put(`try ${name} ${program.number}`, el("div", { class: "try" }, el("nav", { class: "card services", "aria-label": "Services" }, links), el("section", { class: "card reference" }, reference)));
  // A request that comes in meanwhile opens nothing again that somebody has closed.
  const isOther = isNew || state.tried !== location.hash;
  state.tried = location.hash;
  if (isNew) {
    const [spec] = await Promise.all([get(`openapi/${encodeURIComponent(name)}.json`), swagger()]);
    prepare(spec);
    await new Promise((resolve) => {
      const ui = window.SwaggerUIBundle({
        spec, domNode: reference, docExpansion: operations(spec).length === 1 ? "full" : "list", tryItOutEnabled: true, validatorUrl: null, defaultModelsExpandDepth: 0, displayRequestDuration: true,
        responseInterceptor: (answer) => (told(answer), answer),
        onComplete: () => {
          authorize(ui, spec);
          resolve();
        },
      });
    });
  }
  if (operation && isOther) open(operation);
}

const operations = (spec) => Object.values(spec.paths ?? {}).flatMap((path) => Object.values(path));

/**
 * Each form has a key of its own, so that what is sent twice is seen to be done once; each row says what it is about; and
 * the bodies that Swagger UI makes up have the field that tells the members of a union apart, which it leaves out otherwise.
 */
function prepare(spec) {
  for (const schema of Object.values(spec.components?.schemas ?? {})) {
    delete schema.discriminator;
  }
  // A token is shown in the same way, whoever describes how to get one.
  for (const [name, scheme] of Object.entries(spec.components?.securitySchemes ?? {})) {
    if (scheme.type === "openIdConnect") spec.components.securitySchemes[name] = { type: "http", scheme: "bearer", description: scheme.description };
  }
  for (const operation of operations(spec)) {
    operation.summary ??= [operation.operationId, operation.description?.split("\n")[0]].filter(Boolean).join(" – ");
    for (const parameter of operation.parameters ?? []) {
      if (parameter.in === "header" && parameter.name?.toLowerCase() === "idempotency-key") {
        parameter.example = `try-${Math.random().toString(36).slice(2, 10)}`;
      }
    }
  }
}

function authorize(ui, spec) {
  for (const [name, scheme] of Object.entries(spec.components?.securitySchemes ?? {})) {
    if (scheme.type === "mutualTLS") continue; // that is the browser's to show
    const { serviceToken, token, apiKey } = state.program.development;
    const key = scheme.type === "apiKey" ? apiKey : name === "serviceToken" ? serviceToken : token;
    if (key) ui.preauthorizeApiKey(name, key);
  }
}

/** The rows come in after the frame around them. */
function open(operation, tries = 40) {
  const block = document.querySelector(`#reference .opblock[id$="-${CSS.escape(operation)}"]`);
  if (!block) {
    if (tries > 0) setTimeout(open, 50, operation, tries - 1);
    return;
  }
  if (!block.classList.contains("is-open")) block.querySelector(".opblock-summary-control").click();
  block.scrollIntoView({ block: "start" });
}

function told(answer) {
  const id = answer.headers?.["x-request-id"];
  if (!id) return;
  state.wanted = { id, until: Date.now() + 10_000 };
  refresh();
}

function toast() {
  const found = state.wanted && state.list?.requests.find((one) => one.end?.id === state.wanted.id);
  const box = document.getElementById("toast");
  if (!found) return;
  state.wanted = null;
  box.href = `#/requests/${found.number}`;
  box.textContent = `${found.end.status} in ${time(found.end.took)}: see what ran →`;
  box.hidden = false;
  clearTimeout(state.hide);
  state.hide = setTimeout(() => (box.hidden = true), 12_000);
}

// ---- live ----------------------------------------------------------------------------------------

async function load() {
  state.program = await get("program.json");
  document.title = `${state.program.project} – flowc run`;
  document.getElementById("project").replaceChildren(state.program.project, el("small", {}, ` ${state.program.version}`));
}

async function refresh() {
  const live = document.getElementById("live");
  try {
    const list = await get(`requests.json?${state.known}`);
    live.className = "live on";
    live.textContent = "live";
    if (list) {
      state.list = list;
      state.known = list.state;
      if (state.program?.number !== list.program) await load();
      const count = document.getElementById("count");
      count.textContent = list.requests.length;
      count.hidden = !list.requests.length;
      toast();
      show();
    } else if (state.list?.requests.some((one) => !one.end) && parts()[0] === "requests") show();
  } catch {
    live.className = "live off";
    live.textContent = "not running";
    state.known = "";
  }
}

const dark = matchMedia("(prefers-color-scheme: dark)");
const paint = () => document.documentElement.classList.toggle("dark-mode", dark.matches);
dark.addEventListener("change", paint);
paint();

addEventListener("hashchange", () => {
  document.getElementById("toast").hidden = true;
  show();
});
await refresh();
setInterval(() => document.hidden || refresh(), 700);

// The services by their layers, the systems of others behind them, and a line for each that calls another.

import { svg, plural } from "./dom.js";

const COLUMNS = [["experience", "Experience"], ["process", "Process"], ["system", "System"], ["backend", "Backends"]];
const WIDE = 190, HIGH = 52, APART = 18, BETWEEN = 112, TOP = 46;

export function graph(program, chosen) {
  const nodes = [
    ...program.services.map((one) => ({ ...one, column: one.layer })),
    ...program.backends.map((one) => ({ ...one, column: "backend" })),
  ];
  const edges = edgesOf(program);
  const columns = COLUMNS.map(([key, title]) => ({ title, nodes: nodes.filter((node) => node.column === key) }))
    .filter((column) => column.nodes.length);
  arrange(columns, edges);
  const most = Math.max(1, ...columns.map((column) => column.nodes.length));
  const height = TOP + most * (HIGH + APART) + 6;
  const width = columns.length * WIDE + (columns.length - 1) * BETWEEN + 40;
  columns.forEach((column, at) => {
    const spare = (most - column.nodes.length) * (HIGH + APART) / 2;
    column.x = 20 + at * (WIDE + BETWEEN);
    column.nodes.forEach((node, row) => Object.assign(node, { at, x: column.x, y: TOP + spare + row * (HIGH + APART) }));
  });
  const byName = new Map(nodes.map((node) => [node.name, node]));
  const picture = svg("svg", { viewBox: `0 0 ${width} ${height}`, role: "group", "aria-label": "Services and who calls whom", style: { "max-width": `${Math.round(width * 1.25)}px`, margin: "0 auto" } });
  for (const column of columns) {
    picture.append(
      svg("rect", { class: "lane", x: column.x - 12, y: 26, width: WIDE + 24, height: height - 28, rx: 12 }),
      svg("text", { class: "column", x: column.x, y: 16 }, column.title),
    );
  }
  const lines = edges.map((edge) => {
    const [from, to] = [byName.get(edge.from), byName.get(edge.to)];
    if (!from || !to) return null;
    const line = svg("path", { class: `edge ${edge.writes ? "write" : "read"}`, d: path(from, to) },
      svg("title", {}, `${edge.from} → ${edge.to}: ${[...edge.calls].join(", ")}`));
    picture.append(line);
    return { ...edge, line };
  }).filter(Boolean);
  for (const node of nodes) {
    const href = node.column === "backend" ? `#/backends/${node.name}` : `#/services/${node.name}`;
    const box = svg("a", { class: `node ${node.column} ${node.name === chosen ? "chosen" : ""}`, href, "data-name": node.name, transform: `translate(${node.x} ${node.y})` },
      svg("title", {}, node.doc ?? node.name),
      svg("rect", { class: "box", width: WIDE, height: HIGH, rx: 9 }),
      svg("rect", { class: "stripe", x: 0, y: 10, width: 4, height: HIGH - 20, rx: 2 }),
      svg("text", { x: 17, y: 23 }, node.name),
      svg("text", { class: "small", x: 17, y: 40 }, node.column === "backend" ? `${plural(node.operations.length, "operation")} in use${node.standIn ? ", stand-in" : ""}` : plural(node.operations.length, "operation")));
    const light = () => lit(picture, lines, node.name), dark = () => lit(picture, lines, null);
    for (const event of ["mouseenter", "focus"]) box.addEventListener(event, light);
    for (const event of ["mouseleave", "blur"]) box.addEventListener(event, dark);
    picture.append(box);
  }
  return picture;
}

/** One line for each two, with all calls that it stands for. */
function edgesOf(program) {
  const edges = new Map();
  for (const service of program.services) {
    for (const call of service.operations.flatMap((operation) => operation.calls)) {
      const key = `${service.name} ${call.to}`;
      const edge = edges.get(key) ?? { from: service.name, to: call.to, writes: false, calls: new Set() };
      edge.writes ||= !call.reads;
      edge.calls.add(call.name.split(".").pop());
      edges.set(key, edge);
    }
  }
  return [...edges.values()];
}

/** Whoever is called stands beside those who call it, as far as that goes. */
function arrange(columns, edges) {
  const neighbours = (node) => edges.flatMap((edge) => (edge.from === node.name ? [edge.to] : edge.to === node.name ? [edge.from] : []));
  for (let round = 0; round < 6; round++) {
    const place = new Map(columns.flatMap((column) => column.nodes.map((node, at) => [node.name, (at + 0.5) / column.nodes.length])));
    const order = round % 2 ? [...columns].reverse() : columns;
    for (const column of order) {
      const weigh = (node) => {
        const around = neighbours(node).filter((name) => !column.nodes.some((one) => one.name === name));
        return around.length ? around.reduce((sum, name) => sum + (place.get(name) ?? 0.5), 0) / around.length : place.get(node.name);
      };
      const weights = new Map(column.nodes.map((node) => [node, weigh(node)]));
      column.nodes.sort((a, b) => weights.get(a) - weights.get(b));
      column.nodes.forEach((node, at) => place.set(node.name, (at + 0.5) / column.nodes.length));
    }
  }
}

function path(from, to) {
  const [y, end] = [from.y + HIGH / 2, to.y + HIGH / 2];
  if (from.at === to.at) {
    const x = from.x + WIDE;
    return `M${x} ${y}C${x + 50} ${y} ${x + 50} ${end} ${x} ${end}`;
  }
  const [x, stop] = from.at < to.at ? [from.x + WIDE, to.x] : [from.x, to.x + WIDE];
  const bend = (stop - x) * 0.5;
  return `M${x} ${y}C${x + bend} ${y} ${stop - bend} ${end} ${stop} ${end}`;
}

/** All that a service calls, and all that call it, however far. */
function lit(picture, lines, name) {
  picture.classList.toggle("lit", name !== null);
  const on = new Set([name]);
  const follow = (from, to) => {
    const seen = new Set([name]);
    for (const one of seen) {
      for (const line of lines.filter((line) => line[from] === one)) {
        line.line.classList.add("on");
        seen.add(line[to]);
        on.add(line[to]);
      }
    }
  };
  lines.forEach((line) => line.line.classList.remove("on"));
  if (name !== null) {
    follow("from", "to");
    follow("to", "from");
  }
  for (const node of picture.querySelectorAll(".node")) node.classList.toggle("on", on.has(node.dataset.name));
}

// Fastify with undici, without a log: answers are written by schema, bodies are checked by schema.
import Fastify from "fastify";
import { Pool } from "undici";

const pool = new Pool(process.env.BACKEND_URL, { connections: 128 });
const app = Fastify({ logger: false, bodyLimit: 1_000_000 });

const text = { type: "string" };
const number = { type: "number" };
const integer = { type: "integer" };
const flag = { type: "boolean" };
const record = (properties) => ({ type: "object", properties });
const list = (items) => ({ type: "array", items });

class Failed extends Error {
  statusCode = 502;
}

async function read(response, status) {
  if (response.statusCode !== status) {
    await response.body.dump();
    throw new Failed(`answered ${response.statusCode}`);
  }
  return response.body.json();
}

async function get(path) {
  return read(await pool.request({ method: "GET", path }), 200);
}

async function post(path, body) {
  const headers = { "content-type": "application/json" };
  return read(await pool.request({ method: "POST", path, headers, body: JSON.stringify(body) }), 201);
}

// ---- W1 -------------------------------------------------------------------------------------------

const customer = record({
  id: text,
  name: record({ first: text, last: text, born: text }),
  contact: record({ email: text, phone: text }),
  tier: text,
  since: text,
  credit: record({ limit: number, balance: number, currency: text }),
  language: text,
  vatNumber: text,
  newsletter: flag,
  visits: integer,
  address: record({ street: text, number: text, postcode: text, city: text, country: text }),
});

app.get("/v1/customers/:number", { schema: { response: { 200: customer } } }, async (request) => {
  const r = await get(`/customers/${request.params.number}`);
  return {
    id: r.CUST_NO,
    name: { first: r.FIRST_NM, last: r.LAST_NM, born: r.BIRTH_DT },
    contact: { email: r.EMAIL_ADDR, phone: r.PHONE_NO },
    tier: tier(r.SEGMENT_CD),
    since: r.CREATED_TS,
    credit: { limit: r.CREDIT_LIM, balance: r.BALANCE_AMT, currency: r.CURRENCY_CD },
    language: r.LANG_CD,
    vatNumber: r.VAT_NO,
    newsletter: r.MKT_FLG,
    visits: r.VISIT_CNT,
    address: {
      street: r.STREET_NM,
      number: r.HOUSE_NO,
      postcode: r.ZIP_CD,
      city: r.CITY_NM,
      country: r.CTRY_CD,
    },
  };
});

function tier(segment) {
  return segment === "A" ? "gold" : segment === "B" ? "silver" : "basic";
}

// ---- W2 -------------------------------------------------------------------------------------------

const home = record({
  name: text,
  tier: text,
  points: integer,
  orders: list(record({ id: text, status: text, total: number })),
  activity: list(record({ text, at: text })),
});

app.get("/v1/home/:id", { schema: { response: { 200: home } } }, async (request) => {
  const { id } = request.params;
  const [profile, orders, activities] = await Promise.all([
    get(`/profiles/${id}`),
    get(`/recent-orders/${id}`),
    get(`/activities/${id}`),
  ]);
  return {
    name: profile.name,
    tier: profile.tier,
    points: profile.points,
    orders: orders.slice(0, 3),
    activity: activities.slice(0, 5),
  };
});

// ---- W3, W7 ---------------------------------------------------------------------------------------

const line = record({
  number: integer,
  sku: text,
  text,
  quantity: integer,
  price: number,
  amount: number,
  tax: number,
  warehouse: text,
  delivery: text,
  open: flag,
});

app.get("/v1/orders/:number/lines", { schema: { response: { 200: list(line) } } }, async (request) => {
  const records = await get(`/orders/${request.params.number}/lines`);
  return records.map((r) => ({
    number: r.LN_NO,
    sku: r.MAT_NO,
    text: r.MAT_TX,
    quantity: r.QTY,
    price: r.UNIT_PRC,
    amount: r.NET_AMT,
    tax: r.TAX_PCT,
    warehouse: r.WHS_CD,
    delivery: r.DLV_DT,
    open: r.OPEN_FLG,
  }));
});

// ---- W4 -------------------------------------------------------------------------------------------

const within = (minLength, maxLength) => ({ type: "string", minLength, maxLength });

const checkout = {
  type: "object",
  additionalProperties: false,
  required: ["customer", "currency", "items", "token"],
  properties: {
    customer: within(3, 20),
    currency: { enum: ["EUR", "USD"] },
    note: { type: "string", nullable: true },
    items: {
      type: "array",
      minItems: 1,
      maxItems: 50,
      items: {
        type: "object",
        additionalProperties: false,
        required: ["sku", "quantity"],
        properties: { sku: within(3, 20), quantity: { type: "integer", minimum: 1, maximum: 1000 } },
      },
    },
    token: within(8, 100),
  },
};

const placed = record({
  id: text,
  total: number,
  placed: text,
  hold: text,
  until: text,
  payment: text,
  paid: flag,
});

app.post("/v1/checkouts", { schema: { body: checkout, response: { 201: placed } } }, async (request, reply) => {
  const { customer, currency, note, items, token } = request.body;
  const order = await post("/orders", { customer, currency, note, lines: items });
  const [hold, paid] = await Promise.all([
    post("/holds", { order: order.id, lines: items }),
    post("/charges", { order: order.id, amount: order.total, token }),
  ]);
  reply.code(201);
  return {
    id: order.id,
    total: order.total,
    placed: order.placed,
    hold: hold.id,
    until: hold.expires,
    payment: paid.id,
    paid: paid.status === "paid",
  };
});

// ---- W6 -------------------------------------------------------------------------------------------

const screen = record({
  name: text,
  tier: text,
  city: text,
  orders: list(record({ id: text, status: text, total: number })),
});

app.get("/v1/screens/:id", { schema: { response: { 200: screen } } }, async (request) => {
  const { id } = request.params;
  const [r, orders] = await Promise.all([get(`/customers/${id}`), get(`/recent-orders/${id}`)]);
  return {
    name: `${r.FIRST_NM} ${r.LAST_NM}`,
    tier: tier(r.SEGMENT_CD),
    city: r.CITY_NM,
    orders: orders.slice(0, 3),
  };
});

const [host, port] = process.env.LISTEN.split(":");
await app.listen({ host, port: Number(port) });

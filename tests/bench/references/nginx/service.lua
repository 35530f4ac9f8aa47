-- nginx with Lua: calls of the systems are subrequests, JSON is cjson.
local cjson = require "cjson.safe"

local service = {}

local function get(path)
  return { "/systems" .. path }
end

local function post(path, body)
  return { "/systems" .. path, { method = ngx.HTTP_POST, body = cjson.encode(body) } }
end

local function fail(status)
  ngx.status = status
  ngx.exit(status)
end

local function read(response, status)
  local value = response.status == status and cjson.decode(response.body)
  return value or fail(response.status == 404 and 404 or 502)
end

local function write(status, value)
  local body = cjson.encode(value)
  ngx.status = status
  ngx.header["Content-Length"] = #body
  ngx.print(body)
end

local function first(list, count)
  local some = {}
  for index = 1, math.min(count, #list) do
    some[index] = list[index]
  end
  return some
end

local function tier(segment)
  return segment == "A" and "gold" or segment == "B" and "silver" or "basic"
end

-- W1

function service.customer(number)
  local r = read(ngx.location.capture(unpack(get("/customers/" .. number))), 200)
  write(200, {
    id = r.CUST_NO,
    name = { first = r.FIRST_NM, last = r.LAST_NM, born = r.BIRTH_DT },
    contact = { email = r.EMAIL_ADDR, phone = r.PHONE_NO },
    tier = tier(r.SEGMENT_CD),
    since = r.CREATED_TS,
    credit = { limit = r.CREDIT_LIM, balance = r.BALANCE_AMT, currency = r.CURRENCY_CD },
    language = r.LANG_CD,
    vatNumber = r.VAT_NO,
    newsletter = r.MKT_FLG,
    visits = r.VISIT_CNT,
    address = {
      street = r.STREET_NM,
      number = r.HOUSE_NO,
      postcode = r.ZIP_CD,
      city = r.CITY_NM,
      country = r.CTRY_CD,
    },
  })
end

-- W2

local function short_order(o)
  return { id = o.id, status = o.status, total = o.total }
end

local function short_orders(orders)
  local short = first(orders, 3)
  for index, order in ipairs(short) do
    short[index] = short_order(order)
  end
  return short
end

function service.home(id)
  local profile, orders, activities = ngx.location.capture_multi({
    get("/profiles/" .. id),
    get("/recent-orders/" .. id),
    get("/activities/" .. id),
  })
  profile, orders, activities = read(profile, 200), read(orders, 200), read(activities, 200)
  local activity = first(activities, 5)
  for index, one in ipairs(activity) do
    activity[index] = { text = one.text, at = one.at }
  end
  write(200, {
    name = profile.name,
    tier = profile.tier,
    points = profile.points,
    orders = short_orders(orders),
    activity = activity,
  })
end

-- W3, W7

function service.lines(number)
  local records = read(ngx.location.capture(unpack(get("/orders/" .. number .. "/lines"))), 200)
  local lines = {}
  for index, r in ipairs(records) do
    lines[index] = {
      number = r.LN_NO,
      sku = r.MAT_NO,
      text = r.MAT_TX,
      quantity = r.QTY,
      price = r.UNIT_PRC,
      amount = r.NET_AMT,
      tax = r.TAX_PCT,
      warehouse = r.WHS_CD,
      delivery = r.DLV_DT,
      open = r.OPEN_FLG,
    }
  end
  write(200, lines)
end

-- W4

local function is_text(value, from, to)
  return type(value) == "string" and #value >= from and #value <= to
end

local function is_valid(body)
  if type(body) ~= "table" or type(body.items) ~= "table" or #body.items < 1 or #body.items > 50 then
    return false
  end
  for _, item in ipairs(body.items) do
    local quantity = item.quantity
    if not is_text(item.sku, 3, 20) or type(quantity) ~= "number" or quantity < 1 or quantity > 1000 then
      return false
    end
  end
  return is_text(body.customer, 3, 20)
    and (body.currency == "EUR" or body.currency == "USD")
    and is_text(body.token, 8, 100)
end

function service.checkout()
  ngx.req.read_body()
  local body = cjson.decode(ngx.req.get_body_data() or "")
  if not is_valid(body) then
    return fail(400)
  end
  local new = { customer = body.customer, currency = body.currency, note = body.note, lines = body.items }
  local order = read(ngx.location.capture(unpack(post("/orders", new))), 201)
  local hold, paid = ngx.location.capture_multi({
    post("/holds", { order = order.id, lines = body.items }),
    post("/charges", { order = order.id, amount = order.total, token = body.token }),
  })
  hold, paid = read(hold, 201), read(paid, 201)
  write(201, {
    id = order.id,
    total = order.total,
    placed = order.placed,
    hold = hold.id,
    ["until"] = hold.expires,
    payment = paid.id,
    paid = paid.status == "paid",
  })
end

-- W6

function service.screen(id)
  local r, orders = ngx.location.capture_multi({
    get("/customers/" .. id),
    get("/recent-orders/" .. id),
  })
  r, orders = read(r, 200), read(orders, 200)
  write(200, {
    name = r.FIRST_NM .. " " .. r.LAST_NM,
    tier = tier(r.SEGMENT_CD),
    city = r.CITY_NM,
    orders = short_orders(orders),
  })
end

return service

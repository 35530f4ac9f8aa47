//! The scripts that Redis runs. Each entry is a hash of a version and a value, which Redis lets go by itself when it is
//! over. Beside them stand one set of all keys in order, and one of the ends, by which the keys of entries that are over
//! are taken out of the first, a few with each change.
//!
//! A script that names its keys as arguments runs on one server, and not in a cluster.

/// How many keys of a scan are looked at together.
pub const PAGE: usize = 500;

/// Arguments: the key.
pub const GET: &str = "
local found = redis.call('HMGET', 'flow-store/' .. ARGV[1], 'version', 'value')
if found[1] then return found end
return false";

/// Arguments: the prefix, the key that all come after, and how many.
pub const SCAN: &str = r"
local prefix, after, at_most = ARGV[1], ARGV[2], ARGV[3]
local from = '[' .. prefix
if after >= prefix and after ~= '' then from = '(' .. after end
local keys = redis.call('ZRANGEBYLEX', 'flow-store:keys', from, '(' .. prefix .. '\255', 'LIMIT', 0, at_most)
local found = { '' }
if #keys == tonumber(at_most) then found[1] = keys[#keys] end
for _, key in ipairs(keys) do
  local entry = redis.call('HMGET', 'flow-store/' .. key, 'version', 'value')
  if entry[1] then
    found[#found + 1] = key
    found[#found + 1] = entry[1]
    found[#found + 1] = entry[2]
  end
end
return found";

/// Arguments: how many are expected, deleted and put; key and version of each that is expected (no version: it must not
/// be there); the keys of those that are deleted; key, value and milliseconds (none: it has no end) of those that are put.
pub const COMMIT: &str = "
local expected, deleted, put = tonumber(ARGV[1]), tonumber(ARGV[2]), tonumber(ARGV[3])
local at = 4
for _ = 1, expected do
  local version = redis.call('HGET', 'flow-store/' .. ARGV[at], 'version') or ''
  if version ~= ARGV[at + 1] then return 0 end
  at = at + 2
end
local time = redis.call('TIME')
local now = time[1] * 1000 + math.floor(time[2] / 1000)
for _ = 1, deleted do
  redis.call('DEL', 'flow-store/' .. ARGV[at])
  redis.call('ZREM', 'flow-store:keys', ARGV[at])
  redis.call('ZREM', 'flow-store:ends', ARGV[at])
  at = at + 1
end
for _ = 1, put do
  local key, value, millis = ARGV[at], ARGV[at + 1], ARGV[at + 2]
  local version = redis.call('INCR', 'flow-store:version')
  redis.call('HSET', 'flow-store/' .. key, 'version', version, 'value', value)
  redis.call('ZADD', 'flow-store:keys', 0, key)
  if millis == '' then
    redis.call('PERSIST', 'flow-store/' .. key)
    redis.call('ZREM', 'flow-store:ends', key)
  else
    redis.call('PEXPIRE', 'flow-store/' .. key, millis)
    redis.call('ZADD', 'flow-store:ends', string.format('%.0f', now + millis), key)
  end
  at = at + 3
end
for _, key in ipairs(redis.call('ZRANGEBYSCORE', 'flow-store:ends', '-inf', now, 'LIMIT', 0, 32)) do
  if redis.call('EXISTS', 'flow-store/' .. key) == 0 then
    redis.call('ZREM', 'flow-store:keys', key)
    redis.call('ZREM', 'flow-store:ends', key)
  end
end
return 1";

"""What must happen at once in Valkey.

Everything that moves entries into our hands looks first whether the lease is still ours, in the
same script: a process that was paused, and lost its lease, can take nothing more.
"""

from __future__ import annotations

from typing import Final

# KEYS lease; ARGV token, milliseconds.  The part of a token before its | is the consumer's name:
# a process takes the leases of the one before it at once.
ACQUIRE: Final = """
local held = redis.call('GET', KEYS[1])
if held and string.match(held, '^(.*)|') ~= string.match(ARGV[1], '^(.*)|') then return 0 end
redis.call('SET', KEYS[1], ARGV[1], 'PX', ARGV[2])
return 1
"""

RENEW: Final = """
if redis.call('GET', KEYS[1]) ~= ARGV[1] then return 0 end
return redis.call('PEXPIRE', KEYS[1], ARGV[2])
"""

RELEASE: Final = """
if redis.call('GET', KEYS[1]) ~= ARGV[1] then return 0 end
return redis.call('DEL', KEYS[1])
"""

# KEYS members; ARGV name, milliseconds.  How many processes of the group are alive.
MEET: Final = """
local time = redis.call('TIME')
local now = time[1] * 1000 + math.floor(time[2] / 1000)
redis.call('ZADD', KEYS[1], now, ARGV[1])
redis.call('ZREMRANGEBYSCORE', KEYS[1], 0, now - ARGV[2])
return redis.call('ZCARD', KEYS[1])
"""

# KEYS lease, stream; ARGV token, group, consumer.  The last entry that the group was given, once
# consumers that have nothing in hand are forgotten: whoever restarts under new names leaves many.
ENTER: Final = """
if redis.call('GET', KEYS[1]) ~= ARGV[1] then return false end
for _, consumer in ipairs(redis.call('XINFO', 'CONSUMERS', KEYS[2], ARGV[2])) do
  if consumer[2] ~= ARGV[3] and consumer[4] == 0 then
    redis.call('XGROUP', 'DELCONSUMER', KEYS[2], ARGV[2], consumer[2])
  end
end
for _, group in ipairs(redis.call('XINFO', 'GROUPS', KEYS[2])) do
  if group[2] == ARGV[2] then
    for i = 1, #group, 2 do
      if group[i] == 'last-delivered-id' then return group[i + 1] end
    end
  end
end
return '0-0'
"""

# KEYS lease, stream, fails; ARGV token, group, consumer, cursor.  A page of what was begun and not
# finished, by whomever: the next cursor, and of each entry its id, fields, deliveries and fails.
TAKE: Final = """
if redis.call('GET', KEYS[1]) ~= ARGV[1] then return false end
local page = redis.call(
  'XAUTOCLAIM', KEYS[2], ARGV[2], ARGV[3], 0, ARGV[4], 'COUNT', 100)
local taken = {}
for i, entry in ipairs(page[2]) do
  local pending = redis.call('XPENDING', KEYS[2], ARGV[2], entry[1], entry[1], 1)
  local fails = redis.call('HGET', KEYS[3], entry[1]) or 0
  taken[i] = {entry[1], entry[2], pending[1][4], tonumber(fails)}
end
return {page[1], taken}
"""

# KEYS stream, fails, dead; ARGV group, id, the dead letter's fields.  Once, whoever asks.
BURY: Final = """
if redis.call('XACK', KEYS[1], ARGV[1], ARGV[2]) == 0 then return 0 end
redis.call('HDEL', KEYS[2], ARGV[2])
redis.call('XADD', KEYS[3], '*', unpack(ARGV, 3))
return 1
"""

# KEYS stream; ARGV the newest id to forget.  Nothing that a group has not handled goes.
TRIM: Final = """
local groups = redis.call('XINFO', 'GROUPS', KEYS[1])
local function before(a, b)
  local a_time, a_number = string.match(a, '(%d+)%-(%d+)')
  local b_time, b_number = string.match(b, '(%d+)%-(%d+)')
  a_time, b_time = tonumber(a_time), tonumber(b_time)
  return a_time < b_time or (a_time == b_time and tonumber(a_number) < tonumber(b_number))
end
local limit = ARGV[1]
for _, fields in ipairs(groups) do
  local group = {}
  for i = 1, #fields, 2 do group[fields[i]] = fields[i + 1] end
  local first = group['last-delivered-id']
  if group['pending'] > 0 then first = redis.call('XPENDING', KEYS[1], group['name'])[2] end
  if before(first, limit) then limit = first end
end
return redis.call('XTRIM', KEYS[1], 'MINID', '~', limit)
"""

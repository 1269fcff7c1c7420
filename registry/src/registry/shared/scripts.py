"""The steps that must be one: each is a script, and Valkey runs one at a time."""

from typing import Final

PREFIX: Final = "registry:"
INSTANCES: Final = f"{PREFIX}instances"
PLACES: Final = f"{PREFIX}places"
REVISION: Final = f"{PREFIX}revision"
CHANGES: Final = f"{PREFIX}changes"
CHECKS: Final = f"{PREFIX}checks"
BEATS: Final = f"{PREFIX}beats"
KEEPER: Final = f"{PREFIX}keeper"
LEFT: Final = f"{PREFIX}left:"

TRUTH: Final = (INSTANCES, PLACES, REVISION, CHANGES)

# KEYS: TRUTH.  ARGV: id, place, the revision that was read, instance, history.
# The answer is the new revision, or 0 if somebody was faster.
SAVE: Final = """
local known = redis.call('HGET', KEYS[1], ARGV[1])
local revision = known and string.match(known, '^%d+') or '0'
local holder = redis.call('HGET', KEYS[2], ARGV[2])
if revision ~= ARGV[3] or (holder and holder ~= ARGV[1]) then return 0 end
local new = redis.call('INCR', KEYS[3])
redis.call('HSET', KEYS[1], ARGV[1], string.format('%.0f ', new) .. ARGV[4])
redis.call('HSET', KEYS[2], ARGV[2], ARGV[1])
redis.call('XADD', KEYS[4], 'MAXLEN', '~', ARGV[5], string.format('%.0f-0', new), 'saved', ARGV[4])
return new
"""

# KEYS: TRUTH, and where tombstones go.  ARGV: as above, why, tombstone, its milliseconds.
REMOVE: Final = """
local known = redis.call('HGET', KEYS[1], ARGV[1])
if not known or string.match(known, '^%d+') ~= ARGV[3] then return 0 end
local new = redis.call('INCR', KEYS[3])
redis.call('HDEL', KEYS[1], ARGV[1])
redis.call('HDEL', KEYS[2], ARGV[2])
redis.call('XADD', KEYS[4], 'MAXLEN', '~', ARGV[5], string.format('%.0f-0', new), ARGV[6], ARGV[4])
for at = 5, #KEYS do redis.call('SET', KEYS[at], ARGV[7], 'PX', ARGV[8]) end
return new
"""

# KEYS: KEEPER.  ARGV: who asks, for how many milliseconds.  The answer is 1 if it keeps watch.
KEEP: Final = """
local keeper = redis.call('GET', KEYS[1])
if keeper and keeper ~= ARGV[1] then return 0 end
redis.call('SET', KEYS[1], ARGV[1], 'PX', ARGV[2])
return 1
"""

# KEYS: KEEPER.  ARGV: who leaves.
RELEASE: Final = """
if redis.call('GET', KEYS[1]) == ARGV[1] then redis.call('DEL', KEYS[1]) end
return 0
"""

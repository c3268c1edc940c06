// Every script touches one key, so that it runs in a Cluster, and begins by asking whether the stream is still the one
// the relay knows: the same top, on the same server. INFO is asked for inside the script since only there it is certain to be
// the server that holds the key.
const PROLOGUE = `
local key = KEYS[1]

local function pairs_of(flat)
  local found = {}
  for i = 1, #flat, 2 do found[flat[i]] = flat[i + 1] end
  return found
end

local function top()
  if redis.call('EXISTS', key) == 0 then return '0-0' end
  return pairs_of(redis.call('XINFO', 'STREAM', key))['last-generated-id']
end

local function server()
  return string.match(redis.call('INFO', 'server'), 'run_id:(%w+)')
end

local function groups()
  if redis.call('EXISTS', key) == 0 then return {} end
  local found = {}
  for _, row in ipairs(redis.call('XINFO', 'GROUPS', key)) do
    local group = pairs_of(row)
    table.insert(found, {group['name'], group['last-delivered-id'], group['pending']})
  end
  return found
end
`;

/**
 * ARGV: the expected top; the entries as JSON, `[[id, [field, value, …]], …]`; `1` to be told of the groups as well.
 * Gives `{1, new top, server, groups}`, or, having appended nothing, `{0, actual top, server, groups}`.
 */
export const APPEND = `${PROLOGUE}
local at = top()
if at ~= ARGV[1] then return {0, at, server(), groups()} end
for _, entry in ipairs(cjson.decode(ARGV[2])) do
  redis.call('XADD', key, entry[1], unpack(entry[2]))
  at = entry[1]
end
if ARGV[3] ~= '1' then return {1, at, false, {}} end
return {1, at, server(), groups()}
`;

/**
 * ARGV: the expected top; the expected server; the group; the pending id to go on after, or `-`; how many.
 * Gives `{1, the group's last delivered id, {id, consumer, id, consumer, …}}`, or `{0}` where stream or group are not the
 * ones expected.
 */
export const PENDING_PAGE = `${PROLOGUE}
if top() ~= ARGV[1] or server() ~= ARGV[2] then return {0} end
for _, group in ipairs(groups()) do
  if group[1] == ARGV[3] then
    local found = {}
    for _, row in ipairs(redis.call('XPENDING', key, ARGV[3], ARGV[4], '+', ARGV[5])) do
      table.insert(found, row[1])
      table.insert(found, row[2])
    end
    return {1, group[2], found}
  end
end
return {0}
`;

/**
 * ARGV: the group; where it stood. Puts it there if it is missing or stands before that, and only then, so that a relay
 * that was paused in the middle of a heal cannot set back what another one has healed since. One made anew forgets what
 * it had pending, which is older than what was seen of it. Readers that wait in the group do not notice.
 */
export const PUT_GROUP_BACK = `${PROLOGUE}
local function before(a, b)
  local a_ms, a_seq = string.match(a, '(%d+)-(%d+)')
  local b_ms, b_seq = string.match(b, '(%d+)-(%d+)')
  if a_ms ~= b_ms then return tonumber(a_ms) < tonumber(b_ms) end
  return tonumber(a_seq) < tonumber(b_seq)
end
for _, group in ipairs(groups()) do
  if group[1] == ARGV[1] then
    if not before(group[2], ARGV[2]) then return 0 end
    redis.call('XGROUP', 'DESTROY', key, ARGV[1])
  end
end
redis.call('XGROUP', 'CREATE', key, ARGV[1], ARGV[2], 'MKSTREAM')
return 1
`;

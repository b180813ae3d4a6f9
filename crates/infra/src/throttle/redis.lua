-- The generic cell rate algorithm of bailiwick_app::Limit, for one key, in microseconds.
-- ARGV: `take` or `give_back`, now, interval, burst. Returns the time to wait; 0: taken.
local now, interval, burst = tonumber(ARGV[2]), tonumber(ARGV[3]), tonumber(ARGV[4])
local longest = interval * burst
local stored = tonumber(redis.call('GET', KEYS[1]) or now) - now
local taken = math.max(0, math.min(stored, longest))
local wait = 0
if ARGV[1] == 'give_back' then
    taken = taken - interval
elseif taken + interval <= longest then
    taken = taken + interval
else
    wait = taken + interval - longest
    if stored == taken then
        return wait
    end
    -- The clock was set back: the stored time is cut, so that the refusal ends within the window.
end
if taken > 0 then
    -- Expires a minute later than needed, because the clocks of nodes differ.
    local life = math.ceil(taken / 1000) + 60000
    redis.call('SET', KEYS[1], string.format('%.0f', now + taken), 'PX', string.format('%.0f', life))
else
    redis.call('DEL', KEYS[1])
end
return wait

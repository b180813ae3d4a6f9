-- The generic cell rate algorithm of bailiwick_app::Limit, for one key, in microseconds.
-- ARGV: `take` or `give_back`, now, interval, burst. Answers how long to wait; 0: taken.
local now, interval, burst = tonumber(ARGV[2]), tonumber(ARGV[3]), tonumber(ARGV[4])
local longest = interval * burst
local taken = tonumber(redis.call('GET', KEYS[1]) or now) - now
taken = math.max(0, math.min(taken, longest))
if ARGV[1] == 'take' then
    local wait = taken + interval - longest
    if wait > 0 then
        return wait
    end
    taken = taken + interval
else
    taken = taken - interval
end
if taken > 0 then
    -- A minute longer than needed: the clocks of nodes differ.
    local life = math.ceil(taken / 1000) + 60000
    redis.call('SET', KEYS[1], string.format('%.0f', now + taken), 'PX', string.format('%.0f', life))
else
    redis.call('DEL', KEYS[1])
end
return 0

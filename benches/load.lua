-- Questions for wrk, none like another for the cache of answers:
--
--   newsdex serve --index DIR &
--   wrk -t1 -c50 -d75s --latency -s benches/load.lua http://127.0.0.1:7700
--
-- REPEATED=1 asks the same sixteen again and again.
local words = {
  "solar", "oil price", "tesla", "interest rate", "apple", "bank of america", "merger", "dividend",
  "china trade", "gold", "opec", "earnings per share", "boeing", "amazon", "inflation", "federal reserve",
}
local repeated = os.getenv("REPEATED") ~= nil
local asked = 0

request = function()
  asked = asked + 1
  local address = "/api/search?q=" .. words[asked % #words + 1]:gsub(" ", "+")
  if not repeated then
    address = address .. "&offset=" .. asked % 399 .. "&snippet_length=" .. 100 + math.floor(asked / 16) % 1777
  end
  return wrk.format("GET", address)
end

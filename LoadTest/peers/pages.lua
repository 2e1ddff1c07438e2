-- GET of the addresses in a file, in random order, each connection resting between two requests.
-- Arguments: the file, milliseconds of rest, and perhaps a file with the token of whoever asks.
local addresses, rest = {}, 0

function init(arguments)
  for line in io.lines(arguments[1]) do
    addresses[#addresses + 1] = line
  end
  rest = tonumber(arguments[2])
  if arguments[3] then wrk.headers["Authorization"] = "Bearer " .. io.lines(arguments[3])() end
  math.randomseed(os.time())
end

function delay()
  return rest
end

function request()
  return wrk.format("GET", addresses[math.random(#addresses)], headers)
end

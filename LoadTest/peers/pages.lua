-- GET of the addresses in a file, in random order, each connection resting between two requests.
-- Arguments: the file, milliseconds of rest.
local addresses, rest = {}, 0

function init(arguments)
  for line in io.lines(arguments[1]) do
    addresses[#addresses + 1] = line
  end
  rest = tonumber(arguments[2])
  math.randomseed(os.time())
end

function delay()
  return rest
end

function request()
  return wrk.format("GET", addresses[math.random(#addresses)])
end

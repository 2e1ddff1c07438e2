-- GET of the addresses in a file, in random order, each connection resting between two requests.
-- Arguments: the file, milliseconds of rest, and, where callers must say who they are, a file with an access token.
local addresses, rest, headers = {}, 0, {}

function init(arguments)
  for line in io.lines(arguments[1]) do
    addresses[#addresses + 1] = line
  end
  rest = tonumber(arguments[2])
  if arguments[3] then
    headers["Authorization"] = "Bearer " .. io.open(arguments[3]):read("l")
  end
  math.randomseed(os.time())
end

function delay()
  return rest
end

function request()
  return wrk.format("GET", addresses[math.random(#addresses)], headers)
end

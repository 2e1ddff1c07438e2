-- GET of the paths in a file, in random order, with a delay between two requests of a connection.
-- Arguments: the file, the delay in milliseconds, and optionally a file with the caller's token.
local paths, pause = {}, 0

function init(arguments)
  for line in io.lines(arguments[1]) do
    paths[#paths + 1] = line
  end
  pause = tonumber(arguments[2])
  if arguments[3] then wrk.headers["Authorization"] = "Bearer " .. io.lines(arguments[3])() end
  math.randomseed(os.time())
end

function delay()
  return pause
end

function request()
  return wrk.format("GET", paths[math.random(#paths)], headers)
end

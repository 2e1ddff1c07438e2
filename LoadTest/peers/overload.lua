-- GET of one address by many connections, each resting between two requests; counts the answers by their status.
-- Arguments: milliseconds of rest, a file with the token of whoever asks.
local threads = {}

function setup(thread)
  threads[#threads + 1] = thread
end

function init(arguments)
  rest = math.floor(tonumber(arguments[1]))
  wrk.headers["Authorization"] = "Bearer " .. io.lines(arguments[2])()
  math.randomseed(os.time())
  good, refused, wrong = 0, 0, 0
end

-- Not all at once, and never in step.
function delay()
  return math.random(0, 2 * rest)
end

function response(status, headers)
  if status == 200 then
    good = good + 1
  elseif (status == 429 or status == 503) and (headers["Retry-After"] or headers["retry-after"]) then
    refused = refused + 1
  else
    wrong = wrong + 1
  end
end

function done(summary)
  local sums = { good = 0, refused = 0, wrong = 0 }
  for _, thread in ipairs(threads) do
    for name in pairs(sums) do
      sums[name] = sums[name] + thread:get(name)
    end
  end
  print(string.format("good %d refused %d wrong %d seconds %f", sums.good, sums.refused, sums.wrong, summary.duration / 1e6))
end

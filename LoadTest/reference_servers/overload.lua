-- GET of one URL with many connections and a delay between two requests; counts the responses by status.
-- Arguments: the mean delay in milliseconds, a file with the caller's token.
local threads = {}

function setup(thread)
  threads[#threads + 1] = thread
end

function init(arguments)
  mean_delay = math.floor(tonumber(arguments[1]))
  wrk.headers["Authorization"] = "Bearer " .. io.lines(arguments[2])()
  math.randomseed(os.time())
  good, rejected, wrong = 0, 0, 0
end

-- Random, so that connections are not synchronized.
function delay()
  return math.random(0, 2 * mean_delay)
end

function response(status, headers)
  if status == 200 then
    good = good + 1
  elseif (status == 429 or status == 503) and (headers["Retry-After"] or headers["retry-after"]) then
    rejected = rejected + 1
  else
    wrong = wrong + 1
  end
end

function done(summary)
  local sums = { good = 0, rejected = 0, wrong = 0 }
  for _, thread in ipairs(threads) do
    for name in pairs(sums) do
      sums[name] = sums[name] + thread:get(name)
    end
  end
  print(string.format("good %d rejected %d wrong %d seconds %f", sums.good, sums.rejected, sums.wrong, summary.duration / 1e6))
end

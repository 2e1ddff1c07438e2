-- PATCH /shops/{id} of random shops with a random delivery fee. Arguments: the number of shops, a file with their owner's token.
local shops, thread_number = 0, 0

function setup(thread)
  thread_number = thread_number + 1
  thread:set("seed", thread_number)
end

function init(arguments)
  shops = tonumber(arguments[1])
  math.randomseed(os.time() * 10 + seed)
  wrk.method = "PATCH"
  wrk.headers["Content-Type"] = "application/json"
  wrk.headers["Authorization"] = "Bearer " .. io.lines(arguments[2])()
end

function request()
  local path = string.format("/shops/00000000-0000-7000-8000-%012d", math.random(0, shops - 1))
  return wrk.format(nil, path, nil, string.format('{"deliveryFee":{"amount":%d,"currency":"KRW"}}', math.random(0, 5000)))
end

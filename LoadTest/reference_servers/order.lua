-- POST /orders of random shops by random customers, with two items each and distinct idempotency keys.
-- Arguments: the number of shops, a file with the customers' tokens.
local shops, tokens, thread_number, count = 0, {}, 0, 0

function setup(thread)
  thread_number = thread_number + 1
  thread:set("seed", thread_number)
end

function init(arguments)
  shops = tonumber(arguments[1])
  for line in io.lines(arguments[2]) do
    tokens[#tokens + 1] = "Bearer " .. line
  end
  math.randomseed(os.time() * 10 + seed)
  run = string.format("%d-%d", os.time(), seed)
  wrk.method = "POST"
  wrk.headers["Content-Type"] = "application/json"
end

function request()
  count = count + 1
  -- Every tenth shop is closed.
  local shop = math.random(0, shops / 10 - 1) * 10 + math.random(0, 8)
  wrk.headers["Authorization"] = tokens[math.random(#tokens)]
  wrk.headers["Idempotency-Key"] = string.format("bench-%s-%d", run, count)
  return wrk.format(nil, "/orders", nil, string.format(
    '{"shopId":"00000000-0000-7000-8000-%012d","items":[{"menuItemId":"00000000-0000-7000-a005-%012d","quantity":1},' ..
    '{"menuItemId":"00000000-0000-7000-a004-%012d","quantity":2}],"deliveryAddress":{"address":"서울특별시 강남구 테헤란로 1",' ..
    '"location":{"latitude":37.5,"longitude":127.03}},"payment":{"token":"tok_visa"}}', shop, shop, shop))
end

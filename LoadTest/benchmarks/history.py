"""The growth of the latency of an order and of a customer's history with a thousand times as many orders."""
import json
import random
import time

from .orders import one_order
from .measurement import grown, note, repeated
from .shops import prepare
from .stack import HOME, get, wait_until
from .wrk import wrk

FEW, MANY = 1_000, 1_000_000
ORDERS_PER_CUSTOMER = 100  # the pages are equally full at both sizes
SHOPS = 20
CONNECTIONS, DELAY = 4, 5  # about 700 requests/s, far below saturation, so that no queueing is measured
PATHS = 5_000
TIMEOUT = 1_800
MAX_GROWTH = 1.5
TABLES = {
    "order": "order_events, order_snapshots, checkout_sagas, outbox, idempotency_keys",
    "payment": "payments, pending_operations, ledger_entries, ledger_transactions, outbox, idempotency_keys",
    "rider": "deliveries, offers, outbox",
}


def latency(stack):
    prepare(stack, SHOPS)
    with stack.shop(), stack.service("order", SAGA_CONCURRENCY="0") as order, stack.service("payment"), stack.service("rider"):
        template = template_order(stack, order)
        few, many = p99s(stack, template, FEW), p99s(stack, template, MANY)
        for database in TABLES:
            empty(stack, database)
    stack.redis("cache", "FLUSHALL")
    return [grown(f"{what} p99 ms, {MANY:,} orders : {FEW:,} orders", many[what], few[what], MAX_GROWTH) for what in few]


def p99s(stack, template, count):
    """The rounds' p99 in milliseconds, by request."""
    load(stack, template, count)
    stack.redis("cache", "FLUSHALL")
    results = {}
    start = time.monotonic()
    with stack.service("order-history", timeout=TIMEOUT) as history:  # ready when the read model is built
        wait_until(lambda: is_complete(stack, history, count), TIMEOUT, f"a read model of {count:,} orders", every=0.5)
        note(f"{count:,} orders into the read model: {time.monotonic() - start:.1f} s, {memory(stack) / count:,.0f} bytes each")
        # A new consumer group triggers a reconciliation.
        wait_until(history.is_idle, TIMEOUT, "an idle order-history")
        for what, paths in request_paths(count).items():
            file = HOME / "history.txt"
            file.write_text("\n".join(paths) + "\n")
            p99(stack, history, file)  # warm-up
            results[what] = repeated(lambda: p99(stack, history, file))
            note(f"{count:,} orders, {what}: p99 of each round {results[what]}")
    return results


def p99(stack, history, file):
    token = HOME / "operator.token"
    token.touch(mode=0o600)
    token.write_text(stack.token("operator"))
    return wrk(history.url, CONNECTIONS, seconds=6, script="pages.lua", arguments=(file, DELAY, token)).p99_milliseconds


def request_paths(count):
    numbers = random.Random(7)
    customers = range(count // ORDERS_PER_CUSTOMER)
    return {
        "composed view": [f"/orders/{order_id(numbers.randrange(count))}" for _ in range(PATHS)],
        "customer's history": [f"/customers/{customer_id(numbers.choice(customers))}/orders?limit=20" for _ in range(PATHS)],
    }


def is_complete(stack, history, count):
    """Whether all three parts are built, and the last order has its payment and its delivery."""
    parts = ["history:built:order", "history:built:payment", "history:built:delivery"]
    if stack.redis("cache", "EXISTS", *parts) != "3":
        return False
    status, body = get(f"{history.url}/orders/{order_id(count - 1)}", {"Authorization": f"Bearer {stack.token('operator')}"})
    return status == 200 and all(json.loads(body).get(part) for part in ("payment", "delivery"))


def memory(stack):
    lines = stack.redis("cache", "INFO", "memory").splitlines()
    return int(dict(line.strip().split(":", 1) for line in lines if ":" in line)["used_memory"])


# MARK: Bulk orders

def order_id(number):
    return f"00000000-0000-7000-b000-{number:012d}"


def customer_id(number):
    return f"00000000-0000-7000-9000-{number:012d}"


def template_order(stack, order):
    """The stored values of one order placed at the service, from which the others are derived."""
    empty(stack, "order")
    one_order(order, stack.token("customer"))
    return stack.sql(
        "SELECT json_build_object('order', order_id, 'customer', customer_id, 'payment', payment_id, 'shop', shop_id, 'owner', owner_id, "
        "'total', total, 'document', document::text, 'placedAt', document->>'placedAt') FROM order_snapshots", database="order")


def empty(stack, database):
    """Empties a database's tables as a replica, with triggers disabled: the ledger's triggers reject deletions."""
    stack.sql(f"SET session_replication_role = replica; TRUNCATE {TABLES[database]} CASCADE", database=database)


def load(stack, template, count):
    """Replaces all orders by `count` delivered ones, each with a payment and a delivery."""
    note(f"{count:,} orders into PostgreSQL")
    values = json.loads(template)
    ids = f"""
        SELECT n, ('00000000-0000-7000-b000-' || lpad(n::text, 12, '0'))::uuid AS id,
               ('00000000-0000-7000-b001-' || lpad(n::text, 12, '0'))::uuid AS payment,
               ('00000000-0000-7000-9000-' || lpad((n / {ORDERS_PER_CUSTOMER})::text, 12, '0'))::uuid AS customer,
               date_trunc('milliseconds', now()) - make_interval(secs => n) AS placed
        FROM generate_series(0, {count - 1}) AS n"""
    time = lambda value: f"""to_char({value} AT TIME ZONE 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.MS"Z"')"""
    timeline = lambda states: "jsonb_build_array(" + ", ".join(
        f"jsonb_build_object('version', {version}, 'status', '{status}', 'at', {time('placed')})"
        for version, status in enumerate(states, 1)) + ")"
    document = "'" + values["document"].replace("'", "''") + "'"
    for name, expression in (("order", "id::text"), ("payment", "payment::text"), ("customer", "customer::text"), ("placedAt", time("placed"))):
        document = f"replace({document}, '{values[name]}', {expression})"
    for database in TABLES:
        empty(stack, database)
    stack.sql(f"""
        INSERT INTO order_snapshots
          (order_id, version, status, customer_id, shop_id, owner_id, payment_id, total, document, placed_at, updated_at)
        SELECT id, 1, 'placed', customer, '{values["shop"]}', '{values["owner"]}', payment, {values["total"]}, ({document})::json, placed, placed
        FROM ({ids}) AS ids""", database="order")
    stack.sql(f"""
        INSERT INTO payments (id, order_id, customer_id, amount, status, captured, version, timeline, created_at, updated_at)
        SELECT payment, id, customer, {values["total"]}, 'captured', {values["total"]}, 3, {timeline(["requested", "authorized", "captured"])},
               placed, placed
        FROM ({ids}) AS ids""", database="payment")
    stack.sql(f"""
        INSERT INTO deliveries
          (id, order_id, customer_id, shop_id, owner_id, pickup_address, pickup_latitude, pickup_longitude, drop_off_address,
           drop_off_latitude, drop_off_longitude, status, rider_id, rider_name, version, timeline, created_at, updated_at)
        SELECT ('00000000-0000-7000-b002-' || lpad(n::text, 12, '0'))::uuid, id, customer, '{values["shop"]}', '{values["owner"]}',
               '서울특별시 강남구 테헤란로 1', 37.5, 127.03, '서울특별시 강남구 테헤란로 2', 37.51, 127.04, 'delivered',
               '00000000-0000-7000-b003-000000000001', '배달이', 4, {timeline(["requested", "assigned", "pickedUp", "delivered"])},
               placed, placed
        FROM ({ids}) AS ids""", database="rider")
    for database in TABLES:
        stack.sql("VACUUM ANALYZE", database=database)
    stack.sql("CHECKPOINT")

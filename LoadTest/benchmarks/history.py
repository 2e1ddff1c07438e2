"""How much slower an order and a customer's history get when there are a thousand times as many orders."""
import json
import random
import statistics
import time

from .orders import one_order
from .report import Row, note, rounds
from .shops import prepare
from .stack import HOME, get, wait_until
from .wrk import wrk

FEW, MANY = 1_000, 1_000_000
OF_A_CUSTOMER = 100  # so that the pages are as full at both sizes
SHOPS = 20
CONNECTIONS, REST = 4, 5  # about 700 requests a second: far from the limit, so that no queue is measured
ADDRESSES = 5_000
PATIENCE = 1_800
LEAST_GROWTH = 1.5
OWNED = {
    "order": "order_events, order_snapshots, checkout_sagas, outbox, idempotency_keys",
    "payment": "payments, pending_operations, ledger_entries, ledger_transactions, outbox, idempotency_keys",
    "rider": "deliveries, offers, outbox",
}


def latency(stack):
    prepare(stack, SHOPS)
    with stack.shop(), stack.service("order", SAGA_CONCURRENCY="0") as order, stack.service("payment"), stack.service("rider"):
        order_of = sample(stack, order)
        few, many = p99s(stack, order_of, FEW), p99s(stack, order_of, MANY)
        for database in OWNED:
            empty(stack, database)
    stack.redis("cache", "FLUSHALL")
    return [row(what, few[what], many[what]) for what in few]


def row(what, few, many):
    ratio = many / few
    name = f"{what} p99 ms, {MANY:,} orders : {FEW:,} orders"
    return Row(name, round(many, 3), round(few, 3), round(ratio, 3), f"ratio < {LEAST_GROWTH}", ratio < LEAST_GROWTH)


def p99s(stack, order_of, count):
    """Medians of the rounds' p99 in milliseconds, by what was read."""
    load(stack, order_of, count)
    stack.redis("cache", "FLUSHALL")
    token = HOME / "operator.token"
    found = {"composed view": [], "customer's history": []}
    begun = time.monotonic()
    with stack.service("order-history", patience=PATIENCE) as history:  # ready when all is built
        wait_until(lambda: is_whole(stack, history, count), PATIENCE, f"a read model of {count:,} orders", every=0.5)
        note(f"{count:,} orders into the read model: {time.monotonic() - begun:.1f} s, {memory(stack) / count:,.0f} bytes each")
        # A new consumer group has all compared once more.
        wait_until(history.is_calm, PATIENCE, "an order-history at rest")
        for what, paths in addresses(count).items():
            file = HOME / "history.txt"
            file.write_text("\n".join(paths) + "\n")
            for _ in [None, *rounds()]:
                token.touch(mode=0o600)
                token.write_text(stack.token("operator"))
                p99 = wrk(history.url, CONNECTIONS, seconds=6, script="pages.lua", arguments=(file, REST, token)).p99_milliseconds
                found[what].append(p99)
            del found[what][0]  # the first warms up
            note(f"{count:,} orders, {what}: p99 of each round {found[what]}")
    return {what: statistics.median(values) for what, values in found.items()}


def addresses(count):
    numbers = random.Random(7)
    customers = range(count // OF_A_CUSTOMER)
    return {
        "composed view": [f"/orders/{order_id(numbers.randrange(count))}" for _ in range(ADDRESSES)],
        "customer's history": [f"/customers/{customer_id(numbers.choice(customers))}/orders?limit=20" for _ in range(ADDRESSES)],
    }


def is_whole(stack, history, count):
    """Whether all three parts were built, and the last order is shown with its payment and its delivery."""
    parts = ["history:built:order", "history:built:payment", "history:built:delivery"]
    if stack.redis("cache", "EXISTS", *parts) != "3":
        return False
    status, body = get(f"{history.url}/orders/{order_id(count - 1)}", {"Authorization": f"Bearer {stack.token('operator')}"})
    return status == 200 and all(json.loads(body).get(part) for part in ("payment", "delivery"))


def memory(stack):
    lines = stack.redis("cache", "INFO", "memory").splitlines()
    return int(dict(line.strip().split(":", 1) for line in lines if ":" in line)["used_memory"])


# MARK: Orders by the thousand

def order_id(number):
    return f"00000000-0000-7000-b000-{number:012d}"


def customer_id(number):
    return f"00000000-0000-7000-9000-{number:012d}"


def sample(stack, order):
    """What the database keeps of one order that the service took: the others are made from it."""
    empty(stack, "order")
    one_order(order, stack.token("customer"))
    return stack.sql(
        "SELECT json_build_object('order', order_id, 'customer', customer_id, 'payment', payment_id, 'shop', shop_id, 'owner', owner_id, "
        "'total', total, 'document', document::text, 'placedAt', document->>'placedAt') FROM order_snapshots", database="order")


def empty(stack, database):
    """As a replica's writer, whom no trigger refuses: the ledger lets nobody else take anything away."""
    stack.sql(f"SET session_replication_role = replica; TRUNCATE {OWNED[database]} CASCADE", database=database)


def load(stack, order_of, count):
    """Replaces all orders by `count` delivered ones, each with its payment and its delivery."""
    note(f"{count:,} orders into PostgreSQL")
    made = json.loads(order_of)
    ids = f"""
        SELECT n, ('00000000-0000-7000-b000-' || lpad(n::text, 12, '0'))::uuid AS id,
               ('00000000-0000-7000-b001-' || lpad(n::text, 12, '0'))::uuid AS payment,
               ('00000000-0000-7000-9000-' || lpad((n / {OF_A_CUSTOMER})::text, 12, '0'))::uuid AS customer,
               date_trunc('milliseconds', now()) - make_interval(secs => n) AS placed
        FROM generate_series(0, {count - 1}) AS n"""
    time = lambda value: f"""to_char({value} AT TIME ZONE 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.MS"Z"')"""
    timeline = lambda states: "jsonb_build_array(" + ", ".join(
        f"jsonb_build_object('version', {version}, 'status', '{status}', 'at', {time('placed')})"
        for version, status in enumerate(states, 1)) + ")"
    document = "'" + made["document"].replace("'", "''") + "'"
    for found, value in (("order", "id::text"), ("payment", "payment::text"), ("customer", "customer::text"), ("placedAt", time("placed"))):
        document = f"replace({document}, '{made[found]}', {value})"
    for database in OWNED:
        empty(stack, database)
    stack.sql(f"""
        INSERT INTO order_snapshots
          (order_id, version, status, customer_id, shop_id, owner_id, payment_id, total, document, placed_at, updated_at)
        SELECT id, 1, 'placed', customer, '{made["shop"]}', '{made["owner"]}', payment, {made["total"]}, ({document})::json, placed, placed
        FROM ({ids}) AS ids""", database="order")
    stack.sql(f"""
        INSERT INTO payments (id, order_id, customer_id, amount, status, captured, version, timeline, created_at, updated_at)
        SELECT payment, id, customer, {made["total"]}, 'captured', {made["total"]}, 3, {timeline(["requested", "authorized", "captured"])},
               placed, placed
        FROM ({ids}) AS ids""", database="payment")
    stack.sql(f"""
        INSERT INTO deliveries
          (id, order_id, customer_id, shop_id, owner_id, pickup_address, pickup_latitude, pickup_longitude, drop_off_address,
           drop_off_latitude, drop_off_longitude, status, rider_id, rider_name, version, timeline, created_at, updated_at)
        SELECT ('00000000-0000-7000-b002-' || lpad(n::text, 12, '0'))::uuid, id, customer, '{made["shop"]}', '{made["owner"]}',
               '서울특별시 강남구 테헤란로 1', 37.5, 127.03, '서울특별시 강남구 테헤란로 2', 37.51, 127.04, 'delivered',
               '00000000-0000-7000-b003-000000000001', '배달이', 4, {timeline(["requested", "assigned", "pickedUp", "delivered"])},
               placed, placed
        FROM ({ids}) AS ids""", database="rider")
    for database in OWNED:
        stack.sql("VACUUM ANALYZE", database=database)
    stack.sql("CHECKPOINT")

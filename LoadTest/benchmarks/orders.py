"""Durable orders: POST /orders next to pgbench with the same two statements on the same PostgreSQL."""
import json
import subprocess
import urllib.request

from .pgbench import TRACE, literal, pgbench, substitute
from .measurement import SECONDS, compared, rounds
from .shops import prepare, shop_id
from .stack import PROGRAMS
from .wrk import wrk

SHOPS = 2_000
CONNECTIONS = 32
CUSTOMERS = 50
TABLES = "order_events, order_snapshots, checkout_sagas, outbox, idempotency_keys"


def post(stack):
    prepare(stack, SHOPS)
    for name in ("fsync", "synchronous_commit"):
        if stack.sql(f"SHOW {name}") != "on":
            raise RuntimeError(f"{name} is off")
    # The benchmark runs no payment service, so this instance runs no sagas.
    settings = {"SAGA_CONCURRENCY": "0"}
    with stack.shop(), stack.service("order", **settings) as order:
        one_order(order, stack.token("customer"))
        script = pgbench_script(stack)
    ours, reference = [], []
    for _ in rounds((ours, reference)):
        clean_up(stack)
        with stack.shop(), stack.service("order", **settings) as order:
            arguments = (SHOPS, stack.tokens("customer", CUSTOMERS))
            load = lambda seconds: wrk(order.url, CONNECTIONS, threads=2, seconds=seconds, script="order.lua", arguments=arguments)
            load(1)
            ours.append(load(SECONDS).requests_per_second)
        clean_up(stack)
        pgbench(stack, "order", script, CONNECTIONS, 1)
        clean_up(stack)  # the next run's order numbers start from 1 again
        reference.append(pgbench(stack, "order", script, CONNECTIONS, SECONDS))
    clean_up(stack)
    return [compared("POST /orders, durable, 32 connections, req/s : pgbench", ours, reference, 0.6)]


def one_order(order, token):
    """Places one order, whose documents pgbench writes repeatedly."""
    body = {
        "shopId": shop_id(1),
        "items": [{"menuItemId": item_id(1, 5), "quantity": 1}, {"menuItemId": item_id(1, 4), "quantity": 2}],
        "deliveryAddress": {"address": "서울특별시 강남구 테헤란로 1", "location": {"latitude": 37.5, "longitude": 127.03}},
        "payment": {"token": "tok_visa"},
    }
    headers = {
        "Content-Type": "application/json", "Authorization": f"Bearer {token}", "Idempotency-Key": "bench-sample",
    }
    urllib.request.urlopen(urllib.request.Request(f"{order.url}/orders", json.dumps(body).encode(), headers), timeout=10).close()


def item_id(shop, item):
    """The id of a menu item of the n-th shop, as in order.lua."""
    return f"00000000-0000-7000-a00{item}-{shop:012d}"


def clean_up(stack):
    """Removes the rows of the previous run, so that it does not affect the next."""
    stack.sql(f"TRUNCATE {TABLES}", database="order")
    stack.sql("VACUUM ANALYZE", database="order")
    stack.sql("CHECKPOINT")


def pgbench_script(stack):
    """The service's statements, with pgbench expressions in place of the bound parameters."""
    printed = subprocess.run([PROGRAMS / "order", "--print-sql"], capture_output=True, text=True, check=True).stdout
    offer, insert = (statement.strip() for statement in printed.strip().rstrip(";").split(";\n"))
    sample = json.loads(stack.sql(
        "SELECT json_build_object('data', e.data::text, 'document', s.document::text, 'owner', s.owner_id, 'total', s.total, "
        "'fingerprint', k.fingerprint) "
        "FROM order_events AS e JOIN order_snapshots AS s USING (order_id) JOIN idempotency_keys AS k ON k.subject = order_id "
        "WHERE e.version = 1 LIMIT 1", database="order"))
    identifier = lambda kind: f"('00000000-0000-7000-{kind}-' || lpad(cast(:order AS text), 12, '0'))::uuid"
    shop = "('00000000-0000-7000-8000-' || lpad(cast(:shop AS text), 12, '0'))::uuid"
    menu_item = lambda item: f"'00000000-0000-7000-a00{item}-' || lpad(cast(:shop AS text), 12, '0')"
    customer = "('00000000-0000-7000-9000-' || lpad(cast(:customer AS text), 12, '0'))"
    principal, key = f"('customer' || chr(58) || {customer})", "('pgbench-' || :order)"
    offered = {1: principal, 2: key, 3: shop, 4: f"ARRAY[{menu_item(5)}, {menu_item(4)}]"}
    # InsertOrder.bind: order, event's data, actor, time, customer, shop, owner, payment, total, document, token, step, status, due, deadline,
    # event id, traceparent, principal, key, fingerprint.
    inserted = {
        1: identifier("b000"), 2: literal(sample["data"]), 3: principal, 4: "now()", 5: f"{customer}::uuid", 6: shop,
        7: f"'{sample['owner']}'::uuid", 8: identifier("b001"), 9: str(sample["total"]), 10: literal(sample["document"]), 11: "'tok_visa'",
        12: "'authorize'", 13: "'running'", 14: "5000", 15: "60000", 16: identifier("b002"), 17: f"'{TRACE}'", 18: principal, 19: key,
        20: literal(sample["fingerprint"]),
    }
    return (
        f"\\set shop random(0, {SHOPS // 10 - 1}) * 10 + random(0, 8)\n\\set customer random(0, {CUSTOMERS - 1})\n\\set count :count + 1\n"
        f"\\set order :client_id * 1000000000 + :count\n{substitute(offer, offered)};\n{substitute(insert, inserted)};\n"
    )

"""The gateway's overhead: requests through the gateway next to the same requests sent directly, in the same run."""
from .reads import PAGE, SHOPS, measure
from .measurement import compared, limited, note, rounds
from .shops import prepare, shop_id
from .stack import HOME
from .wrk import wrk

# All requests come from one address and one account.
UNLIMITED = {f"RATE_{key}{suffix}": "1000000" for key in ("ADDRESS", "PRINCIPAL") for suffix in ("", "_BURST")}
CONNECTIONS, DELAY = 4, 5  # DELAY: milliseconds between two requests of a connection, so that no queueing is measured


def overhead(stack):
    prepare(stack, SHOPS)
    with stack.shop() as shop, stack.listing() as listing, stack.service("gateway", **UNLIMITED) as gateway:
        throughput = measure({"direct": listing.url + PAGE, "gateway": f"{gateway.url}/shop-listing{PAGE}"})
        # An authenticated, uncacheable read: the gateway verifies the token and proxies the request, and the shop service reads PostgreSQL.
        path = f"/shops/{shop_id(1)}"
        added = []
        for _ in rounds(added):
            direct, through = median(stack, shop.url, path), median(stack, gateway.url, f"/shop{path}")
            note(f"median ms: direct {direct}, through the gateway {through}")
            added.append(through - direct)
    return [
        compared("listing through the gateway, 64 connections, req/s : direct", throughput["gateway"], throughput["direct"], 0.5),
        limited("what the gateway adds to a signed-in read, median ms", added, 1),
    ]


def median(stack, url, path):
    file = HOME / "gateway.txt"
    file.write_text(path + "\n")
    return wrk(url, CONNECTIONS, script="pages.lua", arguments=(file, DELAY, stack.tokens("owner", 1))).p50_milliseconds

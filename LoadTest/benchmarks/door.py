"""The gateway's own cost: what is asked through it, beside the same asked directly, in the same run."""
from .reads import CONNECTIONS, PAGE, SHOPS, measure
from .report import compared, limited, note, rounds
from .shops import prepare, shop_id
from .stack import HOME
from .wrk import wrk

# All comes from one address here, and in one name.
UNLIMITED = {f"RATE_{whose}{what}": "1000000" for whose in ("ADDRESS", "PRINCIPAL") for what in ("", "_BURST")}
FEW, REST = 4, 5  # connections, and milliseconds between two requests of each: no queue is measured


def gateway(stack):
    prepare(stack, SHOPS)
    with stack.shop() as shop, stack.listing() as listing, stack.service("gateway", **UNLIMITED) as door:
        behind = {"direct": listing.url + PAGE, "gateway": f"{door.url}/shop-listing{PAGE}"}
        found = measure(behind)
        # A page that no cache has, since it needs a token: verified, balanced, passed on, and answered from PostgreSQL.
        path = f"/shops/{shop_id(1)}"
        delays = {"direct": [], "gateway": []}
        for _ in rounds():
            delays["direct"].append(median(stack, shop.url, path))
            delays["gateway"].append(median(stack, door.url, f"/shop{path}"))
        note(f"median ms of each round: {delays}")
    added = [through - direct for through, direct in zip(delays["gateway"], delays["direct"])]
    return [
        compared("listing through the gateway, 64 connections, req/s : direct", found["gateway"], found["direct"], 0.5),
        limited("what the gateway adds to a signed-in read, median ms", added, 1),
    ]


def median(stack, url, path):
    file = HOME / "door.txt"
    file.write_text(path + "\n")
    return wrk(url, FEW, script="pages.lua", arguments=(file, REST, stack.tokens("owner", 1))).p50_milliseconds

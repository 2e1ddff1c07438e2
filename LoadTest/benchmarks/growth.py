"""The growth of a page's latency with a hundred times as many shops."""
import json
from urllib.parse import quote

from .measurement import grown, note, repeated
from .shops import CATEGORIES, DISTRICTS, prepare
from .stack import HOME, get
from .wrk import wrk

FEW, MANY = 1_000, 100_000
SORTS = ["rating", "reviews", "fee", "newest"]
CONNECTIONS, DELAY = 4, 5  # about 700 requests/s, far below saturation, so that no queueing is measured
MAX_GROWTH = 1.5


def listing_latency(stack):
    few, many = p99s(stack, FEW), p99s(stack, MANY)
    return [grown(f"listing p99 ms, {MANY:,} shops : {FEW:,} shops, near cache off", many, few, MAX_GROWTH)]


def p99s(stack, count):
    """The rounds' p99 in milliseconds."""
    prepare(stack, count)
    with stack.shop(), stack.listing(NEAR_CACHE_BYTES="0") as listing:
        file = HOME / "pages.txt"
        file.write_text("\n".join(pages(listing)) + "\n")
        load = lambda: wrk(listing.url, CONNECTIONS, seconds=8, script="pages.lua", arguments=(file, DELAY)).p99_milliseconds
        load()
        results = repeated(load)
    note(f"{count:,} shops: p99 of each round {results}")
    return results


def pages(listing):
    """Paths of pages that are full at both sizes: the first pages of lists, and later pages of the list of all shops."""
    paths = [f"/listings?district={district}&sort={sort}&limit=20" for district in DISTRICTS for sort in SORTS]
    paths += [f"/listings?category={category}&sort={sort}&limit=20" for category in CATEGORIES for sort in SORTS]
    for sort in SORTS:
        path = f"/listings?sort={sort}&limit=20"
        for _ in range(40):
            paths.append(path)
            cursor = json.loads(get(listing.url + path)[1]).get("nextCursor")
            path = f"/listings?sort={sort}&limit=20&cursor={quote(cursor)}"
    return paths

"""Reads: one page of 20 shops, from the near cache and from Redis, next to webdis and nginx with the same bytes."""
from .reference_servers import nginx, webdis
from .measurement import compared, rounds
from .shops import prepare
from .stack import get
from .wrk import wrk

SHOPS = 20_000
PAGE = "/listings?district=gangnam&limit=20"
CONNECTIONS = 64


def page_of(listing):
    status, body = get(listing.url + PAGE)
    if status != 200 or body.count(b'"id"') < 20:
        raise RuntimeError(f"{PAGE}: {status} {body[:200]!r}")
    return body


def measure(urls):
    """Loads the servers in turn, round by round; returns requests per second by server. The first is compared with the others."""
    results = {name: [] for name in urls}
    first, *others = results.values()
    for url in urls.values():
        wrk(url, CONNECTIONS, seconds=1)
    for _ in rounds(*[(first, other) for other in others]):
        for name, url in urls.items():
            results[name].append(wrk(url, CONNECTIONS).requests_per_second)
    return results


def near_cache(stack):
    prepare(stack, SHOPS)
    with stack.shop(), stack.listing(HTTP_THREADS="1") as listing:
        body = page_of(listing)
        with webdis(body) as webdis_url, nginx(body) as nginx_url:
            results = measure({"ours": listing.url + PAGE, "webdis": webdis_url, "nginx": nginx_url})
    return [
        compared("near-cache hit, 1 thread, 64 connections, req/s : webdis", results["ours"], results["webdis"], 2.2),
        compared("near-cache hit, 1 thread, 64 connections, req/s : nginx file", results["ours"], results["nginx"], 0.9),
    ]


def redis_path(stack):
    prepare(stack, SHOPS)
    with stack.shop(), stack.listing(HTTP_THREADS="1", NEAR_CACHE_BYTES="0") as listing:
        with webdis(page_of(listing)) as webdis_url:
            results = measure({"ours": listing.url + PAGE, "webdis": webdis_url})
    return [compared("page by Redis, near cache off, req/s : webdis", results["ours"], results["webdis"], 1.0)]

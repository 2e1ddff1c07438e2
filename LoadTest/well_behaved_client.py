#!/usr/bin/env python3
"""A well-behaved client: ten requests a second on new connections, pages and failing sign-ins. Prints the share that succeeded.

    well_behaved_client.py URL SECONDS
"""
import http.client
import json
import sys
import time
from urllib.parse import urlparse

REQUESTS = (
    ("GET", "/shop-listing/listings?limit=20", None, {200}),
    ("GET", "/shop-listing/listings?limit=20&sort=rating", None, {200}),
    ("POST", "/identity/sessions", json.dumps({"email": "nobody@baedal.example", "password": "not a password"}), {401, 429}),
)


def succeeds(address, method, path, body, expected):
    connection = http.client.HTTPConnection(address.hostname, address.port, timeout=2)
    try:
        headers = {"Content-Type": "application/json"} if body else {}
        connection.request(method, path, body=body, headers=headers)
        response = connection.getresponse()
        response.read()
        return response.status in expected
    except OSError:
        return False
    except http.client.HTTPException:
        return False
    finally:
        connection.close()


def main():
    address, end = urlparse(sys.argv[1]), time.monotonic() + float(sys.argv[2])
    succeeded = sent = 0
    while time.monotonic() < end:
        method, path, body, expected = REQUESTS[sent % len(REQUESTS)]
        sent += 1
        succeeded += succeeds(address, method, path, body, expected)
        time.sleep(0.1)
    print(f"{100 * succeeded / max(sent, 1):.2f}% of {sent}")


if __name__ == "__main__":
    main()

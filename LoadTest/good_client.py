#!/usr/bin/env python3
"""A client as most are: a page, a sign-in that fails, each on a new connection, ten a second. Prints how many were served.

    good_client.py URL SECONDS
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


def is_served(address, method, path, body, expected):
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
    served = asked = 0
    while time.monotonic() < end:
        method, path, body, expected = REQUESTS[asked % len(REQUESTS)]
        asked += 1
        served += is_served(address, method, path, body, expected)
        time.sleep(0.1)
    print(f"{100 * served / max(asked, 1):.2f}% of {asked}")


if __name__ == "__main__":
    main()

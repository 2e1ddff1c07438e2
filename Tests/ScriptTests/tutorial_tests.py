"""Tests of Deploy/tutorial, the client of Docs/tutorial.md, with a gateway that only records; `make lint` runs them."""
import base64
import json
import os
import subprocess
import tempfile
import threading
import time
import unittest
from http.server import BaseHTTPRequestHandler, HTTPServer
from pathlib import Path

REPOSITORY = Path(__file__).resolve().parents[2]


def jwt(expires):
    return "e30." + base64.urlsafe_b64encode(json.dumps({"exp": expires}).encode()).decode().rstrip("=") + ".signature"


class Gateway(BaseHTTPRequestHandler):
    def do_GET(self):
        self.answer()

    def do_POST(self):
        self.answer()

    def answer(self):
        self.server.requests.append((self.command, self.path, self.headers.get("Authorization")))
        if self.path == "/identity/sessions":
            status, body = 201, {"accessToken": jwt(self.server.expiry())}
        elif self.path == "/order/orders/late/accept":
            status, body = 409, {"title": "Conflict", "status": 409, "code": "illegal_transition", "detail": "the order is expired"}
        else:
            status, body = 200, {"id": "7", "items": [{"name": "후라이드"}]}
        data = json.dumps(body).encode()
        self.send_response(status)
        self.send_header("Content-Type", "application/json")
        self.send_header("Content-Length", str(len(data)))
        self.end_headers()
        self.wfile.write(data)

    def log_message(self, *_):
        pass


class TutorialTests(unittest.TestCase):
    def setUp(self):
        self.server = HTTPServer(("127.0.0.1", 0), Gateway)
        self.server.requests, self.server.expiry = [], lambda: time.time() + 900
        threading.Thread(target=self.server.serve_forever, args=(0.01,)).start()
        folder = tempfile.TemporaryDirectory()
        self.home = folder.name
        (Path(self.home) / "settings.env").write_text(f"GATEWAY_PORT={self.server.server_port}\n")
        self.addCleanup(folder.cleanup)
        self.addCleanup(self.server.server_close)
        self.addCleanup(self.server.shutdown)

    def run_command(self, *arguments):
        environment = {**os.environ, "STACK_HOME": self.home}
        done = subprocess.run([REPOSITORY / "Deploy/tutorial", *arguments], env=environment, capture_output=True, text=True)
        return done.stdout + done.stderr

    def test_an_empty_variable_is_named_and_nothing_is_sent(self):
        for arguments in (("customer", "GET", "/order/orders/"), ("customer", "GET", "/order/orders//saga"),
                          ("anyone", "GET", "/listings?shop="), ("customer", "POST", "/order/orders", '{"shopId": ""}')):
            self.assertIn("A variable is empty", self.run_command("show", *arguments))
        self.assertEqual(self.server.requests, [])
        self.assertIn("The last response has no id", self.run_command("field", "id"))

    def test_a_member_of_the_last_response(self):
        self.assertIn("200 OK", self.run_command("show", "anyone", "GET", "/shop/shops/7"))
        self.assertEqual(self.run_command("field", "items", "0", "name"), "후라이드\n")
        self.assertIn("has no items 1", self.run_command("field", "items", "1"))

    def test_a_problem_has_its_title_and_detail(self):
        printed = self.run_command("show", "anyone", "POST", "/order/orders/late/accept", "{}")
        self.assertIn("Conflict (illegal_transition): the order is expired", printed)
        self.assertIn("Late", printed)

    def test_a_token_is_kept_until_shortly_before_it_expires(self):
        for _ in range(2):
            self.run_command("show", "customer", "GET", "/shop/shops/7")
        paths = [path for _, path, _ in self.server.requests]
        self.assertEqual(paths, ["/identity/sessions", "/shop/shops/7", "/shop/shops/7"])
        self.assertTrue(self.server.requests[-1][2].startswith("Bearer e30."))
        (Path(self.home) / "tutorial/tokens.json").write_text(json.dumps({"customer": jwt(time.time() + 60)}))
        self.run_command("show", "customer", "GET", "/shop/shops/7")
        self.assertEqual([path for _, path, _ in self.server.requests[3:]], ["/identity/sessions", "/shop/shops/7"])


if __name__ == "__main__":
    unittest.main()

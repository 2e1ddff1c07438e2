"""Tests of Deploy/catalogue; `make lint` runs them."""
import copy
import json
import sys
import unittest
from pathlib import Path

sys.dont_write_bytecode = True
sys.path.insert(0, str(Path(__file__).resolve().parents[2] / "Deploy"))

from service_catalogue import access, compose, connections, environment, model
from service_catalogue.validation import validate


def changed(service, remove=(), **fields):
    """The catalogue's document with some fields of a service changed."""
    document = json.loads(model.CATALOGUE_FILE.read_text(encoding="utf-8"))
    found = next(one for one in document["services"] if one["name"] == service)
    found.update(copy.deepcopy(fields))
    for name in remove:
        del found[name]
    return document


class ValidationTests(unittest.TestCase):
    MISTAKES = {
        "order: port: 8102 is taken by shop": changed("shop", port=8102),
        "review: port: 8112 is taken by order-2": changed("review", port=8112),
        "rider: port: must be of the type int": changed("rider", port="8104"),
        "rider: summary: is missing": changed("rider", remove=["summary"]),
        "rider: prot: there is no such field": changed("rider", prot=1),
        "rider: kind: must be one of command, query, gateway, external": changed("rider", kind="thing"),
        "Rider_1: name: must be lower-case words with `-` between them": changed("rider", name="Rider_1"),
        "auditor: name: is that of a server or of a user who is no service": changed("rider", name="auditor"),
        "rider: folder: Shop is taken by shop": changed("rider", folder="Shop"),
        "shop: database: a command service needs one": changed("shop", remove=["database"]),
        "shop: database: must be the name with `_` for `-`": changed("shop", database="order"),
        "shop: connections: belong to a database, and it to them": changed("shop", remove=["connections"]),
        "order: publishes: order is taken by shop": changed("shop", publishes=["shop", "order"]),
        "rider: subscribes: unknown source menu": changed("rider", subscribes=[{"source": "menu", "aggregates": ["menu"]}]),
        "rider: subscribes: order publishes no events of shop": changed("rider", subscribes=[{"source": "order", "aggregates": ["shop"]}]),
        "rider: calls: lacks order, whose events need callbacks": changed("rider", calls=[]),
        "rider: calls: unknown peer menu": changed("rider", calls=["order", "menu"]),
        "payment: calls: payment-provider is in no registry": changed("payment", calls=["payment-provider"]),
        "shop-listing: cache: a query service needs one": changed("shop-listing", remove=["cache"]),
        "gateway: cache: history:* is taken by order-history": changed("gateway", cache={"keys": ["history:*"], "commands": ["get"]}),
        "gateway: cache: bad name '@all'": changed("gateway", cache={"keys": ["ratelimit:*"], "commands": ["@all"]}),
        "gateway: cache: bad name '*'": changed("gateway", cache={"keys": ["*"], "commands": ["get"]}),
        "rider: settings: NAME has a value that can't be written": changed("rider", settings={"NAME": "$(id)"}),
        "payment: addresses: PROVIDER_URL: unknown service bank": changed("payment", addresses={"PROVIDER_URL": "bank"}),
        "all services: authentication: exactly one service must have `own`": changed("identity", remove=["authentication"]),
    }

    def test_the_catalogue_is_right(self):
        self.assertEqual(validate(changed("shop")), [])

    def test_each_mistake_is_told_with_service_and_field(self):
        for mistake, document in self.MISTAKES.items():
            with self.subTest(mistake):
                self.assertIn(mistake, validate(document))


class DerivationTests(unittest.TestCase):
    """What a service that is only in the catalogue gets."""

    def setUp(self):
        document = changed("shop")
        document["services"].append({
            "name": "gift-card", "folder": "GiftCard", "kind": "command", "port": 9906, "summary": "gift cards",
            "database": "gift_card", "connections": 4, "publishes": ["giftCard"],
            "subscribes": [{"source": "order", "aggregates": ["order"]}], "calls": ["order"], "secrets": {"CODE_KEY": "GIFT_CODE_KEY"},
        })
        self.assertEqual(validate(document), [])
        self.catalogue = model.from_document(document)

    def test_secrets_and_ports(self):
        names = set(environment.secret_names(self.catalogue))
        self.assertLessEqual({"GIFT_CARD_POSTGRES_PASSWORD", "GIFT_CARD_EVENTS_REDIS_PASSWORD"}, names)
        self.assertLessEqual({"GIFT_CARD_CLIENT_SECRET", "GIFT_CODE_KEY"}, names)
        self.assertLessEqual({("GIFT_CARD_PORT", 9906), ("GIFT_CARD_2_PORT", 9916)}, set(environment.ports(self.catalogue)))

    def test_the_gateway_forwards_to_it(self):
        section = compose.services(self.catalogue, "").split("\n  gateway:\n")[1].split("\n\n")[0]
        self.assertIn("GIFT_CARD_URL: dns://gift-card:9906", section)

    def test_it_has_a_user_of_its_own(self):
        users = access.access_list(self.catalogue, "events").splitlines()
        user = next(line for line in users if line.startswith("user gift-card "))
        self.assertIn("~events:gift-card ~relay:gift-card ~events:dead:gift-card", user)
        self.assertIn("(~events:order ~events:retry:gift-card -@all +xreadgroup", user)

    def test_its_connections_count_in_both_instances(self):
        blocks = {"postgres": {"POSTGRES_PIPELINES": "4", "POSTGRES_LEASES": "2"}}
        before = model.load()
        added = connections.local_total(self.catalogue, 2) - connections.local_total(before, 2)
        self.assertEqual(added, 2 * (2 + connections.LEASES + connections.FOR_MIGRATIONS) + connections.FOR_AUDITOR)
        added = connections.compose_total(self.catalogue, 2, blocks) - connections.compose_total(before, 2, blocks)
        self.assertEqual(added, 2 * (4 + 2 + connections.FOR_MIGRATIONS) + connections.FOR_AUDITOR)

    def test_a_secret_that_was_not_made_is_named(self):
        with self.assertRaisesRegex(model.CatalogueError, "OPERATOR_REDIS_PASSWORD"):
            access.with_passwords(access.access_list(self.catalogue, "events"), {})


if __name__ == "__main__":
    unittest.main()

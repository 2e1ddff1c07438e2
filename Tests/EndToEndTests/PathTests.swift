import Contracts
import Events
import Redis
import TestSupport
import Testing

@Suite("From a shop's change to the listing")
struct PathTests {
  @Test("The listing shows a shop's creation, changes, closing and deletion")
  func wholePath() async throws {
    try await EndToEnd.run { system in
      let other = try await system.create(name: "둘째치킨")
      let id = try await system.create(name: "첫째치킨")
      try await system.waitForListing(of: id, version: 1)
      #expect(try await system.list("/listings?district=gangnam&category=chicken&sort=newest") == [id, other])
      #expect(try await system.list("/search?q=ㅊㅉㅊㅋ") == [id])

      try await system.owner.expect(200, "PATCH", "/shops/\(id)", #"{"name":"새로운 피자","category":"pizza"}"#)
      try await system.waitForListing(of: id, version: 2)
      #expect(try await system.list("/listings?district=gangnam&category=chicken") == [other])
      #expect(try await system.list("/listings?category=pizza") == [id])
      #expect(try await system.list("/search?q=ㅊㅉㅊㅋ") == [])
      #expect(try await system.list("/search?q=로운") == [id])

      try await system.owner.expect(200, "PUT", "/shops/\(id)/status", #"{"status":"closed"}"#)
      try await system.waitForListing(of: id, version: 3)
      #expect(try await system.list("/listings?district=gangnam") == [other, id])
      #expect(try await system.anonymous.get("/listings/\(id)").text.contains(#""status":"closed""#))

      try await system.owner.expect(204, "DELETE", "/shops/\(id)")
      try await eventually("the deletion in the listing") { try await system.anonymous.get("/listings/\(id)").status == 410 }
      #expect(try await system.list("/listings?district=gangnam") == [other])
    }
  }

  @Test("A shop's page shows a menu change, and a conditional request returns 304")
  func menu() async throws {
    try await EndToEnd.run { system in
      let id = try await system.create()
      try await system.owner.expect(
        201, "POST", "/shops/\(id)/menu", #"{"name":"간장치킨","price":{"amount":19000,"currency":"KRW"}}"#)
      try await system.waitForListing(of: id, version: 2)
      let page = try await system.anonymous.get("/listings/\(id)")
      #expect(page.text.contains("간장치킨"))
      let tag = try #require(page.header("ETag"))
      #expect(try await system.anonymous.get("/listings/\(id)", headers: ["If-None-Match": tag]).status == 304)
    }
  }

  @Test("A request's trace context is propagated to the event")
  func trace() async throws {
    try await EndToEnd.run { system in
      let parent = "00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01"
      let response = try await system.owner.send("POST", "/shops", EndToEnd.body(), headers: ["traceparent": parent])
      let shop = try response.decode(Shop.self)
      try await system.waitForListing(of: shop.id, version: 1)
      let entry = try #require(try await system.entries().first { $0["subject"] == shop.id.description })
      #expect(entry["traceparent"]?.hasPrefix("00-4bf92f3577b34da6a3ce929d0e0e4736-") == true)
      #expect(response.header("traceparent")?.hasPrefix("00-4bf92f3577b34da6a3ce929d0e0e4736-") == true)
    }
  }

  @Test("Published events have exactly the fields of the contract, and at most 400 bytes")
  func publishedFields() async throws {
    try await EndToEnd.run { system in
      let id = try await system.create(name: String(repeating: "가", count: 100))
      try await system.owner.expect(200, "PUT", "/shops/\(id)/status", #"{"status":"paused"}"#)
      try await system.owner.expect(204, "DELETE", "/shops/\(id)")
      try await eventually("the events") { try await system.entries().count == 3 }
      for (entry, type) in zip(try await system.entries(), ["shop.created", "shop.statusChanged", "shop.deleted"]) {
        #expect(entry.fields.map(\.name) == ["id", "source", "type", "subject", "time", "sequence", "traceparent"])
        #expect(entry.fields.reduce(0) { $0 + $1.name.utf8.count + $1.value.utf8.count } <= 400)
        #expect(entry["type"] == type)
      }
    }
  }

  @Test("Metrics expose freshness, backlog, lag, pool use and latency")
  func metrics() async throws {
    try await EndToEnd.run { system in
      let id = try await system.create()
      try await system.waitForListing(of: id, version: 1)
      try await eventually("the metrics") {
        let shop = try await RESTClient(system.stack.shop.url).get("/metrics").text
        let listing = try await system.anonymous.get("/metrics").text
        return ["outbox_backlog_events 0", "postgres_connections", "http_server_request_seconds_bucket"].allSatisfy(shop.contains)
          && ["event_freshness_seconds_count", "consumer_lag_entries", "near_cache", "read_model_shops 1"].allSatisfy(
            listing.contains)
      }
    }
  }
}

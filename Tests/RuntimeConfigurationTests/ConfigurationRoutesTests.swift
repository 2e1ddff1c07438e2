import TestSupport
import Testing

@Suite("Configuration of running services", .serialized)
struct ConfigurationRoutesTests {
  private static let boss = "operator:01890a5d-ac96-774b-bcce-b302099a8057"

  private struct Page: Decodable {
    let items: [Item]
    let store: String
  }

  private struct Item: Decodable {
    let key: String
    let value: String
    let `default`: String
    let source: String
    let changedBy: String?
  }

  private func item(_ key: String, at service: ServiceProcess) async throws -> Item? {
    try await RESTClient(service.url, principal: Self.boss).get("/admin/configuration").decode(Page.self).items.first {
      $0.key == key
    }
  }

  @Test("operators change a setting of one instance, and the other applies it without a restart; other roles can't")
  func twoInstances() async throws {
    let (events, cache) = (try await RedisServer(.events), try await RedisServer(.cache))
    // The services that they call are missing, so they are never ready; that doesn't matter here.
    let services = try (1...2).map { number in
      try ServiceProcess(
        "order-history", port: FreePort.next(),
        environment: [
          "EVENTS_REDIS_PORT": "\(events.port)", "EVENTS_REDIS_USER": "default", "EVENTS_REDIS_PASSWORD": "any",
          "CACHE_REDIS_PORT": "\(cache.port)", "CACHE_REDIS_USER": "default", "CACHE_REDIS_PASSWORD": "any",
          "ORDER_DEADLINE": "3s", "ORDER_URL": "http://127.0.0.1:1", "PAYMENT_URL": "http://127.0.0.1:1",
          "RIDER_URL": "registry://rider", "INSTANCE": "order-history-\(number)",
        ])
    }
    for service in services { try await service.start(untilReady: false) }
    for service in services {
      try await eventually(within: .seconds(20), service.log) {
        try await RESTClient(service.url, principal: Self.boss).get("/admin/configuration").status == 200
      }
    }
    let api = RESTClient(services[0].url, principal: Self.boss)
    let change = "/admin/configuration/order.deadline"

    #expect(try await api.acting(as: nil).get("/admin/configuration").status == 401)
    let customer = api.acting(as: "customer:01890a5d-ac96-774b-bcce-b302099a8058")
    #expect(try await customer.send("PUT", change, #"{"value":"1s"}"#).status == 403)
    #expect(try await customer.send("DELETE", change).status == 403)

    let before = try #require(try await item("order.deadline", at: services[0]))
    #expect(before.value == "3s" && before.default == "3s" && before.source == "start")
    #expect(try await api.send("PUT", change, #"{"value":"250ms"}"#).status == 200)
    #expect(try await api.send("PUT", "/admin/configuration/order.bulkhead", #"{"value":32}"#).status == 200)
    try await eventually(within: .seconds(2)) { try await item("order.deadline", at: services[1])?.value == "250ms" }
    let after = try #require(try await item("order.deadline", at: services[1]))
    #expect(after.source == "store" && after.changedBy == Self.boss && after.default == "3s")
    try await eventually(within: .seconds(2)) { try await item("order.bulkhead", at: services[1])?.value == "32" }

    let refused = try await api.send("PUT", change, #"{"value":"tomorrow"}"#)
    #expect(refused.status == 422 && refused.code == "invalid_body")
    #expect(refused.text.contains("/value must be a duration such as 250ms, 30s or 10m, from 50ms to 30s"))
    #expect(try await api.send("PUT", change, #"{"value":null}"#).status == 422)
    #expect(try await api.send("PUT", change, #"{"value":"1s","other":1}"#).status == 422)
    #expect(try await api.send("PUT", "/admin/configuration/http.port", #"{"value":"1"}"#).code == "setting_not_found")
    #expect(try await api.send("DELETE", "/admin/configuration/events.redis.password").code == "setting_not_found")

    try await events.stop()
    try await eventually { try await api.get("/admin/configuration").decode(Page.self).store == "away" }
    #expect(try await api.send("PUT", change, #"{"value":"1s"}"#).status == 503)
    #expect(try await item("order.deadline", at: services[0])?.value == "250ms")
    try await events.start()
    try await eventually { try await api.get("/admin/configuration").decode(Page.self).store == "connected" }

    try await services[1].stop()
    try await services[1].start(untilReady: false)
    try await eventually(within: .seconds(20)) { try await item("order.deadline", at: services[1])?.value == "250ms" }
    #expect(try await api.send("DELETE", change).status == 200)
    try await eventually(within: .seconds(2)) { try await item("order.deadline", at: services[1])?.value == "3s" }
    for service in services { try await service.stop() }
    try await events.stop()
    try await cache.stop()
  }
}

import Contracts
import Idempotency
import TestSupport
import Testing
import Yams

@testable import RiderService

@Suite("The OpenAPI document of rider")
struct OpenAPITests {
  private func document() throws -> Node {
    try #require(try Yams.compose(yaml: String(decoding: PackageResources.openapi_yaml, as: UTF8.self)))
  }

  private func strings(_ node: Node?) -> [String] {
    node?.sequence?.compactMap(\.string) ?? []
  }

  @Test("It is the one that the service shows, and lists the statuses, vehicles and events that there are")
  func enumerations() async throws {
    let schemas = try document()["components"]?["schemas"]
    #expect(strings(schemas?["DeliveryStatus"]?["enum"]) == DeliveryStatus.allCases.map(\.rawValue))
    #expect(strings(schemas?["RiderStatus"]?["enum"]) == RiderStatus.allCases.map(\.rawValue))
    #expect(strings(schemas?["Vehicle"]?["enum"]) == Vehicle.allCases.map(\.rawValue))
    let events = [EventType.riderRegistered, .riderStatusChanged] + DeliveryStatus.allCases.map(\.event)
    #expect(strings(schemas?["EventType"]?["examples"]) == events.map(\.rawValue))
    let shown = try await RiderUnderTest.shared().api.get("/openapi.yaml")
    #expect(shown.body == PackageResources.openapi_yaml)
  }

  @Test("Every operation is there, with a status that it names, and no other method of its path")
  func operations() async throws {
    let service = try await RiderUnderTest.shared()
    let methods = ["get", "post", "put", "patch", "delete"]
    for (path, item) in try document()["paths"]?.mapping?.map({ ($0.key.string ?? "", $0.value) }) ?? [] {
      let target = path.replacing("{id}", with: "0197a6b2-0000-7000-8000-0000000000aa").replacing("{key}", with: "offer.timeout")
      for method in methods {
        let answer = try await service.api.send(method.uppercased(), target, method == "get" ? nil : "{}")
        let statuses = item[method]?["responses"]?.mapping?.keys.map(\.string)
        let isDescribed = statuses?.contains("\(answer.status)") ?? (answer.status == 405)
        #expect(isDescribed, "\(method) \(path) answers \(answer.status)")
      }
    }
  }

  @Test("Riders, offers and deliveries have exactly the members that it describes, at every level")
  func members() async throws {
    try await RiderBench.run { bench in
      let target = try await bench.delivery(in: .requested)
      let offer = try #require(try await bench.deliveries.openOffers(to: target.rider).first)
      try check(offer, "Offer")
      try check(try #require(try await bench.riders.rider(target.rider).json), "Rider")
      let service = Reader(role: "service", id: .fresh())
      try check(try #require(try await bench.deliveries.delivery(target.id, for: service).json), "Delivery")
      _ = try await bench.deliveries.accept(target)
      try check(try #require(try await bench.deliveries.delivery(target.id, for: service).json), "Delivery")
      let tombstone = try await bench.deliveries.cancel(Cancellation(order: .fresh(), reason: "늦음", isLost: false))
      try check(try #require(tombstone.document.json), "Delivery")
    }
  }

  private func check(_ json: [UInt8], _ schema: String) throws {
    let schemas = try #require(try document()["components"]?["schemas"])
    let value = try #require(try Yams.compose(yaml: String(decoding: json, as: UTF8.self)))
    try check(value, #require(schemas[schema]), schemas, schema)
  }

  private func check(_ value: Node, _ schema: Node, _ schemas: Node, _ place: String) throws {
    if let name = schema["$ref"]?.string?.split(separator: "/").last {
      return try check(value, #require(schemas[String(name)]), schemas, place)
    }
    if let items = schema["items"] {
      for item in value.sequence ?? [] { try check(item, items, schemas, "\(place)[]") }
    }
    guard let described = schema["properties"]?.mapping else { return }
    let members = value.mapping?.keys.compactMap(\.string) ?? []
    #expect(Set(members) == Set(described.keys.compactMap(\.string)), "\(place)")
    #expect(Set(members) == Set(strings(schema["required"])), "\(place)")
    for (name, property) in described {
      let name = try #require(name.string)
      try check(#require(value[name]), property, schemas, "\(place).\(name)")
    }
  }
}

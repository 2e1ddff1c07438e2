import Contracts
import Idempotency
import TestSupport
import Testing
import Yams

@testable import RiderService

@Suite("Rider: OpenAPI document")
struct OpenAPITests {
  private func document() throws -> Node {
    try .openAPI(own: PackageResources.openapi_yaml)
  }

  private func strings(_ node: Node?) -> [String] {
    node?.sequence?.compactMap(\.string) ?? []
  }

  @Test("It lists all statuses, vehicles and events")
  func enumerations() throws {
    let schemas = try document()["components"]?["schemas"]
    #expect(strings(schemas?["DeliveryStatus"]?["enum"]) == DeliveryStatus.allCases.map(\.rawValue))
    #expect(strings(schemas?["RiderStatus"]?["enum"]) == RiderStatus.allCases.map(\.rawValue))
    #expect(strings(schemas?["Vehicle"]?["enum"]) == Vehicle.allCases.map(\.rawValue))
    let events = [EventType.riderRegistered, .riderStatusChanged] + DeliveryStatus.allCases.map(\.event)
    #expect(strings(schemas?["EventType"]?["examples"]) == events.map(\.rawValue))
  }

  @Test("It describes exactly the routes of the service, and is valid")
  func routes() async throws {
    let api = try await ServedAPI("rider", settings: RiderSettings.all, build: buildRider)
    #expect(api.described == api.routes)
    #expect(api.violations == [])
  }

  @Test("Every operation responds with a documented status, and undocumented methods get 405")
  func operations() async throws {
    let service = try await RiderUnderTest.shared()
    let methods = ["get", "post", "put", "patch", "delete"]
    for (path, item) in try document()["paths"]?.mapping?.map({ ($0.key.string ?? "", $0.value) }) ?? [] {
      let target = path.replacing("{id}", with: "0197a6b2-0000-7000-8000-0000000000aa").replacing("{key}", with: "offer.timeout")
      for method in methods {
        let response = try await service.api.send(method.uppercased(), target, method == "get" ? nil : "{}")
        let statuses = item[method]?["responses"]?.mapping?.keys.map(\.string)
        let isDescribed = statuses?.contains("\(response.status)") ?? (response.status == 405)
        #expect(isDescribed, "\(method) \(path) returns \(response.status)")
      }
    }
  }

  @Test("Riders, offers and deliveries have exactly the documented members, at every level")
  func members() async throws {
    try await RiderFixture.run { fixture in
      let target = try await fixture.delivery(in: .requested)
      let offer = try #require(try await fixture.deliveries.openOffers(to: target.rider).first)
      try check(offer, "Offer")
      try check(try #require(try await fixture.riders.rider(target.rider).json), "Rider")
      let service = Reader(role: "service", id: .fresh())
      try check(try #require(try await fixture.deliveries.delivery(target.id, for: service).json), "Delivery")
      _ = try await fixture.deliveries.accept(target)
      try check(try #require(try await fixture.deliveries.delivery(target.id, for: service).json), "Delivery")
      let tombstone = try await fixture.deliveries.cancel(Cancellation(order: .fresh(), reason: "늦음", isLost: false))
      try check(try #require(tombstone.document.json), "Delivery")
    }
  }

  private func check(_ json: [UInt8], _ schema: String) throws {
    let schemas = try #require(try document()["components"]?["schemas"])
    let value = try #require(try Yams.compose(yaml: String(decoding: json, as: UTF8.self)))
    try check(value, #require(schemas[schema]), schemas, schema)
  }

  private func check(_ value: Node, _ schema: Node, _ schemas: Node, _ path: String) throws {
    if let name = schema["$ref"]?.string?.split(separator: "/").last {
      return try check(value, #require(schemas[String(name)]), schemas, path)
    }
    if let items = schema["items"] {
      for item in value.sequence ?? [] { try check(item, items, schemas, "\(path)[]") }
    }
    guard let described = schema["properties"]?.mapping else { return }
    let members = value.mapping?.keys.compactMap(\.string) ?? []
    #expect(Set(members) == Set(described.keys.compactMap(\.string)), "\(path)")
    #expect(Set(members) == Set(strings(schema["required"])), "\(path)")
    for (name, property) in described {
      let name = try #require(name.string)
      try check(#require(value[name]), property, schemas, "\(path).\(name)")
    }
  }
}

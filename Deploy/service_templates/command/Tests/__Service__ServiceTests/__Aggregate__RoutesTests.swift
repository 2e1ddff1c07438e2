import Contracts
import Logging
import NIOPosix
import Redis
import Telemetry
import TestSupport
import Testing

@Suite("The __name__ service")
struct __Aggregate__RoutesTests {
  private func create(_ service: __Service__UnderTest, _ name: String) async throws -> __Aggregate__ {
    try await service.operator.expect(201, "POST", "/__paths__", #"{"name":"\#(name)"}"#).decode(__Aggregate__.self)
  }

  @Test("What is created can be read, by its id and in a batch")
  func reading() async throws {
    let service = try await __Service__UnderTest.shared()
    let created = try await create(service, "first")
    #expect(created.version == 1 && created.name == "first")
    let read = try await service.customer.expect(200, "GET", "/__paths__/\(created.id)")
    #expect(try read.decode(__Aggregate__.self) == created && read.header("ETag") == "\"v1\"")
    let batch = try await service.service.expect(200, "GET", "/__paths__?ids=\(created.id)")
    #expect(try batch.decode(Batch<__Aggregate__>.self).items == [created])
  }

  @Test("A rename makes the next version; one that expects another version changes nothing")
  func renaming() async throws {
    let service = try await __Service__UnderTest.shared()
    let path = "/__paths__/\(try await create(service, "before").id)"
    let renamed = try await service.operator.expect(200, "PATCH", path, #"{"name":"after"}"#).decode(__Aggregate__.self)
    #expect(renamed.version == 2 && renamed.name == "after")
    let refused = try await service.operator.send("PATCH", path, #"{"name":"late"}"#, headers: ["If-Match": "\"v1\""])
    #expect(refused.status == 412 && refused.code == "version_mismatch")
    #expect(try await service.operator.get(path).decode(__Aggregate__.self) == renamed)
  }

  @Test("The same request sent twice with one key creates one")
  func idempotency() async throws {
    let service = try await __Service__UnderTest.shared()
    let key = ["Idempotency-Key": Identifier.v7(at: .now()).description]
    let first = try await service.operator.send("POST", "/__paths__", #"{"name":"once"}"#, headers: key)
    let second = try await service.operator.send("POST", "/__paths__", #"{"name":"once"}"#, headers: key)
    #expect(first.status == 201 && second.status == 201 && first.text == second.text)
    let other = try await service.operator.send("POST", "/__paths__", #"{"name":"other"}"#, headers: key)
    #expect(other.status == 422 && other.code == "idempotency_key_reused")
  }

  @Test("Invalid bodies are refused with the field", arguments: ["", " ", "a\\u0007b", String(repeating: "x", count: 101)])
  func invalid(_ name: String) async throws {
    let service = try await __Service__UnderTest.shared()
    let refused = try await service.operator.send("POST", "/__paths__", #"{"name":"\#(name)"}"#)
    #expect(refused.status == 422 && refused.text.contains("/name"))
  }

  @Test("Each change is published as an event with the version, and nothing else")
  func events() async throws {
    let service = try await __Service__UnderTest.shared()
    let created = try await create(service, "published")
    try await service.operator.expect(200, "PATCH", "/__paths__/\(created.id)", #"{"name":"changed"}"#)
    let redis = RedisClient(
      configuration: service.events.configuration, eventLoopGroup: MultiThreadedEventLoopGroup.singleton,
      logger: Logger(label: "tests"))
    try await running([redis]) {
      try await eventually(within: .seconds(10), "both events") {
        let fields = try await redis.xrange("events:__name__").map { entry in
          Dictionary(entry.fields.map { ($0.name, $0.value) }) { first, _ in first }
        }
        return fields.filter { $0["subject"] == created.id.description }.map { [$0["type"], $0["sequence"]] }
          == [["__aggregate__.created", "1"], ["__aggregate__.renamed", "2"]]
      }
    }
  }

  @Test("It is ready, and says of what it depends on")
  func health() async throws {
    let service = try await __Service__UnderTest.shared()
    let readiness = try await service.operator.expect(200, "GET", "/readyz").text
    for check in ["postgres", "events"] { #expect(readiness.contains(#""name":"\#(check)""#)) }
  }
}

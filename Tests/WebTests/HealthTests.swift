import Contracts
import Hummingbird
import Logging
import NIOHTTP1
import ServiceLifecycle
import Synchronization
import Telemetry
import Testing
import Web

@Suite("Health, metrics and draining")
struct HealthTests {
  @Test("livez, metrics and openapi.yaml are public")
  func infrastructure() async throws {
    let registry = PrometheusRegistry()
    try await withService(
      registry: registry, routes: { $0.get("shops/:id") { _, context in try context.identifier().description } }
    ) { service async throws in
      #expect(try await service.send(.GET, "/livez", headers: ["Authorization": "Bearer nobody"]).status == 200)
      let document = try await service.send(.GET, "/openapi.yaml")
      #expect(document.body.hasPrefix("openapi: 3.1.0\n") && document.body.contains("  /livez:\n"))
      #expect(document.headers.first(name: "content-type") == "application/yaml")
      _ = try await service.send(.GET, "/shops/7")
      _ = try await service.send(.GET, "/no/such/thing")
      let metrics = try await service.send(.GET, "/metrics")
      #expect(metrics.headers.first(name: "content-type")?.hasPrefix("text/plain; version=0.0.4") == true)
      #expect(metrics.body.contains(#"http_server_request_seconds_count{method="GET",route="/shops/{id}",status="400"} 1"#))
      #expect(metrics.body.contains(#"http_server_request_seconds_count{method="GET",route="unmatched",status="404"} 1"#))
      #expect(metrics.body.contains("http_server_requests_in_flight 1"))
    }
  }

  @Test("readyz lists each check; only a required one makes it 503")
  func readiness() async throws {
    let postgres = Mutex<String?>(nil)
    let health = Health([
      HealthCheck("postgres") { postgres.withLock { $0 } },
      HealthCheck.connected("cache", isRequired: false) { false },
    ])
    try await withService(health: health) { service async throws in
      let well = try await service.send(.GET, "/readyz")
      #expect(well.status == 200)
      #expect(
        well.body == #"{"status":"ready","checks":[{"name":"postgres","status":"up","required":true},"#
          + #"{"name":"cache","status":"down","required":false,"reason":"not connected"}]}"#)
      postgres.withLock { $0 = "gone fishing" }
      let ill = try await service.send(.GET, "/readyz")
      #expect(ill.status == 503)
      #expect(ill.headers.first(name: "retry-after") == "1")
      #expect(ill.body.contains(#""status":"not ready""#))
      #expect(ill.body.contains(#""reason":"gone fishing""#))
    }
  }

  @Test("at shutdown it is not ready first, then completes requests in flight, then refuses connections")
  func drain() async throws {
    let health = Health()
    let (started, start) = AsyncStream.makeStream(of: Void.self)
    let (gates, gate) = AsyncStream.makeStream(of: Void.self)
    let port = try await withService(
      health: health, drainDelay: .milliseconds(300),
      routes: { router in
        router.get("slow") { _, _ in
          start.yield()
          for await _ in gates { break }
          return "done"
        }
      }
    ) { service async throws in
      async let slow = service.send(.GET, "/slow")
      var starts = started.makeAsyncIterator()
      await starts.next()
      await service.group.triggerGracefulShutdown()
      while !health.isDraining { await Task.yield() }
      let readiness = try await service.send(.GET, "/readyz")
      #expect(readiness.status == 503)
      #expect(readiness.body.contains("draining"))
      gate.yield()
      #expect(try await slow.body == "done")
      return service.port
    }
    await #expect(throws: (any Error).self) {
      try await RunningService(port: port, group: ServiceGroup(services: [], logger: Logger(label: "none"))).raw(
        "GET / HTTP/1.1\r\n\r\n")
    }
  }

  @Test("a request that never ends is cancelled at the drain limit")
  func drainLimit() async throws {
    let clock = ContinuousClock()
    let start = clock.now
    let (started, begin) = AsyncStream.makeStream(of: Void.self)
    try await withService(
      drainLimit: .milliseconds(200),
      routes: { router in
        router.get("stuck") { _, _ in
          begin.yield()
          try await Task.sleep(for: .seconds(60))
          return "never"
        }
      }
    ) { service async throws in
      let request = Task { try? await service.send(.GET, "/stuck") }
      var begins = started.makeAsyncIterator()
      await begins.next()
      await service.group.triggerGracefulShutdown()
      _ = await request.value
    }
    #expect(clock.now - start < .seconds(8))
  }
}

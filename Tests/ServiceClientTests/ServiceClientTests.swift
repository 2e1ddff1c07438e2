import Auth
import Contracts
import Hummingbird
import Logging
import NIOCore
import NIOHTTP1
import NIOPosix
import ServiceClient
import ServiceContextModule
import ServiceLifecycle
import Synchronization
import Telemetry
import Testing

@Suite("Service client over HTTP")
struct ServiceClientTests {
  /// A fake shop service, which records its requests.
  private final class Peer: Sendable {
    let requests = Mutex<[Request]>([])
    var count: Int { requests.withLock { $0.count } }
  }

  /// Returns a new token after each invalidated one.
  private final class CountedCredentials: Credentials {
    private let number = Mutex(1)
    private let isUnavailable: Bool

    init(isUnavailable: Bool = false) {
      self.isUnavailable = isUnavailable
    }

    func authorization() async throws -> String? {
      if isUnavailable { throw CancellationError() }
      return "Bearer \(number.withLock { $0 })"
    }

    func invalidate(_ authorization: String) {
      number.withLock { if authorization == "Bearer \($0)" { $0 += 1 } }
    }
  }

  private func withPeer<Result: Sendable>(
    configuration: ServiceClientConfiguration = .init(), credentials: any Credentials = CountedCredentials(),
    respond: @escaping @Sendable (Request, Int) async throws -> Response,
    _ body: @Sendable (ServiceClient, Peer) async throws -> Result
  ) async throws -> Result {
    let peer = Peer()
    let router = Router()
    router.get("**") { request, _ in
      let number = peer.requests.withLock { requests in
        requests.append(request)
        return requests.count
      }
      return try await respond(request, number)
    }
    router.post("**") { request, _ in
      let number = peer.requests.withLock { requests in
        requests.append(request)
        return requests.count
      }
      return try await respond(request, number)
    }
    let (ports, port) = AsyncStream.makeStream(of: Int.self)
    var logger = Logger(label: "test")
    logger.logLevel = .critical
    let application = Application(
      router: router, configuration: .init(address: .hostname("127.0.0.1", port: 0)),
      onServerRunning: { port.yield($0.localAddress?.port ?? 0) }, logger: logger)
    let group = ServiceGroup(services: [application], logger: logger)
    async let ended: Void = group.run()
    var iterator = ports.makeAsyncIterator()
    let listening = await iterator.next() ?? 0
    let result = try await withClient("http://127.0.0.1:\(listening)", configuration, credentials) { try await body($0, peer) }
    await group.triggerGracefulShutdown()
    try await ended
    return result
  }

  private func withClient<Result: Sendable>(
    _ url: String, _ configuration: ServiceClientConfiguration = .init(), _ credentials: any Credentials = CountedCredentials(),
    _ body: @Sendable (ServiceClient) async throws -> Result
  ) async throws -> Result {
    var logger = Logger(label: "test")
    logger.logLevel = .critical
    let client = ServiceClient(
      service: "shop", resolver: StaticResolver(["shop": try #require(ServiceAddress(url))]), configuration: configuration,
      credentials: credentials, eventLoopGroup: MultiThreadedEventLoopGroup.singleton,
      logger: logger)
    let group = ServiceGroup(services: [client], logger: logger)
    async let ended: Void = group.run()
    do {
      let result = try await body(client)
      await group.triggerGracefulShutdown()
      try await ended
      return result
    } catch {
      await group.triggerGracefulShutdown()
      try await ended
      throw error
    }
  }

  private func code(_ body: () async throws -> Void) async -> ServiceClientError.Code? {
    do {
      try await body()
      return nil
    } catch {
      return (error as? ServiceClientError)?.code
    }
  }

  @Test("a call carries the access token, the trace, and Cache-Control: no-store")
  func headers() async throws {
    try await withPeer(respond: { _, _ in Response(status: .ok, body: .init(byteBuffer: ByteBuffer(string: "hi"))) }) {
      client, peer async throws in
      let trace = TraceContext.root()
      let response = try await ServiceContext.withTrace(trace) { try await client.get("/shops?ids=a,b") }
      #expect(response.status == 200)
      #expect(String(buffer: response.body) == "hi")
      let request = try #require(peer.requests.withLock { $0.first })
      #expect(request.uri.string == "/shops?ids=a,b")
      #expect(request.headers[.authorization] == "Bearer 1")
      #expect(request.headers[.cacheControl] == "no-store")
      let sent = try #require(request.headers[.init("traceparent")!].flatMap { TraceContext(traceparent: $0) })
      #expect(sent.traceID == trace.traceID)
      #expect(sent.spanID != trace.spanID)
    }
  }

  @Test("a 401 is retried once with a new token, whatever the method; a second 401 is an error")
  func rejectedToken() async throws {
    try await withPeer(respond: { request, _ in
      Response(status: request.headers[.authorization] == "Bearer 2" ? .ok : .unauthorized)
    }) { client, peer async throws in
      #expect(try await client.send(ServiceRequest(.POST, "/orders")).status == 200)
      #expect(peer.count == 2)
    }
    try await withPeer(respond: { _, _ in Response(status: .unauthorized) }) { client, peer async throws in
      #expect(await code { _ = try await client.get("/shops") } == .status(401))
      #expect(peer.count == 2)
    }
  }

  @Test("a request's own authorization is sent, and its 401 is returned")
  func ownAuthorization() async throws {
    try await withPeer(respond: { _, _ in Response(status: .unauthorized) }) { client, peer async throws in
      #expect(try await client.get("/shops", headers: ["Authorization": "Bearer mine"]).status == 401)
      #expect(peer.requests.withLock { $0.map { $0.headers[.authorization] } } == ["Bearer mine"])
    }
  }

  @Test("without an access token nothing is sent, the attempt is retried, and the breaker stays closed")
  func noToken() async throws {
    try await withPeer(credentials: CountedCredentials(isUnavailable: true), respond: { _, _ in Response(status: .ok) }) {
      client, peer async throws in
      for _ in 0..<3 { #expect(await code { _ = try await client.get("/shops") } == .noCredentials) }
      #expect(peer.count == 0 && client.breakerState == .closed)
    }
  }

  @Test("404 and 410 are returned; decoding requires 2xx and the expected type")
  func statuses() async throws {
    try await withPeer(respond: { request, _ in
      switch request.uri.path {
      case "/gone": Response(status: .gone)
      case "/money": Response(status: .ok, body: .init(byteBuffer: ByteBuffer(string: #"{"amount":5,"currency":"KRW"}"#)))
      default: Response(status: .notFound)
      }
    }) { client, peer async throws in
      #expect(try await client.get("/gone").status == 410)
      #expect(try await client.get("/nowhere").status == 404)
      #expect(try await client.get("/money", as: Money.self) == Money(amount: 5))
      #expect(await code { _ = try await client.get("/gone", as: Money.self) } == .status(410))
      #expect(await code { _ = try await client.get("/money", as: Int.self) } == .undecodable)
      #expect(peer.count == 5)
    }
  }

  @Test("503 is retried, up to three attempts; then it is an error")
  func retries() async throws {
    try await withPeer(respond: { _, number in Response(status: number < 3 ? .serviceUnavailable : .ok) }) {
      client, peer async throws in
      #expect(try await client.get("/a").status == 200)
      #expect(peer.count == 3)
    }
    try await withPeer(respond: { _, _ in Response(status: .badGateway) }) { client, peer async throws in
      #expect(await code { _ = try await client.get("/a") } == .status(502))
      #expect(peer.count == 3)
    }
  }

  @Test("a request that isn't idempotent is sent once, unless it has an idempotency key")
  func posts() async throws {
    try await withPeer(respond: { _, _ in Response(status: .serviceUnavailable) }) { client, peer async throws in
      #expect(
        await code { _ = try await client.send(ServiceRequest(.POST, "/a", body: ByteBuffer(string: "{}"))) } == .status(503))
      #expect(peer.count == 1)
    }
    try await withPeer(respond: { _, _ in Response(status: .serviceUnavailable) }) { client, peer async throws in
      _ = await code { _ = try await client.send(ServiceRequest(.POST, "/a", headers: ["Idempotency-Key": "k"])) }
      #expect(peer.count == 3)
    }
  }

  @Test("a 500 is not retried; five failures open the breaker, and then nothing is sent")
  func breaker() async throws {
    try await withPeer(respond: { _, _ in Response(status: .internalServerError) }) { client, peer async throws in
      for _ in 0..<5 { #expect(await code { _ = try await client.get("/a") } == .status(500)) }
      #expect(client.breakerState == .open)
      #expect(await code { _ = try await client.get("/a") } == .breakerOpen)
      #expect(peer.count == 5)
    }
  }

  @Test("the breaker closes when the service has recovered")
  func recovers() async throws {
    let isUnhealthy = Atomic(true)
    try await withPeer(
      configuration: .init(breaker: .init(failureThreshold: 1, openDuration: .milliseconds(50))),
      respond: { _, _ in Response(status: isUnhealthy.load(ordering: .relaxed) ? .internalServerError : .ok) }
    ) { client, _ async throws in
      #expect(await code { _ = try await client.get("/a") } == .status(500))
      isUnhealthy.store(false, ordering: .relaxed)
      let start = ContinuousClock.now
      while client.breakerState != .closed, ContinuousClock.now - start < .seconds(5) {
        _ = try? await client.get("/a")
        await Task.yield()
      }
      #expect(client.breakerState == .closed)
    }
  }

  @Test("a missing response is an error at the deadline")
  func deadline() async throws {
    try await withPeer(
      configuration: .init(deadline: .milliseconds(200)),
      respond: { _, _ in
        try await Task.sleep(for: .seconds(3))
        return Response(status: .ok)
      }
    ) { client, peer async throws in
      let start = ContinuousClock.now
      #expect(await code { _ = try await client.get("/a") } == .timedOut)
      #expect(ContinuousClock.now - start < .seconds(2))
      #expect(peer.count <= 1)
    }
  }

  @Test("an unreachable service is an error at once")
  func refused() async throws {
    try await withClient("http://127.0.0.1:1", .init(deadline: .seconds(5))) { client async throws in
      let start = ContinuousClock.now
      #expect(await code { _ = try await client.get("/a") } == .connection)
      #expect(ContinuousClock.now - start < .seconds(4))
    }
  }

  @Test("a body over the limit is an error and isn't buffered")
  func limit() async throws {
    try await withPeer(
      configuration: .init(maximumResponseBytes: 1000),
      respond: { _, _ in
        Response(status: .ok, body: .init(byteBuffer: ByteBuffer(repeating: 0x61, count: 100_000)))
      }
    ) { client, _ async throws in
      #expect(await code { _ = try await client.get("/a") } == .responseTooLarge)
      #expect(client.breakerState == .closed)
    }
  }

  @Test("identical concurrent GETs are one request; a cancelled waiter doesn't affect the others")
  func coalescing() async throws {
    let (gates, gate) = AsyncStream.makeStream(of: Void.self)
    try await withPeer(respond: { request, _ in
      if request.uri.path == "/slow" { for await _ in gates { break } }
      return Response(status: .ok, body: .init(byteBuffer: ByteBuffer(string: "same")))
    }) { client, peer async throws in
      let waiters = (0..<20).map { _ in Task { try await client.get("/slow") } }
      let start = ContinuousClock.now
      while peer.count < 1, ContinuousClock.now - start < .seconds(5) { await Task.yield() }
      // Another path isn't coalesced; its response also gives the waiters time to join.
      for _ in 0..<5 { _ = try await client.get("/other") }
      waiters[0].cancel()
      await #expect(throws: CancellationError.self) { try await waiters[0].value }
      gate.yield()
      for waiter in waiters.dropFirst() { #expect(String(buffer: try await waiter.value.body) == "same") }
      #expect(peer.requests.withLock { $0.filter { $0.uri.path == "/slow" }.count } == 1)
      #expect(client.breakerState == .closed)
    }
  }

  @Test("over the bulkhead a call fails at once")
  func bulkhead() async throws {
    let (gates, gate) = AsyncStream.makeStream(of: Void.self)
    try await withPeer(
      configuration: .init(bulkhead: 1),
      respond: { _, _ in
        for await _ in gates { break }
        return Response(status: .ok)
      }
    ) { client, peer async throws in
      async let first = client.get("/first")
      let start = ContinuousClock.now
      while peer.count < 1, ContinuousClock.now - start < .seconds(5) { await Task.yield() }
      #expect(await code { _ = try await client.get("/second") } == .bulkheadFull)
      gate.yield()
      #expect(try await first.status == 200)
    }
  }
}

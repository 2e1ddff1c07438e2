import Auth
import Contracts
import Hummingbird
import Logging
import NIOCore
import NIOPosix
import Redis
import ServiceClient
import ServiceLifecycle
import TestSupport
import Testing
import Web

@testable import GatewayService

/// A running gateway on a free port, with the test's services.
struct GatewayUnderTest: Sendable {
  let port: Int
  let internals: Gateway

  var client: RESTClient { RESTClient("http://127.0.0.1:\(port)") }

  /// Sends bytes unchanged, and returns everything received until the gateway closes the connection.
  func raw(_ bytes: [UInt8]) async throws -> String {
    let connection = try await ClientBootstrap(group: MultiThreadedEventLoopGroup.singleton)
      .connect(host: "127.0.0.1", port: port) { channel in
        channel.eventLoop.makeCompletedFuture {
          try NIOAsyncChannel<ByteBuffer, ByteBuffer>(wrappingChannelSynchronously: channel)
        }
      }
    return try await connection.executeThenClose { inbound, outbound in
      // The gateway may have closed the connection already.
      try? await outbound.write(ByteBuffer(bytes: bytes))
      var all = ByteBuffer()
      do {
        for try await part in inbound { all.writeImmutableBuffer(part) }
      } catch is IOError {}
      return String(buffer: all)
    }
  }

  func raw(_ text: String) async throws -> String { try await raw(Array(text.utf8)) }
}

/// An `Authorization` header with an access token of the tests' issuer.
func bearer(_ role: Principal.Role, _ id: Identifier = .sample) async throws -> [String: String] {
  ["Authorization": try await TokenIssuer.shared().authorization(for: Principal(role: role, id: id).text)]
}

extension Identifier {
  static let sample = Identifier("0198c0de-0000-7abc-8def-000000000001")!
  static let other = Identifier("0198c0de-0000-7abc-8def-000000000002")!
}

extension GatewayConfiguration {
  static let testing: GatewayConfiguration = {
    let unlimited = RateRule(perSecond: 1_000_000, burst: 1_000_000)
    var configuration = GatewayConfiguration(
      policy: GatewayPolicy(
        address: unlimited, principal: unlimited, concurrency: 256, deadline: .seconds(3), longLivedDeadline: .seconds(20),
        screenDeadline: .seconds(2), bodyDeadline: .seconds(1)))
    configuration.clientTimeouts = .init(idle: .seconds(1), unread: .seconds(2))
    configuration.isLogged = false
    return configuration
  }()
}

/// Runs a gateway while `body` runs.
/// - Parameters:
///   - instances: the addresses of each service.
///   - redis: `nil` for an unreachable Redis: rate limits are local.
func withGateway(
  _ configuration: GatewayConfiguration = .testing, instances: [String: [String]], redis: RedisClient? = nil,
  _ body: @escaping @Sendable (GatewayUnderTest) async throws -> Void
) async throws {
  let group = MultiThreadedEventLoopGroup(numberOfThreads: 1)
  let verifier = try await TokenIssuer.shared().verifier()
  let redis = redis ?? RedisClient(configuration: RedisConfiguration(port: 1), eventLoopGroup: group, logger: quietLogger)
  let gateway = Gateway(
    configuration, resolver: StaticResolver(instances: instances.mapValues { $0.compactMap { ServiceAddress($0) } }),
    services: RouteTable.standard.serviceNames, redis: redis, authenticator: verifier, eventLoopGroup: group,
    logger: quietLogger)
  let health = Health()
  let router = try Router.service(health: health, openAPI: [], authenticator: verifier) { gateway.addRoutes(to: $0) }
  let (ports, port) = AsyncStream.makeStream(of: Int.self)
  let application = WebApplication(
    router: router, health: health, configuration: WebConfiguration(port: 0, drainLimit: .milliseconds(200)),
    services: [verifier, gateway.service], channel: gateway.channel, eventLoopGroup: group, logger: quietLogger,
    onRunning: { port.yield($0.localAddress?.port ?? 0) })
  try await running([application]) {
    var iterator = ports.makeAsyncIterator()
    try await body(GatewayUnderTest(port: await iterator.next() ?? 0, internals: gateway))
  }
  try await group.shutdownGracefully()
}

/// Runs a gateway with one fake upstream that represents all services.
func withGateway(
  _ configuration: GatewayConfiguration = .testing, redis: RedisClient? = nil, upstream: FakeUpstream = FakeUpstream(),
  _ body: @escaping @Sendable (GatewayUnderTest, FakeUpstream) async throws -> Void
) async throws {
  try await upstream.serving { url in
    let instances = Dictionary(uniqueKeysWithValues: RouteTable.standard.serviceNames.map { ($0, [url]) })
    try await withGateway(configuration, instances: instances, redis: redis) { try await body($0, upstream) }
  }
}

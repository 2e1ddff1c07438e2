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

/// A whole gateway on a free port, in front of services that the test gives it.
struct GatewayUnderTest: Sendable {
  let port: Int
  let gateway: Gateway

  var client: RESTClient { RESTClient("http://127.0.0.1:\(port)") }

  /// Sends bytes as they stand, and gives back everything until the other side closes.
  func raw(_ bytes: [UInt8]) async throws -> String {
    let connection = try await ClientBootstrap(group: MultiThreadedEventLoopGroup.singleton)
      .connect(host: "127.0.0.1", port: port) { channel in
        channel.eventLoop.makeCompletedFuture {
          try NIOAsyncChannel<ByteBuffer, ByteBuffer>(wrappingChannelSynchronously: channel)
        }
      }
    return try await connection.executeThenClose { inbound, outbound in
      // A ingress that has closed already is an answer too.
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

/// Someone's access token, from the tests' issuer.
func bearer(_ role: Principal.Role, _ id: Identifier = .sample) async throws -> [String: String] {
  ["Authorization": try await TokenIssuer.shared().authorization(for: Principal(role: role, id: id).text)]
}

extension Identifier {
  static let sample = Identifier("0198c0de-0000-7abc-8def-000000000001")!
  static let other = Identifier("0198c0de-0000-7abc-8def-000000000002")!
}

extension GatewayConfiguration {
  static let testing: GatewayConfiguration = {
    let much = RateRule(perSecond: 1_000_000, burst: 1_000_000)
    var configuration = GatewayConfiguration(
      policy: GatewayPolicy(
        address: much, principal: much, concurrency: 256, deadline: .seconds(3), patientDeadline: .seconds(20),
        screenDeadline: .milliseconds(500), bodyDeadline: .seconds(1)))
    configuration.patience = .init(idle: .seconds(1), unread: .seconds(2))
    configuration.isLogged = false
    return configuration
  }()
}

/// Runs a gateway while `body` runs.
/// - Parameters:
///   - instances: the addresses of each service.
///   - redis: without one every limit is kept in the gateway.
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
  let router = Router.service(health: health, openAPI: [], authenticator: verifier) { gateway.addRoutes(to: $0) }
  let (ports, port) = AsyncStream.makeStream(of: Int.self)
  let application = WebApplication(
    router: router, health: health, configuration: WebConfiguration(port: 0, drainLimit: .milliseconds(200)),
    services: [verifier, gateway.service], channel: gateway.channel, eventLoopGroup: group, logger: quietLogger,
    onRunning: { port.yield($0.localAddress?.port ?? 0) })
  try await running([application]) {
    var iterator = ports.makeAsyncIterator()
    try await body(GatewayUnderTest(port: await iterator.next() ?? 0, gateway: gateway))
  }
  try await group.shutdownGracefully()
}

/// A gateway in front of one stand-in, which is every service.
func withGateway(
  _ configuration: GatewayConfiguration = .testing, redis: RedisClient? = nil, upstream: FakeUpstream = FakeUpstream(),
  _ body: @escaping @Sendable (GatewayUnderTest, FakeUpstream) async throws -> Void
) async throws {
  try await upstream.serving { url in
    let instances = Dictionary(uniqueKeysWithValues: RouteTable.standard.serviceNames.map { ($0, [url]) })
    try await withGateway(configuration, instances: instances, redis: redis) { try await body($0, upstream) }
  }
}

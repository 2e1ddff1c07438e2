import Auth
import Hummingbird
import Logging
import NIOCore
import NIOPosix
import ServiceLifecycle
import TestSupport
import Web

let quietLogger: Logger = {
  var logger = Logger(label: "auth-tests")
  logger.logLevel = .critical
  return logger
}()

/// A service on a free port with one route that requires a principal and returns it, and a public one.
struct ProtectedService: Sendable {
  let url: String
  let verifier: TokenVerifier

  func get(_ path: String = "/me", token: String?) async throws -> RESTAnswer {
    try await get(path, authorization: token.map { "Bearer \($0)" })
  }

  func get(_ path: String = "/me", authorization: String?) async throws -> RESTAnswer {
    try await RESTClient(url).get(path, headers: authorization.map { ["Authorization": $0] } ?? [:])
  }

  /// Runs while `body` runs.
  static func run(
    trusting issuer: TokenIssuer, pace: KeySet.Pace = .init(),
    _ body: @escaping @Sendable (ProtectedService) async throws -> Void
  ) async throws {
    let group = MultiThreadedEventLoopGroup.singleton
    let verifier = TokenVerifier(
      keys: KeySet(
        source: HTTPKeySource(url: issuer.keysURL, eventLoopGroup: group), pace: pace, logger: quietLogger),
      logger: quietLogger)
    let router = try Router.service(health: Health(), openAPI: [], authenticator: verifier)
    router.get("me") { _, context in try context.requirePrincipal().text }
    router.get("public") { _, context in context.principal?.text ?? "anonymous" }
    let (ports, port) = AsyncStream.makeStream(of: Int.self)
    let application = WebApplication(
      router: router, health: Health(), configuration: WebConfiguration(port: 0), services: [verifier], eventLoopGroup: group,
      logger: quietLogger, onRunning: { port.yield($0.localAddress?.port ?? 0) })
    try await running([application]) {
      var iterator = ports.makeAsyncIterator()
      try await body(ProtectedService(url: "http://127.0.0.1:\(await iterator.next() ?? 0)", verifier: verifier))
    }
  }
}

import AsyncHTTPClient
import NIOCore
import NIOPosix

/// The pool of kept-alive connections that clients of several services share; gone when `with` returns.
public struct HTTPConnections: Sendable {
  let client: HTTPClient

  /// Opens a pool for the length of `body`.
  ///
  /// - Parameter limit: how many connections to one service may be open at once; further requests wait for one.
  public static func with<Result: Sendable>(
    limit: Int, _ body: @Sendable (HTTPConnections) async throws -> Result
  ) async throws -> Result {
    var configuration = HTTPClient.Configuration(redirectConfiguration: .disallow)
    configuration.timeout.connect = .seconds(3)
    configuration.connectionPool.concurrentHTTP1ConnectionsPerHostSoftLimit = limit
    configuration.connectionPool.idleTimeout = .seconds(30)
    // Callers see at once that a service is away, and decide themselves when to ask again; the pool would come back to it only after
    // pauses that grow to a minute.
    configuration.connectionPool.retryConnectionEstablishment = false
    let client = HTTPClient(eventLoopGroup: MultiThreadedEventLoopGroup.singleton, configuration: configuration)
    do {
      let result = try await body(HTTPConnections(client: client))
      try await client.shutdown()
      return result
    } catch {
      try? await client.shutdown()
      throw error
    }
  }
}

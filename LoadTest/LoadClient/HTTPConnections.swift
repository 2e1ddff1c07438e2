import AsyncHTTPClient
import NIOCore
import NIOPosix

/// The connection pool that the clients of several services share; closed when `with` returns.
public struct HTTPConnections: Sendable {
  let client: HTTPClient

  /// Opens a pool while `body` runs.
  ///
  /// - Parameter limit: the maximum number of concurrent connections to one service; further requests wait.
  public static func with<Result: Sendable>(
    limit: Int, _ body: @Sendable (HTTPConnections) async throws -> Result
  ) async throws -> Result {
    var configuration = HTTPClient.Configuration(redirectConfiguration: .disallow)
    configuration.timeout.connect = .seconds(3)
    configuration.connectionPool.concurrentHTTP1ConnectionsPerHostSoftLimit = limit
    configuration.connectionPool.idleTimeout = .seconds(30)
    // Callers see a connection failure at once and retry on their own schedule; the pool's backoff grows to a minute.
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

import AsyncHTTPClient
import NIOCore
import ServiceLifecycle

/// Closes the connections to services at shutdown.
struct UpstreamConnections: Service {
  let http: HTTPClient

  func run() async throws {
    try? await gracefulShutdown()
    try await http.shutdown()
  }
}

extension HTTPClient.Configuration {
  /// Persistent HTTP/1.1 connections to services, without redirects.
  static func upstream(connectionsPerInstance: Int) -> HTTPClient.Configuration {
    var http = HTTPClient.Configuration(
      redirectConfiguration: .disallow,
      timeout: .init(connect: .milliseconds(500), read: .seconds(60)),
      connectionPool: .init(
        idleTimeout: .seconds(20), concurrentHTTP1ConnectionsPerHostSoftLimit: connectionsPerInstance),
      decompression: .disabled)
    http.httpVersion = .http1Only
    // `Upstream` selects the next instance; the pool's own retries would hide a refused connection until the deadline.
    http.connectionPool.retryConnectionEstablishment = false
    return http
  }
}

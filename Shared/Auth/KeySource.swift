import AsyncHTTPClient
public import NIOCore

/// Where the keys that sign tokens are published.
public protocol KeySource: Sendable {
  func keys() async throws -> [JSONWebKey]
  /// Called once, at shutdown.
  func close() async throws
}

extension KeySource {
  public func close() async throws {}
}

/// The identity service's `/.well-known/jwks.json`.
public struct HTTPKeySource: KeySource {
  private let url: String
  private let http: IdentityHTTP

  public init(url: String, eventLoopGroup: any EventLoopGroup) {
    self.url = url
    http = IdentityHTTP(eventLoopGroup: eventLoopGroup)
  }

  public func keys() async throws -> [JSONWebKey] {
    try await http.fetch(HTTPClientRequest(url: url), as: JSONWebKeySet.self).keys
  }

  public func close() async throws {
    try await http.shutdown()
  }
}

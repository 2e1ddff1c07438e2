import Crypto
import HTTPTypes
import Hummingbird
import Web

/// The API key that callers share with the simulator.
struct BearerKey: Sendable {
  private let digest: SHA256Digest

  init(_ key: String) {
    digest = SHA256.hash(data: Array(key.utf8))
  }

  /// Compares digests in constant time.
  func matches(_ key: Substring) -> Bool {
    SHA256.hash(data: Array(key.utf8)) == digest
  }
}

/// Rejects requests without the API key: `Authorization: Bearer <key>` (RFC 6750).
struct BearerMiddleware: RouterMiddleware {
  let key: BearerKey

  /// - Throws: 401 `unauthorized`.
  func handle(
    _ request: Request, context: ServiceRequestContext,
    next: (Request, ServiceRequestContext) async throws -> Response
  ) async throws -> Response {
    guard let header = request.headers[.authorization], let space = header.firstIndex(of: " "),
      header[..<space].lowercased() == "bearer", key.matches(header[header.index(after: space)...])
    else {
      throw Problem(
        .unauthorized, code: "unauthorized", detail: "the request needs Authorization: Bearer <key>",
        headers: [.wwwAuthenticate: "Bearer realm=\"payment-provider\""])
    }
    return try await next(request, context)
  }
}

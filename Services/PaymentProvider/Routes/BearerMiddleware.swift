import Crypto
import HTTPTypes
import Hummingbird
import Web

/// The secret that callers share with the network.
struct BearerKey: Sendable {
  private let digest: SHA256Digest

  init(_ key: String) {
    digest = SHA256.hash(data: Array(key.utf8))
  }

  /// Takes as long for a wrong key as for the right one, wherever they differ: digests compare in constant time.
  func isRight(_ key: Substring) -> Bool {
    SHA256.hash(data: Array(key.utf8)) == digest
  }
}

/// Lets nobody pass who doesn't show the key: `Authorization: Bearer <key>` (RFC 6750).
struct BearerMiddleware: RouterMiddleware {
  let key: BearerKey

  /// - Throws: 401 `unauthorized`.
  func handle(
    _ request: Request, context: ServiceRequestContext,
    next: (Request, ServiceRequestContext) async throws -> Response
  ) async throws -> Response {
    guard let header = request.headers[.authorization], let space = header.firstIndex(of: " "),
      header[..<space].lowercased() == "bearer", key.isRight(header[header.index(after: space)...])
    else {
      throw Problem(
        .unauthorized, code: "unauthorized", detail: "this request needs Authorization: Bearer <key>",
        headers: [.wwwAuthenticate: "Bearer realm=\"payment-provider\""])
    }
    return try await next(request, context)
  }
}

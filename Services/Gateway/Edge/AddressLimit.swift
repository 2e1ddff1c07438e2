import Hummingbird
import Web

/// Counts each request against the rate limit of its address, before routing and authentication.
struct AddressLimit: RouterMiddleware {
  let ingress: Ingress

  func handle(
    _ request: Request, context: ServiceRequestContext,
    next: (Request, ServiceRequestContext) async throws -> Response
  ) async throws -> Response {
    try await ingress.countAddress(of: request, context)
    return try await next(request, context)
  }
}

import Hummingbird
import Web

/// Counts each request for its address before anything is looked up or verified for it, whatever becomes of it then.
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

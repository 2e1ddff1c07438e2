import HTTPTypes
import Hummingbird
import Web

/// Everything that is some service's: looked up in the table, judged at the ingress, passed on.
struct ProxyRoutes {
  let table: RouteTable
  let ingress: Ingress
  let proxy: Proxy

  func add(to router: Router<ServiceRequestContext>) {
    // Each service by its name: beside a wildcard for everything the router would never say that a path isn't there.
    for service in table.serviceNames {
      for method: HTTPRequest.Method in [.get, .post, .put, .patch, .delete] {
        router.on(RouterPath("\(service)/**"), method: method, use: pass)
      }
    }
  }

  private func pass(_ request: Request, _ context: ServiceRequestContext) async throws -> Response {
    guard let path = request.head.path, let target = RequestTarget(path) else { throw Problem.malformedRequest }
    guard let match = table.match(method: request.method.rawValue, target) else {
      throw Problem.notFound("not_found", "there is nothing at this path")
    }
    RequestRecord.current?.note {
      $0.route = match.label
      $0.service = match.service
    }
    let caller = try await ingress.enter(match.access, request, context)
    return try await proxy.forward(request, match, caller, context)
  }
}

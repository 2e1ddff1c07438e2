import HTTPTypes
import Hummingbird
import Web

/// The routes of the services: looks up the route table, admits the caller and forwards the request.
struct ProxyRoutes {
  let table: RouteTable
  let ingress: Ingress
  let proxy: Proxy

  func add(to router: Router<ServiceRequestContext>) {
    // One wildcard per service: a single one for all paths would match every path, and the router would never respond 404.
    for service in table.serviceNames {
      for method: HTTPRequest.Method in [.get, .post, .put, .patch, .delete] {
        router.on(RouterPath("\(service)/**"), method: method, use: forward)
      }
    }
  }

  private func forward(_ request: Request, _ context: ServiceRequestContext) async throws -> Response {
    guard let path = request.head.path, let target = RequestTarget(path) else { throw Problem.malformedRequest }
    guard let match = table.match(method: request.method.rawValue, target) else { throw Problem.routeNotFound }
    RequestRecord.current?.update {
      $0.route = match.label
      $0.service = match.service
    }
    let caller = try await ingress.admit(request, context, access: match.access)
    do {
      return try await proxy.forward(request, match, caller, context)
    } catch let failure as UpstreamFailure {
      throw failure.problem
    }
  }
}

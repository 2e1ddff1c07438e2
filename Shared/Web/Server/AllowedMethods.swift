import HTTPTypes
import Hummingbird

/// Which methods a path supports; used only when no route matched, to distinguish 405 from 404.
struct AllowedMethods: Sendable {
  private let routes: [(path: RouterPath, method: HTTPRequest.Method)]

  init(_ router: Router<ServiceRequestContext>) {
    routes = router.routes.map { ($0.path, $0.method) }
  }

  /// In the usual order; HEAD with GET.
  func methods(for path: String) -> [HTTPRequest.Method] {
    let components = path.split(separator: "/")
    var methods = Set(routes.filter { Self.matches($0.path, components) }.map(\.method))
    if methods.contains(.get) { methods.insert(.head) }
    return methods.sorted { Self.rank($0) < Self.rank($1) }
  }

  private static func matches(_ path: RouterPath, _ components: [Substring]) -> Bool {
    if path.components.last == .recursiveWildcard {
      return components.count >= path.count && zip(path, components).allSatisfy { $0 ~= $1 }
    }
    return path.count == components.count && zip(path, components).allSatisfy { $0 ~= $1 }
  }

  private static func rank(_ method: HTTPRequest.Method) -> String {
    let order: [HTTPRequest.Method] = [.get, .head, .post, .put, .patch, .delete]
    return order.firstIndex(of: method).map { "\($0)" } ?? method.rawValue
  }
}

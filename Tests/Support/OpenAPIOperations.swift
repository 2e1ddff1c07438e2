public import Hummingbird
public import Web
public import Yams

extension Router<ServiceRequestContext> {
  /// The routes in OpenAPI's notation, `get /orders/{id}`, without HEAD, which every GET route has.
  public var operations: Set<String> {
    Set(
      routes.filter { $0.method != .head }.map { route in
        let path = route.path.components.map { component in
          let text = component.description
          return text.hasPrefix(":") ? "{\(text.dropFirst())}" : text
        }
        return "\(route.method.rawValue.lowercased()) /" + path.joined(separator: "/")
      })
  }
}

extension Node {
  /// The operations of an OpenAPI file: `get /orders/{id}`.
  public var operations: Set<String> {
    let described = self["paths"]?.mapping?.flatMap { path, item in
      item.mapping?.keys.compactMap(\.string).filter { $0 != "parameters" }.map { "\($0) \(path.string ?? "")" } ?? []
    }
    return Set(described ?? [])
  }
}

/// The operations that shared modules add to the services that use them.
public enum SharedOperations {
  public static let all: Set = [
    "post /admin/republish", "get /admin/events", "get /admin/events/{id}", "post /admin/reconcile", "get /admin/dead-letters",
    "post /admin/dead-letters/send-back", "get /admin/configuration", "put /admin/configuration/{key}",
    "delete /admin/configuration/{key}",
  ]

  /// The status of each operation: for anonymous requests 401 if the service has it, 404 if not.
  public static func statuses(askedBy anybody: RESTClient) async throws -> [String: Int] {
    var statuses: [String: Int] = [:]
    for operation in all {
      let parts = operation.split(separator: " ")
      let path = String(parts[1]).replacing("{key}", with: "order.deadline")
        .replacing("{id}", with: "0197a6b2-0000-7000-8000-000000000001")
      statuses[operation] = try await anybody.send(parts[0].uppercased(), path, parts[0] == "post" ? "{}" : nil).status
    }
    return statuses
  }
}

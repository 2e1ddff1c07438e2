import HTTPTypes
import Hummingbird
import NIOPosix
import ServiceCatalogue
import Synchronization
public import Web
import Yams

/// The OpenAPI document that a service serves, and the routes that it has.
///
/// The service is built by its own composition root and runs in the test process; of the servers that it uses, only PostgreSQL is there.
public struct ServedAPI: Sendable {
  /// In OpenAPI's notation, `get /orders/{id}`; what a gateway forwards isn't among them.
  public let routes: Set<String>
  /// The operations that the document describes, in the same notation.
  public let described: Set<String>
  /// What is wrong with the document.
  public let violations: [String]

  /// - Parameter settings: the keys of the service.
  public init(
    _ name: String, settings: [Setting], build: @Sendable (ServiceEnvironment) async throws -> WebApplication
  ) async throws {
    let port = try FreePort.next()
    var values = OrderStack.testSettings.merging(try await TokenIssuer.shared().environment) { $1 }
    for server in ["EVENTS", "CACHE"] {
      values.merge(["\(server)_REDIS_PORT": "9", "\(server)_REDIS_USER": "default", "\(server)_REDIS_PASSWORD": "any"]) { $1 }
    }
    if ServiceCatalogue.standard[name]?.database != nil {
      let postgres = try await PostgresServer.shared()
      let database = try await postgres.createDatabase(for: "api-of-\(name)")
      values.merge([
        "POSTGRES_PORT": "\(postgres.port)", "POSTGRES_DATABASE": database, "POSTGRES_USER": postgres.user,
        "POSTGRES_PASSWORD": "any",
      ]) { $1 }
    }
    let all = try Settings(WebConfiguration.settings(port: port) + settings, arguments: [], environment: values)
    let environment = try ServiceEnvironment(
      name: name, instance: "\(name)-1", settings: all, web: WebConfiguration(all),
      eventLoopGroup: MultiThreadedEventLoopGroup.singleton, logger: silentLogger)
    let application = try await build(environment)
    routes = Self.operations(application)
    let document = try await Self.document(of: application, environment, port)
    described = document.operations
    violations = OpenAPIViolations(of: document).all
  }

  private static func operations(_ application: WebApplication) -> Set<String> {
    let all = application.routes.filter { $0.method != .head }.map { route in
      let path = route.path.components.map { component in
        let text = component.description
        return text.hasPrefix(":") ? "{\(text.dropFirst())}" : text
      }
      return "\(route.method.rawValue.lowercased()) /" + path.joined(separator: "/")
    }
    return Set(all.filter { !$0.hasSuffix("/**") })
  }

  private static func document(
    of application: WebApplication, _ environment: ServiceEnvironment, _ port: Int
  ) async throws -> Node {
    let text = Mutex("")
    try await running(environment.services + [application]) {
      let client = RESTClient("http://127.0.0.1:\(port)")
      try await eventually(within: .seconds(10), "a response") { try await client.get("/livez").status == 200 }
      let response = try await client.expect(200, "GET", "/openapi.yaml")
      text.withLock { $0 = response.text }
    }
    return try Yams.compose(yaml: text.withLock { $0 }) ?? Node("")
  }
}

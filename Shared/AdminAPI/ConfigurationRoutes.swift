import Auth
import Contracts
import JSON
public import RuntimeConfiguration
public import Hummingbird
public import Web

/// `/admin/configuration`: lists the settings that may change at run time, and changes them.
public struct ConfigurationRoutes: Sendable {
  private let configuration: RuntimeConfiguration

  public init(_ configuration: RuntimeConfiguration) {
    self.configuration = configuration
  }

  public func add(to router: Router<ServiceRequestContext>) {
    router.get("admin/configuration", use: list)
    router.put("admin/configuration/:key", use: change)
    router.delete("admin/configuration/:key", use: reset)
  }

  private func list(_ request: Request, _ context: ServiceRequestContext) async throws -> Response {
    _ = try context.requirePrincipal(.operator)
    let page = Page(items: configuration.all, store: configuration.isFollowing ? .connected : .away)
    return try .json(page, headers: [.cacheControl: "no-store"])
  }

  private func change(_ request: Request, _ context: ServiceRequestContext) async throws -> Response {
    let principal = try context.requirePrincipal(.operator)
    let key = try context.parameters.require("key")
    let body = try await request.json(Change.self, context)
    return try await respond {
      try await configuration.change(key, to: body.value.text, by: "\(principal.role.rawValue):\(principal.id)")
    }
  }

  private func reset(_ request: Request, _ context: ServiceRequestContext) async throws -> Response {
    _ = try context.requirePrincipal(.operator)
    let key = try context.parameters.require("key")
    return try await respond { try await configuration.reset(key) }
  }

  private func respond(_ body: () async throws -> RuntimeSetting) async throws -> Response {
    do {
      return try .json(try await body(), headers: [.cacheControl: "no-store"])
    } catch RuntimeConfigurationError.unknown(let key) {
      throw Problem.notFound("setting_not_found", "this service has no run-time setting \(key)")
    } catch RuntimeConfigurationError.invalid(_, let reason) {
      throw Problem.invalidBody([.init(pointer: "/value", detail: reason)])
    }
  }

  private struct Page: Encodable {
    enum Store: String, Encodable {
      case connected, away
    }

    let items: [RuntimeSetting]
    let store: Store
  }

  private struct Change: Decodable {
    let value: Value
  }

  /// A string, a number or a boolean: `"250ms"`, `20`, `true`.
  private struct Value: Decodable {
    let text: String

    init(from decoder: any Decoder) throws {
      let container = try decoder.singleValueContainer()
      if let number = try? container.decode(Int.self) {
        text = String(number)
      } else if let truth = try? container.decode(Bool.self) {
        text = String(truth)
      } else {
        text = try container.decode(String.self)
      }
    }
  }
}

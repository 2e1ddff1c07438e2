public import Contracts
public import HTTPTypes
public import Hummingbird

/// Who asks: a role and the id of the account that holds it.
public struct Principal: Hashable, Sendable {
  public enum Role: String, Sendable, CaseIterable {
    case customer, owner, rider, `operator`, service
  }

  public var role: Role
  public var id: Identifier

  public init(role: Role, id: Identifier) {
    self.role = role
    self.id = id
  }

  /// Reads `<role>:<uuid>`.
  public init?(_ text: some StringProtocol) {
    let parts = text.split(separator: ":", maxSplits: 1)
    guard parts.count == 2, let role = Role(rawValue: String(parts[0])), let id = Identifier(parts[1]) else { return nil }
    self.init(role: role, id: id)
  }

  /// The header's value.
  public var text: String { "\(role.rawValue):\(id)" }
}

/// The one place that says who the caller is: the header `X-Principal`, taken at its word until the identity service issues tokens.
public struct PrincipalMiddleware: RouterMiddleware {
  public init() {}

  /// - Throws: 401 when the header is there and can't be read. Without it the request goes on with no principal.
  public func handle(
    _ request: Request, context: ServiceRequestContext,
    next: (Request, ServiceRequestContext) async throws -> Response
  ) async throws -> Response {
    guard let text = request.headers[.principal] else { return try await next(request, context) }
    guard let principal = Principal(text) else {
      throw Problem.unauthorized("X-Principal must be <role>:<uuid>, the role one of \(Self.roles)")
    }
    var context = context
    context.principal = principal
    return try await next(request, context)
  }

  private static let roles = Principal.Role.allCases.map(\.rawValue).joined(separator: ", ")
}

extension HTTPField.Name {
  /// `X-Principal`.
  public static let principal = HTTPField.Name("X-Principal")!
  /// `traceparent`.
  public static let traceparent = HTTPField.Name("traceparent")!
}

public import Auth
public import Hummingbird
import Logging
public import NIOCore
import ServiceContextModule
import Telemetry

/// The data of one request.
public struct ServiceRequestContext: RequestContext {
  public var coreContext: CoreRequestContextStorage
  /// The authenticated caller, if any; set by ``PrincipalMiddleware``.
  public var principal: Principal?
  /// The connection of the request, for streaming responses.
  public let channel: any Channel

  public init(source: ApplicationRequestContextSource) {
    coreContext = CoreRequestContextStorage(source: source)
    channel = source.channel
  }

  /// 1 MB.
  public var maxUploadSize: Int { WebConfiguration.maximumBodyBytes }

  /// The trace id, which is also in every log line of the request.
  public var id: String { ServiceContext.current?.trace?.traceID ?? "-" }

  /// The caller, who must have one of `roles`; any role is allowed when none is given.
  /// - Throws: 401 without a principal, 403 `forbidden` for another role.
  public func requirePrincipal(_ roles: Principal.Role...) throws(Problem) -> Principal {
    guard let principal else { throw .unauthorized("this request needs Authorization: Bearer <access token>") }
    guard roles.isEmpty || roles.contains(principal.role) else {
      throw .forbidden("this needs the role \(roles.map(\.rawValue).joined(separator: " or "))")
    }
    return principal
  }

  /// The caller, who must be the service of this name or have one of `roles`.
  /// - Throws: as ``requirePrincipal(_:)``; 403 for another service too.
  public func requireService(_ name: String, or roles: Principal.Role...) throws(Problem) -> Principal {
    let principal = try requirePrincipal()
    let isAllowed = principal.role == .service ? principal.client == name : roles.contains(principal.role)
    let others = roles.map { " or the role \($0.rawValue)" }.joined()
    guard isAllowed else { throw .forbidden("this is for the service \(name)\(others) only") }
    return principal
  }
}

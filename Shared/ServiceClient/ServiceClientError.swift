/// Why another service returned no usable response.
public struct ServiceClientError: Error, Hashable, Sendable, CustomStringConvertible {
  /// An open set: more codes may be added.
  public struct Code: Hashable, Sendable {
    private enum Kind: Hashable {
      case unresolved, noCredentials, breakerOpen, bulkheadFull, timedOut, connection, responseTooLarge, undecodable, status(Int)
    }
    private let kind: Kind

    /// The resolver doesn't know the service.
    public static let unresolved = Code(kind: .unresolved)
    /// Not called: there is no access token from the identity service.
    public static let noCredentials = Code(kind: .noCredentials)
    /// Not called: recent calls failed, and the circuit breaker is open.
    public static let breakerOpen = Code(kind: .breakerOpen)
    /// Not called: too many calls are in flight.
    public static let bulkheadFull = Code(kind: .bulkheadFull)
    /// No complete response within the deadline.
    public static let timedOut = Code(kind: .timedOut)
    /// No connection, or a lost one.
    public static let connection = Code(kind: .connection)
    /// The response is larger than the limit.
    public static let responseTooLarge = Code(kind: .responseTooLarge)
    /// The response can't be decoded as the expected type.
    public static let undecodable = Code(kind: .undecodable)
    /// The service responded with this error status.
    public static func status(_ status: Int) -> Code { Code(kind: .status(status)) }

    /// The status of the response, if there was one.
    public var status: Int? {
      if case .status(let status) = kind { status } else { nil }
    }
  }

  public let service: String
  public let code: Code
  public let detail: String
  /// The value of `Retry-After`.
  public let retryAfter: Duration?
  /// Whether the service may have received the request; if not, it had no effect.
  public let wasSent: Bool

  public init(service: String, code: Code, detail: String, retryAfter: Duration? = nil, wasSent: Bool = true) {
    self.service = service
    self.code = code
    self.detail = detail
    self.retryAfter = retryAfter
    self.wasSent = wasSent
  }

  /// Whether the call may succeed later without a change here: everything but a 4xx, an undecodable response and an unknown name.
  ///
  /// 401 counts as unavailability, because it concerns this service's own credentials, which are renewed.
  public var isUnavailability: Bool {
    switch code {
    case .unresolved, .undecodable, .responseTooLarge: false
    default: code.status.map { $0 >= 500 || $0 == 429 || $0 == 401 } ?? true
    }
  }

  public var description: String { "\(service): \(detail)" }
}

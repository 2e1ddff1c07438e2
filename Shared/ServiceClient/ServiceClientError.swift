/// Why another service gave no usable answer.
public struct ServiceClientError: Error, Hashable, Sendable, CustomStringConvertible {
  /// Open: more codes may come.
  public struct Code: Hashable, Sendable {
    private enum Kind: Hashable {
      case unresolved, noCredentials, breakerOpen, bulkheadFull, timedOut, connection, responseTooLarge, undecodable, status(Int)
    }
    private let kind: Kind

    /// The resolver doesn't know the service.
    public static let unresolved = Code(kind: .unresolved)
    /// Not asked: the identity service gave us no token to show.
    public static let noCredentials = Code(kind: .noCredentials)
    /// Not asked: the last calls failed, and the breaker keeps others away for a moment.
    public static let breakerOpen = Code(kind: .breakerOpen)
    /// Not asked: too many calls are under way.
    public static let bulkheadFull = Code(kind: .bulkheadFull)
    /// No complete answer within the deadline.
    public static let timedOut = Code(kind: .timedOut)
    /// No connection, or one that broke.
    public static let connection = Code(kind: .connection)
    /// The answer is larger than the limit.
    public static let responseTooLarge = Code(kind: .responseTooLarge)
    /// The answer is not what was to be decoded.
    public static let undecodable = Code(kind: .undecodable)
    /// The service answered with this status, which is an error.
    public static func status(_ status: Int) -> Code { Code(kind: .status(status)) }

    /// The status that the service answered with, if it answered.
    public var status: Int? {
      if case .status(let status) = kind { status } else { nil }
    }
  }

  public let service: String
  public let code: Code
  public let detail: String
  /// What the service asked for with `Retry-After`.
  public let retryAfter: Duration?
  /// Whether the service can have seen the request; if not, nothing has been done, whatever was asked.
  public let wasSent: Bool

  public init(service: String, code: Code, detail: String, retryAfter: Duration? = nil, wasSent: Bool = true) {
    self.service = service
    self.code = code
    self.detail = detail
    self.retryAfter = retryAfter
    self.wasSent = wasSent
  }

  /// Whether the service may be well again later with nothing changed here: everything but a 4xx, a wrong shape, and an unknown name.
  ///
  /// 401 is, for it means our own credentials, which are renewed.
  public var isUnavailability: Bool {
    switch code {
    case .unresolved, .undecodable, .responseTooLarge: false
    default: code.status.map { $0 >= 500 || $0 == 429 || $0 == 401 } ?? true
    }
  }

  public var description: String { "\(service): \(detail)" }
}

/// Why a command has no reply, or the error that the server returned.
public struct RedisError: Error, Hashable, Sendable, CustomStringConvertible {
  public let code: Code
  /// For an error reply the server's whole line, such as `NOGROUP No such key …`; otherwise a description.
  public let message: String

  public init(_ code: Code, _ message: String) {
    self.code = code
    self.message = message
  }

  /// An error reply as received, without the leading `-`.
  public init(reply line: String) {
    self.init(.reply(String(line.prefix { $0 != " " })), line)
  }

  public var description: String {
    code.replyPrefix == nil ? "redis: \(code): \(message)" : "redis: \(message)"
  }

  /// The kind of failure; more kinds may be added.
  public struct Code: Hashable, Sendable, CustomStringConvertible {
    private enum Kind: Hashable, Sendable {
      case reply(String)
      case connectionLost, unavailable, timedOut, queueFull, protocolViolation, cancelled
    }

    private let kind: Kind

    /// The connection was lost after the command was sent: whether it was executed is unknown.
    public static let connectionLost = Code(kind: .connectionLost)
    /// There is no connection; the command was not sent.
    public static let unavailable = Code(kind: .unavailable)
    /// No reply within the deadline: whether the command was executed is unknown.
    public static let timedOut = Code(kind: .timedOut)
    /// Too many commands are outstanding; this one was not sent.
    public static let queueFull = Code(kind: .queueFull)
    /// The bytes were not RESP2, or a reply had another type than its command returns.
    public static let protocolViolation = Code(kind: .protocolViolation)
    /// The waiting task was cancelled.
    public static let cancelled = Code(kind: .cancelled)

    public static let noGroup = Code.reply("NOGROUP")
    public static let noScript = Code.reply("NOSCRIPT")
    public static let busyGroup = Code.reply("BUSYGROUP")
    public static let outOfMemory = Code.reply("OOM")
    public static let loading = Code.reply("LOADING")

    /// An error reply, by the first word of its line: `.reply("WRONGTYPE")`.
    public static func reply(_ prefix: String) -> Code {
      Code(kind: .reply(prefix))
    }

    /// The first word of an error reply; nil for all other errors.
    public var replyPrefix: String? {
      if case .reply(let prefix) = kind { prefix } else { nil }
    }

    public var description: String {
      if case .reply(let prefix) = kind { prefix } else { "\(kind)" }
    }
  }
}

public import NIOCore

/// A connection that sends commands; the typed commands are extensions of it, so that shared and blocking connections have the
/// same ones.
public protocol RedisCommands: Sendable {
  /// Sends one command and waits for its reply. Throws ``RedisError``, also for error replies.
  func send(_ command: RedisCommand, deadline: Duration?) async throws -> RedisValue
}

extension RedisCommands {
  @discardableResult
  public func send(_ command: RedisCommand) async throws -> RedisValue {
    try await send(command, deadline: nil)
  }

  /// Checks that the server responds.
  public func ping() async throws {
    _ = try await send(.ping)
  }
}

extension RedisCommand {
  public static var ping: RedisCommand { RedisCommand("PING") }

  /// The server's clock; see ``RedisValue/milliseconds()``.
  public static var time: RedisCommand { RedisCommand("TIME") }
}

/// Decodes a reply as the type that its command returns; throws the error of an error reply, and `protocolViolation` for another
/// type.
extension RedisValue {
  public func integer() throws -> Int64 {
    guard case .integer(let number) = try get() else { throw unexpected("an integer") }
    return number
  }

  public func count() throws -> Int {
    Int(try integer())
  }

  public func text() throws -> String {
    guard let text = try get().string else { throw unexpected("text") }
    return text
  }

  public func optionalText() throws -> String? {
    try get().isNull ? nil : text()
  }

  public func elements() throws -> [RedisValue] {
    guard let values = try get().array else { throw unexpected("an array") }
    return values
  }

  public func optionalBytes() throws -> ByteBuffer? {
    switch try get() {
    case .bulk(let bytes): return bytes
    case .null: return nil
    default: throw unexpected("a bulk string or null")
    }
  }

  public func texts() throws -> [String] {
    try elements().map { try $0.text() }
  }

  /// The reply to `TIME`, in milliseconds since 1970.
  public func milliseconds() throws -> Int64 {
    let parts = try texts().compactMap { Int64($0) }
    guard parts.count == 2 else { throw unexpected("a time") }
    return parts[0] * 1000 + parts[1] / 1000
  }

  /// An array of alternating names and values.
  func pairs() throws -> [(String, RedisValue)] {
    let values = try elements()
    guard values.count.isMultiple(of: 2) else { throw unexpected("pairs") }
    return try stride(from: 0, to: values.count, by: 2).map { (try values[$0].text(), values[$0 + 1]) }
  }

  func unexpected(_ expected: String) -> RedisError {
    RedisError(.protocolViolation, "expected \(expected), not \(kind)")
  }

  private var kind: String {
    switch self {
    case .simple: "a status"
    case .error: "an error"
    case .integer: "an integer"
    case .bulk: "a bulk string"
    case .array: "an array"
    case .null: "null"
    }
  }
}

/// A parsed JSON document. Numbers are kept as text, so that they are not rounded before the target type is known.
public enum JSONValue: Sendable, Equatable {
  case null
  case bool(Bool)
  case number(String)
  case string(String)
  case array([JSONValue])
  case object([JSONMember])

  /// The type of the value, for error messages.
  public var kind: String {
    switch self {
    case .null: "null"
    case .bool: "a boolean"
    case .number: "a number"
    case .string: "a string"
    case .array: "an array"
    case .object: "an object"
    }
  }
}

/// A member of a JSON object.
public struct JSONMember: Sendable, Equatable {
  public let name: String
  public let value: JSONValue
}

/// A syntax error and its position. Line and column count from 1; the column is in bytes.
public struct JSONSyntaxError: Error, Equatable {
  /// What is wrong.
  public let reason: String
  /// In bytes, from 0.
  public let offset: Int
  public let line: Int
  public let column: Int

  /// The reason and the position, for a problem's detail.
  public var description: String { "\(reason) at line \(line), column \(column) (byte \(offset))" }
}

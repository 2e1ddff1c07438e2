/// A parsed JSON document. Numbers keep their text, so that nothing is rounded before somebody says which type is wanted.
public enum JSONValue: Sendable, Equatable {
  case null
  case bool(Bool)
  case number(String)
  case string(String)
  case array([JSONValue])
  case object([JSONMember])

  /// What it is, as a person would say it.
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

public struct JSONMember: Sendable, Equatable {
  public let name: String
  public let value: JSONValue
}

/// Where JSON stops being JSON; line and column count from 1, the column in bytes.
public struct JSONSyntaxError: Error, Equatable {
  public let reason: String
  public let offset: Int
  public let line: Int
  public let column: Int

  public var description: String { "\(reason) at line \(line), column \(column) (byte \(offset))" }
}

/// A parsed JSON document. Numbers keep their text, so that nothing is rounded before somebody says which type is wanted.
enum JSONValue: Sendable, Equatable {
  case null
  case bool(Bool)
  case number(String)
  case string(String)
  case array([JSONValue])
  case object([JSONMember])

  /// What it is, as a person would say it.
  var kind: String {
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

struct JSONMember: Sendable, Equatable {
  let name: String
  let value: JSONValue
}

/// Where JSON stops being JSON; line and column count from 1, the column in bytes.
struct JSONSyntaxError: Error, Equatable {
  let reason: String
  let offset: Int
  let line: Int
  let column: Int

  var description: String { "\(reason) at line \(line), column \(column) (byte \(offset))" }
}

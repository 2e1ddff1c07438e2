import Contracts

/// Records which members of which objects were decoded, to find unknown ones. Used by one task, during one call.
final class JSONMemberUsage {
  private struct Object {
    let members: [JSONMember]
    let path: [any CodingKey]
    var isUsed: [Bool]
  }
  private var objects: [Object] = []
  private var indices: [String: Int] = [:]

  /// Registers the object at `path` and returns its index. A type and a type that wraps it may register the same object.
  func register(_ members: [JSONMember], at path: [any CodingKey]) -> Int {
    let pointer = Self.pointer(path)
    if let index = indices[pointer] { return index }
    objects.append(Object(members: members, path: path, isUsed: Array(repeating: false, count: members.count)))
    indices[pointer] = objects.count - 1
    return objects.count - 1
  }

  func markUsed(_ member: Int, in object: Int) {
    objects[object].isUsed[member] = true
  }

  /// The members that were not decoded, by object in order of registration.
  func unknownFields() -> [FieldError] {
    objects.flatMap { object in
      zip(object.members, object.isUsed).filter { !$0.1 }.map { member, _ in
        FieldError(
          pointer: Self.pointer(object.path) + "/" + Self.escape(member.name), detail: "is not a known field")
      }
    }
  }

  /// A JSON pointer (RFC 6901).
  static func pointer(_ path: [any CodingKey]) -> String {
    path.map { "/" + escape($0.stringValue) }.joined()
  }

  static func escape(_ name: String) -> String {
    guard name.utf8.contains(where: { $0 == UInt8(ascii: "~") || $0 == UInt8(ascii: "/") }) else { return name }
    var escaped = ""
    for scalar in name.unicodeScalars {
      switch scalar {
      case "~": escaped += "~0"
      case "/": escaped += "~1"
      default: escaped.unicodeScalars.append(scalar)
      }
    }
    return escaped
  }
}

/// Which members of which objects were asked for during one decoding. Used by one task, during one call.
final class JSONVisits {
  private struct Object {
    let members: [JSONMember]
    let path: [any CodingKey]
    var seen: [Bool]
  }
  private var objects: [Object] = []
  private var places: [String: Int] = [:]

  /// Begins, or goes on with, the object at `path`; an object may be opened twice, by a type and by what it wraps.
  func open(_ members: [JSONMember], at path: [any CodingKey]) -> Int {
    let place = Self.pointer(path)
    if let known = places[place] { return known }
    objects.append(Object(members: members, path: path, seen: Array(repeating: false, count: members.count)))
    places[place] = objects.count - 1
    return objects.count - 1
  }

  func see(_ member: Int, in object: Int) {
    objects[object].seen[member] = true
  }

  /// The members that nobody asked for, in the order of the document's objects.
  func unknownFields() -> [JSONFieldError] {
    objects.flatMap { object in
      zip(object.members, object.seen).filter { !$0.1 }.map { member, _ in
        JSONFieldError(
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

import JSON
import NIOCore
import Web

/// What came of one part of a screen.
enum ScreenPart: Sendable {
  /// A JSON document.
  case document(ByteBuffer)
  /// The service knows of none.
  case absent
  /// The service didn't answer, or not in time.
  case unavailable
}

/// A screen's worth of documents in one: what is away is `null` and named in `unavailable`.
struct Screen: Sendable {
  private var parts: [(name: String, part: ScreenPart)] = []

  mutating func add(_ name: String, _ part: ScreenPart) {
    parts.append((name, part))
  }

  /// `{"shops": …, "orders": null, "unavailable": ["orders"]}`
  func json() -> ByteBuffer {
    var json = JSONText(capacity: 8192)
    json.beginObject()
    for (name, part) in parts {
      json.key(name)
      if case .document(let bytes) = part { json.raw(bytes.readableBytesView) } else { json.null() }
    }
    json.key("unavailable")
    json.beginArray()
    for case (let name, .unavailable) in parts { json.value(name) }
    json.endArray()
    json.endObject()
    return json.buffer
  }
}

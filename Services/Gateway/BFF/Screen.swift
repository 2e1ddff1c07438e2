import JSON
import NIOCore
import Web

/// The result of fetching one part of a screen.
enum ScreenPart: Sendable {
  /// A JSON document.
  case document(ByteBuffer)
  /// 404 or 410.
  case absent
  /// The service failed or did not respond in time.
  case unavailable
}

/// The composed documents of a screen: an unavailable part is `null` and listed in `unavailable`.
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

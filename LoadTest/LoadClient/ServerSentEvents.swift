/// One event of a stream.
public struct ServerSentEvent: Hashable, Sendable {
  /// The last `id` field of the stream up to this event.
  public var id: String?
  /// The `event` field; `message` without one.
  public var name: String
  /// The `data` lines, joined by line feeds.
  public var data: [UInt8]

  public init(id: String?, name: String, data: [UInt8]) {
    (self.id, self.name, self.data) = (id, name, data)
  }
}

/// An incremental parser of `text/event-stream` (WHATWG HTML, section 9.2.6).
///
/// Lines end in CR LF, LF or CR; comments and unknown fields are skipped; an event without data is not dispatched.
public struct ServerSentEvents: Sendable {
  private var line: [UInt8] = []
  /// The last line ended in CR at the end of a chunk: a following line feed belongs to it.
  private var skipsLineFeed = false
  private var isAtStart = true
  private var id: String?
  private var name = ""
  private var data: [UInt8]?

  public init() {}

  /// Parses the next chunk, and calls `body` with each event that it completes.
  public mutating func feed(_ chunk: some Sequence<UInt8>, _ body: (ServerSentEvent) -> Void) {
    for byte in chunk {
      switch byte {
      case 0x0a where skipsLineFeed:
        skipsLineFeed = false
      case 0x0a, 0x0d:
        skipsLineFeed = byte == 0x0d
        endLine(body)
      default:
        skipsLineFeed = false
        line.append(byte)
      }
    }
  }

  private mutating func endLine(_ body: (ServerSentEvent) -> Void) {
    defer { line.removeAll(keepingCapacity: true) }
    if isAtStart {
      isAtStart = false
      if line.starts(with: [0xef, 0xbb, 0xbf]) { line.removeFirst(3) }
    }
    guard !line.isEmpty else { return dispatch(body) }
    let colon = line.firstIndex(of: UInt8(ascii: ":")) ?? line.endIndex
    var value = line[colon...].dropFirst()
    if value.first == 0x20 { value = value.dropFirst() }
    switch line[..<colon] {
    case let field where field.elementsEqual("data".utf8): data = data.map { $0 + [0x0a] + value } ?? Array(value)
    case let field where field.elementsEqual("event".utf8): name = String(decoding: value, as: UTF8.self)
    case let field where field.elementsEqual("id".utf8):
      if !value.contains(0) { id = String(decoding: value, as: UTF8.self) }
    default: break
    }
  }

  private mutating func dispatch(_ body: (ServerSentEvent) -> Void) {
    defer { (name, data) = ("", nil) }
    guard let data else { return }
    body(ServerSentEvent(id: id, name: name.isEmpty ? "message" : name, data: data))
  }
}

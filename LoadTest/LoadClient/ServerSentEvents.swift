/// One event of a stream.
public struct ServerSentEvent: Hashable, Sendable {
  /// The last `id` that the stream had up to here.
  public var id: String?
  /// `message` if the stream didn't say.
  public var name: String
  /// The lines of `data`, with line feeds between.
  public var data: [UInt8]

  public init(id: String?, name: String, data: [UInt8]) {
    (self.id, self.name, self.data) = (id, name, data)
  }
}

/// Takes a `text/event-stream` apart (WHATWG HTML, section 9.2.6), however it was cut on the way.
///
/// Lines end in CR LF, LF or CR; comments and fields that mean nothing are skipped; an event without data is none.
public struct ServerSentEvents: Sendable {
  private var line: [UInt8] = []
  /// The line before ended in CR at the end of a piece: a line feed in front belongs to it.
  private var skipsLineFeed = false
  private var isAtStart = true
  private var id: String?
  private var name = ""
  private var data: [UInt8]?

  public init() {}

  /// Reads the next piece, and calls `body` with each event that it completes.
  public mutating func feed(_ piece: some Sequence<UInt8>, _ body: (ServerSentEvent) -> Void) {
    for byte in piece {
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

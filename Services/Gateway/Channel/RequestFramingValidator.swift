import NIOHTTP1
import Web

/// What the ingress demands of a request's head, beyond what the parser does, so that no service behind can read it differently.
///
/// Sources: RFC 9112, sections 3.2, 6.1, 6.3 and 11.2; Kettle, "HTTP Desync Attacks", 2019.
struct RequestFramingValidator: Sendable {
  /// Bytes of a body.
  let maximumBody: Int
  /// Bytes of a body that is taken whole before a service is asked.
  let buffered: Int

  enum Verdict {
    /// - closes: nothing may follow this request on its connection.
    /// - continues: the client waits to hear that its body is wanted.
    case pass(HTTPRequestHead, closes: Bool, continues: Bool)
    case refuse(Problem)
  }

  func judge(_ head: HTTPRequestHead) -> Verdict {
    guard head.version == .http1_1 || head.version == .http1_0 else { return .refuse(.malformedRequest) }
    guard Self.methods.contains(head.method) else { return .refuse(.methodNotTaken) }
    guard head.headers.allSatisfy({ Self.isPlain($0.value) }) else { return .refuse(.malformedRequest) }
    var head = head
    guard rewriteTarget(&head), hasOneHost(head), dropNamed(&head) else { return .refuse(.malformedRequest) }
    guard let body = length(of: head) else { return .refuse(.malformedRequest) }
    if case .known(let bytes) = body, bytes > maximumBody { return .refuse(.bodyOverLimit(maximumBody)) }
    // A GET with a body means nothing (RFC 9110, section 9.3.1), and hides a second request from whoever doesn't read it.
    guard body == .empty || ![.GET, .HEAD, .OPTIONS].contains(head.method) else { return .refuse(.malformedRequest) }
    let expectation = head.headers["Expect"]
    guard expectation.isEmpty || expectation.count == 1 && expectation[0].lowercased() == "100-continue" else {
      return .refuse(.expectationNotMet)
    }
    head.headers.remove(name: "Expect")
    let closes = head.version == .http1_0 || !head.isKeepAlive || !isBuffered(body)
    if closes { head.headers.replaceOrAdd(name: "Connection", value: "close") }
    return .pass(head, closes: closes, continues: !expectation.isEmpty && body != .empty && head.version == .http1_1)
  }

  private enum BodyLength: Equatable {
    case empty
    case known(Int)
    case chunked
  }

  private func isBuffered(_ length: BodyLength) -> Bool {
    switch length {
    case .empty: true
    case .known(let bytes): bytes <= buffered
    // The framework goes on reading where a service stopped: only on a connection that ends is that safe.
    case .chunked: false
    }
  }

  /// How the body is framed; `nil` when there is more than one reading.
  private func length(of head: HTTPRequestHead) -> BodyLength? {
    let lengths = head.headers["Content-Length"]
    let codings = head.headers["Transfer-Encoding"]
    guard codings.isEmpty else {
      let isChunked = codings.count == 1 && codings[0].lowercased() == "chunked"
      return isChunked && lengths.isEmpty && head.version == .http1_1 ? .chunked : nil
    }
    guard let text = lengths.first else { return .empty }
    guard lengths.count == 1, (1...18).contains(text.utf8.count), text.utf8.allSatisfy({ (0x30...0x39).contains($0) }),
      let bytes = Int(text)
    else { return nil }
    return bytes == 0 ? .empty : .known(bytes)
  }

  /// Absolute form becomes origin form, as RFC 9112, section 3.2.2, asks; anything but a plain target is refused.
  private func rewriteTarget(_ head: inout HTTPRequestHead) -> Bool {
    if let scheme = ["http://", "https://"].first(where: { head.uri.lowercased().hasPrefix($0) }) {
      let rest = head.uri.dropFirst(scheme.count)
      let authority = rest.prefix { $0 != "/" && $0 != "?" }
      guard head.headers["Host"].count == 1 else { return false }
      head.headers.replaceOrAdd(name: "Host", value: String(authority))
      head.uri = String(rest.dropFirst(authority.count))
    }
    return RequestTarget(head.uri) != nil
  }

  /// Fields that `Connection` names go no further (RFC 9110, section 7.6.1); it may not name what frames the message.
  private func dropNamed(_ head: inout HTTPRequestHead) -> Bool {
    for option in head.headers[canonicalForm: "Connection"] {
      let name = option.lowercased()
      if ["host", "content-length", "transfer-encoding", "connection"].contains(name) { return false }
      if name != "close", name != "keep-alive" { head.headers.remove(name: name) }
    }
    return true
  }

  private func hasOneHost(_ head: HTTPRequestHead) -> Bool {
    let hosts = head.headers["Host"]
    guard hosts.count == 1 else { return hosts.isEmpty && head.version == .http1_0 }
    return hosts[0].utf8.allSatisfy { byte in
      switch byte {
      case UInt8(ascii: "a")...UInt8(ascii: "z"), UInt8(ascii: "A")...UInt8(ascii: "Z"), UInt8(ascii: "0")...UInt8(ascii: "9"),
        UInt8(ascii: "."), UInt8(ascii: "-"), UInt8(ascii: "_"), UInt8(ascii: ":"), UInt8(ascii: "["), UInt8(ascii: "]"):
        true
      default: false
      }
    }
  }

  private static func isPlain(_ value: String) -> Bool {
    value.utf8.allSatisfy { $0 >= 0x20 && $0 != 0x7f || $0 == 0x09 }
  }

  private static let methods: [HTTPMethod] = [.GET, .HEAD, .POST, .PUT, .PATCH, .DELETE, .OPTIONS]
}

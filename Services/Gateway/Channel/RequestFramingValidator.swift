import HTTPTypes
import NIOHTTP1
import Web

/// Checks a request head more strictly than the parser, so that no service can interpret the request differently.
///
/// Sources: RFC 9112, sections 3.2, 6.1, 6.3 and 11.2; Kettle, "HTTP Desync Attacks", 2019.
struct RequestFramingValidator: Sendable {
  let bodyLimit: RequestBodyLimit

  enum Result {
    /// - closesConnection: no request may follow on this connection.
    /// - expectsContinue: the client waits for `100 Continue` before it sends the body.
    case valid(HTTPRequestHead, closesConnection: Bool, expectsContinue: Bool)
    case rejected(Problem)
  }

  func validate(_ head: HTTPRequestHead) -> Result {
    guard head.version == .http1_1 || head.version == .http1_0 else { return .rejected(.malformedRequest) }
    guard Self.methods.contains(head.method) else { return .rejected(.methodNotSupported) }
    guard head.headers.allSatisfy({ Self.isValidFieldValue($0.value) }) else { return .rejected(.malformedRequest) }
    var head = head
    guard rewriteTarget(&head), hasOneHost(head), removeConnectionFields(&head) else { return .rejected(.malformedRequest) }
    guard let body = length(of: head) else { return .rejected(.malformedRequest) }
    if case .known(let bytes) = body, bytes > bodyLimit.maximum { return .rejected(.bodyOverLimit(bodyLimit.maximum)) }
    // The body of a GET has no meaning (RFC 9110, section 9.3.1); a parser that ignores it would read it as a second request.
    guard body == .empty || ![.GET, .HEAD, .OPTIONS].contains(head.method) else { return .rejected(.malformedRequest) }
    let expectation = head.headers["Expect"]
    guard expectation.isEmpty || expectation.count == 1 && expectation[0].lowercased() == "100-continue" else {
      return .rejected(.expectationFailed)
    }
    head.headers.remove(name: "Expect")
    let closesConnection = head.version == .http1_0 || !head.isKeepAlive || !isBuffered(body)
    if closesConnection { head.headers.replaceOrAdd(name: "Connection", value: "close") }
    return .valid(
      head, closesConnection: closesConnection,
      expectsContinue: !expectation.isEmpty && body != .empty && head.version == .http1_1)
  }

  private enum BodyLength: Equatable {
    case empty
    case known(Int)
    case chunked
  }

  private func isBuffered(_ length: BodyLength) -> Bool {
    switch length {
    case .empty: true
    case .known(let bytes): bytes <= bodyLimit.buffered
    // The framework continues to read a body that the service did not read: this is safe only if the connection is closed.
    case .chunked: false
    }
  }

  /// The framing of the body; `nil` if it is ambiguous.
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

  /// Converts absolute form to origin form (RFC 9112, section 3.2.2).
  /// - Returns: `false` if the target is ambiguous.
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

  /// Removes the fields that `Connection` names (RFC 9110, section 7.6.1).
  /// - Returns: `false` if it names a field that frames or routes the message.
  private func removeConnectionFields(_ head: inout HTTPRequestHead) -> Bool {
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

  private static func isValidFieldValue(_ value: String) -> Bool {
    value.utf8.allSatisfy { $0 >= 0x20 && $0 != 0x7f || $0 == 0x09 }
  }

  private static let methods: [HTTPMethod] = [.GET, .HEAD, .POST, .PUT, .PATCH, .DELETE, .OPTIONS]
}

extension Problem {
  /// 405 for methods that no service supports; the connection is closed.
  static let methodNotSupported = Problem(
    .methodNotAllowed, code: "method_not_allowed", detail: "GET, HEAD, POST, PUT, PATCH and DELETE are supported",
    headers: [.allow: "GET, HEAD, POST, PUT, PATCH, DELETE", .connection: "close"])

  /// 417: the only expectation is `100-continue` (RFC 9110, section 10.1.1).
  static let expectationFailed = Problem(
    .expectationFailed, code: "expectation_failed", detail: "the only supported expectation is 100-continue",
    headers: [.connection: "close"])
}

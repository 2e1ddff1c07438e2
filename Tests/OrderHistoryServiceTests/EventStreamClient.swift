import NIOCore
import NIOHTTP1
import NIOPosix
import Synchronization
import TestSupport

/// A client of a Server-Sent Events stream, on its own connection.
final class EventStreamClient: Sendable {
  struct Event: Hashable, Sendable {
    var id = ""
    var event = ""
    var data = ""

    /// `order paid`.
    var brief: String {
      let status = data.split(separator: "\"").dropFirst(2).dropFirst().first.map(String.init) ?? ""
      return "\(event) \(status)"
    }
  }

  private struct State {
    var status: Int?
    var headers: [String: String] = [:]
    var text = ""
    var hasEnded = false
  }

  private let state = Mutex(State())
  private let channel: any Channel

  /// Sends the request; returns without waiting for the response.
  /// - Parameter reads: whether the client reads from the socket.
  init(
    _ url: String, _ path: String, as principal: String?, lastEventID: String? = nil, reads: Bool = true,
    on group: any EventLoopGroup = MultiThreadedEventLoopGroup.singleton
  ) async throws {
    let port = Int(url.split(separator: ":").last ?? "") ?? 0
    let bootstrap = ClientBootstrap(group: group)
      .channelOption(ChannelOptions.autoRead, value: reads)
      .channelOption(ChannelOptions.socketOption(.so_rcvbuf), value: 4096)
      .channelInitializer { $0.pipeline.addHTTPClientHandlers() }
    channel = try await bootstrap.connect(host: "127.0.0.1", port: port).get()
    try await channel.pipeline.addHandler(Receiver { [weak self] in self?.receive($0) }).get()
    var headers: HTTPHeaders = ["Host": "test", "Accept": "text/event-stream"]
    if let principal {
      headers.add(name: "Authorization", value: try await TokenIssuer.shared().authorization(for: principal))
    }
    if let lastEventID { headers.add(name: "Last-Event-ID", value: lastEventID) }
    channel.write(HTTPClientRequestPart.head(.init(version: .http1_1, method: .GET, uri: path, headers: headers)), promise: nil)
    try await channel.writeAndFlush(HTTPClientRequestPart.end(nil))
  }

  private func receive(_ part: HTTPClientResponsePart?) {
    state.withLock { state in
      switch part {
      case .head(let head):
        state.status = Int(head.status.code)
        for (name, value) in head.headers { state.headers[name.lowercased()] = value }
      case .body(let bytes):
        state.text += String(buffer: bytes)
      case .end, nil:
        state.hasEnded = true
      }
    }
  }

  var status: Int? { state.withLock { $0.status } }
  var hasEnded: Bool { state.withLock { $0.hasEnded } }
  var text: String { state.withLock { $0.text } }
  func header(_ name: String) -> String? { state.withLock { $0.headers[name] } }

  /// The complete events received.
  var events: [Event] {
    var events: [Event] = []
    var current = Event()
    for line in text.split(separator: "\n", omittingEmptySubsequences: false) {
      if line.isEmpty {
        if !current.data.isEmpty { events.append(current) }
        current = Event()
      } else if let colon = line.firstIndex(of: ":") {
        let value = String(line[line.index(after: colon)...].drop { $0 == " " })
        switch line[..<colon] {
        case "id": current.id = value
        case "event": current.event = value
        case "data": current.data = value
        default: break
        }
      }
    }
    return events
  }

  var briefs: [String] { events.map(\.brief) }

  /// Begins to read from the socket.
  func read() async throws {
    try await channel.setOption(ChannelOptions.autoRead, value: true).get()
  }

  func close() async {
    // A child process of another test may have inherited the socket; only a shutdown ends the connection for all its holders.
    try? await channel.close(mode: .output).get()
    // The server may have closed the connection already.
    try? await channel.close().get()
  }

  private final class Receiver: ChannelInboundHandler, Sendable {
    typealias InboundIn = HTTPClientResponsePart
    private let receive: @Sendable (HTTPClientResponsePart?) -> Void

    init(_ receive: @escaping @Sendable (HTTPClientResponsePart?) -> Void) {
      self.receive = receive
    }

    func channelRead(context: ChannelHandlerContext, data: NIOAny) {
      receive(unwrapInboundIn(data))
    }

    func channelInactive(context: ChannelHandlerContext) {
      receive(nil)
    }

    func errorCaught(context: ChannelHandlerContext, error: any Error) {
      context.close(promise: nil)
    }
  }
}

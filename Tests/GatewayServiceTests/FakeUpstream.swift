import HTTPTypes
import Hummingbird
import Logging
import NIOCore
import ServiceLifecycle
import Synchronization
import TestSupport

/// A fake service that records the requests it receives.
final class FakeUpstream: Sendable {
  struct Received: Sendable {
    let method: String
    let target: String
    let fields: HTTPFields
    let body: String
  }

  typealias Handler = @Sendable (Request, BasicRequestContext) async throws -> Response

  private let received = Mutex<[Received]>([])
  private let handler: Handler
  private let port: Int

  /// - Parameter handler: responds; the default reads the body and returns the method and the target.
  init(port: Int = 0, _ handler: @escaping Handler = FakeUpstream.plain) {
    self.handler = handler
    self.port = port
  }

  var requests: [Received] { received.withLock { $0 } }
  var targets: [String] { requests.map(\.target) }

  static let plain: Handler = { request, _ in
    Response(
      status: .ok, headers: [.contentType: "text/plain"],
      body: ResponseBody(byteBuffer: ByteBuffer(string: "\(request.method) \(request.head.path ?? "")")))
  }

  /// Serves on a free port while `body` runs with the URL.
  func serving(_ body: @escaping @Sendable (String) async throws -> Void) async throws {
    let (ports, port) = AsyncStream.makeStream(of: Int.self)
    let application = Application(
      responder: CallbackResponder { request, context in try await self.respond(request, context) },
      configuration: .init(address: .hostname("127.0.0.1", port: self.port)),
      onServerRunning: { port.yield($0.localAddress?.port ?? 0) }, logger: quietLogger)
    try await running([application]) {
      var iterator = ports.makeAsyncIterator()
      try await body("http://127.0.0.1:\(await iterator.next() ?? 0)")
    }
  }

  private func respond(_ request: Request, _ context: BasicRequestContext) async throws -> Response {
    guard request.headers[.expect] == nil else { return Response(status: .expectationFailed) }
    let isStreamed = request.headers[.init("X-Streamed")!] != nil
    let body = isStreamed ? ByteBuffer() : try await request.body.collect(upTo: 8 << 20)
    received.withLock {
      $0.append(
        Received(
          method: request.method.rawValue, target: request.head.path ?? "", fields: request.headers, body: String(buffer: body)))
    }
    var buffered = request
    if !isStreamed { buffered.body = RequestBody(buffer: body) }
    return try await handler(buffered, context)
  }
}

let quietLogger: Logger = {
  var logger = Logger(label: "tests")
  logger.logLevel = .critical
  return logger
}()

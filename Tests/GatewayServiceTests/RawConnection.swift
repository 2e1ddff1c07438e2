import NIOCore
import NIOPosix
import Synchronization
import TestSupport

/// A TCP connection to the gateway that a test keeps open.
struct RawConnection: Sendable {
  private final class Received: ChannelInboundHandler, Sendable {
    typealias InboundIn = ByteBuffer

    let text = Mutex("")

    func channelRead(context: ChannelHandlerContext, data: NIOAny) {
      let part = String(buffer: unwrapInboundIn(data))
      text.withLock { $0 += part }
    }

    func errorCaught(context: ChannelHandlerContext, error: any Error) {
      context.close(promise: nil)
    }
  }

  private let channel: any Channel
  private let received: Received

  init(port: Int) async throws {
    let received = Received()
    self.received = received
    channel = try await ClientBootstrap(group: MultiThreadedEventLoopGroup.singleton)
      .channelInitializer { $0.pipeline.addHandler(received) }
      .connect(host: "127.0.0.1", port: port).get()
  }

  /// Whether the gateway has closed it.
  var isClosed: Bool { !channel.isActive }

  func send(_ text: String) async throws {
    try await channel.writeAndFlush(ByteBuffer(string: text))
  }

  /// Sends a request and returns the first received bytes of the response.
  func request(_ text: String) async throws -> String {
    received.text.withLock { $0 = "" }
    try await send(text)
    try await eventually("a response") { received.text.withLock { !$0.isEmpty } }
    return received.text.withLock { $0 }
  }

  func close() {
    channel.close(promise: nil)
  }
}

extension GatewayUnderTest {
  func open() async throws -> RawConnection { try await RawConnection(port: port) }
}

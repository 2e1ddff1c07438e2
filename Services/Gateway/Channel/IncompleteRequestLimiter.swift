import DequeModule
import Metrics
import NIOCore
import NIOHTTP1
import Synchronization

/// Bounds the connections with a partially received request, because each holds memory for as long as its client takes to send
/// the rest.
///
/// One more closes the oldest of them. A request that arrives in one read is never among them, so an attack by slow clients
/// closes its own connections. Safe to use from any thread.
final class IncompleteRequestLimiter: Sendable {
  /// A connection's registration, removed by ``unregister(_:)``.
  struct Registration: Hashable, Sendable {
    fileprivate let number: UInt64
  }

  private struct Connection: Sendable {
    let registration: Registration
    let channel: any Channel
  }

  private struct State: Sendable {
    /// Oldest first.
    var connections: Deque<Connection> = []
    var lastNumber: UInt64 = 0
  }

  private let limit: Int
  private let metrics: GatewayMetrics
  private let state = Mutex(State())

  init(limit: Int, metrics: GatewayMetrics) {
    self.limit = limit
    self.metrics = metrics
  }

  func register(_ channel: any Channel) -> Registration {
    let (registration, oldest) = state.withLock { state in
      state.lastNumber += 1
      let registration = Registration(number: state.lastNumber)
      state.connections.append(Connection(registration: registration, channel: channel))
      let oldest = state.connections.count > limit ? state.connections.popFirst() : nil
      return (registration, oldest?.channel)
    }
    if let oldest {
      metrics.incompleteClosed.increment()
      oldest.close(promise: nil)
    }
    return registration
  }

  func unregister(_ registration: Registration) {
    state.withLock { state in
      // From the newest, where requests that complete quickly are.
      guard let index = state.connections.lastIndex(where: { $0.registration == registration }) else { return }
      state.connections.remove(at: index)
    }
  }
}

/// Shared by the two handlers of a connection; bound to its channel's event loop.
private final class RequestProgress {
  /// Bytes have been received since the last complete request.
  var hasBegun = false
}

/// Precedes the decoder: notes received bytes.
private final class ArrivalHandler: ChannelInboundHandler {
  typealias InboundIn = ByteBuffer

  private let progress: RequestProgress

  init(_ progress: RequestProgress) {
    self.progress = progress
  }

  func channelRead(context: ChannelHandlerContext, data: NIOAny) {
    progress.hasBegun = true
    context.fireChannelRead(data)
  }
}

/// Follows the decoder: registers the connection if its request is incomplete at the end of a read.
private final class CompletionHandler: ChannelInboundHandler {
  typealias InboundIn = HTTPServerRequestPart

  private let progress: RequestProgress
  private let limiter: IncompleteRequestLimiter
  private var registration: IncompleteRequestLimiter.Registration?

  init(_ progress: RequestProgress, _ limiter: IncompleteRequestLimiter) {
    self.progress = progress
    self.limiter = limiter
  }

  func channelRead(context: ChannelHandlerContext, data: NIOAny) {
    if case .end = unwrapInboundIn(data) {
      progress.hasBegun = false
      unregister()
    }
    context.fireChannelRead(data)
  }

  func channelReadComplete(context: ChannelHandlerContext) {
    if progress.hasBegun, registration == nil { registration = limiter.register(context.channel) }
    context.fireChannelReadComplete()
  }

  func channelInactive(context: ChannelHandlerContext) {
    unregister()
    context.fireChannelInactive()
  }

  private func unregister() {
    if let registration { limiter.unregister(registration) }
    registration = nil
  }
}

extension ChannelPipeline.SynchronousOperations {
  /// Adds a request decoder whose incomplete requests are bounded.
  func addDecoder(_ decoder: HTTPRequestDecoder, limiting limiter: IncompleteRequestLimiter) throws {
    let progress = RequestProgress()
    try addHandler(ArrivalHandler(progress))
    try addHandler(ByteToMessageHandler(decoder))
    try addHandler(CompletionHandler(progress, limiter))
  }
}

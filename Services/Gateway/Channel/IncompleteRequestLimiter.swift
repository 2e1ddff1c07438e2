import DequeModule
import Metrics
import NIOCore
import NIOHTTP1
import Synchronization

/// The connections with a request that has begun to come and isn't complete: bounded, because each keeps memory for as long as its client
/// likes to take.
///
/// One more ends the one that has been at it for longest. Who sends a request in one piece is never among them, so an attack by slow
/// clients ends its own connections. May be used from any thread.
final class IncompleteRequestLimiter: Sendable {
  /// A connection's place, given back with ``end(_:)``.
  struct Place: Hashable, Sendable {
    fileprivate let number: UInt64
  }

  private struct Unfinished: Sendable {
    let place: Place
    let channel: any Channel
  }

  private struct State: Sendable {
    /// From the longest to the shortest.
    var connections: Deque<Unfinished> = []
    var last: UInt64 = 0
  }

  private let limit: Int
  private let metrics: GatewayMetrics
  private let state = Mutex(State())

  init(limit: Int, metrics: GatewayMetrics) {
    self.limit = limit
    self.metrics = metrics
  }

  func begin(_ channel: any Channel) -> Place {
    let (place, longest) = state.withLock { state in
      state.last += 1
      let place = Place(number: state.last)
      state.connections.append(Unfinished(place: place, channel: channel))
      let longest = state.connections.count > limit ? state.connections.popFirst() : nil
      return (place, longest?.channel)
    }
    if let longest {
      metrics.unfinishedEnded.increment()
      longest.close(promise: nil)
    }
    return place
  }

  func end(_ place: Place) {
    state.withLock { state in
      // From behind, where those are that take no time.
      guard let index = state.connections.lastIndex(where: { $0.place == place }) else { return }
      state.connections.remove(at: index)
    }
  }
}

/// How far a connection's request has come; bound to its channel's event loop.
private final class RequestProgress {
  /// Bytes have come since the last complete request.
  var hasBegun = false
}

/// Sees the bytes that the decoder behind it can't make a request of yet.
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

/// Sees complete requests, and takes a place for the others once all that has come was read.
private final class CompletionHandler: ChannelInboundHandler {
  typealias InboundIn = HTTPServerRequestPart

  private let progress: RequestProgress
  private let unfinished: IncompleteRequestLimiter
  private var place: IncompleteRequestLimiter.Place?

  init(_ progress: RequestProgress, _ unfinished: IncompleteRequestLimiter) {
    self.progress = progress
    self.unfinished = unfinished
  }

  func channelRead(context: ChannelHandlerContext, data: NIOAny) {
    if case .end = unwrapInboundIn(data) {
      progress.hasBegun = false
      giveBack()
    }
    context.fireChannelRead(data)
  }

  func channelReadComplete(context: ChannelHandlerContext) {
    if progress.hasBegun, place == nil { place = unfinished.begin(context.channel) }
    context.fireChannelReadComplete()
  }

  func channelInactive(context: ChannelHandlerContext) {
    giveBack()
    context.fireChannelInactive()
  }

  private func giveBack() {
    if let place { unfinished.end(place) }
    place = nil
  }
}

extension ChannelPipeline.SynchronousOperations {
  /// Adds a request decoder whose unfinished requests are counted.
  func addDecoder(_ decoder: HTTPRequestDecoder, counting unfinished: IncompleteRequestLimiter) throws {
    let progress = RequestProgress()
    try addHandler(ArrivalHandler(progress))
    try addHandler(ByteToMessageHandler(decoder))
    try addHandler(CompletionHandler(progress, unfinished))
  }
}

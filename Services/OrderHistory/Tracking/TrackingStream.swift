import Contracts
import HummingbirdCore
import Metrics
import NIOCore
import Telemetry
import Web

/// One client that follows one order: writes what he has not seen, each entry once, until nothing more can happen.
///
/// It keeps a position and no queue. While the client doesn't read, the write waits and nothing is made for him; the next one tells
/// everything that happened meanwhile.
struct TrackingStream {
  let hub: TrackingHub
  let order: Identifier
  let position: PartVersions

  /// Returns when the order's story is over, the client has gone, or the service stops.
  /// - Parameters:
  ///   - first: the state that the client was let in for.
  ///   - channel: the client's connection.
  func run(_ first: OrderTimeline, on channel: any Channel, into writer: inout any ResponseBodyWriter) async throws {
    let ticket = hub.open(order)
    defer { hub.close(ticket) }
    // A client that says nothing more has gone; without this it would be noticed at the next write but one.
    channel.setOption(ChannelOptions.allowRemoteHalfClosure, value: false).whenFailure { _ in hub.end(ticket) }
    channel.closeFuture.whenComplete { _ in hub.end(ticket) }
    var position = position
    // How soon to come back after a loss, in milliseconds; it also lets a client without news see that it is connected.
    var text = ByteBuffer(string: "retry: 1000\n\n")
    text.writeEvents(first, after: &position)
    try await writer.write(text)
    follow: while !first.isOver {
      switch await hub.next(ticket, after: position) {
      case .news(let timeline):
        let news = timeline.entries(after: position)
        if !news.isEmpty {
          var text = ByteBuffer()
          text.writeEvents(timeline, after: &position)
          try await writer.write(text)
          hub.pushed(news)
        }
        if timeline.isOver { break follow }
      case .silence:
        try await writer.write(ByteBuffer(string: ": keep-alive\n\n"))
      case .end:
        break follow
      }
    }
    try await writer.finish(nil)
  }
}

extension ByteBuffer {
  /// Every entry after `position`, which moves along: the id of each says what has been shown with it.
  mutating func writeEvents(_ timeline: OrderTimeline, after position: inout PartVersions) {
    for entry in timeline.entries(after: position) {
      position[entry.part] = entry.version
      writeString(
        """
        id: \(position)
        event: \(entry.part)
        data: {"status":"\(entry.status)","version":\(entry.version),"at":"\(entry.at.rfc3339)"}


        """)
    }
  }
}

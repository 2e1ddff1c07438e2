import Contracts
import HummingbirdCore
import Metrics
import NIOCore
import Telemetry
import Web

/// A client's stream of one order's events: sends each entry after the client's position once, until no more can follow.
///
/// It has a position and no queue. While the client doesn't read, the write is suspended; the next write sends everything that
/// happened meanwhile.
struct TrackingStream {
  let hub: TrackingHub
  let order: Identifier
  let position: PartVersions

  /// Returns when no more events can follow, the client disconnected, or the service stops.
  /// - Parameters:
  ///   - first: the timeline with which the client was authorized.
  ///   - channel: the client's connection.
  func run(_ first: OrderTimeline, on channel: any Channel, into writer: inout any ResponseBodyWriter) async throws {
    let subscription = hub.subscribe(to: order)
    defer { hub.unsubscribe(subscription) }
    // A half-closed connection is closed; otherwise a disconnected client would be noticed only by the second write after that.
    channel.setOption(ChannelOptions.allowRemoteHalfClosure, value: false).whenFailure { _ in hub.end(subscription) }
    channel.closeFuture.whenComplete { _ in hub.end(subscription) }
    var position = position
    // The reconnection time in milliseconds. It is sent even without events, so that the client sees that it is connected.
    var text = ByteBuffer(string: "retry: 1000\n\n")
    text.writeEvents(first, after: &position)
    try await writer.write(text)
    follow: while !first.isComplete {
      switch await hub.next(subscription, after: position) {
      case .update(let timeline):
        let entries = timeline.entries(after: position)
        if !entries.isEmpty {
          var text = ByteBuffer()
          text.writeEvents(timeline, after: &position)
          try await writer.write(text)
          hub.recordPush(of: entries)
        }
        if timeline.isComplete { break follow }
      case .keepAlive:
        try await writer.write(ByteBuffer(string: ": keep-alive\n\n"))
      case .end:
        break follow
      }
    }
    try await writer.finish(nil)
  }
}

extension ByteBuffer {
  /// Writes the entries after `position` as events, and advances it. The id of an event is the position after it.
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

public import Contracts
import Redis

/// One entry of a stream, and how far each consumer group has processed it.
public struct StreamEntryStatus: Hashable, Sendable, Encodable {
  /// Its id in the stream.
  public let entry: String
  /// When it was added to the stream, by the clock of Redis.
  public let publishedAt: Timestamp
  /// The event's own attributes.
  public let event: [String: String]
  public let groups: [ConsumerGroupStatus]

  private enum CodingKeys: String, CodingKey {
    case entry, publishedAt, event
    case groups = "readers"
  }

  init(_ entry: RedisStreamEntry, groups: [ConsumerGroupStatus]) {
    self.entry = entry.id
    publishedAt = Timestamp(milliseconds: StreamID(entry.id)?.milliseconds ?? 0)
    event = entry.fields.dictionary
    self.groups = groups
  }
}

/// How far a consumer group has processed one entry.
public struct ConsumerGroupStatus: Hashable, Sendable, Encodable {
  public enum State: String, Sendable, Encodable, CaseIterable {
    /// Not delivered to the group yet.
    case waiting
    /// Delivered to a consumer that hasn't acknowledged it.
    case pending
    /// Handled, or moved to the group's dead letters.
    case acknowledged
  }

  /// The subscribing service.
  public let group: String
  public let state: State
  /// Of a pending entry: the instance that holds it, its delivery count, and the time since the last delivery.
  public var consumer: String?
  public var deliveries: Int?
  public var idleMilliseconds: Int64?

  init(_ group: RedisStreamGroup, of entry: RedisStreamEntry, pending: RedisPendingEntry?) {
    self.group = group.name
    if let pending {
      state = .pending
      consumer = pending.consumer
      deliveries = pending.deliveries
      idleMilliseconds = pending.idleMilliseconds
    } else if let here = StreamID(entry.id), let delivered = StreamID(group.lastDeliveredID), here <= delivered {
      state = .acknowledged
    } else {
      state = .waiting
    }
  }
}

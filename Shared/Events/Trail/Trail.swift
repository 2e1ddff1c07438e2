public import Contracts
import Redis

extension EventDeliveryStatus {
  /// One entry of the stream, and how far each group is with it.
  public struct Trail: Hashable, Sendable, Encodable {
    /// Its id in the stream.
    public let entry: String
    /// When it came into the stream, by the clock of Redis.
    public let publishedAt: Timestamp
    /// The event's own attributes.
    public let event: [String: String]
    public let readers: [Reader]

    init(_ entry: RedisStreamEntry, readBy readers: [Reader]) {
      self.entry = entry.id
      publishedAt = Timestamp(milliseconds: StreamID(entry.id)?.milliseconds ?? 0)
      event = entry.fields.dictionary
      self.readers = readers
    }
  }

  /// A consumer group.
  public struct Reader: Hashable, Sendable, Encodable {
    public enum State: String, Sendable, Encodable, CaseIterable {
      /// Not delivered to the group yet.
      case waiting
      /// Delivered to a consumer that hasn't acknowledged it.
      case pending
      /// Done with: handled, or put among the group's dead letters.
      case acknowledged
    }

    /// The service that subscribes.
    public let group: String
    public let state: State
    /// Of a pending entry: which instance has it, how often it was delivered, and how long ago the last time was.
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
}

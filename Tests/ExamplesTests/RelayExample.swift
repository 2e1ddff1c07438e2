import Contracts
import Events
import Logging
import Postgres
import Redis
import Synchronization

// example: relay
/// Publishes the outbox of `parcels` to the stream `events:parcels`; several instances may run, with names of their own.
func parcelRelay(_ postgres: PostgresClient, _ redis: RedisClient, _ logger: Logger) -> OutboxRelay {
  OutboxRelay(configuration: .init(service: "parcels", instance: "parcels-1"), postgres: postgres, redis: redis, logger: logger)
}

/// Consumes the events: a subject that changes often is handled once for many events.
final class ParcelTracker: EventHandler {
  let latest = Mutex<[Identifier: Int64]>([:])

  /// An event has no state: here the owner would be asked for it, once for the whole batch.
  func handle(_ changes: [AggregateChange]) async -> [ChangeOutcome] {
    latest.withLock { latest in
      for change in changes { latest[change.subject] = max(latest[change.subject] ?? 0, change.sequence) }
    }
    // `.applied` acknowledges an event; others retry it later or store it as a dead letter.
    return changes.map { _ in .applied }
  }
}

/// - Parameter reader: a connection of its own, because reading blocks it.
func parcelConsumer(
  _ tracker: ParcelTracker, _ redis: RedisClient, reader: RedisBlockingConnection, _ logger: Logger
) -> ConsumerGroup {
  ConsumerGroup(
    configuration: .init(sources: ["parcels"], group: "tracker", consumer: "tracker-1"), redis: redis, reader: reader,
    handler: tracker, logger: logger, groupCreated: {})
}
// example end

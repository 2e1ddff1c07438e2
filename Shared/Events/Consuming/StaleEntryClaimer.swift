import Concurrency
import Logging
import Redis

/// Claims entries that another instance of the group read and never acknowledged, and dead-letters those delivered too often.
struct StaleEntryClaimer {
  private let consumer: ConsumerGroup

  init(_ consumer: ConsumerGroup) {
    self.consumer = consumer
  }

  func run() async {
    while !Task.isCancelled {
      try? await Task.sleep(for: consumer.configuration.claimAfter / 2)
      for stream in consumer.streams {
        do {
          try await claim(from: stream)
          try await deadLetterUndeliverable(of: stream)
        } catch {
          consumer.logger.debug("Claiming abandoned entries failed.", metadata: ["error": "\(error)"])
        }
      }
    }
  }

  /// Scans the group's whole pending list, until Redis returns the cursor `0-0`.
  private func claim(from stream: String) async throws {
    var cursor = "0-0"
    repeat {
      try await consumer.pending.waitForRoom()
      let claimed = try await consumer.redis.xautoclaim(
        stream, group: consumer.configuration.group, consumer: consumer.configuration.consumer,
        minIdle: consumer.configuration.claimAfter, start: cursor, count: consumer.configuration.batchSize)
      await consumer.take(claimed.entries, from: stream)
      cursor = claimed.next
    } while cursor != "0-0" && !Task.isCancelled
  }

  /// An entry that crashes the process each time it is handled would be redelivered for ever; its delivery count limits that.
  private func deadLetterUndeliverable(of stream: String) async throws {
    let idle = consumer.configuration.claimAfter.wholeMilliseconds
    let pending = try await consumer.redis.send(
      RedisCommand(
        "XPENDING", .string(stream), .string(consumer.configuration.group), "IDLE", .int(idle), "-", "+", 100,
        .string(consumer.configuration.consumer)))
    for entry in try pending.elements() {
      let fields = try entry.elements()
      guard fields.count == 4, let deliveries = fields[3].int, deliveries > consumer.configuration.deliveries else { continue }
      let held = PendingChanges.Entry(stream: stream, id: try fields[0].text())
      guard !consumer.pending.holds(held) else { continue }
      await consumer.deadLetter([held], reason: "delivered \(deliveries) times and never acknowledged")
    }
  }
}

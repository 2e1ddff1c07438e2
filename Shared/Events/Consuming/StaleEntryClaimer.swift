import Logging
import Redis

/// Takes over what another instance of the group read and never acknowledged, and buries what was delivered too often.
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
          try await buryUndeliverable(of: stream)
        } catch {
          consumer.logger.debug("Abandoned entries can't be claimed now.", metadata: ["error": "\(error)"])
        }
      }
    }
  }

  /// Goes once round the group's pending list, until Redis says `0-0`.
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

  /// An entry that ends the process each time it is handled would come back for ever; its count of deliveries tells.
  private func buryUndeliverable(of stream: String) async throws {
    let idle = consumer.configuration.claimAfter.components.seconds * 1000
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

import Metrics
import Redis

/// Measures the lag of a group: entries not yet delivered, and entries delivered but not acknowledged.
struct ConsumerLag {
  private let consumer: ConsumerGroup

  init(_ consumer: ConsumerGroup) {
    self.consumer = consumer
  }

  func run() async {
    let held = Gauge(label: "consumer_held_entries")
    while !Task.isCancelled {
      held.record(consumer.pending.count)
      for stream in consumer.streams {
        guard let newest = try? await consumer.redis.xrevrange(stream, count: 1),
          let groups = try? await consumer.redis.xinfoGroups(stream)
        else { continue }
        for group in groups where group.name == consumer.configuration.group {
          let dimensions = [("stream", stream), ("group", group.name)]
          Gauge(label: "consumer_lag_entries", dimensions: dimensions).record(group.lag(behind: newest.first?.id) ?? 0)
          Gauge(label: "consumer_pending_entries", dimensions: dimensions).record(group.pending)
        }
      }
      try? await Task.sleep(for: .seconds(2))
    }
  }
}

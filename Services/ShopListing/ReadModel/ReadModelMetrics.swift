import Metrics
import ServiceLifecycle

/// Records once a second how many shops the read model has.
struct ReadModelMetrics: Service {
  let readModel: ShopReadModel

  func run() async throws {
    await cancelWhenGracefulShutdown {
      let shops = Gauge(label: "read_model_shops")
      while !Task.isCancelled {
        // While Redis is unavailable the gauge keeps its last value.
        if let count = try? await readModel.shopCount() { shops.record(count) }
        try? await Task.sleep(for: .seconds(1))
      }
    }
  }
}

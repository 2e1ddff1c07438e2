import Metrics

/// How many shops the read model has. While Redis is unavailable the gauge keeps its last value.
struct ReadModelMetrics {
  let readModel: ShopReadModel
  private let shops = Gauge(label: "read_model_shops")

  init(readModel: ShopReadModel) {
    self.readModel = readModel
  }

  func record() async throws {
    shops.record(try await readModel.shopCount())
  }
}

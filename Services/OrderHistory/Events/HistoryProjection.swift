import Callbacks
import Contracts
import Events
import Logging
import Redis

/// Everything that keeps one of the three kinds of documents as its owner shows it.
struct HistoryProjection<Item: CompactPart>: Sendable {
  let projection: Projection<PartReadModel<Item>>
  let events: ProjectionEvents<PartReadModel<Item>>
  let reconciliation: ProjectionReconciliation<PartReadModel<Item>>
  let reconciler: Reconciler

  init(_ source: CallbackSource<Item>, _ cache: RedisClient, _ logger: Logger) {
    projection = Projection(source: source, readModel: PartReadModel(redis: cache))
    events = ProjectionEvents(projection: projection, service: "order-history")
    reconciliation = ProjectionReconciliation(
      projection: projection, mark: HistoryKeys.mark(Item.part, cache), logger: logger)
    // Histories are long: what changed lately is compared often, all of them seldom. A lost read model is noticed all the same.
    var configuration = Reconciler.Configuration()
    configuration.fullInterval = .seconds(21_600)
    reconciler = Reconciler(
      source: reconciliation, target: reconciliation, configuration: configuration, logger: logger)
  }
}

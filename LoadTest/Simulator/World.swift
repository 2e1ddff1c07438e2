import LoadClient

/// What every life of a run shares.
struct World: Sendable {
  let scenario: Scenario
  let services: Services
  let requests: Requests
  let measurements: Measurements
  let journal: Journal
  let shops: [KnownShop]
  let fleet: RiderFleet
  /// When the last life begins.
  let lastArrival: ContinuousClock.Instant
}

import Contracts
import LoadClient
import SampleShops

/// The values that all order runs and riders of a simulation share.
struct SimulationContext: Sendable {
  let profile: LoadProfile
  let services: Services
  let actors: Actors
  let requests: Requests
  let measurements: RunMeasurements
  let journal: JournalWriter
  let shops: [OrderableShop]
  let fleet: RiderFleet
  /// The end of the arrivals.
  let lastArrival: ContinuousClock.Instant
}

/// The signed-in accounts of a run.
struct Actors: Sendable {
  let customers: [UserSession]
  let riders: [UserSession]
  /// The sample shops' owners, by id.
  let owners: [Identifier: UserSession]

  /// The owner of a shop.
  func owner(of shop: OrderableShop) -> UserSession {
    guard let owner = owners[shop.owner] else { preconditionFailure("OrderableShop.load returns only shops of these owners") }
    return owner
  }

  /// - Throws: when a sign-in fails.
  init(_ profile: LoadProfile, _ accounts: AccountPool) async throws {
    let owners = try await accounts.first(SampleShop.ownerCount, .owner)
    self.owners = Dictionary(uniqueKeysWithValues: owners.map { ($0.id, $0) })
    customers = try await accounts.first(profile.customers, .customer)
    riders = try await accounts.first(profile.riderCount, .rider)
  }
}

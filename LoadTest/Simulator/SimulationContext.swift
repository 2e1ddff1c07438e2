import Contracts
import LoadClient
import SampleShops

/// What every life of a run shares.
struct SimulationContext: Sendable {
  let profile: LoadProfile
  let services: Services
  let actors: Actors
  let requests: Requests
  let measurements: Measurements
  let journal: Journal
  let shops: [KnownShop]
  let fleet: RiderFleet
  /// When the last life begins.
  let lastArrival: ContinuousClock.Instant
}

/// Everybody who takes part in a run, signed in.
struct Actors: Sendable {
  let customers: [Person]
  let riders: [Person]
  /// Those of the sample shops, by id.
  let owners: [Identifier: Person]

  /// Who answers for a shop.
  func owner(of shop: KnownShop) -> Person {
    guard let owner = owners[shop.owner] else { preconditionFailure("only shops of these owners are known") }
    return owner
  }

  /// - Throws: when somebody can't sign in.
  init(_ profile: LoadProfile, _ people: People) async throws {
    let owners = try await people.first(SampleShop.ownerCount, .owner)
    self.owners = Dictionary(uniqueKeysWithValues: owners.map { ($0.id, $0) })
    customers = try await people.first(profile.customers, .customer)
    riders = try await people.first(profile.riderCount, .rider)
  }
}
